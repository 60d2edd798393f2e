"""What people see while a command runs and when it is done. Progress goes to stderr."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from rich.console import Console
from rich.table import Table as RichTable

from folketall.audit.verdict import Verdict
from folketall.cubes.declaration import shipped_cubes
from folketall.cubes.declared import Cube
from folketall.line.release import files_of
from folketall.line.run import Line
from folketall.line.step import Done
from folketall.model import tables as t
from folketall.model.errors import UsageError
from folketall.model.table import Table
from folketall.storage.opening import open_warehouse
from folketall.storage.warehouse import Warehouse


class _Console(Console):
    """Where nobody listens any more (`folketall show … | head`) the work goes on all the same."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, (sys.stderr if self.stderr else sys.stdout).fileno())


def _console(*, stderr: bool = False) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    # A log has no width of its own: wide enough that no table is cut.
    return _Console(stderr=stderr, width=None if stream.isatty() else 150, highlight=False)


def say(text: str) -> None:
    """One line for the reader."""
    _console().print(text, markup=False, soft_wrap=True)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A plain table; numbers to the right."""
    drawn = RichTable(title=title, title_justify="left")
    for place, name in enumerate(columns):
        numeric = bool(rows) and all(_is_number(row[place]) for row in rows)
        drawn.add_column(name, justify="right" if numeric else "left")
    for row in rows:
        drawn.add_row(*row)
    _console().print(drawn)


def print_tables(tables: Iterable[RichTable]) -> None:
    """Tables that were laid out elsewhere."""
    for drawn in tables:
        _console().print(drawn)


def _is_number(text: str) -> bool:
    return text.replace(" ", "").replace(".", "").replace("-", "").isdigit() or text == ""


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Say what is begun, and how long it took."""
    console = _console(stderr=True)
    console.print(what, markup=False)
    start = time.monotonic()
    yield
    console.print(f"done in {time.monotonic() - start:.0f} s")


REPORT = "FOLKETALL_REPORT"
"""Environment variable: a file that gets a line of JSON a step, for `bench/` and other machines."""


@dataclass
class Progress:
    """One line a step as it ends: rows, seconds and the rate."""

    done: list[Done] = field(default_factory=list)
    start: float = field(default_factory=time.monotonic)

    def __call__(self, step: Done) -> None:
        self.done.append(step)
        _report(step)
        rows = f"{step.rows or 0:>12,} rows".replace(",", " ")
        rate = f"{(step.rows or 0) / max(step.seconds, 0.1):>10,.0f}/s".replace(",", " ")
        if not step.changed:
            rows, rate = f"{'unchanged':>17}", f"{'':>12}"
        clock = time.monotonic() - self.start
        _console(stderr=True).print(
            f"{clock:6.0f} s  {step.step:<24}{rows} {step.seconds:7.1f} s {rate}  {step.does}",
            markup=False,
        )


def _report(step: Done) -> None:
    if path := os.environ.get(REPORT):
        with Path(path).open("a", encoding="utf-8") as report:
            report.write(json.dumps({**asdict(step), "ended": time.time()}) + "\n")


def summarise(line: Line, progress: Progress) -> None:
    """Print what the run found: persons, links, reasons, oddities, cells, and where they are."""
    house = line.warehouse
    found = _counted(house, [_PERSONS, *_COUNTED, _CELLS])
    persons = dict(found[_PERSONS.title])
    if persons:
        rows = [("all", sum(persons.values())), ("immigrants", persons.get(("true",), 0))]
        table(_PERSONS.title, ("persons", "count"), [(k, _spaced(n)) for k, n in rows])
    for one in _COUNTED:
        if found[one.title]:
            rows_of = [(*map(_word, key), _spaced(n)) for key, n in found[one.title][:60]]
            table(one.title, (*one.by, "count"), rows_of)
    _cells(found[_CELLS.title])
    _verdicts(house)
    changed = sum(step.changed for step in progress.done)
    seconds = time.monotonic() - progress.start
    known_at = line.choices.known_at
    say(f"{changed} of {len(progress.done)} steps written in {seconds:.0f} s, known at {known_at}.")
    say(f"Tables: {house.root} (Delta; the published figures are {t.PUBLISHED_CUBE.name})")
    files = files_of(line.warehouse)
    if files.names():
        say(f"Files:  {files.address}/<cube>.csv")


@dataclass(frozen=True, slots=True)
class _Count:
    """A table of the summary: rows of a table by a few columns."""

    title: str
    of: Table
    by: tuple[str, ...]
    number: str = "count(1)"


_PERSONS = _Count("Persons", t.PERSON, ("immigrant",))
_COUNTED = (
    _Count("DUF numbers by method (L)", t.PERSON_LINK, ("method",)),
    _Count(
        "First immigrations by rule and reason (C)", t.REASON_FOR_IMMIGRATION, ("rule", "reason")
    ),
    _Count("References by source and relation (P)", t.REFERENCE_PERSON, ("source", "relation")),
    _Count("Types of family unification (T)", t.FAMILY_UNIFICATION, ("type", "source")),
    _Count("Oddities noted", t.INCONSISTENCY, ("rule", "what")),
    _Count("Rows refused", t.REJECTED_ROW, ("source", "table", "rule", "why")),
    _Count("Counted in no year's figures", t.QUALITY, ("rule", "what"), "sum(count)"),
)
_CELLS = _Count("Published cells", t.PUBLISHED_CUBE, ("cube", "status"))
_Found = list[tuple[tuple[str | None, ...], int]]


