"""What is checked and entered when figures leave: the audit's verdict, and the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import pyarrow as pa

from folketall.audit.cubes import attackers_tables
from folketall.audit.verdict import Verdict, stop_unless_passed
from folketall.ledger.releases import PACKED, entries, packed_regions
from folketall.model.errors import UsageError
from folketall.model.tables import CUBE, LEDGER, PUBLISHED_CUBE, VERDICT
from folketall.storage.warehouse import Warehouse

RELEASED_FROM = (CUBE, PUBLISHED_CUBE, VERDICT, LEDGER)
"""The tables that a release is read from."""
CELLS_AT_A_TIME = 300_000
"""So many cells are made ready for the ledger together; those that are ready wait on disk."""
Releases = tuple[tuple[int, str], ...]
"""Number and fingerprint of every release that has entries."""


def releases(warehouse: Warehouse) -> Releases:
    """What the ledger holds, in order."""
    if not warehouse.exists(LEDGER.name):
        return ()
    rows = warehouse.read(LEDGER).select("release", "fingerprint").distinct().collect()
    return tuple(sorted((row["release"], row["fingerprint"]) for row in rows))


def before(every: Releases, fingerprint: str) -> Releases:
    """The releases before the first with this fingerprint: a release made once more is the same."""
    same = [number for number, of in every if of == fingerprint]
    return tuple(one for one in every if not same or one[0] < min(same))


def stop_unless_audited(warehouse: Warehouse, mark: str) -> None:
    """Let nothing out that was not audited, or did not pass (X3).

    Raises:
        UsageError: the audit is of other cells.
        StatisticsError: it failed, or what is to be released was changed since it was written.
    """
    warehouse.refuse_damaged(RELEASED_FROM)
    commit = warehouse.last_commit(VERDICT.name)
    if commit is None or commit.fingerprint != mark:
        raise UsageError("what is to be released was not audited; run the step audit first")
    rows = warehouse.read(VERDICT).orderBy("period", "name").collect()
    stop_unless_passed([Verdict.read(json.loads(row["figures"])) for row in rows])


def enter(
    warehouse: Warehouse, cubes: Sequence[str], every: Releases, *, own: str, vintage: date
) -> None:
    """Enter into the ledger what is about to be released: better too much than too little (X4).

    Args:
        warehouse: that holds what is released.
        cubes: those that are suppressed together.
        every: releases that have entries.
        own: fingerprint of this release.
        vintage: the K of the run.
    """
    ledger = LEDGER.name
    if own in {of for _, of in every} or not cubes:
        return
    after = warehouse.version(ledger)
    tables = attackers_tables(warehouse.cells(PUBLISHED_CUBE, cubes), warehouse.cells(CUBE, cubes))
    held = warehouse.read(LEDGER) if warehouse.exists(ledger) else warehouse.empty(LEDGER)
    packed = warehouse.from_arrow(map(packed_regions, _few_at_a_time(tables)), PACKED)
    rows = entries(packed, held, fingerprint=own, vintage=vintage)
    if not rows.isEmpty():
        warehouse.append(rows, LEDGER, own, after=after)


def _few_at_a_time(tables: Iterable[pa.Table]) -> Iterator[list[pa.Table]]:
    """Some tables together, so that never all cells of all periods are in memory."""
    few: list[pa.Table] = []
    for table in tables:
        few.append(table)
        if sum(len(one) for one in few) >= CELLS_AT_A_TIME:
            yield few
            few = []
    if few:
        yield few
