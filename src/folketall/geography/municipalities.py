"""Municipality codes through time: which were valid when, and what became of each (G1, G3).

Codes are reused over time, so a code is only ever read together with a date. Everything here is
plain Python on the small lists of `classifications/geography`; registers meet it as the small
tables of `frames`.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from folketall.classifications import read_rows

UNKNOWN_MUNICIPALITY = "9999"
BEGINNING = date(1, 1, 1)
GRACE_MONTHS = 12
"""How far outside its validity a code is still read (G3)."""
CODE_SHIFTED = "code_shifted"
CODE_UNKNOWN = "code_unknown"
_DAY = timedelta(days=1)


class CodeReading(NamedTuple):
    """How a reported code is read (G3) from `from_date` until before `to_date` (None: for ever)."""

    code: str
    from_date: date
    to_date: date | None
    read_as: str
    note: str | None
    split: bool
    """A late code was assigned at a split on the way: G1's `split_assigned` also holds."""


class CodePath(NamedTuple):
    """What a code valid in [code_from, code_to) is called on the days [seg_from, seg_to) (G1)."""

    code: str
    code_from: date
    code_to: date | None
    seg_from: date
    seg_to: date | None
    led_code: str
    split: bool
    """Somebody had to be assigned at a split on the way: noted `split_assigned`."""


class Municipality(NamedTuple):
    """One name of a municipality and the days [valid_from, valid_to) it was so called."""

    code: str
    name: str
    valid_from: date
    valid_to: date | None
    county: str


class Period(NamedTuple):
    """Unbroken days [valid_from, valid_to) on which a code was valid, under whatever names."""

    valid_from: date
    valid_to: date | None


def covers(start: date, end: date | None, day: date) -> bool:
    """Whether `day` is in [start, end); no end is for ever."""
    return start <= day and (end is None or day < end)


def add_months(day: date, months: int) -> date:
    """Shift a day by whole months, at most to the month's last day, as Spark's add_months does."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@cache
def municipality_rows() -> tuple[Municipality, ...]:
    """Every row of the list of municipalities but unknown's, one for each name."""
    return tuple(
        Municipality(
            row["code"],
            row["name"],
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            row["county_code"],
        )
        for row in read_rows("geography/municipalities")
        if row["code"] != UNKNOWN_MUNICIPALITY
    )


@cache
def _periods() -> dict[str, list[Period]]:
    """The validity of every code; a mere change of name does not end a period."""
    periods: dict[str, list[Period]] = defaultdict(list)
    for row in sorted(municipality_rows(), key=lambda row: (row.code, row.valid_from)):
        known = periods[row.code]
        if known and known[-1].valid_to == row.valid_from:
            known[-1] = known[-1]._replace(valid_to=row.valid_to)
        else:
            known.append(Period(row.valid_from, row.valid_to))
    return dict(periods)


def is_valid(code: str, day: date) -> bool:
    """Whether a municipality had the code on the day."""
    return any(covers(*period, day) for period in _periods().get(code, ()))


@cache
def _changes() -> dict[str, dict[date, dict[str, float | None]]]:
    """What each code led to at each date of change, with the weights where there are any."""
    changes: dict[str, dict[date, dict[str, float | None]]] = defaultdict(dict)
    for row in read_rows("geography/municipality_changes"):
        weight = float(row["weight_old_to_new"]) if row["weight_old_to_new"] else None
        day = date.fromisoformat(row["change_date"])
        changes[row["old_code"]].setdefault(day, {})[row["new_code"]] = weight
    return dict(changes)


def successor(code: str, weights: dict[str, float | None]) -> tuple[str, bool]:
    """Rule G1 at one date of change: the code that follows, and whether it was assigned at a split.

    Several successors: the one with the largest weight; without weights the code itself if it
    goes on, which assigns nobody; else the smallest.
    """
    if len(weights) == 1:
        return next(iter(weights)), False
    if any(weight is not None for weight in weights.values()):
        return min(weights, key=lambda new: (-(weights[new] or 0.0), new)), True
    return (code, False) if code in weights else (min(weights), True)


class Split(NamedTuple):
    """Rule G1: one of several successors of a code on the day it was split."""

    code: str
    day: date
    successor: str


def splits() -> list[Split]:
    """Rule G1: every code with several successors on a day, one row each."""
    return [
        Split(code, day, new)
        for code, changes in sorted(_changes().items())
        for day, weights in sorted(changes.items())
        if len(weights) > 1
        for new in sorted(weights)
    ]


@cache
def _steps(code: str) -> tuple[tuple[date, str, bool], ...]:
    """The dates at which a code becomes another or is assigned, in order: (date, code, split)."""
    found = {
        day: successor(code, weights) for day, weights in sorted(_changes().get(code, {}).items())
    }
    for period in _periods()[code]:
        if period.valid_to is not None:
            # A code that ends and leads nowhere: the municipality is unknown from then on. The
            # list has none today; a later edition might.
            found.setdefault(period.valid_to, (UNKNOWN_MUNICIPALITY, False))
    return tuple((day, *found[day]) for day in sorted(found) if found[day] != (code, False))


