"""Run the real line on deliveries in a folder, in the session of the tests."""

from __future__ import annotations

from pathlib import Path

from folketall import steps
from folketall.job import Choices, Job
from folketall.line import Line
from folketall.model.deliveries import DELIVERED_TABLES
from folketall.model.settings import read_settings
from folketall.model.tables import PERSON_KEY, REGISTERS
from folketall.storage.delta import Warehouse


def run_line(
    spark,
    deliveries: Path,
    warehouse: Path,
    years: tuple[int, int],
    *overrides: str,
    first: str = steps.INTAKE,
    last: str = "inconsistency",
):
    """The warehouse after the steps asked for, and what each step did."""
    house = Warehouse(spark, str(warehouse))
    line = Line(spark, house, read_settings(None, overrides), years, deliveries, lambda done: None)
    return house, line.run(first, last)


def rows_of(house: Warehouse, name: str, columns: tuple[str, ...] | None = None) -> list[tuple]:
    """All rows of a table as sorted tuples."""
    table = house.read_version(name)
    return sorted(
        (tuple(row) for row in table.select(*(columns or table.columns)).collect()), key=repr
    )


def ids_of(house: Warehouse) -> dict[str, int]:
    return {row["pin"]: row["person_id"] for row in house.read(PERSON_KEY).collect()}


class Memory:
    """The line's steps on register rows in memory: the same work, without intake and Delta."""

    def __init__(self, spark, registers: dict[str, list[dict]], choices: Choices):
        self.spark, self.choices = spark, choices
        self.tables = {
            REGISTERS[table].name: self._frame(
                REGISTERS[table], registers.get(f"{table.source}_{table.name}", [])
            )
            for table in DELIVERED_TABLES
        }

    def _frame(self, table, rows):
        names = table.columns
        return self.spark.createDataFrame(
            [tuple(row.get(name) for name in names) for row in rows], table.schema
        )

    def run(self, *names: str):
        """Run the steps named, or all to `inconsistency`, each once."""
        for step in steps.STEPS:
            if step.name == "cube" and not names:
                break
            if names and step.name not in names:
                continue
            tables = {
                t.name: self.tables.get(t.name, self.spark.createDataFrame([], t.schema))
                for t in step.reads
            }
            results = step.work(Job(self.spark, self.choices, tables))
            results = {name: df.localCheckpoint() for name, df in results.items()}
            if step.check:
                step.check(results)
            self.tables |= results
        return self

    def rows(self, name: str, columns=None) -> list[tuple]:
        table = self.tables[name]
        return sorted(
            (tuple(r) for r in table.select(*(columns or table.columns)).collect()), key=repr
        )

    @property
    def ids(self) -> dict[str, int]:
        return {row["pin"]: row["person_id"] for row in self.tables[PERSON_KEY.name].collect()}
