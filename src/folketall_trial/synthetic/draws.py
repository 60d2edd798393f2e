"""Draws without a generator: every number is a hash of the seed, a purpose and an entity.

So a draw is the same wherever and whenever it is made, and two purposes never share one. The hash
is splitmix64, folded over the keys; a whole array of entities is drawn at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Key = NDArray[np.generic] | int

NEVER = 1_000_000
"""The day, after all others, of what does not happen."""
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True, slots=True)
class Draws:
    """The draws of one register."""

    seed: int

    def bits(self, purpose: str, *keys: Key) -> NDArray[np.uint64]:
        """64 random bits for every entity; keys are broadcast."""
        name = hashlib.blake2b(f"{self.seed}/{purpose}".encode(), digest_size=8).digest()
        state = np.array(int.from_bytes(name, "little"), dtype=np.uint64)
        with np.errstate(over="ignore"):
            for key in keys:
                state = _mixed(state ^ np.asarray(key).astype(np.int64).view(np.uint64))
        return state

    def unit(self, purpose: str, *keys: Key) -> Floats:
        """Uniform in [0, 1)."""
        return (self.bits(purpose, *keys) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def chance(self, purpose: str, share: float | Floats, *keys: Key) -> Bools:
        """True for a share of the entities."""
        return self.unit(purpose, *keys) < share

    def whole(self, purpose: str, low: int, high: int, *keys: Key) -> Ints:
        """A whole number from low to high, both included."""
        return low + np.floor(self.unit(purpose, *keys) * (high - low + 1)).astype(np.int64)

    def tail(self, purpose: str, mean: float, *keys: Key) -> Ints:
        """Whole days with a long tail: exponential."""
        return np.floor(-np.log1p(-self.unit(purpose, *keys)) * mean).astype(np.int64)

    def weighted(self, purpose: str, weights: Sequence[float] | Floats, *keys: Key) -> Ints:
        """The place of one of the weights, drawn in proportion."""
        steps = np.cumsum(np.asarray(weights, dtype=np.float64))
        found = np.searchsorted(steps, self.unit(purpose, *keys) * steps[-1], side="right")
        return np.minimum(found, len(steps) - 1).astype(np.int64)


def _mixed(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = x + _GOLDEN
    x = (x ^ (x >> np.uint64(30))) * _FIRST
    x = (x ^ (x >> np.uint64(27))) * _SECOND
    return x ^ (x >> np.uint64(31))


def rank_within(groups: Ints, order: NDArray[np.generic]) -> Ints:
    """The place, from 0, of each row among those of its group, in the given order."""
    place = np.lexsort((order, groups))
    sorted_groups = groups[place]
    starts = np.flatnonzero(np.r_[True, sorted_groups[1:] != sorted_groups[:-1]])
    sizes = np.diff(np.r_[starts, len(groups)])
    ranks = np.empty(len(groups), dtype=np.int64)
    ranks[place] = np.arange(len(groups)) - np.repeat(starts, sizes)
    return ranks if len(groups) else np.zeros(0, dtype=np.int64)
