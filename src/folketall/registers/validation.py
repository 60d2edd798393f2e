"""Delivered text as typed rows, each with its fault or its notes (V1-V4).

What a column must be is declared in `model.deliveries`; here each kind is read once. Every row
keeps its place: it has a fault, or it counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from folketall.model.deliveries import Delivered, DeliveredTable, Kind
from folketall.registers import pins
from folketall.registers.reading import DELIVERED_ON, MALFORMED

EARLIEST = date(1850, 1, 1)
"""V3: no date of a living person's record is before this."""
MAY_BE_EMPTY_IN_ANNULMENT = ("pin", "event_type", "event_date")
FAULT_TYPE = "struct<rule:string,why:string>"
NOTES_TYPE = "array<struct<rule:string,what:string>>"
NOT_THE_FIELDS = "row: not the number of fields of the header"
_TEXT, _ASIDE = "_text_", "_aside_"
Codes = Mapping[str, Collection[str]]
"""Codes that are known, by code list: country, reason, legal_basis, permit_type."""


@dataclass(frozen=True, slots=True)
class Checks:
    """What delivered rows are checked with."""

    codes: Codes
    pin_check: str = "synthetic"
    duf_check: str = "note"
    announced: int = 12
    """Months that an event may lie after the delivery."""


@dataclass(slots=True)
class _Reading:
    """How one delivered column is read: its value, its faults in order, its notes."""

    value: Column
    faults: list[tuple[Column, str, Column]] = field(default_factory=list)
    """(holds, rule, why)"""
    notes: list[tuple[Column, str, str]] = field(default_factory=list)
    """(holds, rule, what)"""

    def fault(self, holds: Column, why: str | Column, rule: str = "V3") -> None:
        self.faults.append((holds, rule, F.lit(why) if isinstance(why, str) else why))


def check_rows(rows: DataFrame, table: DeliveredTable, *, checks: Checks) -> DataFrame:
    """Type the delivered rows and say what is wrong or odd with each.

    Args:
        rows: one row per delivered row, as `reading.read_delivered` gives them, and
            `delivered_on`.
        table: the table they were delivered as.
        checks: codes and settings.

    Returns:
        One row per delivered row: the columns of the table typed as its register holds them,
        `fault` (rule, why; null for rows that count), `notes` (rule, what), `row` (the
        delivered text as a struct; null where the row counts and nothing is noted: then the
        values say the same) and `delivered_on`. Repeated keys are not looked for: see
        `refuse_repeats`.
    """
    names = list(table.column_names)
    # Values are made in one projection, so that the checks below use them and not their making.
    texts = rows.select(*[F.col(n).alias(f"{_TEXT}{n}") for n in names], MALFORMED, DELIVERED_ON)
    texts = texts.select("*", *_asides(table, checks))
    readings = {c.name: _read(c, table, checks) for c in table.columns}
    fault = _first_fault(table, readings)
    notes = _notes(table, readings)
    values = [reading.value.alias(name) for name, reading in readings.items()]
    row = F.struct(*[_text(name).alias(name) for name in names])
    judged = texts.select(
        *values, fault.alias("fault"), notes.alias("notes"), row.alias("row"), DELIVERED_ON
    )
    # The text of a sound row would be kept beside its values for nothing.
    told = F.col("fault").isNotNull() | (F.size("notes") > 0)
    return judged.withColumn("row", F.when(told, F.col("row")))


def refuse_repeats(checked: DataFrame, table: DeliveredTable, days: Sequence[date]) -> DataFrame:
    """V3: of rows of one key without other fault, all but the one that sorts first get one.

    Sorted by all columns as delivered text in the contract's order, null first. Only for tables
    with a key, in full deliveries: those of `days`.
    """
    # Tables with a key hold texts and ISO dates only: a value is as it was delivered.
    text = [
        F.coalesce(F.col(f"row.`{name}`"), F.col(name).cast("string")).alias(name)
        for name in table.column_names
    ]
    order = [F.col(f"row.`{name}`").asc_nulls_first() for name in table.column_names]
    sound = F.col("fault").isNull() & F.col(DELIVERED_ON).isin(list(days))
    same = Window.partitionBy(DELIVERED_ON, f"row.{table.key}", sound).orderBy(*order)
    repeat = _fault("V3", F.lit(f"{table.key}: occurs again"))
    return (
        checked.withColumn("row", F.struct(*text))
        .withColumn("_place", F.row_number().over(same))
        .withColumn(
            "fault", F.when(sound & (F.col("_place") > 1), repeat).otherwise(F.col("fault"))
        )
        .drop("_place")
    )


