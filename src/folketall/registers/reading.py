"""Delivered files as rows of text, in the contract's columns and order."""

from __future__ import annotations

import re
from functools import reduce

import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import (
    DataType,
    DecimalType,
    DoubleType,
    FloatType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
)

from folketall.model.deliveries import Delivered, DeliveredTable, Kind
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
    # Spark has no nanoseconds; as whole numbers it reads them.
    spark.conf.set("spark.sql.legacy.parquet.nanosAsLong", "true")
    # Those of other types apart: a text of one part may be a date in another.
    alike: dict[str, list[str]] = {}
    for part in file.parts:
        alike.setdefault(str(pq.read_schema(part).remove_metadata()), []).append(_literal(part))
    parts = [spark.read.parquet(*paths) for paths in alike.values()]
    texts = [part.select(*[_as_text(part, column) for column in table.columns]) for part in parts]
    return reduce(DataFrame.union, texts).select("*", F.lit(False).alias(MALFORMED))


def _as_text(rows: DataFrame, column: Delivered) -> Column:
    """A Parquet column as the text that a CSV file would hold."""
    value, kind = F.col(f"`{column.name}`"), rows.schema[column.name].dataType
    if column.kind in (Kind.DATE, Kind.EVENT_DATE):
        return _date_text(value, kind).alias(column.name)
    if isinstance(kind, (FloatType, DoubleType, DecimalType)) and column.kind is not Kind.NUMBER:
        # Years with empty ones among them come as 1965.0.
        whole = F.when(value == F.floor(value), F.floor(value).cast("bigint").cast("string"))
        return F.coalesce(whole, value.cast("string")).alias(column.name)
    return value.cast("string").alias(column.name)


def _date_text(value: Column, kind: DataType) -> Column:
    """V3: the date of a timestamp at midnight; one of another time of day stays what it is.

    No time zone is applied: an instant is read as UTC says it, whatever the session's zone is.
    """
    if isinstance(kind, TimestampType):
        return _day_or_time(F.unix_micros(value), 1_000_000)
    if isinstance(kind, TimestampNTZType):
        return F.regexp_replace(value.cast("string"), r" 00:00:00\z", "")
    if isinstance(kind, LongType):
        return _day_or_time(value, 1_000_000_000)
    return value.cast("string")


def _day_or_time(units: Column, in_a_second: int) -> Column:
    day = 86_400 * in_a_second
    # Whole numbers all through: nanoseconds have more digits than a double holds.
    past_midnight = F.pmod(units, F.lit(day))
    days = ((units - past_midnight) / F.lit(day)).cast("int")
    written = F.date_from_unix_date(days).cast("string")
    return F.when(past_midnight == 0, written).otherwise(
        F.concat(written, F.lit(" with a time of day"))
    )


def _trimmed(text: Column) -> Column:
    return F.nullif(F.btrim(text, F.lit(BLANKS)), F.lit(""))


def _literal(path: object) -> str:
    # Spark reads *, ?, [ and { in a path as a pattern.
    return re.sub(r"([\\*?\[\]{}])", r"\\\1", str(path))
