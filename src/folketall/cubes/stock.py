"""Cubes of the stocks on 1 January: persons with refugee background (S3) and the population.

`period` and `geography` are both the year R: boundaries of 1 January R.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.cubes.cells import fill, to_cells
from folketall.cubes.declared import CUBES, Cube
from folketall.cubes.groups import (
    age_group,
    citizenship_group,
    country_group,
    known,
    residence_group,
)
from folketall.cubes.regions import REGION_KEY, all_levels, region_keys, with_regions


def refugee_cubes(
    refugee_population: DataFrame, regions: DataFrame, *, years: Sequence[int]
) -> DataFrame:
    """Count persons with refugee background.

    Args:
        refugee_population: REFUGEE_POPULATION.
        regions: (period, municipality, level, region), boundaries of each 1 January.
        years: the years whose cells are declared; rows of other years are not counted.

    Returns:
        CUBE: refugees_by_category, _by_residence, _by_citizenship and _by_age.
    """
    groups: dict[str, tuple[Column | str, ...]] = {
        "refugees_by_category": ("category",),
        "refugees_by_residence": (residence_group(), country_group()),
        "refugees_by_citizenship": (citizenship_group(), known("sex"), country_group()),
        "refugees_by_age": (age_group(), known("sex")),
    }
    cubes = [
        _stock_cube(CUBES[name], refugee_population, regions, years, by)
        for name, by in groups.items()
    ]
    return reduce(DataFrame.unionByName, cubes)


def population_cubes(
    population: DataFrame, regions: DataFrame, *, years: Sequence[int]
) -> DataFrame:
    """Count residents (S1) by immigrant background, sex and age.

    Args:
        population: POPULATION.
        regions: as for `refugee_cubes`.
        years: as for `refugee_cubes`.

    Returns:
        CUBE: population_by_background.
    """
    immigrant = F.coalesce(F.col("immigrant"), F.lit(False)).cast("string").alias("immigrant")
    by = (immigrant, known("sex"), age_group())
    return _stock_cube(CUBES["population_by_background"], population, regions, years, by)


def _stock_cube(
    cube: Cube,
    persons: DataFrame,
    regions: DataFrame,
    years: Sequence[int],
    by: tuple[Column | str, ...],
) -> DataFrame:
    year = F.year("reference_date")
    finest = (
        persons.where(year.isin(list(years)))
        .select(year.cast("string").alias("geography"), "municipality", *by)
        .groupBy("geography", "municipality", *cube.dimension_names)
        .agg(F.count(F.lit(1)).alias("persons"))
    )
    cells = (
        with_regions(finest, regions, "municipality", "at")
        .select("*", F.inline(all_levels("at", cube.levels)))
        .groupBy("geography", "level", "region", *cube.dimension_names)
        .agg(F.sum("persons").alias("persons"))
        .withColumn("period", F.col("geography"))
    )
    keys = region_keys(regions, years).withColumn("period", F.col("geography"))
    return to_cells(fill(cells, keys.select(*REGION_KEY), cube, ["persons"]), cube)
