"""What every flow cell of a year sums: migrations by region, kind and finest attributes (M4, Q1).

Moves over the border of a region are those over the borders of its municipalities less those inside
it. The moves inside are unknown counts of their own, the same on both sides. Written from the
declaration and the lists of regions alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from folketall.audit.published import Division, Flags, Ints
from folketall.cubes.declared import ADMINISTRATIVE, BETWEEN, NATION, NATION_CODE, UNKNOWN, Cube

INTO, FROM, INSIDE = "in_internal", "out_internal", "moves inside"
STAYING = ("immigration", "emigration", "intramunicipal", ADMINISTRATIVE)
"""Kinds that add up over regions."""
TERMS: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in (*STAYING, INTO, FROM)},
    **dict.fromkeys(BETWEEN, (INTO,)),
    "in": ("immigration", INTO),
    "out": ("emigration", FROM),
}
Matrix = Any
"""Sparse, by row; its library has no types."""


class Pieces:
    """The municipalities of a year, and the regions of every level as sets of them."""

    def __init__(self, lists: pd.DataFrame, cells: pd.DataFrame) -> None:
        nowhere = (lists["level"] == "municipality") & (lists["region"] == UNKNOWN)
        unknown = str(lists["piece"][nowhere].min()) if nowhere.any() else UNKNOWN
        self.codes = tuple(sorted({*lists["piece"].astype(str), unknown}))
        place = {code: number for number, code in enumerate(self.codes)}
        found: dict[str, set[int]] = {}
        for piece, level, region in zip(
            lists["piece"], lists["level"], lists["region"], strict=True
        ):
            found.setdefault(f"{level} {region}", set()).add(place[str(piece)])
        for level in {*lists["level"], *cells["level"].astype(str)} - {NATION}:
            found.setdefault(f"{level} {UNKNOWN}", set()).add(place[unknown])
        found[f"{NATION} {NATION_CODE}"] = set(range(len(self.codes)))
        self.members = {name: frozenset(of) for name, of in found.items()}
        counties = sorted(name for name in found if name.startswith("county "))
        self.county = np.zeros(len(self.codes), np.int64)
        for number, name in enumerate(counties):
            self.county[sorted(found[name])] = number

    def of(self, level: str) -> list[str]:
        """The regions of a level, by name."""
        return [name for name in self.members if name.startswith(f"{level} ")]


class Atoms:
    """The unknown counts of one cube, and what its cells are sums of."""

    def __init__(self, cube: Cube, pieces: Pieces) -> None:
        self.cube, self._pieces = cube, pieces
        measures = (*cube.measures, *cube.nation_measures)
        terms = {term for name in measures for term in TERMS.get(name, ())}
        names = [name for level in cube.levels for name in pieces.of(level)]
        self.name = {name: number for number, name in enumerate(names)}
        self.classes = _classes([pieces.members[name] for name in names], pieces)
        of_class = [(n, c) for n, name in enumerate(names) for c, of in enumerate(self.classes)
                    if of <= pieces.members[name]]  # fmt: skip
        added = _ones(of_class, len(names), len(self.classes))
        self.places: dict[str, Matrix] = dict.fromkeys(sorted(terms), added)
        self.areas: list[frozenset[int]] = []
        if INTO in terms:
            self.places[INSIDE] = self._inside(names)
        self.attributes = int(np.prod([len(d.inner) for d in cube.dimensions], dtype=np.int64))
        size = [matrix.shape[1] * self.attributes for matrix in self.places.values()]
        ends = np.cumsum([0, *size]).tolist()
        self.first = dict(zip(self.places, ends[:-1], strict=True))
        self.size = ends[-1]

    def _inside(self, names: list[str]) -> Matrix:
        levels = {*self.cube.levels, "county"} - {NATION, "municipality"}
        several = {
            self._pieces.members[name]
            for level in levels
            for name in self._pieces.of(level)
            if len(self._pieces.members[name]) > 1
        }
        self.areas = sorted(several, key=sorted)
        number = {area: at for at, area in enumerate(self.areas)}
        pairs = []
        for at, name in enumerate(names):
            own = self._pieces.of("county") if name.startswith(NATION) else [name]
            areas = {self._pieces.members[one] for one in own}
            pairs += [(at, number[area]) for area in areas if area in number]
        return _ones(pairs, len(names), len(self.areas))

    def rows(self, cells: pd.DataFrame) -> tuple[Matrix, Matrix]:
        """Of every cell what it sums; and sums that are zero where a published cell is (X2).

        Args:
            cells: of the cube; `value` is null where a cell is empty.
        """
        region = (cells["level"].astype(str) + " " + cells["region"].astype(str)).map(self.name)
        at, codes = region.to_numpy(np.int64), self._codes(cells)
        measure = cells["measure"].to_numpy(str)
        nation = (cells["level"] == NATION).to_numpy()
        plus = sparse.csr_matrix((len(cells), self.size))
        zero = [sparse.csr_matrix((0, self.size))]
        none = (cells["value"] == 0).to_numpy()
        for name in sorted(set(measure.tolist())):
            for sign, of in self._signed(name):
                for term in TERMS[of]:
                    mine = measure == name
                    if term in (INTO, FROM) and of not in BETWEEN:
                        mine &= ~nation
                    where = np.flatnonzero(mine)
                    made = self._term(term, of, at[where], codes[where])
                    plus = plus + _placed(made, where, len(cells)) * sign
                    if name != "net":
                        zero.append(self._zeros(term, of, at[where], codes[where], none[where]))
        return plus.tocsr(), sparse.vstack(zero, format="csr")

    def _signed(self, measure: str) -> Iterator[tuple[int, str]]:
        """The measures that a measure is the sum or the difference of."""
        if measure == "net" and self.cube.net_of:
            plus, minus = self.cube.net_of
            yield from ((1, plus), (-1, minus))
        else:
            yield 1, measure

    def _term(self, term: str, measure: str, region: Ints, codes: Matrix) -> Matrix:
        found = self._shifted(term, _crossed(self.places[term][region], codes))
        if term in (INTO, FROM) and measure != BETWEEN[1]:
            found = found - self._shifted(INSIDE, _crossed(self.places[INSIDE][region], codes))
        return found

    def _zeros(self, term: str, measure: str, region: Ints, codes: Matrix, none: Flags) -> Matrix:
        """Every finest count of a region that a published zero counts is zero."""
        entry = codes[none].tocoo()
        pairs = np.unique(np.column_stack((region[none][entry.row], entry.col)), axis=0)
        size = len(pairs)
        one = sparse.csr_matrix(
            (np.ones(size), (np.arange(size), pairs[:, 1])), (size, self.attributes)
        )
        return self._term(term, measure, pairs[:, 0].astype(np.int64), one)

    def _shifted(self, kind: str, made: Matrix) -> Matrix:
        columns = made.indices.astype(np.int64) + self.first[kind]
        return sparse.csr_matrix((made.data, columns, made.indptr), (made.shape[0], self.size))

    def _codes(self, cells: pd.DataFrame) -> Matrix:
        """Cell × finest attributes."""
        found = sparse.csr_matrix(np.ones((len(cells), 1)))
        for dimension in self.cube.dimensions:
            number = {code: at for at, code in enumerate(dimension.codes)}
            of = [(n, place) for code, n in number.items() for place in dimension.codes[code]]
            matrix = _ones(of, len(number), len(dimension.inner))
            found = _crossed(
                found, matrix[cells[dimension.name].astype(str).map(number).to_numpy(np.int64)]
            )
        return found

    def balance(self) -> Matrix:
        """What enters all municipalities together is what leaves them, by finest attributes."""
        if INTO not in self.places:
            return sparse.csr_matrix((0, self.size))
        every = np.full(self.attributes, self.name[f"{NATION} {NATION_CODE}"])
        codes = sparse.identity(self.attributes, format="csr")
        into, out = (
            self._shifted(kind, _crossed(self.places[kind][every], codes)) for kind in (INTO, FROM)
        )
        return into - out

    def divisions(self, kind: str) -> list[Division]:
        """What a kind of count is divided by: regions, then the dimensions of the cube."""
        of = self.areas if kind == INSIDE else self.classes
        # Moves inside overlapping areas are different counts: an area stands for itself.
        names = [
            frozenset({str(sorted(area))} if kind == INSIDE else map(str, area)) for area in of
        ]
        found = [Division("region", tuple(map(str, range(len(of)))), {}, tuple(names))]
        for one in self.cube.dimensions:
            found.append(Division(one.name, one.inner, {}, tuple(map(frozenset, one.elements))))
        return found

    def homes(self) -> Ints:
        """Level × unknown: county and municipality; areas across counties are by themselves."""
        found = []
        for kind in self.places:
            inside = kind == INSIDE
            blocks = np.array(
                [self._home(of, inside=inside) for of in (self.areas if inside else self.classes)],
                np.int64,
            ).reshape(-1, 2)
            found.append(np.repeat(blocks, self.attributes, axis=0))
        return np.concatenate(found).T

    def _home(self, area: frozenset[int], *, inside: bool) -> tuple[int, int]:
        county, pieces = self._pieces.county, len(self._pieces.codes)
        counties = {int(county[piece]) for piece in area}
        one = min(counties) if len(counties) == 1 else pieces + min(area)
        return one, min(area) if len(area) == 1 and not inside else pieces + min(area)


def _classes(regions: list[frozenset[int]], pieces: Pieces) -> list[frozenset[int]]:
    """The municipalities that no region tells apart, together."""
    told: dict[tuple[int, ...], set[int]] = {}
    for piece in range(len(pieces.codes)):
        key = tuple(number for number, of in enumerate(regions) if piece in of)
        told.setdefault(key, set()).add(piece)
    return [frozenset(of) for of in told.values()]


def _ones(pairs: list[tuple[int, int]], rows: int, columns: int) -> Matrix:
    at = np.array(pairs, np.int64).reshape(-1, 2)
    return sparse.csr_matrix((np.ones(len(at)), (at[:, 0], at[:, 1])), (rows, columns))


def _placed(made: Matrix, where: Ints, rows: int) -> Matrix:
    """Some rows at their places among all."""
    size = np.zeros(rows, np.int64)
    size[where] = np.diff(made.indptr)
    start = np.concatenate(([0], np.cumsum(size)))
    return sparse.csr_matrix((made.data, made.indices, start), (rows, made.shape[1]))


def _crossed(one: Matrix, two: Matrix) -> Matrix:
    """Row by row, every entry of one with every entry of the other."""
    first, second = np.diff(one.indptr).astype(np.int64), np.diff(two.indptr).astype(np.int64)
    start = np.concatenate(([0], np.cumsum(first * second)))
    row = np.repeat(np.arange(len(first)), first * second)
    place = np.arange(start[-1]) - start[row]
    left = one.indptr[row] + place // second[row]
    right = two.indptr[row] + place % second[row]
    column = one.indices[left].astype(np.int64) * two.shape[1] + two.indices[right]
    data = one.data[left] * two.data[right]
    return sparse.csr_matrix((data, column, start), (len(first), one.shape[1] * two.shape[1]))
