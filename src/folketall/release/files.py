"""Files beside the Delta tables: the published cubes, and any table asked for."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.model.errors import UsageError
from folketall.model.spreadsheets import MARK, PATTERN
from folketall.protection.protected import ProtectedCube
from folketall.release.csv_files import write_csv
from folketall.storage.checksums import sha256
from folketall.storage.folders import Folder

SIGN = "made_from.json"


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the files of a release."""

    changed: bool
    """Whether files were written."""
    bytes: int
    mended: tuple[str, ...] = ()
    """Files that had been changed or lost since they were written, and were written anew."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What files are made from, and the checksum of each."""

    made_from: str
    files: Mapping[str, str]
    bytes: int


def write_release(published: ProtectedCube, folder: Folder, *, mark: str) -> Written:
    """Write the published cubes as CSV, unless the files are made from the same and unchanged.

    Args:
        published: what protection let through.
        folder: of the files.
        mark: fingerprint of what they are made from; written last, as the sign that all are whole.

    Returns:
        What was written.
    """
    said = read_mark(folder)
    same = said is not None and said.made_from == mark
    faults = changed_files(folder, said) if said and same else []
    if said and same and not faults:
        return Written(False, said.bytes)
    with folder.making() as made:
        files = write_csv(published, made)
        sums = {file.name: sha256(file) for file in files}
        size = sum(file.stat().st_size for file in files)
        folder.remove(SIGN)
        for file in files:
            folder.put(file)
        for name in folder.names():
            if name.endswith(".csv") and name not in sums:
                folder.remove(name)
        text = json.dumps({"mark": mark, "bytes": size, "files": sums}, indent=1) + "\n"
        (made / SIGN).write_text(text, "utf-8")
        folder.put(made / SIGN)
    return Written(True, size, tuple(faults))


def read_mark(folder: Folder) -> Mark | None:
    """What the files say they are made from; None where nothing says it, or not to its end."""
    text = folder.text(SIGN)
    try:
        said = json.loads(text or "")
        files = {str(name): str(digest) for name, digest in said["files"].items()}
        return Mark(str(said["mark"]), files, int(said["bytes"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def changed_files(folder: Folder, mark: Mark) -> list[str]:
    """Names of the files that are no longer what was written, or gone."""
    return [name for name, digest in sorted(mark.files.items()) if folder.sha256(name) != digest]


def export_table(rows: DataFrame, name: str, folder: Path, form: str) -> Path:
    """Write a table as one file with a header, sorted by its columns; bytes depend on rows alone.

    Args:
        rows: the table.
        name: of the file.
        folder: for the file.
        form: csv or parquet.

    Returns:
        The file.
    """
    if form not in ("csv", "parquet"):
        raise UsageError(f"--format {form}: csv or parquet")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}.{form}"
    made = folder / f".{name}.unfinished"
    shutil.rmtree(made, ignore_errors=True)
    ordered = rows.orderBy(*rows.columns)
    if form == "parquet":
        ordered.coalesce(1).write.parquet(made.resolve().as_uri())
    else:
        texts = [_text(rows, column).alias(column) for column in rows.columns]
        ordered.select(*texts).write.option("emptyValue", "").option("escape", '"').csv(
            made.resolve().as_uri()
        )
    # Not seen under its name before it is whole.
    whole = made / "whole"
    with whole.open("wb") as file:
        if form == "csv":
            file.write(_header(rows.columns))
        for part in sorted(made.glob("part-*")):
            with part.open("rb") as lines:
                shutil.copyfileobj(lines, file, 1 << 20)
    whole.replace(target)
    shutil.rmtree(made)
    return target


def _text(rows: DataFrame, column: str) -> Column:
    """Figures without needless decimals; texts that a spreadsheet may open; the rest as it is."""
    if dict(rows.dtypes)[column] == "string":
        # A text from outside that a spreadsheet would take for a formula is marked as a text.
        return F.regexp_replace(F.col(f"`{column}`"), PATTERN, f"{MARK}$1")
    if column == "value" and dict(rows.dtypes)[column] == "double":
        return _number(F.col(column))
    return F.col(f"`{column}`")


def _number(value: Column) -> Column:
    """A figure as text: whole without decimals, others with those they have (at most six)."""
    whole = value == F.floor(value)
    decimals = F.rtrim(value.cast("decimal(30,6)").cast("string"), F.lit("0"))
    return F.when(whole, value.cast("long").cast("string")).otherwise(decimals)


def _header(columns: list[str]) -> bytes:
    import io

    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(columns)
    return text.getvalue().encode()
