"""K1-K3: what the registers say as known on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from folketall.model.deliveries import DELIVERED_TABLES

Row = dict[str, Any]
Registers = dict[str, list[Row]]
"""Accepted rows by `<source>_<table>`, such as `cpr_person` and `udb_person`."""

TABLES = {f"{table.source}_{table.name}": table for table in DELIVERED_TABLES}
ACTION_ORDER = {"new": 0, "correction": 1, "annulment": 2}


@dataclass
class Delivery:
    """One delivery as it is sent: rows of text by the table's name, None where empty."""

    source: str
    delivered_on: date
    mode: str
    tables: dict[str, list[dict[str, str | None]]]


def counted(deliveries: list[Delivery], known_at: date) -> Registers:
    """K3: the rows that count, typed. UDB, census and reason files as delivered by `known_at`."""
    registers: Registers = {name: [] for name in TABLES}
    for source in {delivery.source for delivery in deliveries}:
        sent = [delivery for delivery in deliveries if delivery.source == source]
        if source != "cpr":
            sent = [delivery for delivery in sent if delivery.delivered_on <= known_at]
        fulls = [delivery.delivered_on for delivery in sent if delivery.mode == "full"]
        for delivery in sorted(sent, key=lambda d: d.delivered_on):
            if not fulls or delivery.delivered_on >= max(fulls):
                for table, rows in delivery.tables.items():
                    name = f"{source}_{table}"
                    for row in rows:
                        registers[name].append(typed(name, row, delivery.delivered_on))
    return registers


def typed(name: str, row: dict[str, str | None], delivered_on: date) -> Row:
    read: Row = {"delivered_on": delivered_on}
    for column in TABLES[name].columns:
        value = row.get(column.name) or None
        if value is None:
            read[column.name] = None
        elif column.kind in ("date", "event_date"):
            read[column.name] = date.fromisoformat(value)
        elif column.kind == "year":
            read[column.name] = int(value)
        elif column.kind == "number":
            read[column.name] = float(value)
        else:
            read[column.name] = value
    return read


def as_text(row: Row, table: str) -> tuple[tuple[bool, str], ...]:
    """All columns as text in the contract's order, null first."""
    values = [row[name] for name in TABLES[table].column_names]
    return tuple((value is not None, "" if value is None else str(value)) for value in values)


def registered_by(rows: list[Row], known_at: date) -> list[Row]:
    return [row for row in rows if row["registration_date"] <= known_at]


def rows_by_event(rows: list[Row]) -> dict[str, list[Row]]:
    """The rows of each event, the first known first (K1's order)."""
    by_event: dict[str, list[Row]] = {}
    for row in rows:
        by_event.setdefault(row["event_id"], []).append(row)
    for versions in by_event.values():
        versions.sort(
            key=lambda row: (
                row["registration_date"],
                row["delivered_on"],
                ACTION_ORDER[row["action"]],
                as_text(row, "cpr_event"),
            )
        )
    return by_event


def known_events(by_event: dict[str, list[Row]], known_at: date) -> list[Row]:
    """K1: each event as its newest known row says, with the registration date of its first."""
    events = []
    for versions in by_event.values():
        known = registered_by(versions, known_at)
        if known and known[-1]["action"] != "annulment":
            event = dict(known[-1])
            event["registration_date"] = known[0]["registration_date"]
            event["cause"] = event["cause"] or "ordinary"
            events.append(event)
    return events


def first_citizenship(rows: list[Row]) -> Row:
    """K2's ties among rows of one `from_date`."""
    return min(
        rows,
        key=lambda row: (
            -row["registration_date"].toordinal(),
            row["country"] != "000",
            row["country"] or "",
        ),
    )


FOLLOWS = "157486239"
"""K2: marital statuses, each following from those before it."""


def first_marital_status(rows: list[Row]) -> Row:
    """K2's ties among rows of one `from_date`."""
    return min(
        rows,
        key=lambda row: (
            -row["registration_date"].toordinal(),
            -FOLLOWS.index(row["status"]),
            row["spouse_pin"] is None,
            row["spouse_pin"] or "",
        ),
    )


def row_on(rows: list[Row], day: date, first_of: Any) -> Row | None:
    """K2: the row with the latest `from_date` on or before the day."""
    begun = [row["from_date"] for row in rows if row["from_date"] <= day]
    if not begun:
        return None
    return first_of([row for row in rows if row["from_date"] == max(begun)])


def row_on_or_soon_after(rows: list[Row], day: date, limit: date, first_of: Any) -> Row | None:
    """M3: the same; where nothing is known, the earliest row after the day up to the limit."""
    row = row_on(rows, day, first_of)
    if row is not None:
        return row
    soon = [row["from_date"] for row in rows if day < row["from_date"] <= limit]
    if not soon:
        return None
    return first_of([row for row in rows if row["from_date"] == min(soon)])
