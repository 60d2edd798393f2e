"""Drawn cubes: a few columns on paper, the whole CUBE shape in the frame."""

from __future__ import annotations

from itertools import product

from pyspark.sql import Window
from pyspark.sql import functions as F

from folketall.cubes.declared import CUBES
from folketall.model.tables import CELL_KEY, CUBE, DIMENSIONS
from tests.support.frames import frame

REGIONS = "period string, municipality string, level string, region string"


def cube(spark, name, columns, drawing, period="2024"):
    """Rows of one cube with the named dimensions; what is not drawn has one value."""
    fixed = {"level": "nation", "region": "0", "measure": "persons"}
    names = columns.split()
    types = [f"{n} {'double' if n == 'value' else 'string'}" for n in names]
    drawn = frame(spark, ", ".join(types), drawing)
    given = {"cube": name, "period": period, "geography": period, **fixed}
    more = {n: F.lit(v) for n, v in given.items() if n not in names}
    more |= {n: F.lit(None).cast("string") for n in DIMENSIONS if n not in names}
    cell = Window.partitionBy(*[n for n in CELL_KEY if n != "measure"])
    comes, goes = CUBES[name].net_of or ("in", "out")
    more |= {"plus": F.lit(None).cast("double"), "minus": F.lit(None).cast("double")}
    whole = drawn.withColumns(more)
    for sign, term in (("plus", comes), ("minus", goes)):
        figure = F.max(F.when(F.col("measure") == term, F.col("value"))).over(cell)
        whole = whole.withColumn(sign, F.when(F.col("measure") == "net", figure))
    return whole.select(*CUBE.columns)


ECONOMIC = {"0301": "e1", "1101": "e1", "1103": "e2", "1806": "e2", "1804": "e3"}
"""Economic regions that cut counties."""


def regions(spark, drawing, periods=("2024",)):
    """`municipality | county | part`, as the mapping that the line hands over."""
    rows = []
    for line in drawing.strip().splitlines():
        municipality, county, part = (cell.strip() for cell in line.split("|"))
        for period in periods:
            rows += [
                (period, municipality, "municipality", municipality),
                (period, municipality, "county", county),
                (period, municipality, "region", part),
                (period, municipality, "economic_region", ECONOMIC[municipality]),
            ]
    return spark.createDataFrame(rows, REGIONS)


def stock_rows(name, dimensions, counts, places, period="2024"):
    """Every cell of a stock, as tuples of CUBE.

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
                (
                    *(name, period, period, level, region),
                    *(at.get(d) for d in DIMENSIONS),
                    *("persons", float(value), None, None),
                )
            )
    return rows
