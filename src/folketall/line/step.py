"""What a step of the line is, and what it is given to work with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, Protocol

from pyspark.sql import DataFrame, SparkSession

from folketall.geography.frames import paths_frame, readings_frame, regions_frame, splits_frame
from folketall.model.cells import Cells
from folketall.model.settings import Settings
from folketall.model.table import Table
from folketall.population.views import View, flow_known_at, stock_known_at, views_of
from folketall.registers.known import Taken


@dataclass(frozen=True, slots=True)
class Choices:
    """What a run was asked for, besides its deliveries."""

    settings: Settings
    years: tuple[int, int]
    known_at: date
    taken: tuple[Taken, ...] = ()
    """The deliveries in the warehouse."""

    @property
    def stocks(self) -> list[int]:
        """Years whose 1 January is counted."""
        return list(range(self.years[0], self.years[1] + 1))

    @property
    def flows(self) -> list[int]:
        """Years whose migrations are counted: those whose K has come (M2)."""
        day = self.settings["migration.known_at"]
        return [y for y in self.stocks if (flow_known_at(y, day) or self.known_at) <= self.known_at]

    @property
    def stock_known_at(self) -> dict[int, date]:
        day = self.settings["stock.known_at"]
        return {y: min(self.known_at, stock_known_at(y, day)) for y in self.stocks}

    @property
    def flow_known_at(self) -> dict[int, date]:
        day = self.settings["migration.known_at"]
        return {y: min(self.known_at, flow_known_at(y, day) or self.known_at) for y in self.flows}

    @property
    def views(self) -> list[View]:
        return views_of(
            self.stocks,
            self.flows,
            known_at=self.known_at,
            stock_day=self.settings["stock.known_at"],
            flow_day=self.settings["migration.known_at"],
        )


@dataclass(frozen=True)
class Job:
    """The inputs of one step: the tables it declares, the choices, and the geography."""

    spark: SparkSession
    choices: Choices
    tables: Mapping[str, DataFrame]
    cells: Callable[..., Iterator[Cells]] = lambda table, cubes=None: iter(())
    """The same of a table of cells, and of the cubes named or all: as Arrow tables."""
    derived: Any = ""
    """The value of the step's `also`."""

    @classmethod
    def of(
        cls,
        step: Step,
        spark: SparkSession,
        choices: Choices,
        tables: Mapping[str, DataFrame],
        cells: Callable[..., Iterator[Cells]] = lambda table, cubes=None: iter(()),
    ) -> Job:
        """The inputs of this step, with the settings that it declares and no others."""
        own = replace(choices, settings=choices.settings.only(step.settings))
        return cls(spark, own, tables, cells, step.also(choices.settings))

    def __getitem__(self, table: Table) -> DataFrame:
        return self.tables[table.name]

    @property
    def known_at(self) -> date:
        return self.choices.known_at

    def setting(self, name: str) -> object:
        return self.choices.settings[name]

    @cached_property
    def readings(self) -> DataFrame:
        return readings_frame(self.spark)

    @cached_property
    def paths(self) -> DataFrame:
        return paths_frame(self.spark)

    @cached_property
    def splits(self) -> DataFrame:
        return splits_frame(self.spark)

    def regions(self, days: Mapping[str, date]) -> DataFrame:
        """(period, municipality, level, region) with the boundaries of each period's day."""
        periods = self.spark.createDataFrame(list(days.items()), "period string, day date")
        return (
            regions_frame(self.spark, list(days.values()))
            .join(periods, "day")
            .select("period", "municipality", "level", "region")
        )


Written = DataFrame | Iterable[Cells]
"""Rows of a table; cells as Arrow tables."""


class Work(Protocol):
    """A function: the tables that a step writes, by name."""

    __name__: str

    def __call__(self, job: Job, /) -> Mapping[str, Written]: ...


@dataclass(frozen=True, slots=True)
class Step:
    """A piece of work: tables in, tables out."""

    work: Work
    does: str
    reads: tuple[Table, ...]
    writes: tuple[Table, ...]
    settings: tuple[str, ...] = ()
    """Settings it depends on; a name ending in a dot stands for all that begin so."""
    merges: bool = False
    """Rows are merged into the table by its grain; what it holds already is among its inputs."""
    dated: bool = True
    """It depends on the run's K."""
    yearly: bool = False
    """It depends on the years asked for."""
    also: Callable[[Settings], object] = lambda settings: ""
    """Value derived from settings that the step uses only in part; a change reruns the step."""
    check: Callable[[Mapping[str, DataFrame]], None] | None = field(default=None)
    """What must hold of the tables written, or the run stops there."""

    @property
    def name(self) -> str:
        """The step's name: that of its function."""
        return self.work.__name__
