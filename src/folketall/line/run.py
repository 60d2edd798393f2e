"""Run the line: each step once, and only if what it is made from has changed.

A table carries the fingerprint of its inputs, settings and code in its last commit. A step whose
tables carry the fingerprint they would get is left alone, so that a rerun rewrites nothing and a
run that was cut off goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from folketall.classifications import CODELISTS, codelist, country_codes, read_rows
from folketall.line import steps
from folketall.line.code import digest_of_functions
from folketall.line.cubes import suppressed_cubes
from folketall.line.step import Choices, Job, Step, Written
from folketall.model.deliveries import SOURCES
from folketall.model.errors import StatisticsError, UsageError
from folketall.model.secrets import secret_fault
from folketall.model.settings import Settings
from folketall.model.table import Room, Table
from folketall.model.tables import LEDGER, REGISTER_NOTE, REJECTED_ROW
from folketall.protection.protected import published
from folketall.registers.intake import deliveries_taken, refuse_other_choices, take_all
from folketall.registers.known import day_faults, default_known_at, refuse_later_than
from folketall.registers.told import told
from folketall.registers.validation import Checks, Codes
from folketall.release import gate
from folketall.release.files import write_release
from folketall.storage.commits import NO_TABLE
from folketall.storage.delta import Warehouse
from folketall.storage.folders import Folder
from folketall.storage.grain import GrainError
from folketall.storage.private import for_others_too


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one step."""

    step: str
    does: str
    changed: bool
    rows: int | None
    bytes: int | None
    seconds: float


