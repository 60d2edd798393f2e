"""Files beside the Delta tables: the published cubes, and any table asked for."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.model.errors import UsageError
from folketall.model.spreadsheets import MARK, PATTERN
from folketall.protection.protected import ProtectedCube
from folketall.release.csv_files import write_csv

SIGN = "made_from.json"


def write_release(published: ProtectedCube, folder: Path, *, mark: str) -> tuple[bool, int]:
    """Write the published cubes as CSV, unless the files are made from the same already.

    Args:
        published: what protection let through.
        folder: of the files.
        mark: fingerprint of what they are made from; written last, as the sign that all are whole.

    Returns:
        Whether files were written, and their bytes.
    """
    sign = folder / SIGN
    if sign.exists():
        said = json.loads(sign.read_text("utf-8"))
        whole = all((folder / name).exists() for name in said["files"])
        if said["mark"] == mark and whole:
            return False, sum((folder / name).stat().st_size for name in said["files"])
        sign.unlink()
    files = write_csv(published, folder)
    kept = {file.name for file in files}
    for old in folder.glob("*.csv"):
        if old.name not in kept:
            old.unlink()
    said = {"mark": mark, "files": sorted(kept)}
    sign.write_text(json.dumps(said, indent=1) + "\n", "utf-8")
    return True, sum(file.stat().st_size for file in files)


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
