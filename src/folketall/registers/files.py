"""The files of one delivered table, held against the manifest: names, checksums, columns."""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from folketall.model.deliveries import DeliveredTable
from folketall.registers.types import type_faults

_CHUNK = 1 << 19
LONGEST_LINE = 2 * _CHUNK
"""Bytes: a longer line fills a piece that is read. So no line has more fields than this."""


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """One table of a delivery, as it lies on disk."""

    path: Path
    format: str
    """csv or parquet."""
    rows: int
    """As the manifest says."""
    columns: tuple[str, ...]
    """Of the header, in its order."""
    extra: tuple[str, ...]
    """Columns the contract does not know: not read, but reported."""
    parts: tuple[Path, ...]
    """The files with rows: the one file, or those in the folder."""


def check_table(
    home: Path, table: DeliveredTable, *, rows: int, checksums: Mapping[str, str]
) -> tuple[DeliveredFile | None, list[str]]:
    """The table's files, and everything that is wrong with them."""
    found = [home / f"{table.name}{ending}" for ending in (".csv", ".parquet")]
    found = [path for path in found if path.exists()]
    if not found:
        return None, [f"neither {table.name}.csv nor {table.name}.parquet is there"]
    if len(found) > 1:
        return None, ["both a CSV and a Parquet file are there"]
    path = found[0]
    if path.suffix == ".csv" and not path.is_file():
        return None, [f"{path.name} is not one file"]
    parts = _files(path)
    faults = _file_faults(home, path, parts, checksums)
    shown = [part for part in parts if not _hidden(part)]
    if not shown:
        return None, [*faults, f"{path.name} holds no file with rows"]
    if path.suffix == ".csv":
        columns = _csv_header(shown, rows, faults)
    else:
        columns = _parquet(shown, rows, table, faults)
    if columns is None:
        return None, faults
    faults += _column_faults(table, columns)
    extra = tuple(name for name in columns if name not in table.column_names)
    return DeliveredFile(path, path.suffix[1:], rows, columns, extra, tuple(shown)), faults


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file())


def _hidden(path: Path) -> bool:
    # What Spark itself passes over when it reads a folder: _SUCCESS, .part-0000.crc.
    return path.name.startswith(("_", "."))


def _file_faults(
    home: Path, path: Path, parts: Sequence[Path], checksums: Mapping[str, str]
) -> list[str]:
    faults = []
    unmet = dict(checksums)
    for part in parts:
        named = [part.relative_to(home).as_posix()]
        named += [part.relative_to(path).as_posix()] if part != path else []
        key = next((name for name in named if name in unmet), None)
        if key is None:
            if not _hidden(part):
                faults.append(f"{named[0]} is there, but not in the manifest")
            continue
        if sha256(part) != unmet.pop(key).lower():
            faults.append(f"{named[0]} has another checksum than the manifest says")
    return [*faults, *(f"{key} is in the manifest, but not there" for key in unmet)]


def sha256(path: Path) -> str:
    """The checksum of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _csv_header(parts: Sequence[Path], rows: int, faults: list[str]) -> tuple[str, ...] | None:
    (path,) = parts
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            line = file.readline(_CHUNK)
            # The rows themselves are counted when they are read; a table said to have none is not.
            if rows == 0 and any(further.strip() for further in file):
                faults.append("it has rows, the manifest says 0")
    except UnicodeDecodeError:
        faults.append(f"{path.name} is not UTF-8")
        return None
    if not line.strip():
        faults.append(f"{path.name} has no header")
        return None
    faults += _text_faults(path)
    return tuple(name.strip() for name in next(csv.reader([line])))


def _text_faults(path: Path) -> list[str]:
    """What keeps a file from being read line by line, as UTF-8."""
    # Spark would replace what it cannot read, and names would be wrong without a word.
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
                if len(chunk) == _CHUNK and b"\n" not in chunk:
                    return [f"{path.name} line {lines + 1} is longer than {_CHUNK} bytes"]
                lines += chunk.count(b"\n")
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return [f"{path.name} is not UTF-8"]
    return []


def _parquet(
    parts: Sequence[Path], rows: int, table: DeliveredTable, faults: list[str]
) -> tuple[str, ...] | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    counted, schemas = 0, []
    for part in parts:
        try:
            metadata = pq.ParquetFile(part)
        except (pa.ArrowException, OSError, ValueError):
            faults.append(f"{part.name} is not readable Parquet")
            continue
        counted += metadata.metadata.num_rows
        schemas.append(metadata.schema_arrow)
        metadata.close()
    if len(schemas) < len(parts):
        return None
    if counted != rows:
        faults.append(f"{counted} rows, the manifest says {rows}")
    # Each part is read by its own types: text may be encoded otherwise in one than in another.
    if any(set(schema.names) != set(schemas[0].names) for schema in schemas):
        faults.append("its part files have different columns")
    faults += dict.fromkeys(fault for schema in schemas for fault in type_faults(schema, table))
    return tuple(schemas[0].names)


def _column_faults(table: DeliveredTable, columns: Sequence[str]) -> Iterator[str]:
    # Spark does not tell upper from lower case in names; a header with both is ambiguous.
    seen = Counter(name.lower() for name in columns)
    for name in table.column_names:
        if name not in columns:
            yield f"column {name} is missing"
    for name, times in seen.items():
        if times > 1:
            yield f"column {name} is there {times} times"
