"""Step: persons and moves to cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from folketall.cubes.accounts import account_cubes
from folketall.cubes.counted import Counted, Counting
from folketall.cubes.declared import ACCOUNTS, MIGRATIONS, REFUGEES, RESIDENTS, Cube
from folketall.cubes.dense import Counts
from folketall.cubes.flows import migration_cubes, moves_in_boundaries
from folketall.cubes.keys import Keyed
from folketall.cubes.regions import RegionsOfYear
from folketall.cubes.stock import stock_cubes
from folketall.geography.regions import regions
from folketall.line.cubes import cubes_of, declaration, keyed_cubes
from folketall.line.step import Job
from folketall.line.work.inputs import secret, with_draws
from folketall.model import tables as t
from folketall.model.cells import Cells
from folketall.model.settings import Settings
from folketall.model.table import Table


def cube(job: Job) -> Mapping[str, Iterable[Cells]]:
    on_1_january = {year: regions(date(year, 1, 1)) for year in job.choices.stocks}
    on_31_december = {year: regions(date(year, 12, 31)) for year in job.choices.flows}
    # S4: in the boundaries of the year after, by the centrality of their own.
    accounted = [year for year in job.choices.stocks if year > job.choices.years[0]]
    after_the_first = {year: regions(date(year, 1, 1), year - 1) for year in accounted}
    keyed = Keyed(job.derived["keyed"], secret(job))
    of: dict[str, list[Cube]] = {}
    for one in cubes_of(job.choices.settings).values():
        if not one.derived:
            of.setdefault(one.counts, []).append(one)
    stocks = [
        *_stocks(job, of.get(REFUGEES, []), t.REFUGEE_POPULATION, on_1_january, keyed),
        *_stocks(job, of.get(RESIDENTS, []), t.POPULATION, on_1_january, keyed),
    ]
    others: list[Counted] = []
    if on_31_december and of.get(MIGRATIONS):
        # The flow cubes each read it.
        moves = moves_in_boundaries(job[t.MIGRATION], job.paths).localCheckpoint()
        others += migration_cubes(of[MIGRATIONS], moves, on_31_december, keyed)
    if after_the_first:
        others += account_cubes(of.get(ACCOUNTS, []), job[t.ACCOUNT], after_the_first)
    counting = Counting.of([*stocks, *others])
    return {t.CUBE.name: counting.cells(), t.INNER_CELL.name: counting.inner()}


def _stocks(
    job: Job, cubes: Sequence[Cube], persons: Table, at: RegionsOfYear, keyed: Keyed
) -> list[Counts]:
    return stock_cubes(cubes, with_draws(job, job[persons]), at, keyed) if cubes else []


def counted_from(settings: Settings) -> Mapping[str, object]:
    """What `cube` depends on of settings: the declaration, and which cubes need keys."""
    return {"cubes": declaration(settings), "keyed": keyed_cubes(settings)}
