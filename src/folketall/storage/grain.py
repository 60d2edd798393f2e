"""A table's grain is kept: a second row of one key stops the step before anything is written.

A doubled key makes no error by itself. It makes other figures: a join gives two rows for one.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.model.cells import Cells, part_of
from folketall.model.errors import StatisticsError
from folketall.model.table import Table


def stop_where_keys_repeat(table: Table, files: Sequence[str]) -> None:
    """Count the keys that occur more than once in the Parquet files of a table.

    Only the key columns are read; a table without a grain may have equal rows.

    Raises:
        StatisticsError: naming the table and its key, and no value of it.
    """
    if not table.grain or not files:
        return
    key = ", ".join(f'"{name}"' for name in table.grain)
    with duckdb.connect(config={"memory_limit": "1GB", "threads": "2"}) as connection:
        found = connection.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM read_parquet(?, hive_partitioning = true) "
            f"GROUP BY {key} HAVING count(*) > 1)",
            [list(files)],
        ).fetchone()
    if found and found[0]:
        raise _repeats(table, found[0])


def stop_where_rows_repeat(df: DataFrame, table: Table) -> None:
    """The same of rows that are not written yet.

    Raises:
        StatisticsError: naming the table and its key, and no value of it.
    """
    if not table.grain:
        return
    twice = df.groupBy(*table.grain).agg(F.count(F.lit(1)).alias("n")).where("n > 1").count()
    if twice:
        raise _repeats(table, twice)


def stop_where_cells_repeat(part: Cells, table: Table, seen: set[tuple[str, ...]]) -> None:
    """The same of cells of one cube, period and boundary year.

    Args:
        part: the cells.
        table: which they are to be written to.
        seen: the parts before it; this one is added.

    Raises:
        StatisticsError: a cell occurs twice, or a second part is of the same cube and period.
    """
    if not part.num_rows:
        return
    name = part_of(part)
    if name in seen:
        raise _repeats(table, part.num_rows)
    seen.add(name)
    place = np.zeros(part.num_rows, np.int64)
    for column in table.grain:
        codes = part[column].combine_chunks()
        index = codes.indices.fill_null(len(codes.dictionary)).to_numpy()
        # One number for all columns; a cell has fewer than 2^63 keys that could be declared.
        place = place * (len(codes.dictionary) + 1) + index
    if twice := part.num_rows - len(np.unique(place)):
        raise _repeats(table, twice)


def _repeats(table: Table, number: int) -> StatisticsError:
    return StatisticsError(
        f"the table {table.name} would have {number} keys ({', '.join(table.grain)}) more than "
        "once; it is left as it was. Look for rows that were joined or delivered twice in what "
        "the step reads"
    )
