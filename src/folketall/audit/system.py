"""Everything published together as one system of linear equations over the finest cells.

Unknown are the finest cells that are neither published nor known to be zero. Each published cell
that counts an unknown one is an equation; so is each total that linked tables have in common,
published or not. What is to be kept secret are sums of unknowns: the targets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from folketall.audit.part import Part
from folketall.audit.published import Flags, Ints, PublishedTable
from folketall.audit.ties import Tie, Whole, share_zeros, ties_of


@dataclass(frozen=True)
class Sums:
    """Sparse sums of unknowns: the entries of sum i are those from start[i] to start[i + 1]."""

    start: Ints
    column: Ints
    sign: Ints

    def __len__(self) -> int:
        return len(self.start) - 1

    @property
    def row(self) -> Ints:
        """The sum of every entry."""
        return np.repeat(np.arange(len(self)), np.diff(self.start))

    def take(self, rows: Ints) -> Sums:
        """Some of the sums, in that order."""
        size = np.diff(self.start)[rows]
        start = np.concatenate(([0], np.cumsum(size))).astype(np.int64)
        entry = np.repeat(self.start[rows] - start[:-1], size) + np.arange(start[-1])
        return Sums(start, self.column[entry], self.sign[entry])


@dataclass(frozen=True)
class System:
    """The equations, the targets and where each unknown is at home."""

    unknowns: int
    home: Ints
    """Level × unknown: the block that it is in, outermost level first; blocks are nested."""
    equations: Sums
    figure: Ints
    """The right side of every equation."""
    common: Ints
    """Equations that say the same persons are counted: totals that tables have in common, and
    of which nothing but zeros is published."""
    targets: Sums
    constant: Ints
    """Of every target, what is known of it: the published finest cells that it counts."""
    table: Ints
    """Of every target, its table; -1 for one that is no cell of a table."""
    row: Ints
    """Of every target, its row in that table."""
    least: Ints
    """What everyone knows an unknown to be at least: 1 where zeros would have been published."""
    implied: Ints
    """Of suppressed cells without an unknown: (table, row, value), computable at once."""
    given: Ints
    """Equations that are of public cells (X0)."""
    finest: Ints
    """Of every unknown, its place among the finest cells of all tables, one after another."""


def joint_system(
    tables: Sequence[PublishedTable],
    *,
    wholes: Sequence[Whole] = (),
    home: Sequence[Sequence[int]] = (),
    blocks_by: str = "",
    zeros_public: bool,
    threshold: int = 3,
) -> System:
    """Put tables of the same persons together.

    Args:
        tables: everything published together.
        wholes: tables that count the persons of others together.
        home: level × finest code of the division `blocks_by`: the nested blocks that the
            calculation is divided into (county, municipality); changes nothing but the time.
        blocks_by: the division that all tables have and that makes the blocks.
        zeros_public: an empty cell is known not to be zero.
        threshold: parts of public counts up to this are all left empty, and may be zero.
    """
    parts = [Part(table) for table in tables]
    offsets = np.cumsum([0, *(part.size for part in parts)])
    ties = ties_of(parts, wholes)
    share_zeros(parts, ties)
    fixed = np.concatenate([part.fixed for part in parts])
    figures = np.concatenate([part.figure for part in parts])
    unknown = np.flatnonzero(~fixed)
    number = np.full(len(fixed), -1)
    number[unknown] = np.arange(len(unknown))
    collected = _Collected(number, figures)
    for place, part in enumerate(parts):
        collected.cells(place, part, int(offsets[place]))
    for tie in ties:
        collected.tied(tie, offsets)
    homes = [part.home(home, blocks_by) for part in parts]
    least = np.concatenate([part.least(zeros_public, threshold) for part in parts])
    return collected.system(np.concatenate(homes, axis=1)[:, unknown], least[unknown], unknown)


class _Collected:
    """Equations and targets, as they are found."""

    def __init__(self, number: Ints, figures: Ints) -> None:
        self._number, self._figures = number, figures
        self._equations: list[tuple[Ints, Ints, Ints]] = []
        self._right: list[Ints] = []
        self._count = 0
        self._common: list[Ints] = [np.zeros(0, np.int64)]
        self._given: list[Ints] = [np.zeros(0, np.int64)]
        self._targets: list[tuple[Ints, Ints]] = []
        self._of: list[tuple[Ints, Ints, Ints]] = []
        self._implied: list[Ints] = []
        self._target_count = 0

    def cells(self, place: int, part: Part, offset: int) -> None:
        table = part.table
        number, figure = self._number[part.finest + offset], self._figures[part.finest + offset]
        rest = table.value - np.bincount(
            part.rows, weights=figure, minlength=len(table.value)
        ).astype(np.int64)
        free = number >= 0
        open_rows = np.bincount(part.rows[free], minlength=len(table.value)) > 0
        asked = open_rows & table.known
        if table.public is not None:
            self._given.append(np.flatnonzero(table.public[asked]) + self._count)
        self._add_equations(part.rows[free], number[free], np.ones(free.sum(), int), asked, rest)
        self._check(table, rest, ~open_rows & table.known)
        hidden = np.flatnonzero(open_rows & ~table.known)
        of = np.full(len(table.value), -1)
        of[hidden] = np.arange(len(hidden)) + self._target_count
        mine = free & (of[part.rows] >= 0)
        self._targets.append((of[part.rows[mine]], number[mine]))
        known = table.value - rest
        self._of.append((np.full(len(hidden), place), hidden, known[hidden]))
        self._target_count += len(hidden)
        done = np.flatnonzero(~open_rows & ~table.known)
        self._implied.append(np.column_stack((np.full(len(done), place), done, known[done])))

    def _check(self, table: PublishedTable, rest: Ints, closed: Flags) -> None:
        """A published cell all of whose finest cells are known must be their sum."""
        wrong = np.flatnonzero(closed & (rest != 0))
        if len(wrong):
            none = np.zeros(0, np.int64)
            self._equations.append((none, none, none))
            self._right.append(rest[wrong])
            self._count += len(wrong)

    def _add_equations(
        self, rows: Ints, columns: Ints, signs: Ints, asked: Flags, rest: Ints
    ) -> None:
        number = np.cumsum(asked) - 1 + self._count
        mine = asked[rows]
        self._equations.append((number[rows[mine]], columns[mine], signs[mine]))
        self._right.append(rest[asked])
        self._count += int(asked.sum())

    def tied(self, tie: Tie, offsets: Ints) -> None:
        """Tables have the same totals by what they have in common."""
        size = tie.size
        rows = np.concatenate([term.key for term in tie.terms])
        finest = np.concatenate([term.finest + offsets[term.part] for term in tie.terms])
        signs = np.concatenate([np.full(len(term.key), term.sign) for term in tie.terms])
        weights = signs * self._figures[finest]
        rest = -np.bincount(rows, weights=weights, minlength=size).astype(np.int64)
        number = self._number[finest]
        free = number >= 0
        asked = np.bincount(rows[free], minlength=size) > 0
        shown = np.bincount(rows, weights=np.abs(weights), minlength=size) > 0
        self._common.append(np.flatnonzero(~shown[asked]) + self._count)
        self._add_equations(rows[free], number[free], signs[free], asked, rest)
        wrong = ~asked & (rest != 0)
        self._right.append(rest[wrong])
        self._count += int(wrong.sum())

    def system(self, home: Ints, least: Ints, finest: Ints) -> System:
        row, column, sign = (np.concatenate(parts) for parts in zip(*self._equations, strict=True))
        target, of = (np.concatenate(parts) for parts in zip(*self._targets, strict=True))
        table, rows, constant = (np.concatenate(parts) for parts in zip(*self._of, strict=True))
        return System(
            unknowns=len(least),
            home=home,
            equations=_sums(row, column, sign, self._count),
            figure=np.concatenate(self._right),
            common=np.concatenate(self._common),
            targets=_sums(target, of, np.ones(len(of), np.int64), self._target_count),
            constant=constant,
            table=table,
            row=rows,
            least=least,
            implied=np.concatenate(self._implied),
            given=np.concatenate(self._given),
            finest=finest,
        )


def _sums(row: Ints, column: Ints, sign: Ints, count: int) -> Sums:
    order = np.lexsort((column, row))
    start = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=count))))
    return Sums(start.astype(np.int64), column[order], sign[order])


def public_alone(system: System) -> System:
    """What everyone would know if nothing but public counts, and zeros, were published (X0)."""
    kept = np.union1d(system.common, system.given)
    return replace(
        system,
        equations=system.equations.take(kept),
        figure=system.figure[kept],
        common=np.searchsorted(kept, system.common),
        given=np.searchsorted(kept, system.given),
    )
