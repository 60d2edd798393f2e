"""X1, cell_key: a cell's key is the sum of its records' keys, whatever the cube and the level."""

from __future__ import annotations

import pytest

from folketall.cubes.declared import LEVELS
from folketall.cubes.keys import KEYS, Keyed, record_key
from folketall.model.tables import CELL_KEY
from tests.cubes import test_flows, test_stock
from tests.cubes.drawn import (
    CUBES,
    cells_of,
    migration_cubes,
    population_cubes,
    refugee_cubes,
    value,
)
from tests.support.frames import frame

pytestmark = pytest.mark.rule("X1")
SECRET = "a secret of the office"
EVERY = Keyed(tuple(CUBES), SECRET)
IN_2019 = {2019: test_stock.REGIONS[2019]}


def rows_of(counted):
    return [row for part in cells_of(counted) for row in part.to_pylist()]


def by_cell(rows, column="key"):
    """Cell key to the sum of its records' keys."""
    return {tuple(row[name] for name in CELL_KEY): row[column] for row in rows}


def keys_of(counted):
    return by_cell(rows_of(counted))


@pytest.fixture(scope="module")
def persons(spark):
    rows = frame(spark, test_stock.COLUMNS, test_stock.PERSONS)
    return rows.withColumn("draw", rows["person_id"])


@pytest.fixture(scope="module")
def stock_keys(persons):
    return keys_of([*refugee_cubes(persons, IN_2019, EVERY), *population_cubes(persons, IN_2019, EVERY)])  # fmt: skip


@pytest.fixture(scope="module")
def drawn(spark):
    """The key of each person of the drawing."""
    rows = spark.range(1, 9).select("id", record_key("id", secret=SECRET).alias("key")).collect()
    return {row["id"]: row["key"] for row in rows}


@pytest.fixture(scope="module")
def flow_rows(spark):
    moves = frame(spark, test_flows.COLUMNS, test_flows.MOVES)
    return rows_of(migration_cubes(moves, test_flows.REGIONS, EVERY))


@pytest.fixture(scope="module")
def flow_keys(flow_rows):
    return by_cell(flow_rows)


def test_keys_are_in_range_and_depend_on_identifier_and_secret_alone(spark):
    def drawn_with(secret):
        rows = spark.range(50).select(record_key("id", secret=secret).alias("key")).collect()
        return [row["key"] for row in rows]

    keys = drawn_with(SECRET)
    assert len(set(keys)) == 50
    assert all(0 <= key < KEYS for key in keys)
    assert keys == drawn_with(SECRET)
    assert not set(keys) & set(drawn_with("another secret"))


def test_a_cell_has_the_sum_of_its_persons_keys_and_an_empty_cell_none(stock_keys, drawn):
    def of(*who):
        return sum(drawn[one] for one in who) % KEYS

    at = (stock_keys, "refugees_by_category", "2019")
    assert value(*at, "municipality", "0301") == of(1, 2)
    assert value(*at, "municipality", "0219", category="principal") == of(3, 4)
    assert value(*at, "county", "02", category="family") == 0
    assert value(*at, "nation", "0") == of(*range(1, 9))


@pytest.mark.parametrize("level", LEVELS)
def test_the_same_persons_have_the_same_key_in_every_cube(stock_keys, level):
    regions = {code for _, at, code in IN_2019[2019] if at == level}
    names = {key[0] for key in stock_keys}
    assert len(names) == 5
    for region in regions:
        assert len({value(stock_keys, name, "2019", level, region) for name in names}) == 1


def test_the_same_persons_have_the_same_key_at_every_level(stock_keys):
    # 1902 is all there is in its county, part of the country, labour market and centrality.
    for level, region in (("region", "1"), ("county", "19"), ("centrality", "2")):
        one = value(stock_keys, "refugees_by_age", "2019", level, region, sex="1")
        two = value(stock_keys, "refugees_by_age", "2019", "municipality", "1902", sex="1")
        assert one == two > 0


def test_order_and_partitions_of_the_rows_change_nothing(persons, stock_keys):
    turned = persons.orderBy(persons["person_id"].desc()).repartition(3, "age")
    assert turned.rdd.getNumPartitions() == 3
    found = keys_of(refugee_cubes(turned, IN_2019, EVERY))
    assert found == {key: stock_keys[key] for key in found}


def test_the_same_persons_have_the_same_key_in_another_year(persons, drawn):
    found = keys_of(refugee_cubes(persons, test_stock.REGIONS, EVERY))
    assert value(found, "refugees_by_age", "2020", "municipality", "5401") == drawn[5]


def test_cubes_that_ask_for_no_keys_have_none_and_draw_none(persons):
    counted = refugee_cubes(persons, IN_2019, Keyed(("refugees_by_age",), SECRET))
    assert [one.cube.name for one in counted if "key" in one.rows.columns] == ["refugees_by_age"]
    found = keys_of(counted)
    assert {name for (name, *_), key in found.items() if key is not None} == {"refugees_by_age"}
    assert all(key is not None for (name, *_), key in found.items() if name == "refugees_by_age")
    assert set(keys_of(refugee_cubes(persons, IN_2019)).values()) == {None}


def test_a_move_has_one_key_where_it_leaves_where_it_enters_and_between(flow_keys):
    # e7 is the only move out of 5001 to a known municipality; both it and e8 leave it.
    into = value(flow_keys, "migrations_by_age", "2023", "municipality", "0301", "in_internal")
    pair = value(
        flow_keys, "migrations_between_regions", "2023", "municipality", "5001", "moves",
        other_region="0301",
    )  # fmt: skip
    assert into == pair > 0
    out = value(flow_keys, "migrations_by_age", "2023", "municipality", "5001", "out_internal")
    total = value(flow_keys, "migrations_between_regions", "2023", "municipality", "5001", "moves")
    by = value(flow_keys, "migrations_by_background", "2023", "municipality", "5001", "out")
    assert out == total == by != pair


def test_in_has_the_keys_of_what_it_is_the_sum_of(flow_keys):
    def of(measure):
        return value(flow_keys, "migrations_by_age", "2023", "county", "32", measure)

    assert of("in") == (of("immigration") + of("in_internal")) % KEYS
    assert 0 not in (of("immigration"), of("in_internal"))


@pytest.mark.rule("X5")
@pytest.mark.parametrize(("column", "term"), [("plus_key", "in"), ("minus_key", "out")])
def test_the_keys_of_what_a_net_is_computed_from_go_with_it(flow_rows, flow_keys, column, term):
    beside = by_cell(flow_rows, column)
    at = ("migrations_by_age", "2023", "county", "32")
    assert value(beside, *at, "net") == value(flow_keys, *at, term) > 0
    assert value(beside, *at, "in") is None


def test_a_person_who_moves_twice_does_not_give_both_moves_one_key(spark):
    # Both of one person, and of two events.
    moves = frame(
        spark,
        test_flows.COLUMNS + ", person_id long",
        """
        2023 | e1 | emigration  | 0301 |      | 101 | 30 | 1 | 1 | 000 | 000 | false | 7
        2023 | e2 | immigration |      | 0301 | 101 | 30 | 1 | 1 | 000 | 000 | false | 7""",
    )
    found = keys_of(migration_cubes(moves, test_flows.REGIONS, EVERY)[:1])
    one, two = (
        value(found, "migrations_by_age", "2023", "nation", "0", measure)
        for measure in ("immigration", "emigration")
    )
    assert 0 not in (one, two)
    assert one != two
