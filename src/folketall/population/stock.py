"""Residents on 1 January (S1) and what is counted of them (S2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from folketall.geography.leading import lead_codes
from folketall.model.table import conform
from folketall.model.tables import POPULATION
from folketall.population.attributes import (
    CITIZENSHIP,
    MARITAL_STATUS,
    UNKNOWN,
    values_on,
)
from folketall.population.persons import NORWAY
from folketall.population.residence import KEPT
from folketall.population.views import RUN_VIEW


def states(history: DataFrame) -> DataFrame:
    """Kept events with the stocks that find the person in the state after them (S1).

    A stock counts what happened before its day, and a boundary change of the day itself.

    Returns:
        The rows of `history` that were kept, with first_year and last_year (null while open): the
        first and last 1 January that find the state.
    """
    by_person = Window.partitionBy("view", "person_id").orderBy("position")
    so_far = by_person.rowsBetween(Window.unboundedPreceding, 0)
    # Nobody is in a stock for a boundary change alone: not on the very day of birth or arrival.
    begins = F.when(F.col("effect") == "boundary_change", F.col("event_date")).otherwise(
        F.date_add("event_date", 1)
    )
    counted_from = F.max(begins).over(so_far)
    return (
        history.where(F.col("fate") == KEPT)
        .withColumn("counted_from", counted_from)
        .withColumn("counted_to", F.lead("counted_from").over(by_person))
        .withColumn("first_year", F.year(F.date_sub("counted_from", 1)) + 1)
        .withColumn("last_year", F.year(F.date_sub("counted_to", 1)))
        .drop("counted_from", "counted_to")
    )


def residents(history_states: DataFrame, years: tuple[int, int]) -> DataFrame:
    """Who is resident on each 1 January, with the municipality as last reported (S1).

    Args:
        history_states: as `states` returns them.
        years: the first and the last.

    Returns:
        view, year, person_id, municipality, event_date (from which the municipality holds).
    """
    first = F.greatest("first_year", F.lit(years[0]))
    last = F.least(F.coalesce("last_year", F.lit(years[1])), F.lit(years[1]))
    found = history_states.where(F.col("municipality").isNotNull() & (first <= last))
    return found.select(
        "view",
        F.explode(F.sequence(first, last)).alias("year"),
        "person_id",
        "municipality",
        "event_date",
    )


def residents_as_read(all_views: DataFrame, again: DataFrame) -> DataFrame:
    """S1, K4: the residents each stock sees at its own K."""
    stock_view = again.where(F.col("view") > RUN_VIEW).select(
        "person_id", F.col("view").alias("year")
    )
    of_run = all_views.where(F.col("view") == RUN_VIEW).join(
        stock_view, ["person_id", "year"], "left_anti"
    )
    return of_run.unionByName(all_views.where(F.col("view") == F.col("year")))


def population(
    residents_read: DataFrame,
    people: DataFrame,
    citizenships: DataFrame,
    marital_statuses: DataFrame,
    paths: DataFrame,
    *,
    known_at: Mapping[int, date],
) -> DataFrame:
    """Describe the residents of each 1 January (S1, S2).

    Args:
        residents_read: as `residents_as_read` returns them.
        people: PERSON.
        citizenships: CITIZENSHIP_ROW.
        marital_statuses: MARITAL_STATUS_ROW.
        paths: code paths of the geography room (G1).
        known_at: K of each year's stock.

    Returns:
        POPULATION.
    """
    day = F.make_date("year", F.lit(1), F.lit(1))
    dated = residents_read.withColumn("reference_date", day)
    led = lead_codes(
        dated,
        paths,
        code="municipality",
        on="event_date",
        to="reference_date",
        into="led",
        among=[date(year, 1, 1) for year in known_at],
    )
    # One whom only an earlier K saw is no person at the run's K, and still counts in that stock.
    described = led.join(people, "person_id", "left").select(
        "person_id",
        "reference_date",
        F.col("led").alias("municipality"),
        whole_years("birth_date", "reference_date").alias("age"),
        F.coalesce("sex", F.lit(UNKNOWN)).alias("sex"),
        F.coalesce("country_background", F.lit(NORWAY)).alias("country_background"),
        F.coalesce("immigrant", F.lit(False)).alias("immigrant"),
        F.date_sub("reference_date", 1).alias("on_date"),
        _at(known_at, F.year("reference_date")).alias("known_at"),
    )
    dated_values = {
        "citizenship": (citizenships, CITIZENSHIP),
        "marital_status": (marital_statuses, MARITAL_STATUS),
    }
    whole = values_on(described, dated_values, request=described.columns)
    return conform(whole.select(*POPULATION.columns), POPULATION)


def whole_years(since: str, day: str) -> Column:
    """Whole years between two dates: those whose anniversary has come (S2)."""
    not_yet = F.date_format(day, "MMdd") < F.date_format(since, "MMdd")
    return (F.year(day) - F.year(since) - not_yet.cast("int")).cast("int")


def _at(known_at: Mapping[int, date], year: Column) -> Column:
    return F.create_map(*[F.lit(x) for pair in known_at.items() for x in pair])[year]
