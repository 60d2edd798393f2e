"""Regions drawn on paper, and checks that hold for every cube."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import product

from folketall.cubes import accounts, flows, stock
from folketall.cubes.counted import Counting
from folketall.cubes.declaration import shipped_cubes
from folketall.cubes.declared import LEVELS, TOTAL
from folketall.model.tables import CELL_KEY
from tests.support.frames import kept

LEVEL_COLUMNS = ("municipality", "region", "county", "economic_region", "centrality")

CUBES = shipped_cubes()


OWN = """
[refugees_by_marital_status]
title = "Persons with refugee background, by marital status"
counts = "refugees"
measures = ["persons"]

[[refugees_by_marital_status.levels]]
at = ["nation", "county"]
marital_status = "status"
sex = "sex"
"""
"""A declaration of an office's own."""


def cells_of(counted):
    return Counting.of(counted, kept).cells()


def of(counts):
    """The shipped cubes that count this, but those computed from others."""
    return [cube for cube in CUBES.values() if cube.counts == counts and not cube.derived]


def refugee_cubes(*given):
    return stock.stock_cubes(of("refugees"), *given)


def population_cubes(*given):
    return stock.stock_cubes(of("residents"), *given)


def migration_cubes(*given):
    return flows.migration_cubes(of("migrations"), *given)


def account_cubes(*given):
    return accounts.account_cubes(of("accounts"), *given)


def regions(drawing):
    """`0301 | 5 | 03 | 5 | 1`: municipality, part of the country, county, labour market, centrality."""
    rows = []
    for line in drawing.strip().splitlines():
        codes = [cell.strip() for cell in line.split("|")]
        named = dict(zip(LEVEL_COLUMNS, codes, strict=True)) | {"nation": "0"}
        rows += [(codes[0], level, named[level]) for level in LEVELS]
    unknown = [("9999", level, "0" if level == "nation" else "unknown") for level in LEVELS]
    return rows + unknown


def collected(cells):
    """Cell key to value; a key that occurs twice fails."""
    parts = cells_of(cells)
    rows = [row for part in parts for row in part.to_pylist()]
    found = {tuple(row[name] for name in CELL_KEY): row["value"] for row in rows}
    assert len(found) == len(rows), "a cell occurs twice"
    return found


def value(cells, cube, period, level, region, measure="persons", *, geography=None, **codes):
    key = {
        "cube": cube,
        "period": period,
        "geography": geography or period,
        "level": level,
        "region": region,
        "measure": measure,
        **dict.fromkeys(CUBES[cube].dimension_names, "total"),
        **codes,
    }
    return cells[tuple(key.get(name) for name in CELL_KEY)]


def assert_margins_are_sums(cells):
    """Every cell on a margin is the sum of the cells that partition it, at its own level."""
    at = list(CELL_KEY)
    for key, number in cells.items():
        named = dict(zip(at, key, strict=True))
        cube = CUBES[named["cube"]]
        if cube.other_region:
            continue
        for table in cube.at(named["level"]):
            for part in table.parts():
                codes = [named[d.name] for d in cube.dimensions]
                allowed = [
                    table.codes(d.name) if d.name in part else (TOTAL,) for d in cube.dimensions
                ]
                if not all(code in of for code, of in zip(codes, allowed, strict=True)):
                    continue
                for d in part:
                    if named[d] not in table.shown[d]:
                        inside = _shown_within(cube, table, d, named[d])
                        terms = [tuple((named | {d: code})[name] for name in at) for code in inside]
                        assert number == sum(cells[term] for term in terms), key


def _shown_within(cube, table, dimension, code):
    members = cube.dimension(dimension).codes
    return [one for one in table.shown[dimension] if set(members[one]) <= set(members[code])]


def assert_declared_shape(cells, regions_by_year, *, geography_after=0):
    """As many cells as regions times codes times measures, whatever the data."""
    found = Counter((k[0], k[1], k[3]) for k in cells)
    for cube in {k[0] for k in cells}:
        for year, rows in regions_by_year.items():
            for level in CUBES[cube].levels:
                codes = {code for _, at, code in rows if at == level}
                expected = len(codes) * CUBES[cube].cells_per_region(level)
                assert found[cube, str(year - geography_after), level] == expected, (cube, level)


def assert_levels_partition_the_nation(cells, cubes, measures):
    """The regions of each level together are the nation, for measures that add up."""
    sums = defaultdict(float)
    for key, number in cells.items():
        named = dict(zip(CELL_KEY, key, strict=True))
        if named["cube"] in cubes and named["measure"] in measures:
            rest = tuple(v for n, v in named.items() if n not in ("level", "region"))
            sums[named["level"], rest] += number
    checked = 0
    for (level, rest), number in sums.items():
        expected = _of_nation(sums, rest)
        if expected is not None:
            checked += 1
            assert number == expected, (level, rest)
    assert checked > len(sums) / 2


def _of_nation(sums, rest):
    """A figure of the nation, added up where the nation is finer; None where it is neither."""
    names = [name for name in CELL_KEY if name not in ("level", "region")]
    named = dict(zip(names, rest, strict=True))
    if ("nation", rest) in sums:
        return sums["nation", rest]
    cube = CUBES[named["cube"]]
    table = cube.at("nation")[0]
    inside = [_shown_within(cube, table, d.name, named[d.name]) for d in cube.dimensions]
    for d, codes in zip(cube.dimensions, inside, strict=True):
        members = d.codes
        if sum(len(members[code]) for code in codes) != len(members[named[d.name]]):
            return None
    found = 0
    for codes in product(*inside):
        here = named | {d.name: code for d, code in zip(cube.dimensions, codes, strict=True)}
        found += sums["nation", tuple(here[name] for name in names)]
    return found
