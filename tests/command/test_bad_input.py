"""What is wrong is refused or noted, said in one line, and leaves nothing half-written."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from folketall.model import tables as t
from folketall.storage.opening import open_warehouse
from tests.command.conftest import QUICK, command
from tests.support.deliveries import change_manifest, seal, write_delivery
from tests.support.pins import synthetic_pin

pytestmark = pytest.mark.command
ANNA, BERIT = synthetic_pin(date(1980, 5, 1), 1), synthetic_pin(date(1982, 6, 2), 3)


def event(number: int, pin: str, kind: str, day: str, municipality: str | None) -> dict:
    return {
        "event_id": f"E{number}", "action": "new", "pin": pin, "event_type": kind, "event_date": day,
        "registration_date": day, "municipality": municipality,
    }  # fmt: skip


@pytest.fixture
def deliveries(tmp_path) -> Path:
    """Two persons; an empty table, a table with only a refused row, an unknown municipality."""
    folder = tmp_path / "deliveries"
    write_delivery(
        folder, "cpr", date(2024, 1, 20), "full",
        {
            "person": [
                {"pin": ANNA, "birth_country": "000", "registration_date": "1980-05-02"},
                {"pin": BERIT, "birth_country": "000", "registration_date": "1982-06-03"},
            ],
            "event": [
                event(1, ANNA, "birth", "1980-05-01", "0301"),
                event(2, BERIT, "birth", "1982-06-02", "0301"),
                event(3, BERIT, "move", "2015-03-01", "9876"),
            ],
            "citizenship": [
                {"pin": "12345678901", "country": "000", "from_date": "1980-05-01", "registration_date": "1980-05-01"}
            ],
        },
    )  # fmt: skip
    return folder


def run(deliveries: Path, *words: object):
    warehouse = deliveries.parent / "warehouse"
    return warehouse, command(
        "run",
        "--deliveries",
        deliveries,
        "--warehouse",
        warehouse,
        "--years",
        "2023:2024",
        *QUICK,
        *words,
    )


def home(deliveries: Path) -> Path:
    return next(deliveries.glob("cpr/*"))


def test_oddities_are_noted_and_the_line_goes_on(spark, deliveries):
    warehouse, said = run(deliveries, "--to", "inconsistency")
    assert said.status == 0, said.err
    house = open_warehouse(spark, str(warehouse))
    residents = house.read(t.POPULATION).where("reference_date = '2024-01-01'")
    assert sorted(row["municipality"] for row in residents.collect()) == ["0301", "9999"]
    noted = {(row["rule"], row["what"]) for row in house.read(t.INCONSISTENCY).collect()}
    assert ("G3", "code_unknown") in noted
    refused = house.read(t.REJECTED_ROW).collect()
    assert [(row["table"], row["rule"]) for row in refused] == [("citizenship", "V1")]
    assert "12345678901" not in said.out + said.err


def truncated(deliveries: Path) -> None:
    file = home(deliveries) / "event.csv"
    file.write_bytes(file.read_bytes()[:-40])


def other_checksum(deliveries: Path) -> None:
    file = home(deliveries) / "person.csv"
    file.write_bytes(file.read_bytes().replace(b"000", b"106", 1))


def no_column(deliveries: Path) -> None:
    file = home(deliveries) / "event.csv"
    file.write_text(file.read_text("utf-8").replace("event_date", "event_day", 1), "utf-8")
    seal(home(deliveries), "event")


def no_table(deliveries: Path) -> None:
    (home(deliveries) / "citizenship.csv").unlink()


def no_manifest(deliveries: Path) -> None:
    (home(deliveries) / "manifest.json").unlink()


def other_date(deliveries: Path) -> None:
    change_manifest(home(deliveries), delivered_on="2024-01-21")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (truncated, ("cpr/2024-01-20", "event", "checksum")),
        (other_checksum, ("cpr/2024-01-20", "person", "checksum")),
        (no_column, ("cpr/2024-01-20", "event", "event_date")),
        (no_table, ("cpr/2024-01-20", "citizenship")),
        (no_manifest, ("cpr/2024-01-20", "manifest")),
        (other_date, ("cpr/2024-01-20", "2024-01-21")),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_delivery_that_is_not_what_it_says_is_refused_by_name(deliveries, spoil, words):
    spoil(deliveries)
    warehouse, said = run(deliveries)
    assert said.status == 3, said.err
    for word in words:
        assert word in said.last
    assert not warehouse.exists()


def test_a_wrong_row_count_is_refused_and_nothing_is_stored(deliveries):
    seal(home(deliveries), "event", rows=4)
    warehouse, said = run(deliveries)
    assert said.status == 3, said.err
    assert "event" in said.last
    assert "3 rows" in said.last
    assert not (warehouse / "delivery").exists()
    assert not (warehouse / "register_cpr_event").exists()


@pytest.mark.parametrize(
    ("words", "said_of"),
    [
        (("--set", "case.max_age=old"), ("case.max_age", "whole number")),
        (
            ("--set", "case.maxage=5", "--set", "protect.zeros=perhaps"),
            ("case.max_age?", "protect.zeros"),
        ),
        (("--years", "2024:2023"), ("2015:2025",)),
        (("--from", "nowhere"), ("nowhere", "population")),
        (("--conf", "no.toml"), ("no.toml",)),
    ],
)
def test_wrong_use_is_said_before_spark_starts(deliveries, words, said_of):
    warehouse, said = run(deliveries, *words)
    assert said.status == 2, said.err
    for word in said_of:
        assert word in said.last
    assert "Spark" not in said.err
    assert not warehouse.exists()


def test_no_deliveries_at_all(tmp_path):
    _, said = run(tmp_path / "deliveries")
    assert said.status == 2
    (tmp_path / "deliveries").mkdir()
    _, said = run(tmp_path / "deliveries")
    assert said.status == 3


@pytest.mark.parametrize("java", ["missing", "old"])
def test_java_missing_or_too_old_is_one_clear_line(deliveries, tmp_path, java):
    home_of_java = tmp_path / "java"
    (home_of_java / "bin").mkdir(parents=True)
    if java == "old":
        program = home_of_java / "bin" / "java"
        program.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n", "utf-8")
        program.chmod(0o755)
    warehouse = deliveries.parent / "warehouse"
    said = command(
        "run", "--deliveries", deliveries, "--warehouse", warehouse, "--years", "2023:2024",
        env={"JAVA_HOME": str(home_of_java)},
    )  # fmt: skip
    assert said.status == 2
    assert len(said.err.strip().splitlines()) == 1
    assert "Java 17" in said.last


def test_a_changed_delivery_under_the_same_date_is_refused(deliveries):
    _, said = run(deliveries, "--to", "intake")
    assert said.status == 0, said.err
    shutil.rmtree(home(deliveries))
    write_delivery(deliveries, "cpr", date(2024, 1, 20), "full", {})
    _, said = run(deliveries, "--to", "intake")
    assert said.status == 3
    assert "cpr/2024-01-20" in said.last
    assert "new date" in said.last
