"""From the rows of a year's flow cubes to the structure that is protected, and back (M4, X2).

Immigration, emigration and moves within municipalities add up over regions like persons. Moves
between municipalities do not: those inside a region are none of the region's. What enters a region
is what enters its municipalities less what moves inside it, and what leaves it likewise, so the
moves inside are unknown counts of their own: nobody publishes them, and they are the same on both
sides. In and out are sums of two counts; a net is computed from the published in and out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from folketall.cubes.declared import ADMINISTRATIVE, BETWEEN, INTERNAL, NATION, TOTAL, Cube
from folketall.model.errors import StatisticsError, UsageError
from folketall.model.tables import CELL_KEY
from folketall.protection.layout import Laid, Layout, laid_out, refuse_other_sums
from folketall.protection.links import Links
from folketall.protection.parts import (
    DIVISIONS,
    MUNICIPALITY,
    REGION,
    Municipalities,
    Part,
    Places,
    municipalities,
    parts_of,
    region_name,
)
from folketall.suppression.cells import Flags, Ints
from folketall.suppression.linking import Pair, Whole, linked, with_sums
from folketall.suppression.structure import Structure
from folketall.suppression.suppression import protect_counts

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
PUBLIC = ("immigration", "emigration", INTO, FROM, "in", "out")
"""Measures whose totals by region are public: terms of the accounts and their sums (X0)."""


def flow_layout(
    table: pd.DataFrame,
    inner: pd.DataFrame,
    cubes: Mapping[str, Cube],
    places: Places,
    *,
    threshold: int = 3,
    min_width: int = 2,
    public: bool = True,
) -> Layout:
    """Lay out all flow cubes of a year but those of pairs of regions.

    Args:
        table: CUBE, of one period.
        inner: INNER_CELL, of the same cubes and period.
        cubes: the declaration.
        places: one that is not there is unknown at every level (G3).
        threshold: counts from 1 to this are primary.
        min_width: no interval of a primary may be narrower.
        public: whether the terms of the accounts are published as they are (X0).

    Returns:
        The structure, and the cell of each row: -1 of a net, and of a row that is no sum of
        the lowest regions.

    Raises:
        StatisticsError: more moves over the border of a region than over those of its
            municipalities.
    """
    ends = pd.concat([inner["region"], inner["other_region"].dropna()]).unique()
    every = municipalities(table, pd.DataFrame({"region": ends}), places)
    found = _Kinds(every, inner)
    for part in parts_of(table, cubes):
        found.add(part)
    links = Links(every, found.parts, pd.concat(found.inner, ignore_index=True))
    laid = laid_out(links)
    pairs, wholes = found.ties()
    structure = linked(laid.structures, [*links.pairs(), *pairs], [*links.wholes, *wholes])
    structure, cell = _with_rows(structure, _terms_of(table, found, laid))
    shown, given = np.zeros((2, len(structure.cells)), np.bool_)
    few = np.zeros(len(structure.cells), np.int64)
    mirror = np.full(len(structure.cells), -1)
    shown[cell[cell >= 0]] = True
    if public:
        given[cell[_is_public(table, cubes) & (cell >= 0)]] = True
        count = _few(table, found, cubes, threshold, min_width)
        few[cell[cell >= 0]] = count[cell >= 0]
        one, other = _mirrors(table, cubes)
        good = (cell[one] >= 0) & (cell[other] >= 0)
        mirror[cell[one[good]]] = cell[other[good]]
    few[given] = 0
    structure = replace(structure, shown=shown, public=given, few=few, wide=few > 0, mirror=mirror)
    return Layout(structure, cell)


_NOTHING, _NONE = -2, -1
"""In the place of a cell: nothing, which everyone knows; what is no sum of the lowest regions."""


def _with_rows(structure: Structure, terms: Ints) -> tuple[Structure, Ints]:
    """The structure with the sums that the rows need, and the cell of each row.

    Args:
        terms: of each row the two cells that it is the sum of; or one and `_NOTHING`.
    """
    zero = len(structure.cells)
    structure = with_sums(structure, np.zeros((1, 0), np.int64))
    several = (terms >= 0).all(axis=1)
    summed, which = np.unique(terms[several], axis=0, return_inverse=True)
    cell = terms.max(axis=1)
    cell[cell == _NOTHING] = zero
    cell[(terms == _NONE).any(axis=1)] = _NONE
    cell[several] = len(structure.cells) + which.reshape(-1)
    return with_sums(structure, summed), cell


def _terms_of(table: pd.DataFrame, found: _Kinds, laid: Laid) -> Ints:
    """Of each row the cells that it is the sum of; `_NONE` twice of a net."""
    terms = np.full((len(table), 2), _NONE)
    for base, numbers in found.of:
        measure, level = (base.rows[name].to_numpy(str) for name in ("measure", "level"))
        for name in sorted(set(measure.tolist()) & set(TERMS)):
            mine = np.flatnonzero(measure == name)
            of = np.full((len(mine), 2), _NOTHING)
            for place, term in enumerate(TERMS[name]):
                for at, number in _places_of(name, term, level[mine], numbers):
                    of[at, place] = laid.cells(number, base.rows.iloc[mine[at]])
            terms[base.at[mine]] = of
    return terms


def _places_of(
    measure: str, term: str, level: NDArray[np.str_], numbers: Mapping[str, int]
) -> Iterator[tuple[Ints, int]]:
    """Rows of a measure, and the part that has the cells of its term.

    At the nation moves between municipalities are neither in nor out (M4).
    """
    if term in ADDED:
        yield np.arange(len(level)), numbers[term]
        return
    lowest = (level == MUNICIPALITY) | (measure == BETWEEN[1])
    above = ~lowest & ((level != NATION) | (measure == BETWEEN[0]))
    yield np.flatnonzero(lowest), numbers[term]
    if above.any():
        yield np.flatnonzero(above), numbers[of_regions(term)]


def of_regions(term: str) -> str:
    """What moves over the borders of regions of several municipalities are called as counts."""
    return f"{term} of regions"


class _Kinds:
    """What each table of the cubes counts, kind by kind, as parts with inner cells."""

    def __init__(self, every: Municipalities, inner: pd.DataFrame) -> None:
        self._every, self._given = every, inner
        self.parts: list[Part] = []
        self.inner: list[pd.DataFrame] = []
        """INNER_CELL of each kind, as of a cube of its own."""
        self.of: list[tuple[Part, Mapping[str, int]]] = []
        """Each table with rows of all measures, and the parts that it was taken apart into."""

    def add(self, base: Part) -> None:
        """Take a table apart."""
        measures = (*base.cube.measures, *base.cube.nation_measures)
        terms = {term for name in measures for term in TERMS.get(name, ())}
        mine = self._given[self._given["cube"] == base.cube.name]
        inside = mine["measure"] == INTERNAL
        numbers = {
            kind: self._added(base, kind, mine[mine["measure"] == kind])
            for kind in ADDED
            if kind in terms
        }
        if terms & {INTO, FROM}:
            moves = mine[inside]
            entered = moves.assign(region=moves["other_region"])
            numbers[INTO] = self._added(base, INTO, entered)
            numbers[FROM] = self._added(base, FROM, moves)
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

    def _added(self, base: Part, kind: str, inner: pd.DataFrame) -> int:
        return self._part(base, kind, inner, {})

    def _part(
        self,
        base: Part,
        kind: str,
        inner: pd.DataFrame,
        regions: Mapping[frozenset[int], tuple[str, ...]],
    ) -> int:
        """Add a part without rows: what the rows are is asked of it later; give its number."""
        name = f"{base.cube.name} {len(self.parts)} {kind}"
        cube = replace(base.cube, name=name, counts=kind)
        rows = base.rows.iloc[:0]
        none = np.zeros(0, np.int64)
        self.parts.append(Part(cube, base.table, base.dimensions, none, rows, regions))
        self.inner.append(inner.assign(cube=name))
        return len(self.parts) - 1

    def _of_regions(
        self, base: Part, moves: pd.DataFrame, regions: Mapping[frozenset[int], tuple[str, ...]]
    ) -> dict[str, int]:
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


def _named(regions: Mapping[frozenset[int], tuple[str, ...]]) -> dict[frozenset[int], str]:
    """Each region by its first name."""
    return {area: names[0] for area, names in regions.items()}


def _codes(part: Part) -> list[tuple[frozenset[int], str]]:
    """Each region of a part with its code."""
    return [(area, region_name(number)) for number, area in enumerate(part.regions)]


def _at_total(table: pd.DataFrame, cubes: Mapping[str, Cube], but: Sequence[str] = ()) -> Flags:
    """Rows at the total of all dimensions, but for some."""
    found: Flags = np.ones(len(table), np.bool_)
    names = {one.name for cube in set(table["cube"]) for one in cubes[cube].dimensions}
    for name in sorted(names - set(but)):
        found &= (table[name].isna() | table[name].isin([TOTAL])).to_numpy()
    return found


def _is_public(table: pd.DataFrame, cubes: Mapping[str, Cube]) -> Flags:
    """X0: the terms of the accounts and their sums, by region, without any other attribute."""
    found: Flags = _at_total(table, cubes) & table["measure"].isin(PUBLIC).to_numpy()
    return found


def _few(
    table: pd.DataFrame, found: _Kinds, cubes: Mapping[str, Cube], threshold: int, min_width: int
) -> Ints:
    """Of every row the public count that it is part of, where that is too small; else 0.

    A count up to the threshold (X0, X1). And one that is hardly more than the number of its parts
    that are not zero: each of these counts one at least, if zeros are public, so none of them
    could be much more.
    """
    by = ["level", "region", "measure"]
    public = _is_public(table, cubes)
    # Administrative out-registrations are among the emigrations (M6).
    own = table[by].replace({"measure": {ADMINISTRATIVE: "emigration"}})
    whole = own[public].assign(of=table["value"][public]).drop_duplicates(by)
    of = own.merge(whole, on=by, how="left")["of"].fillna(0).to_numpy()
    small = of <= threshold
    for base, _ in found.of:
        inner = np.ones(len(base.rows), np.bool_)
        for name in base.dimensions:
            inner &= base.rows[name].isin(base.table.shown[name]).to_numpy()
        parts = (inner & (base.rows["value"] > 0).to_numpy()).astype(np.int64)
        region = base.rows.groupby(by, sort=False).ngroup().to_numpy()
        number = np.bincount(region, parts, minlength=1)[region] if len(region) else parts
        small[base.at] |= of[base.at] - number < np.maximum(min_width, number)
    return np.where(~public & (of >= 1) & small, of, 0).astype(np.int64)


def _mirrors(table: pd.DataFrame, cubes: Mapping[str, Cube]) -> tuple[Ints, Ints]:
    """Rows of men and of women: together they are public."""
    mine = _at_total(table, cubes, ("sex",)) & table["measure"].isin(PUBLIC).to_numpy()
    by = ["cube", "level", "region", "measure"]
    rows = table.loc[mine, [*by, "sex"]].assign(at=np.flatnonzero(mine))
    both = rows[rows["sex"] == "1"].merge(rows[rows["sex"] == "2"], on=by)
    return both["at_x"].to_numpy(np.int64), both["at_y"].to_numpy(np.int64)


def hidden_flows(
    table: pd.DataFrame,
    inner: pd.DataFrame,
    cubes: Mapping[str, Cube],
    places: Places,
    *,
    threshold: int,
    zeros: bool,
    singletons: str,
    min_width: int,
) -> Flags:
    """Of all flow cubes of a year but pairs of regions: whether each row is left empty (X2).

    Args:
        table: CUBE, of one period.
        inner: INNER_CELL, of the same cubes and period.
        cubes: the declaration.
        places: one that is not there is unknown at every level (G3).
        threshold: counts from 1 to this are primary.
        zeros: whether zeros are primary too.
        singletons: `protect.singletons`.
        min_width: `protect.min_width`.

    Raises:
        StatisticsError: rows that are not the sums they are taken for, or cubes of the same
            migrations with different totals.
    """
    try:
        laid = flow_layout(table, inner, cubes, places, threshold=threshold, min_width=min_width)
    except UsageError:
        name = " ".join(str(table[key].iloc[0]) for key in ("period", "geography"))
        said = "cubes of the same migrations have different totals"
        raise StatisticsError(f"{name}: {said}") from None
    refuse_other_sums(table, laid.structure.values, laid.cell)
    done = protect_counts(
        laid.structure,
        threshold=threshold,
        zeros=zeros,
        singletons=singletons,
        min_width=min_width,
        all_levels=False,
    )
    hidden: Flags = (laid.cell < 0) | done.suppressed[laid.cell]
    return with_nets(table, cubes, hidden)


def with_nets(table: pd.DataFrame, cubes: Mapping[str, Cube], hidden: Flags) -> Flags:
    """Whether each row is left empty: a net where a count that it is computed from is (X5).

    Args:
        table: CUBE, of one period.
        cubes: the declaration.
        hidden: of each row that is no net, whether it is left empty.
    """
    found = hidden.copy()
    keys = [name for name in CELL_KEY if name != "measure"]
    cell = table.groupby(keys, dropna=False, sort=False).ngroup().to_numpy()
    measure = table["measure"].to_numpy(str)
    for name in sorted(set(table["cube"])):
        terms = cubes[name].net_of
        if terms is None:
            continue
        empty = np.zeros(cell.max(initial=-1) + 1, np.bool_)
        empty[cell[hidden & np.isin(measure, terms) & (table["cube"] == name).to_numpy()]] = True
        mine = (table["cube"] == name).to_numpy() & (measure == "net")
        found[mine] = empty[cell[mine]]
    return found
