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
from folketall.protection.cell_key import PERTURBED, Noise, perturb, unbiased_noise
from folketall.protection.cells import Flags, Ints
from folketall.protection.rounding import ROUNDED, SUPPRESSED
from folketall.protection.small_count_rounding import small_count_rounding
from folketall.protection.structure import (
    Hierarchy,
    Structure,
    is_primary,
    linked,
    structure_of,
)
from folketall.protection.suppression import protect_counts

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
        `n` (null where protected), `status` (null published) and `primary`. The same tables give
        the same rows.

    Raises:
        UsageError: no such method; tables or hierarchies that do not fit together.
    """
    if method not in METHODS:
        raise UsageError(f"--method {method}: one of {', '.join(METHODS)}")
    structures = _structures(tables, dimensions, hierarchies or {}, COUNT)
    whole = structures[0] if len(structures) == 1 else linked(structures)
    if method == "suppress":
        done = protect_counts(
            whole, threshold=threshold, zeros=zeros, singletons=singletons, min_width=min_width
        )
        values = whole.values
        return _rows(whole, dimensions, values, done.suppressed, SUPPRESSED, done.primary)
    if method == "cell_key":
        keys = _keys(tables, dimensions, hierarchies or {})
        values = perturb(whole.values, keys, noise or unbiased_noise(least_shown=threshold))
    else:
        values = _each(whole, structures, method, threshold)
    primary = is_primary(whole.values, threshold, zeros)
    if method == "leave_empty":
        empty = (whole.values >= 1) & (whole.values <= threshold)
        return _rows(whole, dimensions, values, empty, SUPPRESSED, primary)
    status = PERTURBED if method == "cell_key" else ROUNDED
    return _rows(whole, dimensions, values, None, status, primary)


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


def _each(whole: Structure, structures: Sequence[Structure], method: str, threshold: int) -> Ints:
    """The values to publish of the methods that need no more than counts and cells."""
    if method != "small_count_rounding":
        small = (whole.values >= 1) & (whole.values < threshold)
        return np.where(small & (method == "round_up"), threshold, whole.values)
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
    empty: Flags | None,
    status: str,
    primary: Flags,
) -> pd.DataFrame:
    changed = values != whole.values if empty is None else empty
    labels = whole.labels
    several = labels[TABLE].nunique() > 1
    rows = labels[[*([TABLE] if several else []), *dimensions]].copy()
    shown = pd.Series(values, dtype="Int64")
    rows["n"] = shown if empty is None else shown.mask(pd.Series(empty))
    rows["status"] = pd.Series(status, index=rows.index, dtype=object).where(changed, None)
    rows["primary"] = primary
    return rows
