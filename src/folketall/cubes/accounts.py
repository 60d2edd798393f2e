"""The population accounts (S4) at every level of region."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.cubes.cells import place, position
from folketall.cubes.declared import ACCOUNT_TERMS, Cube
from folketall.cubes.dense import Counts
from folketall.cubes.regions import RegionsOfYear, numbered, with_regions


def account_cubes(
    cubes: Iterable[Cube], account: DataFrame, regions: RegionsOfYear
) -> list[Counts]:
    """Sum the terms of the accounts; what stays inside a region cancels out (M4).

    Args:
        cubes: of the accounts.
        account: ACCOUNT; the accounts of year R are in the boundaries of 1 January R + 1.
        regions: the regions on 1 January R + 1, by R + 1, for every R whose cells are declared;
            rows of other years are not counted.

    Returns:
        The counts of each cube, with period R and geography R + 1.
    """
    return [_account_counts(cube, account, regions) for cube in cubes]


def _account_counts(cube: Cube, account: DataFrame, regions: RegionsOfYear) -> Counts:
    declared = numbered(regions, period_before=1)
    year = F.col("reference_year") + 1
    terms = account.where(year.isin(declared.years)).withColumn("geography", year.cast("string"))
    here = with_regions(terms, declared, "municipality", "at")
    there = with_regions(here, declared, "other_municipality", "there")
    # Births and the like have no other end, and so always count.
    alone = F.col("other_municipality").isNull()
    ends = [
        F.when(alone | (F.col(f"at_{level}") != F.col(f"there_{level}")), F.col(f"at_{level}"))
        for level in cube.levels
    ]
    number = F.explode(F.array(*ends)).alias("number")
    # A term that the cube does not declare is not counted.
    what = position(ACCOUNT_TERMS, F.col("term"))
    cells = (
        there.select(number, what.alias("what"), "persons", place(cube))
        .where(F.col("number").isNotNull() & (F.col("what") >= 0))
        .groupBy("number", "place", "what")
        .agg(F.sum("persons").alias("n"))
        .select("number", "place", "what", "n")
    )
    return Counts(cube, declared, cells, ACCOUNT_TERMS)
