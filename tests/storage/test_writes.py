"""Writes beside others: of two that follow one version one wins, the other says so; keys; bytes."""

from __future__ import annotations

import json

import pytest
from pyspark.sql import functions as F
from pyspark.sql.types import LongType, StringType, StructType

from folketall.model.errors import StatisticsError
from folketall.model.table import Table, column
from folketall.model.tables import CUBE
from folketall.storage import commits
from folketall.storage.commits import NO_TABLE, OvertakenError
from folketall.storage.grain import GrainError
from folketall.storage.holding import held
from folketall.storage.opening import open_warehouse
from tests.storage.test_cells import ROWS as CELLS
from tests.support.cells import parts_of
from tests.support.frames import frame

FIELDS = [
    column("part", StringType(), "The part."),
    column("id", LongType(), "The key."),
    column("name", StringType(), "What it is called."),
]
PLAIN = Table("plain", "Rows (H4).", ("id",), StructType(FIELDS))
PARTS = Table("parts", "Rows by part (H4).", ("part", "id"), StructType(FIELDS), partition="part")
LOOSE = Table("loose", "Rows that may repeat.", (), StructType(FIELDS))
DDL = "part string, id long, name string"
TWICE = "01 | 1 | a\n1 | 1 | b\n01 | 2 | c\n01 | 2 | d\n | 3 | e\n | 3 | f"
"""In parts: the parts 01 and 1 are two, no part is one."""
ONCE = "01 | 1 | a\n1 | 2 | b\n | 3 | c"


@pytest.fixture
def house(spark, tmp_path):
    return open_warehouse(spark, str(tmp_path / "it's [a] year=1 house"))


@pytest.fixture(params=["near", "far"])
def any_house(request, spark, tmp_path):
    root = str(tmp_path / "w")
    return open_warehouse(spark, root if request.param == "near" else f"file://{root}")


def rows(df):
    return sorted((row["part"] or "", row["id"], row["name"]) for row in df.collect())


def test_rows_of_one_key_are_refused_by_number_and_nothing_is_written(any_house, spark):
    drawn = frame(spark, DDL, TWICE)
    with pytest.raises(GrainError, match=r"plain \(H4\) has one row for each id, and 3 of them"):
        any_house.replace(drawn, PLAIN, "a")
    assert not any_house.exists("plain")
    with pytest.raises(GrainError, match="each part, id, and 2 of them"):
        any_house.replace(drawn, PARTS, "a")
    any_house.replace(frame(spark, DDL, ONCE), PLAIN, "one")
    with pytest.raises(GrainError):
        any_house.merge(drawn, PLAIN, "a")
    with pytest.raises(GrainError, match="1 of them"):
        any_house.append(frame(spark, DDL, "9 | 2 | x"), PLAIN, "a")
    assert rows(any_house.read(PLAIN)) == [("", 3, "c"), ("01", 1, "a"), ("1", 2, "b")]
    assert any_house.last_commit("plain").fingerprint == "one"
    assert issubclass(GrainError, StatisticsError)


def test_a_table_without_a_grain_may_repeat_rows(house, spark):
    house.replace(frame(spark, DDL, TWICE), LOOSE, "a")
    house.append(frame(spark, DDL, TWICE), LOOSE, "a")
    assert house.count(LOOSE) == 12


def test_parts_that_look_alike_are_kept_apart(house, spark):
    house.replace(frame(spark, DDL, "01 | 1 | a\n1 | 1 | b\n | 1 | c"), PARTS, "a")
    assert house.count(PARTS) == 3


def test_cells_of_one_key_are_refused(house):
    for twice in (
        parts_of([*CELLS, CELLS[0]], CUBE),
        [*parts_of(CELLS, CUBE), *parts_of(CELLS[:1], CUBE)],
    ):
        with pytest.raises(GrainError, match="1 of them"):
            house.replace_cells(twice, CUBE, "a")
        assert not house.exists("cube")
    house.replace_cells(parts_of(CELLS, CUBE), CUBE, "a")


@pytest.mark.parametrize("second", ["replace", "append", "merge"])
def test_of_two_that_follow_one_version_the_second_fails(any_house, spark, second):
    any_house.replace(frame(spark, DDL, "0 | 1 | a"), PLAIN, "one")
    seen = any_house.version("plain")
    any_house.append(frame(spark, DDL, "0 | 2 | b"), PLAIN, "two", after=seen)
    with pytest.raises(OvertakenError, match="another run wrote the table plain"):
        getattr(any_house, second)(frame(spark, DDL, "0 | 3 | c"), PLAIN, "three", after=seen)
    assert rows(any_house.read(PLAIN)) == [("0", 1, "a"), ("0", 2, "b")]


