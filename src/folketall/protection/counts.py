"""Any table of counts protected by any method, as DataFrames: for the command and ad hoc sessions.

What comes in are inner cells; what goes out is every cell, margins included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from folketall.cubes.keys import KEY
from folketall.model.errors import UsageError
from folketall.model.methods import METHODS
from folketall.protection.cell_key import Noise, perturb, unbiased_noise
from folketall.protection.rounding import PERTURBED, ROUNDED, SUPPRESSED
from folketall.protection.small_count_rounding import small_count_rounding
from folketall.suppression.cells import Flags, Ints
from folketall.suppression.linking import linked
from folketall.suppression.structure import (
    Hierarchy,
    Structure,
    is_primary,
    structure_of,
)
from folketall.suppression.suppression import protect_counts

ADDITIVE = ("suppress", "small_count_rounding", "leave_empty")
"""Methods after which every published margin is the sum of its cells."""
COUNT, TABLE = "n", "table"


def protect_frames(
    tables: Mapping[str, pd.DataFrame],
    *,
    dimensions: Sequence[str],
    hierarchies: Mapping[str, Sequence[Hierarchy]] | None = None,
    method: str,
    threshold: int = 3,
    zeros: bool = False,
    singletons: str = "owner",
    min_width: int = 2,
    noise: Noise | None = None,
) -> pd.DataFrame:
    """Protect a table of counts, or several that count the same persons (X1, X2).

    Args:
        tables: name to inner cells: those of the dimensions that the table has, and `n`; for
            `cell_key` also `key`, the sum of the record keys. What has no row is 0.
        dimensions: names, in the order of the output.
        hierarchies: dimension to its hierarchies, each code to parent; several are overlapping
            divisions. A dimension without one has a total only.
        method: one of METHODS.
        threshold: counts from 1 to this are primary; for rounding, the smallest count shown.
        zeros: whether zeros are primary too.
        singletons: `owner`, `sum` or `none`, of `suppress`.
        min_width: of `suppress`: no narrower interval of a primary; 0 is off.
        noise: of `cell_key`; by default `unbiased_noise` that shows no 1 or 2.

    Returns:
        A row a cell: `table` if there are several, the dimensions (empty where a table lacks one),
        `n` (null where protected), `status` (X1: null as it is; `suppressed`; `rounded`: 3 stands
        for three or fewer; `perturbed`: all cells of a method that may change any) and `primary`.
        The same tables give the same rows.

    Raises:
        UsageError: no such method; tables or hierarchies that do not fit together.
    """
    if method not in METHODS:
        raise UsageError(f"--method {method}: one of {', '.join(METHODS)}")
    structures = _structures(tables, dimensions, hierarchies or {}, COUNT)
    whole = structures[0] if len(structures) == 1 else linked(structures)
    values = whole.values
    if method == "suppress":
        done = protect_counts(
            whole, threshold=threshold, zeros=zeros, singletons=singletons, min_width=min_width
        )
        return _rows(whole, dimensions, values, done.suppressed, SUPPRESSED, done.primary)
    primary = is_primary(whole.values, threshold, zeros)
    small = (whole.values >= 1) & (whole.values <= threshold)
    if method == "leave_empty":
        return _rows(whole, dimensions, values, small, SUPPRESSED, primary)
    if method == "round_up":
        shown = np.where(small, threshold, values)
        return _rows(whole, dimensions, shown, small, ROUNDED, primary)
    if method == "cell_key":
        keys = _keys(tables, dimensions, hierarchies or {})
        shown = perturb(values, keys, noise or unbiased_noise(least_shown=threshold))
    else:
        shown = _rounded(whole, structures, threshold)
    return _rows(whole, dimensions, shown, np.ones(len(shown), np.bool_), PERTURBED, primary)


def _structures(
    tables: Mapping[str, pd.DataFrame],
    dimensions: Sequence[str],
    hierarchies: Mapping[str, Sequence[Hierarchy]],
    column: str,
) -> list[Structure]:
    found = []
    for name, table in tables.items():
        own = [one for one in dimensions if one in table.columns]
        inner = table[own].astype(str).assign(n=table[column])
        mine = {one: trees for one, trees in hierarchies.items() if one in own}
        found.append(structure_of(inner, mine, table=name))
    return found


def _keys(
    tables: Mapping[str, pd.DataFrame],
    dimensions: Sequence[str],
    hierarchies: Mapping[str, Sequence[Hierarchy]],
) -> Ints:
    """The key of every cell: the sum of its inner cells' keys."""
    lacking = [name or "the table" for name, table in tables.items() if KEY not in table.columns]
    if lacking:
        raise UsageError(
            f"cell_key: {lacking[0]} has no column {KEY}, the sum of the record keys of each cell"
        )
    summed = _structures(tables, dimensions, hierarchies, KEY)
    return np.concatenate([one.values for one in summed])


def _rounded(whole: Structure, structures: Sequence[Structure], threshold: int) -> Ints:
    """Every cell as the sum of rounded inner cells."""
    # Tables of the same persons share totals; rounded apart these would differ, so only one table
    # at a time is additive in all its margins.
    if len(structures) > 1:
        raise UsageError("small_count_rounding takes one table: linked ones would not stay equal")
    rounded = small_count_rounding(whole.counts, whole.cells, base=threshold)
    return whole.cells.values(rounded)


def _rows(
    whole: Structure,
    dimensions: Sequence[str],
    values: Ints,
    marked: Flags,
    status: str,
    primary: Flags,
) -> pd.DataFrame:
    """The rows; those marked have the status, and no value where it is `suppressed`."""
    labels = whole.labels
    several = labels[TABLE].nunique() > 1
    rows = labels[[*([TABLE] if several else []), *dimensions]].copy()
    shown = pd.Series(values, dtype="Int64")
    rows["n"] = shown.mask(pd.Series(marked)) if status == SUPPRESSED else shown
    rows["status"] = pd.Series(status, index=rows.index, dtype=object).where(marked, None)
    rows["primary"] = primary
    return rows
