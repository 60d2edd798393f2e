"""What each step's tables are made from, as a fingerprint: tables, settings, code, K and years."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Row

from folketall.line.code import digest_of_functions
from folketall.line.step import Choices, Step
from folketall.model.settings import fingerprints_of
from folketall.release import gate


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """Of one run, before any of its steps."""

    of_step: Mapping[str, str]
    of_table: Mapping[str, str]
    release: str
    """Of what the run would release. What was released before is left out of it: that grows by
    the release itself, and a release made once more is the same."""


def fingerprints(
    steps: Sequence[Step[Any]],
    delivered: Sequence[Row],
    choices: Choices,
    released: gate.Releases,
) -> Fingerprints:
    """The fingerprint of every step.

    Args:
        steps: in order.
        delivered: rows of DELIVERY.
        choices: the run's.
        released: what the ledger held when the run began.
    """
    base = hashed(
        [(r["source"], str(r["delivered_on"]), r["digest"], r["choices"]) for r in delivered]
    )
    of_step: dict[str, str] = {}
    of_table: dict[str, str] = {}
    release = ""
    for step in steps:
        own = hashed(
            step.name,
            digest_of_functions(step.work, step.check),
            fingerprints_of(choices.settings.own(step.settings)),
            [of_table.get(table.name, base) for table in step.reads],
            str(choices.known_at) if step.dated else "",
            choices.years if step.yearly else "",
        )
        if not release and any(table.entered for table in step.reads):
            # The first that is held against what is out already makes what will be released.
            release = own
            own = hashed(own, gate.before(released, own))
        of_step[step.name] = own
        of_table |= {table.name: own for table in step.writes}
    return Fingerprints(of_step, of_table, release)


def hashed(*said: object) -> str:
    """SHA-256 of these, as JSON."""
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()
