"""Published cubes as CSV files beside the table: one file a cube."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from pyspark.sql import Column
from pyspark.sql import functions as F

from folketall.cubes.declared import CUBES
from folketall.model.errors import UsageError
from folketall.model.tables import DIMENSIONS
from folketall.protection.protected import ProtectedCube

KEY = ("period", "geography", "level", "region")
STATUS = "status"


def header(cube: str) -> list[str]:
    """Names of the columns of a cube's file: only the dimensions that the cube has."""
    own = CUBES[cube].dimension_names
    return [*KEY, *(name for name in DIMENSIONS if name in own), "measure", "value", STATUS]


def write_csv(published: ProtectedCube, folder: Path) -> list[Path]:
    """Write every cube to `<folder>/<cube>.csv`, sorted by key.

    Whole numbers have no decimals; `value` is empty where `status` says it is protected. The
    bytes depend on the cells alone, not on how they were partitioned. The files are made in a
    folder beside `folder` and take their places when all are whole; files of other cubes stay.

    Args:
        published: cells of PUBLISHED_CUBE; nothing else may leave.
        folder: on a file system that the driver and the executors both see.

    Returns:
        The files written, in order of name.
    """
    if not isinstance(published, ProtectedCube):
        raise UsageError("only protected cubes are written as files; run the step protect first")
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / ".unfinished"
    # Left by a run that was stopped; nobody reads it.
    shutil.rmtree(made, ignore_errors=True)
    _write_parts(published, made / "parts")
    whole = [_join(parts, made) for parts in sorted((made / "parts").glob("cube=*"))]
    placed = [file.replace(folder / file.name) for file in whole]
    shutil.rmtree(made)
    return placed


def _write_parts(published: ProtectedCube, place: Path) -> None:
    """One text file for each cube and period: all its lines are in one task, in order."""
    (
        published.cells.select("cube", "period", line().alias("line"))
        .repartition("cube", "period")
        # A key is as long as its neighbours' up to where it differs, so lines sort as keys do.
        .sortWithinPartitions("cube", "period", "line")
        .write.partitionBy("cube", "period")
        .text(place.resolve().as_uri())
    )


def line() -> Column:
    """One line of the file; dimensions that the cube lacks are null, and so leave no field.

    No code is quoted: those that cubes declare hold no comma, quote or line break (a test sees
    to it), and looking for them in every field took a third of the time.
    """
    key = [*KEY, *DIMENSIONS, "measure"]
    return F.concat_ws(
        ",", *key, F.coalesce(number(F.col("value")), F.lit("")), F.coalesce(STATUS, F.lit(""))
    )


def number(value: Column) -> Column:
    """A figure as text: whole without decimals, others with those they have (at most six)."""
    whole = value == F.floor(value)
    decimals = F.rtrim(value.cast("decimal(30,6)").cast("string"), F.lit("0"))
    return F.when(whole, value.cast("long").cast("string")).otherwise(decimals)


def _join(parts: Path, folder: Path) -> Path:
    """Put a cube's periods after one another under its header."""
    cube = unquote(parts.name.removeprefix("cube="))
    target = folder / f"{cube}.csv"
    with target.open("wb") as file:
        file.write((",".join(header(cube)) + "\n").encode())
        for part in _in_order(parts):
            with part.open("rb") as lines:
                shutil.copyfileobj(lines, file, 1 << 20)
    return target


def _in_order(parts: Path) -> Iterator[Path]:
    for period in sorted(parts.glob("period=*")):
        # One task may split its lines over several files; their names are in order.
        yield from sorted(period.glob("part-*"))
