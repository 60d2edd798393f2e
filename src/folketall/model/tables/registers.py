"""The registers as delivered, and what is known of their deliveries."""

from __future__ import annotations

from pyspark.sql.types import DataType, StructType

from folketall.model.deliveries import DELIVERED_TABLES, DeliveredTable, Kind
from folketall.model.table import Room, Table, column
from folketall.model.tables.columns import DATE, INT, LONG, REAL, TEXT

_STORED: dict[Kind, DataType] = {
    Kind.DATE: DATE,
    Kind.EVENT_DATE: DATE,
    Kind.YEAR: INT,
    Kind.NUMBER: REAL,
}


def register_table(delivered: DeliveredTable) -> Table:
    """The raw register: accepted rows as delivered, typed, with the delivery they came in."""
    fields = [
        column(c.name, _STORED.get(c.kind, TEXT), f"As delivered ({c.kind}).")
        for c in delivered.columns
    ]
    return Table(
        delivered.register,
        f"Accepted rows of {delivered.source}/{delivered.name}, every delivery.",
        (),
        StructType([*fields, column("delivered_on", DATE, "Date of the delivery.")]),
        Room.REGISTER,
        partition="delivered_on",
    )


REGISTERS = {table: register_table(table) for table in DELIVERED_TABLES}
DELIVERY = Table(
    "delivery",
    "Deliveries taken. A row here is what makes a delivery's rows count.",
    ("source", "delivered_on"),
    StructType(
        [
            column("source", TEXT, "cpr, udb, census, reason_files."),
            column("delivered_on", DATE, "Date of the delivery."),
            column("mode", TEXT, "full or increment."),
            column("digest", TEXT, "SHA-256 over the manifest's checksums and row counts."),
            column("rows", LONG, "Rows delivered."),
            column("rejected", LONG, "Rows refused (V1, V3)."),
            column("real_pins", LONG, "PINs in it that are valid and not synthetic."),
            column(
                "choices",
                TEXT,
                "What its rows were checked with (V5, JSON): settings, and code lists by content; "
                "{} while they are being read anew.",
            ),
        ]
    ),
    Room.REGISTER,
)
WITHDRAWAL = Table(
    "withdrawal",
    "Deliveries taken back (V5): their rows count no more, the act stays.",
    ("source", "delivered_on", "digest"),
    StructType(
        [
            column("source", TEXT, "cpr, udb, census, reason_files."),
            column("delivered_on", DATE, "Date of the delivery."),
            column("digest", TEXT, "Which delivery under that source and date."),
            column("why", TEXT, "The reason given."),
        ]
    ),
    Room.REGISTER,
)
REJECTED_ROW = Table(
    "rejected_row",
    "Rows refused on the way in, whole: raw register data, PINs and all.",
    (),
    StructType(
        [
            column("source", TEXT, "Source of the delivery."),
            column("delivered_on", DATE, "Date of the delivery."),
            column("table", TEXT, "Delivered table."),
            column("row", TEXT, "The row as delivered (JSON, the contract's columns)."),
            column("rule", TEXT, "V1 or V3."),
            column("why", TEXT, "First failing column and its fault."),
        ]
    ),
    Room.REGISTER,
    partition="delivered_on",
)
REGISTER_NOTE = Table(
    "register_note",
    "Oddities noted on the way in; still with the PIN, so it stays with the raw registers.",
    (),
    StructType(
        [
            column("source", TEXT, "Source of the delivery."),
            column("delivered_on", DATE, "Date of the delivery."),
            column("table", TEXT, "Delivered table."),
            column("rule", TEXT, "V1, V2, V3 or V4."),
            column("what", TEXT, "bad_pin, bad_duf, unknown_code, cause_ignored, announced."),
            column("pin", TEXT, "PIN of the row's own person, if it has one."),
            column("key", TEXT, "Event, case or DUF number of the row; null where only the PIN."),
        ]
    ),
    Room.REGISTER,
    partition="delivered_on",
)
