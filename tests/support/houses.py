"""A warehouse of every kind, in a folder of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from pyspark.sql import SparkSession

from folketall.storage.opening import open_warehouse
from folketall.storage.warehouse import Warehouse

HOUSES = ("folder", "address", "schema")


@contextmanager
def house_at(kind: str, spark: SparkSession, place: Path) -> Iterator[Warehouse]:
    """A warehouse of one kind; Spark's own catalog is in memory, so a schema goes afterwards."""
    if kind != "schema":
        root = place / "a warehouse"
        yield open_warehouse(spark, str(root) if kind == "folder" else f"file://{root}")
        return
    name = f"office_{uuid4().hex[:8]}"
    spark.sql(f"CREATE SCHEMA spark_catalog.{name} LOCATION '{(place / name).as_uri()}'")
    try:
        yield open_warehouse(spark, f"spark_catalog.{name}")
    finally:
        spark.sql(f"DROP SCHEMA spark_catalog.{name} CASCADE")
