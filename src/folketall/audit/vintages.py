"""One stock released several times: revised, or in the boundaries of several years (X4).

Whoever has an old release beside the new one takes an old figure that still holds for a new one,
and the other way round; and subtracts. So each release is attacked with all that the others say of
it, and so are the differences between the newest and each earlier one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from folketall.audit.areas import one_code_each, whole_parts
from folketall.audit.exact import Exact, exact_disclosures
from folketall.audit.published import Flags, Ints, PublishedTable
from folketall.audit.regions import numbers, region_division
from folketall.audit.system import System, joint_system
from folketall.audit.tables import CubeCells, cube_tables
from folketall.audit.ties import Whole
from folketall.audit.verdict import SHOWN, Found, Promise, Verdict
from folketall.cubes.declared import NATION, Cube

LOWEST = ("municipality", "county", NATION)
"""What counts are compared by: the first of these levels that has the codes."""


@dataclass(frozen=True)
class Comparison:
    """What is known of one release, or of a difference, by all releases together."""

    name: str
    tables: Sequence[PublishedTable]
    cell: Sequence[Ints]
    """By table and row, the number of the cell."""
    may_hide: Flags
    """By cell, whether it would be unknown if the newest release left it empty."""
    wholes: Sequence[Whole] = ()

    def attacked(self) -> tuple[System, Exact, Ints]:
        """The system, what it gives away, and (table, row) of every primary that comes out.

        What came out of the earlier releases by themselves is out: no fault of the newest one.
        """
        system, exact, pairs = self._given(self.tables)
        if len(pairs):
            _, _, before = self._given([self._without(n) for n in range(len(self.tables))])
            out = set(map(tuple, before.tolist()))
            pairs = np.array([p for p in pairs.tolist() if tuple(p) not in out], np.int64)
        return system, exact, pairs.reshape(-1, 2)

    def _without(self, number: int) -> PublishedTable:
        table = self.tables[number]
        return replace(table, known=table.known & ~self.may_hide[self.cell[number]])

    def _given(self, tables: Sequence[PublishedTable]) -> tuple[System, Exact, Ints]:
        system = joint_system(tables, wholes=self.wholes, zeros_public=False)
        exact = exact_disclosures(system, groups=False)
        found = [
            np.column_stack((system.table, system.row))[exact.computable],
            system.implied[:, :2],
            *(self._shown(number, table) for number, table in enumerate(tables)),
        ]
        pairs = np.concatenate(found)
        secret = [bool(self._primary(int(at))[row]) for at, row in pairs]
        return system, exact, pairs[np.array(secret, np.bool_)]

    def _shown(self, number: int, table: PublishedTable) -> Ints:
        """What anyone can read of the newest release, or see by one subtraction."""
        rows = table.known & self._primary(number) & self.may_hide[self.cell[number]]
        return np.column_stack((np.full(int(rows.sum()), number), np.flatnonzero(rows)))

    def _primary(self, table: int) -> Flags:
        primary = self.tables[table].primary
        assert primary is not None
        public = self.tables[table].public
        return primary if public is None else primary & ~public


class Vintages:
    """All releases of a period, cell by cell."""

    def __init__(
        self,
        cells: pd.DataFrame,
        lists: pd.DataFrame,
        cubes: Mapping[str, Cube],
        promise: Promise,
    ) -> None:
        """Put the releases beside each other.

        Args:
            cells: release (the largest is the newest), cube, geography, level, region, code,
                value (null where empty), count (the true one, then).
            lists: (geography, piece, level, region) of every boundary year.
            cubes: the declaration.
            promise: of which the threshold and zeros count.
        """
        self.promise, self._declared = promise, cubes
        self.releases: list[int] = sorted(set(cells["release"].tolist()))
        of_region = numbers(
            cells, ("geography", "level", "region"), (d := region_division(cells, lists)).number
        )
        self.places, self._same = one_code_each(d)
        cube, self._cubes = pd.factorize(cells["cube"].astype(str), sort=True)
        code, self._codes = pd.factorize(cells["code"].astype(str), sort=True)
        place = self._same[of_region]
        key = (cube * len(self.places.codes) + place) * len(self._codes) + code
        different, first, self.cell = np.unique(key, return_index=True, return_inverse=True)
        """Of every row given, the number of its cell: equal regions are one."""
        self._combination = different // (len(self.places.codes) * len(self._codes)) * len(
            self._codes
        ) + different % len(self._codes)
        self._place = different // len(self._codes) % len(self.places.codes)
        shape = (len(self.releases), len(different))
        self.has, self.known = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
        self.value, self.count = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        number = np.searchsorted(self.releases, cells["release"].to_numpy())
        self.has[number, self.cell] = True
        self.count[number, self.cell] = np.rint(cells["count"].to_numpy())
        shown = cells["value"].notna().to_numpy()
        self.known[number[shown], self.cell[shown]] = True
        self.value[number[shown], self.cell[shown]] = np.rint(cells["value"].to_numpy()[shown])
        self._said = cells[["cube", "level", "code"]].iloc[first].reset_index(drop=True)
        self._totals = self._whole_parts(cells, lists, number, cube * len(self._codes) + code)

    @property
    def newest(self) -> int:
        return len(self.releases) - 1

    @property
    def nothing_new(self) -> bool:
        """Whether an earlier release was the same."""
        return any(
            all((of[at] == of[-1]).all() for of in (self.has, self.known, self.value, self.count))
            for at in range(self.newest)
        )

    def empty_before(self) -> Ints:
        """Cells that the release before left empty, and whose count still holds."""
        if not self.newest:
            return np.zeros(0, np.int64)
        one = self.newest - 1
        return np.flatnonzero(self.has[one] & ~self.known[one] & self._holds(self.newest, one))

    def hide(self, cells: Ints) -> None:
        """Leave cells of the newest release empty."""
        self.known[self.newest, cells] = False

    def _whole_parts(
        self, cells: pd.DataFrame, lists: pd.DataFrame, number: Ints, combination: Ints
    ) -> list[Ints]:
        """By release, counts by place and combination of codes, of whole parts around the place.

        A part is the smallest area that is a sum of municipalities in every boundary year. What is
        not a sum of a release's own regions is compared by the parts that it touches. Codes that
        no municipality has are compared by counties, or the nation, in the same way.
        """
        size = len(self._cubes) * len(self._codes)
        level = cells["level"].astype(str).map({name: n for n, name in enumerate(LOWEST)})
        rank = level.fillna(len(LOWEST)).to_numpy(np.int64)
        lowest = np.full(size, len(LOWEST))
        np.minimum.at(lowest, combination, rank)
        geography = cells["geography"].astype(str).to_numpy()
        counts = np.rint(cells["count"].to_numpy()).astype(np.int64)
        found = [np.zeros((len(self.places.codes), size), np.int64) for _ in self.releases]
        for n, name in enumerate(LOWEST):
            part, touched = self._parts(lists, name)
            for at in range(len(self.releases)):
                mine = (rank == n) & (lowest[combination] == n) & (number == at)
                mine &= geography == min(geography[mine], default="")
                where = self._place[self.cell[mine]]
                first = [self.places.members[self.places.codes[p]][0] for p in where.tolist()]
                totals = np.zeros((touched.shape[1], size), np.int64)
                of = part[np.array(first, np.int64)]
                np.add.at(totals, (of, combination[mine]), counts[mine])
                found[at] += touched @ totals
        return found

    def _parts(self, lists: pd.DataFrame, level: str) -> tuple[Ints, Ints]:
        """Of every piece the part that it is in; and by place, the parts that it touches."""
        part = np.zeros(len(self.places.finest), np.int64)
        if level != NATION:
            part = whole_parts(self.places, lists, level)
        touched = np.zeros((len(self.places.codes), part.max(initial=-1) + 1), np.int64)
        for place, code in enumerate(self.places.codes):
            touched[place, part[list(self.places.members[code])]] = 1
        return part, touched

    def _holds(self, one: int, other: int) -> Flags:
        """Cells whose count is the same in both releases, as far as they can be compared."""
        at = (self._place, self._combination)
        both = self.has[one] & self.has[other]
        parts: Flags = self._totals[one][at] == self._totals[other][at]
        return np.where(both, self.count[one] == self.count[other], parts)

    def comparisons(self) -> Iterator[Comparison]:
        """Everything that is to be attacked."""
        last = self.newest
        for one in range(last, -1, -1):
            said = [at for at in range(last + 1) if at != one]
            told = {at: self.has[at] & self._holds(one, at) for at in said}
            if one != last and not (self.has[one] & ~self._holds(last, one)).any():
                # All that it counts is in the newest, too.
                continue
            yield self._of_release(one, told)
        for one in range(last):
            still = self._holds(last, one)
            both = self.has[last] & self.has[one]
            if (both & ~still).any():
                yield self._of_difference(one, both, still)

    def _of_release(self, one: int, told: dict[int, Flags]) -> Comparison:
        has, known = self.has[one].copy(), self.known[one].copy()
        count, hidden_alone = self.count[one].copy(), self.known[one] & (one == self.newest)
        for at, same in told.items():
            count = np.where(~has & same, self.count[at], count)
            has |= same
            known |= same & self.known[at]
            if at != self.newest:
                hidden_alone &= ~(same & self.known[at])
        if one != self.newest:
            others = self.known[one].copy()
            for at, same in told.items():
                others |= same & self.known[at] & (at != self.newest)
            hidden_alone = known & ~others
        name = "" if one == self.newest else f"release {self.releases[one]} again: "
        least = 0 if self.promise.zeros else 1
        small = (count >= least) & (count <= self.promise.threshold)
        return self._comparison(name, has, known, count, small, hidden_alone, signed=False)

    def _of_difference(self, one: int, both: Flags, still: Flags) -> Comparison:
        new, old = self.known[self.newest], self.known[one]
        change = self.count[self.newest] - self.count[one]
        known = np.where(still, new | old, new & old)
        small = (np.abs(change) >= 1) & (np.abs(change) <= self.promise.threshold)
        may = new & ~(still & old)
        name = f"change since release {self.releases[one]}: "
        return self._comparison(name, both, known, change, small, may, signed=True)

    def _comparison(
        self,
        name: str,
        has: Flags,
        known: Flags,
        value: Ints,
        primary: Flags,
        may_hide: Flags,
        *,
        signed: bool,
    ) -> Comparison:
        rows = np.flatnonzero(has)
        cells = CubeCells(
            self._said.iloc[rows],
            self._place[rows],
            value[rows],
            known[rows],
            primary=primary[rows],
            signed=signed,
        )
        found = cube_tables(cells, self.places, self._declared, public=self.promise.public)
        own = [rows[of] for of in found.rows]
        may_hide = may_hide.copy()
        for table, mine in zip(found.tables, own, strict=True):
            if table.public is not None:
                may_hide[mine[table.public]] = False
        return Comparison(name, found.tables, own, may_hide, found.wholes)


def audit_vintages(
    cells: pd.DataFrame,
    lists: pd.DataFrame,
    cubes: Mapping[str, Cube],
    *,
    name: str,
    promise: Promise,
) -> Verdict:
    """Attack the newest release of a period given all earlier ones, and these given it (X4).

    Args:
        cells, lists, cubes, promise: as for `Vintages`.
        name: of the verdict.

    Returns:
        `differences` has every small count, and every small change, that comes out. What singletons
        and intervals promise is examined for the newest release by itself only.
    """
    vintages = Vintages(cells, lists, cubes, promise)
    found: list[str] = []
    number = unknowns = equations = freedom = contradictions = 0
    for one in () if vintages.nothing_new else vintages.comparisons():
        system, exact, pairs = one.attacked()
        number += len(pairs)
        found += [one.name + one.tables[t].labels(np.array([r]))[0] for t, r in pairs[:SHOWN]]
        unknowns, equations = unknowns + system.unknowns, equations + len(system.equations)
        freedom, contradictions = freedom + exact.freedom, contradictions + exact.contradictions
    known, has = vintages.known[vintages.newest], vintages.has[vintages.newest]
    return Verdict(
        name=name,
        promise=Promise(promise.threshold, promise.zeros, "none", 0),
        cells=int(has.sum()),
        suppressed=int((has & ~known).sum()),
        primary=None,
        unknowns=unknowns,
        equations=equations,
        freedom=freedom,
        contradictions=contradictions,
        differences=Found(number, tuple(found[:SHOWN])),
    )
