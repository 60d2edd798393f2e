"""Months and years on the calendar."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """The same day of another month; the last of it where the month is too short."""
    number = day.year * 12 + (day.month - 1) + months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def add_years(day: date, years: int) -> date:
    return add_months(day, 12 * years)


def whole_years(start: date, day: date) -> int:
    """Birthdays passed by `day`; one born on 29 February has it on 1 March in other years."""
    years = day.year - start.year
    if (day.month, day.day) < (start.month, start.day):
        years = years - 1
    return years


def last_of_february(year: int) -> date:
    return date(year, 3, 1) - ONE_DAY
