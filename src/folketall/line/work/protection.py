"""Steps: cells to what may be published, and the audit of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
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
from folketall.audit.verdict import Promise
from folketall.cubes.declared import RESIDENTS
from folketall.geography.regions import divisions, regions
from folketall.geography.territories import counties_from
from folketall.ledger.pieces import region_pieces
from folketall.ledger.releases import with_released
from folketall.ledger.repair import audit_with_ledger, cells_to_hide
from folketall.line.cubes import cubes_of, methods_of, suppressed_cubes
from folketall.line.step import Job
from folketall.line.work.inputs import whole
from folketall.model import tables as t
from folketall.model.cells import Cells
from folketall.model.methods import TOGETHER
from folketall.protection.parts import DIVISIONS
from folketall.protection.protected import protect
from folketall.storage.executors import on_executors


def published_cube(job: Job) -> Mapping[str, Iterable[Cells]]:
    days = {str(year): date(year, 1, 1) for year in job.choices.stocks}
    cubes, methods = cubes_of(job.choices.settings), methods_of(job.choices.settings)
    first = {cube for cube, method in methods.items() if method in TOGETHER}
    protected = protect(
        chain(job.cells(t.CUBE, first), job.cells(t.CUBE, set(methods) - first)),
        inner=job.cells(t.INNER_CELL, first),
        cubes=cubes,
        methods=methods,
        threshold=whole(job, "protect.threshold"),
        zeros=bool(job.setting("protect.zeros")),
        singletons=str(job.setting("protect.singletons")),
        min_width=whole(job, "protect.min_width"),
        public=RESIDENTS in _public(job),
        places={geography: divisions(day, DIVISIONS) for geography, day in days.items()},
        at_end={str(year): divisions(date(year, 12, 31), DIVISIONS) for year in job.choices.flows},
        territories={
            str(day.year): counties_from(day.replace(year=day.year - 1), day)
            for day in days.values()
        },
        mapper=partial(on_executors, job.spark),
        beside=None if job[t.LEDGER].isEmpty() else partial(_more_to_hide, job),
    )
    return {t.PUBLISHED_CUBE.name: protected.parts}


def _more_to_hide(job: Job, shown: Sequence[tuple[Cells, Cells]]) -> list[Any]:
    """What a release must leave empty besides, given what is out already (X4)."""
    cells = [attackers_table(*pair) for pair in shown]
    beside = _beside_released(job, cells)
    cubes = cubes_of(job.choices.settings)
    hide = cells_to_hide(beside, _lists(job), cubes, promise=_promise(job)).toArrow()
    return [is_among(part, hide) for part in cells]


def _beside_released(job: Job, tables: Sequence[pa.Table]) -> DataFrame:
    """What would be released beside what was (X4), cell by cell."""
    return with_released(job.spark.createDataFrame(pa.concat_tables(tables)), job[t.LEDGER])


def _lists(job: Job) -> DataFrame:
    """What the regions of all boundary years are made of together."""
    of = job[t.LEDGER].select("geography").distinct().collect()
    years = sorted({*job.choices.stocks, *(int(row["geography"]) for row in of)})
    names = "geography string, piece string, level string, region string"
    return job.spark.createDataFrame(region_pieces(years), names)


def _public(job: Job) -> tuple[str, ...]:
    """X0: what is published as it is."""
    found = job.setting("protect.public")
    assert isinstance(found, tuple)
    return found


def _promise(job: Job) -> Promise:
    return Promise(
        threshold=whole(job, "protect.threshold"),
        zeros=bool(job.setting("protect.zeros")),
        singletons=str(job.setting("protect.singletons")),
        min_width=whole(job, "protect.min_width"),
        public=RESIDENTS in _public(job),
    )


def audit(job: Job) -> Mapping[str, DataFrame]:
    promise, own = _promise(job), suppressed_cubes(job.choices.settings)
    cubes = cubes_of(job.choices.settings)
    tables = attackers_tables(job.cells(t.PUBLISHED_CUBE, own), job.cells(t.CUBE, own))
    on_1_january = {year: regions(date(year, 1, 1)) for year in job.choices.stocks}
    shown = shown_by_period(tables, on_1_january, cubes, inner=job.cells(t.INNER_CELL, own))
    sample = whole(job, "protect.audit_sample") if promise.min_width else None
    found = on_executors(job.spark, partial(audit_shown, promise=promise, sample=sample), shown)
    rows = [tuple(json.loads(row).values()) for row in found]
    # Beside what is out already, one period after another: never all cells in Java's memory.
    released = {row["period"] for row in job[t.LEDGER].select("period").distinct().collect()}
    for one in shown:
        if one.period in released:
            beside = _beside_released(job, [one.cells])
            found_beside = audit_with_ledger(beside, _lists(job), cubes, promise=promise)
            rows += [tuple(row) for row in found_beside.select(*t.VERDICT.columns).collect()]
    return {t.VERDICT.name: job.spark.createDataFrame(rows, t.VERDICT.schema)}
