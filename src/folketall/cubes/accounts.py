"""The population accounts (S4) at every level of region."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.cubes.cells import fill, to_cells
from folketall.cubes.declared import ACCOUNT_TERMS, CUBES
from folketall.cubes.regions import REGION_KEY, region_keys, with_regions


def account_cubes(account: DataFrame, regions: DataFrame, *, years: Sequence[int]) -> DataFrame:
    """Sum the terms of the accounts; what stays inside a region cancels out (M4).

    Args:
        account: ACCOUNT.
        regions: (period, municipality, level, region), boundaries of each 1 January; the accounts
            of year R are in those of R + 1.
        years: the years R whose cells are declared; rows of other years are not counted.

    Returns:
        CUBE: population_accounts, with period R and geography R + 1.
    """
    cube = CUBES["population_accounts"]
    terms = account.where(F.col("reference_year").isin(list(years))).withColumn(
        "geography", (F.col("reference_year") + 1).cast("string")
    )
    ends = F.array(
        *[
            F.struct(
                F.lit(level).alias("level"),
                F.col(f"at_{level}").alias("region"),
                # Births and the like have no other end, and so always count.
                (
                    F.col("other_municipality").isNull()
                    | (F.col(f"at_{level}") != F.col(f"other_{level}"))
                ).alias("counts"),
            )
            for level in cube.levels
        ]
    )
    here = with_regions(terms, regions, "municipality", "at")
    there = with_regions(here, regions, "other_municipality", "other")
    period = (F.col("geography").cast("int") - 1).cast("string").alias("period")
    cells = (
        there.select("geography", "term", "persons", F.inline(ends))
        .where("counts")
        .groupBy("geography", "level", "region")
        .agg(*[F.sum(F.when(F.col("term") == t, F.col("persons"))).alias(t) for t in ACCOUNT_TERMS])
        .select(period, "*")
    )
    keys = region_keys(regions, [year + 1 for year in years]).select(period, "*")
    return to_cells(fill(cells, keys.select(*REGION_KEY), cube, ACCOUNT_TERMS), cube)