def _segments(code: str, since: date) -> Iterator[tuple[date, date | None, str, bool]]:
    """Follow a code valid on `since` step by step: (from, to, the code then, assigned)."""
    split = False
    while code != UNKNOWN_MUNICIPALITY:
        step = next((step for step in _steps(code) if step[0] > since), None)
        yield since, step[0] if step else None, code, split
        if step is None:
            return
        since, code = step[:2]
        split = split or step[2]
    yield since, None, code, split


@cache
def _paths() -> dict[str, tuple[CodePath, ...]]:
    found: dict[str, list[CodePath]] = defaultdict(list)
    for code, periods in _periods().items():
        for period in periods:
            # One row of paths for each stretch in which the code stood for one municipality.
            days = [day for day, _, _ in _steps(code) if covers(*period, day)]
            starts = sorted({period.valid_from, *days})
            for start, end in zip(starts, [*starts[1:], period.valid_to], strict=True):
                found[code] += [CodePath(code, start, end, *seg) for seg in _segments(code, start)]
    unknown = CodePath(
        UNKNOWN_MUNICIPALITY, BEGINNING, None, BEGINNING, None, UNKNOWN_MUNICIPALITY, False
    )
    return {code: tuple(paths) for code, paths in sorted(found.items())} | {
        unknown.code: (unknown,)
    }


def code_paths() -> list[CodePath]:
    """Rule G1: what every code valid on a day is called on that and any later day.

    At most one row has a code, a day in [code_from, code_to) and a later one in [seg_from, seg_to);
    exactly one when the code was valid on the earlier day.
    """
    return [path for paths in _paths().values() for path in paths]


def lead(code: str, on: date, to: date) -> tuple[str, bool]:
    """Rule G1: a code valid `on` a day, led to the same or a later day; with `split_assigned`.

    A code not valid on the day leads to 9999, as does every code when `to` is before `on`.
    """
    for path in _paths().get(code, ()):
        if (
            on <= to
            and covers(path.code_from, path.code_to, on)
            and covers(path.seg_from, path.seg_to, to)
        ):
            return path.led_code, path.split
    return UNKNOWN_MUNICIPALITY, False


def same_municipality(code: str, on: date, other: str, other_on: date, to: date) -> bool:
    """Rule G2: whether two codes, each with its day, are one municipality in the later boundaries.

    Unknown municipalities are never known to be the same.
    """
    led = lead(code, on, to)[0]
    return led != UNKNOWN_MUNICIPALITY and led == lead(other, other_on, to)[0]


@cache
def _readings() -> tuple[CodeReading, ...]:
    found = [CodeReading(UNKNOWN_MUNICIPALITY, BEGINNING, None, UNKNOWN_MUNICIPALITY, None, False)]
    for code, periods in sorted(_periods().items()):
        free_from = BEGINNING
        for period, following in zip(periods, [*periods[1:], None], strict=True):
            found += _early(code, period, free_from)
            found.append(CodeReading(code, *period, code, None, False))
            late = _late(code, period, following.valid_from if following else None)
            found += late
            # Between two periods of one code a day may be late and early: it is read as late.
            free_from = max([row.to_date for row in late if row.to_date], default=free_from)
    return tuple(found)


def _late(code: str, period: Period, taken_from: date | None) -> list[CodeReading]:
    """Rule G3, a late code: led by G1 from its last valid day, until 12 months after that day."""
    if period.valid_to is None:
        return []
    last = period.valid_to - _DAY
    until = add_months(last, GRACE_MONTHS) + _DAY
    until = min(until, taken_from) if taken_from else until
    stretch = [path for path in _paths()[code] if covers(path.code_from, path.code_to, last)]
    return [
        CodeReading(code, start, end, path.led_code, CODE_SHIFTED, path.split)
        for path in stretch
        if (start := max(path.seg_from, period.valid_to))
        < (end := min(path.seg_to or until, until))
        and path.led_code != UNKNOWN_MUNICIPALITY
    ]


def _early(code: str, period: Period, free_from: date) -> list[CodeReading]:
    """Rule G3, an early code: its one predecessor, from 12 months before its first valid day."""
    old = [
        before
        for before, changes in _changes().items()
        if before != code and code in changes.get(period.valid_from, {})
    ]
    if len(old) != 1:
        return []
    start = max(add_months(period.valid_from, -GRACE_MONTHS), free_from)
    return [
        CodeReading(code, since, until, old[0], CODE_SHIFTED, False)
        for valid in _periods()[old[0]]
        if (since := max(start, valid.valid_from))
        < (until := min(period.valid_from, valid.valid_to or period.valid_from))
    ]


def code_readings() -> list[CodeReading]:
    """Rule G3: how a reported code is read on a day; at most one row has the code and the day.

    A day without a row: the code is unknown then, and the event is kept under 9999.
    """
    return list(_readings())
