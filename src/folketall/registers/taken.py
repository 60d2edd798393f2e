"""The deliveries that a warehouse holds: those taken, and those withdrawn since (V5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from folketall.model.errors import UsageError
from folketall.model.table import Table
from folketall.model.tables import DELIVERY, WITHDRAWAL
from folketall.registers.told import other_choices
from folketall.storage.warehouse import Warehouse


def deliveries_taken(warehouse: Warehouse) -> DataFrame:
    """The table DELIVERY without those withdrawn (V5); without rows where nothing was taken."""
    rows, key = delivery_table(warehouse), list(WITHDRAWAL.grain)
    if not warehouse.exists(WITHDRAWAL.name):
        return rows
    return rows.join(warehouse.read(WITHDRAWAL).select(*key), key, "left_anti").select(
        *DELIVERY.columns
    )


def withdrawn(warehouse: Warehouse) -> set[tuple[str, date, str]]:
    """V5: source, date and digest of the deliveries taken back."""
    rows = read_or_empty(warehouse, WITHDRAWAL).collect()
    return {(row["source"], row["delivered_on"], row["digest"]) for row in rows}


def delivery_table(warehouse: Warehouse) -> DataFrame:
    rows = read_or_empty(warehouse, DELIVERY)
    # A warehouse made before a column was: nothing is known of it.
    added = [f for f in DELIVERY.schema if f.name not in rows.columns]
    return rows.withColumns({f.name: F.lit(None).cast(f.dataType) for f in added})


def replace_deliveries(
    warehouse: Warehouse, rows: Sequence[Row | tuple[object, ...]], mark: str
) -> None:
    whole = warehouse.spark.createDataFrame([tuple(row) for row in rows], DELIVERY.schema)
    warehouse.replace(whole, DELIVERY, mark)


def read_or_empty(warehouse: Warehouse, table: Table) -> DataFrame:
    return warehouse.read(table) if warehouse.exists(table.name) else warehouse.empty(table)


def key_of(row: Row) -> tuple[str, date]:
    return row["source"], row["delivered_on"]


def stored_digests(kept: Sequence[Row]) -> dict[tuple[str, date], str]:
    return {key_of(row): row["digest"] for row in kept}


def choices_kept(kept: Sequence[Row]) -> dict[tuple[str, date], str | None]:
    return {key_of(row): row["choices"] for row in kept}


def refuse_other_choices(
    kept: Sequence[Row], now: Mapping[str, str], *, at_hand: Collection[tuple[str, date]] = ()
) -> None:
    """V5: refuse a run whose choices are not those that the stored deliveries were checked with.

    Args:
        kept: rows of DELIVERY.
        now: the run's choices by source, as `told` says them.
        at_hand: deliveries that are read anew.

    Raises:
        UsageError: naming each delivery, and each setting as it was and as it is.
    """
    absent = {key: said for key, said in choices_kept(kept).items() if key not in at_hand}
    if faults := other_choices(absent, now):
        raise UsageError(
            f"the warehouse holds deliveries that were checked otherwise: {' | '.join(faults)}. "
            "Run intake with --deliveries naming the folder that has them, and they are read "
            "anew; or set what was set then"
        )
