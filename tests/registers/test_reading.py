"""What is in the files, as text."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from folketall.model import deliveries as d
from folketall.registers.files import DeliveredFile
from folketall.registers.reading import MALFORMED, read_delivered


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
