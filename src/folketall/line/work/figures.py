"""Steps: stocks, flows and accounts of persons; inconsistencies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.line.step import Job
from folketall.line.work.inputs import keys_of_run, of_run, secret
from folketall.line.work.links import LINK_NOTES
from folketall.line.work.persons import KEY_NOTES, REGISTER_NOTES
from folketall.model import deliveries as d
from folketall.model import tables as t
from folketall.model.errors import StatisticsError
from folketall.population import accounts, residence, stock, views
from folketall.population import migrations as flow
from folketall.quality.notes import every_note
from folketall.registers.known import counted


def population(job: Job) -> Mapping[str, DataFrame]:
    everyone = stock.residents(
        stock.states(job[t.HISTORY_EVENT].where("view >= 0")), job.choices.years
    )
    found = stock.population(
        stock.residents_as_read(everyone, job[t.HISTORY_VIEW]),
        job[t.PERSON],
        job[t.CITIZENSHIP_ROW],
        job[t.MARITAL_STATUS_ROW],
        job.paths,
        known_at=job.choices.stock_known_at,
    )
    return {t.POPULATION.name: found}


def migration(job: Job) -> Mapping[str, DataFrame]:
    flow_day = str(job.setting("migration.known_at"))
    all_moves = flow.moves(job[t.HISTORY_EVENT].where("view <= 0"), job.paths)
    moves = flow.counted(all_moves, job[t.HISTORY_VIEW], years=job.choices.flows, flow_day=flow_day)
    described = flow.migrations(
        moves,
        job[t.PERSON],
        job[t.CITIZENSHIP_ROW],
        job[t.MARITAL_STATUS_ROW],
        known_at=job.choices.flow_known_at,
    )
    return {
        t.MIGRATION.name: described,
        t.QUALITY.name: flow.too_late(all_moves, flow_day=flow_day),
    }


def account(job: Job) -> Mapping[str, DataFrame]:
    states = stock.states(of_run(job))
    everyone = stock.residents(states, job.choices.years)
    rows = accounts.accounts(states, everyone, job.paths, job.splits, years=job.choices.years)
    return {t.ACCOUNT.name: rows}


def check_accounts(written: Mapping[str, DataFrame]) -> None:
    """S4: stop when a municipality's account does not come out at zero."""
    wrong = accounts.differences(written[t.ACCOUNT.name]).orderBy("reference_year", "municipality")
    rows = wrong.limit(4).collect()
    if not rows:
        return
    said = [
        f"{row['municipality']} in {row['reference_year']}: difference {row['difference']} ("
        + ", ".join(f"{term} {row[term]}" for term in accounts.TERMS)
        + ")"
        for row in rows[:3]
    ]
    more = "; and more" if len(rows) > 3 else ""
    raise StatisticsError("S4: the population accounts do not add up: " + "; ".join(said) + more)


def inconsistency(job: Job) -> Mapping[str, DataFrame]:
    register_notes = [
        counted(job[t.REGISTER_NOTE].where(F.col("source") == source), job.choices.taken,
                source=source, known_at=job.known_at)
        for source in d.SOURCES
    ]  # fmt: skip
    limits: Any = job.setting("residence.short_stay")
    found = every_note(
        register_notes,
        keys_of_run(job),
        job[t.PERSON_LINK],
        job[t.PERSON_RECORD],
        job[t.HISTORY_EVENT].where(F.col("view") == views.RUN_VIEW),
        residence.short_stays(of_run(job), limits=limits),
        job.paths,
        [job[KEY_NOTES], job[LINK_NOTES], job[REGISTER_NOTES]],
        until=date(job.choices.years[1], 1, 1),
        secret=secret(job),
    )
    return {t.INCONSISTENCY.name: found}
