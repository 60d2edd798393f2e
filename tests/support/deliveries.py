"""Real deliveries in a folder: files and a manifest that is true, unless a test spoils it."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from folketall import classifications
from folketall.model.deliveries import DELIVERED_TABLES

CLASSIFICATIONS = Path(classifications.__file__).parent
COUNTRIES = {"country": "countries/countries.csv"}
Rows = Iterable[Mapping[str, Any]]


def write_delivery(
    folder: Path | str,
    source: str,
    delivered_on: date | str,
    mode: str = "full",
    tables: Mapping[str, Rows] | None = None,
    format: str = "csv",  # noqa: A002
) -> Path:
    """Write a delivery with every table of its source; those not given are empty with a header.

    `format` is csv, parquet (one file a table) or parts (a folder of two Parquet files).
    Columns not given are empty. Returns the folder of the delivery.
    """
    given = dict(tables or {})
    home = Path(folder) / source / str(delivered_on)
    home.mkdir(parents=True)
    said: dict[str, Any] = {}
    for table in [t for t in DELIVERED_TABLES if t.source == source]:
        rows = [{c: row.get(c) for c in table.column_names} for row in given.pop(table.name, ())]
        write_table(home, table.name, list(table.column_names), rows, format)
        said[table.name] = {"rows": len(rows), "sha256": checksums(home, table.name)}
    assert not given, f"{source} has no {sorted(given)}"
    manifest = {"source": source, "delivered_on": str(delivered_on), "mode": mode, "tables": said}
    (home / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return home


def write_table(
    home: Path, name: str, columns: list[str], rows: list[dict[str, Any]], kind: str
) -> None:
    """Write one table's file or files."""
    if kind == "csv":
        with (home / f"{name}.csv").open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return
    schema = pa.schema([(column, pa.string()) for column in columns])
    texts = [{c: None if v is None else str(v) for c, v in row.items()} for row in rows]
    path = home / f"{name}.parquet"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(texts, schema), path)
        return
    path.mkdir()
    for part in (0, 1):
        pq.write_table(
            pa.Table.from_pylist(texts[part::2], schema), path / f"part-{part:04}.parquet"
        )


def checksums(home: Path, name: str) -> dict[str, str]:
    """The `sha256` map of one table: paths relative to the delivery, and their checksums."""
    files = [home / f"{name}.csv", home / f"{name}.parquet"]
    files += sorted((home / f"{name}.parquet").glob("*")) if files[1].is_dir() else []
    return {
        file.relative_to(home).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
        if file.is_file()
    }


def change_manifest(home: Path, **changes: Any) -> None:
    """Set top-level entries of a manifest, leaving everything else as it is."""
    path = home / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes), encoding="utf-8")


def seal(home: Path, name: str, rows: int | None = None) -> None:
    """Make the manifest true again for a table whose file a test has rewritten."""
    path = home / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["tables"][name]["sha256"] = checksums(home, name)
    if rows is not None:
        manifest["tables"][name]["rows"] = rows
    path.write_text(json.dumps(manifest), encoding="utf-8")


def packaged_codes() -> dict[str, frozenset[str]]:
    """The code lists of the package, by name, as intake wants them."""
    lists = {name: f"codes/{name}.csv" for name in ("reason", "legal_basis", "permit_type")}
    return {name: _codes(path) for name, path in (lists | COUNTRIES).items()}


def _codes(path: str) -> frozenset[str]:
    with (CLASSIFICATIONS / path).open(encoding="utf-8-sig", newline="") as file:
        return frozenset(row["code"] for row in csv.DictReader(file))
