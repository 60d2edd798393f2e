"""Take deliveries into the warehouse, each whole or not at all.

A delivery counts from the moment its row is in DELIVERY, which is written last: what a killed
run left before that is written over by the next.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.model.deliveries import DELIVERED_TABLES, DeliveredTable
from folketall.model.errors import InputRefusedError
from folketall.model.table import Table
from folketall.model.tables import DELIVERY, REGISTER_NOTE, REGISTERS, REJECTED_ROW
from folketall.registers.manifest import Delivery, read_deliveries
from folketall.registers.reading import read_delivered
from folketall.registers.validation import Checks, Codes, check_rows, refuse_repeats
from folketall.registers.verdicts import Verdict, notes_of, refuse, rejected_rows, verdict
from folketall.storage.delta import Warehouse

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TakenDelivery:
    """What became of one delivery."""

    name: str
    taken: bool
    """False when it was there already, and nothing was written."""
    rows: int
    rejected: Mapping[str, int]
    """Refused rows by `table: why`."""


def take_all(
    warehouse: Warehouse,
    folder: Path | str,
    *,
    codes: Codes,
    pin_check: str = "synthetic",
    duf_check: str = "note",
    announced: int = 12,
    max_rejected_share: float = 0.02,
    min_rejected: int = 20,
) -> list[TakenDelivery]:
    """Take every delivery under a folder, in order of date and source.

    All manifests are checked before anything is stored.

    Raises:
        UsageError: there is no such folder.
        InputRefusedError: deliveries are refused, or none is from the population register.
    """
    deliveries = read_deliveries(folder)
    stored = _stored(warehouse)
    _refuse_before_taking(folder, deliveries, stored)
    return [
        take(
            warehouse,
            delivery,
            codes=codes,
            pin_check=pin_check,
            duf_check=duf_check,
            announced=announced,
            max_rejected_share=max_rejected_share,
            min_rejected=min_rejected,
            stored=stored,
        )
        for delivery in deliveries
    ]


def take(
    warehouse: Warehouse,
    delivery: Delivery,
    *,
    codes: Codes,
    pin_check: str = "synthetic",
    duf_check: str = "note",
    announced: int = 12,
    max_rejected_share: float = 0.02,
    min_rejected: int = 20,
    stored: Mapping[tuple[str, date], str] | None = None,
) -> TakenDelivery:
    """Take one checked delivery. One that is stored already changes nothing.

    Raises:
        InputRefusedError: a wrong row count, too many refused rows (V3), or another delivery
            under the same source and date. Nothing of the delivery is stored.
    """
    stored = _stored(warehouse) if stored is None else stored
    if fault := _other_than_stored(delivery, stored):
        raise InputRefusedError(fault)
    if (delivery.source, delivery.delivered_on) in stored:
        return TakenDelivery(delivery.name, False, delivery.rows, {})
    _report_extra(delivery)
    checks = Checks(delivery.delivered_on, codes, pin_check, duf_check, announced)
    # Read and checked once: the verdict, the rows, what is refused and what is noted are all
    # taken from it, and the long expressions of the checks are planned once.
    checked = {t: _checked(warehouse, delivery, t, checks).persist() for t in _with_rows(delivery)}
    try:
        verdicts = {
            t: verdict(df, t, repeats=_wants_keys(delivery, t)) for t, df in checked.items()
        }
        refuse(delivery, verdicts, max_rejected_share=max_rejected_share, min_rejected=min_rejected)
        rows = {
            t: refuse_repeats(df, t) if verdicts[t].repeats else df for t, df in checked.items()
        }
        _store(warehouse, delivery, rows, verdicts)
    finally:
        for df in checked.values():
            df.unpersist()
    return TakenDelivery(delivery.name, True, delivery.rows, _by_reason(verdicts))


def register_rows(warehouse: Warehouse, delivered: DeliveredTable) -> DataFrame:
    """The raw register as stored, every delivery; without rows where nothing was delivered."""
    return _read_or_empty(warehouse, REGISTERS[delivered])


def deliveries_taken(warehouse: Warehouse) -> DataFrame:
    """The table DELIVERY; without rows where nothing was taken."""
    return _read_or_empty(warehouse, DELIVERY)


def _read_or_empty(warehouse: Warehouse, table: Table) -> DataFrame:
    return warehouse.read(table) if warehouse.exists(table.name) else warehouse.empty(table)


def _stored(warehouse: Warehouse) -> dict[tuple[str, date], str]:
    rows = deliveries_taken(warehouse).select("source", "delivered_on", "digest").collect()
    return {(row["source"], row["delivered_on"]): row["digest"] for row in rows}


def _other_than_stored(delivery: Delivery, stored: Mapping[tuple[str, date], str]) -> str | None:
    digest = stored.get((delivery.source, delivery.delivered_on), delivery.digest)
    if digest == delivery.digest:
        return None
    return (
        f"delivery {delivery.name}: a different delivery under the same source and date is stored "
        "already. Nothing of it is stored; deliver it under a new date"
    )


def _by_reason(verdicts: Mapping[DeliveredTable, Verdict]) -> dict[str, int]:
    return {
        f"{table.name}: {why}": number
        for table, found in verdicts.items()
        for why, number in sorted(found.rejected.items())
    }


def _with_rows(delivery: Delivery) -> list[DeliveredTable]:
    return [
        table
        for table in DELIVERED_TABLES
        if table.source == delivery.source
        and table.name in delivery.tables
        and delivery.tables[table.name].rows
    ]


def _wants_keys(delivery: Delivery, table: DeliveredTable) -> bool:
    return delivery.mode == "full" and table.key is not None


def _checked(
    warehouse: Warehouse, delivery: Delivery, table: DeliveredTable, checks: Checks
) -> DataFrame:
    rows = read_delivered(warehouse.spark, delivery.tables[table.name], table)
    return check_rows(rows, table, checks=checks)


def _refuse_before_taking(
    folder: Path | str, deliveries: Sequence[Delivery], stored: Mapping[tuple[str, date], str]
) -> None:
    faults = [fault for d in deliveries if (fault := _other_than_stored(d, stored))]
    if faults:
        raise InputRefusedError(" | ".join(faults))
    if "cpr" not in {d.source for d in deliveries} | {source for source, _ in stored}:
        raise InputRefusedError(
            f"{folder} holds no delivery of cpr, the population register; put one at "
            "cpr/<date>/manifest.json in it"
        )


def _report_extra(delivery: Delivery) -> None:
    for name, file in delivery.tables.items():
        if file.extra:
            log.warning(
                "delivery %s: table %s: columns not read: %s",
                delivery.name,
                name,
                ", ".join(file.extra),
            )


def _store(
    warehouse: Warehouse,
    delivery: Delivery,
    rows: Mapping[DeliveredTable, DataFrame],
    verdicts: Mapping[DeliveredTable, Verdict],
) -> None:
    day = f"delivered_on = DATE'{delivery.delivered_on}'"
    mine = f"source = '{delivery.source}' AND {day}"
    delivered_on = F.lit(delivery.delivered_on).alias("delivered_on")
    for table in (table for table in DELIVERED_TABLES if table.source == delivery.source):
        found = verdicts.get(table)
        parts = []
        if found and found.rows > found.refused:
            kept = rows[table].where("fault IS NULL")
            parts = [kept.select(*table.column_names, delivered_on)]
        _replace(warehouse, parts, REGISTERS[table], day, delivery)
    refused = [rejected_rows(df, t, delivery) for t, df in rows.items() if verdicts[t].refused]
    _replace(warehouse, refused, REJECTED_ROW, mine, delivery)
    noted = [notes_of(df, t, delivery) for t, df in rows.items() if verdicts[t].notes]
    _replace(warehouse, noted, REGISTER_NOTE, mine, delivery)
    row = _delivery_row(warehouse, delivery, verdicts)
    warehouse.put_part(row, DELIVERY, mine, delivery.digest)


def _replace(
    warehouse: Warehouse, parts: list[DataFrame], table: Table, where: str, delivery: Delivery
) -> None:
    if parts:
        rows = reduce(DataFrame.unionByName, parts)
        warehouse.put_part(rows, table, where, delivery.digest)
    else:
        # A run that was killed may have left rows of a delivery that has since been mended.
        warehouse.delete_part(table, where)


def _delivery_row(
    warehouse: Warehouse, delivery: Delivery, verdicts: Mapping[DeliveredTable, Verdict]
) -> DataFrame:
    row = (
        delivery.source,
        delivery.delivered_on,
        delivery.mode,
        delivery.digest,
        delivery.rows,
        sum(found.refused for found in verdicts.values()),
    )
    return warehouse.spark.createDataFrame([row], DELIVERY.schema)
