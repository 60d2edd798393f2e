"""From counts of inner cells to all the cells that a cube declares.

Persons are counted once, at the finest cells; levels and margins are sums over those few rows.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.cubes.declared import NATION, TOTAL, Cube, Dimension
from folketall.cubes.regions import REGION_KEY
from folketall.model.table import conform
from folketall.model.tables import CUBE, DIMENSIONS


def fill(counts: DataFrame, keys: DataFrame, cube: Cube, measures: Sequence[str]) -> DataFrame:
    """Sum counts into every margin; every declared cell without a count is zero.

    Args:
        counts: rows of (REGION_KEY, the cube's inner dimensions), with one column a measure.
        keys: one row per declared (REGION_KEY).
        cube: the declaration.
        measures: the columns to sum.

    Returns:
        One row per declared (REGION_KEY, dimensions), with the measures. A count outside the
        declared keys would be a row of its own: nothing counted can vanish here.
    """
    key = [*REGION_KEY, *cube.dimension_names]
    nothing = {name: F.lit(0).cast("long") for name in measures}
    zeros = declared_keys(keys, cube).withColumns(nothing)
    margins = [_with_margins(dimension) for dimension in cube.dimensions]
    summed = counts.select(*REGION_KEY, *cube.dimension_names, *measures)
    for dimension, codes in zip(cube.dimensions, margins, strict=True):
        summed = summed.withColumn(dimension.name, F.explode(codes))
    # A declared cell is a zero added to its sum: one exchange, and no join of all cells.
    return (
        summed.unionByName(zeros)
        .groupBy(*key)
        .agg(*[F.coalesce(F.sum(name), F.lit(0)).alias(name) for name in measures])
    )


def declared_keys(keys: DataFrame, cube: Cube) -> DataFrame:
    """Every region with every code of every dimension, margins included."""
    wanted = keys.where(F.col("level").isin(list(cube.levels)))
    for dimension in cube.dimensions:
        codes = F.array(*[F.lit(code) for code in dimension.all_codes])
        wanted = wanted.withColumn(dimension.name, F.explode(codes))
    return wanted.select(*REGION_KEY, *cube.dimension_names)


def to_cells(wide: DataFrame, cube: Cube) -> DataFrame:
    """One row a cell, in the shape of CUBE, from one column a measure."""
    names: list[Column | str] = [*cube.measures, *cube.nation_measures]
    values = [F.col(name).cast("double").alias(name) for name in cube.measures]
    values += [
        F.when(F.col("level") == NATION, F.col(name).cast("double")).alias(name)
        for name in cube.nation_measures
    ]
    key: list[Column | str] = [*REGION_KEY, *cube.dimension_names]
    cells = wide.select(*key, *values).unpivot(key, names, "measure", "value")
    absent = {name: F.lit(None).cast("string") for name in DIMENSIONS if name not in key}
    # Null is no value: a measure of the nation alone, elsewhere.
    return (
        cells.where(F.col("value").isNotNull())
        .withColumns({"cube": F.lit(cube.name), **absent})
        .select(*CUBE.columns)
        .transform(conform, CUBE)
    )


def _with_margins(dimension: Dimension) -> Column:
    """The codes that a row counts in: its own and every margin over it."""
    code = F.col(dimension.name)
    codes = F.array(code, F.lit(TOTAL))
    for group, inner in dimension.groups:
        part = F.when(code.isin(list(inner)), F.array(code, F.lit(group), F.lit(TOTAL)))
        codes = F.coalesce(part, codes)
    return codes
