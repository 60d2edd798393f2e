"""Places that people live in: a present municipality and the codes it had, one chain each.

A locality is one way back through the reforms from a municipality of 2024. Whoever lives in it
has, on each date, the code of the chain: so codes are valid on their dates, and who lives where
after a split is settled by the place, in proportion to the population of 2024.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

OLDEST = date(1910, 1, 1)
"""Nothing happens before; chains go no further back."""
LEAST_SHARE = 0.03
"""A smaller part of a municipality is left out of its past, so that chains stay few."""
TICKETS = 16_384
"""Places are drawn as tickets: in order of code, as many as the population is large."""

_Way = tuple[str, float, tuple[tuple[date, str], ...]]
"""Walking back: the code so far, the persons, and the changes passed, each with its new code."""


@dataclass(frozen=True, slots=True)
class Locality:
    """One chain of codes, oldest first; each holds from its date to the next one's."""

    codes: tuple[tuple[date, str], ...]
    weight: float

    @property
    def code(self) -> str:
        """The code of 2024."""
        return self.codes[-1][1]


def read_localities() -> list[Locality]:
    """All localities, sorted by present code, so that neighbours are near each other."""
    changes = _changes()
    ways: list[_Way] = [
        (code, float(persons), ()) for code, persons in sorted(_population().items())
    ]
    for day in sorted(changes, reverse=True):
        ways = [way for before in ways for way in _backwards(before, day, changes[day])]
    found = [Locality(((OLDEST, oldest), *sorted(steps)), weight) for oldest, weight, steps in ways]
    return sorted(found, key=lambda locality: (locality.code, locality.codes))


def _backwards(way: _Way, day: date, changes: dict[str, list[tuple[str, float]]]) -> Iterator[_Way]:
    """The ways that led into this one on the day, each with its part of the weight."""
    code, weight, steps = way
    sources = changes.get(code, [(code, 1.0)])
    total = sum(share for _, share in sources)
    kept = [(old, share) for old, share in sources if share / total >= LEAST_SHARE]
    total = sum(share for _, share in kept)
    for old, share in kept:
        yield old, weight * share / total, steps if old == code else ((day, code), *steps)


def _population() -> dict[str, int]:
    persons: dict[str, int] = defaultdict(int)
    for row in _rows("calibration/population_municipality_age_sex_2024.csv"):
        persons[row["code"]] += int(row["persons"])
    return persons


def _changes() -> dict[date, dict[str, list[tuple[str, float]]]]:
    """Of each date, the codes that each new code was made of, with the share that went there."""
    changes: dict[date, dict[str, list[tuple[str, float]]]] = defaultdict(dict)
    for row in _rows("geography/municipality_changes.csv"):
        day = date.fromisoformat(row["change_date"])
        if OLDEST < day <= date(2024, 1, 1):
            share = float(row["weight_old_to_new"] or 1)
            changes[day].setdefault(row["new_code"], []).append((row["old_code"], share))
    return changes


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (files("folketall.classifications") / name).open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


def locality_frame(spark: SparkSession, localities: list[Locality]) -> DataFrame:
    """One row per locality: `locality`, `chain` of (since, code), oldest first."""
    rows = [(number, list(locality.codes)) for number, locality in enumerate(localities)]
    return spark.createDataFrame(
        rows, "locality int, chain array<struct<since: date, code: string>>"
    )


def locality_of(ticket: Column, localities: list[Locality]) -> Column:
    """The locality that a ticket 0 … TICKETS - 1 stands for."""
    total = sum(locality.weight for locality in localities)
    numbers: list[str] = []
    reached = 0.0
    for number, locality in enumerate(localities):
        reached += locality.weight
        numbers += [str(number)] * (round(reached / total * TICKETS) - len(numbers))
    listed = F.split(F.lit(",".join(numbers)), ",").cast("array<int>")
    return F.element_at(listed, ticket + 1)


def code_on(chain: Column, day: Column) -> Column:
    """The code of the chain on the day; the oldest one before its beginning."""
    known = F.filter(chain, lambda step: step["since"] <= day)
    return F.coalesce(F.try_element_at(known, F.lit(-1)), F.get(chain, F.lit(0)))["code"]
