"""The line's steps in the session of the tests."""

from __future__ import annotations

from folketall.line import steps
from folketall.line.step import Choices, Job
from folketall.linkage.keys import keys_at
from folketall.model.deliveries import DELIVERED_TABLES
from folketall.model.tables import PERSON_AT, PERSON_DRAW, PERSON_KEY, REGISTERS

STEP = {step.name: step for step in steps.STEPS}


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
            results = step.work(Job.of(step, self.spark, self.choices, tables))
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
        """The persons of PINs as the run's K knows them."""
        known = keys_at(self.tables[PERSON_KEY.name], self.tables[PERSON_AT.name])
        return {row["pin"]: row["person_id"] for row in known.collect()}

    @property
    def draws(self) -> dict[int, int]:
        return {row["person_id"]: row["draw"] for row in self.tables[PERSON_DRAW.name].collect()}
