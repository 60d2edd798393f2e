"""`refugees_share`: change on the year and shares, from published counts only (X5)."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.model.table import conform
from folketall.model.tables import DIMENSIONS, PUBLISHED_CUBE
from folketall.protection.rounding import ROUNDED, SUPPRESSED

SHARES = "refugees_share"
CHANGE, OF_IMMIGRANTS, OF_POPULATION = (
    "change_on_year",
    "share_of_immigrants",
    "share_of_population",
)
LEVELS = ("nation", "county")
DECIMALS = 10
PLACE = ("period", "geography", "level", "region")


def derived_shares(published: DataFrame) -> DataFrame:
    """Per cent: change since the year before, share of the immigrants and of the population.

    Args:
        published: PUBLISHED_CUBE with refugees_by_category and population_by_background.

    Returns:
        PUBLISHED_CUBE of `refugees_share`: nation and counties, every category and margin. Empty,
        status `suppressed`, where a term is not published, is missing (a county that was not
        there the year before) or the figure to divide by is zero; `rounded` where a term is.
    """
    counts = published.where(
        (F.col("cube") == "refugees_by_category")
        & F.col("level").isin(*LEVELS)
        & (F.col("measure") == "persons")
    ).select(*PLACE, "category", "value", "status")
    terms = (
        counts.transform(_with_year_before)
        .join(_population(published, "true", OF_IMMIGRANTS), on=list(PLACE), how="left")
        .join(_population(published, "total", OF_POPULATION), on=list(PLACE), how="left")
    )
    names = (CHANGE, OF_IMMIGRANTS, OF_POPULATION)
    base = F.col("base.value")
    over = F.when(F.col("measure") == CHANGE, F.col("value") - base).otherwise(F.col("value"))
    # A share of nothing is no figure, and dividing by zero an error.
    per_cent = F.when(base != 0, F.round(100 * over / base, DECIMALS))
    rounded = F.coalesce("status", "base.status") == ROUNDED
    absent = {name: F.lit(None).cast("string") for name in DIMENSIONS if name != "category"}
    return (
        terms.unpivot([*PLACE, "category", "value", "status"], list(names), "measure", "base")
        .withColumn("figure", per_cent)
        .withColumn("status", F.when(F.col("figure").isNull(), SUPPRESSED).when(rounded, ROUNDED))
        .withColumn("value", F.col("figure"))
        .withColumns({"cube": F.lit(SHARES), **absent})
        .select(*PUBLISHED_CUBE.columns)
        .transform(conform, PUBLISHED_CUBE)
    )


def _with_year_before(counts: DataFrame) -> DataFrame:
    """The same county and category a year earlier; both in their own period's boundaries."""
    own = F.col("geography") == F.col("period")
    following = (F.col("period").cast("int") + 1).cast("string")
    earlier = counts.select(
        following.alias("period"),
        # Boundaries of the period follow it; those of one year stay.
        F.when(own, following).otherwise(F.col("geography")).alias("geography"),
        "level",
        "region",
        "category",
        F.struct("value", "status").alias(CHANGE),
    )
    return counts.join(earlier, on=[*PLACE, "category"], how="left")


def _population(published: DataFrame, immigrant: str, name: str) -> DataFrame:
    """Residents of every place: all, or the immigrants."""
    return published.where(
        (F.col("cube") == "population_by_background")
        & (F.col("measure") == "persons")
        & (F.col("immigrant") == immigrant)
        & (F.col("sex") == "total")
        & (F.col("age") == "total")
    ).select(*PLACE, F.struct("value", "status").alias(name))
