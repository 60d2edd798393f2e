"""Steps: residence histories, and what follows of each person from them."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame

from folketall.geography.leading import read_codes
from folketall.line.step import Job
from folketall.line.work.inputs import anything, of_run
from folketall.model import tables as t
from folketall.population import persons, residence, views


def history_view(job: Job) -> Mapping[str, DataFrame]:
    again = views.read_again(job[t.EVENT_VERSION], job.choices.views, known_at=job.known_at)
    return {t.HISTORY_VIEW.name: again}


def history_event(job: Job) -> Mapping[str, DataFrame]:
    events = views.events_in_views(
        job[t.EVENT_VERSION], job[t.HISTORY_VIEW], job.choices.views, known_at=job.known_at
    )
    read = read_codes(events, job.readings, code="municipality", on="event_date")
    histories = residence.histories(
        read,
        no_change_prefixes=anything(job, "residence.no_change_prefixes"),
        asylum_counted=anything(job, "residence.asylum_counted"),
    )
    return {t.HISTORY_EVENT.name: histories}


def residence_spell(job: Job) -> Mapping[str, DataFrame]:
    return {t.RESIDENCE_SPELL.name: residence.residence_spells(of_run(job), job.paths)}


def person(job: Job) -> Mapping[str, DataFrame]:
    arrived = persons.immigrated(of_run(job))
    return {t.PERSON.name: persons.persons(job[t.PERSON_RECORD], arrived)}


def first_immigration(job: Job) -> Mapping[str, DataFrame]:
    found = persons.first_immigrations(
        job[t.PERSON],
        persons.immigrated(of_run(job)),
        job[t.RESIDENCE_SPELL],
        job[t.CENSUS_ROW],
    )
    return {t.FIRST_IMMIGRATION.name: found}
