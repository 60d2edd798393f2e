"""Migrations (M1-M3, M6): every move counted, in the year whose figures count it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.geography.leading import lead_codes
from folketall.model.table import conform
from folketall.model.tables import MIGRATION, QUALITY
from folketall.population.attributes import (
    CITIZENSHIP,
    MARITAL_STATUS,
    UNKNOWN,
    values_on,
)
from folketall.population.persons import NORWAY
from folketall.population.residence import KEPT
from folketall.population.views import RUN_VIEW, flow_known_at

FIRST_YEAR_OF_KNOWLEDGE = 1985
"""Before it events are never late (M2)."""
INTRAMUNICIPAL_FROM = 1999
LATE_COUNTED_FROM = date(1998, 3, 1)
"""Events of 1985-1997 first registered from then on are counted in 1998 (M2)."""


def moves(history: DataFrame, paths: DataFrame) -> DataFrame:
    """Kept events that are moves, with kind and both ends in codes of the event's date (M1, G2).

    Args:
        history: HISTORY_EVENT of every view.
        paths: code paths of the geography room.

    Returns:
        view, person_id, event_id, kind, event_date, registration_date, from_municipality,
        to_municipality, country, administrative. Moves within a municipality only from 1999.
    """
    moved = history.where(
        (F.col("fate") == KEPT) & F.col("effect").isin("immigration", "emigration", "move")
    )
    led = lead_codes(
        moved, paths, code="previous_municipality", on="previous_date", to="event_date", into="left"
    )
    crossing = F.col("effect").isin("immigration", "emigration")
    same = F.col("left") == F.col("municipality")
    kind = F.when(crossing, F.col("effect")).when(same, "intramunicipal").otherwise("internal")
    return (
        led.withColumn("kind", kind)
        .where((F.col("kind") != "intramunicipal") | (F.year("event_date") >= INTRAMUNICIPAL_FROM))
        .select(
            "view",
            "person_id",
            "event_id",
            "kind",
            "event_date",
            "registration_date",
            F.col("left").alias("from_municipality"),
            F.col("municipality").alias("to_municipality"),
            F.when(crossing, F.col("country")).alias("country"),
            is_administrative().alias("administrative"),
        )
    )


def is_administrative() -> Column:
    """M6: an out-registration by the register itself; counted, and shown apart."""
    return F.coalesce(
        (F.col("effect") == "emigration") & (F.col("cause") == "administrative"), F.lit(False)
    )


def counting_year(flow_day: str) -> Column:
    """M2: the year whose figures count an event, by its date and first registration; null: none."""
    year, registered = F.year("event_date"), F.col("registration_date")
    late_in_1998 = registered.between(
        F.lit(LATE_COUNTED_FROM), F.lit(flow_known_at(1998, flow_day))
    )
    by_own = registered <= _known_at(year, flow_day)
    by_next = registered <= _known_at(year + 1, flow_day)
    return (
        F.when(year < FIRST_YEAR_OF_KNOWLEDGE, year)
        .when(by_own, year)
        .when((year <= 1996) & by_next, year + 1)
        .when((year <= 1997) & late_in_1998, F.lit(1998))
    )


def _known_at(year: Column, flow_day: str) -> Column:
    """K of a year's figures; 1998's is its own."""
    month, day = (int(part) for part in flow_day.split("-"))
    first = F.make_date(year + 1, F.lit(month), F.lit(1))
    usual = F.least(F.last_day(first), F.date_add(first, day - 1))
    return F.when(year == 1998, F.lit(flow_known_at(1998, flow_day))).otherwise(usual)


def counted(
    all_moves: DataFrame, again: DataFrame, *, years: Sequence[int], flow_day: str
) -> DataFrame:
    """The moves of each year as its own K saw them (M2): `moves` with year.

    Args:
        all_moves: as `moves` returns them.
        again: HISTORY_VIEW.
        years: years whose figures are made.
        flow_day: migration.known_at.
    """
    dated = all_moves.withColumn("year", counting_year(flow_day))
    dated = dated.where(F.col("year").isin(list(years)))
    flow_view = again.where(F.col("view") < RUN_VIEW).select(
        "person_id", (-F.col("view")).alias("year")
    )
    of_run = dated.where(F.col("view") == RUN_VIEW).join(
        flow_view, ["person_id", "year"], "left_anti"
    )
    return of_run.unionByName(dated.where(F.col("view") == -F.col("year")).select(*of_run.columns))


def migrations(
    counted_moves: DataFrame,
    people: DataFrame,
    citizenships: DataFrame,
    marital_statuses: DataFrame,
    *,
    known_at: Mapping[int, date],
) -> DataFrame:
    """Describe the counted moves (M3).

    Args:
        counted_moves: as `counted` returns them.
        people: PERSON.
        citizenships: CITIZENSHIP_ROW.
        marital_statuses: MARITAL_STATUS_ROW.
        known_at: K of each year's flows.

    Returns:
        MIGRATION.
    """
    pairs = [F.lit(x) for pair in known_at.items() for x in pair]
    # Of no year the K has come: there are no moves to read.
    read_at = F.create_map(*pairs)[F.col("year")] if pairs else F.lit(None).cast("date")
    described = counted_moves.drop("view").join(
        people.select("person_id", "birth_date", "sex", "country_background"), "person_id", "left"
    )
    asked = (
        described.withColumn("age", (F.col("year") - F.year("birth_date")).cast("int"))
        .withColumn("sex", F.coalesce("sex", F.lit(UNKNOWN)))
        .withColumn("country_background", F.coalesce("country_background", F.lit(NORWAY)))
        .withColumn(
            "on_date",
            F.when(F.col("kind") == "immigration", F.col("event_date")).otherwise(
                F.date_sub("event_date", 1)
            ),
        )
        .withColumn("known_at", read_at)
        .drop("birth_date")
    )
    whole = values_on(
        asked,
        {
            "citizenship": (citizenships, CITIZENSHIP),
            "marital_status": (marital_statuses, MARITAL_STATUS),
        },
        request=asked.columns,
        later=True,
    )
    return conform(whole.select(*MIGRATION.columns), MIGRATION)


def too_late(all_moves: DataFrame, *, flow_day: str) -> DataFrame:
    """M2: moves of the run's view in no year's figures, by the year of the event: QUALITY."""
    late = all_moves.where(F.col("view") == RUN_VIEW).withColumn("counted", counting_year(flow_day))
    counts = (
        late.where("counted is null")
        .groupBy(F.year("event_date").alias("year"))
        .agg(F.count(F.lit(1)).alias("count"))
        .withColumn("rule", F.lit("M2"))
        .withColumn("what", F.lit("too_late"))
    )
    return conform(counts.select(*QUALITY.columns), QUALITY)
