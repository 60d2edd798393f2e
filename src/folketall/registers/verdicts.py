"""What checked rows come to: how many count, how many are refused and why (V3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from folketall.model.deliveries import DeliveredTable
from folketall.model.errors import InputRefusedError
from folketall.registers.manifest import Delivery
from folketall.registers.reading import DELIVERED_ON

NOTE_KEYS = ("event_id", "case_id", "duf")
"""The column of a table, the first it has, that says which row a note is about."""
NOTE_PINS = ("pin", "new_pin")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the first pass over one delivered table found."""

    rows: int
    rejected: Mapping[str, int]
    """Refused rows by why."""
    repeats: int
    """Refused rows that are repeats of a key; they are in `rejected` too."""
    notes: int

    @property
    def refused(self) -> int:
        return sum(self.rejected.values())


def verdicts(
    checked: DataFrame, table: DeliveredTable, *, repeats_on: Collection[date]
) -> dict[date, Verdict]:
    """Count a table's rows, faults and notes of each delivery, by its date, in one pass.

    Repeats of the key are looked for in the deliveries of `repeats_on`.
    """
    sound = F.col("fault").isNull()
    counts = [F.count(F.lit(1)).alias("rows")]
    counts.append(F.sum(F.when(sound, F.size("notes")).otherwise(0)).alias("notes"))
    if repeats_on and table.key:
        counts.append(F.count_distinct(F.when(sound, F.col(table.key))).alias("keys"))
    found = checked.groupBy(DELIVERED_ON, F.col("fault.why").alias("why")).agg(*counts).collect()
    days = {row[DELIVERED_ON] for row in found}
    return {
        day: _verdict([row for row in found if row[DELIVERED_ON] == day], table, day in repeats_on)
        for day in sorted(days)
    }


def _verdict(counts: Sequence[Row], table: DeliveredTable, repeats: bool) -> Verdict:
    rejected = {row["why"]: row["rows"] for row in counts if row["why"] is not None}
    found = next((row for row in counts if row["why"] is None), None)
    again = found["rows"] - found["keys"] if found and repeats else 0
    if again:
        rejected[f"{table.key}: occurs again"] = again
    rows = sum(row["rows"] for row in counts)
    return Verdict(rows, rejected, again, sum(row["notes"] for row in counts))


def refuse(
    delivery: Delivery,
    verdicts: Mapping[DeliveredTable, Verdict],
    *,
    max_rejected_share: float,
    min_rejected: int,
) -> None:
    """V3: refuse a delivery with wrong row counts, or a table with too many refused rows."""
    faults = []
    for table, found in verdicts.items():
        said = delivery.tables[table.name].rows
        if found.rows != said:
            faults.append(f"table {table.name}: {found.rows} rows, the manifest says {said}")
        # The quotient, not the product: 29 of 100 is exactly the share 0.29.
        elif found.refused >= min_rejected and found.refused / found.rows > max_rejected_share:
            why, number = max(found.rejected.items(), key=lambda item: (item[1], item[0]))
            faults.append(
                f"table {table.name}: {found.refused} of {found.rows} rows refused "
                f"({found.refused / found.rows:.1%}, the limit is {max_rejected_share:.1%}), "
                f"most often {why} ({number} rows)"
            )
    if faults:
        raise InputRefusedError(
            f"delivery {delivery.name}: {'; '.join(faults)}. Nothing of it is stored; "
            "have it made and delivered anew"
        )


def _of(table: DeliveredTable) -> list[Column]:
    return [
        F.lit(table.source).alias("source"),
        F.col(DELIVERED_ON),
        F.lit(table.name).alias("table"),
    ]


def rejected_rows(checked: DataFrame, table: DeliveredTable) -> DataFrame:
    """The refused rows of a checked table, in the shape of REJECTED_ROW."""
    return checked.where("fault IS NOT NULL").select(
        *_of(table),
        F.to_json("row", {"ignoreNullFields": "false"}).alias("row"),
        "fault.rule",
        "fault.why",
    )


def notes_of(checked: DataFrame, table: DeliveredTable) -> DataFrame:
    """The notes on the rows of a checked table that count, in the shape of REGISTER_NOTE."""

    def first_of(names: tuple[str, ...], alias: str) -> Column:
        name = next((name for name in names if name in table.column_names), None)
        return (F.col(name) if name else F.lit(None).cast("string")).alias(alias)

    return (
        checked.where("fault IS NULL AND size(notes) > 0")
        .select(
            *_of(table),
            F.explode("notes").alias("note"),
            first_of(NOTE_PINS, "pin"),
            first_of(NOTE_KEYS, "key"),
        )
        .select("source", "delivered_on", "table", "note.rule", "note.what", "pin", "key")
    )
