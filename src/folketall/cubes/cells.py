"""From counts of inner cells to all the cells that a cube declares.

Persons are counted once, at the finest cells; levels and margins are sums over those few rows. A
cell is one long number while it is counted (region, then the place of its codes among the
declared ones), which is several times as fast to group and exchange as its codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import prod
from operator import add

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.cubes.declared import NATION, Cube, Dimension
from folketall.cubes.regions import REGION_KEY, Regions
from folketall.model.table import conform
from folketall.model.tables import CUBE, DIMENSIONS


def place(cube: Cube) -> Column:
    """The place of a row's inner codes among the cube's, counted from 0.

    A code that the cube does not declare stops the run: it would have no cell to be counted in.
    """
    parts = [
        _index(cube, dimension) * stride
        for dimension, stride in zip(cube.dimensions, _strides(cube), strict=True)
    ]
    return reduce(add, parts, F.lit(0)).cast("int").alias("place")


def fill(counts: DataFrame, regions: Regions, cube: Cube, measures: Sequence[str]) -> DataFrame:
    """Sum counts into every margin; every declared cell without a count is zero.

    Args:
        counts: rows of (number of the region, place of the inner codes), one column a measure.
        regions: the declared regions.
        cube: the declaration.
        measures: the columns to sum.

    Returns:
        One row per declared (REGION_KEY, dimensions), with the measures.
    """
    cells = counts.select("number", "place", *measures)
    for dimension, stride in zip(cube.dimensions, _strides(cube), strict=True):
        # Nulls go after the explosion: array_compact is not compiled, and much slower.
        margins = F.explode(F.array(*_margins(dimension, stride)))
        cells = cells.withColumn("place", margins).where(F.col("place").isNotNull())
    size = _size(cube)
    cell = (F.col("number").cast("long") * size + F.col("place")).alias("cell")
    # A declared cell is a zero added to its sum: one exchange, and no join of all cells.
    nothing = {name: F.lit(0).cast("long") for name in measures}
    summed = (
        cells.select(cell, *measures)
        .unionByName(_declared(counts, regions, cube).withColumns(nothing))
        .groupBy("cell")
        .agg(*[F.coalesce(F.sum(name), F.lit(0)).alias(name) for name in measures])
    )
    numbers = _keys(counts, regions)
    number = (F.floor(F.col("cell") / size)).cast("int")
    return (
        summed.withColumns({"number": number, "place": (F.col("cell") % size).cast("int")})
        .join(F.broadcast(numbers), "number")
        .select(*REGION_KEY, *_codes(cube), *measures)
    )


def to_cells(wide: DataFrame, cube: Cube) -> DataFrame:
    """One row a cell, in the shape of CUBE, from one column a measure."""
    names: list[Column | str] = [*cube.measures, *cube.nation_measures]
    values = [F.col(name).cast("double").alias(name) for name in cube.measures]
    values += [
        F.when(F.col("level") == NATION, F.col(name).cast("double")).alias(name)
        for name in cube.nation_measures
    ]
    key: list[Column | str] = [*REGION_KEY, *cube.dimension_names]
    nothing = F.lit(None).cast("double")
    terms = dict(zip(("plus", "minus"), cube.net_of or (None, None), strict=True))
    # What a net is the difference of goes with it: protection computes it anew from both (X5).
    carried = [
        (F.col(term).cast("double") if term else nothing).alias(f"_{sign}")
        for sign, term in terms.items()
    ]
    ids: list[Column | str] = [*key, "_plus", "_minus"]
    cells = wide.select(*key, *values, *carried).unpivot(ids, names, "measure", "value")
    absent = {name: F.lit(None).cast("string") for name in DIMENSIONS if name not in key}
    net = F.col("measure") == "net"
    absent |= {sign: F.when(net, F.col(f"_{sign}")) for sign in terms}
    # Null is no value: a measure of the nation alone, elsewhere.
    return (
        cells.where(F.col("value").isNotNull())
        .withColumns({"cube": F.lit(cube.name), **absent})
        .select(*CUBE.columns)
        .transform(conform, CUBE)
    )


def _strides(cube: Cube) -> list[int]:
    """How far apart two neighbouring codes of each dimension are; the last dimension's is 1."""
    sizes = [len(dimension.all_codes) for dimension in cube.dimensions]
    return [prod(sizes[later:]) for later in range(1, len(sizes) + 1)]


def _size(cube: Cube) -> int:
    """Cells of one region, margins included."""
    return prod(len(dimension.all_codes) for dimension in cube.dimensions)


def _index(cube: Cube, dimension: Dimension) -> Column:
    code = F.col(dimension.name)
    found = F.array_position(_literal(dimension.codes), code).cast("int")
    fault = F.concat(
        F.lit(f"{cube.name}: {dimension.name} has no code "), F.coalesce(code, F.lit("null"))
    )
    return F.when(found > 0, found - 1).otherwise(F.raise_error(fault).cast("int"))


def _margins(dimension: Dimension, stride: int) -> list[Column]:
    """The places that a row counts in: its own, and that of every margin over it, or null."""
    codes, size = dimension.all_codes, len(dimension.all_codes)
    index = F.floor(F.col("place") / stride).cast("int") % size
    steps = [F.lit(0), (F.lit(size - 1) - index) * stride]  # the total is the last code
    for group, inner in dimension.groups:
        member = index.isin([codes.index(code) for code in inner])
        steps.append(F.when(member, (F.lit(codes.index(group)) - index) * stride))
    return [F.col("place") + step for step in steps]


def _codes(cube: Cube) -> list[Column]:
    columns = []
    for dimension, stride in zip(cube.dimensions, _strides(cube), strict=True):
        index = F.floor(F.col("place") / stride).cast("int") % len(dimension.all_codes)
        columns.append(F.element_at(_literal(dimension.all_codes), index + 1).alias(dimension.name))
    return columns


def _literal(codes: Sequence[str]) -> Column:
    """An array of codes, as one expression instead of hundreds."""
    return F.split(F.lit("|".join(codes)), "[|]")


def _declared(df: DataFrame, regions: Regions, cube: Cube) -> DataFrame:
    """The cell of every region of the cube's levels with every code of every dimension."""
    size = _size(cube)
    wanted = _keys(df, regions).where(F.col("level").isin(list(cube.levels)))
    start = F.col("number").cast("long") * size
    return wanted.select(F.explode(F.sequence(start, start + (size - 1))).alias("cell"))


def _keys(df: DataFrame, regions: Regions) -> DataFrame:
    rows = [(number, *key) for number, key in enumerate(regions.keys)]
    schema = "number int, period string, geography string, level string, region string"
    return df.sparkSession.createDataFrame(rows, schema)
