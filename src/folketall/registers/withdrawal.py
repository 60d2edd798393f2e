"""Take a delivery back (V5): its rows count no more, the act stays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from folketall.model.errors import UsageError
from folketall.model.table import Table
from folketall.model.tables import REGISTER_NOTE, REGISTERS, REJECTED_ROW, WITHDRAWAL
from folketall.registers.taken import (
    deliveries_taken,
    delivery_table,
    key_of,
    replace_deliveries,
    stored_digests,
    withdrawn,
)
from folketall.storage.warehouse import Warehouse

INTAKE_TABLES = (*REGISTERS.values(), REJECTED_ROW, REGISTER_NOTE)
"""What the rows of deliveries are in."""


def withdraw(warehouse: Warehouse, source: str, day: date, why: str) -> None:
    """V5: take a delivery back. From the first commit its rows count no more; then they go.

    Raises:
        UsageError: it is not there.
    """
    rows = [r for r in deliveries_taken(warehouse).collect() if key_of(r) == (source, day)]
    if not rows:
        unfinished = {(of, on) for of, on, _ in withdrawn(warehouse)} & {
            key_of(row) for row in delivery_table(warehouse).collect()
        }
        if (source, day) not in unfinished:
            raise UsageError(
                f"the warehouse holds no delivery {source}/{day}; `folketall export delivery` "
                "lists those it holds"
            )
    for row in rows:
        act = warehouse.spark.createDataFrame(
            [(source, day, row["digest"], why)], WITHDRAWAL.schema
        )
        warehouse.append(act, WITHDRAWAL, row["digest"])
    finish_withdrawals(warehouse)


def finish_withdrawals(warehouse: Warehouse) -> None:
    """Remove the rows of deliveries that were withdrawn, if any are there still."""
    gone = withdrawn(warehouse)
    every = delivery_table(warehouse).collect() if gone else []
    left = [row for row in every if (*key_of(row), row["digest"]) not in gone]
    if len(left) == len(every):
        return
    for table in INTAKE_TABLES:
        remove_rows_not_of(warehouse, table, stored_digests(left))
    replace_deliveries(warehouse, left, " ".join(row["digest"] for row in left))


def remove_rows_not_of(
    warehouse: Warehouse, table: Table, stored: Mapping[tuple[str, date], str]
) -> None:
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
