"""Compare a DataFrame with a drawing, and give the same rows in another order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.sql import DataFrame, SparkSession


def drawn(df: DataFrame, *columns: str) -> list[str]:
    """The rows as `anna | 2015-09-01`, sorted; null is blank."""
    return sorted(
        " | ".join(_text(value) for value in row) for row in df.select(*columns).collect()
    )


def lines(drawing: str) -> list[str]:
    """A drawing as `drawn` would return it, whatever its spaces."""
    rows = (line.split("|") for line in drawing.splitlines() if line.strip())
    return sorted(" | ".join(cell.strip() for cell in row) for row in rows)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def scattered(df: DataFrame, seed: int = 7, partitions: int = 3) -> DataFrame:
    """The same rows in another order and in several partitions."""
    rows = df.collect()
    random.Random(seed).shuffle(rows)
    return df.sparkSession.createDataFrame(rows, df.schema).repartition(partitions)


@contextmanager
def shuffled_into(spark: SparkSession, partitions: int = 3) -> Iterator[None]:
    """Let every exchange have so many partitions."""
    name = "spark.sql.shuffle.partitions"
    before = spark.conf.get(name)
    spark.conf.set(name, str(partitions))
    try:
        yield
    finally:
        spark.conf.set(name, before)
