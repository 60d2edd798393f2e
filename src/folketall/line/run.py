"""Run the line: each step once, and only if what it is made from has changed.

A table carries the fingerprint of its inputs, settings and code in its last commit. A step whose
tables carry the fingerprint they would get is left alone, so that a rerun rewrites nothing and a
run that was cut off goes on where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from folketall.line import steps
from folketall.line.asked import selected
from folketall.line.fingerprints import Fingerprints, fingerprints
from folketall.line.intake import intake, told_now
from folketall.line.release import release
from folketall.line.step import Choices, Done, Job, Step, Written
from folketall.model.errors import StatisticsError, UsageError
from folketall.model.secrets import secret_fault
from folketall.model.sections import Keys, Pin, Run
from folketall.model.settings import Settings
from folketall.model.table import Room, Table
from folketall.registers.known import day_faults, default_known_at, refuse_later_than
from folketall.registers.taken import deliveries_taken, refuse_other_choices
from folketall.release import gate
from folketall.storage.commits import NO_TABLE
from folketall.storage.grain import GrainError
from folketall.storage.warehouse import Warehouse

Report = Callable[[Done], None]


@dataclass(frozen=True)
class Line:
    """The line over one warehouse."""

    spark: SparkSession
    warehouse: Warehouse
    settings: Settings
    years: tuple[int, int]
    deliveries: Path | None
    report: Report
    at_once: int = 2
    """Steps that may run side by side."""

    def run(self, first: str = steps.INTAKE, last: str = steps.RELEASE) -> list[Done]:
        """Run the steps from `first` to `last`.

        Raises:
            FolketallError: of the kind that its status says; what was written before stays.
        """
        wanted = selected(first, last)
        with self.warehouse.held():
            return self._run(wanted)

    def _run(self, wanted: list[str]) -> list[Done]:
        done = []
        if steps.INTAKE in wanted:
            with _said_of(steps.INTAKE):
                done.append(self._said(intake(self.warehouse, self.deliveries, self.settings)))
        else:
            refuse_other_choices(self._delivered, told_now(self.settings))
        if wanted == [steps.INTAKE]:
            return done
        self._stop_unless_it_may_key()
        prints = fingerprints(steps.STEPS, self._delivered, self.choices, self._released)
        done += self._side_by_side([step for step in steps.STEPS if step.name in wanted], prints)
        if steps.RELEASE in wanted:
            with _said_of(steps.RELEASE):
                out = release(self.warehouse, self.choices, prints, self._released)
                done.append(self._said(out))
        return done

    def _side_by_side(self, todo: list[Step[Any]], prints: Fingerprints) -> list[Done]:
        """Run each step when those it reads from are done, as many at once as asked for.

        Planning one step and running another go well together; on a cluster so do two jobs.
        """
        done: list[Done] = []
        running: dict[Future[Done], Step[Any]] = {}
        with ThreadPoolExecutor(self.at_once) as pool:
            while todo or running:
                unwritten = {t.name for step in (*todo, *running.values()) for t in step.writes}
                own = {step.name: {t.name for t in step.writes} for step in todo}
                ready = [
                    step
                    for step in todo
                    if not (unwritten - own[step.name]) & {table.name for table in step.reads}
                ]
                for step in ready[: self.at_once - len(running)]:
                    todo.remove(step)
                    running[pool.submit(self._named, step, prints)] = step
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    del running[future]
                    # Raises what the step raised; steps under way end first, none is begun.
                    done.append(self._said(future.result()))
        return done

    def _said(self, done: Done) -> Done:
        self.report(done)
        return done

    def _stop_unless_it_may_key(self) -> None:
        """Stop before anything is keyed with a secret that everyone knows (L1)."""
        real = sum(row["real_pins"] or 0 for row in self._delivered)
        secret, check = self.settings[Keys.secret], self.settings[Pin.check]
        if fault := secret_fault(secret, check, real):
            raise UsageError(fault)

    @cached_property
    def choices(self) -> Choices:
        """The choices with the run's K: as set, or the newest delivery (K4)."""
        taken = tuple((r["source"], r["delivered_on"], r["mode"]) for r in self._delivered)
        chosen = self.settings[Run.known_at]
        known_at = chosen or default_known_at(taken)
        if known_at is None:
            raise UsageError("the warehouse holds no delivery yet; run the step intake first")
        refuse_later_than(taken, self.settings[Run.today])
        if "cpr" not in {source for source, _, _ in taken}:
            raise UsageError(
                "the warehouse holds no delivery of cpr, the population register; deliver one"
            )
        if fault := day_faults(taken, known_at=chosen, years=self.years):
            raise UsageError(fault)
        return Choices(self.settings, self.years, known_at, taken)

    @cached_property
    def _released(self) -> gate.Releases:
        """What was released when the run began."""
        return gate.releases(self.warehouse)

    @cached_property
    def _delivered(self) -> list[Row]:
        """The deliveries that the warehouse holds, a row each."""
        taken = deliveries_taken(self.warehouse).orderBy("source", "delivered_on")
        return taken.collect()

    def _named(self, step: Step[Any], prints: Fingerprints) -> Done:
        """Run a step under its name: Spark's own records of the work then carry it."""
        self.spark.addTag(step.name)
        try:
            return self._step(step, prints)
        finally:
            self.spark.removeTag(step.name)

    def _step(self, step: Step[Any], prints: Fingerprints) -> Done:
        start = time.monotonic()
        mark = prints.of_step[step.name]
        commits = [self.warehouse.last_commit(table.name) for table in step.writes]
        changed = any(commit is None or commit.fingerprint != mark for commit in commits)
        if changed:
            after = [commit.version if commit else NO_TABLE for commit in commits]
            seen = dict(zip((table.name for table in step.writes), after, strict=True))
            self._write(step, prints, seen)
            commits = [self.warehouse.last_commit(table.name) for table in step.writes]
        found = [commit for commit in commits if commit]
        return Done(
            step.name,
            step.does,
            changed,
            sum(commit.rows or 0 for commit in found),
            sum(commit.bytes or 0 for commit in found),
            time.monotonic() - start,
        )

    def _write(self, step: Step[Any], prints: Fingerprints, seen: Mapping[str, int]) -> None:
        self.warehouse.refuse_damaged(step.reads)
        tables = {table.name: self._table(table, step, prints) for table in step.reads}
        job = Job.of(step, self.spark, self.choices, tables, self.warehouse.cells)
        results = step.work(job)
        if step.check is not None:
            # What fails its check is not written: yesterday's table stays.
            checked = {
                name: job.keep(rows)
                for name, rows in results.items()
                if isinstance(rows, DataFrame)
            }
            step.check(checked)
            results = {**results, **checked}
        # The last table written is the one that says the step is done: the others come first.
        for table in reversed(step.writes):
            with _said_of(step.name):
                mark = prints.of_step[step.name]
                self._put(step, table, results[table.name], mark, seen[table.name])

    def _put(self, step: Step[Any], table: Table, rows: Written, mark: str, after: int) -> None:
        if not isinstance(rows, DataFrame):
            self.warehouse.replace_cells(rows, table, mark, after=after)
        elif step.merges and table.name == step.writes[0].name:
            self.warehouse.merge(rows, table, mark, after=after)
        else:
            self.warehouse.replace(rows, table, mark, after=after)

    def _table(self, table: Table, step: Step[Any], prints: Fingerprints) -> DataFrame:
        may_be_absent = table.room == Room.REGISTER or table in step.writes or table.entered
        if may_be_absent and not self.warehouse.exists(table.name):
            return self.warehouse.empty(table)
        rows = self.warehouse.read(table)
        if table.entered:
            # A release that is made once more is held against what was out before it.
            before = [number for number, _ in gate.before(self._released, prints.release)]
            rows = rows.where(F.col(table.entered).isin(before))
        return rows


@contextmanager
def _said_of(step: str) -> Iterator[None]:
    """Say of a broken grain which step broke it."""
    try:
        yield
    except GrainError as fault:
        raise StatisticsError(f"step {step}: {fault}") from None
