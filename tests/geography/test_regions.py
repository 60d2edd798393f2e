"""Every municipality of every year has one region at each level."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from folketall.classifications import read_rows
from folketall.geography.regions import (
    LEVELS,
    UNKNOWN,
    region_codes,
    region_names,
    regions,
)

YEARS = range(1985, 2027)


def at(year: int) -> dict[tuple[str, str], str]:
    return {(row.municipality, row.level): row.region for row in regions(date(year, 1, 1))}


@pytest.mark.rule("G1")
@pytest.mark.parametrize("year", YEARS)
def test_every_municipality_has_exactly_one_region_at_each_level(year):
    rows = regions(date(year, 1, 1))
    counted = Counter(row.municipality for row in rows)
    assert set(counted.values()) == {len(LEVELS)}
    assert len({(row.municipality, row.level) for row in rows}) == len(rows)
    listed = {
        row["municipality_code"]: row["county_code"]
        for row in read_rows("geography/municipality_to_county")
        if row["year"] == str(year) and row["municipality_code"] != "9999"
    }
    assert {r.municipality: r.region for r in rows if r.level == "county"} == listed | {
        "9999": UNKNOWN
    }
    assert {row.municipality for row in rows if row.region == UNKNOWN} == {"9999"}


@pytest.mark.parametrize(
    ("year", "counties", "municipalities"),
    [
        (1990, 19, 448), (2017, 19, 426), (2018, 18, 422), (2019, 18, 422), (2020, 11, 356),
        (2023, 11, 356), (2024, 15, 357), (2026, 15, 357),
    ],
)  # fmt: skip
def test_counties_and_municipalities_are_as_many_as_there_were(year, counties, municipalities):
    codes = region_codes(date(year, 1, 1))
    assert len(codes["county"]) == counties + 1
    assert len(codes["municipality"]) == municipalities + 1
    assert len(codes["region"]) == 5 + 1
    assert codes["nation"] == ["0"]
    assert all(codes[level][-1] == UNKNOWN for level in LEVELS[1:])


@pytest.mark.rule("G3")
def test_unknown_belongs_to_the_nation_and_is_unknown_below():
    assert [at(2024)["9999", level] for level in LEVELS] == ["0"] + 5 * [UNKNOWN]


@pytest.mark.rule("G1")
def test_lists_of_2024_are_led_to_the_day():
    # Halden is its own labour market, in the east; Rindal went from the west to Trøndelag.
    for year, code in [(1990, "0101"), (2020, "3001"), (2024, "3101"), (2026, "3101")]:
        assert at(year)[code, "economic_region"] == "1"
        assert at(year)[code, "region"] == "5"
    assert at(2018)["1567", "region"] == at(2019)["5061", "region"] == "2"
    assert at(2018)["1567", "county"] == "15"
    assert at(2019)["5061", "county"] == "50"
    # Oslo is written 05 in the list, Bærum 5.
    assert at(2024)["0301", "economic_region"] == at(2024)["3201", "economic_region"] == "5"


@pytest.mark.rule("G1")
def test_centrality_changes_standard_in_2018_and_takes_the_nearest_vintage():
    assert region_codes(date(2017, 1, 1))["centrality"] == ["0", "1", "2", "3", UNKNOWN]
    assert region_codes(date(2017, 12, 31))["centrality"] == ["0", "1", "2", "3", UNKNOWN]
    assert region_codes(date(2018, 1, 1))["centrality"] == [*"123456", UNKNOWN]
    listed = {
        (row["municipality_vintage"], row["code"]): row["class"]
        for row in read_rows("geography/centrality_municipality")
    }
    assert at(2017)["0301", "centrality"] == listed["2013-2016", "0301"]
    # New in 2017, of the vintage before it: Sandefjord keeps the class of the old one.
    assert at(2017)["0710", "centrality"] == listed["2013-2016", "0706"]
    # Halden of 2018 by the vintage of 2020.
    assert at(2018)["0101", "centrality"] == listed["2020", "3001"]
    # 2022 is as near to 2020 as to 2024: the earlier; 2023 is nearer to 2024.
    for code in ("3001", "1507", "4601"):
        assert at(2022)[code, "centrality"] == listed["2020", code]
    assert at(2023)["1507", "centrality"] == listed["2024", "1508"]


@pytest.mark.parametrize("year", YEARS)
def test_every_region_has_a_name(year):
    names = region_names(date(year, 1, 1))
    codes = region_codes(date(year, 1, 1))
    assert set(names) == {(level, code) for level in LEVELS for code in codes[level]}
    assert all(names.values())


def test_names_are_of_the_day():
    assert region_names(date(2019, 1, 1))["municipality", "0101"] == "Halden"
    assert region_names(date(2019, 1, 1))["county", "01"] == "Østfold"
    assert region_names(date(2020, 1, 1))["county", "30"] == "Viken"
    assert region_names(date(2024, 1, 1))["county", UNKNOWN] == "Unknown"
    assert region_names(date(2024, 1, 1))["nation", "0"] == "Norway"
    assert region_names(date(2017, 1, 1))["centrality", "3"] == "Sentrale kommuner"
    assert region_names(date(2018, 1, 1))["centrality", "3"] == "Sentralitet 3"
