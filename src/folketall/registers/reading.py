"""Delivered files as rows of text, in the contract's columns and order."""

from __future__ import annotations

import re

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from folketall.model.deliveries import DeliveredTable
from folketall.registers.files import LONGEST_LINE, DeliveredFile

BLANKS = " \t\r\n\u00a0"
MALFORMED = "malformed"
DELIVERED_ON = "delivered_on"
"""The column that says which delivery a row came with."""
_LINE = "unreadable_line"


def read_delivered(spark: SparkSession, file: DeliveredFile, table: DeliveredTable) -> DataFrame:
    """One row per delivered row: the contract's columns as trimmed text, and `malformed`.

    Empty text is null (V3: text is trimmed). `malformed` is true for CSV rows with too few or
    too many fields. Rows keep no order.
    """
    rows = _csv(spark, file, table) if file.format == "csv" else _parquet(spark, file, table)
    trimmed = [_trimmed(F.col(name)).alias(name) for name in table.column_names]
    return rows.select(*trimmed, MALFORMED)


def _csv(spark: SparkSession, file: DeliveredFile, table: DeliveredTable) -> DataFrame:
    # Columns are named by place, so that no extra column's name can be in the way.
    names = [f"field_{place}" for place in range(len(file.columns))]
    schema = StructType([StructField(name, StringType()) for name in [*names, _LINE]])
    rows = (
        spark.read.schema(schema)
        .options(
            header=True,
            encoding="UTF-8",
            quote='"',
            escape='"',
            multiLine=False,
            mode="PERMISSIVE",
            columnNameOfCorruptRecord=_LINE,
            # Spark judges the number of fields only where it parses them all.
            columnPruning=False,
            # A row with too many fields is refused by itself (V3); a line has no more than this.
            maxColumns=LONGEST_LINE,
        )
        .csv([_literal(part) for part in file.parts])
    )
    place = {name: names[number] for number, name in enumerate(file.columns)}
    wanted = [F.col(place[name]).alias(name) for name in table.column_names]
    return rows.select(*wanted, F.col(_LINE).isNotNull().alias(MALFORMED))


def _parquet(spark: SparkSession, file: DeliveredFile, table: DeliveredTable) -> DataFrame:
    rows = spark.read.parquet(*[_literal(part) for part in file.parts])
    texts = [F.col(f"`{name}`").cast("string").alias(name) for name in table.column_names]
    return rows.select(*texts, F.lit(False).alias(MALFORMED))


def _trimmed(text: Column) -> Column:
    return F.nullif(F.btrim(text, F.lit(BLANKS)), F.lit(""))


def _literal(path: object) -> str:
    # Spark reads *, ?, [ and { in a path as a pattern.
    return re.sub(r"([\\*?\[\]{}])", r"\\\1", str(path))
