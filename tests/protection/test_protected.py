"""The gate: what goes in comes out protected, and nothing else is a ProtectedCube."""

from __future__ import annotations

import pytest

from folketall.model.errors import UsageError
from folketall.model.methods import CUBE_METHODS
from folketall.model.tables import CELL_KEY, PUBLISHED_CUBE
from folketall.protection.protected import ProtectedCube, protect, with_shares
from tests.protection.cells import cube, regions

CELLS = """
    nation       | 0    | 12
    county       | 11   | 12
    municipality | 1101 | 2
    municipality | 1103 | 10
    """
METHODS = {
    "refugees_by_category": "suppress",
    "population_by_background": "round_up",
    "migrations_by_age": "leave_empty",
}


@pytest.fixture
def mapping(spark):
    return regions(spark, "1101 | 11 | 3\n1103 | 11 | 3")


@pytest.fixture
def cells(spark):
    names = [*METHODS, "refugees_share"]
    cubes = [cube(spark, name, "level region value", CELLS) for name in names]
    both = cubes[0]
    for df in cubes[1:]:
        both = both.unionByName(df)
    return both


def run(cells, mapping, methods):
    return protect(cells, methods=methods, threshold=3, zeros=False, regions=mapping)


@pytest.mark.rule("X1", "X5")
def test_every_cell_comes_out_once_by_its_own_method(cells, mapping):
    done = run(cells, mapping, METHODS)
    assert done.cells.schema.names == PUBLISHED_CUBE.schema.names
    rows = done.cells.collect()
    assert len(rows) == len({tuple(r[k] for k in CELL_KEY) for r in rows}) == cells.count()
    found = {(r.cube, r.region): (r.value, r.status) for r in rows}
    assert found["refugees_by_category", "1101"] == (None, "suppressed")
    assert found["refugees_by_category", "1103"] == (None, "suppressed")
    assert found["refugees_by_category", "11"] == (12.0, None)
    assert found["population_by_background", "1101"] == (3.0, "rounded")
    assert found["population_by_background", "1103"] == (10.0, None)
    assert found["migrations_by_age", "1101"] == (None, "suppressed")
    assert found["migrations_by_age", "1103"] == (10.0, None)
    # No method, nothing published.
    assert {found["refugees_share", r] for r in ("0", "11", "1101")} == {(None, "suppressed")}


def test_nobody_else_makes_a_protected_cube(cells):
    with pytest.raises(TypeError, match="use protect"):
        ProtectedCube(cells, object())
    with pytest.raises(TypeError):
        ProtectedCube(cells)


@pytest.mark.rule("X1")
def test_a_method_that_there_is_not_is_refused(cells, mapping):
    with pytest.raises(UsageError, match="migrations_by_age = magic: one of suppress"):
        run(cells, mapping, {"migrations_by_age": "magic"})


@pytest.mark.rule("X2", "M4")
def test_flows_are_not_suppressed_for_they_do_not_add_up(cells, mapping):
    with pytest.raises(UsageError, match="flows do not add up"):
        run(cells, mapping, {"migrations_by_age": "suppress"})


def test_the_defaults_are_methods_that_there_are(cells, mapping):
    assert run(cells, mapping, CUBE_METHODS).cells.columns


@pytest.mark.rule("X5")
def test_shares_take_the_place_of_unprotected_ones(cells, mapping):
    done = with_shares(run(cells, mapping, METHODS))
    assert isinstance(done, ProtectedCube)
    rows = done.cells.where("cube = 'refugees_share'").collect()
    assert {r.level for r in rows} == {"nation", "county"}
    assert all(r.measure != "persons" for r in rows)
