"""The numbers of persons and of the Aliens Register: which can be (V1, V2).

Native expressions that are true or false for any text, and never fail.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F

FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2)
SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
DUF_WEIGHTS = (4, 6, 3, 2, 4, 6, 3, 2, 7, 5)
WIDE_FROM_YEAR = 2032
"""Deliveries from this year on may have first check digits of remainder 0-3 (V1)."""
_WIDEST_REMAINDER = 3


def pin_is_valid(pin: Column, *, check: str, wide_first_digit: bool) -> Column:
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
    number = duf.try_cast("bigint")
    remainder = _weighted(_digits(duf, 12), DUF_WEIGHTS) % 11
    return F.coalesce(has_digits(duf, 12) & (remainder == number % 100), F.lit(False))


def has_digits(text: Column, length: int) -> Column:
    """Whether a text is so many digits 0-9 and nothing else."""
    return text.rlike(rf"\A[0-9]{{{length}}}\z")


def has_date_part(pin: Column, *, check: str) -> Column:
    """V1: DDMM is a day of a year after 40 off the day, 80 or else 40 off the month."""
    # 29 February is a day of any year: the century of a PIN is not known from DDMMYY.
    number = pin.try_cast("bigint")
    written_day = _div(number, 10**9) % 100
    written_month = _div(number, 10**7) % 100
    day = F.when(written_day > 40, written_day - 40).otherwise(written_day)
    month = F.when(written_month > 40, written_month - 40).otherwise(written_month)
    if check == "synthetic":
        month = F.when(written_month > 80, written_month - 80).otherwise(month)
    days = F.element_at(
        F.array(*[F.lit(n) for n in (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)]),
        F.greatest(F.lit(1), F.least(F.lit(12), month)).cast("int"),
    )
    return month.between(1, 12) & day.between(1, days)


def has_check_digits(pin: Column, *, wide_first_digit: bool) -> Column:
    """V1: both check digits, modulo 11."""
    digits = _digits(pin, 11)
    first = (_weighted(digits, FIRST_WEIGHTS) + digits[9]) % 11
    second = (_weighted(digits, SECOND_WEIGHTS) + digits[10]) % 11
    return (first <= (_WIDEST_REMAINDER if wide_first_digit else 0)) & (second == 0)


def _digits(text: Column, length: int) -> list[Column]:
    number = text.try_cast("bigint")
    return [_div(number, 10 ** (length - 1 - place)) % 10 for place in range(length)]


def _weighted(digits: Sequence[Column], weights: Sequence[int]) -> Column:
    terms = [digit * weight for digit, weight in zip(digits, weights, strict=False)]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _div(number: Column, divisor: int) -> Column:
    return F.call_function("div", number, F.lit(divisor).cast("bigint"))
