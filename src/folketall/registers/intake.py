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

from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.model.deliveries import DELIVERED_TABLES, DeliveredTable
from folketall.model.errors import InputRefusedError
from folketall.model.table import Table
from folketall.model.tables import DELIVERY, REGISTER_NOTE, REGISTERS, REJECTED_ROW
from folketall.registers.manifest import Delivery, read_deliveries
from folketall.registers.reading import DELIVERED_ON, read_delivered
from folketall.registers.validation import Checks, Codes, check_rows, refuse_repeats
from folketall.registers.verdicts import Verdict, notes_of, refuse, rejected_rows, verdicts
from folketall.storage.delta import Warehouse
from folketall.storage.threads import at_once

log = logging.getLogger(__name__)
INTAKE_TABLES = (*REGISTERS.values(), REJECTED_ROW, REGISTER_NOTE)
Found = Mapping[DeliveredTable, Mapping[date, Verdict]]
"""The verdict on each table of each delivery, by the delivery's date."""


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
    return take(
        warehouse,
        deliveries,
        checks=Checks(codes, pin_check, duf_check, announced),
        max_rejected_share=max_rejected_share,
        min_rejected=min_rejected,
    )


def take(
    warehouse: Warehouse,
    deliveries: Sequence[Delivery],
    *,
    checks: Checks,
    max_rejected_share: float = 0.02,
    min_rejected: int = 20,
) -> list[TakenDelivery]:
    """Take deliveries whose files were checked. One that is stored already changes nothing.

    Returns:
        What became of each, in the order given.

    Raises:
        InputRefusedError: a wrong row count, too many refused rows (V3), or another delivery
            under the same source and date. Nothing of that delivery and of those after it is
            stored; those before it are.
    """
    stored = _stored(warehouse)
    faults = [fault for delivery in deliveries if (fault := _other_than_stored(delivery, stored))]
    if faults:
        raise InputRefusedError(" | ".join(faults))
    new = [d for d in deliveries if (d.source, d.delivered_on) not in stored]
    # Read and checked once: the verdict, the rows, what is refused and what is noted are all
    # taken from it. All deliveries of a table together: its long checks are planned once.
    tables = _tables(new)
    checked = dict(
        zip(tables, at_once(lambda t: _checked(warehouse, new, t, checks), tables), strict=True)
    )
    found = dict(at_once(lambda t: (t, _verdicts(checked[t], t, new)), tables))
    good, refused = _before_the_first_refused(new, found, max_rejected_share, min_rejected)
    _store(warehouse, good, checked, found, stored)
    if refused:
        raise refused
    taken = {d.name: TakenDelivery(d.name, True, d.rows, _by_reason(found, d)) for d in new}
    return [taken.get(d.name, TakenDelivery(d.name, False, d.rows, {})) for d in deliveries]


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


def _by_reason(found: Found, delivery: Delivery) -> dict[str, int]:
    return {
        f"{table.name}: {why}": number
        for table, verdicts in found.items()
        for why, number in sorted(_of(verdicts, delivery).rejected.items())
    }


def _of(verdicts: Mapping[date, Verdict], delivery: Delivery) -> Verdict:
    return verdicts.get(delivery.delivered_on, Verdict(0, {}, 0, 0))


def _tables(deliveries: Sequence[Delivery]) -> list[DeliveredTable]:
    """The tables that some delivery has rows of."""
    return [table for table in DELIVERED_TABLES if _with_rows(deliveries, table)]


def _with_rows(deliveries: Sequence[Delivery], table: DeliveredTable) -> list[Delivery]:
    return [
        delivery
        for delivery in deliveries
        if delivery.source == table.source
        and table.name in delivery.tables
        and delivery.tables[table.name].rows
    ]


def _checked(
    warehouse: Warehouse, deliveries: Sequence[Delivery], table: DeliveredTable, checks: Checks
) -> DataFrame:
    parts = [
        read_delivered(warehouse.spark, delivery.tables[table.name], table).withColumn(
            DELIVERED_ON, F.lit(delivery.delivered_on)
        )
        for delivery in _with_rows(deliveries, table)
    ]
    rows = check_rows(reduce(DataFrame.union, parts), table, checks=checks)
    # Not in memory: read twice, and for a whole country there is more of it than of memory.
    return rows.localCheckpoint(storageLevel=StorageLevel.DISK_ONLY)


