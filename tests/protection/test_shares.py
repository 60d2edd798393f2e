"""X5: shares and changes come from published counts only."""

from __future__ import annotations

from datetime import date

import pytest

from folketall.geography.territories import counties_from
from folketall.model.tables import PUBLISHED_CUBE
from folketall.protection.shares import derived_shares
from tests.protection.cells import cube
from tests.support.cells import parts_of, rows_of

REFUGEES = "period geography level region category value"
POPULATION_CUBE = "population_by_background"
POPULATION = "period geography level region immigrant sex age value"

TERRITORIES = {
    str(year): counties_from(date(year - 1, 1, 1), date(year, 1, 1)) for year in (2020, 2024)
}


def shares(refugees, population, **status):
    rows = []
    for name, columns, drawing in (
        ("refugees_by_category", REFUGEES, refugees),
        ("population_by_background", POPULATION, population),
    ):
        for row in cube(name, columns, drawing):
            shown = "suppressed" if row["value"] is None else status.get(name)
            rows.append({**row, "status": shown})
    found = rows_of(derived_shares(parts_of(rows, PUBLISHED_CUBE), TERRITORIES))
    assert {(r.cube, r.measure == "persons") for r in found} == {("refugees_share", False)}
    return {(r.period, r.region, r.category, r.measure): (r.value, r.status) for r in found}


POPULATION_2024 = """
    2024 | 2024 | nation | 0  | true  | total | total | 800
    2024 | 2024 | nation | 0  | total | total | total | 5000
    2024 | 2024 | nation | 0  | true  | 1     | total | 400
    2024 | 2024 | nation | 0  | total | total | 0-4   | 300
    2024 | 2024 | county | 18 | true  | total | total | 0
    2024 | 2024 | county | 18 | total | total | total |
    """


@pytest.mark.rule("X5")
def test_change_and_shares_are_per_cent_of_published_counts():
    found = shares(
        """
        2023 | 2023 | nation       | 0    | total  | 200
        2024 | 2024 | nation       | 0    | total  | 250
        2023 | 2023 | nation       | 0    | asylum | 30
        2024 | 2024 | nation       | 0    | asylum | 20
        2024 | 2024 | municipality | 1101 | total  | 20
        """,
        POPULATION_2024,
    )
    assert found["2024", "0", "total", "change_on_year"] == (25.0, None)
    assert found["2024", "0", "total", "share_of_immigrants"] == (31.25, None)
    assert found["2024", "0", "total", "share_of_population"] == (5.0, None)
    assert found["2024", "0", "asylum", "change_on_year"] == (-33.3333333333, None)
    assert found["2023", "0", "total", "change_on_year"] == (None, "suppressed")
    assert not any(region == "1101" for _, region, _, _ in found)


@pytest.mark.rule("X5")
def test_what_rests_on_an_unpublished_or_empty_figure_is_not_published():
    found = shares(
        """
        2023 | 2023 | county | 18 | total  | 40
        2024 | 2024 | county | 18 | total  | 50
        2023 | 2023 | county | 18 | asylum |
        2024 | 2024 | county | 18 | asylum | 10
        2023 | 2023 | county | 18 | other  | 0
        2024 | 2024 | county | 18 | other  | 10
        """,
        POPULATION_2024,
    )
    empty = (None, "suppressed")
    assert found["2024", "18", "total", "change_on_year"] == (25.0, None)
    assert found["2024", "18", "asylum", "change_on_year"] == empty  # a term is suppressed
    assert found["2024", "18", "other", "change_on_year"] == empty  # from nothing
    assert found["2024", "18", "total", "share_of_immigrants"] == empty  # of nobody
    assert found["2024", "18", "total", "share_of_population"] == empty  # a term is suppressed


@pytest.mark.rule("X5", "G1")
def test_a_change_is_of_one_territory_where_a_county_has_its_code_through_a_reform():
    """County 15 got Hornindal, 1444, and lost Halsa, 1571: 36 of 2019 are 37 in that of 2020."""
    refugees = """
        2019 | 2019 | county       | 15   | total  | 36
        2019 | 2019 | municipality | 1444 | total  | 5
        2019 | 2019 | municipality | 1571 | total  | 4
        2020 | 2020 | county       | 15   | total  | 38
        2019 | 2019 | county       | 15   | asylum | 36
        2019 | 2019 | municipality | 1444 | asylum | 5
        2019 | 2019 | municipality | 1571 | asylum |
        2020 | 2020 | county       | 15   | asylum | 38
        2019 | 2019 | county       | 15   | other  | 20
        2019 | 2019 | municipality | 1444 | other  | 0
        2019 | 2019 | municipality | 1571 | other  | 0
        2020 | 2020 | county       | 15   | other  | 30
        """
    found = shares(refugees, "")
    assert found["2020", "15", "total", "change_on_year"] == (round(100 / 37, 10), None)
    # What left is not published, and the change would tell it.
    assert found["2020", "15", "asylum", "change_on_year"] == (None, "suppressed")
    assert found["2020", "15", "other", "change_on_year"] == (50.0, None)


@pytest.mark.rule("X5", "G1")
def test_a_new_county_is_compared_with_the_counties_and_municipalities_it_was_made_of():
    refugees = """
        2019 | 2019 | county       | 04   | total | 30
        2019 | 2019 | county       | 05   | total | 50
        2019 | 2019 | municipality | 0532 | total | 6
        2019 | 2019 | municipality | 0533 | total | 4
        2020 | 2020 | county       | 34   | total | 77
        2019 | 2019 | county       | 12   | total | 30
        2019 | 2019 | county       | 14   | total | 20
        2020 | 2020 | county       | 46   | total | 77
        2020 | 2024 | county       | 32   | total | 100
        2021 | 2024 | county       | 32   | total | 110
        """
    found = shares(refugees, "")
    # Innlandet: Hedmark, and Oppland without Jevnaker and Lunner.
    assert found["2020", "34", "total", "change_on_year"] == (10.0, None)
    # Vestland is without Hornindal, of which nothing is published here.
    assert found["2020", "46", "total", "change_on_year"] == (None, "suppressed")
    # Harmonised to one year's boundaries, the county is the same throughout.
    assert found["2021", "32", "total", "change_on_year"] == (10.0, None)


@pytest.mark.rule("X5")
@pytest.mark.parametrize("said", ["rounded", "perturbed"])
def test_a_rounded_or_perturbed_term_shows(said):
    drawn = "2024 | 2024 | nation | 0 | total | 30"
    found = shares(drawn, POPULATION_2024, population_by_background=said)
    rows = {measure: status for (*_, measure), (_, status) in found.items()}
    assert rows["share_of_population"] == said
    assert rows["change_on_year"] == "suppressed"


def test_without_refugees_there_are_no_shares():
    rows = [{**row, "status": None} for row in cube(POPULATION_CUBE, POPULATION, POPULATION_2024)]
    assert list(derived_shares(parts_of(rows, PUBLISHED_CUBE), TERRITORIES)) == []
    assert list(derived_shares([], {})) == []
