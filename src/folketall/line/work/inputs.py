"""What the work of several steps reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.line.step import Job
from folketall.linkage import keys
from folketall.model import deliveries as d
from folketall.model import tables as t
from folketall.model.secrets import Secret
from folketall.model.sections import Keys
from folketall.model.settings import of
from folketall.model.table import Table
from folketall.model.tables import REGISTERS
from folketall.population import residence, views
from folketall.registers.known import counted

ALL_REGISTERS = tuple(REGISTERS.values())
KEYS = (t.PERSON_KEY, t.PERSON_AT)
"""What PINs are read with."""


@dataclass(frozen=True, slots=True)
class KeySettings:
    secret: Secret = of(Keys.secret)


def registers_of(*tables: d.DeliveredTable) -> tuple[Table, ...]:
    """What a step reads that reads these registers."""
    return (t.DELIVERY, *(REGISTERS[table] for table in tables))


def counted_rows(job: Job[object], table: d.DeliveredTable) -> DataFrame:
    """K3: the rows of a register that count at the run's K."""
    return counted(job[REGISTERS[table]], job.taken, source=table.source, known_at=job.known_at)


def registered(job: Job[object], table: d.DeliveredTable, known_at: date) -> DataFrame:
    """K3: the rows of a register of CPR that count and were registered by a day."""
    rows = counted(job[REGISTERS[table]], job.taken, source=table.source, known_at=known_at)
    return rows.where(F.col("registration_date") <= F.lit(known_at))


def keys_of_run(job: Job[object]) -> DataFrame:
    """(pin, person_id, ...) at the run's K."""
    return keys.keys_at(job[t.PERSON_KEY], job[t.PERSON_AT])


def with_draws(job: Job[object], rows: DataFrame) -> DataFrame:
    """L7: each person's `draw`, beside its id."""
    return rows.join(job[t.PERSON_DRAW], "person_id", "left")


def of_run(job: Job[object]) -> DataFrame:
    """The history at the run's K, events kept only."""
    return job[t.HISTORY_EVENT].where(
        (F.col("view") == views.RUN_VIEW) & (F.col("fate") == residence.KEPT)
    )
