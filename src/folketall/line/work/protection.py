"""Steps: cells to what may be published, and the audit of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import chain
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame

from folketall.audit.cubes import (
    attackers_table,
    attackers_tables,
    audit_shown,
    is_among,
    shown_by_period,
)
from folketall.audit.flows import audit_shown_flows, shown_flows
from folketall.audit.verdict import Promise
from folketall.cubes.declared import Cube
from folketall.geography.regions import divisions, regions
from folketall.geography.territories import counties_from
from folketall.ledger.pieces import region_pieces
from folketall.ledger.releases import with_released
from folketall.ledger.repair import audit_with_ledger, cells_to_hide
from folketall.line.cubes import (
    cubes_of,
    methods_of,
    promise_of,
    suppressed_cubes,
    suppressed_flows,
)
from folketall.line.step import Job
from folketall.model import tables as t
from folketall.model.cells import Cells
from folketall.model.methods import TOGETHER
from folketall.model.sections import Migration, Protect
from folketall.model.settings import made, of
from folketall.population.views import flow_years
from folketall.protection.parts import DIVISIONS
from folketall.protection.protected import protect
from folketall.storage.executors import on_executors


@dataclass(frozen=True, slots=True)
class ProtectionSettings:
    cubes: Mapping[str, Cube] = made(cubes_of)
    methods: Mapping[str, str] = made(methods_of)
    promise: Promise = made(promise_of)
    flow_day: str = of(Migration.known_at)


@dataclass(frozen=True, slots=True)
class AuditSettings:
    cubes: Mapping[str, Cube] = made(cubes_of)
    suppressed: Sequence[str] = made(suppressed_cubes)
    flows: Sequence[str] = made(suppressed_flows)
    promise: Promise = made(promise_of)
    sample: int = of(Protect.audit_sample)


def published_cube(job: Job[ProtectionSettings]) -> Mapping[str, Iterable[Cells]]:
    days = {str(year): date(year, 1, 1) for year in job.stocks}
    flows = flow_years(job.stocks, known_at=job.known_at, day=job.settings.flow_day)
    methods, promise = job.settings.methods, job.settings.promise
    first = {cube for cube, method in methods.items() if method in TOGETHER}
    protected = protect(
        chain(job.cells(t.CUBE, first), job.cells(t.CUBE, set(methods) - first)),
        inner=job.cells(t.INNER_CELL, first),
        cubes=job.settings.cubes,
        methods=methods,
        threshold=promise.threshold,
        zeros=promise.zeros,
        singletons=promise.singletons,
        min_width=promise.min_width,
        public=promise.public,
        places={geography: divisions(day, DIVISIONS) for geography, day in days.items()},
        at_end={str(year): divisions(date(year, 12, 31), DIVISIONS) for year in flows},
        territories={
            str(day.year): counties_from(day.replace(year=day.year - 1), day)
            for day in days.values()
        },
        mapper=partial(on_executors, job.spark),
        beside=None if job[t.LEDGER].isEmpty() else partial(_more_to_hide, job),
    )
    return {t.PUBLISHED_CUBE.name: protected.parts}


def _more_to_hide(job: Job[ProtectionSettings], shown: Sequence[tuple[Cells, Cells]]) -> list[Any]:
    """What a release must leave empty besides, given what is out already (X4)."""
    cells = [attackers_table(*pair) for pair in shown]
    beside = _beside_released(job, cells)
    promise = job.settings.promise
    hide = cells_to_hide(beside, _lists(job), job.settings.cubes, promise=promise).toArrow()
    return [is_among(part, hide) for part in cells]


def _beside_released(job: Job[object], tables: Sequence[pa.Table]) -> DataFrame:
    """What would be released beside what was (X4), cell by cell."""
    return with_released(job.spark.createDataFrame(pa.concat_tables(tables)), job[t.LEDGER])


def _lists(job: Job[object]) -> DataFrame:
    """What the regions of all boundary years are made of together."""
    of = job[t.LEDGER].select("geography").distinct().collect()
    years = sorted({*job.stocks, *(int(row["geography"]) for row in of)})
    names = "geography string, piece string, level string, region string"
    return job.spark.createDataFrame(region_pieces(years), names)


def audit(job: Job[AuditSettings]) -> Mapping[str, DataFrame]:
    promise, own, cubes = job.settings.promise, job.settings.suppressed, job.settings.cubes
    tables = attackers_tables(job.cells(t.PUBLISHED_CUBE, own), job.cells(t.CUBE, own))
    on_1_january = {year: regions(date(year, 1, 1)) for year in job.stocks}
    shown = shown_by_period(tables, on_1_january, cubes, inner=job.cells(t.INNER_CELL, own))
    sample = job.settings.sample if promise.min_width else None
    found = on_executors(job.spark, partial(audit_shown, promise=promise, sample=sample), shown)
    rows = [tuple(json.loads(row).values()) for row in (*found, *_flow_verdicts(job))]
    # Beside what is out already, one period after another: never all cells in Java's memory.
    released = {row["period"] for row in job[t.LEDGER].select("period").distinct().collect()}
    for one in shown:
        if one.period in released:
            beside = _beside_released(job, [one.cells])
            found_beside = audit_with_ledger(beside, _lists(job), cubes, promise=promise)
            rows += [tuple(row) for row in found_beside.select(*t.VERDICT.columns).collect()]
    return {t.VERDICT.name: job.spark.createDataFrame(rows, t.VERDICT.schema)}


def _flow_verdicts(job: Job[AuditSettings]) -> list[bytes]:
    """The verdict on each year's migrations, in the boundaries of its end."""
    own, promise = job.settings.flows, job.settings.promise
    at_end = {str(year): regions(date(year, 12, 31)) for year in job.stocks}
    shown = shown_flows(
        job.cells(t.PUBLISHED_CUBE, own), job.cells(t.CUBE, own), at_end, job.settings.cubes
    )
    return list(on_executors(job.spark, partial(audit_shown_flows, promise=promise), list(shown)))
