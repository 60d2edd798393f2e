"""The one door to a warehouse: which implementation keeps it is decided here and nowhere else."""

from __future__ import annotations

from pyspark.sql import SparkSession

from folketall.storage.address import Kind, catalog_and_schema, kind_of
from folketall.storage.delta_tables import CatalogTables, PathTables
from folketall.storage.local import LocalTables
from folketall.storage.warehouse import Warehouse


def open_warehouse(spark: SparkSession, address: str) -> Warehouse:
    """The warehouse at an address.

    Args:
        spark: whose session reads and writes it.
        address: a folder; an address with a scheme (s3a://, hdfs://, abfss://, file:/); or
            `catalog.schema`, a schema that is there.

    Raises:
        UsageError: there is no such schema.
    """
    kind = kind_of(address)
    if kind is Kind.FOLDER:
        return LocalTables(spark, address)
    if kind is Kind.ADDRESS:
        return PathTables(spark, address)
    return CatalogTables.opened(spark, address, *catalog_and_schema(address))
