"""Small DataFrames written as the tables a statistician would draw on paper."""

from __future__ import annotations

from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType


def frame(spark: SparkSession, columns: str, drawing: str = "") -> DataFrame:
    """Read a drawing such as `anna | 2015-09-01` into the given DDL columns; blank is null."""
    wanted = StructType.fromDDL(columns)
    text = StructType([StructField(f.name, StringType()) for f in wanted])
    rows = []
    for line in drawing.strip("\n").splitlines():
        if line.strip():
            cells = tuple(cell.strip() or None for cell in line.split("|"))
            assert len(cells) == len(wanted), f"{line!r} has {len(cells)} of {len(wanted)} cells"
            rows.append(cells)
    typed = [F.col(f.name).cast(f.dataType).alias(f.name) for f in wanted]
    return spark.createDataFrame(rows, text).select(*typed)


def kept(rows: DataFrame) -> DataFrame:
    """Rows computed at once, as a step keeps them."""
    return rows.localCheckpoint()


def assert_same_rows(actual: DataFrame, expected: DataFrame) -> None:
    """Compare names, types and rows; the order of rows and nullability carry no meaning."""
    assert_df_equality(
        actual, expected, ignore_row_order=True, ignore_nullable=True, ignore_metadata=True
    )
