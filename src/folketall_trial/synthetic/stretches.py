"""How a country is cut into shards: each has a whole-number part, and all of them are everyone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def stretch(residents: Ints, number: int, shards: int) -> tuple[Ints, Floats, Floats]:
    """The residents of a shard by municipality, sex and age, and its stretch of each place."""
    totals = residents.sum(axis=(1, 2))
    reached = np.r_[0, np.cumsum(totals)] / max(totals.sum(), 1) * shards
    width = np.maximum(reached[1:] - reached[:-1], 1e-12)
    low = np.clip((number - reached[:-1]) / width, 0.0, 1.0)
    high = np.clip((number + 1 - reached[:-1]) / width, 0.0, 1.0)
    low, high = (np.where(x < 1e-9, 0.0, np.where(x > 1 - 1e-9, 1.0, x)) for x in (low, high))
    counts = _upto(residents, high) - _upto(residents, low)
    return counts, low, high


def _upto(counts: Ints, share: Floats) -> Ints:
    """The first so much of each cell: whole, none of it at 0 and all of it at 1."""
    # Cells round at different points, so that a stretch has its part of every kind of cell.
    phase = (np.arange(counts.size) * 0.6180339887498949 % 1).reshape(counts.shape)
    share = share[:, None, None]
    inner = np.floor(counts * share + phase)
    return np.where(share == 0, 0, np.where(share == 1, counts, inner)).astype(np.int64)


def equal_part(counts: Ints, number: int, shards: int) -> Ints:
    """A shard's equal part of national counts."""
    phase = (np.arange(counts.size) * 0.6180339887498949 % 1).reshape(counts.shape)
    ends = [
        np.where(n == 0, 0, np.where(n == shards, counts, np.floor(counts * n / shards + phase)))
        for n in (number, number + 1)
    ]
    return np.asarray(ends[1] - ends[0], dtype=np.int64)


def places_in(place: Ints, low: Floats, high: Floats) -> Ints:
    """The places in a list, sorted by municipality, that belong to the stretch."""
    counts = np.bincount(place, minlength=len(low))
    starts = np.r_[0, np.cumsum(counts)[:-1]]
    first = starts + np.round(low * counts).astype(np.int64)
    last = starts + np.round(high * counts).astype(np.int64)
    within = np.zeros(len(place) + 1, dtype=np.int64)
    np.add.at(within, first, 1)
    np.add.at(within, last, -1)
    return np.flatnonzero(np.cumsum(within)[:-1] > 0)
