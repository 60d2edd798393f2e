"""Step: persons and moves to cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from folketall.cubes.accounts import account_cubes
from folketall.cubes.counted import Counted, Counting
from folketall.cubes.declared import ACCOUNTS, MIGRATIONS, REFUGEES, RESIDENTS, Cube
from folketall.cubes.dense import Counts
from folketall.cubes.flows import migration_cubes, moves_in_boundaries
from folketall.cubes.keys import Keyed
from folketall.cubes.regions import RegionsOfYear
from folketall.cubes.stock import stock_cubes
from folketall.geography.frames import paths_frame
from folketall.geography.regions import regions
from folketall.line.cubes import cubes_of, keyed_cubes
from folketall.line.step import Job
from folketall.line.work.inputs import KeySettings, with_draws
from folketall.model import tables as t
from folketall.model.cells import Cells
from folketall.model.sections import Migration
from folketall.model.settings import made, of
from folketall.model.table import Table
from folketall.population.views import flow_years


@dataclass(frozen=True, slots=True)
class CubeSettings(KeySettings):
    flow_day: str = of(Migration.known_at)
    cubes: Mapping[str, Cube] = made(cubes_of)
    keyed: Sequence[str] = made(keyed_cubes)
    """Of the methods, the step depends on no more than which cubes need keys."""


def cube(job: Job[CubeSettings]) -> Mapping[str, Iterable[Cells]]:
    flows = flow_years(job.stocks, known_at=job.known_at, day=job.settings.flow_day)
    on_1_january = {year: regions(date(year, 1, 1)) for year in job.stocks}
    on_31_december = {year: regions(date(year, 12, 31)) for year in flows}
    # S4: in the boundaries of the year after, by the centrality of their own.
    accounted = [year for year in job.stocks if year > job.years[0]]
    after_the_first = {year: regions(date(year, 1, 1), year - 1) for year in accounted}
    keyed = Keyed(job.settings.keyed, job.settings.secret)
    of: dict[str, list[Cube]] = {}
    for one in job.settings.cubes.values():
        if not one.derived:
            of.setdefault(one.counts, []).append(one)
    stocks = [
        *_stocks(job, of.get(REFUGEES, []), t.REFUGEE_POPULATION, on_1_january, keyed),
        *_stocks(job, of.get(RESIDENTS, []), t.POPULATION, on_1_january, keyed),
    ]
    others: list[Counted] = []
    if on_31_december and of.get(MIGRATIONS):
        # The flow cubes each read it.
        moves = job.keep(moves_in_boundaries(job[t.MIGRATION], paths_frame(job.spark)))
        others += migration_cubes(of[MIGRATIONS], moves, on_31_december, keyed)
    if after_the_first:
        others += account_cubes(of.get(ACCOUNTS, []), job[t.ACCOUNT], after_the_first)
    counting = Counting.of([*stocks, *others], job.keep)
    return {t.CUBE.name: counting.cells(), t.INNER_CELL.name: counting.inner()}


def _stocks(
    job: Job[object], cubes: Sequence[Cube], persons: Table, at: RegionsOfYear, keyed: Keyed
) -> list[Counts]:
    return stock_cubes(cubes, with_draws(job, job[persons]), at, keyed) if cubes else []
