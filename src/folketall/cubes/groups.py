"""The groups that persons and migrations are counted in, as expressions."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from folketall.classifications import NORWAY, countries
from folketall.cubes.countries import OTHER_GROUP, foreign_countries
from folketall.cubes.declared import AGE_GROUPS, UNKNOWN

OLDEST = 90
"""Years: the open age group begins here."""


def known(name: str) -> Column:
    """The column as it is; a missing attribute is shown as unknown."""
    return F.coalesce(F.col(name), F.lit(UNKNOWN)).alias(name)


def age_group() -> Column:
    """Five-year groups to 90+; unknown where the birth date is."""
    low = (F.floor(F.col("age") / 5) * 5).cast("int")
    group = F.concat(low.cast("string"), F.lit("-"), (low + 4).cast("string"))
    return (
        F.when(F.col("age").isNull() | (F.col("age") < 0), UNKNOWN)
        .when(F.col("age") >= OLDEST, AGE_GROUPS[-1])
        .otherwise(group)
        .alias("age")
    )


def residence_group() -> Column:
    """Whole years since the first immigration (S2), in the groups that are published."""
    years = F.col("years_of_residence")
    return (
        F.when(years < 5, "0-4")
        .when(years < 10, "5-9")
        .when(years < 20, "10-19")
        .otherwise("20+")
        .alias("years_of_residence")
    )


def citizenship_group() -> Column:
    """Norwegian, foreign (stateless too) or unknown (K2)."""
    country = F.col("citizenship")
    return (
        F.when(country.isNull() | (country == UNKNOWN), UNKNOWN)
        .when(country == NORWAY, "norwegian")
        .otherwise("foreign")
        .alias("citizenship")
    )


def country_group(groups: tuple[str, ...]) -> Column:
    """The published group of the country background; one of no declared group is unknown and other.

    An immigrant's background is never Norway (F1), so Norway is no group of refugees.
    """
    members: dict[str, list[str]] = {}
    for code, group in countries().items():
        if group in groups:
            members.setdefault(group, []).append(code)
    background = F.col("country_background")
    chosen = F.when(background.isNull(), OTHER_GROUP)
    for group, codes in members.items():
        # Written out, for building it column by column takes seconds.
        listed = ", ".join(f"'{code}'" for code in codes)
        chosen = chosen.when(F.expr(f"country_background IN ({listed})"), group)
    return chosen.otherwise(OTHER_GROUP).alias("country_group")


def foreign_country() -> Column:
    """The country of immigration or emigration; missing, or none of the declared, is unknown."""
    listed = ", ".join(f"'{code}'" for code in foreign_countries())
    declared = F.expr(f"country IN ({listed})")
    return F.when(declared, F.col("country")).otherwise(UNKNOWN).alias("country")
