"""Toy registers of a year's migrations: few, random, and every cell counted slowly (M4)."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd

from folketall.cubes.declared import BETWEEN, TOTAL, Cube
from folketall.model.tables import CUBE, DIMENSIONS, INNER_CELL
from folketall.protection.parts import DIVISIONS
from tests.protection.cells import declared

# 03 is a county of one municipality; the labour markets e1 and e2 cut counties.
PLACES = {
    "0301": {"county": "03", "region": "5", "economic_region": "e1", "centrality": "1"},
    "1101": {"county": "11", "region": "3", "economic_region": "e1", "centrality": "1"},
    "1103": {"county": "11", "region": "3", "economic_region": "e2", "centrality": "2"},
    "1804": {"county": "18", "region": "3", "economic_region": "e2", "centrality": "2"},
    "1806": {"county": "18", "region": "3", "economic_region": "e3", "centrality": "3"},
    "unknown": dict.fromkeys(("county", "region", "economic_region", "centrality"), "unknown"),
}
AT = {m: tuple(of[level] for level in DIVISIONS) for m, of in PLACES.items()}
UPPER, LOWER = "nation__county__region__centrality", "economic_region__municipality"
SEX = {"1": ("1",), "2": ("2",), TOTAL: ("1", "2")}
AGES = ("a", "b", "c")
AGE = {**{one: (one,) for one in AGES}, "ab": ("a", "b"), "bc": ("b", "c"), TOTAL: AGES}
GROUPS = {"x": ("x",), "y": ("y",), TOTAL: ("x", "y")}
MEASURES = ("in", "out", "net", "immigration", "emigration", "in_internal", "out_internal",
            "intramunicipal")  # fmt: skip


def _flow(name, dimensions, measures=MEASURES, nation=BETWEEN, **tables):
    of = declared(name, dimensions, counts="migrations", **tables)
    return Cube(of.name, of.title, of.counts, measures, nation, of.dimensions, of.tables)


CUBES = {
    "by_age": _flow(
        "by_age", {"sex": SEX, "age": AGE},
        **{UPPER: {"sex": ("1", "2"), "age": AGES}, LOWER: {"sex": ("1", "2"), "age": ("ab", "c")}},
    ),
    "by_group": _flow(
        "by_group", {"sex": SEX, "country_group": GROUPS},
        **{UPPER: {"sex": ("1", "2"), "country_group": ("x", "y")}, LOWER: {"sex": ("1", "2")}},
    ),
    "crosswise": _flow(
        "crosswise", {"age": AGE}, **{UPPER: {"age": ("a", "bc")}, LOWER: {"age": ("ab", "c")}},
    ),
    "by_country": _flow(
        "by_country", {"sex": SEX, "country_group": GROUPS}, ("immigration", "emigration", "net"), (),
        nation__county={"sex": ("1", "2"), "country_group": ("x", "y")},
    ),
    "administrative": _flow(
        "administrative", {"sex": SEX}, ("emigration_administrative",), (),
        nation__county__municipality={"sex": ("1", "2")},
    ),
}  # fmt: skip
_ENDS = [("immigration", None, m) for m in PLACES] + [("intramunicipal", m, m) for m in PLACES]
_ENDS += [(kind, m, None) for kind in ("emigration", "administrative") for m in PLACES]
_ENDS += [("internal", m, n) for m, n in product(PLACES, PLACES) if m != n]
KINDS = [(*ends, *who) for ends, who in product(_ENDS, product(("1", "2"), AGES, ("x", "y")))]
_WHERE = {"sex": 3, "age": 4, "country_group": 5}


def moves(seed, mean=None):
    """Of every kind of migration how many there were; few, so that many are alone."""
    random = np.random.default_rng(seed)
    most = random.choice([0.1, 0.3, 1.0]) if mean is None else mean
    found = random.poisson(most, len(KINDS)) * (random.random(len(KINDS)) < random.choice([0.4, 1]))
    gone = np.array(["unknown" in kind[1:3] for kind in KINDS])
    return np.where(gone & (random.random(len(KINDS)) < 0.8), 0, found).astype(np.int64)


def _at(place, level):
    if place is None:
        return None
    return {"nation": "0", "municipality": place}.get(level) or PLACES[place][level]


def _emigrates(kind):
    return kind[0] in ("emigration", "administrative")


def _counts(measure, level, region, kind):
    """Whether a region's measure counts a kind of migration: rule M4 said slowly."""
    left, entered = _at(kind[1], level), _at(kind[2], level)
    crosses = kind[0] == "internal" and left != entered
    if measure in BETWEEN:
        where = {"between_counties": "county", "between_municipalities": "municipality"}[measure]
        return kind[0] == "internal" and _at(kind[1], where) != _at(kind[2], where)
    return {
        "immigration": kind[0] == "immigration" and entered == region,
        "emigration": _emigrates(kind) and left == region,
        "emigration_administrative": kind[0] == "administrative" and left == region,
        "intramunicipal": kind[0] == "intramunicipal" and left == region,
        "in_internal": crosses and entered == region,
        "out_internal": crosses and left == region,
        "in": (kind[0] == "immigration" or crosses) and entered == region,
        "out": (_emigrates(kind) or crosses) and left == region,
    }[measure]


