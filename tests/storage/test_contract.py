"""What a warehouse promises, held by every implementation: the docstrings of `Warehouse`."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from pyspark.sql import functions as F
from pyspark.sql.types import DateType, LongType, StringType, StructType

from folketall.model.errors import UsageError
from folketall.model.table import Table, column
from folketall.model.tables import CUBE
from folketall.storage.address import Kind, kind_of
from folketall.storage.commits import NO_TABLE, OvertakenError
from folketall.storage.grain import GrainError
from folketall.storage.opening import open_warehouse
from tests.storage.test_cells import ROWS as CELLS
from tests.support.cells import parts_of, rows_of
from tests.support.frames import frame
from tests.support.houses import HOUSES, house_at

FIELDS = [
    column("day", DateType(), "The part."),
    column("id", LongType(), "The key."),
    column("name", StringType(), "What it is called."),
]
PLAIN = Table("plain", "Rows (H4).", ("id",), StructType(FIELDS))
PARTS = Table("parts", "Rows by day (H4).", ("day", "id"), StructType(FIELDS), partition="day")
LOOSE = Table("loose", "Rows that may repeat.", (), StructType(FIELDS))
DDL = "day date, id long, name string"
DRAWING = "2024-01-01 | 1 | a\n2025-01-01 | 2 |\n | 3 | c"
ONE = (date(2024, 1, 1), 1, "a")
ROWS = [ONE, (date(2025, 1, 1), 2, None), (None, 3, "c")]
TWICE = "2024-01-01 | 1 | a\n2024-01-01 | 1 | b"


@pytest.fixture(params=HOUSES)
def house(request, spark, tmp_path):
    with house_at(request.param, spark, tmp_path) as opened:
        yield opened


@pytest.fixture
def drawn(spark):
    return frame(spark, DDL, DRAWING)


def rows(df):
    return sorted((tuple(row) for row in df.select("day", "id", "name").collect()), key=by_id)


def by_id(row):
    return row[1]


@pytest.mark.parametrize("table", [PLAIN, PARTS], ids=lambda table: table.name)
def test_a_commit_replaces_the_whole_table_and_says_what_it_is_made_of(house, drawn, table):
    assert house.version(table.name) == NO_TABLE
    assert not house.exists(table.name)
    house.replace(drawn, table, "one")
    assert house.read(table).columns == [*table.columns]
    assert rows(house.read(table)) == ROWS
    assert house.count(table) == 3
    house.replace(drawn.where("id = 2"), table, "two")
    assert rows(house.read(table)) == ROWS[1:2]
    last = house.last_commit(table.name)
    assert (last.version, last.fingerprint, last.rows) == (house.version(table.name), "two", 1)


@pytest.mark.parametrize("table", [PLAIN, PARTS], ids=lambda table: table.name)
def test_an_old_version_stays_as_it_was(house, drawn, table):
    house.replace(drawn, table, "one")
    first = house.version(table.name)
    house.append(drawn.where("id = 1").withColumn("id", F.lit(4).cast("long")), table, "two")
    assert rows(house.read(table)) == [*ROWS, (ONE[0], 4, "a")]
    assert house.version(table.name) == first + 1
    assert rows(house.read_version(table.name, first)) == ROWS


def test_a_key_is_written_once(house, spark, drawn):
    twice = frame(spark, DDL, TWICE)
    for table in (PLAIN, PARTS):
        with pytest.raises(GrainError, match=rf"{table.name} \(H4\) has one row for each"):
            house.replace(twice, table, "a")
        assert not house.exists(table.name)
        house.replace(drawn, table, "one")
        for write in (house.append, house.merge):
            with pytest.raises(GrainError):
                write(twice, table, "a")
        with pytest.raises(GrainError):
            house.append(drawn.where("id = 2"), table, "a")
        assert rows(house.read(table)) == ROWS
        assert house.last_commit(table.name).fingerprint == "one"
    house.replace(twice, LOOSE, "a")
    house.append(twice, LOOSE, "a")
    assert house.count(LOOSE) == 4


@pytest.mark.parametrize("table", [PLAIN, PARTS], ids=lambda table: table.name)
def test_rows_are_merged_by_the_grain_nulls_in_it_and_beside_it(house, spark, drawn, table):
    house.merge(drawn, table, "one")
    house.merge(frame(spark, DDL, "2024-01-01 | 1 |\n2025-01-01 | 2 | b\n | 3 | d\n | 5 | e"), table, "two")  # fmt: skip
    changed = [(ONE[0], 1, None), (ROWS[1][0], 2, "b"), (None, 3, "d"), (None, 5, "e")]
    assert rows(house.read(table)) == changed
    assert house.last_commit(table.name).fingerprint == "two"


def test_what_is_selected_is_deleted_and_a_null_is_not(house, drawn):
    house.delete_part(PLAIN, "id = 1")
    house.replace(drawn, PLAIN, "one")
    house.delete_part(PLAIN, "day > '2024-06-01'")
    assert rows(house.read(PLAIN)) == [ROWS[0], ROWS[2]]
    version = house.version("plain")
    house.delete_part(PLAIN, "id = 7")
    assert house.version("plain") == version


@pytest.mark.parametrize("second", ["replace", "append", "merge"])
def test_of_two_that_follow_one_version_the_second_fails(house, drawn, second):
    house.replace(drawn.where("id = 1"), PLAIN, "one")
    seen = house.version("plain")
    house.append(drawn.where("id = 2"), PLAIN, "two", after=seen)
    with pytest.raises(OvertakenError, match="another run wrote the table plain"):
        getattr(house, second)(drawn.where("id = 3"), PLAIN, "three", after=seen)
    assert rows(house.read(PLAIN)) == ROWS[:2]


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("mode", ["replace", "append"])
def test_one_who_commits_in_the_last_moment_wins(house, spark, drawn, there, mode, monkeypatch):
    """Between the last look at the version and the commit: the check of the commit holds."""
    if there:
        house.replace(drawn.where("id = 1"), PLAIN, "one")
    fast = drawn.where("id = 2").localCheckpoint()
    real, done = type(house).version, []

    def version(self, name):
        seen = real(self, name)
        if not done:
            done.append(name)
            house.replace(fast, PLAIN, "fast")
        return seen

    if kind_of(house.root) is Kind.FOLDER:
        after = house.version("plain")
        house.replace(fast, PLAIN, "fast")
    else:
        monkeypatch.setattr(type(house), "version", version)
        after = None
    with pytest.raises(OvertakenError):
        getattr(house, mode)(drawn.where("id = 3"), PLAIN, "slow", after=after)
    assert rows(house.read(PLAIN)) == ROWS[1:2]


def test_a_write_that_fails_leaves_the_table_as_it_was(house, drawn):
    house.replace(drawn, PLAIN, "one")
    broken = drawn.withColumn("name", F.when(F.col("id") < 3, "x").otherwise(F.raise_error("no")))
    with pytest.raises(Exception, match="no"):
        house.replace(broken, PLAIN, "two")
    assert rows(house.read(PLAIN)) == ROWS
    assert house.last_commit("plain").fingerprint == "one"


def test_columns_may_change(house, spark, drawn):
    house.replace(drawn, PLAIN, "one")
    wider = Table("plain", "Rows.", ("id",), StructType([*FIELDS, column("more", LongType(), "")]))
    house.replace(frame(spark, f"{DDL}, more long", "| 1 | a | 7"), wider, "two")
    assert [tuple(row) for row in house.read(wider).collect()] == [(None, 1, "a", 7)]


def test_a_table_without_rows_is_there(house):
    house.replace(house.empty(PARTS), PARTS, "none")
    assert house.exists("parts")
    assert house.read(PARTS).columns == [*PARTS.columns]
    assert house.count(PARTS) == 0


def test_cells_are_kept(house):
    house.replace_cells(parts_of(CELLS, CUBE), CUBE, "cells")
    assert sorted(map(str, (vars(row) for row in rows_of(house.cells(CUBE))))) == sorted(
        map(str, CELLS)
    )
    assert [vars(row) for row in rows_of(house.cells(CUBE, ["migrations_by_age"]))] == [CELLS[3]]
    assert house.last_commit("cube").fingerprint == "cells"
    with pytest.raises(GrainError):
        house.replace_cells(parts_of([*CELLS, CELLS[0]], CUBE), CUBE, "twice")


def test_a_table_that_is_not_there_is_said(house):
    assert house.last_commit("plain") is None
    for read in (lambda: house.read(PLAIN), lambda: house.read_version("plain")):
        with pytest.raises(UsageError, match="plain is not in the warehouse"):
            read()
    with pytest.raises(UsageError, match="cube is not in the warehouse"):
        list(house.cells(CUBE))


def test_files_lie_beside_the_tables(house, tmp_path):
    folder = house.files("published")
    with folder.making() as place:
        (place / "a.csv").write_text("a", "utf-8")
        folder.put(place / "a.csv")
    assert house.files("published").text("a.csv") == "a"
    assert len([*tmp_path.rglob("published/a.csv")]) == 1


def test_rows_from_outside_are_readable(house, spark):
    columns = StructType(FIELDS[1:])
    tables = [pa.table({"id": [n], "name": [str(n)]}) for n in (1, 2)]
    kept = house.from_arrow(iter(tables), columns)
    assert sorted(map(tuple, kept.collect())) == [(1, "1"), (2, "2")]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("warehouse", Kind.FOLDER), ("/a/main.folketall", Kind.FOLDER), ("./a.b", Kind.FOLDER),
        ("v.2", Kind.FOLDER), ("main.folketall", Kind.SCHEMA), ("s3a://b/w", Kind.ADDRESS),
        ("file:/a.b", Kind.ADDRESS), ("a.b.c", Kind.FOLDER),
    ],
)  # fmt: skip
def test_an_address_is_told_by_its_text(text, kind):
    assert kind_of(text) is kind


@pytest.mark.parametrize("root", ["spark_catalog.nowhere", "nowhere.office"])
def test_a_schema_that_is_not_there_is_said(spark, root):
    with pytest.raises(UsageError, match=rf"there is no schema {root}.*\./{root}"):
        open_warehouse(spark, root)
