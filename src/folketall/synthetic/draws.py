"""Draws that depend on the seed, the purpose and the entity alone, never on the partition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F

Key = Column | str | int


def _key(value: Key) -> Column:
    if isinstance(value, int):
        return F.lit(value).cast("long")
    return (F.col(value) if isinstance(value, str) else value).cast("long")


@dataclass(frozen=True, slots=True)
class Draws:
    """The dice of one register. Keys are whole-number columns that name the entity."""

    seed: int

    def unit(self, purpose: str, *keys: Key) -> Column:
        """A number in [0, 1)."""
        mixed = F.xxhash64(F.lit(f"{self.seed}/{purpose}"), *[_key(key) for key in keys])
        return F.shiftrightunsigned(mixed, 11) / F.lit(float(2**53))

    def whole(self, purpose: str, low: int, high: int, *keys: Key) -> Column:
        """A whole number from low to high, both included."""
        size = high - low + 1
        return (F.lit(low) + F.floor(self.unit(purpose, *keys) * size)).cast("int")

    def chance(self, purpose: str, share: float | Column, *keys: Key) -> Column:
        """True in `share` of the entities."""
        return self.unit(purpose, *keys) < share

    def weighted(self, purpose: str, choices: Sequence[tuple[str, float]], *keys: Key) -> Column:
        """One of the values, in proportion to the weights."""
        return pick(self.unit(purpose, *keys), listed(choices))

    def tail(self, purpose: str, mean: float, *keys: Key) -> Column:
        """Whole days with an exponential tail."""
        return F.floor(-F.log(F.lit(1.0) - self.unit(purpose, *keys)) * mean).cast("int")


def listed(choices: Sequence[tuple[str, float]], size: int = 400) -> Column:
    """An array of `size` values or so, each as often as its weight says."""
    total = sum(weight for _, weight in choices)
    tickets: list[str] = []
    reached = 0.0
    for value, weight in choices:
        reached += weight
        tickets += [value] * max(1, round(reached / total * size) - len(tickets))
    # One string literal, folded to an array once, is much cheaper to plan than many.
    return F.split(F.lit("|".join(tickets)), r"\|")


def pick(unit: Column, values: Column) -> Column:
    """Read a number in [0, 1) as one of the values of the array."""
    return F.element_at(values, (F.floor(unit * F.size(values)) + 1).cast("int"))


def plus(date: Column | str, days: Column | int) -> Column:
    """The date so many days later."""
    return F.date_add(F.col(date) if isinstance(date, str) else date, days)


def years_after(date: Column, years: Column | float) -> Column:
    """The date so many years later, in days of the mean year."""
    span = F.lit(years) if isinstance(years, float | int) else years
    return F.date_add(date, F.floor(span * 365.25).cast("int"))
