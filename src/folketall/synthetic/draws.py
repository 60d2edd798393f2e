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

    def weighted(
        self, purpose: str, choices: Sequence[tuple[str | None, float]], *keys: Key
    ) -> Column:
        """One of the values, in proportion to the weights."""
        return pick(self.unit(purpose, *keys), choices)

    def one_of(self, purpose: str, values: Sequence[str], *keys: Key) -> Column:
        """One of the values, all alike."""
        # One string literal, folded to an array once, is much cheaper to plan than many.
        words = F.split(F.lit("|".join(values)), r"\|")
        return F.element_at(words, self.whole(purpose, 1, len(values), *keys))

    def tail(self, purpose: str, mean: float, *keys: Key) -> Column:
        """Whole days with an exponential tail."""
        return F.floor(-F.log(F.lit(1.0) - self.unit(purpose, *keys)) * mean).cast("int")


def pick(unit: Column, choices: Sequence[tuple[str | None, float]]) -> Column:
    """Read a number in [0, 1) as one of the values, in proportion to the weights."""
    total = sum(weight for _, weight in choices)
    reached = choices[0][1]
    chosen = F.when(unit < reached / total, F.lit(choices[0][0]))
    for value, weight in choices[1:-1]:
        reached += weight
        chosen = chosen.when(unit < reached / total, F.lit(value))
    return chosen.otherwise(F.lit(choices[-1][0])) if len(choices) > 1 else F.lit(choices[0][0])


def plus(date: Column | str, days: Column | int) -> Column:
    """The date so many days later."""
    return F.date_add(F.col(date) if isinstance(date, str) else date, days)


def years_after(date: Column, years: Column | float) -> Column:
    """The date so many years later, in days of the mean year."""
    span = F.lit(years) if isinstance(years, float | int) else years
    return F.date_add(date, F.floor(span * 365.25).cast("int"))
