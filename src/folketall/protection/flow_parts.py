"""What each table of flow cubes counts, kind by kind, and what everyone knows of the kinds (M4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from folketall.cubes.declared import ADMINISTRATIVE, BETWEEN, INTERNAL, NATION, TOTAL
from folketall.protection.parts import (
    DIVISIONS,
    MUNICIPALITY,
    REGION,
    Municipalities,
    Part,
    region_name,
)
from folketall.suppression.linking import Pair, Whole

INTO, FROM, INSIDE = "in_internal", "out_internal", "moves inside"
ADDED = ("immigration", "emigration", "intramunicipal", ADMINISTRATIVE)
"""Counts that add up over regions."""
TERMS: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in (*ADDED, INTO, FROM)},
    **dict.fromkeys(BETWEEN, (INTO,)),
    "in": ("immigration", INTO),
    "out": ("emigration", FROM),
}
"""What each measure is the sum of. A net is the difference of two others."""
Regions = Mapping[frozenset[int], tuple[str, ...]]
"""The municipalities of each region to its names, `level region`."""
NO_REGIONS: Regions = {}


def of_regions(term: str) -> str:
    """What moves over the borders of regions of several municipalities are called as counts."""
    return f"{term} of regions"


class FlowParts:
    """What each table of the cubes counts, kind by kind, as parts with inner cells."""

    def __init__(self, every: Municipalities, inner: Mapping[str, pd.DataFrame]) -> None:
        self._every, self._given = every, inner
        self.parts: list[Part] = []
        self.inner: dict[str, pd.DataFrame] = {}
        """INNER_CELL of each kind, as of a cube of its own."""
        self.of: list[tuple[Part, Mapping[str, int]]] = []
        """Each table with rows of all measures, and the parts that it was taken apart into."""

    def add(self, base: Part) -> None:
        """Take a table apart."""
        measures = (*base.cube.measures, *base.cube.nation_measures)
        terms = {term for name in measures for term in TERMS.get(name, ())}
        mine = self._given[base.cube.name]
        numbers = {
            kind: self._part(base, kind, mine[mine["measure"] == kind])
            for kind in ADDED
            if kind in terms
        }
        if terms & {INTO, FROM}:
            moves = mine[mine["measure"] == INTERNAL]
            entered = moves.assign(region=moves["other_region"])
            numbers[INTO] = self._part(base, INTO, entered)
            numbers[FROM] = self._part(base, FROM, moves)
            regions = self._regions(base, counties=BETWEEN[0] in measures)
            if regions:
                numbers |= self._of_regions(base, moves, regions)
        self.of.append((base, numbers))

    def _regions(self, base: Part, *, counties: bool) -> dict[frozenset[int], tuple[str, ...]]:
        """The regions of several levels by their municipalities, each with its names."""
        levels = [level for level in base.table.levels if level not in (NATION, MUNICIPALITY)]
        if counties and NATION in base.table.levels:
            levels.append(DIVISIONS[0])
        members: dict[str, list[int]] = {}
        for level in dict.fromkeys(levels):
            for place, region in enumerate(self._every.at[level]):
                members.setdefault(f"{level} {region}", []).append(place)
        found: dict[frozenset[int], tuple[str, ...]] = {}
        for name, of in members.items():
            found[frozenset(of)] = (*found.get(frozenset(of), ()), name)
        return found

    def _part(
        self,
        base: Part,
        kind: str,
        inner: pd.DataFrame,
        regions: Regions = NO_REGIONS,
    ) -> int:
        """Add a part without rows: what the rows are is asked of it later; give its number."""
        name = f"{base.cube.name} {len(self.parts)} {kind}"
        cube = replace(base.cube, name=name, counts=kind)
        rows = base.rows.iloc[:0]
        none = np.zeros(0, np.int64)
        self.parts.append(Part(cube, base.table, base.dimensions, none, rows, regions))
        self.inner[name] = inner
        return len(self.parts) - 1

    def _of_regions(self, base: Part, moves: pd.DataFrame, regions: Regions) -> dict[str, int]:
        """Moves over the borders of regions, both ways, and inside those of several places."""
        ends = [
            moves[name].map(self._every.number).to_numpy() for name in ("region", "other_region")
        ]
        found: dict[str, list[pd.DataFrame]] = {INTO: [], FROM: [], INSIDE: []}
        for area, names in regions.items():
            left, entered = (np.isin(at, sorted(area)) for at in ends)
            for kind, mine in (
                (INTO, entered & ~left),
                (FROM, left & ~entered),
                (INSIDE, left & entered),
            ):
                found[kind].append(moves[mine].assign(region=names[0]))
        numbers = {}
        for kind in (INTO, FROM):
            inner = pd.concat(found[kind])
            numbers[of_regions(kind)] = self._part(base, of_regions(kind), inner, regions)
        several = {area: names for area, names in regions.items() if len(area) > 1}
        if several:
            numbers[INSIDE] = self._part(base, INSIDE, pd.concat(found[INSIDE]), several)
        return numbers

    def ties(self) -> tuple[list[Pair], list[Whole]]:
        """What everyone knows of moves between municipalities (M4), table by table."""
        pairs, wholes = [], []
        for base, numbers in self.of:
            if INTO not in numbers:
                continue
            into, out = numbers[INTO], numbers[FROM]
            codes = {name: base.table.shown[name] for name in base.dimensions}
            both = {name: [(code, code) for code in of] for name, of in codes.items()}
            # What enters all municipalities together is what leaves them.
            pairs.append(Pair(into, out, {REGION: [(TOTAL, TOTAL)], **both}))
            for kind in (INTO, FROM) if of_regions(INTO) in numbers else ():
                above = numbers[of_regions(kind)]
                names = _named(self.parts[above].regions)
                single = [(names[area], region) for area, region in _codes(self.parts[above])
                          if len(area) == 1]  # fmt: skip
                if single:
                    pairs.append(Pair(numbers[kind], above, {REGION: single, **both}))
                if INSIDE in numbers:
                    wholes.append(self._whole(numbers[kind], above, numbers[INSIDE], codes))
        return pairs, wholes

    def _whole(
        self, lowest: int, above: int, inside: int, codes: Mapping[str, Sequence[str]]
    ) -> Whole:
        """What passes the borders of a region's municipalities passes its own, or is inside."""
        names = _named(self.parts[above].regions)
        of_above = dict(_codes(self.parts[above]))
        regions = [
            (names[area], of_above[area], region) for area, region in _codes(self.parts[inside])
        ]
        shared = {name: [(code,) * 3 for code in of] for name, of in codes.items()}
        return Whole(lowest, (above, inside), {}, {REGION: regions, **shared})


def _named(regions: Regions) -> dict[frozenset[int], str]:
    """Each region by its first name."""
    return {area: names[0] for area, names in regions.items()}


def _codes(part: Part) -> list[tuple[frozenset[int], str]]:
    """Each region of a part with its code."""
    return [(area, region_name(number)) for number, area in enumerate(part.regions)]
