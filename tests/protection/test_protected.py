"""The gate: what goes in comes out protected, and nothing else is a ProtectedCube."""

from __future__ import annotations

from dataclasses import replace

import pyarrow.compute as pc
import pytest

from folketall.audit.cubes import attackers_table, is_among
from folketall.model.errors import UsageError
from folketall.model.methods import CUBE_METHODS, TOGETHER
from folketall.model.tables import CELL_KEY, CUBE, INNER_CELL, PUBLISHED_CUBE
from folketall.protection.protected import ProtectedCube, protect
from folketall.protection.together import PERSONS
from tests.cubes.drawn import CUBES
from tests.protection.cells import cube, declared, inner_of, regions
from tests.support.cells import parts_of, rows_of

CELLS = """
    nation       | 0    | 12
    county       | 11   | 12
    municipality | 1101 | 2
    municipality | 1103 | 10
    """
FLOWS = """
    nation       | 0    | immigration  | 2
    nation       | 0    | emigration   | 0
    nation       | 0    | in_internal  | 0
    nation       | 0    | out_internal | 0
    nation       | 0    | in           | 2
    nation       | 0    | out          | 0
    nation       | 0    | net          | 2
    county       | 11   | immigration  | 2
    county       | 11   | emigration   | 0
    county       | 11   | in_internal  | 0
    county       | 11   | out_internal | 0
    county       | 11   | in           | 2
    county       | 11   | out          | 0
    county       | 11   | net          | 2
    municipality | 1101 | immigration  | 2
    municipality | 1101 | emigration   | 0
    municipality | 1101 | in_internal  | 0
    municipality | 1101 | out_internal | 5
    municipality | 1101 | in           | 2
    municipality | 1101 | out          | 5
    municipality | 1101 | net          | -3
    municipality | 1103 | immigration  | 0
    municipality | 1103 | emigration   | 0
    municipality | 1103 | in_internal  | 5
    municipality | 1103 | out_internal | 0
    municipality | 1103 | in           | 5
    municipality | 1103 | out          | 0
    municipality | 1103 | net          | 5
    """
METHODS = {
    "refugees_by_category": "suppress",
    "population_by_background": "round_up",
    "migrations_by_age": "leave_empty",
}


PLACES = regions("1101 | 11 | 3\n1103 | 11 | 3")


def cells():
    names = [*METHODS, "migrations_by_country", "refugees_share"]
    return [row for name in names for row in cube(name, "level region value", CELLS)]


BARE = {
    name: replace(
        declared(name, counts=cube.counts),
        measures=cube.measures,
        nation_measures=() if cube.counts == "migrations" else cube.nation_measures,
    )
    for name, cube in CUBES.items()
}
"""The shipped cubes without dimensions."""


def run(rows, methods, **more):
    of_stocks = [row for row in rows if methods.get(row["cube"]) in TOGETHER]
    return protect(
        parts_of(rows, CUBE),
        inner=parts_of(inner_of(of_stocks, BARE), INNER_CELL),
        cubes=BARE,
        methods=methods,
        threshold=3,
        zeros=False,
        places=PLACES,
        territories={},
        **more,
    )


@pytest.mark.rule("X1", "X5")
def test_every_cell_comes_out_once_by_its_own_method():
    parts = list(run(cells(), METHODS).parts)
    assert {tuple(part.column_names) for part in parts} == {PUBLISHED_CUBE.columns}
    rows = [r for r in rows_of(parts) if r.cube != "refugees_share"]
    keys = {tuple(getattr(r, k) for k in CELL_KEY) for r in rows}
    assert len(rows) == len(keys) == len([r for r in cells() if r["cube"] != "refugees_share"])
    found = {(r.cube, r.region): (r.value, r.status) for r in rows}
    assert found["refugees_by_category", "1101"] == (None, "suppressed")
    assert found["refugees_by_category", "1103"] == (None, "suppressed")
    assert found["refugees_by_category", "11"] == (12.0, None)
    assert found["population_by_background", "1101"] == (3.0, "rounded")
    assert found["population_by_background", "1103"] == (10.0, None)
    assert found["migrations_by_age", "1101"] == (None, "suppressed")
    assert found["migrations_by_age", "1103"] == (10.0, None)
    # No method, nothing published.
    hidden = {found["migrations_by_country", r] for r in ("0", "11", "1101")}
    assert hidden == {(None, "suppressed")}


