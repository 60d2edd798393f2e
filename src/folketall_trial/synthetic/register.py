"""The door: a whole synthetic register, in the delivery formats of the contract."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
from pyspark.sql import SparkSession

from folketall.model import deliveries as d
from folketall.model.errors import UsageError
from folketall_trial.synthetic import noise as noises
from folketall_trial.synthetic.files import CSV, PARQUET, Part, finish, write_parquet, write_part
from folketall_trial.synthetic.making import make
from folketall_trial.synthetic.plan import Plan, plan_of
from folketall_trial.synthetic.truth import TABLES

LARGE = 500_000
"""From so many persons on, Parquet is what is written if nothing is said."""
_WRITTEN = "source string, delivered_on string, name string, shard int, rows long, sha256 string"


@dataclass(frozen=True, slots=True)
class Summary:
    """What was written."""

    persons: int
    seed: int
    to: Path
    rows: Mapping[tuple[str, date, str], int]
    """Rows by source, day of delivery and table."""

    def __str__(self) -> str:
        rows, tables = sum(self.rows.values()), len({(s, t) for s, _, t in self.rows})
        return (
            f"{self.persons} persons (seed {self.seed}): {rows} rows in {tables} tables, {self.to}"
        )


def synthesise(
    spark: SparkSession,
    persons: int,
    seed: int,
    to: Path,
    format: str | None = None,  # noqa: A002 — the word of the command's option
    noise: noises.Noise | str = "default",
    truth: Path | None = None,
) -> Summary:
    """Write a register of `persons` persons, all who ever were in it, to the folder `to`.

    Every task makes whole shards and writes their files itself: nothing is exchanged, and the
    files depend on persons, seed, format and noise alone.

    Args:
        spark: the session; its tasks write, so on a cluster the folders are shared ones.
        persons: how many persons, each under one PIN at the end.
        seed: another seed gives other people with the same margins.
        to: the folder of deliveries; it must not hold any yet.
        format: csv, one file a table, or parquet, a folder of part files; by default CSV for
            registers of less than half a million persons.
        noise: none, default, the path of a TOML file of rates, or the rates themselves.
        truth: a folder for what is true, one folder of Parquet a table.

    Raises:
        UsageError: a wrong number, format, noise or place.
    """
    chosen = format or (PARQUET if persons >= LARGE else CSV)
    rates = _rates(noise)
    _check(persons, to, chosen, truth)
    plan = plan_of(persons, seed)
    to.mkdir(parents=True, exist_ok=True)
    for table in TABLES if truth else ():
        (truth / table).mkdir(parents=True, exist_ok=True)  # type: ignore[operator]
    every = spark.range(0, plan.shards, 1, plan.shards)
    written = every.mapInArrow(_maker(plan, rates, to, chosen, truth), _WRITTEN).collect()
    parts = [
        Part(row["source"], date.fromisoformat(row["delivered_on"]), row["name"], row["shard"],
             row["rows"], row["sha256"])
        for row in written
    ]  # fmt: skip
    return Summary(persons, seed, to, finish(to, chosen, parts))


def _maker(plan: Plan, rates: noises.Noise, to: Path, file_format: str, truth: Path | None):  # type: ignore[no-untyped-def]
    """The function of the tasks: shard numbers in, what was written out."""

    def made(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield _one(plan, number, rates, to, file_format, truth)

    return made


def _one(
    plan: Plan, number: int, rates: noises.Noise, to: Path, file_format: str, truth: Path | None
) -> pa.RecordBatch:
    delivered, true = make(plan, number, rates)
    parts = [part for rows in delivered for part in write_part(rows, to, file_format, number)]
    if truth is not None:
        for name, table in true.items():
            write_parquet(table, truth / name / f"part-{number:05d}.parquet")
    return pa.RecordBatch.from_pydict(
        {
            "source": [part.source for part in parts],
            "delivered_on": [part.delivered_on.isoformat() for part in parts],
            "name": [part.table for part in parts],
            "shard": pa.array([part.shard for part in parts], pa.int32()),
            "rows": pa.array([part.rows for part in parts], pa.int64()),
            "sha256": [part.sha256 for part in parts],
        }
    )


def _rates(noise: noises.Noise | str) -> noises.Noise:
    if not isinstance(noise, str):
        return {**noises.none(), **noise}
    if noise == "none":
        return noises.none()
    return noises.default() if noise == "default" else noises.read(Path(noise))


def _check(persons: int, to: Path, file_format: str, truth: Path | None) -> None:
    if persons < 100:
        raise UsageError(f"persons = {persons} must be at least 100, for families to exist")
    if file_format not in (CSV, PARQUET):
        raise UsageError(f"format = {file_format} must be {CSV} or {PARQUET}")
    taken = [source for source in d.SOURCES if (to / source).exists()]
    if taken:
        raise UsageError(
            f"{to} already holds deliveries of {', '.join(taken)}; "
            "name another folder or remove them"
        )
    if truth is not None and any((truth / table).exists() for table in TABLES):
        raise UsageError(f"{truth} already holds a truth; name another folder or remove it")


def remove(to: Path) -> None:
    """Remove the deliveries that `synthesise` wrote to the folder, and nothing else."""
    for source in d.SOURCES:
        shutil.rmtree(to / source, ignore_errors=True)