def _text(name: str) -> Column:
    return F.col(f"{_TEXT}{name}")


def _aside(name: str) -> Column:
    return F.col(f"{_ASIDE}{name}")


def _asides(table: DeliveredTable, checks: Checks) -> Iterator[Column]:
    """What is dear to find out and asked for several times: a good number, the day of a date."""
    wide = F.year(DELIVERED_ON) >= pins.WIDE_FROM_YEAR
    for column in table.columns:
        text, name = _text(column.name), f"{_ASIDE}{column.name}"
        match column.kind:
            case Kind.OWN_PIN | Kind.OTHER_PIN:
                valid = pins.pin_is_valid(text, check=checks.pin_check, wide_first_digit=wide)
                yield valid.alias(name)
            case Kind.DUF:
                yield pins.duf_is_valid(text).alias(name)
            case Kind.DATE | Kind.EVENT_DATE:
                # The pattern comes first: a cast alone would take 2020-1-1 and 2020-01-01T00:00.
                written = text.rlike(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\z")
                yield F.when(written, text.try_cast("date")).alias(name)


def _fault(rule: str, why: Column) -> Column:
    return F.struct(F.lit(rule).alias("rule"), why.alias("why"))


def _first_fault(table: DeliveredTable, readings: Mapping[str, _Reading]) -> Column:
    """V3: the first failing column in the contract's order gives the reason."""
    malformed = F.when(F.col(MALFORMED), _fault("V3", F.lit(NOT_THE_FIELDS)))
    chain = [malformed]
    for name in table.column_names:
        chain += [
            F.when(holds, _fault(rule, F.concat(F.lit(f"{name}: "), why)))
            for holds, rule, why in readings[name].faults
        ]
    return F.coalesce(*chain, F.lit(None).cast(FAULT_TYPE))


def _notes(table: DeliveredTable, readings: Mapping[str, _Reading]) -> Column:
    noted = [note for reading in readings.values() for note in reading.notes]
    if table.name == "event":
        noted.append((_announced(readings), "V4", "announced"))
    if not noted:
        return F.array().cast(NOTES_TYPE)
    notes = [
        F.when(holds, F.struct(F.lit(rule).alias("rule"), F.lit(what).alias("what")))
        for holds, rule, what in noted
    ]
    return F.array_compact(F.array(*notes))


def _announced(readings: Mapping[str, _Reading]) -> Column:
    """V4: registered before it happens; kept."""
    return readings["registration_date"].value < readings["event_date"].value


def _read(column: Delivered, table: DeliveredTable, checks: Checks) -> _Reading:
    match column.kind:
        case Kind.OWN_PIN:
            reading = _own_pin(column, checks)
        case Kind.OTHER_PIN:
            reading = _other_pin(column)
        case Kind.DUF:
            reading = _duf(column, checks)
        case Kind.DATE | Kind.EVENT_DATE:
            reading = _date(column, checks)
        case Kind.STRUCTURAL:
            reading = _structural(column)
        case Kind.CODE | Kind.COUNTRY:
            reading = _code(column, checks)
        case Kind.YEAR:
            reading = _year(column)
        case Kind.NUMBER:
            reading = _share(column)
        case Kind.MUNICIPALITY | Kind.TEXT:
            reading = _Reading(_text(column.name))
    if column.required:
        reading.faults.insert(0, (_is_empty(column, table), "V3", F.lit("empty")))
    if table.name == "event" and column.name == "cause":
        _ignore_boundary_change(reading)
    return reading


def _is_empty(column: Delivered, table: DeliveredTable) -> Column:
    """V3: a required column is empty. An annulment may leave what the contract says."""
    empty = _text(column.name).isNull()
    if table.name == "event" and column.name in MAY_BE_EMPTY_IN_ANNULMENT:
        return empty & ~_text("action").eqNullSafe("annulment")
    return empty


def _own_pin(column: Delivered, checks: Checks) -> _Reading:
    """V1: a row whose own PIN fails is refused."""
    text = _text(column.name)
    valid = _aside(column.name)
    reading = _Reading(text)
    reading.fault(text.isNotNull() & ~valid, pins.pin_fault(text, check=checks.pin_check), "V1")
    return reading


def _other_pin(column: Delivered) -> _Reading:
    """V1: a failing PIN of someone else becomes null, noted."""
    text = _text(column.name)
    valid = _aside(column.name)
    return _Reading(F.when(valid, text), notes=[(text.isNotNull() & ~valid, "V1", "bad_pin")])


def _duf(column: Delivered, checks: Checks) -> _Reading:
    """V2: a failing DUF number is noted, never refused."""
    text = _text(column.name)
    if checks.duf_check == "off":
        return _Reading(text)
    bad = text.isNotNull() & ~_aside(column.name)
    return _Reading(text, notes=[(bad, "V2", "bad_duf")])


def _date(column: Delivered, checks: Checks) -> _Reading:
    """V3: a real day, written YYYY-MM-DD, not before 1850 and not after the delivery."""
    text = _text(column.name)
    value = _aside(column.name)
    delivered = F.col(DELIVERED_ON)
    latest, late = delivered, "after the delivery"
    if column.kind is Kind.EVENT_DATE:
        latest = F.add_months(delivered, checks.announced)
        late = f"more than {checks.announced} months after the delivery"
    reading = _Reading(value)
    reading.fault(text.isNotNull() & value.isNull(), "not a date")
    reading.fault(value < F.lit(EARLIEST), f"before {EARLIEST.year}")
    reading.fault(value > latest, late)
    return reading


def _structural(column: Delivered) -> _Reading:
    """V3: an unknown structural code refuses the row."""
    text = _text(column.name)
    reading = _Reading(text)
    reading.fault(~text.isin(*column.codes), "unknown code")
    return reading


def _ignore_boundary_change(reading: _Reading) -> None:
    """V3: `boundary_change` on anything but a move is read as ordinary, noted."""
    ignored = (_text("cause") == "boundary_change") & (_text("event_type") != "move")
    reading.value = F.when(ignored, "ordinary").otherwise(reading.value)
    reading.notes.append((ignored, "V3", "cause_ignored"))


def _unless_unknown(text: Column, value: Column) -> _Reading:
    """V3: what is not known becomes null, noted; the row stays, even where it is required."""
    unknown = text.isNotNull() & value.isNull()
    return _Reading(value, notes=[(unknown, "V3", "unknown_code")])


def _code(column: Delivered, checks: Checks) -> _Reading:
    text = _text(column.name)
    listed = "country" if column.kind is Kind.COUNTRY else column.codelist
    known = column.codes or tuple(sorted(checks.codes[listed]))
    return _unless_unknown(text, F.when(is_among(text, known), text))


def is_among(text: Column, codes: Sequence[str]) -> Column:
    """Whether a text is one of the codes."""
    # One literal: hundreds of them in each country column cost more to plan than to run.
    if any("," in code for code in codes):
        return text.isin(*codes)
    return F.find_in_set(text, F.lit(",".join(codes))) > 0


def _year(column: Delivered) -> _Reading:
    text = _text(column.name)
    return _unless_unknown(text, F.when(pins.has_digits(text, 4), text.try_cast("int")))


def _share(column: Delivered) -> _Reading:
    text = _text(column.name)
    # The pattern comes first: a cast alone would also take 1d, NaN and Infinity.
    number = F.when(
        text.rlike(r"\A([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?\z"), text.try_cast("double")
    )
    return _unless_unknown(text, F.when(number.between(0, 1), number))
