"""Small registers made without Spark, by the kernel that its tasks run; each once a session."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from folketall_trial.synthetic import files, noise, register
from folketall_trial.synthetic.plan import Plan, plan_of
from folketall_trial.synthetic.truth import TABLES


@dataclass(frozen=True)
class Register:
    """What one making wrote."""

    plan: Plan
    to: Path
    truth_at: Path
    rows: dict
    read: dict = field(default_factory=dict)

    def delivered(self, source: str, name: str) -> pd.DataFrame:
        """All rows of a table, over its deliveries; read once."""
        if (source, name) not in self.read:
            self.read[source, name] = self._delivered(source, name)
        return self.read[source, name]

    def _delivered(self, source: str, name: str) -> pd.DataFrame:
        found = []
        for day in sorted((self.to / source).iterdir()):
            if (day / f"{name}.csv").exists():
                found.append(pd.read_csv(day / f"{name}.csv", dtype=str, keep_default_na=False))
            else:
                found.append(pq.read_table(day / f"{name}.parquet").to_pandas().astype(object))
        return pd.concat(found, ignore_index=True)

    def truth(self, name: str) -> pd.DataFrame:
        return pq.read_table(self.truth_at / name).to_pandas()


def build(to: Path, persons: int, seed: int, rates, file_format: str = "csv", order=None):
    """As `synthesise`, in this process; the shards in any order."""
    plan = plan_of(persons, seed)
    for name in TABLES:
        (to / "truth" / name).mkdir(parents=True)
    parts = []
    for number in order or range(plan.shards):
        written = register._one(plan, number, rates, to / "in", file_format, to / "truth")
        parts += [
            files.Part(
                row["source"], date.fromisoformat(row["delivered_on"]), row["name"],
                row["shard"], row["rows"], row["sha256"],
            )
            for row in written.to_pylist()
        ]  # fmt: skip
    return Register(plan, to / "in", to / "truth", files.finish(to / "in", file_format, parts))


@pytest.fixture(scope="session")
def clean(tmp_path_factory):
    return build(tmp_path_factory.mktemp("clean"), 20_000, 3, noise.none())


@pytest.fixture(scope="session")
def noisy(tmp_path_factory):
    return build(tmp_path_factory.mktemp("noisy"), 20_000, 7, noise.default())
