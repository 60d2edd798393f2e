"""The audit of tables published together: the attacker's view, without the protection's code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from folketall.audit.exact import Exact, exact_disclosures, known_to_an_owner, true_counts
from folketall.audit.intervals import LARGEST, feasible_intervals, revealed_by_sums
from folketall.audit.published import Flags, Ints, PublishedTable
from folketall.audit.system import System, joint_system, public_alone
from folketall.audit.ties import Whole
from folketall.audit.verdict import SHOWN, Found, Promise, Verdict

EXACTLY = 20
"""Intervals followed to their ends, if nothing else is said."""


def audit_tables(
    tables: Sequence[PublishedTable],
    *,
    name: str,
    promise: Promise,
    wholes: Sequence[Whole] = (),
    home: Sequence[Sequence[int]] = (),
    blocks_by: str = "",
    sample: int | None = None,
    exactly: int = EXACTLY,
) -> Verdict:
    """Attack everything published together (X3).

    Args:
        tables: all tables of the same persons, with everything known of them from outside; true
            counts, where given, are used for what singletons know and to work block by block.
        name: of the verdict.
        promise: what the protection was to hold.
        wholes: tables that count the persons of others together.
        home: level × finest code of `blocks_by`: nested blocks; they change the time alone.
        blocks_by: a division that every table has.
        sample: primaries whose interval is examined, evenly spread; None: all. With min_width 0
            and no sample none is.
        exactly: how many of them are followed to their ends.
    """
    system = joint_system(
        tables,
        wholes=wholes,
        home=home,
        blocks_by=blocks_by,
        zeros_public=not promise.zeros,
        threshold=promise.threshold,
    )
    audit = _Audit(tables, system, promise)
    return Verdict(
        name=name,
        promise=promise,
        cells=sum(len(table.value) for table in tables),
        suppressed=sum(int((~table.known).sum()) for table in tables),
        unknowns=system.unknowns,
        equations=len(system.equations),
        **audit.exactly(),
        **audit.singletons(),
        **audit.intervals(sample, exactly),
    )


class _Audit:
    def __init__(self, tables: Sequence[PublishedTable], system: System, promise: Promise) -> None:
        self.tables, self.system, self.promise = tables, system, promise
        owners = promise.singletons == "owner"
        self.exact: Exact = exact_disclosures(system, groups=owners)
        self.count = true_counts(system, tables)
        self.told = all(table.count is not None for table in tables)
        self.primary = self._primary()
        self.truth = self._truth() if self.told else None

    def _small(self, value: Ints) -> Flags:
        least = 0 if self.promise.zeros else 1
        return (value >= least) & (value <= self.promise.threshold)

    def _primary(self) -> Flags:
        """Targets that must not be known: as told, else those that come out small."""
        found = self._small(np.where(self.count >= 0, self.count, self.exact.value))
        for number, table in enumerate(self.tables):
            if table.primary is not None:
                mine = self.system.table == number
                found[mine] = table.primary[self.system.row[mine]]
            if table.public is not None:
                mine = self.system.table == number
                found[mine] &= ~table.public[self.system.row[mine]]
        return found

    def _truth(self) -> Ints | None:
        """The true count of every unknown, where it is told or each is a cell of its table."""
        inner = [table.inner for table in self.tables if table.inner is not None]
        if len(inner) == len(self.tables):
            return np.concatenate(inner)[self.system.finest]
        targets = self.system.targets
        single = np.flatnonzero(np.diff(targets.start) == 1)
        found = np.full(self.system.unknowns, -1)
        found[targets.column[targets.start[single]]] = self.count[single]
        return found if (found >= 0).all() else None

    def _labels(self, targets: Ints) -> list[str]:
        """The first of some cells, in words."""
        system = self.system
        return [self.tables[system.table[at]].labels(system.row[[at]])[0] for at in targets[:SHOWN]]

    def _found(self, targets: Ints, words: Sequence[str] = ()) -> Found:
        said = words or [""] * len(targets)
        cells = [label + more for label, more in zip(self._labels(targets), said, strict=False)]
        return Found(len(targets), tuple(cells))

    def exactly(self) -> dict[str, Any]:
        """What the equations give away."""
        exact = self.exact
        disclosed = np.flatnonzero(exact.computable & self.primary)
        others = np.flatnonzero(exact.computable & ~self.primary)
        values = [f" is {exact.value[at]}" for at in disclosed[:SHOWN]]
        told = self.count.min(initial=0) >= 0 or any(t.primary is not None for t in self.tables)
        return {
            "primary": int(self.primary.sum()) if told else None,
            "freedom": exact.freedom,
            "contradictions": exact.contradictions,
            "published": self._published(),
            "disclosed": self._with_implied(self._found(disclosed, values), secret=True),
            "computable": self._with_implied(self._found(others), secret=False),
        }

    def _published(self) -> Found:
        """Small counts that everyone can read."""
        found: list[str] = []
        number = 0
        for table in self.tables:
            secret = table.known & self._small(table.value)
            rows = np.flatnonzero(secret if table.public is None else secret & ~table.public)
            number += len(rows)
            found += table.labels(rows[:SHOWN])
        return Found(number, tuple(found[:SHOWN]))

    def _with_implied(self, found: Found, *, secret: bool) -> Found:
        """Empty cells all of whose finest cells are published, besides those found."""
        table, row, value = self.system.implied.T
        primary = self._small(value)
        for number, one in enumerate(self.tables):
            if one.primary is not None:
                mine = table == number
                primary[mine] = one.primary[row[mine]]
            if one.public is not None:
                mine = table == number
                primary[mine] &= ~one.public[row[mine]]
        mine = np.flatnonzero(primary == secret)
        cells = [self.tables[table[at]].labels(row[[at]])[0] for at in mine[:SHOWN]]
        return Found(found.number + len(mine), (*found.cells, *cells)[:SHOWN])

    def singletons(self) -> dict[str, Any]:
        """What one who is counted alone can compute, and what sums say of such persons.

        Looked at as far as it was promised: the work is as much as all the rest.
        """
        found: dict[str, Any] = {}
        if not self.told or self.promise.singletons == "none":
            return found
        if self.promise.singletons == "owner":
            pairs = known_to_an_owner(self.system, self.exact, self.count, self.primary)
            knowing = [
                f", by {self._labels(pairs[[at], 0])[0]}" for at in range(min(len(pairs), SHOWN))
            ]
            found["owners"] = self._found(pairs[:, 1], knowing)
        if self.promise.zeros:
            found["sums"] = Found()
        elif self.truth is not None:
            stuck = revealed_by_sums(self.system, self.truth)
            if len(stuck) and len(self.system.given):
                # What public counts alone give away is no matter of what is published besides.
                anyhow = revealed_by_sums(public_alone(self.system), self.truth)
                stuck = np.setdiff1d(stuck, anyhow)
            single = np.diff(self.system.targets.start) == 1
            column = self.system.targets.column[self.system.targets.start[:-1]]
            given = single & np.isin(column, stuck) & ~self.exact.computable
            found["sums"] = self._found(np.flatnonzero(given))
        return found

    def intervals(self, sample: int | None, exactly: int) -> dict[str, Any]:
        """Between which limits the primaries can lie."""
        primaries = np.flatnonzero(self.primary & ~self.exact.computable)
        found: dict[str, Any] = {"of_intervals": len(primaries)}
        if self.exact.contradictions or (not self.promise.min_width and sample is None):
            return found
        if self.truth is None and self.system.unknowns > LARGEST:
            said = f"intervals: more than {LARGEST} unknown counts; give the true ones"
            return {**found, "not_examined": (said,)}
        wanted = _spread(primaries, sample)
        done = feasible_intervals(
            self.system,
            wanted,
            truth=self.truth,
            enough=float(self.promise.min_width),
            exactly=_spread(wanted, exactly),
        )
        low, high = done.whole
        ends = [f" is {a} to {b}" for a, b in zip(low, high, strict=True)]
        narrow = np.flatnonzero(done.narrow(self.promise.min_width))
        narrow = narrow[~self._narrow_anyhow(wanted[narrow], (high - low)[narrow])]
        pinned = np.flatnonzero(done.exact & (low == high))
        width, number = np.unique((high - low)[done.exact], return_counts=True)
        return {
            **found,
            "intervals": len(wanted),
            "narrow": self._found(wanted[narrow], [ends[at] for at in narrow]),
            "pinned": self._found(wanted[pinned]),
            "widths": tuple((str(w), int(n)) for w, n in zip(width, number, strict=True)),
            "programs": done.programs,
        }

    def _narrow_anyhow(self, targets: Ints, width: Ints) -> Flags:
        """Of narrow targets, those that public counts alone bound as narrowly (X0).

        A part of a public count of 1 is 0 or 1, whatever is left empty.
        """
        if not len(targets) or not len(self.system.given):
            return np.zeros(len(targets), np.bool_)
        done = feasible_intervals(
            public_alone(self.system),
            targets,
            truth=self.truth,
            enough=float(self.promise.min_width),
            exactly=targets,
        )
        low, high = done.whole
        found: Flags = done.narrow(self.promise.min_width) & (width >= high - low)
        return found


def _spread(targets: Ints, most: int | None) -> Ints:
    """At most so many, evenly over all."""
    if most is None or len(targets) <= most:
        return targets
    return targets[np.linspace(0, len(targets) - 1, most).astype(np.int64)]
