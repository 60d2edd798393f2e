"""The declarations themselves: what the contract says of every cube."""

from __future__ import annotations

import pytest

from folketall.classifications import countries
from folketall.cubes.cells import _strides
from folketall.cubes.declared import AGE_GROUPS, CATEGORY, CUBES, LEVELS, SEX
from folketall.model.tables import DIMENSIONS


def test_the_cubes_are_those_of_the_contract():
    assert set(CUBES) == {
        "refugees_by_category",
        "refugees_by_residence",
        "refugees_by_citizenship",
        "refugees_by_age",
        "refugees_share",
        "population_by_background",
        "migrations_by_age",
        "migrations_by_background",
        "migrations_by_marital_status",
        "migrations_by_country",
        "migrations_administrative",
        "migrations_between_regions",
        "population_accounts",
    }


@pytest.mark.parametrize("cube", CUBES.values(), ids=lambda cube: cube.name)
def test_a_cube_declares_known_dimensions_levels_and_each_code_once(cube):
    assert set(cube.dimension_names) <= set(DIMENSIONS)
    assert set(cube.levels) <= set(LEVELS)
    assert set(cube.sparse_levels) <= set(cube.levels)
    for dimension in cube.dimensions:
        assert len(set(dimension.all_codes)) == len(dimension.all_codes)
        assert dimension.all_codes[-1] == "total"
        assert {c for _, inner in dimension.groups for c in inner} <= set(dimension.codes)


@pytest.mark.rule("S3")
def test_principal_and_family_are_the_margins_of_category():
    assert CATEGORY.margins_of("asylum") == ("principal", "total")
    assert CATEGORY.margins_of("family_unspecified") == ("family", "total")
    assert CATEGORY.inner_of("family") == (
        "family_enlargement",
        "family_reunification",
        "family_unspecified",
    )
    assert CATEGORY.inner_of("total") == CATEGORY.codes
    assert len(CATEGORY.codes) == 7


def test_every_country_has_a_group_and_norway_only_where_it_can_occur():
    foreign = CUBES["refugees_by_residence"].dimension("country_group")
    every = CUBES["migrations_by_background"].dimension("country_group")
    assert set(every.codes) == set(countries().values())
    assert set(every.codes) - set(foreign.codes) == {"Norway"}
    assert "000" not in CUBES["migrations_by_country"].dimension("country").codes


def test_ages_are_five_year_groups_to_ninety():
    assert AGE_GROUPS[0] == "0-4"
    assert AGE_GROUPS[-2:] == ("85-89", "90+")
    assert len(AGE_GROUPS) == 19


def test_places_of_codes_fill_the_cells_of_a_region_exactly():
    cube = CUBES["refugees_by_citizenship"]
    assert _strides(cube) == [4 * 8, 8, 1]
    assert len(SEX.all_codes) == 4
