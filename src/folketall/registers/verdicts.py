"""What checked rows come to: how many count, how many are refused and why (V3)."""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from typing import NamedTuple

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from folketall.model.deliveries import DeliveredTable, Kind
from folketall.model.errors import InputRefusedError
from folketall.registers.manifest import Delivery
from folketall.registers.pins import pin_is_valid
from folketall.registers.reading import DELIVERED_ON
from folketall.registers.validation import is_among

NOTE_KEYS = ("event_id", "case_id", "duf")
"""The column of a table, the first it has, that says which row a note is about."""
_CODES = (Kind.CODE, Kind.COUNTRY, Kind.MUNICIPALITY)
_PINS = (Kind.OWN_PIN, Kind.OTHER_PIN)
NOTE_PINS = ("pin", "new_pin")


class Limits(NamedTuple):
    """V3: what a delivery may hold of rows refused and codes unknown."""

    max_rejected_share: float = 0.02
    min_rejected: int = 20
    max_unknown_share: float = 0.05


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the first pass over one delivered table found."""

    rows: int
    rejected: Mapping[str, int]
    """Refused rows by why."""
    repeats: int
    """Refused rows that are repeats of a key; they are in `rejected` too."""
    notes: int
    unknown: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Of each column of codes: how many are unknown, and how many there are."""
    real_pins: int = 0
    """PINs that are valid and not synthetic: they could be of people who exist."""

    @property
    def refused(self) -> int:
        return sum(self.rejected.values())


def verdicts(
    checked: DataFrame,
    table: DeliveredTable,
    *,
    repeats_on: Collection[date],
    places: Sequence[str] = (),
) -> dict[date, Verdict]:
    """Count a table's rows, faults and notes of each delivery, by its date, in one pass.

    Args:
        checked: rows as `check_rows` returns them.
        table: the table they were delivered as.
        repeats_on: deliveries in which repeats of the key are looked for.
        places: every municipality code there ever was; none: those codes are not judged.
    """
    sound = F.col("fault").isNull()
    counts = [F.count(F.lit(1)).alias("rows")]
    counts.append(F.sum(F.when(sound, F.size("notes")).otherwise(0)).alias("notes"))
    if repeats_on and table.key:
        counts.append(F.count_distinct(F.when(sound, F.col(table.key))).alias("keys"))
    counts += [*_code_counts(table, places), _real_pins(table)]
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
    unknown = {
        column.name: (
            sum(row[f"unknown_{column.name}"] for row in counts),
            sum(row[f"codes_{column.name}"] for row in counts),
        )
        for column in table.columns
        if counts and f"unknown_{column.name}" in counts[0]
    }
    notes, real = (sum(row[name] for row in counts) for name in ("notes", "real_pins"))
    return Verdict(rows, rejected, again, notes, unknown, real)


def _code_counts(table: DeliveredTable, places: Sequence[str]) -> Iterator[Column]:
    """V3: of every column of codes how many there are, and how many of them are unknown."""
    for column in table.columns:
        if column.kind not in _CODES or (column.kind is Kind.MUNICIPALITY and not places):
            continue
        value = F.col(column.name)
        if column.kind is Kind.MUNICIPALITY:
            # G3 reads these later, and keeps those it does not know under 9999.
            unknown, given = value.isNotNull() & ~is_among(value, places), value.isNotNull()
        else:
            unknown = value.isNull() & F.col(f"row.`{column.name}`").isNotNull()
            given = value.isNotNull() | unknown
        yield F.count_if(unknown).alias(f"unknown_{column.name}")
        yield F.count_if(given).alias(f"codes_{column.name}")


def _real_pins(table: DeliveredTable) -> Column:
    """PINs that V1 takes as `strict`: not synthetic, so they could be of people who exist."""
    pins = [F.col(column.name) for column in table.columns if column.kind in _PINS]
    # The month tells nearly all of them apart before the digits are looked at.
    real = [
        F.when(
            F.substring(pin, 3, 1) < "6", pin_is_valid(pin, check="strict", wide_first_digit=True)
        ).otherwise(F.lit(False))
        for pin in pins
    ]
    return reduce(operator.add, [F.count_if(one) for one in real], F.lit(0)).alias("real_pins")


def refuse(delivery: Delivery, verdicts: Mapping[DeliveredTable, Verdict], limits: Limits) -> None:
    """V3: refuse a delivery with wrong row counts, too many refused rows or unknown codes."""
    faults = []
    max_rejected_share, min_rejected, max_unknown_share = limits
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
        for name, (unknown, codes) in found.unknown.items():
            # A few rows say little of a column: the same floor as for rows refused.
            if unknown >= max(min_rejected, 1) and unknown / codes > max_unknown_share:
                faults.append(
                    f"table {table.name}: column {name}: {unknown} of {codes} codes are unknown "
                    f"({unknown / codes:.1%}, the limit is {max_unknown_share:.1%}); see whether "
                    "they lost their leading zeros"
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
