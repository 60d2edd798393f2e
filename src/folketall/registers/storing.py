"""Write the rows of deliveries, what was refused and noted; at last that they are taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from folketall.model.deliveries import DeliveredTable
from folketall.model.table import Table
from folketall.model.tables import REGISTER_NOTE, REGISTERS, REJECTED_ROW
from folketall.registers.manifest import Delivery
from folketall.registers.reading import DELIVERED_ON
from folketall.registers.taken import key_of, replace_deliveries, stored_digests
from folketall.registers.told import READING
from folketall.registers.validation import refuse_repeats
from folketall.registers.verdicts import Verdict, notes_of, rejected_rows
from folketall.registers.withdrawal import INTAKE_TABLES, remove_rows_not_of
from folketall.storage.threads import at_once
from folketall.storage.warehouse import Warehouse

Found = Mapping[DeliveredTable, Mapping[date, Verdict]]
"""The verdict on each table of each delivery, by the delivery's date."""


def store(
    warehouse: Warehouse,
    deliveries: Sequence[Delivery],
    checked: Mapping[DeliveredTable, DataFrame],
    found: Found,
    kept: Sequence[Row],
    now: Mapping[str, str],
) -> None:
    """Write the rows of deliveries, what was refused and noted; at last that they are taken.

    Those read anew are marked before: whoever reads the warehouse after a kill sees that their
    rows cannot be used, and never two readings of one delivery.
    """
    if not deliveries:
        return
    mark = " ".join(delivery.digest for delivery in deliveries)
    mine = {(d.source, d.delivered_on) for d in deliveries}
    others = [row for row in kept if key_of(row) not in mine]
    anew = len(others) < len(kept)
    if anew:
        reading = [
            row if key_of(row) not in mine else Row(**{**row.asDict(), "choices": READING})
            for row in kept
        ]
        replace_deliveries(warehouse, reading, "reading anew")
    writes = _rows_by_table(deliveries, checked, found)
    at_once(
        lambda table: _add(
            warehouse, writes.get(table.name, []), table, mark, stored_digests(others), anew=anew
        ),
        INTAKE_TABLES,
    )
    whole = [*others, *_delivery_rows(deliveries, found, now)]
    replace_deliveries(warehouse, whole, mark)


def _rows_by_table(
    deliveries: Sequence[Delivery], checked: Mapping[DeliveredTable, DataFrame], found: Found
) -> dict[str, list[DataFrame]]:
    """What goes into each of INTAKE_TABLES, by its name: nothing where no row does."""
    rows: dict[DeliveredTable, DataFrame] = {}
    for table, df in checked.items():
        days = [d.delivered_on for d in with_rows(deliveries, table)]
        again = [day for day in days if day in found[table] and found[table][day].repeats]
        rows[table] = _on(refuse_repeats(df, table, again) if again else df, days)
    verdicts = {t: [verdict_of(found[t], d) for d in deliveries] for t in rows}
    counting = {t: df for t, df in rows.items() if any(v.rows > v.refused for v in verdicts[t])}
    refused = {t: df for t, df in rows.items() if any(v.refused for v in verdicts[t])}
    noted = {t: df for t, df in rows.items() if any(v.notes for v in verdicts[t])}
    sound = {
        REGISTERS[t].name: [df.where("fault IS NULL").select(*t.column_names, DELIVERED_ON)]
        for t, df in counting.items()
    }
    return sound | {
        REJECTED_ROW.name: [rejected_rows(df, t) for t, df in refused.items()],
        REGISTER_NOTE.name: [notes_of(df, t) for t, df in noted.items()],
    }


def _on(df: DataFrame, days: Sequence[date]) -> DataFrame:
    return df.where(F.col(DELIVERED_ON).isin(list(days)))


def _add(
    warehouse: Warehouse,
    parts: list[DataFrame],
    table: Table,
    mark: str,
    stored: Mapping[tuple[str, date], str],
    *,
    anew: bool,
) -> None:
    if anew:
        remove_rows_not_of(warehouse, table, stored)
    else:
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
    remove_rows_not_of(warehouse, table, stored)


def _delivery_rows(
    deliveries: Sequence[Delivery], found: Found, now: Mapping[str, str]
) -> list[tuple[object, ...]]:
    return [
        (
            delivery.source,
            delivery.delivered_on,
            delivery.mode,
            delivery.digest,
            delivery.rows,
            sum(verdict.refused for verdict in mine),
            sum(verdict.real_pins for verdict in mine),
            now[delivery.source],
        )
        for delivery in deliveries
        for mine in [
            [verdict_of(v, delivery) for t, v in found.items() if t.source == delivery.source]
        ]
    ]


def verdict_of(verdicts: Mapping[date, Verdict], delivery: Delivery) -> Verdict:
    return verdicts.get(delivery.delivered_on, Verdict(0, {}, 0, 0))


def with_rows(deliveries: Sequence[Delivery], table: DeliveredTable) -> list[Delivery]:
    return [
        delivery
        for delivery in deliveries
        if delivery.source == table.source
        and table.name in delivery.tables
        and delivery.tables[table.name].rows
    ]
