"""The geography as small tables that registers are joined with."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import BooleanType, DateType, StringType, StructField, StructType

from folketall.geography.municipalities import code_paths, code_readings, splits

READINGS = StructType(
    [
        StructField("code", StringType(), False),
        StructField("from_date", DateType(), False),
        StructField("to_date", DateType()),
        StructField("read_as", StringType(), False),
        StructField("note", StringType()),
        StructField("split", BooleanType(), False),
    ]
)
PATHS = StructType(
    [
        StructField("code", StringType(), False),
        StructField("code_from", DateType(), False),
        StructField("code_to", DateType()),
        StructField("seg_from", DateType(), False),
        StructField("seg_to", DateType()),
        StructField("led_code", StringType(), False),
        StructField("split", BooleanType(), False),
    ]
)
SPLITS = StructType(
    [
        StructField("code", StringType(), False),
        StructField("day", DateType(), False),
        StructField("successor", StringType(), False),
    ]
)


def readings_frame(spark: SparkSession) -> DataFrame:
    """Rule G3 as a table: how each reported code is read, by date."""
    return spark.createDataFrame(code_readings(), READINGS)


def paths_frame(spark: SparkSession) -> DataFrame:
    """Rule G1 as a table: what each code is called on every later date."""
    return spark.createDataFrame(code_paths(), PATHS)


def splits_frame(spark: SparkSession) -> DataFrame:
    """Rule G1 as a table: the successors that a person's own boundary change may name."""
    return spark.createDataFrame(splits(), SPLITS)
