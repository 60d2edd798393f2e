"""Every oddity noted, gathered in one table with persons for PINs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.geography.leading import lead_codes
from folketall.linkage.keys import pin_hash
from folketall.model.table import conform
from folketall.model.tables import INCONSISTENCY
from folketall.population.residence import KEPT

H5 = ("already_resident", "not_resident_before", "not_resident", "born_late")


def noted_pins(
    pins: DataFrame, keys: DataFrame, *, rule: str, table: str, secret: str
) -> DataFrame:
    """PINs noted, by their hash: (pin, what) to INCONSISTENCY's columns."""
    rows = pins.join(keys.select("pin", "person_id"), "pin", "left")
    return _note(rows, F.lit(rule), F.col("what"), F.lit(table), pin_hash("pin", secret))


def every_note(
    register_notes: Sequence[DataFrame],
    keys: DataFrame,
    links: DataFrame,
    records: DataFrame,
    history: DataFrame,
    short_stays: DataFrame,
    paths: DataFrame,
    others: Sequence[DataFrame],
    *,
    until: date,
    secret: str,
) -> DataFrame:
    """Gather the notes of every rule.

    Args:
        register_notes: rows of REGISTER_NOTE that count, a part for each source.
        keys: PERSON_KEY.
        links: PERSON_LINK.
        records: PERSON_RECORD.
        history: HISTORY_EVENT of the run's view.
        short_stays: person_id, event_id, what (H6).
        paths: code paths of the geography room.
        others: tables of notes in INCONSISTENCY's shape.
        until: date of the last stock, to which codes are led.
        secret: keys.secret.

    Returns:
        INCONSISTENCY.
    """
    parts = [
        _of_registers(reduce(DataFrame.unionByName, register_notes), keys, links, secret),
        _of_unknown_persons(records, keys, secret),
        _of_events(history),
        _of_codes(history),
        _of_splits(history, paths, until),
        _note(short_stays, F.lit("H6"), F.col("what"), F.lit("event"), F.col("event_id")),
        *others,
    ]
    rows = reduce(DataFrame.unionByName, [part.select(*INCONSISTENCY.columns) for part in parts])
    return conform(rows, INCONSISTENCY)


def _note(rows: DataFrame, rule: Column, what: Column, table: Column, key: Column) -> DataFrame:
    return rows.select(
        rule.alias("rule"),
        what.alias("what"),
        "person_id",
        table.alias("source_table"),
        key.alias("source_key"),
    )


def _of_registers(notes: DataFrame, keys: DataFrame, links: DataFrame, secret: str) -> DataFrame:
    """V1-V4, by the row's own PIN, or by its DUF number where it has none."""
    by_duf = links.where("person_id is not null").select(
        F.col("duf").alias("key"), F.col("person_id").alias("id_by_duf")
    )
    rows = (
        notes.join(keys.select("pin", F.col("person_id").alias("id_by_pin")), "pin", "left")
        .join(by_duf, "key", "left")
        .withColumn("person_id", F.coalesce("id_by_pin", "id_by_duf"))
    )
    key = F.coalesce("key", pin_hash("pin", secret))
    return _note(rows, F.col("rule"), F.col("what"), F.col("table"), key)


def _of_unknown_persons(records: DataFrame, keys: DataFrame, secret: str) -> DataFrame:
    """L1: persons with events and no person row."""
    newest = keys.where("age_of_pin = 0").select("person_id", "pin")
    rows = records.where("not known").join(newest, "person_id", "left")
    return _note(rows, F.lit("L1"), F.lit("no_person"), F.lit("event"), pin_hash("pin", secret))


def _of_events(history: DataFrame) -> DataFrame:
    """H3 and H5."""
    rule = F.when(F.col("note").isin(*H5), "H5").otherwise("H3")
    return _note(
        history.where("note is not null"), rule, F.col("note"), F.lit("event"), F.col("event_id")
    )


def _of_codes(history: DataFrame) -> DataFrame:
    """G3: codes read as another, or as unknown."""
    rows = history.where("code_note is not null")
    return _note(rows, F.lit("G3"), F.col("code_note"), F.lit("event"), F.col("event_id"))


def _of_splits(history: DataFrame, paths: DataFrame, until: date) -> DataFrame:
    """G1: stays whose municipality was split, and whose part the rule assigned."""
    stays = history.where((F.col("fate") == KEPT) & F.col("municipality").isNotNull())
    # The person's own boundary change on the day of the split ends the stay before it.
    last = F.coalesce(F.date_sub("next_date", 1), F.lit(until))
    to = F.greatest("event_date", F.least(last, F.lit(until)))
    led = lead_codes(stays, paths, code="municipality", on="event_date", to=to, into="led")
    return _note(
        led.where("led_split"),
        F.lit("G1"),
        F.lit("split_assigned"),
        F.lit("event"),
        F.col("event_id"),
    )
