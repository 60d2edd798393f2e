"""Cubes of the stocks on 1 January: persons with refugee background (S3) and the population.

`period` and `geography` are both the year R: boundaries of 1 January R.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.cubes.cells import place
from folketall.cubes.declared import CUBES, FOREIGN_GROUP, Cube
from folketall.cubes.dense import Counts
from folketall.cubes.groups import (
    age_group,
    citizenship_group,
    country_group,
    known,
    residence_group,
)
from folketall.cubes.keys import UNKEYED, Keyed, figures, summed
from folketall.cubes.regions import Regions, RegionsOfYear, numbered, with_regions


def refugee_cubes(
    refugee_population: DataFrame, regions: RegionsOfYear, keyed: Keyed = UNKEYED
) -> list[Counts]:
    """Count persons with refugee background.

    Args:
        refugee_population: REFUGEE_POPULATION; with `draw`, if a cube needs keys (L7).
        regions: the regions on 1 January of every year whose cells are declared; rows of other
            years are not counted.
        keyed: the cubes that need their persons' keys (X1).

    Returns:
        Counts of refugees_by_category, _by_residence, _by_citizenship and _by_age.
    """
    groups: dict[str, tuple[Column | str, ...]] = {
        "refugees_by_category": ("category",),
        "refugees_by_residence": (residence_group(), country_group(FOREIGN_GROUP.codes)),
        "refugees_by_citizenship": (
            citizenship_group(),
            known("sex"),
            country_group(FOREIGN_GROUP.codes),
        ),
        "refugees_by_age": (age_group(), known("sex")),
    }
    declared = numbered(regions)
    return [
        _stock_counts(CUBES[name], refugee_population, declared, by, keyed)
        for name, by in groups.items()
    ]


def population_cubes(
    population: DataFrame, regions: RegionsOfYear, keyed: Keyed = UNKEYED
) -> list[Counts]:
    """Count residents (S1) by immigrant background, sex and age.

    Args:
        population: POPULATION; with `draw`, if a cube needs keys (L7).
        regions, keyed: as for `refugee_cubes`.

    Returns:
        Counts of population_by_background.
    """
    immigrant = F.coalesce(F.col("immigrant"), F.lit(False)).cast("string").alias("immigrant")
    by = (immigrant, known("sex"), age_group())
    cube = CUBES["population_by_background"]
    return [_stock_counts(cube, population, numbered(regions), by, keyed)]


def _stock_counts(
    cube: Cube,
    persons: DataFrame,
    regions: Regions,
    by: tuple[Column | str, ...],
    keyed: Keyed,
) -> Counts:
    year = F.year("reference_date")
    # The person's key, whatever the year: the same persons have the same noise in all years.
    described = persons.where(year.isin(regions.years)).select(
        year.cast("string").alias("geography"),
        "municipality",
        *by,
        *keyed.record(cube, "draw"),
    )
    added = figures(described)
    finest = summed(described.select("geography", "municipality", place(cube), *added))
    numbers = F.array(*[F.col(f"at_{level}") for level in cube.levels])
    cells = summed(
        with_regions(finest, regions, "municipality", "at").select(
            F.explode(numbers).alias("number"), "place", *added
        )
    )
    return Counts(cube, regions, cells.withColumn("what", F.lit(0)), ("persons",))
