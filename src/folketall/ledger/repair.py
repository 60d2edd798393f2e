"""Cells that a new release must leave empty, given what is out already (X4)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame

from folketall.audit.cubes import CELL, VERDICTS, by_period, coded, verdict_rows
from folketall.audit.naming import Sources
from folketall.audit.published import Flags, Ints
from folketall.audit.verdict import Promise
from folketall.audit.vintages import Comparison, Vintages, audit_vintages
from folketall.cubes.declared import Cube
from folketall.ledger.pieces import fewest_pieces

ROUNDS = 60
"""Attacks and repairs at most; what is still given away then, the audit stops."""


def cells_to_hide(
    shown: DataFrame, lists: DataFrame, cubes: Mapping[str, Cube], *, promise: Promise
) -> DataFrame:
    """The cells that a release must leave empty besides those that it does (X4).

    Args:
        shown: release, CELL, value, count of the new release and all earlier ones.
        lists: (geography, piece, level, region).
        cubes: the declaration.
        promise: of which the threshold and zeros count.

    Returns:
        CELL of each.
    """
    keys = list(CELL)

    def repaired(mine: pa.Table, places: pa.Table) -> pa.Table:
        cells = coded(mine)
        hidden = repair(cells, fewest_pieces(places.to_pandas()), cubes, promise=promise)
        return mine.select(keys).filter(pa.array(hidden))

    return by_period(shown, lists, repaired, ", ".join(f"{name} string" for name in keys))


def audit_with_ledger(
    shown: DataFrame, lists: DataFrame, cubes: Mapping[str, Cube], *, promise: Promise
) -> DataFrame:
    """Attack every period given all that was released of it before (X4).

    Args:
        shown, lists, cubes, promise: as for `cells_to_hide`.

    Returns:
        VERDICT, a row a period.
    """

    def attacked(mine: pa.Table, places: pa.Table) -> pa.Table:
        period = mine["period"][0].as_py()
        name = f"persons {period}, with earlier releases"
        lists = fewest_pieces(places.to_pandas())
        return verdict_rows(
            period, [audit_vintages(coded(mine), lists, cubes, name=name, promise=promise)]
        )

    return by_period(shown, lists, attacked, VERDICTS)


def repair(
    cells: pd.DataFrame, lists: pd.DataFrame, cubes: Mapping[str, Cube], *, promise: Promise
) -> Flags:
    """Leave cells of the newest release empty until nothing is given away any more (X4).

    A cell that was published and still holds is known for good, one that was left empty and still
    holds is left empty again; small changes of published cells
    are left empty; what else comes out is traced to the published cells that it comes out of, and
    the smallest of those that are new is left empty.

    Args:
        cells: of all releases of a period, as for `Vintages`.
        lists: (geography, piece, level, region).
        cubes: the declaration.
        promise: of which the threshold and zeros count.

    Returns:
        By row, whether it is to be left empty.
    """
    vintages = Vintages(cells, lists, cubes, promise)
    before = vintages.known[vintages.newest].copy()
    if not vintages.nothing_new:
        # What was safe stays safe: only what has changed is left to repair.
        vintages.hide(vintages.empty_before())
    for _ in range(0 if vintages.nothing_new else ROUNDS):
        more = [_to_hide(one, vintages) for one in vintages.comparisons()]
        hidden = np.unique(np.concatenate(more))
        if not len(hidden):
            break
        vintages.hide(hidden)
    gone = before & ~vintages.known[vintages.newest]
    newest = cells["release"].to_numpy() == vintages.releases[vintages.newest]
    found: Flags = newest & gone[vintages.cell]
    return found


def _to_hide(one: Comparison, vintages: Vintages) -> Ints:
    """For each cell that comes out, the smallest of those it comes out of; one may do for many."""
    _, _, pairs = one.attacked()
    if not len(pairs):
        return np.zeros(0, np.int64)
    sources = Sources(one.tables, one.wholes)
    size = vintages.count[vintages.newest]
    found: set[int] = set()
    for table, row in pairs.tolist():
        if one.tables[table].known[row]:
            cells = one.cell[table][[row]]
        else:
            of = sources.of(table, row)
            cells = np.array([one.cell[t][r] for t, r in of], np.int64)
        if not found.isdisjoint(cells.tolist()):
            continue
        may = cells[one.may_hide[cells]]
        if len(may):
            found.add(int(may[np.lexsort((may, size[may]))[0]]))
    return np.array(sorted(found), np.int64)