def _verdicts(
    checked: DataFrame, table: DeliveredTable, deliveries: Sequence[Delivery]
) -> dict[date, Verdict]:
    full = [d.delivered_on for d in _with_rows(deliveries, table) if d.mode == "full"]
    return verdicts(checked, table, repeats_on=full if table.key else [])


def _before_the_first_refused(
    deliveries: Sequence[Delivery], found: Found, max_share: float, least: int
) -> tuple[list[Delivery], InputRefusedError | None]:
    good: list[Delivery] = []
    for delivery in deliveries:
        mine = {t: _of(v, delivery) for t, v in found.items() if _with_rows([delivery], t)}
        _report_extra(delivery)
        try:
            refuse(delivery, mine, max_rejected_share=max_share, min_rejected=least)
        except InputRefusedError as fault:
            return good, fault
        good.append(delivery)
    return good, None


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
    deliveries: Sequence[Delivery],
    checked: Mapping[DeliveredTable, DataFrame],
    found: Found,
    stored: Mapping[tuple[str, date], str],
) -> None:
    """Write the rows of deliveries, what was refused and noted; at last that they are taken."""
    if not deliveries:
        return
    rows: dict[DeliveredTable, DataFrame] = {}
    for table, df in checked.items():
        days = [d.delivered_on for d in _with_rows(deliveries, table)]
        again = [day for day in days if day in found[table] and found[table][day].repeats]
        rows[table] = _on(refuse_repeats(df, table, again) if again else df, days)
    writes = {
        REGISTERS[table].name: [
            df.where("fault IS NULL").select(*table.column_names, DELIVERED_ON)
        ]
        for table, df in rows.items()
        if any((v := _of(found[table], d)).rows > v.refused for d in deliveries)
    }  # fmt: skip
    writes[REJECTED_ROW.name] = [
        rejected_rows(df, t)
        for t, df in rows.items()
        if any(_of(found[t], d).refused for d in deliveries)
    ]
    writes[REGISTER_NOTE.name] = [
        notes_of(df, t) for t, df in rows.items() if any(_of(found[t], d).notes for d in deliveries)
    ]
    mark = " ".join(delivery.digest for delivery in deliveries)
    at_once(
        lambda table: _add(warehouse, writes.get(table.name, []), table, mark, stored),
        INTAKE_TABLES,
    )
    warehouse.append(_delivery_rows(warehouse, deliveries, found), DELIVERY, mark)


def _on(df: DataFrame, days: Sequence[date]) -> DataFrame:
    return df.where(F.col(DELIVERED_ON).isin(list(days)))


def _add(
    warehouse: Warehouse,
    parts: list[DataFrame],
    table: Table,
    mark: str,
    stored: Mapping[tuple[str, date], str],
) -> None:
    _remove_what_a_killed_run_left(warehouse, table, stored)
    if parts:
        warehouse.append(reduce(DataFrame.unionByName, parts), table, mark)


def _remove_what_a_killed_run_left(
    warehouse: Warehouse, table: Table, stored: Mapping[tuple[str, date], str]
) -> None:
    """Rows of deliveries that were never taken; their office may have mended them since."""
    last = warehouse.last_commit(table.name)
    if last is None or set((last.fingerprint or "?").split()) <= set(stored.values()):
        return  # Nothing was written since the last delivery that is taken.
    taken = [
        f"source = '{source}' AND delivered_on = DATE'{day}'"
        if "source" in table.columns
        else f"delivered_on = DATE'{day}'"
        for source, day in sorted(stored)
        if "source" in table.columns or source == _source_of(table)
    ]
    warehouse.delete_part(table, f"NOT ({' OR '.join(taken)})" if taken else "true")


def _source_of(register: Table) -> str:
    return next(d.source for d, table in REGISTERS.items() if table.name == register.name)


def _delivery_rows(warehouse: Warehouse, deliveries: Sequence[Delivery], found: Found) -> DataFrame:
    rows = [
        (
            delivery.source,
            delivery.delivered_on,
            delivery.mode,
            delivery.digest,
            delivery.rows,
            sum(_of(verdicts, delivery).refused for verdicts in found.values()),
        )
        for delivery in deliveries
    ]
    return warehouse.spark.createDataFrame(rows, DELIVERY.schema)
