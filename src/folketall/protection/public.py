"""What is public of residents anyway, and what that makes of the cells beside it (X0)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from folketall.cubes.declared import IMMIGRANT, PUBLIC_BY, RESIDENTS, TOTAL, Cube
from folketall.suppression.cells import Flags, Ints


def is_public(table: pd.DataFrame, cubes: Mapping[str, Cube]) -> Flags:
    """X0: residents by region, sex and age, without any other attribute.

    Args:
        table: CUBE.
        cubes: the declaration.
    """
    return _residents_by(table, cubes, PUBLIC_BY)


def _residents_by(
    table: pd.DataFrame, cubes: Mapping[str, Cube], dimensions: Sequence[str]
) -> Flags:
    """Rows of residents that are at the total of all dimensions but these."""
    counted = [name for name, cube in cubes.items() if cube.counts == RESIDENTS]
    found: Flags = table["cube"].isin(counted).to_numpy(np.bool_)
    for name in {d for cube in counted for d in cubes[cube].dimension_names} - {*dimensions}:
        found &= table[name].isin([TOTAL]).to_numpy() | table[name].isna().to_numpy()
    return found


def few(table: pd.DataFrame, cubes: Mapping[str, Cube], threshold: int) -> Ints:
    """Of every row the public count that it is part of, where that is small (X0, X1).

    The count is of the region, by sex and age; 0 where it is not small.
    """
    by = ["level", "region", *PUBLIC_BY]
    own = table[["level", "region"]].assign(
        **{name: table[name].fillna(TOTAL).astype(str) for name in PUBLIC_BY}
    )
    public = is_public(table, cubes)
    whole = own[public].assign(of=table["value"][public]).drop_duplicates(by)
    of = own.merge(whole, on=by, how="left")["of"].to_numpy()
    return np.where(~public & (of >= 1) & (of <= threshold), of, 0).astype(np.int64)


def mirrors(table: pd.DataFrame, cubes: Mapping[str, Cube]) -> tuple[Ints, Ints]:
    """Rows of those who are no immigrants and of those who are: together they are public."""
    mine = _residents_by(table, cubes, (IMMIGRANT, *PUBLIC_BY))
    by = ["cube", "level", "region", *PUBLIC_BY]
    rows = table.loc[mine, [*by, IMMIGRANT]].fillna("").assign(at=np.flatnonzero(mine))
    both = rows[rows[IMMIGRANT] == "false"].merge(rows[rows[IMMIGRANT] == "true"], on=by)
    return both["at_x"].to_numpy(np.int64), both["at_y"].to_numpy(np.int64)