def test_a_table_that_another_makes_first_is_not_replaced(any_house, spark):
    any_house.replace(frame(spark, DDL, "0 | 1 | a"), PLAIN, "one", after=NO_TABLE)
    with pytest.raises(OvertakenError):
        any_house.replace(frame(spark, DDL, "0 | 2 | b"), PLAIN, "two", after=NO_TABLE)
    assert rows(any_house.read(PLAIN)) == [("0", 1, "a")]


@pytest.mark.parametrize("there", [True, False])
def test_one_who_commits_in_the_last_moment_wins(house, spark, monkeypatch, there):
    """Between the last look at the version and the commit: Delta's own check is what holds."""
    if there:
        house.replace(frame(spark, DDL, "0 | 1 | a"), PLAIN, "one")
    fast, real = frame(spark, DDL, "0 | 2 | b").localCheckpoint(), commits.opened
    asked = []

    def opened(path):
        stored = real(path)
        asked.append(path)
        if len(asked) == 2:  # At the begin of the write, and just before its commit.
            monkeypatch.setattr(commits, "opened", real)
            house.replace(fast, PLAIN, "fast")
        return stored

    monkeypatch.setattr(commits, "opened", opened)
    with pytest.raises(OvertakenError):
        house.replace(frame(spark, DDL, "0 | 3 | c"), PLAIN, "slow")
    assert rows(house.read(PLAIN)) == [("0", 2, "b")]


def test_a_log_without_a_commit_is_no_table_and_is_written(any_house, spark, tmp_path):
    (tmp_path / "w" / "plain" / "_delta_log").mkdir(parents=True)
    assert not any_house.exists("plain")
    assert any_house.last_commit("plain") is None
    any_house.replace(frame(spark, DDL, "0 | 1 | a"), PLAIN, "one")
    assert rows(any_house.read(PLAIN)) == [("0", 1, "a")]


@pytest.mark.parametrize("cut", [0, 40])
def test_a_log_that_is_cut_off_is_said(house, spark, cut):
    house.replace(frame(spark, DDL, "0 | 1 | a"), PLAIN, "one")
    (log,) = (house.folder("plain") / "_delta_log").glob("*.json")
    log.write_bytes(log.read_bytes()[:cut])
    with pytest.raises(StatisticsError, match="plain"):
        house.refuse_damaged([PLAIN])


def test_what_a_killed_write_left_goes_and_what_is_committed_stays(house, spark):
    house.replace(frame(spark, DDL, ONCE), PARTS, "one")
    folder = house.folder("parts")
    live = sorted(folder.rglob("part-*.parquet"))
    made = json.loads(next(folder.glob("_delta_log/*.json")).read_text("utf-8").splitlines()[0])
    token = json.loads(made["commitInfo"]["userMetadata"])["write"]
    dead = "d" * 32
    (folder / f"_staged-{token}").mkdir()  # Killed after its commit: its files are the table's.
    (folder / f"_staged-{dead}" / "part=7").mkdir(parents=True)  # Killed before it.
    (folder / "part=7").mkdir()
    (folder / "part=7" / f"part-00001-00000-{dead}-{'0' * 64}.parquet").write_text("x", "utf-8")
    (folder.parent / "new" / f"_staged-{dead}").mkdir(parents=True)
    (folder / "_delta_log" / "_commit_1.json.tmp").write_text("x", "utf-8")
    with held(folder.parent):
        assert sorted(folder.rglob("part-*.parquet")) == live
        assert not [*folder.parent.rglob("_staged-*"), *folder.rglob("*.tmp")]
        assert not (folder / "part=7").exists()
        assert not (folder.parent / "new").exists()
    assert house.count(PARTS) == 3


def test_a_failed_write_leaves_no_file(house, spark):
    broken = frame(spark, DDL, ONCE).withColumn("name", F.raise_error(F.lit("no")).cast("string"))
    with pytest.raises(Exception, match="no"):
        house.replace(broken, PLAIN, "a")
    assert not house.folder("plain").exists()


def test_changed_bytes_are_seen(spark, house):
    house.replace(frame(spark, DDL, ONCE), PARTS, "one")
    house.append(frame(spark, DDL, "9 | 9 | z"), PARTS, "two")
    house.refuse_damaged([PARTS])
    for file in sorted(house.folder("parts").rglob("part-*.parquet")):
        before = file.read_bytes()
        file.write_bytes(before[:-9] + bytes([before[-9] ^ 1]) + before[-8:])
        with pytest.raises(StatisticsError, match=r"changed or lost .* parts"):
            open_warehouse(spark, house.root).refuse_damaged([PLAIN, PARTS])
        file.unlink()
        with pytest.raises(StatisticsError, match="is gone"):
            open_warehouse(spark, house.root).refuse_damaged([PARTS])
        file.write_bytes(before)
    open_warehouse(spark, house.root).refuse_damaged([PARTS])
