"""What is public of residents anyway, and what that makes of the cells beside it (X0)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from folketall.cubes.declared import RESIDENTS, TOTAL, Cube
from folketall.model.tables import DIMENSIONS
from folketall.protection.links import IMMIGRANT
from folketall.suppression.cells import Flags, Ints

PUBLIC = {"sex", "age"}
"""Dimensions of residents that are published as they are, whatever is protected (X0)."""


def is_public(table: pd.DataFrame, cubes: Mapping[str, Cube]) -> Flags:
    """X0: residents by region, sex and age, without any other attribute.

    Args:
        table: CUBE.
        cubes: the declaration.
    """
    counted = [name for name, cube in cubes.items() if cube.counts == RESIDENTS]
    found: Flags = table["cube"].isin(counted).to_numpy(np.bool_)
    for name in {d.name for cube in counted for d in cubes[cube].dimensions} - PUBLIC:
        found &= table[name].isin([TOTAL]).to_numpy() | table[name].isna().to_numpy()
    return found


def few(table: pd.DataFrame, cubes: Mapping[str, Cube], threshold: int) -> Ints:
    """Of every row the public count that it is part of, where that is small (X0, X1).

    The count is of the region, by sex and age; 0 where it is not small.
    """
    by = ["level", "region", *sorted(PUBLIC)]
    own = table[["level", "region"]].assign(
        **{name: table[name].fillna(TOTAL).astype(str) for name in PUBLIC}
    )
    public = is_public(table, cubes)
    whole = own[public].assign(of=table["value"][public]).drop_duplicates(by)
    of = own.merge(whole, on=by, how="left")["of"].to_numpy()
    return np.where(~public & (of >= 1) & (of <= threshold), of, 0).astype(np.int64)


def mirrors(table: pd.DataFrame, cubes: Mapping[str, Cube]) -> tuple[Ints, Ints]:
    """Rows of those who are no immigrants and of those who are: together they are public."""
    of = table["cube"].isin([name for name, cube in cubes.items() if cube.counts == RESIDENTS])
    if not of.any() or IMMIGRANT not in table:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    public = of.to_numpy(np.bool_)
    names = [d for d in DIMENSIONS if d not in {IMMIGRANT, *PUBLIC} and d in table]
    for name in names:
        public &= table[name].isin([TOTAL]).to_numpy() | table[name].isna().to_numpy()
    rows = table.loc[public, ["cube", "level", "region", IMMIGRANT, *sorted(PUBLIC)]].fillna("")
    rows = rows.assign(at=np.flatnonzero(public))
    by = ["cube", "level", "region", *sorted(PUBLIC)]
    both = rows[rows[IMMIGRANT] == "false"].merge(rows[rows[IMMIGRANT] == "true"], on=by)
    return both["at_x"].to_numpy(np.int64), both["at_y"].to_numpy(np.int64)
