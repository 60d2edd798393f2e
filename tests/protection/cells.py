"""Drawn cubes: a few columns on paper, the whole CUBE shape in the rows."""

from __future__ import annotations

from itertools import product

from folketall.cubes.declared import LEVELS, Cube, Dimension, LevelTable
from folketall.model.tables import CELL_KEY, CUBE, DIMENSIONS, INNER_CELL
from folketall.protection.parts import DIVISIONS
from tests.cubes.drawn import CUBES


def cube(name, columns, drawing, period="2024", **fixed):
    """Rows of one cube with the named dimensions; what is not drawn has one value."""
    given = {
        "cube": name, "period": period, "geography": period,
        "level": "nation", "region": "0", "measure": "persons", **fixed,
    }  # fmt: skip
    names = columns.split()
    rows = []
    for line in drawing.strip().splitlines():
        drawn = dict(zip(names, (cell.strip() or None for cell in line.split("|")), strict=True))
        if drawn["value"] is not None:
            drawn["value"] = float(drawn["value"])
        rows.append({**dict.fromkeys(CUBE.columns), **given, **drawn})
    return _with_terms(rows, CUBES[name].net_of or ("in", "out"))


def _with_terms(rows, terms):
    """What a net is the difference of stands beside it."""
    cell = [key for key in CELL_KEY if key != "measure"]
    figures = {(*(row[key] for key in cell), row["measure"]): row["value"] for row in rows}
    for row in rows:
        if row["measure"] == "net":
            for sign, term in zip(("plus", "minus"), terms, strict=True):
                row[sign] = figures.get((*(row[key] for key in cell), term))
    return rows


def declared(name, dimensions=(), counts="refugees", **tables):
    """A cube with a table of all levels and dimensions, or one for each of `tables`.

    Args:
        dimensions: name to {code: inner codes it counts}; an inner code is one that counts itself.
        tables: what is shown where: "county municipality" to {dimension: codes that partition it}.
    """
    made, shown = [], {}
    for dimension, codes in dict(dimensions).items():
        inner = tuple(code for code, of in codes.items() if of == (code,))
        at = {code: tuple(inner.index(one) for one in of) for code, of in codes.items()}
        at["total"] = at.pop("total", tuple(range(len(inner))))
        made.append(Dimension(dimension, inner, tuple((code,) for code in inner), at))
        shown[dimension] = inner
    whole = {" ".join(LEVELS): shown}
    return Cube(
        name, name, counts, ("persons",), (), tuple(made),
        tuple(_shown(levels.replace("__", " ").split(), of, made) for levels, of in (tables or whole).items()),
    )  # fmt: skip


def _shown(levels, of, dimensions):
    margins = {}
    for one in dimensions:
        if one.name in of:
            parts = [set(one.codes[code]) for code in of[one.name]]
            margins[one.name] = tuple(
                code for code, places in one.codes.items()
                if code not in (*of[one.name], "total")
                and set(places) == set().union(*(p for p in parts if p <= set(places)))
            )  # fmt: skip
    return LevelTable(tuple(levels), of, margins)


def inner_of(rows, cubes):
    """INNER_CELL, of rows whose municipalities show the inner codes."""
    return [
        {**{name: row[name] for name in INNER_CELL.columns}}
        for row in rows
        if row["level"] == "municipality" and row["value"]
        and all(row[d.name] in d.inner for d in cubes[row["cube"]].dimensions)
    ]  # fmt: skip


ECONOMIC = {"0301": "e1", "1101": "e1", "1103": "e2", "1806": "e2", "1804": "e3"}
"""Economic regions that cut counties."""


def regions(drawing, periods=("2024",)):
    """`municipality | county | part`, as the mapping that the line hands over."""
    places = {}
    for line in drawing.strip().splitlines():
        municipality, county, part = (cell.strip() for cell in line.split("|"))
        at = {"county": county, "region": part, "economic_region": ECONOMIC[municipality]}
        places[municipality] = tuple(at.get(level, "unknown") for level in DIVISIONS)
    return dict.fromkeys(periods, places)


def stock_rows(name, dimensions, counts, places, period="2024"):
    """Every cell of a stock, as rows of CUBE.

    Args:
        dimensions: name to {code: inner codes it counts}.
        counts: (municipality, inner codes in order of dimensions) to persons.
        places: municipality to {level: region}.
    """
    levels = {("nation", "0"): set(places)}
    for municipality, of in places.items():
        for level, region in {**of, "municipality": municipality}.items():
            levels.setdefault((level, region), set()).add(municipality)
    rows = []
    for (level, region), members in sorted(levels.items()):
        for codes in product(*dimensions.values()):
            inner = product(*(dimensions[d][c] for d, c in zip(dimensions, codes, strict=True)))
            value = sum(counts.get((m, *i), 0) for i in inner for m in members)
            at = dict(zip(dimensions, codes, strict=True))
            rows.append(
                {
                    **{"cube": name, "period": period, "geography": period},
                    **{"level": level, "region": region, "measure": "persons"},
                    **{d: at.get(d) for d in DIMENSIONS},
                    **{"value": float(value), "plus": None, "minus": None},
                }
            )
    return rows
