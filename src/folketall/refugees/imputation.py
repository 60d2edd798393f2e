"""Imputation of the reason where no source has one (C7)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from folketall.refugees.earlier_files import contract_order

AGE_GROUPS = ((17, "0-17"), (29, "18-29"), (49, "30-49"))
"""Upper bounds in whole years at the first immigration."""
PERIODS = (1967, 1978, 1987, 1991, 2004)
"""First years of the periods of first immigration."""
DRAWS = 1 << 52
"""A draw is 13 hexadecimal digits of a hash."""


def age_group(age: str) -> Column:
    """C7's age groups; null without an age."""
    group = F.when(F.col(age).isNull(), None)
    for last, name in AGE_GROUPS:
        group = group.when(F.col(age) <= last, name)
    return group.otherwise("50+")


def period(day: str) -> Column:
    """C7's periods of first immigration: the first year of each; null before the first."""
    found = F.when(F.year(day) < PERIODS[0], None)
    for first, following in pairwise(PERIODS):
        found = found.when(F.year(day) < following, F.lit(first))
    return found.otherwise(F.lit(PERIODS[-1]))


def imputed(
    recipients: DataFrame,
    donors: DataFrame,
    *,
    min_donors: int,
    seed: int,
    country_groups: Mapping[str, str],
) -> DataFrame:
    """Draw a reason for each recipient in proportion to its donors (C7).

    Args:
        recipients: person_id, draw (L7), age_group, period, citizenship.
        donors: age_group, period, citizenship, reason, detail of the persons with C1-C5.
        min_donors: fewer of the same citizenship: those of the country group; fewer of those: all
            of the age group and period, if there is one at all.
        seed: impute.seed.
        country_groups: country code to group.

    Returns:
        person_id, reason, detail; no row where there is no donor.
    """
    pairs = [F.lit(x) for pair in country_groups.items() for x in pair]
    group = F.coalesce(
        F.try_element_at(F.create_map(*pairs), F.col("citizenship")), F.lit("unknown")
    )
    asked = recipients.withColumn("country_group", group)
    given = donors.withColumn("country_group", group)
    cell = ["age_group", "period"]
    drawn = asked.withColumn("drawn", drawn_number("draw", seed))
    for level, more in enumerate((["citizenship"], ["country_group"], [])):
        of_level = _scale(given, [*cell, *more], f"scale_{level}", f"donors_{level}")
        drawn = drawn.join(of_level, [*cell, *more], "left")
    scale = (
        F.when(F.col("donors_0") >= min_donors, F.col("scale_0"))
        .when(F.col("donors_1") >= min_donors, F.col("scale_1"))
        .otherwise(F.col("scale_2"))
    )
    return (
        drawn.withColumn("scale", scale)
        .where("scale is not null")
        .withColumn("hit", _hit())
        .select("person_id", "hit.reason", "hit.detail")
    )


def _hit() -> Column:
    """The first reason whose cumulated share lies above the draw, in integer arithmetic."""
    above = F.filter(
        "scale",
        lambda s: (
            s["up_to"].cast("decimal(18,0)") * F.lit(DRAWS).cast("decimal(18,0)")
            > F.col("drawn") * s["of"].cast("decimal(18,0)")
        ),
    )
    return F.element_at(above, 1)


def drawn_number(draw: str, seed: int) -> Column:
    """A number from 0 to 2^52 - 1 that depends on the person's draw and the seed alone (L7)."""
    key = F.sha2(F.concat_ws("|", F.lit("impute"), F.lit(str(seed)), F.col(draw)), 256)
    return F.conv(F.substring(key, 1, 13), 16, 10).cast("decimal(20,0)")


def _scale(donors: DataFrame, cell: list[str], name: str, total: str) -> DataFrame:
    """The cumulated donors of each reason of a cell, in the contract's order."""
    counts = donors.groupBy(*cell, "reason", "detail").agg(F.count(F.lit(1)).alias("donors"))
    in_order = Window.partitionBy(*cell).orderBy(*contract_order())
    whole = Window.partitionBy(*cell)
    cumulated = counts.withColumn(
        "up_to", F.sum("donors").over(in_order.rowsBetween(Window.unboundedPreceding, 0))
    ).withColumn("of", F.sum("donors").over(whole))
    # As many steps as reasons and details: short enough to gather.
    step = F.struct("up_to", "of", "reason", "detail")
    return cumulated.groupBy(*cell).agg(
        F.sort_array(F.collect_list(step)).alias(name), F.max("of").alias(total)
    )
