"""Cubes of the stocks on 1 January: persons with refugee background (S3) and the population.

`period` and `geography` are both the year R: boundaries of 1 January R.
"""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.cubes.cells import place
from folketall.cubes.declared import Cube
from folketall.cubes.dense import Counts
from folketall.cubes.groups import element
from folketall.cubes.keys import UNKEYED, Keyed, figures, summed
from folketall.cubes.regions import RegionsOfYear, numbered, with_regions


def stock_cubes(
    cubes: Iterable[Cube], persons: DataFrame, regions: RegionsOfYear, keyed: Keyed = UNKEYED
) -> list[Counts]:
    """Count persons on 1 January.

    Args:
        cubes: of persons with refugee background, or of residents (S1).
        persons: REFUGEE_POPULATION or POPULATION; with `draw`, if a cube needs keys (L7).
        regions: the regions on 1 January of every year whose cells are declared; rows of other
            years are not counted.
        keyed: the cubes that need their persons' keys (X1).

    Returns:
        The counts of each cube.
    """
    return [_stock_counts(cube, persons, regions, keyed) for cube in cubes]


def _stock_counts(cube: Cube, persons: DataFrame, at: RegionsOfYear, keyed: Keyed) -> Counts:
    regions = numbered(at)
    year = F.year("reference_date")
    # The person's key, whatever the year: the same persons have the same noise in all years.
    described = persons.where(year.isin(regions.years)).select(
        year.cast("string").alias("geography"),
        "municipality",
        *map(element, cube.dimensions),
        *keyed.record(cube, "draw"),
    )
    added = figures(described)
    finest = summed(described.select("geography", "municipality", place(cube), *added))
    # The municipality too where it is not published: the cells of larger regions are sums of it.
    levels = dict.fromkeys((*cube.levels, "municipality"))
    numbers = F.array(*[F.col(f"at_{level}") for level in levels])
    cells = summed(
        with_regions(finest, regions, "municipality", "at").select(
            F.explode(numbers).alias("number"), "place", *added
        )
    )
    return Counts(cube, regions, cells.withColumn("what", F.lit(0)), ("persons",), ("persons",))
