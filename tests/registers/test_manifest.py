"""Deliveries in their folder: every fault refuses by name, all at once, before Spark starts."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from folketall.model.errors import InputRefusedError, UsageError
from folketall.registers.manifest import read_deliveries, read_delivery
from tests.support.deliveries import change_manifest, seal, write_delivery

CHANGES = {
    "pin_change": [
        {"old_pin": "1", "new_pin": "2", "registration_date": "2020-01-01"},
        {"old_pin": "3", "new_pin": "4", "registration_date": "2020-01-01"},
    ]
}


def home(tmp_path: Path, *, kind: str = "csv", mode: str = "full") -> Path:
    return write_delivery(tmp_path, "cpr", "2025-02-01", mode, CHANGES, kind)


def manifest(home: Path) -> dict:
    return json.loads((home / "manifest.json").read_text())


def refusal(home: Path) -> str:
    with pytest.raises(InputRefusedError) as refused:
        read_delivery(home)
    text = str(refused.value)
    assert text.startswith("delivery cpr/2025-02-01: ")
    assert text.endswith("have it made and delivered anew")
    assert "\n" not in text
    return text


@pytest.mark.parametrize("kind", ["csv", "parquet", "parts"])
def test_a_true_delivery_is_read(tmp_path, kind):
    delivery = read_delivery(home(tmp_path, kind=kind))
    assert (delivery.source, delivery.mode) == ("cpr", "full")
    assert delivery.delivered_on == date(2025, 2, 1)
    assert delivery.rows == 2
    file = delivery.tables["pin_change"]
    assert file.rows == 2
    assert file.columns == ("old_pin", "new_pin", "registration_date")
    assert file.extra == ()
    assert len(file.parts) == (2 if kind == "parts" else 1)


def test_digest_tells_deliveries_apart(tmp_path):
    first = read_delivery(home(tmp_path / "a")).digest
    assert read_delivery(home(tmp_path / "b")).digest == first
    assert read_delivery(home(tmp_path / "c", mode="increment")).digest != first
    assert read_delivery(home(tmp_path / "d", kind="parquet")).digest != first


def test_checksums_may_be_written_in_capitals(tmp_path):
    folder = home(tmp_path)
    first = read_delivery(folder).digest
    said = manifest(folder)["tables"]
    for table in said.values():
        table["sha256"] = {path: text.upper() for path, text in table["sha256"].items()}
    change_manifest(folder, tables=said)
    assert read_delivery(folder).digest == first


def test_parts_may_be_named_from_the_table_folder(tmp_path):
    folder = home(tmp_path, kind="parts")
    said = manifest(folder)["tables"]
    sums = said["pin_change"]["sha256"]
    said["pin_change"]["sha256"] = {Path(path).name: text for path, text in sums.items()}
    change_manifest(folder, tables=said)
    assert read_delivery(folder).rows == 2


def test_what_spark_leaves_beside_its_parts_is_passed_over(tmp_path):
    folder = home(tmp_path, kind="parts")
    (folder / "event.parquet" / "_SUCCESS").touch()
    (folder / "event.parquet" / ".part-0000.parquet.crc").write_bytes(b"x")
    assert len(read_delivery(folder).tables["event"].parts) == 2


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_truncated_file(tmp_path, kind):
    folder = home(tmp_path, kind=kind)
    path = folder / f"pin_change.{kind}"
    path.write_bytes(path.read_bytes()[:-10])
    assert f"table pin_change: pin_change.{kind} has another checksum" in refusal(folder)


def test_truncated_parquet_with_a_true_checksum(tmp_path):
    folder = home(tmp_path, kind="parquet")
    path = folder / "pin_change.parquet"
    path.write_bytes(path.read_bytes()[:-10])
    seal(folder, "pin_change")
    assert "table pin_change: pin_change.parquet is not readable Parquet" in refusal(folder)


def test_wrong_row_count_of_parquet(tmp_path):
    folder = home(tmp_path, kind="parts")
    seal(folder, "pin_change", rows=3)
    assert "table pin_change: 2 rows, the manifest says 3" in refusal(folder)


def test_rows_of_a_csv_table_that_is_said_to_have_none(tmp_path):
    folder = home(tmp_path)
    seal(folder, "pin_change", rows=0)
    assert "table pin_change: it has rows, the manifest says 0" in refusal(folder)


def test_missing_table_of_a_full_delivery_but_not_of_an_increment(tmp_path):
    for mode in ("full", "increment"):
        folder = home(tmp_path / mode, mode=mode)
        said = manifest(folder)["tables"]
        del said["event"]
        change_manifest(folder, tables=said)
        assert "table event: event.csv is there, but not in the manifest" in refusal(folder)
        (folder / "event.csv").unlink()
        if mode == "full":
            assert "table event: missing, and a full delivery has every table" in refusal(folder)
        else:
            assert "event" not in read_delivery(folder).tables


def test_missing_file(tmp_path):
    folder = home(tmp_path)
    (folder / "event.csv").unlink()
    assert "table event: neither event.csv nor event.parquet is there" in refusal(folder)


def test_extra_and_missing_part_file(tmp_path):
    folder = home(tmp_path, kind="parts")
    parts = folder / "event.parquet"
    (parts / "part-0000.parquet").rename(parts / "part-0009.parquet")
    text = refusal(folder)
    assert "event.parquet/part-0009.parquet is there, but not in the manifest" in text
    assert "event.parquet/part-0000.parquet is in the manifest, but not there" in text


def test_both_formats_at_once(tmp_path):
    folder = home(tmp_path)
    (folder / "event.parquet").mkdir()
    assert "table event: both a CSV and a Parquet file are there" in refusal(folder)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_columns(tmp_path, kind):
    folder = home(tmp_path, kind=kind)
    names = ["registration_date", "colour", "old_pin"]
    if kind == "csv":
        (folder / "pin_change.csv").write_text("\ufeff" + ",".join(names) + "\n", encoding="utf-8")
    else:
        pq.write_table(
            pa.table({name: pa.array([], pa.string()) for name in names}),
            folder / "pin_change.parquet",
        )
    seal(folder, "pin_change", rows=0)
    assert "table pin_change: column new_pin is missing" in refusal(folder)


def test_order_is_free_and_extra_columns_are_told(tmp_path):
    folder = home(tmp_path)
    (folder / "pin_change.csv").write_text("colour,new_pin,registration_date,old_pin\n")
    seal(folder, "pin_change", rows=0)
    assert read_delivery(folder).tables["pin_change"].extra == ("colour",)


@pytest.mark.parametrize("again", ["new_pin", "NEW_PIN"])
def test_duplicate_column(tmp_path, again):
    folder = home(tmp_path)
    (folder / "pin_change.csv").write_text(f"old_pin,new_pin,registration_date,{again}\n")
    seal(folder, "pin_change", rows=0)
    assert "table pin_change: column new_pin is there 2 times" in refusal(folder)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "has no header"),
        ("old_pin,new_pin,registration_date\nÅ,,".encode("latin-1"), "is not UTF-8"),
    ],
)
def test_unreadable_csv(tmp_path, content, fault):
    folder = home(tmp_path)
    (folder / "pin_change.csv").write_bytes(content)
    seal(folder, "pin_change", rows=0)
    assert f"table pin_change: pin_change.csv {fault}" in refusal(folder)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"source": "kpr"}, "source 'kpr' is not one of cpr, udb"),
        ({"source": "udb"}, "the manifest says source udb, the folder cpr"),
        ({"delivered_on": "20250201"}, "delivered_on '20250201' is not a date"),
        ({"delivered_on": "2025-02-30"}, "delivered_on '2025-02-30' is not a date"),
        ({"delivered_on": "2025-02-02"}, "the manifest says delivered_on 2025-02-02, the folder"),
        ({"mode": "partial"}, "mode 'partial' is not full or increment"),
        ({"mode": None}, "mode None is not full or increment"),
        ({"source": ["cpr"]}, "source ['cpr'] is not one of"),
        ({"tables": None}, "manifest.json has no tables"),
        ({"tables": {"moves": {}}}, "table moves: unknown in source cpr"),
        ({"tables": {"event": 3}}, "table event: rows None is not a whole number"),
        ({"tables": {"event": {"rows": "3", "sha256": {}}}}, "rows '3' is not a whole number"),
        ({"tables": {"event": {"rows": True, "sha256": {}}}}, "rows True is not a whole number"),
        ({"tables": {"event": {"rows": 3, "sha256": "abc"}}}, "sha256 is not a list"),
        ({"tables": {"event": {"rows": 0, "sha256": {}}}}, "event.csv is there, but not in"),
        ({"tables": {"event": {"rows": 0, "sha256": {"event.csv": "0"}}}}, "another checksum"),
    ],
)
def test_faults_of_the_manifest(tmp_path, changes, fault):
    folder = home(tmp_path)
    change_manifest(folder, **changes)
    assert fault in refusal(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00", "[" * 100000])
def test_manifest_that_is_no_json_object(tmp_path, text):
    folder = home(tmp_path)
    (folder / "manifest.json").write_text(text)
    assert "manifest.json is not" in refusal(folder)


def test_all_faults_are_said_at_once_of_all_deliveries(tmp_path):
    folder = home(tmp_path)
    (folder / "event.csv").unlink()
    (folder / "citizenship.csv").write_text("pin\n")
    other = write_delivery(tmp_path, "udb", "2025-01-15")
    (other / "manifest.json").unlink()
    with pytest.raises(InputRefusedError) as refused:
        read_deliveries(tmp_path)
    for fault in (
        "table event: neither",
        "table citizenship: citizenship.csv has another checksum",
        "table citizenship: column country is missing",
        "delivery udb/2025-01-15: manifest.json is missing",
    ):
        assert fault in str(refused.value)


def test_in_order_of_date_and_source(tmp_path):
    for source, day in [("udb", "2025-02-01"), ("cpr", "2025-02-01"), ("udb", "2024-02-01")]:
        write_delivery(tmp_path, source, day)
    (tmp_path / "notes").mkdir()
    (tmp_path / "cpr" / "uploading").mkdir()
    (tmp_path / "read me.txt").touch()
    assert [delivery.name for delivery in read_deliveries(tmp_path)] == [
        "udb/2024-02-01",
        "cpr/2025-02-01",
        "udb/2025-02-01",
    ]


def test_no_folder_and_no_delivery(tmp_path):
    with pytest.raises(UsageError, match="is no folder; name the one that holds"):
        read_deliveries(tmp_path / "nowhere")
    with pytest.raises(InputRefusedError, match="holds no delivery; put one at"):
        read_deliveries(tmp_path)
