"""Write tables as deliveries: one file, or a folder of part files, a table; and the manifest."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from folketall.model import deliveries as d
from folketall_trial.synthetic import calendar, rows

CSV, PARQUET = "csv", "parquet"
DELIVERIES: Mapping[str, tuple[date, ...]] = {
    "cpr": (calendar.CPR_FULL, *calendar.CPR_INCREMENTS),
    "udb": (calendar.UDB_FULL,),
    "census": (calendar.CENSUS_FULL,),
    "reason_files": (calendar.REASON_FILES_FULL,),
}
"""The days of each source; the first is a full delivery, the others increments."""
PARTS = ".parts"
NEWLINE = b"\n"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """What one shard wrote of one table of one delivery."""

    source: str
    delivered_on: date
    table: str
    shard: int
    rows: int
    sha256: str
    """Of a Parquet part; empty for CSV, whose parts become one file."""


def write_part(made: rows.Rows, to: Path, file_format: str, shard: int) -> Iterable[Part]:
    """Write a shard's rows of a table into each delivery of its source.

    The names follow from the shard, so that a task that runs again writes the same files.
    """
    table = rows.arrow(made)
    source = made.table.source
    for which, day in enumerate(DELIVERIES[source]):
        at = np.flatnonzero(made.delivery == which)
        # The first shard always writes, so that every table is there.
        if len(at) or shard == 0:
            part = table if len(at) == table.num_rows else table.take(pa.array(at))
            yield _written(part, made.table, to, file_format, day, shard)


def _written(
    part: pa.Table, table: d.DeliveredTable, to: Path, file_format: str, day: date, shard: int
) -> Part:
    name = f"part-{shard:05d}"
    if file_format == CSV:
        folder = to / PARTS / table.source / day.isoformat() / table.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(_csv(part))
        return Part(table.source, day, table.name, shard, part.num_rows, "")
    folder = to / table.source / day.isoformat() / f"{table.name}.parquet"
    folder.mkdir(parents=True, exist_ok=True)
    digest = write_parquet(part, folder / f"{name}.parquet")
    return Part(table.source, day, table.name, shard, part.num_rows, digest)


def write_parquet(table: pa.Table, path: Path) -> str:
    """Write a Parquet file; returns its checksum."""
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd", use_dictionary=_repeated(table))
    path.write_bytes(out.getbuffer())
    return hashlib.sha256(out.getbuffer()).hexdigest()


def _repeated(table: pa.Table) -> list[str]:
    """Columns whose values occur again and again."""
    return [f.name for f in table.schema if not pa.types.is_string(f.type)]


def _csv(table: pa.Table) -> bytes:
    plain = [
        column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
        for column in table.columns
    ]
    out = io.BytesIO()
    # No value holds a comma, a quote or a line break, so nothing needs quotes.
    options = pacsv.WriteOptions(include_header=False, quoting_style="none")
    pacsv.write_csv(pa.table(plain, names=table.column_names), out, options)
    return out.getvalue()


def finish(to: Path, file_format: str, parts: Iterable[Part]) -> dict[tuple[str, date, str], int]:
    """Put CSV parts together and write the manifests; returns rows by source, day and table.

    A delivery is there when its manifest is: that comes last.
    """
    of_table: dict[tuple[str, date, str], list[Part]] = {}
    for part in sorted(parts, key=lambda part: part.shard):
        of_table.setdefault((part.source, part.delivered_on, part.table), []).append(part)
    counts = {key: sum(part.rows for part in found) for key, found in of_table.items()}
    for source, days in DELIVERIES.items():
        for day in days:
            tables = {
                table.name: {
                    "rows": counts[source, day, table.name],
                    "sha256": _sums(to, file_format, table, day, of_table[source, day, table.name]),
                }
                for table in d.DELIVERED_TABLES
                if table.source == source
            }
            said = {
                "source": source,
                "delivered_on": day.isoformat(),
                "mode": "full" if day == days[0] else "increment",
                "tables": tables,
            }
            place = to / source / day.isoformat() / "manifest.json"
            place.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(to / PARTS, ignore_errors=True)
    return counts


def _sums(
    to: Path, file_format: str, table: d.DeliveredTable, day: date, parts: list[Part]
) -> dict[str, str]:
    if file_format == PARQUET:
        return {
            f"{table.name}.parquet/part-{part.shard:05d}.parquet": part.sha256 for part in parts
        }
    target = to / table.source / day.isoformat() / f"{table.name}.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = to / PARTS / table.source / day.isoformat() / table.name
    digest = hashlib.sha256()
    with target.open("wb") as out:
        header = ",".join(table.column_names).encode() + NEWLINE
        out.write(header)
        digest.update(header)
        for part in parts:
            place = scratch / f"part-{part.shard:05d}"
            with place.open("rb") as lines:
                while chunk := lines.read(_CHUNK):
                    out.write(chunk)
                    digest.update(chunk)
            place.unlink()
    return {target.name: digest.hexdigest()}
