"""Oddities noted in the registers, and what the quality report counts."""

from __future__ import annotations

from pyspark.sql.types import StructType

from folketall.model.table import Table, column
from folketall.model.tables.columns import INT, LONG, PERSON_ID, TEXT

INCONSISTENCY_FIELDS = [
    column("rule", TEXT, "Id of the rule in METHOD.md."),
    column("what", TEXT, "The oddity, in the rule's word."),
    PERSON_ID,
    column("source_table", TEXT, "Delivered table, such as event or case."),
    column("source_key", TEXT, "Event, case or DUF number, or PIN hash."),
]
INCONSISTENCY = Table(
    "inconsistency", "Oddities noted, by rule.", (), StructType(INCONSISTENCY_FIELDS)
)


def note_table(step: str) -> Table:
    """The oddities that one step noted; `inconsistency` is all of them together."""
    return Table(
        f"note_{step}", f"Oddities noted by the step {step}.", (), StructType(INCONSISTENCY_FIELDS)
    )


QUALITY = Table(
    "quality",
    "Counts for the quality report that belong to no person row, such as events counted in no "
    "year's figures (M2 too_late).",
    ("rule", "what", "year"),
    StructType(
        [
            column("rule", TEXT, "Rule id."),
            column("what", TEXT, "What is counted."),
            column("year", INT, "Year of the event."),
            column("count", LONG, "How many."),
        ]
    ),
)
