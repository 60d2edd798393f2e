"""Cubes of the stocks, from persons drawn on paper."""

from __future__ import annotations

import pytest
from pyspark.errors import PySparkException

from tests.cubes.drawn import (
    assert_declared_shape,
    assert_levels_partition_the_nation,
    assert_margins_are_sums,
    collected,
    population_cubes,
    refugee_cubes,
    regions,
    value,
)
from tests.support.frames import frame

# 1902 became 5401: the same place, in the boundaries of each year.
REGIONS = {
    2019: regions("""
        0301 | 5 | 03 | 5  | 1
        0219 | 5 | 02 | 5  | 1
        1902 | 1 | 19 | 70 | 2"""),
    2020: regions("""
        0301 | 5 | 03 | 5  | 1
        3024 | 5 | 30 | 5  | 1
        5401 | 1 | 54 | 70 | 2"""),
}
COLUMNS = """reference_date date, person_id long, municipality string, age int, sex string,
    citizenship string, country_background string, immigrant boolean, category string,
    years_of_residence int"""
PERSONS = """
    2019-01-01 | 1  | 0301 | 0   | 1 | 000     | 564 | true | asylum               | 4
    2019-01-01 | 2  | 0301 | 4   | 2 | 564     | 564 | true | asylum               | 5
    2019-01-01 | 3  | 0219 | 5   | 1 | 990     | 990 | true | resettlement         | 9
    2019-01-01 | 4  | 0219 | 89  | 2 | unknown | 101 | true | other                | 10
    2019-01-01 | 5  | 1902 | 90  | 1 | 000     | 346 | true | unspecified          | 19
    2019-01-01 | 6  | 1902 | 104 | 2 |         | 346 | true | family_enlargement   | 20
    2019-01-01 | 7  | 9999 |     |   | 346     |     | true | family_reunification | 0
    2019-01-01 | 8  | 7777 | 33  | 1 | 346     | 346 | true | family_unspecified   | 1
    2020-01-01 | 5  | 5401 | 91  | 1 | 000     | 346 | true | unspecified          | 20
    2021-01-01 | 5  | 5401 | 92  | 1 | 000     | 346 | true | unspecified          | 21"""


@pytest.fixture(scope="module")
def cells(spark):
    return collected(refugee_cubes(frame(spark, COLUMNS, PERSONS), REGIONS))


def in_2019(cells, cube, level="nation", region="0", **codes):
    return value(cells, cube, "2019", level, region, **codes)


@pytest.mark.rule("S3")
def test_categories_sum_to_principal_family_and_total(cells):
    found = {
        code: in_2019(cells, "refugees_by_category", category=code)
        for code in (
            "asylum",
            "resettlement",
            "family_reunification",
            "principal",
            "family",
            "total",
        )
    }
    assert found == {
        "asylum": 2,
        "resettlement": 1,
        "family_reunification": 1,
        "principal": 5,
        "family": 3,
        "total": 8,
    }


@pytest.mark.rule("S2")
def test_years_of_residence_change_group_at_5_10_and_20(cells):
    groups = ("0-4", "5-9", "10-19", "20+")
    found = [in_2019(cells, "refugees_by_residence", years_of_residence=g) for g in groups]
    assert found == [3, 2, 2, 1]


@pytest.mark.rule("S2")
def test_ages_change_group_every_five_years_and_end_at_90(cells):
    groups = ("0-4", "5-9", "85-89", "90+", "unknown")
    assert [in_2019(cells, "refugees_by_age", age=g) for g in groups] == [2, 1, 1, 2, 1]


@pytest.mark.rule("K2")
def test_missing_attributes_are_unknown_and_stateless_is_foreign(cells):
    groups = ("norwegian", "foreign", "unknown")
    found = [in_2019(cells, "refugees_by_citizenship", citizenship=g) for g in groups]
    assert found == [2, 4, 2]
    assert in_2019(cells, "refugees_by_citizenship", sex="unknown") == 1


@pytest.mark.rule("F1")
def test_a_background_that_is_not_known_is_unknown_and_other(cells):
    groups = ("Asia", "Africa", "Western Europe", "Unknown and other")
    found = [in_2019(cells, "refugees_by_citizenship", country_group=g) for g in groups]
    assert found == [2, 3, 1, 2]


@pytest.mark.rule("G3")
def test_an_unknown_municipality_is_unknown_at_every_level_but_the_nation(cells):
    for level in ("region", "county", "economic_region", "centrality", "municipality"):
        assert in_2019(cells, "refugees_by_category", level, "unknown") == 2
    assert in_2019(cells, "refugees_by_category", "county", "02") == 2


@pytest.mark.rule("G1")
def test_each_year_is_in_its_own_boundaries(cells):
    assert in_2019(cells, "refugees_by_category", "municipality", "1902") == 2
    assert value(cells, "refugees_by_category", "2020", "municipality", "5401") == 1
    assert not [k for k in cells if k[1] == "2020" and k[4] == "1902"]


def test_cells_without_persons_are_zero_and_the_shape_is_declared(cells):
    assert value(cells, "refugees_by_age", "2020", "county", "03", age="0-4", sex="2") == 0
    assert_declared_shape(cells, REGIONS)
    # 2021 was not asked for.
    assert {k[1] for k in cells} == {"2019", "2020"}


def test_margins_are_sums_and_no_person_is_lost(cells):
    assert_margins_are_sums(cells)
    names = {k[0] for k in cells}
    assert_levels_partition_the_nation(cells, names, {"persons"})
    assert [in_2019(cells, name) for name in sorted(names)] == [8, 8, 8, 8]


@pytest.mark.rule("S1")
def test_the_population_by_background(spark):
    persons = frame(
        spark,
        COLUMNS,
        """
        2019-01-01 | 1 | 0301 | 30 | 1 | 000 | 564 | true  | |
        2019-01-01 | 2 | 0301 | 31 | 2 | 000 | 000 | false | |
        2019-01-01 | 3 | 1902 | 34 | 2 | 000 | 000 | false | |
        2018-01-01 | 3 | 1902 | 33 | 2 | 000 | 000 | false | |""",
    )
    cells = collected(population_cubes(persons, REGIONS))
    cube = "population_by_background"
    assert in_2019(cells, cube) == 3
    assert in_2019(cells, cube, immigrant="true") == 1
    assert in_2019(cells, cube, immigrant="false", age="30-34") == 2
    assert in_2019(cells, cube, "municipality", "1902", immigrant="true") == 0
    assert_declared_shape(cells, REGIONS)
    assert_margins_are_sums(cells)
    assert_levels_partition_the_nation(cells, {cube}, {"persons"})


def test_a_code_that_is_not_declared_stops_the_run(spark):
    persons = frame(
        spark, COLUMNS, "2019-01-01 | 1 | 0301 | 30 | 1 | 000 | 564 | true | asylums | 4"
    )
    with pytest.raises(PySparkException, match="category has no code asylums"):
        collected(refugee_cubes(persons, REGIONS))


def test_no_persons_at_all_still_give_every_cell(spark):
    cells = collected(refugee_cubes(frame(spark, COLUMNS), {2019: REGIONS[2019]}))
    assert_declared_shape(cells, {2019: REGIONS[2019]})
    assert set(cells.values()) == {0}
