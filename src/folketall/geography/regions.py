"""The regions of the municipalities of a day, at every published level (CONTRACT.md, Cubes).

The lists of 2024 (parts of the country, labour-market regions) and the vintages of centrality are
led to the day by G1: a municipality before the list takes the region of what became of it, one
after the list that of the municipality it came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import NamedTuple

from folketall.classifications import NORWAY, read_rows
from folketall.geography.lists import UNKNOWN_MUNICIPALITY, covers, municipality_rows
from folketall.geography.municipalities import lead

LEVELS = ("nation", "region", "county", "economic_region", "centrality", "municipality")
NATION = "0"
UNKNOWN = "unknown"
LISTED_2024 = date(2024, 1, 1)
"""The day whose municipalities the lists of parts of the country and labour markets are for."""
CENTRALITY_2008, CENTRALITY_2020 = "2008 (0-3)", "2020 (1-6)"
LAST_YEAR_OF_CENTRALITY_2008 = 2017


class Region(NamedTuple):
    """The region of a municipality at a level."""

    municipality: str
    level: str
    region: str


class _Vintage(NamedTuple):
    label: str
    first: int
    last: int


@cache
def _municipalities(day: date) -> dict[str, tuple[str, str]]:
    """Name and county of every municipality of the day, without the merely statistical ones."""
    counties = read_rows("geography/counties")
    statistical = {row["code"] for row in counties if row["statistical_only"] == "1"}
    return {
        row.code: (row.name, row.county)
        for row in municipality_rows()
        if covers(row.valid_from, row.valid_to, day) and row.county not in statistical
    }


def _led(listed: dict[str, str], at: date, day: date) -> dict[str, str]:
    """Give the municipalities of `day` what is listed for those of `at` (G1).

    Of several municipalities of `at` that became one by `day`, that of the same code counts,
    else the smallest code; the weights of G1 are for persons, not for places.
    """
    if day <= at:
        return {code: listed.get(lead(code, day, at)[0], UNKNOWN) for code in _municipalities(day)}
    sources: dict[str, list[str]] = {}
    for code in sorted(listed):
        sources.setdefault(lead(code, at, day)[0], []).append(code)
    return {
        code: listed[min(sources[code], key=lambda old: (old != code, old))]
        if code in sources
        else UNKNOWN
        for code in _municipalities(day)
    }


def _parts_of_country() -> dict[str, str]:
    rows = read_rows("geography/region_hierarchy_2024")
    return {row["municip_code"]: row["georegion_code"] for row in rows}


def _economic_regions() -> dict[str, str]:
    return {row["code"]: _economic(row) for row in read_rows("geography/region_ba_2024")}


def _economic(row: dict[str, str]) -> str:
    # The list writes Oslo/Bærum 05 for Oslo and 5 for the municipalities around it.
    return row["ba_region_code"].lstrip("0")


def _centralities(day: date, period: int) -> dict[str, str]:
    """The standard of the period, in the vintage of municipalities nearest to it, led to the day.

    Of two vintages equally near the earlier counts: it was in force.
    """
    standard = CENTRALITY_2008 if period <= LAST_YEAR_OF_CENTRALITY_2008 else CENTRALITY_2020
    rows = [
        row for row in read_rows("geography/centrality_municipality") if row["standard"] == standard
    ]
    vintages = {_vintage(row["municipality_vintage"]) for row in rows}
    nearest = min(vintages, key=lambda v: (max(v.first - period, period - v.last, 0), v.first))
    at = date(min(max(period, nearest.first), nearest.last), 1, 1)
    listed = {
        row["code"]: row["class"] for row in rows if row["municipality_vintage"] == nearest.label
    }
    return _led(listed, at, day)


def _vintage(label: str) -> _Vintage:
    first, _, last = label.partition("-")
    return _Vintage(label, int(first), int(last or first))


@cache
def _regions(day: date, period: int) -> tuple[Region, ...]:
    municipalities = _municipalities(day)
    by_level = {
        "nation": dict.fromkeys(municipalities, NATION),
        "region": _led(_parts_of_country(), LISTED_2024, day),
        "county": {code: county for code, (_, county) in municipalities.items()},
        "economic_region": _led(_economic_regions(), LISTED_2024, day),
        "centrality": _centralities(day, period),
        "municipality": {code: code for code in municipalities},
    }
    unknown = [
        Region(UNKNOWN_MUNICIPALITY, level, NATION if level == "nation" else UNKNOWN)
        for level in LEVELS
    ]
    return tuple(
        [Region(code, level, by_level[level][code]) for code in municipalities for level in LEVELS]
        + unknown
    )


def regions(day: date, period: int | None = None) -> list[Region]:
    """Give every municipality of the day, and 9999, its one region at each level.

    9999 belongs to the nation and is `unknown` at every other level (G3).

    Args:
        day: of the boundaries.
        period: the year that figures in these boundaries are of, by default the day's. The standard
            of centrality is that of the period: the accounts of 2017 are in the boundaries of
            2018, by the classes of 2017.
    """
    return list(_regions(day, day.year if period is None else period))


def divisions(day: date, levels: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Give every municipality of the day its regions at the levels asked for, in their order."""
    found: dict[str, dict[str, str]] = {}
    for row in regions(day):
        found.setdefault(row.municipality, {})[row.level] = row.region
    return {code: tuple(at[level] for level in levels) for code, at in found.items()}


def region_codes(day: date, period: int | None = None) -> dict[str, list[str]]:
    """Declare the regions of every level on a day, `unknown` last (the nation has none)."""
    found: dict[str, set[str]] = {level: set() for level in LEVELS}
    for row in regions(day, period):
        found[row.level].add(row.region)
    return {
        level: sorted(found[level], key=lambda code: (code == UNKNOWN, code)) for level in LEVELS
    }


def region_names(day: date, period: int | None = None) -> dict[tuple[str, str], str]:
    """Name every region of `region_codes`, as the lists name it: (level, code) to name."""
    of_2008 = (day.year if period is None else period) <= LAST_YEAR_OF_CENTRALITY_2008
    names = {("nation", NATION): _nation()}
    names |= {("municipality", code): name for code, (name, _) in _municipalities(day).items()}
    for row in read_rows("geography/counties"):
        if _county_valid(row, day):
            names["county", row["code"]] = row["name"]
    for row in read_rows("geography/region_hierarchy_2024"):
        names["region", row["georegion_code"]] = row["georegion_name"]
    for row in read_rows("geography/region_ba_2024"):
        names["economic_region", _economic(row)] = row["ba_region_name"]
    for row in read_rows("geography/centrality_municipality"):
        # The two standards have classes of the same number.
        if (row["standard"] == CENTRALITY_2008) == of_2008:
            names["centrality", row["class"]] = row["class_name"] or f"Sentralitet {row['class']}"
    codes = region_codes(day, period)
    return {
        (level, code): "Unknown" if code == UNKNOWN else names[level, code]
        for level in LEVELS
        for code in codes[level]
    }


def _nation() -> str:
    rows = read_rows("countries/countries")
    return next(row["name_en"] for row in rows if row["code"] == NORWAY)


def _county_valid(row: dict[str, str], day: date) -> bool:
    since = date.fromisoformat(row["valid_from"]) if row["valid_from"] else date.min
    return covers(since, date.fromisoformat(row["valid_to"]) if row["valid_to"] else None, day)
