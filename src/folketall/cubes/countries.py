"""Countries and the groups of them that are published (`region_published_2024`)."""

from __future__ import annotations

from functools import cache

from folketall.classifications import NORWAY, countries

NORWAY_GROUP = "Norway"
OTHER_GROUP = "Unknown and other"


@cache
def foreign_countries() -> tuple[str, ...]:
    """Every foreign country code, also of those that are no more."""
    return tuple(sorted(code for code in countries() if code != NORWAY))


@cache
def foreign_groups() -> tuple[str, ...]:
    """The published groups of foreign countries, in the order in which the office prints them."""
    printed = (
        "Western Europe",
        "Europe except EU/EFTA/UK and new EU countries after 2004",
        "Africa",
        "Asia",
        "North-America and Oceania",
        "Latin America and the Caribbean",
        OTHER_GROUP,
    )
    if set(printed) != set(countries().values()) - {NORWAY_GROUP}:
        raise ValueError("countries.csv has other groups of countries than the cubes declare")
    return printed
