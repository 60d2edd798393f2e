"""Identity numbers that are valid in form and nobody's: the month of every PIN has 80 added.

The numbers of a day of birth are dealt out as slots: shard by shard from the plan, so that no two
persons share one though no shard knows of another.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from folketall_trial.synthetic.draws import NEVER

Ints = NDArray[np.int64]

DAYS = 365
"""Days of birth in a cohort: 2 January to 1 January, no 29 February."""
_FIRST = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_SECOND = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def birth_days(cohorts: Ints, places: Ints) -> tuple[Ints, Ints]:
    """Day number of the `places`-th day of a cohort, and its digits DDMMYY (month + 80)."""
    month, day_of_month = (column[places] for column in _year())
    years = cohorts + (places == DAYS - 1)
    first = ((years - 1970) * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]")
    days = first.astype(np.int64) + day_of_month - 1
    return days, day_of_month * 10_000 + (month + 80) * 100 + years % 100


@cache
def _year() -> tuple[Ints, Ints]:
    months = np.repeat(np.arange(1, 13), _MONTHS)
    days = np.concatenate([np.arange(1, length + 1) for length in _MONTHS])
    return np.roll(months, -1), np.roll(days, -1)


def pins(date_digits: Ints, slots: Ints, male: NDArray[np.bool_]) -> Ints:
    """The PIN in a slot: date digits, an individual number of the sex, two check digits.

    A D-number has 40 added to the day in `date_digits`. Negative slots count from the end, where
    no plan ever comes to.
    """
    digits = [date_digits // 10**power % 10 for power in range(5, -1, -1)]
    first = sum(w * d for w, d in zip(_FIRST, digits, strict=False)) % 11
    second = sum(w * d for w, d in zip(_SECOND, digits, strict=False)) % 11
    table, counts = _endings()
    sizes = counts[first, second, male.astype(int)]
    if np.any(slots >= sizes):
        raise ValueError("more persons were born on a day than there are numbers for it")
    at = np.where(slots < 0, sizes + slots, slots)
    return date_digits * 100_000 + table[first, second, male.astype(int), at]


@cache
def _endings() -> tuple[Ints, Ints]:
    """The valid endings (individual number and check digits) by the date's two sums and sex."""
    individual = np.arange(1000)
    # In an order of no meaning, so that small registers do not all have low numbers.
    individual = individual[np.argsort(individual * 389 % 1009)]
    i, j, k = individual // 100, individual // 10 % 10, individual % 10
    table = np.zeros((11, 11, 2, 500), dtype=np.int64)
    counts = np.zeros((11, 11, 2), dtype=np.int64)
    for a in range(11):
        first = -(a + 4 * i + 5 * j + 2 * k) % 11
        for b in range(11):
            second = -(b + 5 * i + 4 * j + 3 * k + 2 * first) % 11
            endings = individual * 100 + first * 10 + second
            for male in (0, 1):
                found = endings[(first < 10) & (second < 10) & (k % 2 == male)]
                table[a, b, male, : len(found)] = found
                counts[a, b, male] = len(found)
    return table, counts


def dufs(years: Ints, serials: Ints) -> Ints:
    """The DUF number of a year and serial number (V2)."""
    weights = np.array((4, 6, 3, 2, 4, 6, 3, 2, 7, 5))
    number = years * 1_000_000 + serials
    powers = 10 ** np.arange(9, -1, -1)
    total = (number[:, None] // powers % 10) @ weights
    return number * 100 + total % 11


def texts(numbers: Ints, width: int, nulls: NDArray[np.bool_] | None = None) -> pa.StringArray:
    """Numbers as texts of one width, with leading zeros."""
    digits = np.empty((len(numbers), width), dtype=np.uint8)
    rest = numbers.astype(np.int64)
    for place in range(width - 1, -1, -1):
        rest, digit = np.divmod(rest, 10)
        digits[:, place] = digit + 48
    offsets = np.arange(0, (len(numbers) + 1) * width, width, dtype=np.int32)
    known = None
    if nulls is not None and nulls.any():
        known = pa.py_buffer(np.packbits(~nulls, bitorder="little"))
    return pa.StringArray.from_buffers(
        len(numbers), pa.py_buffer(offsets), pa.py_buffer(digits), known
    )


def dates(days: Ints, nulls: NDArray[np.bool_] | None = None) -> pa.Date32Array:
    """Day numbers as dates; NEVER is null."""
    missing = days >= NEVER if nulls is None else nulls | (days >= NEVER)
    return pa.array(days.astype(np.int32), pa.int32(), mask=missing).cast(pa.date32())
