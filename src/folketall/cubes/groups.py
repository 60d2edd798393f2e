"""What a person or a migration is in each dimension of a cube, as expressions.

A dimension is made of elements (Q1): single years of age, groups of countries, countries. Its inner
codes are groups of them, as coarse as the levels that publish the dimension allow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F

from folketall.classifications import NORWAY, countries
from folketall.cubes.countries import OTHER_GROUP
from folketall.cubes.declared import UNKNOWN, Dimension
from folketall.cubes.groupings import LONGEST, OLDEST


def element(dimension: Dimension) -> Column:
    """The element that a row belongs to, named like the dimension."""
    return _ELEMENT.get(dimension.name, _known)(dimension).alias(dimension.name)


def _known(dimension: Dimension) -> Column:
    """The column as it is; a missing attribute is shown as unknown."""
    return F.coalesce(F.col(dimension.name), F.lit(UNKNOWN))


def _age(_: Dimension) -> Column:
    """Whole years, as a number; null where the birth date is not known."""
    return F.when(F.col("age") >= 0, F.least("age", F.lit(OLDEST)))


def _years_of_residence(_: Dimension) -> Column:
    """Whole years since the first immigration (S2), as a number."""
    years = F.coalesce("years_of_residence", F.lit(LONGEST))
    return F.greatest(F.least(years, F.lit(LONGEST)), F.lit(0))


def _citizenship(_: Dimension) -> Column:
    """Norwegian, foreign (stateless too) or unknown (K2)."""
    country = F.col("citizenship")
    return (
        F.when(country.isNull() | (country == UNKNOWN), UNKNOWN)
        .when(country == NORWAY, "norwegian")
        .otherwise("foreign")
    )


def _country_group(dimension: Dimension) -> Column:
    """The published group of the country background; one of no declared group is unknown and other.

    An immigrant's background is never Norway (F1), so Norway is no group of refugees.
    """
    groups = {element for of in dimension.elements for element in of}
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
    return chosen.otherwise(OTHER_GROUP)


def _country(dimension: Dimension) -> Column:
    """The country of immigration or emigration; missing, or none of the declared, is unknown."""
    every = sorted(element for of in dimension.elements for element in of if element != UNKNOWN)
    listed = ", ".join(f"'{code}'" for code in every)
    return F.when(F.expr(f"country IN ({listed})"), F.col("country")).otherwise(UNKNOWN)


def _immigrant(_: Dimension) -> Column:
    return F.coalesce(F.col("immigrant"), F.lit(False)).cast("string")


_ELEMENT: Mapping[str, Callable[[Dimension], Column]] = {
    "age": _age,
    "citizenship": _citizenship,
    "country": _country,
    "country_group": _country_group,
    "immigrant": _immigrant,
    "years_of_residence": _years_of_residence,
}
"""Dimensions that are made from a column; others are columns as they are."""
