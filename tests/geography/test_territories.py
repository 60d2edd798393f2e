"""Counties of one year in figures of the year before (G1, X5)."""

from __future__ import annotations

from datetime import date

import pytest

from folketall.geography import territories
from folketall.geography.municipalities import lead
from folketall.geography.regions import divisions
from folketall.geography.territories import becomes, breaks, counties_from


@pytest.mark.rule("G1", "X5")
@pytest.mark.parametrize("year", [2017, 2018, 2019, 2020, 2024, 2025])
def test_every_sum_of_a_county_is_what_its_persons_led_there_are(year):
    start, end = date(year - 1, 1, 1), date(year, 1, 1)
    old = divisions(start, ["county"])
    new = divisions(end, ["county"])
    # A number of persons a municipality that no other sum can make by chance.
    persons = {code: 3**place for place, code in enumerate(sorted(old))}
    figures = {("municipality", code): n for code, n in persons.items()}
    led: dict[str, int] = {}
    for code, n in persons.items():
        (was,), (county,) = old[code], new[lead(code, start, end)[0]]
        figures["county", was] = figures.get(("county", was), 0) + n
        led[county] = led.get(county, 0) + n
    found_of = counties_from(start, end)
    assert set(found_of) == set(led)
    for county, parts in found_of.items():
        for place in range(max(map(len, parts))):
            sums = [part[min(place, len(part) - 1)] for part in parts]
            found = sum(t.sign * figures[t.level, t.region] for one in sums for t in one)
            assert found == led[county], (county, place)


@pytest.mark.rule("X5")
def test_a_county_that_a_municipality_was_divided_between_is_told_by_no_figure(monkeypatch):
    """The lists have none since 1975: as if a part of Halsa had stayed in county 15."""
    start, end = date(2019, 1, 1), date(2020, 1, 1)
    whole = counties_from(start, end)
    monkeypatch.setattr(
        territories,
        "becomes",
        lambda code, *days: {"5055", "1505"} if code == "1571" else becomes(code, *days),
    )
    assert set(whole) - set(counties_from(start, end)) == {"15", "50"}


def test_a_split_municipality_becomes_all_its_parts():
    assert becomes("1534", date(2019, 1, 1), date(2024, 1, 1)) == {"1508", "1580"}
    assert becomes("0101", date(2019, 1, 1), date(2024, 1, 1)) == {"3101"}


@pytest.mark.rule("G1")
@pytest.mark.parametrize(
    ("level", "year", "broken"),
    [
        # Rindal went from county 15 to 50 in 2019.
        ("county", 2019, {"15", "50"}),
        # 16 and 17 are no more since 2018, and 50 had no figures before.
        ("county", 2018, set()),
        ("county", 2021, set()),
        # Finnoy and Rennesoy became part of 1103 Stavanger; 5001 took in Klaebu.
        ("municipality", 2020, {"1103", "5001"}),
        # Stokke was divided between 0704 Tonsberg and Sandefjord, that got a new code.
        ("municipality", 2017, {"0704"}),
        ("nation", 2020, set()),
        # Another standard: class 0 is no more, 4 to 6 are new.
        ("centrality", 2018, {"1", "2", "3"}),
    ],
)
def test_a_series_is_broken_where_a_region_has_other_municipalities(level, year, broken):
    at = ((date(one, 1, 1), one) for one in (year - 1, year))
    assert breaks(level, *at) == broken
