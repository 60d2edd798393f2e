"""The numbers of persons and of the Aliens Register: which can be (V1, V2).

Native expressions that are true or false for any text, and never fail.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F

FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2)
SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
DUF_WEIGHTS = (4, 6, 3, 2, 4, 6, 3, 2, 7, 5)
WIDE_FROM_YEAR = 2032
"""Deliveries from this year on may have first check digits of remainder 0-3 (V1)."""
_WIDEST_REMAINDER = 3
_LOOKED_UP = 3
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Of each month."""


def pin_is_valid(pin: Column, *, check: str, wide_first_digit: bool | Column) -> Column:
    """V1: whether a text is a personal identification number.

    `check` is synthetic (month + 80 too), strict (not) or off (any text). `wide_first_digit` lets
    the first check digit's remainder be 0 to 3, as in deliveries from 2032 on.
    """
    if check == "off":
        return pin.isNotNull()
    valid = (
        has_digits(pin, 11)
        & has_date_part(pin, check=check)
        & has_check_digits(pin, wide_first_digit=wide_first_digit)
    )
    return F.coalesce(valid, F.lit(False))


def pin_fault(pin: Column, *, check: str) -> Column:
    """What is wrong with a PIN that failed V1, without telling the number."""
    return (
        F.when(~has_digits(pin, 11), F.lit("not 11 digits"))
        .when(~has_date_part(pin, check=check), F.lit("no date"))
        .otherwise(F.lit("check digits"))
    )


def duf_is_valid(duf: Column) -> Column:
    """V2: whether a text is a DUF number, YYYY LLLLLL KK."""
    remainder = _weighted(duf, DUF_WEIGHTS) % 11
    last_two = F.substring(duf, 11, 2).try_cast("int")
    return F.coalesce(has_digits(duf, 12) & (remainder == last_two), F.lit(False))


def has_digits(text: Column, length: int) -> Column:
    """Whether a text is so many digits 0-9 and nothing else."""
    return text.rlike(rf"\A[0-9]{{{length}}}\z")


def has_date_part(pin: Column, *, check: str) -> Column:
    """V1: DDMM is a day of a year after 40 off the day, 80 or else 40 off the month."""
    # 29 February is a day of any year: the century of a PIN is not known from DDMMYY.
    offsets = (0, 40, 80) if check == "synthetic" else (0, 40)
    days = {month + offset: _DAYS[month - 1] for month in range(1, 13) for offset in offsets}
    month = F.substring(pin, 3, 2).try_cast("int")
    day = F.substring(pin, 1, 2).try_cast("int")
    last = F.get(_numbers([days.get(written, 0) for written in range(100)]), month)
    return F.coalesce((day < 2 * 40) & (day % 40).between(1, last), F.lit(False))


def has_check_digits(pin: Column, *, wide_first_digit: bool | Column) -> Column:
    """V1: both check digits, modulo 11."""
    # The check digit itself has weight 1.
    first = _weighted(pin, (*FIRST_WEIGHTS, 1)) % 11
    second = _weighted(pin, (*SECOND_WEIGHTS, 1)) % 11
    wide = F.lit(wide_first_digit) if isinstance(wide_first_digit, bool) else wide_first_digit
    return (first <= F.when(wide, _WIDEST_REMAINDER).otherwise(0)) & (second == 0)


def _weighted(text: Column, weights: Sequence[int]) -> Column:
    """The weighted sum of a text's first characters as digits; null where three are no number.

    Three digits at a time are looked up: their part of the sum stands in a list that is made
    once. A sum digit by digit took most of the time that checking a register takes.
    """
    terms = []
    for start in range(0, len(weights), _LOOKED_UP):
        part = weights[start : start + _LOOKED_UP]
        number = F.substring(text, start + 1, len(part)).try_cast("int")
        terms.append(F.get(_sums(part), number))
    return reduce(operator.add, terms)


def _sums(weights: Sequence[int]) -> Column:
    """The weighted sum of the digits of every number of so many digits, by the number."""
    sums = [
        sum(
            int(digit) * weight
            for digit, weight in zip(f"{n:0{len(weights)}}", weights, strict=True)
        )
        for n in range(10 ** len(weights))
    ]
    return _numbers(sums)


def _numbers(numbers: Sequence[int]) -> Column:
    # One text, cut by the planner once, is much cheaper to plan than a thousand literals.
    return F.split(F.lit(",".join(map(str, numbers))), ",").cast("array<int>")
