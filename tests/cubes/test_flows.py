"""Cubes of the migrations: what counts as in and out at each level of region (M4)."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from folketall.cubes.counted import Counting
from folketall.cubes.declared import LEVELS
from folketall.cubes.flows import moves_in_boundaries
from folketall.model.tables import MIGRATION
from tests.cubes.drawn import (
    CUBES,
    assert_declared_shape,
    assert_levels_partition_the_nation,
    assert_margins_are_sums,
    collected,
    migration_cubes,
    regions,
    value,
)
from tests.support.frames import assert_same_rows, frame, kept

# 3201 and 3203 share county and labour market; 0301 shares the labour market only.
REGIONS = {
    2023: regions("""
        0301 | 5 | 03 | 5  | 1
        3201 | 5 | 32 | 5  | 1
        3203 | 5 | 32 | 5  | 2
        5001 | 1 | 50 | 70 | 2"""),
}
COLUMNS = """year int, event_id string, kind string, from_municipality string,
    to_municipality string, country string, age int, sex string, marital_status string,
    citizenship string, country_background string, administrative boolean"""
MOVES = """
    2023 | e1 | immigration    |      | 3201 | 564 | 20 | 1 | 1       | 564 | 564 | false
    2023 | e2 | immigration    |      | 9999 |     | 21 | 2 | unknown | 564 | 564 | false
    2023 | e3 | emigration     | 3203 |      | 101 | 22 | 1 | 2       | 000 | 000 | false
    2023 | e4 | emigration     | 3203 |      | 990 | 23 | 2 | 2       | 101 | 101 | true
    2023 | e5 | internal       | 3201 | 3203 |     | 24 | 1 | 2       | 000 | 000 | false
    2023 | e6 | internal       | 0301 | 3203 |     | 25 | 1 | 2       | 000 | 000 | false
    2023 | e7 | internal       | 5001 | 0301 |     | 26 | 2 | 2       | 000 | 000 | false
    2023 | e8 | internal       | 5001 | 9999 |     | 27 | 2 | 2       | 000 | 000 | false
    2023 | e9 | intramunicipal | 3201 | 3201 |     | 28 | 2 | 2       | 000 | 000 | false
    2022 | e0 | internal       | 5001 | 0301 |     | 26 | 2 | 2       | 000 | 000 | false"""


@pytest.fixture(scope="module")
def cells(spark):
    return collected(migration_cubes(frame(spark, COLUMNS, MOVES), REGIONS))


def of(cells, level, region, measure, cube="migrations_by_age", **codes):
    return value(cells, cube, "2023", level, region, measure, **codes)


@pytest.mark.rule("M4")
def test_a_move_inside_a_region_is_not_counted_at_its_level(cells):
    # e5 stays in county 32, e6 crosses its border, both cross a municipality's.
    assert of(cells, "municipality", "3203", "in_internal") == 2
    assert of(cells, "municipality", "3201", "out_internal") == 1
    assert of(cells, "county", "32", "in_internal") == 1
    assert of(cells, "county", "32", "out_internal") == 0
    # e6 stays in the labour market, e7 enters it.
    assert of(cells, "economic_region", "5", "in_internal") == 1
    assert of(cells, "region", "5", "in_internal") == 1
    # By centrality e5 moves from 1 to 2.
    assert of(cells, "centrality", "2", "in_internal") == 2
    assert of(cells, "nation", "0", "in_internal") == 0
    assert of(cells, "nation", "0", "out_internal") == 0


@pytest.mark.rule("M4")
def test_in_out_and_net_are_sums_of_what_was_counted(cells):
    assert of(cells, "county", "32", "immigration") == 1
    assert of(cells, "county", "32", "emigration") == 2
    assert of(cells, "county", "32", "in") == 2
    assert of(cells, "county", "32", "out") == 2
    assert of(cells, "municipality", "3203", "net") == 0
    assert of(cells, "municipality", "5001", "net") == -2
    assert of(cells, "nation", "0", "net") == 0


@pytest.mark.rule("M4")
def test_the_nation_has_moves_between_counties_and_between_municipalities(cells):
    assert of(cells, "nation", "0", "between_counties") == 3
    assert of(cells, "nation", "0", "between_municipalities") == 4
    assert of(cells, "nation", "0", "between_municipalities", sex="1") == 2
    elsewhere = {k[3] for k in cells if str(k[-1]).startswith("between_")}
    assert elsewhere == {"nation"}


@pytest.mark.rule("M1")
def test_moves_within_a_municipality_are_neither_in_nor_out(cells):
    assert of(cells, "municipality", "3201", "intramunicipal") == 1
    assert of(cells, "county", "32", "intramunicipal") == 1
    assert of(cells, "nation", "0", "intramunicipal") == 1
    assert of(cells, "municipality", "3201", "in") == 1


@pytest.mark.rule("G3")
def test_the_unknown_municipality_is_a_region_of_every_level_but_the_nation(cells):
    for level in LEVELS[1:]:
        assert of(cells, level, "unknown", "immigration") == 1
        assert of(cells, level, "unknown", "in_internal") == 1
    assert of(cells, "nation", "0", "immigration") == 2


@pytest.mark.rule("M6")
def test_administrative_out_registrations_count_and_are_shown_apart(cells):
    measure, cube = "emigration_administrative", "migrations_administrative"
    assert of(cells, "nation", "0", measure, cube) == 1
    assert of(cells, "municipality", "3203", measure, cube, sex="2") == 1
    assert of(cells, "municipality", "3203", measure, cube, sex="1") == 0
    assert of(cells, "municipality", "3203", "emigration") == 2


@pytest.mark.rule("M4")
def test_immigration_and_emigration_by_country(cells):
    cube = "migrations_by_country"
    assert of(cells, "nation", "0", "immigration", cube, country="564") == 1
    assert of(cells, "nation", "0", "immigration", cube, country="unknown") == 1
    assert of(cells, "county", "32", "emigration", cube, country="101", sex="1") == 1
    assert of(cells, "nation", "0", "net", cube, country="990") == -1
    assert {k[3] for k in cells if k[0] == cube} == {"nation", "county"}


@pytest.mark.rule("M3")
def test_marital_status_citizenship_and_background(cells):
    cube = "migrations_by_marital_status"
    assert of(cells, "nation", "0", "immigration", cube, marital_status="unknown") == 1
    cube = "migrations_by_background"
    assert of(cells, "nation", "0", "emigration", cube, country_group="Norway") == 1
    assert of(cells, "nation", "0", "emigration", cube, citizenship="foreign") == 1


@pytest.mark.rule("M4")
def test_moves_from_region_to_region(cells):
    cube = "migrations_between_regions"
    assert of(cells, "county", "03", "moves", cube, other_region="32") == 1
    assert of(cells, "county", "32", "moves", cube, other_region="03") == 0
    assert of(cells, "county", "50", "moves", cube, other_region="unknown") == 1
    assert of(cells, "county", "50", "moves", cube) == 2
    assert of(cells, "municipality", "3201", "moves", cube, other_region="3203") == 1
    assert of(cells, "municipality", "3203", "moves", cube) == 0
    pairs = Counter(k[3] for k in cells if k[0] == cube)
    # Dense: regions and their totals; sparse: pairs with moves, and a total of each region.
    assert pairs["county"] == 4 * 3 + 4
    assert pairs["centrality"] == 3 * 2 + 3
    assert pairs["municipality"] == 4 + 5
    assert pairs["economic_region"] == 2 + 3


def test_the_total_of_moves_is_out_internal(cells):
    for level in LEVELS[1:]:
        for region in {k[4] for k in cells if k[3] == level}:
            moves = of(cells, level, region, "moves", "migrations_between_regions")
            assert moves == of(cells, level, region, "out_internal")


def test_shape_and_sums(cells):
    whole = {k: v for k, v in cells.items() if k[0] != "migrations_between_regions"}
    assert_declared_shape(whole, REGIONS)
    assert_margins_are_sums(whole)
    adding = {"immigration", "emigration", "intramunicipal", "net", "emigration_administrative"}
    assert_levels_partition_the_nation(whole, {k[0] for k in whole}, adding)
    assert {k[1] for k in cells} == {"2023"}


@pytest.mark.rule("M4")
def test_spark_agrees_with_counting_by_hand(spark):
    drawn = random.Random(4)
    places = ("0301", "3201", "3203", "5001", "9999")
    at = {(m, level): region for m, level, region in REGIONS[2023]}
    expected, rows = Counter(), []
    for number in range(300):
        kind = drawn.choice(("immigration", "emigration", "internal"))
        left, entered = drawn.choice(places), drawn.choice(places)
        kind = "intramunicipal" if kind == "internal" and left == entered else kind
        left = None if kind == "immigration" else left
        entered = None if kind == "emigration" else entered
        sex = drawn.choice("12")
        rows.append(
            (2023, str(number), kind, left, entered, None, 30, sex, "1", "000", "000", False)
        )
        for level in LEVELS:
            if kind == "immigration":
                expected[level, at[entered, level], "in", sex] += 1
            elif kind == "emigration":
                expected[level, at[left, level], "out", sex] += 1
            elif at[left, level] != at[entered, level]:
                expected[level, at[entered, level], "in", sex] += 1
                expected[level, at[left, level], "out", sex] += 1
    cells = collected(migration_cubes(spark.createDataFrame(rows, COLUMNS), REGIONS))
    for level in LEVELS:
        for region in {code for _, where, code in REGIONS[2023] if where == level}:
            for measure in ("in", "out"):
                for sex in "12":
                    found = of(cells, level, region, measure, sex=sex)
                    assert found == expected[level, region, measure, sex]


PATHS = """code string, code_from date, code_to date, seg_from date, seg_to date,
    led_code string, split boolean"""


@pytest.mark.rule("G1", "G2")
def test_codes_are_led_to_the_end_of_the_year_and_a_merger_makes_a_move_intramunicipal(spark):
    # 0001 and 0002 merge into 0003 on 1 July; 0004 goes on.
    paths = frame(
        spark,
        PATHS,
        """
        0001 | 2000-01-01 | 2023-07-01 | 2000-01-01 | 2023-07-01 | 0001 | false
        0001 | 2000-01-01 | 2023-07-01 | 2023-07-01 |            | 0003 | false
        0002 | 2000-01-01 | 2023-07-01 | 2000-01-01 | 2023-07-01 | 0002 | false
        0002 | 2000-01-01 | 2023-07-01 | 2023-07-01 |            | 0003 | false
        0003 | 2023-07-01 |            | 2023-07-01 |            | 0003 | false
        0004 | 2000-01-01 |            | 2000-01-01 |            | 0004 | false""",
    )
    columns = ", ".join(f"{f.name} {f.dataType.simpleString()}" for f in MIGRATION.schema)
    rest = "| | 30 | 1 | 1 | 000 | 000 | false"
    before = f"""
        2023 | a | 1 | internal    | 2023-06-30 | 2023-06-30 | 0001 | 0002 {rest}
        2023 | b | 1 | internal    | 2023-06-30 | 2023-06-30 | 0001 | 0004 {rest}
        2023 | c | 1 | immigration | 2023-06-30 | 2023-06-30 |      | 0002 {rest}
        2022 | d | 1 | internal    | 2022-06-30 | 2022-06-30 | 0001 | 0002 {rest}"""
    after = f"""
        2023 | a | 1 | intramunicipal | 2023-06-30 | 2023-06-30 | 0003 | 0003 {rest}
        2023 | b | 1 | internal       | 2023-06-30 | 2023-06-30 | 0003 | 0004 {rest}
        2023 | c | 1 | immigration    | 2023-06-30 | 2023-06-30 |      | 0003 {rest}
        2022 | d | 1 | internal       | 2022-06-30 | 2022-06-30 | 0001 | 0002 {rest}"""
    led = moves_in_boundaries(frame(spark, columns, before), paths)
    assert_same_rows(led, frame(spark, columns, after))


def _counts(cell, inner, regions_of):
    """Whether a cell counts an inner cell: the rule M4 said slowly."""
    level, measure = cell["level"], cell["measure"]

    def at(municipality, where=level):
        return regions_of.get(municipality, {}).get(where, "unknown")

    left, entered = inner["region"], inner["other_region"] or inner["region"]
    crosses = inner["measure"] == "internal" and at(left) != at(entered)
    if level == "nation":
        between = {"between_counties": "county", "between_municipalities": "municipality"}
        if where := between.get(measure):
            return inner["measure"] == "internal" and at(left, where) != at(entered, where)
        return inner["measure"] == measure
    if measure == "moves":
        other = cell["other_region"]
        return crosses and at(left) == cell["region"] and other in ("total", at(entered))
    ends = {"in_internal": entered, "out_internal": left}
    if measure in ends:
        return crosses and at(ends[measure]) == cell["region"]
    return inner["measure"] == measure and at(left) == cell["region"]


@pytest.mark.rule("M4", "Q1")
def test_every_figure_is_a_sum_of_inner_cells(spark):
    counted = migration_cubes(frame(spark, COLUMNS, MOVES), REGIONS)
    counting = Counting.of(counted, kept)
    inner = [row for part in counting.inner() for row in part.to_pylist()]
    regions_of = {}
    for municipality, level, region in REGIONS[2023]:
        regions_of.setdefault(municipality, {})[level] = region
    summed = ("in", "out", "net")
    checked = 0
    for part in counting.cells():
        for cell in part.to_pylist():
            if cell["measure"] in summed:
                continue
            cube = CUBES[cell["cube"]]
            codes = {d.name: {d.inner[n] for n in d.codes[cell[d.name]]} for d in cube.dimensions}
            own = [
                one["value"]
                for one in inner
                if one["cube"] == cell["cube"]
                and all(one[name] in of for name, of in codes.items())
                and _counts(cell, one, regions_of)
            ]
            assert sum(own) == cell["value"], cell
            checked += cell["value"] > 0
    assert checked > 100
