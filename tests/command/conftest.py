"""Registers and runs made once by the real command, for the tests of this folder."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from folketall.storage.session import QUICK_COMPILER
from tests.twin import random_registers

COMMAND = Path(sys.executable).parent / "folketall"
YEARS = "2023:2024"
QUICK = ("--set", "protect.singletons=none")
"""The costly choice has tests of its own, on less than the whole country's regions."""


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended."""

    status: int
    out: str
    err: str

    @property
    def last(self) -> str:
        """The last line on stderr: what was wrong and what to do."""
        return self.err.strip().splitlines()[-1]


def small_java() -> dict[str, str]:
    """For a few hundred persons: the best compiler would work for nobody."""
    options = " ".join((*QUICK_COMPILER, "-XX:+UseSerialGC"))
    return {"FOLKETALL_MEMORY": "1500m", "FOLKETALL_JAVA_OPTIONS": options}


def command(*words: object, env: dict[str, str] | None = None, cwd: Path | None = None) -> Said:
    """Run `folketall` as a user would, on a small Java."""
    done = subprocess.run(
        [str(COMMAND), *map(str, words)],
        capture_output=True,
        text=True,
        env={**os.environ, **small_java(), **(env or {})},
        cwd=cwd,
        timeout=900,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def register(tmp_path_factory) -> Path:
    """Deliveries of a small register full of collisions."""
    place = tmp_path_factory.mktemp("register") / "deliveries"
    random_registers.write(random_registers.draw(2, 240, 40).deliveries, place)
    return place


@dataclass(frozen=True)
class Run:
    """One run of the whole line."""

    deliveries: Path
    warehouse: Path
    said: Said


@pytest.fixture(scope="session")
def whole_run(register, tmp_path_factory) -> Run:
    """The whole line over the register, by the command."""
    warehouse = tmp_path_factory.mktemp("run") / "warehouse"
    said = command(
        "run", "--deliveries", register, "--warehouse", warehouse, "--years", YEARS, *QUICK
    )
    assert said.status == 0, said.err
    return Run(register, warehouse, said)
