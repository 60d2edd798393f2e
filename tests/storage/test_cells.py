"""Tables of cells: written and read as Arrow, and by Spark as any Delta table."""

from __future__ import annotations

import pytest

from folketall.model.errors import UsageError
from folketall.model.table import TableMismatchError
from folketall.model.tables import CUBE, PUBLISHED_CUBE
from folketall.storage.opening import open_warehouse
from tests.support.cells import parts_of, rows_of


def cell(cube, period, value, **codes):
    names = {"cube": cube, "period": period, "geography": period, "level": "nation", "region": "0"}
    return {**dict.fromkeys(CUBE.columns), **names, "measure": "persons", **codes, "value": value}


ROWS = [
    cell("refugees_by_age", "2024", 3.0, sex="1", age="0-4"),
    cell("refugees_by_age", "2024", 4.0, sex="2", age="90+"),
    cell("refugees_by_age", "2025", 5.0, sex="1", age="0-4"),
    cell("migrations_by_age", "2024", -1.0, sex="1", measure="net", plus=2.0, minus=3.0),
]


@pytest.fixture
def house(spark, tmp_path):
    return open_warehouse(spark, str(tmp_path / "warehouse with spaces"))


def read(house, *cubes):
    return [vars(row) for row in rows_of(house.cells(CUBE, cubes or None))]


def by_key(rows):
    return sorted(rows, key=str)


def test_what_is_written_is_read_by_arrow_and_by_spark(house):
    house.replace_cells(parts_of(ROWS, CUBE), CUBE, "made of this")
    assert by_key(read(house)) == by_key(ROWS)
    assert by_key(read(house, "migrations_by_age")) == [ROWS[3]]
    stored = house.read(CUBE)
    assert stored.dtypes == house.empty(CUBE).dtypes
    assert by_key(row.asDict() for row in stored.collect()) == by_key(ROWS)
    commit = house.last_commit(CUBE.name)
    assert (commit.fingerprint, commit.rows) == ("made of this", 4)
    assert commit.bytes > 0


def test_parts_are_of_one_cube_and_period_in_order(house):
    house.replace_cells(parts_of(ROWS, CUBE), CUBE, "a")
    keys = [(part["cube"][0].as_py(), part["period"][0].as_py()) for part in house.cells(CUBE)]
    assert keys == sorted(keys)
    assert len(keys) == 3


def test_a_second_write_replaces_the_first_which_stays_as_a_version(house):
    house.replace_cells(parts_of(ROWS, CUBE), CUBE, "a")
    house.replace_cells(parts_of(ROWS[:1], CUBE), CUBE, "b")
    assert read(house) == ROWS[:1]
    assert house.last_commit(CUBE.name).fingerprint == "b"
    assert house.read_version(CUBE.name, 0).count() == 4


def test_a_write_that_fails_leaves_the_table_as_it_was(house):
    house.replace_cells(parts_of(ROWS, CUBE), CUBE, "a")

    def broken():
        yield parts_of(ROWS[:1], CUBE)[0]
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        house.replace_cells(broken(), CUBE, "b")
    assert house.last_commit(CUBE.name).fingerprint == "a"
    assert by_key(read(house)) == by_key(ROWS)
    house.replace_cells(parts_of(ROWS[:1], CUBE), CUBE, "b")
    assert read(house) == ROWS[:1]


def test_a_table_that_spark_wrote_is_read_and_replaced(house, spark):
    house.replace(spark.createDataFrame(ROWS, CUBE.schema), CUBE, "a")
    assert by_key(read(house)) == by_key(ROWS)
    house.replace_cells(parts_of(ROWS[:2], CUBE), CUBE, "b")
    assert by_key(row.asDict() for row in house.read(CUBE).collect()) == by_key(ROWS[:2])


def test_a_place_that_only_spark_reaches_gives_the_same(spark, tmp_path):
    house = open_warehouse(spark, f"file://{tmp_path}/a place")
    house.replace_cells(parts_of(ROWS, CUBE), CUBE, "far")
    assert by_key(read(house)) == by_key(ROWS)
    assert read(house, "migrations_by_age") == [ROWS[3]]
    assert house.last_commit(CUBE.name).fingerprint == "far"


def test_cells_of_another_shape_are_refused(house):
    with pytest.raises(TableMismatchError, match="published_cube: cells have"):
        house.replace_cells(parts_of(ROWS, CUBE), PUBLISHED_CUBE, "a")
    assert not house.exists(PUBLISHED_CUBE.name)


def test_a_table_that_is_not_there_is_said(house):
    with pytest.raises(UsageError, match="cube is not in the warehouse"):
        list(house.cells(CUBE))
