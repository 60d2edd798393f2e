"""The CPR registers with persons for PINs: the last room in which a PIN is read."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from folketall.model.deliveries import CPR_PERSON, EVENT
from folketall.model.table import conform
from folketall.model.tables import (
    CENSUS_ROW,
    CITIZENSHIP_ROW,
    EARLIER_REASON,
    EVENT_VERSION,
    MARITAL_STATUS_ROW,
    PERSON_RECORD,
)

FIRST_YEAR = 1850
"""V3: no date lies before it; neither does a year of immigration (F3)."""


def as_text(columns: tuple[str, ...]) -> Column:
    """All columns as text in the contract's order: what 'the row that sorts last' sorts by."""
    return F.struct(*[F.col(name).cast("string").alias(name) for name in columns])


def with_person(rows: DataFrame, keys: DataFrame, pin: str, into: str = "person_id") -> DataFrame:
    """Replace a PIN column by the person's id; a null PIN stays null, no row is lost."""
    ids = keys.select(F.col("pin").alias(pin), F.col("person_id").alias(into))
    return rows.join(ids, pin, "left").drop(pin)


def newest_person_rows(persons: DataFrame, keys: DataFrame, *, known_at: date) -> DataFrame:
    """The person row that counts, names and PINs still in it (L1).

    Latest registration, then later delivery, then the newest PIN, then the row that sorts last.

    Args:
        persons: accepted rows of cpr/person.
        keys: PERSON_KEY.

    Returns:
        One row a person with a person row: person_id and the contract's columns.
    """
    rows = persons.where(F.col("registration_date") <= F.lit(known_at)).join(keys, "pin")
    best = F.max(
        F.struct(
            "registration_date",
            "delivered_on",
            (-F.col("age_of_pin")).alias("newness"),
            as_text(CPR_PERSON.column_names).alias("text"),
            F.col("birth_date"),
        )
    )
    chosen = rows.groupBy("person_id").agg(best.alias("best"))
    others = [name for name in CPR_PERSON.column_names if name not in ("birth_date",)]
    return chosen.select(
        "person_id",
        "best.birth_date",
        *[F.col(f"best.text.{name}").alias(name) for name in others],
    )


def person_records(
    newest_rows: DataFrame, keys: DataFrame, versions: DataFrame, *, known_at: date
) -> DataFrame:
    """Attributes of every person: those with a person row, and those who only have events (L1).

    Returns:
        PERSON_RECORD, one row a person; `known` false where there was no person row.
    """
    persons = with_person(newest_rows, keys, "mother_pin", "mother_id")
    persons = with_person(persons, keys, "father_pin", "father_id")
    happened = versions.where(known(F.lit(known_at)))
    everyone = happened.select("person_id").distinct().withColumn("happened", F.lit(True))
    records = persons.withColumn("known", F.lit(True)).join(everyone, "person_id", "full")
    return conform(
        records.withColumn("known", F.coalesce("known", F.lit(False))).select(
            *PERSON_RECORD.columns
        ),
        PERSON_RECORD,
    )


def known(at: Column) -> Column:
    """K1: the version is the one known at a day."""
    return (F.col("known_from") <= at) & (F.col("known_to").isNull() | (F.col("known_to") > at))


def event_versions(events: DataFrame, keys: DataFrame) -> DataFrame:
    """What was known of each event, and when (K1).

    The newest row counts: latest registration, later delivery, annulment over correction over
    new, then the row that sorts last. A row that another of the same day goes before was never
    known; while an annulment is the newest row, there is no event.

    Args:
        events: accepted rows of cpr/event that count (K3), of every registration date.

    Returns:
        EVENT_VERSION.
    """
    action = (
        F.when(F.col("action") == "new", 0).when(F.col("action") == "correction", 1).otherwise(2)
    )
    # ISO dates sort as their text does, so the columns themselves say which row sorts last.
    order: list[Column | str] = ["registration_date", "delivered_on", action, *EVENT.column_names]
    in_order = Window.partitionBy("event_id").orderBy(*order)
    whole = Window.partitionBy("event_id")
    versions = (
        events.withColumn("known_to", F.lead("registration_date").over(in_order))
        .withColumn("known_from", F.col("registration_date"))
        .withColumn("registration_date", F.min("registration_date").over(whole))
        .where("(known_to is null or known_to > known_from) and action <> 'annulment'")
    )
    return conform(with_person(versions, keys, "pin").select(*EVENT_VERSION.columns), EVENT_VERSION)


def citizenship_rows(rows: DataFrame, keys: DataFrame) -> DataFrame:
    """CITIZENSHIP_ROW: the rows as registered."""
    return conform(with_person(rows, keys, "pin").select(*CITIZENSHIP_ROW.columns), CITIZENSHIP_ROW)


def marital_status_rows(rows: DataFrame, keys: DataFrame) -> DataFrame:
    """MARITAL_STATUS_ROW: of rows alike but for the spouse, the smaller spouse PIN (K2).

    The last tie of K2 is settled here because it is the only one that needs a PIN.
    """
    alike = ["person_id", "from_date", "registration_date", "status"]
    chosen = (
        with_person(rows, keys, "pin").groupBy(*alike).agg(F.min("spouse_pin").alias("spouse_pin"))
    )
    return conform(
        with_person(chosen, keys, "spouse_pin", "spouse_id").select(*MARITAL_STATUS_ROW.columns),
        MARITAL_STATUS_ROW,
    )


def same_day_statuses(rows: DataFrame, keys: DataFrame) -> DataFrame:
    """Persons and days with several marital statuses (K2): one row each, under the smallest PIN.

    Args:
        rows: accepted rows of cpr/marital_status, known at K.
        keys: PERSON_KEY.

    Returns:
        (pin, what).
    """
    return (
        rows.join(keys.select("pin", "person_id"), "pin")
        .groupBy("person_id", "from_date")
        .agg(F.min("pin").alias("pin"), F.count_distinct("status").alias("statuses"))
        .where("statuses > 1")
        .select("pin", F.lit("same_day_status").alias("what"))
    )


def year_can_be() -> Column:
    """F3: a year of immigration from 1850 to that of the census; null where there is none."""
    return F.col("immigration_year").between(FIRST_YEAR, F.col("census_year").cast("int"))


def bad_years(rows: DataFrame) -> DataFrame:
    """Rows of a census whose year of immigration cannot be (F3): (pin, what), one row each."""
    return rows.where(~year_can_be()).select("pin", F.lit("bad_year").alias("what"))


def census_rows(rows: DataFrame, keys: DataFrame) -> DataFrame:
    """CENSUS_ROW."""
    return conform(with_person(rows, keys, "pin").select(*CENSUS_ROW.columns), CENSUS_ROW)


def earlier_reasons(edition_2004: DataFrame, file_2006: DataFrame, keys: DataFrame) -> DataFrame:
    """EARLIER_REASON: the rows of both files; an empty reliability counts as 0."""
    first = edition_2004.select(
        "pin",
        "reason",
        "detail",
        F.lit("reason_1995_ed2004").alias("file"),
        F.lit(None).cast("double").alias("reliability"),
    )
    second = file_2006.select(
        "pin",
        "reason",
        "detail",
        F.lit("reason_2006").alias("file"),
        F.coalesce("reliability", F.lit(0.0)).alias("reliability"),
    )
    rows = with_person(first.unionByName(second), keys, "pin")
    return conform(rows.select(*EARLIER_REASON.columns), EARLIER_REASON)
