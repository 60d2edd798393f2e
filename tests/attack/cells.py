"""Published cells as sums of unknown counts: what an attacker writes down who has read the method."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import product

TOTAL = "total"
STOCKS = {
    "refugees_by_category": ("category",),
    "refugees_by_residence": ("years_of_residence", "country_group"),
    "refugees_by_citizenship": ("citizenship", "sex", "country_group"),
    "refugees_by_age": ("sex", "age"),
    "population_by_background": ("immigrant", "sex", "age"),
}
FLOWS = {
    "migrations_by_age": ("sex", "age"),
    "migrations_by_background": ("country_group", "citizenship", "sex"),
    "migrations_by_marital_status": ("marital_status", "sex"),
    "migrations_by_country": ("country", "sex"),
    "migrations_administrative": ("sex",),
}
TERMS = {
    "in": {"immigration": 1, "in_internal": 1},
    "out": {"emigration": 1, "out_internal": 1},
    "net": {"immigration": 1, "in_internal": 1, "emigration": -1, "out_internal": -1},
}
BORDER_ONLY = {"net": {"immigration": 1, "emigration": -1}}


@dataclass(frozen=True)
class Cell:
    cube: str
    level: str
    region: str
    codes: tuple[str, ...]
    measure: str
    published: float | None
    true: float


class Unknowns:
    """Which inner codes, and which places, every code of a cube stands for."""

    def __init__(self, cells, regions):
        self.regions = regions
        self.codes = defaultdict(set)
        self.cubes = {cell.cube for cell in cells}
        for cell in cells:
            for dimension, code in zip(dimensions(cell.cube), cell.codes, strict=True):
                self.codes[self._kind(cell.cube), dimension].add(code)
        self.inside = defaultdict(list)
        for place, at in regions.items():
            for level, region in at.items():
                self.inside[level, region].append(place)
        self.name = {}
        for key, places in self.inside.items():
            same = frozenset(places)
            self.name[key] = next(
                (n for k, n in self.name.items() if set(self.inside[k]) == same),
                f"{key[0]} {key[1]}",
            )
        self.inner = {key: _inner(key[1], codes) for key, codes in self.codes.items()}

    @staticmethod
    def _kind(cube):
        return "stock" if cube in STOCKS else "flow"

    def has(self, cube):
        return (self._kind(cube), dimensions(cube)[0]) in self.codes and cube in self.cubes

    def of(self, cube, dimension, code):
        return self.inner[self._kind(cube), dimension][code]

    def row(self, cell, zeros=frozenset()):
        """{unknown: coefficient} whose sum is the cell, those known to be 0 left out."""
        found = defaultdict(int)
        codes = list(
            product(
                *(
                    self.of(cell.cube, dimension, code)
                    for dimension, code in zip(dimensions(cell.cube), cell.codes, strict=True)
                )
            )
        )
        for kind, sign, place in self._parts(cell):
            for inner in codes:
                name = (cell.cube, kind, place, inner)
                if name not in zeros:
                    found[name] += sign
        return {name: factor for name, factor in found.items() if factor}

    def _parts(self, cell):
        """(kind, sign, place) of what a cell counts; moves inside a region are taken off (M4)."""
        places = self.inside[cell.level, cell.region]
        if cell.cube == "migrations_by_country":
            places = sorted({self.regions[place]["county"] for place in places})
        for kind, sign in terms(cell).items():
            if kind in ("between_counties", "between_municipalities"):
                yield from (("in_internal", 1, place) for place in self.regions)
                if kind == "between_counties":
                    counties = sorted({at["county"] for at in self.regions.values()})
                    for county in counties:
                        if len(self.inside["county", county]) > 1:
                            yield "inside", -1, self.name["county", county]
                continue
            yield from ((kind, sign, place) for place in places)
            if kind in ("in_internal", "out_internal") and len(places) > 1:
                yield "inside", -sign, self.name[cell.level, cell.region]


def dimensions(cube):
    return (STOCKS | FLOWS)[cube]


def terms(cell):
    if cell.cube == "migrations_by_country":
        return BORDER_ONLY.get(cell.measure, {cell.measure: 1})
    return TERMS.get(cell.measure, {cell.measure: 1})


def _inner(dimension, codes):
    """{code: the inner codes it sums}."""
    if dimension == "age":
        lows = sorted({_low(code) for code in codes if code[0].isdigit()})
        found = {code: [str(a) for a in lows if _covers(code, a)] for code in codes}
        found["unknown"] = ["unknown"]
        return found | {TOTAL: [*map(str, lows), "unknown"]}
    finest = sorted(codes - {TOTAL, "principal", "family"})
    found = {code: [code] for code in finest} | {TOTAL: finest}
    family = [code for code in finest if code.startswith("family_")]
    return found | {"family": family, "principal": [c for c in finest if c not in family]}


def _low(code):
    return int(code.rstrip("+").split("-")[0])


def _covers(code, age):
    if not code[0].isdigit():
        return False
    low, _, high = code.rstrip("+").partition("-")
    return int(low) <= age and (code.endswith("+") or age <= int(high))


def ties(unknowns):
    """Rows that are 0: tables of the same persons have the same shared sums; nested rests."""
    found = []
    places = list(unknowns.regions)

    def same(one, other, kind_places):
        shared = [d for d in dimensions(one) if d in dimensions(other)]
        for (kind, place), codes in product(
            kind_places,
            product(*(unknowns.of(one, d, TOTAL) for d in shared)),
        ):
            row = defaultdict(int)
            for cube, sign in ((one, 1), (other, -1)):
                each = (
                    [codes[shared.index(d)]] if d in shared else unknowns.of(cube, d, TOTAL)
                    for d in dimensions(cube)
                )
                for inner in product(*each):
                    row[(cube, kind, place, inner)] += sign
            found.append((place, dict(row)))

    persons = [("persons", place) for place in places]
    for one, other in (
        ("refugees_by_age", "refugees_by_citizenship"),
        ("refugees_by_citizenship", "refugees_by_residence"),
        ("refugees_by_residence", "refugees_by_category"),
    ):
        if unknowns.has(one) and unknowns.has(other):
            same(one, other, persons)
    kinds = ("immigration", "emigration", "in_internal", "out_internal", "intramunicipal")
    flows = [(kind, place) for kind in kinds for place in places]
    flows += [
        ("inside", name)
        for name in sorted({n for k, n in unknowns.name.items() if len(unknowns.inside[k]) > 1})
    ]
    for other in ("migrations_by_background", "migrations_by_marital_status"):
        if unknowns.has("migrations_by_age") and unknowns.has(other):
            same("migrations_by_age", other, flows)
    return found


def nation_ties(unknowns):
    """Nothing crosses the nation's border inside it; migrations by country add up to those by sex."""
    found = []
    for cube in FLOWS:
        if not unknowns.has(cube) or cube in ("migrations_by_country", "migrations_administrative"):
            continue
        for inner in product(*(unknowns.of(cube, d, TOTAL) for d in dimensions(cube))):
            for kind in ("in_internal", "out_internal"):
                row = {(cube, kind, place, inner): 1 for place in unknowns.regions}
                found.append(row | {(cube, "inside", unknowns.name["nation", "0"], inner): -1})
    if unknowns.has("migrations_by_country") and unknowns.has("migrations_by_age"):
        found += _by_country(unknowns)
    return found


def _by_country(unknowns):
    found = []
    counties = sorted({at["county"] for at in unknowns.regions.values()})
    sexes = unknowns.of("migrations_by_age", "sex", TOTAL)
    for county, kind, sex in product(counties, ("immigration", "emigration"), sexes):
        row = {
            ("migrations_by_country", kind, county, (country, sex)): 1
            for country in unknowns.of("migrations_by_country", "country", TOTAL)
        }
        for place in unknowns.inside["county", county]:
            for age in unknowns.of("migrations_by_age", "age", TOTAL):
                row["migrations_by_age", kind, place, (sex, age)] = -1
        found.append(row)
    return found
