"""The door: a whole synthetic register, in the delivery formats of the contract."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from folketall.model import deliveries as d
from folketall.model.errors import UsageError
from folketall.synthetic import calendar, cpr, other_sources, udb
from folketall.synthetic.draws import Draws
from folketall.synthetic.events import events, stays
from folketall.synthetic.files import CSV, PARQUET, Deliveries
from folketall.synthetic.localities import Locality, read_localities
from folketall.synthetic.noise import with_bad_rows
from folketall.synthetic.paths import families
from folketall.synthetic.people import people

DELIVERIES: Mapping[tuple[str, date], str] = {
    ("cpr", calendar.CPR_FULL): "full",
    **{("cpr", day): "increment" for day in calendar.CPR_INCREMENTS},
    ("udb", calendar.UDB_FULL): "full",
    ("census", calendar.CENSUS_FULL): "full",
    ("reason_files", calendar.REASON_FILES_FULL): "full",
}
_ONLY_DELIVERY = {source: day for source, day in DELIVERIES if source != "cpr"}
PERSONS_A_PART = 25_000


@dataclass(frozen=True, slots=True)
class Summary:
    """What was written."""

    persons: int
    seed: int
    to: Path
    rows: Mapping[tuple[str, date, str], int]
    """Rows by source, day of delivery and table."""


def synthesise(
    spark: SparkSession,
    persons: int,
    seed: int,
    to: Path,
    format: str = CSV,  # noqa: A002 — the word of the command's option
    noise: float = 1.0,
) -> Summary:
    """Write a register of `persons` persons, all who ever were in it, to the folder `to`.

    Args:
        spark: the session; files are written by it, so on a cluster `to` is a shared folder.
        persons: how many persons, each under one PIN at the end.
        seed: the same seed gives the same files, whatever the session's settings.
        to: the folder of deliveries; it must not hold any yet.
        format: csv, one file a table, or parquet, a folder of part files.
        noise: 0 for a register without contradictions and bad rows; 1 as registers are.

    Raises:
        UsageError: a wrong number, format or place.
    """
    _check(persons, to, format, noise)
    draws = Draws(seed)
    parts = persons // PERSONS_A_PART + 2
    out = Deliveries(to, format, DELIVERIES)
    to.mkdir(parents=True, exist_ok=True)
    # A checkpoint, not a cache: the tables are planned from it without the way that led to it.
    everyone = families(people(spark, draws, persons, parts), draws, parts).localCheckpoint(
        storageLevel=StorageLevel.MEMORY_AND_DISK
    )
    for table, rows in _tables(everyone, read_localities(), draws, noise):
        only = _ONLY_DELIVERY.get(table.source)
        day = F.lit(only) if only else F.col("delivery")
        text = rows.select(
            day.alias("delivery"),
            *[F.col(name).cast("string").alias(name) for name in table.column_names],
        )
        out.write(with_bad_rows(text, table, draws, noise), table)
    out.finish()
    rows_of = {
        (source, day, name): written.rows
        for (source, day), tables in out.tables.items()
        for name, written in tables.items()
    }
    return Summary(persons, seed, to, rows_of)


def _tables(
    everyone: DataFrame, localities: list[Locality], draws: Draws, noise: float
) -> Iterator[tuple[d.DeliveredTable, DataFrame]]:
    """Every table of the contract with its rows."""
    made: dict[d.DeliveredTable, Callable[[], DataFrame]] = {
        d.CPR_PERSON: lambda: cpr.person(everyone, draws),
        d.PIN_CHANGE: lambda: cpr.pin_change(everyone),
        d.EVENT: lambda: events(everyone, localities, draws, noise),
        d.CITIZENSHIP: lambda: cpr.citizenship(everyone, draws),
        d.MARITAL_STATUS: lambda: cpr.marital_status(everyone, draws),
        d.DUF_LINK: lambda: cpr.duf_link(everyone, draws),
        d.UDB_PERSON: lambda: udb.person(everyone, draws),
        d.CASE: lambda: udb.case(everyone, draws),
        d.CENSUS_RESIDENT: lambda: other_sources.census(
            stays(everyone.where("birth <= '1970-11-01'"), localities), draws
        ),
        d.REASON_1995_ED2004: lambda: other_sources.reason_1995(everyone, draws),
        d.REASON_2006: lambda: other_sources.reason_2006(everyone, draws),
    }
    for table, make in made.items():
        yield table, make()


def _check(persons: int, to: Path, format: str, noise: float) -> None:  # noqa: A002
    if persons < 1:
        raise UsageError(f"persons = {persons} must be at least 1")
    if format not in (CSV, PARQUET):
        raise UsageError(f"format = {format} must be {CSV} or {PARQUET}")
    if not 0 <= noise <= 1:
        raise UsageError(f"noise = {noise} must be from 0 to 1")
    taken = [source for source in d.SOURCES if (to / source).exists()]
    if taken:
        raise UsageError(
            f"{to} already holds deliveries of {', '.join(taken)}; "
            "name another folder or remove them"
        )


def remove(to: Path) -> None:
    """Remove the deliveries that `synthesise` wrote to the folder, and nothing else."""
    for source in d.SOURCES:
        shutil.rmtree(to / source, ignore_errors=True)
