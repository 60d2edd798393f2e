"""What is in the files, as text."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from folketall.model import deliveries as d
from folketall.registers.files import DeliveredFile
from folketall.registers.reading import MALFORMED, read_delivered
from folketall.registers.types import type_faults


def file(path: Path, *columns: str) -> DeliveredFile:
    return DeliveredFile(path, path.suffix[1:], 0, columns, (), (path,))


def test_csv_of_another_office(spark, tmp_path):
    path = tmp_path / "reason_1995_ed2004.csv"
    path.write_bytes(
        "\ufeffdetail,unreadable_line,PIN,reason,pin\r\n"
        'asylum,a,b,"refugee"," 1 "\r\n'
        ' ,,,"a ""b"", c",\u00a02\t\r\n'
        "\r\n"
        ",,,,\r\n"
        ",,,\r\n".encode()
    )
    header = ("detail", "unreadable_line", "PIN", "reason", "pin")
    rows = read_delivered(spark, file(path, *header), d.REASON_1995_ED2004)
    assert rows.columns == ["pin", "reason", "detail", MALFORMED]
    assert [tuple(row) for row in rows.collect()] == [
        ("1", "refugee", "asylum", False),
        ("2", 'a "b", c', None, False),
        (None, None, None, False),
        (None, None, None, True),
    ]


def test_parquet_with_types_of_its_own(spark, tmp_path):
    path = tmp_path / "resident.parquet"
    table = pa.table(
        {
            "extra": pa.array([1.5, 2.5]),
            "immigration_year": pa.array([1955, None], pa.int32()),
            "census_year": pa.array([1960, 1970], pa.int64()),
            "pin": pa.array([" 1", ""], pa.large_string()),
            "municipality": pa.array(["0301", "0301"]).dictionary_encode(),
            "birth_country": pa.nulls(2),
        }
    )
    pq.write_table(table, path)
    rows = read_delivered(spark, file(path, *table.column_names), d.CENSUS_RESIDENT)
    assert rows.columns == [*d.CENSUS_RESIDENT.column_names, MALFORMED]
    assert [tuple(row) for row in rows.collect()] == [
        ("1960", "1", "0301", None, "1955", False),
        ("1970", None, "0301", None, None, False),
    ]


def test_parquet_dates(spark, tmp_path):
    path = tmp_path / "pin_change.parquet"
    days = pa.array([date(1899, 12, 31), None], pa.date32())
    pq.write_table(
        pa.table({"old_pin": ["1", "2"], "new_pin": ["1", "2"], "registration_date": days}), path
    )
    rows = read_delivered(spark, file(path, *d.PIN_CHANGE.column_names), d.PIN_CHANGE)
    assert [row["registration_date"] for row in rows.collect()] == ["1899-12-31", None]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC"])
def test_timestamps_of_any_unit_give_their_date_and_a_time_of_day_is_no_date(
    spark, tmp_path, unit, zone
):
    path = tmp_path / "pin_change.parquet"
    moments = [
        datetime(1899, 12, 31, tzinfo=UTC),
        datetime(2024, 2, 29, tzinfo=UTC),
        None,
        datetime(2024, 2, 29, 23, 0, 1, tzinfo=UTC),
    ]
    moments = [m and m.replace(tzinfo=UTC if zone else None) for m in moments]
    days = pa.array(moments, pa.timestamp(unit, zone))
    names = pa.array(list("1234"))
    pq.write_table(
        pa.table({"old_pin": names, "new_pin": names, "registration_date": days}),
        path,
        version="2.6",
    )
    before = spark.conf.get("spark.sql.session.timeZone")
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    try:
        read = read_delivered(spark, file(path, *d.PIN_CHANGE.column_names), d.PIN_CHANGE)
        rows = {row["old_pin"]: row["registration_date"] for row in read.collect()}
    finally:
        spark.conf.set("spark.sql.session.timeZone", before)
    assert (rows["1"], rows["2"], rows["3"]) == ("1899-12-31", "2024-02-29", None)
    assert rows["4"].startswith("2024-02-29 ")


def test_years_with_empty_ones_among_them_come_as_floating_numbers(spark, tmp_path):
    path = tmp_path / "resident.parquet"
    columns = {name: pa.nulls(2, pa.string()) for name in d.CENSUS_RESIDENT.column_names}
    columns["immigration_year"] = pa.array([1955.0, None])
    pq.write_table(pa.table(columns), path)
    rows = read_delivered(spark, file(path, *columns), d.CENSUS_RESIDENT)
    assert {row["immigration_year"] for row in rows.collect()} == {"1955", None}


def test_parts_of_other_encodings_are_one_table(spark, tmp_path):
    dates = [pa.array([date(2024, 1, 1)]), pa.array(["2024-01-02"])]
    paths = []
    for number, days in enumerate(dates):
        names = pa.array([str(number)])
        paths.append(tmp_path / f"part-{number}.parquet")
        table = pa.table(
            {"old_pin": names, "new_pin": names.dictionary_encode(), "registration_date": days}
        )
        pq.write_table(table, paths[-1])
    whole = DeliveredFile(tmp_path, "parquet", 2, d.PIN_CHANGE.column_names, (), tuple(paths))
    rows = read_delivered(spark, whole, d.PIN_CHANGE).collect()
    assert sorted(row["registration_date"] for row in rows) == ["2024-01-01", "2024-01-02"]


BAD_TYPES = [pa.int32(), pa.float64(), pa.decimal128(11, 0), pa.bool_(), pa.list_(pa.string()), pa.binary(),
             pa.dictionary(pa.int8(), pa.int64()), pa.time32("s"), pa.timestamp("us", "Europe/Oslo")]  # fmt: skip


@pytest.mark.parametrize("kind", BAD_TYPES, ids=str)
def test_a_type_that_cannot_be_is_named_for_every_column(kind):
    schema = pa.schema([(name, kind) for name in d.EVENT.column_names])
    faults = list(type_faults(schema, d.EVENT))
    assert [fault.split()[1] for fault in faults] == list(d.EVENT.column_names)


def test_numbers_may_stand_for_years_and_shares_alone():
    numbers = [(name, pa.int64()) for name in d.CENSUS_RESIDENT.column_names]
    wrong = [fault.split()[1] for fault in type_faults(pa.schema(numbers), d.CENSUS_RESIDENT)]
    assert wrong == ["pin", "municipality", "birth_country"]
    shares = [(name, pa.float32()) for name in d.REASON_2006.column_names]
    wrong = [fault.split()[1] for fault in type_faults(pa.schema(shares), d.REASON_2006)]
    assert wrong == ["pin", "reason", "detail"]
