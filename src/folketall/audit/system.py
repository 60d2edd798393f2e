"""Everything published together as one system of linear equations over the finest cells.

Unknown are the finest cells that are neither published nor known to be zero. Each published cell
that counts an unknown one is an equation; so is each total that linked tables have in common,
published or not. What is to be kept secret are sums of unknowns: the targets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from folketall.audit.published import Flags, Ints, PublishedTable


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


def joint_system(
    tables: Sequence[PublishedTable],
    *,
    home: Sequence[Sequence[int]] = (),
    blocks_by: str = "",
    zeros_public: bool,
) -> System:
    """Put tables of the same persons together.

    Args:
        tables: everything published together.
        home: level × finest code of the division `blocks_by`: the nested blocks that the
            calculation is divided into (county, municipality); changes nothing but the time.
        blocks_by: the division that all tables have and that makes the blocks.
        zeros_public: an empty cell is known not to be zero.
    """
    parts = [Part(table) for table in tables]
    offsets = np.cumsum([0, *(part.size for part in parts)])
    fixed = np.concatenate([part.fixed for part in parts])
    figures = np.concatenate([part.figure for part in parts])
    unknown = np.flatnonzero(~fixed)
    number = np.full(len(fixed), -1)
    number[unknown] = np.arange(len(unknown))
    collected = _Collected(number, figures)
    for place, part in enumerate(parts):
        collected.cells(place, part, int(offsets[place]))
    for (one, first), (two, second) in combinations(zip(parts, offsets, strict=False), 2):
        collected.shared(one, int(first), two, int(second))
    homes = [part.home(home, blocks_by) for part in parts]
    least = np.concatenate([part.least(zeros_public) for part in parts])
    return collected.system(np.concatenate(homes, axis=1)[:, unknown], least[unknown])


class Part:
    """One table: its cells as (finest cell, row) entries, and what is known of the finest."""

    def __init__(self, table: PublishedTable) -> None:
        self.table = table
        self.size = int(np.prod(table.shape, dtype=np.int64))
        self.alone = self._alone()
        """The row that each finest cell is by itself, a published one if any; -1: none."""
        known = (self.alone >= 0) & table.known[self.alone]
        self.figure = np.where(known, table.value[self.alone], 0)
        self.fixed = known
        # Most finest cells are published zeros: they add nothing to any sum.
        self.finest, self.rows = self._entries(np.flatnonzero(~known | (self.figure != 0)))
        if not table.signed:
            zero = table.known[self.rows] & (table.value[self.rows] == 0)
            self.fixed[self.finest[zero]] = True

    def _alone(self) -> Ints:
        table = self.table
        place, single = np.zeros(len(table.value), np.int64), np.ones(len(table.value), np.bool_)
        for division, codes in zip(table.divisions, table.codes, strict=True):
            members = [tuple(division.members[code]) for code in division.codes]
            only = np.array([of[0] if len(of) == 1 else -1 for of in members], np.int64)
            single &= only[codes] >= 0
            place = place * len(division.finest) + only[codes]
        found = np.full(self.size, -1)
        rows = np.flatnonzero(single)
        rows = rows[np.argsort(table.known[rows], kind="stable")]
        found[place[rows]] = rows
        return found

    def _entries(self, finest: Ints) -> tuple[Ints, Ints]:
        """For each of these finest cells, every row that counts it."""
        table = self.table
        radix = [len(division.codes) for division in table.divisions]
        row_of = np.full(int(np.prod(radix, dtype=np.int64)), -1)
        own = np.ravel_multi_index(table.codes, radix) if radix else np.zeros(len(table.value), int)
        row_of[own] = np.arange(len(own))
        key = np.zeros((len(finest), 1), np.int64)
        good = np.ones((len(finest), 1), np.bool_)
        places = np.unravel_index(finest, table.shape) if radix else ()
        for division, place in zip(table.divisions, places, strict=True):
            above = division.above[place]
            shape = (len(key), key.shape[1] * above.shape[1])
            key = (key[:, :, None] * len(division.codes) + above[:, None, :]).reshape(shape)
            good = (good[:, :, None] & (above >= 0)[:, None, :]).reshape(shape)
        at = np.where(good, row_of[np.where(good, key, 0)], -1)
        cell, column = np.nonzero(at >= 0)
        return finest[cell], at[cell, column]

    def home(self, home: Sequence[Sequence[int]], blocks_by: str) -> Ints:
        names = [division.name for division in self.table.divisions]
        places = np.indices(self.table.shape).reshape(len(names), self.size)
        levels = [np.asarray(level, np.int64)[places[names.index(blocks_by)]] for level in home]
        return np.array(levels, np.int64).reshape(len(home), self.size)

    def least(self, zeros_public: bool) -> Ints:
        # Only of a finest cell that is in the table itself would a zero have been seen.
        return ((self.alone >= 0) & zeros_public).astype(np.int64)


class _Collected:
    """Equations and targets, as they are found."""

    def __init__(self, number: Ints, figures: Ints) -> None:
        self._number, self._figures = number, figures
        self._equations: list[tuple[Ints, Ints, Ints]] = []
        self._right: list[Ints] = []
        self._count = 0
        self._common: list[Ints] = [np.zeros(0, np.int64)]
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

    def shared(self, one: Part, first: int, two: Part, second: int) -> None:
        """Tables of the same persons have the same totals by what both divide by."""
        names = {d.name for d in one.table.divisions} & {d.name for d in two.table.divisions}
        keys, size = shared_keys(one, names)
        others, _ = shared_keys(two, names)
        rows = np.concatenate((keys, others))
        finest = np.concatenate((np.arange(one.size) + first, np.arange(two.size) + second))
        signs = np.repeat([1, -1], (one.size, two.size))
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

    def system(self, home: Ints, least: Ints) -> System:
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
        )


def shared_keys(part: Part, names: set[str]) -> tuple[Ints, int]:
    key, size = np.zeros(part.size, np.int64), 1
    divisions = part.table.divisions
    places = np.indices(part.table.shape).reshape(len(divisions), part.size)
    order = np.argsort([division.name for division in divisions], kind="stable")
    for number in order:
        if divisions[number].name in names:
            width = len(divisions[number].finest)
            key, size = key * width + places[number], size * width
    return key, size


def _sums(row: Ints, column: Ints, sign: Ints, count: int) -> Sums:
    order = np.lexsort((column, row))
    start = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=count))))
    return Sums(start.astype(np.int64), column[order], sign[order])
