"""From municipalities to every level of region, in the boundaries of one year.

`regions` here is always (period, municipality, level, region): the regions that a municipality of
that period's boundaries is part of. A municipality that is not there, 9999 among them, is shown as
`unknown` at every level (G3) but the nation, which is everyone.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.cubes.declared import LEVELS, NATION, NATION_CODE, UNKNOWN

REGION_KEY = ("period", "geography", "level", "region")


def by_year(regions_of_days: DataFrame) -> DataFrame:
    """Regions by the year of their day: 1 January for stocks, 31 December for flows.

    Args:
        regions_of_days: (day, municipality, level, region), no two days of one year.
    """
    period = F.year("day").cast("string").alias("period")
    return regions_of_days.select(period, "municipality", "level", "region")


def region_keys(regions: DataFrame, years: Sequence[int]) -> DataFrame:
    """Every declared region: one row per (geography, level, region) of the given years."""
    wanted = [str(year) for year in years]
    known = regions.where(F.col("period").isin(wanted) & F.col("level").isin(list(LEVELS)))
    # The nation has no unknown part: who lives in an unknown municipality lives in Norway.
    always = F.array(
        *[
            F.struct(
                F.lit(level).alias("level"),
                F.lit(NATION_CODE if level == NATION else UNKNOWN).alias("region"),
            )
            for level in LEVELS
        ]
    )
    extra = known.select("period").distinct().select("period", F.inline(always))
    found = known.where(F.col("level") != NATION).select("period", "level", "region")
    declared = found.unionByName(extra).distinct()
    return declared.select(F.col("period").alias("geography"), "level", "region")


def with_regions(df: DataFrame, regions: DataFrame, code: str, prefix: str) -> DataFrame:
    """Add one column a level, `<prefix>_<level>`, for the municipality in `code`.

    Args:
        df: has `geography` and the column named by `code`; no row is lost or doubled.
        regions: (period, municipality, level, region).
        code: name of the column with the municipality.
        prefix: of the names of the new columns.
    """
    at_level, region = F.col("level"), F.col("region")
    # One row a municipality and year: small enough for every task to hold.
    at = regions.groupBy(F.col("period").alias("geography"), F.col("municipality").alias(code)).agg(
        *[F.max(F.when(at_level == level, region)).alias(f"{prefix}_{level}") for level in LEVELS]
    )
    joined = df.join(F.broadcast(at), on=["geography", code], how="left")
    return joined.withColumns(
        {
            f"{prefix}_{level}": F.lit(NATION_CODE)
            if level == NATION
            else F.coalesce(f"{prefix}_{level}", F.lit(UNKNOWN))
            for level in LEVELS
        }
    )


def all_levels(prefix: str, levels: Sequence[str]) -> Column:
    """The array of (level, region) that a row with regions is part of."""
    return F.array(
        *[
            F.struct(F.lit(level).alias("level"), F.col(f"{prefix}_{level}").alias("region"))
            for level in levels
        ]
    )
