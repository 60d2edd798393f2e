"""Cells as Arrow tables from rows, and back."""

from __future__ import annotations

from itertools import groupby
from types import SimpleNamespace

import pyarrow as pa

from folketall.model.cells import CODED, texts
from folketall.model.table import Table

PART = ("cube", "period", "geography")


def parts_of(rows: list[dict[str, object]], table: Table):
    """A table for each cube, period and boundaries, as the line hands them on."""

    def part(row: dict[str, object]) -> list[str]:
        return [str(row[name]) for name in PART]

    return [cells_of_rows(list(of), table) for _, of in groupby(sorted(rows, key=part), key=part)]


def cells_of_rows(rows: list[dict[str, object]], table: Table):
    coded = texts(table)
    columns = {}
    for name in table.columns:
        values = [row.get(name) for row in rows]
        kind = pa.string() if name in coded else pa.float64()
        column = pa.array(values, kind)
        columns[name] = column.dictionary_encode().cast(CODED) if name in coded else column
    return pa.table(columns)


def rows_of(parts) -> list[SimpleNamespace]:
    return [SimpleNamespace(**row) for part in parts for row in part.to_pylist()]
