"""Bitemporal reading (K1, K4): the events known at the run's K, and at earlier K's.

A stock or a year's flows is read as of its own K. For nearly everyone an earlier K saw, of the
events that matter, what the run's K sees; only the others are read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.linkage.keyed import known

RUN_VIEW = 0
"""The view at the run's K. View R > 0 is the stock of 1 January R; view -Y the flows of year Y."""


@dataclass(frozen=True, slots=True)
class View:
    """A reading of the register: the events dated to `horizon`, as known at `known_at`."""

    number: int
    known_at: date
    horizon: date


def views_of(
    stocks: Sequence[int], flows: Sequence[int], *, known_at: date, stock_day: str, flow_day: str
) -> list[View]:
    """The views of a run: S1's K for every stock and M2's for every year of flows.

    Args:
        stocks: years whose 1 January is counted.
        flows: years whose migrations are counted.
        known_at: the run's K; no view is later (K4).
        stock_day: MM-DD of the same year (stock.known_at).
        flow_day: MM-DD of the following year (migration.known_at).
    """
    stock = [
        View(year, min(known_at, stock_known_at(year, stock_day)), date(year, 1, 1))
        for year in stocks
    ]
    flow = [
        View(-year, min(known_at, k), date(year, 12, 31))
        for year in flows
        if (k := flow_known_at(year, flow_day)) is not None
    ]
    return stock + flow


def stock_known_at(year: int, day: str) -> date:
    """S1: the K of the stock on 1 January of `year`."""
    return _day_of(year, day)


def flow_known_at(year: int, day: str) -> date | None:
    """M2: the K of the migrations of `year`; before 1985 there is none but the run's."""
    if year < 1985:
        return None
    return date(2000, 2, 29) if year == 1998 else _day_of(year + 1, day)


def flow_years(stocks: Sequence[int], *, known_at: date, day: str) -> list[int]:
    """M2: of the years whose 1 January is counted, those whose migrations are: their K has come.

    Args:
        known_at: the run's K.
        day: MM-DD of the following year (migration.known_at).
    """
    return [year for year in stocks if (flow_known_at(year, day) or known_at) <= known_at]


def _day_of(year: int, day: str) -> date:
    month, number = (int(part) for part in day.split("-"))
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    return min(first_of_next - timedelta(days=1), date(year, month, 1) + timedelta(days=number - 1))


def read_again(versions: DataFrame, views: Sequence[View], *, known_at: date) -> DataFrame:
    """Persons whose events to a view's horizon were not yet what they are: (person_id, view).

    Args:
        versions: EVENT_VERSION.
    """
    now = known(F.lit(known_at))
    if not views:
        return versions.select("person_id", F.lit(RUN_VIEW).alias("view")).limit(0)
    seen_otherwise = F.explode(
        F.filter(
            F.array(*[_as_struct(view) for view in views]),
            lambda v: (F.col("event_date") <= v["horizon"]) & (known(v["known_at"]) != now),
        )
    )
    return (
        versions.where(~now | (F.col("known_from") > _first_known_at(views)))
        .select("person_id", seen_otherwise.alias("seen"))
        .select("person_id", F.col("seen.view").alias("view"))
        .distinct()
    )


def _as_struct(view: View) -> Column:
    return F.struct(
        F.lit(view.number).alias("view"),
        F.lit(view.known_at).alias("known_at"),
        F.lit(view.horizon).alias("horizon"),
    )


def _first_known_at(views: Sequence[View]) -> Column:
    """The earliest K of the views that an event can matter to: registered by then, all saw it.

    Most rows are decided by this one comparison; the few others go through every view.
    """
    first, last = min(v.horizon for v in views).year, max(v.horizon for v in views).year + 1
    # Horizons are 31 December and 1 January: an event whose next 1 January is that of `year`
    # matters to the flows of the year before it and to all views after.
    earliest = [
        min((v.known_at for v in views if v.horizon >= date(year - 1, 12, 31)), default=date.max)
        for year in range(first, last + 1)
    ]
    next_new_year = F.year(F.date_sub("event_date", 1)) + 1
    place = F.least(F.greatest(next_new_year - first + 1, F.lit(1)), F.lit(len(earliest)))
    return F.element_at(F.array(*[F.lit(k) for k in earliest]), place.cast("int"))


def events_in_views(
    versions: DataFrame, again: DataFrame, views: Sequence[View], *, known_at: date
) -> DataFrame:
    """The events known, once for the run's view and once for each view that saw otherwise.

    Args:
        versions: EVENT_VERSION.
        again: (person_id, view), as `read_again` returns them.

    Returns:
        The columns of `versions` without known_from and known_to, and view.
    """
    run = versions.where(known(F.lit(known_at))).withColumn("view", F.lit(RUN_VIEW))
    if not views:
        return run.drop("known_from", "known_to")
    at = F.create_map(*[F.lit(x) for v in views for x in (v.number, v.known_at)])
    horizon = F.create_map(*[F.lit(x) for v in views for x in (v.number, v.horizon)])
    others = versions.join(again, "person_id").where(
        (F.col("event_date") <= horizon[F.col("view")]) & known(at[F.col("view")])
    )
    return run.unionByName(others.select(*run.columns)).drop("known_from", "known_to")
