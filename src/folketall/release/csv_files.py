"""Published cubes as CSV files beside the table: one file a cube."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from folketall.model.cells import Cells, part_of
from folketall.model.errors import UsageError
from folketall.model.tables import DIMENSIONS
from folketall.protection.protected import ProtectedCube
from folketall.storage.threads import a_few_ahead

KEY = ("period", "geography", "level", "region")
STATUS = "status"
Ints = NDArray[np.int64]


HEADER = "header"
"""Among the parts of a cube: the names of the columns of its file."""


def header(part: Cells) -> list[str]:
    """Names of the columns of a cube's file: only the dimensions that the cube has."""
    own = [name for name in DIMENSIONS if part[name].null_count < part.num_rows]
    return [*KEY, *own, "measure", "value", STATUS]


def write_csv(published: ProtectedCube, folder: Path) -> list[Path]:
    """Write every cube to `<folder>/<cube>.csv`, sorted by key.

    Whole numbers have no decimals; `value` is empty where `status` says it is protected. The
    bytes depend on the cells alone, not on their order. The files are made in a
    folder beside `folder` and take their places when all are whole; files of other cubes stay.

    Args:
        published: cells of PUBLISHED_CUBE; nothing else may leave.
        folder: for the files.

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
    """One file for each cube and period."""
    for _ in a_few_ahead(lambda part: _write_part(part, place), published.parts):
        pass  # Each is written when the next is asked for.


def _write_part(part: Cells, place: Path) -> None:
    cube, period, geography = part_of(part)
    folder = place / f"cube={quote(cube)}"
    folder.mkdir(parents=True, exist_ok=True)
    # No code is quoted: those that cubes declare hold no comma, quote or line break (a test sees
    # to it).
    (folder / HEADER).write_text(",".join(header(part)) + "\n", "utf-8")
    plain = pacsv.WriteOptions(include_header=False, quoting_style="none")
    pacsv.write_csv(lines(part), folder / f"period={quote(period)},{quote(geography)}", plain)


def lines(part: Cells) -> pa.Table:
    """The lines of a cube and period in the order of their keys: the columns of its file."""
    names = header(part)
    keys = [name for name in names if name not in ("value", STATUS)]
    ordered = part.select(names).take(pa.array(_order(part, keys)))
    columns = {name: ordered[name].cast(pa.string()) for name in (*keys, STATUS)}
    columns["value"] = number(ordered["value"])
    return pa.table({name: columns[name] for name in names})


def _order(part: Cells, keys: Sequence[str]) -> Ints:
    """The rows in the order of their codes, the first column first."""
    place = np.zeros(part.num_rows, np.int64)
    for name in keys:
        column = part[name].combine_chunks()
        codes = np.array(column.dictionary.to_pylist(), dtype=object)
        rank = np.empty(len(codes), np.int64)
        rank[np.argsort(codes, kind="stable")] = np.arange(len(codes))
        # One number for all columns: sorting by ten of them takes ten times as long.
        place = place * len(codes) + rank[column.indices.to_numpy()]
    found: Ints = np.argsort(place, kind="stable")
    return found


def number(value: pa.ChunkedArray) -> pa.ChunkedArray:
    """Figures as text: whole without decimals, others with those they have (at most six)."""
    whole = value.to_numpy()
    if np.array_equal(whole, np.floor(whole), equal_nan=True):
        return value.cast(pa.int64())
    text = pc.cast(pc.round(value, 6), pa.decimal128(30, 6)).cast(pa.string())
    return pc.utf8_rtrim(pc.utf8_rtrim(text, "0"), ".")


def _join(parts: Path, folder: Path) -> Path:
    """Put a cube's periods after one another under its header."""
    cube = unquote(parts.name.removeprefix("cube="))
    target = folder / f"{cube}.csv"
    with target.open("wb") as file:
        file.write((parts / HEADER).read_bytes())
        for part in sorted(one for one in parts.iterdir() if one.name != HEADER):
            with part.open("rb") as lines:
                shutil.copyfileobj(lines, file, 1 << 20)
    return target
