"""What the work of several steps reads."""

from __future__ import annotations

from datetime import date
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.line.step import Job
from folketall.linkage import keys
from folketall.model import deliveries as d
from folketall.model import tables as t
from folketall.model.table import Table
from folketall.model.tables import REGISTERS
from folketall.population import residence, views
from folketall.registers.known import counted

ALL_REGISTERS = tuple(REGISTERS.values())
KEYS = (t.PERSON_KEY, t.PERSON_AT)
"""What PINs are read with."""


def registers_of(*tables: d.DeliveredTable) -> tuple[Table, ...]:
    """What a step reads that reads these registers."""
    return (t.DELIVERY, *(REGISTERS[table] for table in tables))


def counted_rows(job: Job, table: d.DeliveredTable) -> DataFrame:
    """K3: the rows of a register that count at the run's K."""
    rows = job[REGISTERS[table]]
    return counted(rows, job.choices.taken, source=table.source, known_at=job.known_at)


def registered(job: Job, table: d.DeliveredTable, known_at: date | None = None) -> DataFrame:
    """K3: rows of CPR that count and were registered by a day, by default the run's K."""
    day = known_at or job.known_at
    return counted_rows(job, table).where(F.col("registration_date") <= F.lit(day))


def secret(job: Job) -> str:
    return str(job.setting("keys.secret"))


def keys_of_run(job: Job) -> DataFrame:
    return keys.keys_at(job[t.PERSON_KEY], job[t.PERSON_AT])


def with_draws(job: Job, rows: DataFrame) -> DataFrame:
    """L7: each person's `draw`, beside its id."""
    return rows.join(job[t.PERSON_DRAW], "person_id", "left")


def of_run(job: Job) -> DataFrame:
    """The history at the run's K, events kept only."""
    return job[t.HISTORY_EVENT].where(
        (F.col("view") == views.RUN_VIEW) & (F.col("fate") == residence.KEPT)
    )


def whole(job: Job, name: str) -> int:
    value = job.setting(name)
    assert isinstance(value, int)
    return value


def anything(job: Job, name: str) -> Any:
    return job.setting(name)
