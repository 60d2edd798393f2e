"""Cells of cubes as Arrow tables: counted by Spark, few enough for one machine ever after.

A national cube has no more cells than a village's, so from counting to publication cells go
through columns of numbers and not, a row at a time, through Spark.
"""

from __future__ import annotations

from typing import TypeAlias

import pyarrow as pa
from pyspark.sql.types import StringType

from folketall.model.table import Table, TableMismatchError

Cells: TypeAlias = pa.Table
"""Cells of one cube and one period, in the columns of CUBE or PUBLISHED_CUBE; texts are CODED."""
CODED = pa.dictionary(pa.int32(), pa.string())
FIGURES = ("value", "plus", "minus")
"""Columns of CUBE: a row's own figure and, of a net, those it is the difference of."""
KEYS_OF_FIGURES = ("key", "plus_key", "minus_key")
"""Columns of CUBE: the keys of the records that each of FIGURES counts (X1)."""


def texts(table: Table) -> list[str]:
    """Names of the table's text columns."""
    return [field.name for field in table.schema if isinstance(field.dataType, StringType)]


def part_of(cells: Cells) -> tuple[str, str, str]:
    """The cube, period and boundary year that the cells are of."""
    cube, period, geography = (cells[name][0].as_py() for name in ("cube", "period", "geography"))
    return cube, period, geography


def plain(cells: Cells) -> pa.Table:
    """The same with texts as texts: Spark and pandas' looks take no numbered ones."""
    columns = [c.cast(pa.string()) if c.type == CODED else c for c in cells.columns]
    return pa.table(columns, names=cells.column_names)


def coded(rows: pa.Table, table: Table) -> Cells:
    """Rows as they are stored as cells: the columns of the table, in its order, texts numbered."""
    of = set(texts(table))
    columns = {name: rows[name].combine_chunks() for name in table.columns}
    return pa.table({n: c.cast(CODED) if n in of else c for n, c in columns.items()})


def packed(cells: pa.Table) -> bytes:
    """The same rows in a hundredth of the room, for keeping what is not worked on."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, cells.schema, options=options) as stream:
        stream.write_table(cells)
    return bytes(sink.getvalue())


def unpacked(content: bytes) -> pa.Table:
    """What `packed` was given."""
    with pa.ipc.open_stream(content) as stream:
        return stream.read_all()


def conform_cells(cells: Cells, table: Table) -> Cells:
    """Return `cells` if they have exactly the columns of `table`, in its order.

    Raises:
        TableMismatchError: they have not.
    """
    coded = set(texts(table))
    promised = [(name, CODED if name in coded else pa.float64()) for name in table.columns]
    actual = [(field.name, field.type) for field in cells.schema]
    if actual != promised:
        odd = [f"{name} {kind}" for name, kind in actual if (name, kind) not in promised]
        raise TableMismatchError(
            f"{table.name}: cells have {', '.join(odd) or 'other columns'}, "
            f"not {', '.join(table.columns)}"
        )
    return cells