def test_periods_may_be_suppressed_elsewhere():
    seen = []

    def mapper(work, tables):
        seen.extend((table.kind, len(table.parts)) for table in tables)
        return [work(table) for table in tables]

    elsewhere = rows_of(run(cells(), METHODS, mapper=mapper).parts)
    assert elsewhere == rows_of(run(cells(), METHODS).parts)
    assert seen == [(PERSONS, 1)]


def test_suppressed_cubes_may_come_first_or_last_or_between():
    """Decisions begin with the first cube of another method; one that comes later still counts."""
    two = [*cells(), *cube("refugees_by_age", "level region value", CELLS)]
    methods = {**METHODS, "refugees_by_age": "suppress"}
    parts = parts_of(two, CUBE)
    of_stocks = [row for row in two if methods.get(row["cube"]) in TOGETHER]
    asked = {
        "inner": parts_of(inner_of(of_stocks, BARE), INNER_CELL),
        "cubes": BARE,
        "methods": methods,
        "threshold": 3,
        "zeros": False,
        "places": PLACES,
        "territories": {},
    }
    once = rows_of(protect(parts, **asked).parts)
    assert {r.status for r in once if r.cube == "refugees_by_age" and r.region != "11"} > {None}
    for turned in (parts[::-1], parts[2:] + parts[:2]):
        again = rows_of(protect(turned, **asked).parts)
        assert sorted(again, key=str) == sorted(once, key=str)


def test_nobody_else_makes_a_protected_cube():
    parts = parts_of(cells(), CUBE)
    with pytest.raises(TypeError, match="use protect"):
        ProtectedCube(parts, object())
    with pytest.raises(TypeError):
        ProtectedCube(parts)


@pytest.mark.rule("X1")
def test_a_method_that_there_is_not_is_refused():
    with pytest.raises(UsageError, match="migrations_by_age = magic must be one of suppress"):
        run(cells(), {"migrations_by_age": "magic"})


@pytest.mark.rule("X1", "X2", "M4")
@pytest.mark.parametrize("method", ["suppress", "small_count_rounding"])
def test_flows_are_decided_at_all_levels_together(method):
    """Five move from 1101 to 1103, two come from abroad: the county's own border is crossed twice."""
    names = "level region measure value"
    rows = cube("migrations_by_age", names, FLOWS)
    inner = [
        {**dict.fromkeys(INNER_CELL.columns), "cube": "migrations_by_age", "period": "2024",
         "geography": "2024", "region": left, "other_region": other, "measure": kind, "value": n}
        for left, other, kind, n in (("1101", "1103", "internal", 5.0), ("1101", None, "immigration", 2.0))
    ]  # fmt: skip
    done = protect(
        parts_of(rows, CUBE),
        inner=parts_of(inner, INNER_CELL),
        cubes=BARE,
        methods={"migrations_by_age": method},
        threshold=3,
        zeros=False,
        places={},
        at_end=PLACES,
        territories={},
    )
    found = {(r.level, r.region, r.measure): r.value for r in rows_of(done.parts)}
    assert found["municipality", "1103", "in_internal"] == 5
    assert found["county", "11", "in_internal"] == 0
    rounded = method == "small_count_rounding"
    two = found["municipality", "1101", "immigration"]
    assert two in ((0, 3) if rounded else (2,)), "an account says it"
    assert found["county", "11", "net"] == found["nation", "0", "net"] == two