Report = Callable[[Done], None]
PUBLISHED = "published"
"""The folder of the published files, in the warehouse."""
_OWN = "published_cube without the ledger"
"""Among the fingerprints: the ledger grows by the release itself, which then is made no more."""


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
                done.append(self._said(self._intake()))
        else:
            refuse_other_choices(self._delivered, told_now(self.settings))
        if wanted == [steps.INTAKE]:
            return done
        self._stop_unless_it_may_key()
        prints = self._fingerprints()
        done += self._side_by_side([step for step in steps.STEPS if step.name in wanted], prints)
        if steps.RELEASE in wanted:
            with _said_of(steps.RELEASE):
                done.append(self._said(self._release(prints)))
        return done

    def _side_by_side(self, todo: list[Step], prints: dict[str, str]) -> list[Done]:
        """Run each step when those it reads from are done, as many at once as asked for.

        Planning one step and running another go well together; on a cluster so do two jobs.
        """
        done: list[Done] = []
        running: dict[Future[Done], Step] = {}
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
        secret, check = self.settings["keys.secret"], self.settings["pin.check"]
        if fault := secret_fault(secret, check, real):
            raise UsageError(fault)

    @cached_property
    def choices(self) -> Choices:
        """The choices with the run's K: as set, or the newest delivery (K4)."""
        taken = tuple((r["source"], r["delivered_on"], r["mode"]) for r in self._delivered)
        known_at = self.settings["run.known_at"] or default_known_at(taken)
        if known_at is None:
            raise UsageError("the warehouse holds no delivery yet; run the step intake first")
        refuse_later_than(taken, self.settings["run.today"])
        if "cpr" not in {source for source, _, _ in taken}:
            raise UsageError(
                "the warehouse holds no delivery of cpr, the population register; deliver one"
            )
        if fault := day_faults(taken, known_at=self.settings["run.known_at"], years=self.years):
            raise UsageError(fault)
        return Choices(self.settings, self.years, known_at, taken)

    @cached_property
    def _released(self) -> gate.Releases:
        """What the ledger held when the run began."""
        return gate.releases(self.warehouse)

    @cached_property
    def _delivered(self) -> list[Row]:
        """The deliveries that the warehouse holds, a row each."""
        taken = deliveries_taken(self.warehouse).orderBy("source", "delivered_on")
        return taken.collect()

    def _intake(self) -> Done:
        if self.deliveries is None:
            raise UsageError("intake needs --deliveries, the folder the deliveries lie in")
        start = time.monotonic()
        taken = take_all(
            self.warehouse,
            self.deliveries,
            codes=read_codes(self.settings),
            pin_check=self.settings["pin.check"],
            duf_check=self.settings["duf.check"],
            announced=self.settings["validation.announced"],
            max_rejected_share=self.settings["validation.max_rejected_share"],
            min_rejected=self.settings["validation.min_rejected"],
            max_unknown_share=self.settings["validation.max_unknown_share"],
            today=self.settings["run.today"],
        )
        for table in (REJECTED_ROW, REGISTER_NOTE):
            # Their readers find them also where nothing ever was refused or noted.
            if not self.warehouse.exists(table.name):
                self.warehouse.replace(self.warehouse.empty(table), table, "")
        rows = sum(delivery.rows for delivery in taken if delivery.taken)
        new = sum(delivery.taken for delivery in taken)
        back = sum(delivery.withdrawn for delivery in taken)
        does = f"take deliveries: {new} new of {len(taken)}"
        does += f", {back} withdrawn and left out" if back else ""
        return Done(steps.INTAKE, does, new > 0, rows, None, time.monotonic() - start)

    def _named(self, step: Step, prints: dict[str, str]) -> Done:
        """Run a step under its name: Spark's own records of the work then carry it."""
        self.spark.addTag(step.name)
        try:
            return self._step(step, prints)
        finally:
            self.spark.removeTag(step.name)

    def _step(self, step: Step, prints: dict[str, str]) -> Done:
        start = time.monotonic()
        mark = prints[step.name]
        commits = [self.warehouse.last_commit(table.name) for table in step.writes]
        changed = any(commit is None or commit.fingerprint != mark for commit in commits)
        if changed:
            after = [commit.version if commit else NO_TABLE for commit in commits]
            seen = dict(zip((table.name for table in step.writes), after, strict=True))
            self._write(step, mark, prints[_OWN], seen)
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

    def _write(self, step: Step, mark: str, own: str, seen: dict[str, int]) -> None:
        self.warehouse.refuse_damaged(step.reads)
        tables = {table.name: self._table(table, step) for table in step.reads}
        if LEDGER.name in tables:
            known = [number for number, _ in gate.before(self._released, own)]
            tables[LEDGER.name] = tables[LEDGER.name].where(F.col("release").isin(known))
        job = Job.of(step, self.spark, self.choices, tables, self.warehouse.cells)
        results = step.work(job)
        if step.check is not None:
            # What fails its check is not written: yesterday's table stays.
            checked = {
                name: rows.localCheckpoint()
                for name, rows in results.items()
                if isinstance(rows, DataFrame)
            }
            step.check(checked)
            results = {**results, **checked}
        # The last table written is the one that says the step is done: the others come first.
        for table in reversed(step.writes):
            with _said_of(step.name):
                self._put(step, table, results[table.name], mark, seen[table.name])

    def _put(self, step: Step, table: Table, rows: Written, mark: str, after: int) -> None:
        if not isinstance(rows, DataFrame):
            self.warehouse.replace_cells(rows, table, mark, after=after)
        elif step.merges and table.name == step.writes[0].name:
            self.warehouse.merge(rows, table, mark, after=after)
        else:
            self.warehouse.replace(rows, table, mark, after=after)

    def _table(self, table: Table, step: Step) -> DataFrame:
        may_be_absent = table.room == Room.REGISTER or table in (*step.writes, LEDGER)
        if may_be_absent and not self.warehouse.exists(table.name):
            return self.warehouse.empty(table)
        return self.warehouse.read(table)

    def _release(self, prints: dict[str, str]) -> Done:
        start = time.monotonic()
        gate.stop_unless_audited(self.warehouse, prints["audit"])
        choices, own = self.choices, prints[_OWN]
        gate.enter(
            self.warehouse,
            suppressed_cubes(choices.settings),
            self._released,
            own=own,
            vintage=choices.known_at,
        )
        cells = published(self.warehouse)
        # What is published is readable as the user's own umask says; the tables are not.
        with for_others_too():
            written = write_release(cells, self.files, mark=prints[steps.RELEASE])
        does = "write the files"
        if written.mended:
            does += f" (again, for they had been changed: {', '.join(written.mended)})"
        seconds = time.monotonic() - start
        return Done(steps.RELEASE, does, written.changed, None, written.bytes, seconds)

    @property
    def files(self) -> Folder:
        """The folder of the published files."""
        return self.warehouse.files(PUBLISHED)

    def _fingerprints(self) -> dict[str, str]:
        """What each step's tables are made from, hashed: by table name while it is built."""
        choices = self.choices
        rows = [
            (r["source"], str(r["delivered_on"]), r["digest"], r["choices"])
            for r in self._delivered
        ]
        base = _hash(rows)
        by_table: dict[str, str] = {}
        by_step: dict[str, str] = {}
        for step in steps.STEPS:
            said = [
                step.name,
                digest_of_functions(step.work, step.check),
                choices.settings.chosen(step.settings) if step.settings else {},
                [by_table.get(table.name, base) for table in step.reads],
                str(choices.known_at) if step.dated else "",
                choices.years if step.yearly else "",
                _office_codes(choices.settings) if "codes." in step.settings else "",
                step.also(choices.settings),
            ]
            by_step[step.name] = _hash(*said)
            if step.name == "published_cube":
                by_step[_OWN] = by_step[step.name]
                by_step[step.name] = _hash(
                    by_step[_OWN], gate.before(self._released, by_step[_OWN])
                )
            by_table |= {table.name: by_step[step.name] for table in step.writes}
        writing = digest_of_functions(write_release)
        by_step[steps.RELEASE] = _hash(by_step["published_cube"], steps.RELEASE, writing)
        return by_step


