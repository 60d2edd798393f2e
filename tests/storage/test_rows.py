"""Tables of rows: written by Spark, committed beside it, and read by Spark as any Delta table."""

from __future__ import annotations

from datetime import date

import pytest
from pyspark.sql import functions as F
from pyspark.sql.types import DateType, LongType, StringType, StructType

from folketall.model.errors import UsageError
from folketall.model.table import Table, column
from folketall.storage import commits
from folketall.storage.opening import open_warehouse
from tests.support.frames import frame

FIELDS = [
    column("day", DateType(), "The part."),
    column("id", LongType(), "The key."),
    column("name", StringType(), "What it is called."),
]
PLAIN = Table("plain", "Rows.", ("id",), StructType(FIELDS))
PARTS = Table("parts", "Rows by day.", ("id",), StructType(FIELDS), partition="day")
DDL = "day date, id long, name string"
DRAWING = """
    2024-01-01 | 1 | a
    2025-01-01 | 2 |
               | 3 | c
    """


@pytest.fixture(params=["near", "far"])
def house(request, spark, tmp_path):
    root = str(tmp_path / "a warehouse")
    return open_warehouse(spark, root if request.param == "near" else f"file://{root}")


def rows(df):
    return sorted(tuple(row) for row in df.select("id", "name", "day").collect())


ROWS = [(1, "a", date(2024, 1, 1)), (2, None, date(2025, 1, 1)), (3, "c", None)]


@pytest.mark.parametrize("table", [PLAIN, PARTS], ids=lambda table: table.name)
def test_rows_are_replaced_and_added(house, spark, table):
    drawn = frame(spark, DDL, DRAWING)
    house.replace(drawn, table, "one")
    assert house.read(table).columns == [*table.columns]
    assert rows(house.read(table)) == rows(house.read_version(table.name)) == ROWS
    house.append(drawn.where("id = 1").withColumn("id", F.lit(4).cast("long")), table, "two")
    assert rows(house.read(table)) == [*ROWS, (4, "a", date(2024, 1, 1))]
    house.replace(drawn.where("id = 2"), table, "three")
    assert rows(house.read(table)) == rows(house.read_version(table.name)) == ROWS[1:2]
    assert rows(house.read_version(table.name, 0)) == ROWS
    last = house.last_commit(table.name)
    assert (last.version, last.fingerprint, last.rows) == (2, "three", 1)


def test_a_table_without_rows_is_there(house):
    house.replace(house.empty(PARTS), PARTS, "none")
    assert house.exists("parts")
    assert house.read(PARTS).columns == [*PARTS.columns]
    assert rows(house.read(PARTS)) == []


def test_rows_are_merged_into_a_table_and_deleted_from_it(house, spark):
    drawn = frame(spark, DDL, DRAWING)
    house.replace(drawn, PLAIN, "one")
    new = frame(spark, DDL, "2024-01-01 | 1 | b\n| 5 | e")
    house.merge(new, PLAIN, "two")
    assert rows(house.read(PLAIN)) == [(1, "b", date(2024, 1, 1)), *ROWS[1:], (5, "e", None)]
    house.delete_part(PLAIN, "day IS NULL")
    assert rows(house.read(PLAIN)) == [(1, "b", date(2024, 1, 1)), ROWS[1]]


def test_columns_may_change(house, spark):
    house.replace(frame(spark, DDL, DRAWING), PLAIN, "one")
    wider = Table("plain", "Rows.", ("id",), StructType([*FIELDS, column("more", LongType(), "")]))
    house.replace(frame(spark, f"{DDL}, more long", "| 1 | a | 7"), wider, "two")
    assert [tuple(row) for row in house.read(wider).collect()] == [(None, 1, "a", 7)]
    assert [tuple(row) for row in house.read_version("plain").collect()] == [(None, 1, "a", 7)]


def test_a_write_that_fails_leaves_the_table_as_it_was(house, spark):
    drawn = frame(spark, DDL, DRAWING)
    house.replace(drawn, PLAIN, "one")
    broken = drawn.withColumn("name", F.when(F.col("id") < 3, "x").otherwise(F.raise_error("no")))
    with pytest.raises(Exception, match="no"):
        house.replace(broken, PLAIN, "two")
    assert rows(house.read(PLAIN)) == ROWS
    assert house.last_commit("plain").fingerprint == "one"
    house.replace(drawn.where("id = 1"), PLAIN, "three")
    assert rows(house.read(PLAIN)) == ROWS[:1]


def test_rows_that_executors_wrote_elsewhere_are_missed(spark, tmp_path, monkeypatch):
    house = open_warehouse(spark, str(tmp_path / "not shared"))
    drawn = frame(spark, DDL, DRAWING)
    house.replace(drawn, PLAIN, "one")
    monkeypatch.setattr(commits, "on_disk", lambda path: f"file://{tmp_path / 'another machine'}")
    with pytest.raises(UsageError, match=r"plain: 3 rows were written and 0 are in .* share"):
        house.replace(drawn, PLAIN, "two")
    monkeypatch.undo()
    assert house.last_commit("plain").fingerprint == "one"
    assert rows(house.read(PLAIN)) == ROWS
