"""Regions drawn on paper, and checks that hold for every cube."""

from __future__ import annotations

from collections import Counter, defaultdict

from folketall.cubes.counted import cells_of
from folketall.cubes.declared import CUBES, LEVELS
from folketall.model.tables import CELL_KEY

LEVEL_COLUMNS = ("municipality", "region", "county", "economic_region", "centrality")


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
    """Every cell on a margin is the sum of the inner cells it stands for."""
    sums = defaultdict(float)
    for key, number in cells.items():
        named = dict(zip(CELL_KEY, key, strict=True))
        dims = CUBES[named["cube"]].dimensions
        if all(named[d.name] in d.codes for d in dims):
            keys = [named]
            for d in dims:
                keys = [
                    k | {d.name: code}
                    for k in keys
                    for code in (k[d.name], *d.margins_of(named[d.name]))
                ]
            for k in keys:
                sums[tuple(k[name] for name in CELL_KEY)] += number
    others = {k for k in cells if CUBES[k[0]].other_region}
    assert {k: v for k, v in cells.items() if k not in others} == {
        k: v for k, v in sums.items() if k not in others
    }


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
            sums[
                named["level"], tuple(v for n, v in named.items() if n not in ("level", "region"))
            ] += number
    nation = {rest: number for (level, rest), number in sums.items() if level == "nation"}
    for (level, rest), number in sums.items():
        assert number == nation[rest], (level, rest)