@contextmanager
def _said_of(step: str) -> Iterator[None]:
    """Say of a broken grain which step broke it."""
    try:
        yield
    except GrainError as fault:
        raise StatisticsError(f"step {step}: {fault}") from None


def selected(first: str, last: str) -> list[str]:
    """The names of the steps from `first` to `last`.

    Raises:
        UsageError: there is no such step, or they are the wrong way round.
    """
    names = list(steps.STEP_NAMES)
    unknown = [name for name in (first, last) if name not in names]
    if unknown:
        raise UsageError(f"no step {', '.join(unknown)}; the steps are {', '.join(names)}")
    if names.index(first) > names.index(last):
        raise UsageError(f"the step {first} comes after {last}; the steps are {', '.join(names)}")
    return names[names.index(first) : names.index(last) + 1]


def read_codes(settings: Settings) -> Codes:
    """The code lists that intake checks against: countries, and reasons as the office has them."""
    directory = settings["codes.directory"]
    lists = {name: tuple(row["code"] for row in codelist(name, directory)) for name in CODELISTS}
    places = (*sorted({row["code"] for row in read_rows("geography/municipalities")}), "9999")
    return {"country": tuple(sorted(country_codes())), "municipality": places, **lists}


def told_now(settings: Settings) -> dict[str, str]:
    """V5: what the rows of each source would be checked with in a run with these settings."""
    checks = Checks(
        read_codes(settings),
        settings["pin.check"],
        settings["duf.check"],
        settings["validation.announced"],
    )
    names = ("max_rejected_share", "min_rejected", "max_unknown_share")
    limits = {name: settings[f"validation.{name}"] for name in names}
    return {source: told(checks, source, **limits) for source in SOURCES}


def _office_codes(settings: Settings) -> str:
    directory = settings["codes.directory"]
    if not directory:
        return ""
    return _hash(*[path.read_text("utf-8") for path in sorted(Path(directory).glob("*.csv"))])


def _hash(*said: object) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def parse_years(text: str) -> tuple[int, int]:
    """`a:b` as two years, the first not after the last; `a` alone is both.

    Raises:
        UsageError: it is neither.
    """
    first, _, last = text.partition(":")
    try:
        years = int(first), int(last or first)
    except ValueError:
        raise UsageError(f"--years {text}: write it as 2015:2025") from None
    if not 1900 <= years[0] <= years[1] <= 2100:
        raise UsageError(f"--years {text}: the first must not be after the last, as in 2015:2025")
    return years
