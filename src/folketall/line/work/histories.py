"""Steps: residence histories, and what follows of each person from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame

from folketall.geography.frames import paths_frame, readings_frame
from folketall.geography.leading import read_codes
from folketall.line.step import Job
from folketall.line.work.inputs import of_run
from folketall.model import tables as t
from folketall.model.sections import Migration, Residence, Stock
from folketall.model.settings import NoSettings, of
from folketall.population import persons, residence, views


@dataclass(frozen=True, slots=True)
class ViewSettings:
    stock_day: str = of(Stock.known_at)
    flow_day: str = of(Migration.known_at)


@dataclass(frozen=True, slots=True)
class HistorySettings(ViewSettings):
    no_change_prefixes: tuple[str, ...] = of(Residence.no_change_prefixes)
    asylum_counted: tuple[date, date] = of(Residence.asylum_counted)


def _views(job: Job[ViewSettings]) -> list[views.View]:
    return views.views_of(
        job.stocks,
        views.flow_years(job.stocks, known_at=job.known_at, day=job.settings.flow_day),
        known_at=job.known_at,
        stock_day=job.settings.stock_day,
        flow_day=job.settings.flow_day,
    )


def history_view(job: Job[ViewSettings]) -> Mapping[str, DataFrame]:
    again = views.read_again(job[t.EVENT_VERSION], _views(job), known_at=job.known_at)
    return {t.HISTORY_VIEW.name: again}


def history_event(job: Job[HistorySettings]) -> Mapping[str, DataFrame]:
    events = views.events_in_views(
        job[t.EVENT_VERSION], job[t.HISTORY_VIEW], _views(job), known_at=job.known_at
    )
    readings = readings_frame(job.spark)
    histories = residence.histories(
        read_codes(events, readings, code="municipality", on="event_date"),
        no_change_prefixes=job.settings.no_change_prefixes,
        asylum_counted=job.settings.asylum_counted,
    )
    return {t.HISTORY_EVENT.name: histories}


def residence_spell(job: Job[NoSettings]) -> Mapping[str, DataFrame]:
    spells = residence.residence_spells(of_run(job), paths_frame(job.spark))
    return {t.RESIDENCE_SPELL.name: spells}


def person(job: Job[NoSettings]) -> Mapping[str, DataFrame]:
    arrived = persons.immigrated(of_run(job))
    return {t.PERSON.name: persons.persons(job[t.PERSON_RECORD], arrived)}


def first_immigration(job: Job[NoSettings]) -> Mapping[str, DataFrame]:
    found = persons.first_immigrations(
        job[t.PERSON],
        persons.immigrated(of_run(job)),
        job[t.RESIDENCE_SPELL],
        job[t.CENSUS_ROW],
    )
    return {t.FIRST_IMMIGRATION.name: found}