def _column(cube, row):
    """How often a row counts each kind."""
    inside = np.ones(len(KINDS), np.int64)
    for d in cube.dimensions:
        codes = {d.inner[n] for n in d.codes[row[d.name]]}
        inside &= np.array([kind[_WHERE[d.name]] in codes for kind in KINDS])

    def of(measure):
        return np.array([_counts(measure, row["level"], row["region"], kind) for kind in KINDS])

    if row["measure"] == "net":
        plus, minus = cube.net_of
        return inside * (of(plus).astype(np.int64) - of(minus))
    return inside * of(row["measure"])


def rows_and_columns(names):
    """Every declared cell, and how often it counts each kind of migration."""
    rows, columns = [], []
    for cube in (CUBES[name] for name in names):
        for level in cube.levels:
            regions = {"nation": ["0"], "municipality": list(PLACES)}.get(
                level, sorted({of.get(level, "") for of in PLACES.values()})
            )
            for region, key, measure in product(regions, cube.keys(level), cube.measures_at(level)):
                row = {"cube": cube.name, "period": "2024", "geography": "2024", "level": level,
                       "region": region, "measure": measure, **dict.fromkeys(DIMENSIONS),
                       **dict(zip((d.name for d in cube.dimensions), key, strict=True))}  # fmt: skip
                rows.append(row)
                columns.append(_column(cube, row))
    return rows, np.array(columns)


def with_counts(rows, columns, counts):
    values = (columns @ counts).astype(float)
    return pd.DataFrame([{**row, "value": value} for row, value in zip(rows, values, strict=True)],
                        columns=CUBE.columns)  # fmt: skip


def inner_cells(names, counts):
    """INNER_CELL of the cubes."""
    found = {}
    for name, (kind, n) in product(names, zip(KINDS, counts, strict=True)):
        cube, measure = CUBES[name], kind[0]
        only = {"by_country": ("immigration", "emigration", "administrative"),
                "administrative": ("administrative",)}  # fmt: skip
        if not n or measure not in only.get(
            name, (*only["by_country"], "intramunicipal", "internal")
        ):
            continue
        if measure == "administrative":
            measure = "emigration_administrative" if name == "administrative" else "emigration"
        own = {d.name: kind[_WHERE[d.name]] for d in cube.dimensions}
        key = (name, kind[1] or kind[2], kind[2] if measure == "internal" else None, measure,
               *own.items())  # fmt: skip
        found[key] = found.get(key, 0) + n
    return pd.DataFrame(
        [
            {"cube": key[0], "period": "2024", "geography": "2024", "region": key[1],
             **dict.fromkeys(DIMENSIONS), "other_region": key[2], "measure": key[3],
             **dict(key[4:]), "value": float(n)}
            for key, n in found.items()
        ],
        columns=INNER_CELL.columns,
    )  # fmt: skip