def _counted(house: Warehouse, counts: Sequence[_Count]) -> dict[str, _Found]:
    """Every count of the summary in one query; of tables that are not there, nothing."""
    parts = [
        house.read(one.of)
        .groupBy(F.array(*[F.col(c).cast("string") for c in one.by]).alias("key"))
        .agg(F.expr(one.number).cast("bigint").alias("n"))
        .select(F.lit(one.title).alias("title"), "key", "n")
        for one in counts
        if house.exists(one.of.name)
    ]
    found: dict[str, _Found] = {one.title: [] for one in counts}
    for row in reduce(DataFrame.unionByName, parts).collect() if parts else []:
        found[row["title"]].append((tuple(row["key"]), row["n"]))
    for rows in found.values():
        rows.sort(key=lambda row: [(part is not None, part or "") for part in row[0]])
    return found


def _cells(found: _Found) -> None:
    cubes: dict[str, dict[str | None, int]] = {}
    for (cube, status), n in found:
        cubes.setdefault(str(cube), {})[status] = n
    if cubes:
        said = ("suppressed", "rounded", "perturbed")
        rows = [
            (
                cube,
                _spaced(sum(by.values())),
                *(_spaced(by.get(status, 0)) for status in said),
            )
            for cube, by in sorted(cubes.items())
        ]
        table("Published cells", ("cube", "cells", *said), rows)


def _verdicts(house: Warehouse) -> None:
    """What the audit says of the cells that are to be published: one line, and what failed."""
    if not house.exists(t.VERDICT.name):
        return
    rows = house.read(t.VERDICT).orderBy("period", "name").select("passed", "figures").collect()
    if not rows:
        say("Audit: no cube is suppressed, so there is nothing to audit.")
    passed = [json.loads(row["figures"]) for row in rows if row["passed"]]
    if passed:
        cells, empty = (sum(one[what] for one in passed) for what in ("cells", "suppressed"))
        say(
            f"Audit: {len(passed)} of {len(rows)} verdicts passed: of {_spaced(cells)} cells of "
            f"persons and migrations {_spaced(empty)} are empty, and no small count can be "
            "computed from the others."
        )
        left = dict.fromkeys(what for one in passed for what in one.get("left_out", ()))
        if left:
            say(f"Audit: of migrations it did not examine {', '.join(left)}.")
    for row in rows:
        if not row["passed"]:
            say(f"Audit: {Verdict.read(json.loads(row['figures'])).summary}")


def _word(value: Any) -> str:
    return "-" if value is None else str(value)


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def steps_table() -> None:
    """The steps of the line: what each does, reads and writes."""
    from folketall.line.steps import INTAKE, RELEASE, STEPS

    rows = [(INTAKE, "check deliveries and take them", "deliveries", "register_*, delivery, ...")]
    rows += [
        (
            step.name,
            step.does,
            ", ".join(x.name for x in step.reads if not x.name.startswith("register_")),
            ", ".join(x.name for x in step.writes),
        )
        for step in STEPS
    ]
    rows += [(RELEASE, "write the files", "published_cube, audit", "published/<cube>.csv")]
    table("The line", ("step", "does", "reads", "writes"), rows)


def show_both_statistics(house: Warehouse) -> None:
    """The three tables of the refugee statistics, and the migrations of every county."""
    from folketall.release.show import drawn_tables

    cells, cubes = house.read(t.PUBLISHED_CUBE), shipped_cubes()
    ages = {"sex": "total", "age": "total"}
    wanted: tuple[dict[str, Any], ...] = (
        {},
        {"cube": "migrations_by_age", "level": "county", "across": "measure", "where": ages},
    )
    for chosen in wanted:
        print_tables(drawn_tables(cells, cubes, **chosen))


def show_cells(
    spark: SparkSession, cubes: Mapping[str, Cube], arguments: argparse.Namespace
) -> None:
    """Show published figures: one cube, or the three tables of the statistics page."""
    from folketall.release.show import drawn_tables

    warehouse = open_warehouse(spark, arguments.warehouse)
    where = dict(pair(text) for text in arguments.where)
    drawn = drawn_tables(
        warehouse.read(t.PUBLISHED_CUBE),
        cubes,
        cube=arguments.cube,
        period=arguments.period,
        level=arguments.level,
        region=arguments.region,
        measure=arguments.measure,
        across=arguments.across,
        where=where,
    )
    print_tables(drawn)


def pair(text: str) -> tuple[str, str]:
    """`dimension=code` as both.

    Raises:
        UsageError: it is not so written.
    """
    name, equals, code = text.partition("=")
    if not equals:
        raise UsageError(f"--where {text}: write it as dimension=code")
    return name, code