@pytest.mark.rule("X1")
def test_accounts_have_no_records_whose_keys_could_be_summed():
    with pytest.raises(UsageError, match="one of round_up, leave_empty: it is summed from counts"):
        run(cells(), {"population_accounts": "cell_key"})


def of_every_method():
    """Cubes of stocks, and a method for each; all keys are the lowest."""
    names = ("refugees_by_category", "refugees_by_age", "refugees_by_citizenship")
    rows = [row for name in names for row in cube(name, "level region value", CELLS)]
    keyed = cube("population_by_background", "level region value", CELLS)
    return [*rows, *({**row, "key": 0.0} for row in keyed)], {
        "refugees_by_category": "suppress",
        "refugees_by_age": "small_count_rounding",
        "refugees_by_citizenship": "small_count_rounding",
        "population_by_background": "cell_key",
    }


@pytest.mark.rule("X1")
def test_each_stock_may_have_a_method_of_its_own():
    """Rounded and perturbed cubes beside suppressed ones; what is out already is theirs alone."""
    seen, asked = [], []

    def mapper(work, tables):
        seen.extend((table.method, table.kind) for table in tables)
        return [work(table) for table in tables]

    def beside(shown):
        asked.extend(counts["cube"][0].as_py() for counts, _ in shown)
        return [part["value"].is_null().to_numpy() for _, part in shown]

    rows, methods = of_every_method()
    done = rows_of(run(rows, methods, mapper=mapper, beside=beside).parts)
    found = {(r.cube, r.region): (r.value, r.status) for r in done if r.measure == "persons"}
    assert len(found) == 16
    for name in ("refugees_by_age", "refugees_by_citizenship"):
        assert found[name, "1101"] in ((0.0, "perturbed"), (3.0, "perturbed"))
        assert found[name, "1103"] == (10.0, "perturbed")
        assert found[name, "11"] == found[name, "0"] == (10 + found[name, "1101"][0], "perturbed")
    assert found["refugees_by_category", "1101"] == (None, "suppressed")
    # The lowest keys lower most, down to nothing.
    assert found["population_by_background", "1101"] == (0.0, "perturbed")
    assert found["population_by_background", "1103"] == (8.0, "perturbed")
    assert sorted(seen) == [
        ("small_count_rounding", "refugees_by_age"),
        ("small_count_rounding", "refugees_by_citizenship"),
        ("suppress", PERSONS),
    ]
    assert asked == ["refugees_by_category"]


@pytest.mark.rule("X4")
def test_what_is_out_already_is_not_asked_for_where_nothing_is_suppressed():
    def beside(shown):
        raise AssertionError("there is nothing to leave empty")

    rows = cube("refugees_by_category", "level region value", CELLS)
    methods = {"refugees_by_category": "small_count_rounding"}
    assert len(list(run(rows, methods, beside=beside).parts)) > 0


def test_the_defaults_are_methods_that_there_are():
    assert run([], CUBE_METHODS)


@pytest.mark.rule("X5")
def test_shares_take_the_place_of_unprotected_ones():
    rows = [r for r in rows_of(run(cells(), METHODS).parts) if r.cube == "refugees_share"]
    assert {r.level for r in rows} == {"nation", "county"}
    assert all(r.measure != "persons" for r in rows)


@pytest.mark.rule("X4")
def test_what_is_out_already_may_leave_more_empty():
    def beside(shown):
        ((counts, part),) = shown
        table = attackers_table(counts, part)
        asked = table.filter(pc.equal(table["region"], "11"))
        return [is_among(table, asked)]

    found = {r.region: r for r in rows_of(run(cells(), METHODS, beside=beside).parts)
             if r.cube == "refugees_by_category"}  # fmt: skip
    assert (found["11"].value, found["11"].status) == (None, "suppressed")
    assert (found["0"].value, found["0"].status) == (12.0, None)
    assert found["1101"].status == "suppressed"
