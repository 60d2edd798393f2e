"""Steps: stocks, flows and accounts of persons; inconsistencies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.geography.frames import paths_frame, splits_frame
from folketall.line.step import Job
from folketall.line.work.inputs import KeySettings, keys_of_run, of_run
from folketall.line.work.links import LINK_NOTES
from folketall.line.work.persons import KEY_NOTES, REGISTER_NOTES
from folketall.model import deliveries as d
from folketall.model import tables as t
from folketall.model.errors import StatisticsError
from folketall.model.sections import Migration, Residence, Stock
from folketall.model.settings import NoSettings, of
from folketall.population import accounts, residence, stock, views
from folketall.population import migrations as flow
from folketall.quality.notes import every_note
from folketall.registers.known import counted


@dataclass(frozen=True, slots=True)
class StockSettings:
    day: str = of(Stock.known_at)


@dataclass(frozen=True, slots=True)
class FlowSettings:
    day: str = of(Migration.known_at)


@dataclass(frozen=True, slots=True)
class NoteSettings(KeySettings):
    short_stay: Mapping[str, int] = of(Residence.short_stay)


def population(job: Job[StockSettings]) -> Mapping[str, DataFrame]:
    states = stock.states(job[t.HISTORY_EVENT].where("view >= 0"))
    everyone = stock.residents(states, job.years)
    day, known_at = job.settings.day, job.known_at
    found = stock.population(
        stock.residents_as_read(everyone, job[t.HISTORY_VIEW]),
        job[t.PERSON],
        job[t.CITIZENSHIP_ROW],
        job[t.MARITAL_STATUS_ROW],
        paths_frame(job.spark),
        known_at={y: min(known_at, views.stock_known_at(y, day)) for y in job.stocks},
    )
    return {t.POPULATION.name: found}


def migration(job: Job[FlowSettings]) -> Mapping[str, DataFrame]:
    day, known_at = job.settings.day, job.known_at
    years = views.flow_years(job.stocks, known_at=known_at, day=day)
    all_moves = flow.moves(job[t.HISTORY_EVENT].where("view <= 0"), paths_frame(job.spark))
    described = flow.migrations(
        flow.counted(all_moves, job[t.HISTORY_VIEW], years=years, flow_day=day),
        job[t.PERSON],
        job[t.CITIZENSHIP_ROW],
        job[t.MARITAL_STATUS_ROW],
        known_at={y: min(known_at, views.flow_known_at(y, day) or known_at) for y in years},
    )
    return {
        t.MIGRATION.name: described,
        t.QUALITY.name: flow.too_late(all_moves, flow_day=day),
    }


def account(job: Job[NoSettings]) -> Mapping[str, DataFrame]:
    states = stock.states(of_run(job))
    everyone = stock.residents(states, job.years)
    paths, splits = paths_frame(job.spark), splits_frame(job.spark)
    rows = accounts.accounts(states, everyone, paths, splits, years=job.years)
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


def inconsistency(job: Job[NoteSettings]) -> Mapping[str, DataFrame]:
    register_notes = [
        counted(
            job[t.REGISTER_NOTE].where(F.col("source") == source),
            job.taken,
            source=source,
            known_at=job.known_at,
        )
        for source in d.SOURCES
    ]
    found = every_note(
        register_notes,
        keys_of_run(job),
        job[t.PERSON_LINK],
        job[t.PERSON_RECORD],
        job[t.HISTORY_EVENT].where(F.col("view") == views.RUN_VIEW),
        residence.short_stays(of_run(job), limits=job.settings.short_stay),
        paths_frame(job.spark),
        [job[KEY_NOTES], job[LINK_NOTES], job[REGISTER_NOTES]],
        until=date(job.years[1], 1, 1),
        secret=job.settings.secret,
    )
    return {t.INCONSISTENCY.name: found}
