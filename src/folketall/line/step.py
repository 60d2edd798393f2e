"""What a step of the line is, and what it is given to work with: no more than it declares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, Protocol, TypeVar

from pyspark.sql import DataFrame, SparkSession

from folketall.model.cells import Cells
from folketall.model.settings import Settings
from folketall.model.table import Table
from folketall.model.tables import DELIVERY
from folketall.registers.known import Taken

S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)
S_contra = TypeVar("S_contra", contravariant=True)
T = TypeVar("T")
Written = DataFrame | Iterable[Cells]
"""Rows of a table; cells as Arrow tables."""
CellsOf = Callable[..., Iterator[Cells]]
"""The cells of a table, of the cubes named or all, as Arrow tables."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a run was asked for, besides its deliveries."""

    settings: Settings
    years: tuple[int, int]
    known_at: date
    taken: tuple[Taken, ...] = ()
    """The deliveries in the warehouse."""


def no_cells(table: Table, cubes: Iterable[str] | None = None) -> Iterator[Cells]:
    """Of a run without cells."""
    return iter(())


@dataclass(frozen=True)
class Job(Generic[S_co]):
    """The inputs of one step. What it did not declare is not there: reading it is a LookupError."""

    step: str
    spark: SparkSession
    settings: S_co
    tables: Mapping[str, DataFrame]
    cells: CellsOf
    _known_at: date | None
    _years: tuple[int, int] | None
    _taken: tuple[Taken, ...] | None

    @classmethod
    def of(
        cls,
        step: Step[Any],
        spark: SparkSession,
        choices: Choices,
        tables: Mapping[str, DataFrame],
        cells: CellsOf = no_cells,
    ) -> Job[Any]:
        """The inputs of this step, of all that a run has."""
        return Job(
            step.name,
            spark,
            choices.settings.own(step.settings),
            {one.name: tables[one.name] for one in step.reads if one.name in tables},
            cells,
            choices.known_at if step.dated else None,
            choices.years if step.yearly else None,
            choices.taken if DELIVERY in step.reads else None,
        )

    def __getitem__(self, table: Table) -> DataFrame:
        return self.tables[table.name]

    def keep(self, rows: DataFrame) -> DataFrame:
        """The rows, computed now: for what is read more than once, and for what is looked at."""
        return rows.localCheckpoint()

    @property
    def known_at(self) -> date:
        """K of the run (K4)."""
        return self._declared(self._known_at, "the known-at date")

    @property
    def years(self) -> tuple[int, int]:
        """The first and the last year whose 1 January is counted."""
        return self._declared(self._years, "the years")

    @property
    def stocks(self) -> list[int]:
        """Every year whose 1 January is counted."""
        return list(range(self.years[0], self.years[1] + 1))

    @property
    def taken(self) -> tuple[Taken, ...]:
        """The deliveries in the warehouse."""
        return self._declared(self._taken, "the deliveries")

    def _declared(self, value: T | None, what: str) -> T:
        if value is None:
            raise LookupError(f"the step {self.step} does not declare that it depends on {what}")
        return value


class Work(Protocol[S_contra]):
    """A function: the tables that a step writes, by name."""

    __name__: str

    def __call__(self, job: Job[S_contra], /) -> Mapping[str, Written]: ...


@dataclass(frozen=True, slots=True)
class Step(Generic[S]):
    """A piece of work: tables in, tables out."""

    work: Work[S]
    does: str
    reads: tuple[Table, ...]
    writes: tuple[Table, ...]
    settings: type[S]
    """Those it depends on: a dataclass whose fields are `of` or `made`."""
    merges: bool = False
    """Rows are merged into the table by its grain; what it holds already is among its inputs."""
    dated: bool = False
    """It depends on the run's K, otherwise than by what it reads."""
    yearly: bool = False
    """It depends on the years asked for."""
    check: Callable[[Mapping[str, DataFrame]], None] | None = None
    """What must hold of the tables written, or the run stops there."""

    @property
    def name(self) -> str:
        """The step's name: that of its function."""
        return self.work.__name__


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one step."""

    step: str
    does: str
    changed: bool
    rows: int | None
    bytes: int | None
    seconds: float
