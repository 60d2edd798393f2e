"""X5: shares and changes come from published counts only."""

from __future__ import annotations

import pytest

from folketall.model.tables import PUBLISHED_CUBE
from folketall.protection.shares import derived_shares
from tests.protection.cells import cube
from tests.support.cells import parts_of, rows_of

REFUGEES = "period geography level region category value"
POPULATION_CUBE = "population_by_background"
POPULATION = "period geography level region immigrant sex age value"


def shares(refugees, population, **status):
    rows = []
    for name, columns, drawing in (
        ("refugees_by_category", REFUGEES, refugees),
        ("population_by_background", POPULATION, population),
    ):
        for row in cube(name, columns, drawing):
            shown = "suppressed" if row["value"] is None else status.get(name)
            rows.append({**row, "status": shown})
    found = rows_of(derived_shares(parts_of(rows, PUBLISHED_CUBE)))
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


@pytest.mark.rule("X5")
def test_a_county_is_compared_where_its_code_is_in_both_years():
    found = shares(
        """
        2019 | 2019 | county | 02 | total | 100
        2020 | 2020 | county | 30 | total | 120
        2020 | 2024 | county | 32 | total | 100
        2021 | 2024 | county | 32 | total | 110
        """,
        "",
    )
    assert found["2020", "30", "total", "change_on_year"] == (None, "suppressed")
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
    assert list(derived_shares(parts_of(rows, PUBLISHED_CUBE))) == []
    assert list(derived_shares([])) == []
