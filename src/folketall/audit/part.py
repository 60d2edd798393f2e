"""One table of an attacker: which finest cells its cells count, and what is known of those."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from folketall.audit.published import Ints, PublishedTable


class Part:
    """One table: its cells as (finest cell, row) entries, and what is known of the finest."""

    def __init__(self, table: PublishedTable) -> None:
        self.table = table
        self.size = int(np.prod(table.shape, dtype=np.int64))
        self.alone = self._alone()
        """The row that each finest cell is by itself, a published one if any; -1: none."""
        known = self.alone >= 0
        known[known] = table.known[self.alone[known]]
        self.figure = np.zeros(self.size, np.int64)
        self.figure[known] = table.value[self.alone[known]]
        self.fixed = known.copy()
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
        if not len(table.value):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
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
        for division in self.table.divisions:
            if division.home:
                home, blocks_by = division.home, division.name
        places = np.indices(self.table.shape).reshape(len(names), self.size)
        levels = [np.asarray(level, np.int64)[places[names.index(blocks_by)]] for level in home]
        return np.array(levels, np.int64).reshape(len(home), self.size)

    def least(self, zeros_public: bool, threshold: int) -> Ints:
        # Only of a finest cell that is in the table itself would a zero have been seen. Where a
        # public count is small all its parts are left empty, zeros too (X0), and so are zeros of
        # larger regions that would tell these: which, only the true counts say.
        seen = (self.alone >= 0) & zeros_public
        if self.table.limit is not None:
            seen[seen] = self.table.limit[self.alone[seen]] > threshold
            seen &= False if self.table.inner is None else self.table.inner > 0
        return seen.astype(np.int64)
