"""Municipality codes through time: which were valid when, and what became of each (G1, G3).

Codes are reused over time, so a code is only ever read together with a date. Everything here is
plain Python on the small lists of `classifications/geography`; registers meet it as the small
tables of `frames`.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from folketall.geography.lists import (
    UNKNOWN_MUNICIPALITY,
    Period,
    changes,
    covers,
    name_on,
    periods,
    taken_in,
)

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


class _Segment(NamedTuple):
    seg_from: date
    seg_to: date | None
    led_code: str
    split: bool


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


def add_months(day: date, months: int) -> date:
    """Shift a day by whole months, at most to the month's last day, as Spark's add_months does."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def successor(
    code: str, weights: Mapping[str, float | None], back: str | None = None
) -> tuple[str, bool]:
    """Rule G1 at one date of change: the code that follows, and whether it was assigned at a split.

    Several successors: the one that is its own again, `back`, which assigns nobody; else the one
    with the largest weight; without weights the code itself if it goes on, which assigns nobody
    either; else the smallest.
    """
    if len(weights) == 1:
        return next(iter(weights)), False
    if back is not None:
        return back, False
    if any(weight is not None for weight in weights.values()):
        return min(weights, key=lambda new: (-(weights[new] or 0.0), new)), True
    return (code, False) if code in weights else (min(weights), True)


def its_own_again(
    weights: Mapping[str, float | None], day: date, names: Sequence[str]
) -> str | None:
    """Rule G1: the successor that is a municipality taken in before; None if none of them is.

    Haram (1534) became a part of 1507, and is a municipality again as 1580. It is known by its
    name: codes are reused, and old names were not.

    Args:
        weights: the successors of a split.
        day: of the split.
        names: of the municipalities that were taken in on the way here, the first one first: what
            was part of a part goes with the smaller of the two.
    """
    called = {name_on(new, day): new for new in sorted(weights, reverse=True)}
    return next((called[name] for name in names if name in called), None)


class Split(NamedTuple):
    """Rule G1: one of several successors of a code on the day it was split."""

    code: str
    day: date
    successor: str


def splits() -> list[Split]:
    """Rule G1: every code with several successors on a day, one row each."""
    return [
        Split(code, day, new)
        for code, of_code in sorted(changes().items())
        for day, weights in sorted(of_code.items())
        if len(weights) > 1
        for new in sorted(weights)
    ]


@cache
def _days(code: str) -> tuple[date, ...]:
    """The days on which something may become of a code, in order."""
    # A code that ends and leads nowhere: the municipality is unknown from then on. The list has
    # none today; a later edition might.
    ends = {period.valid_to for period in periods()[code] if period.valid_to is not None}
    return tuple(sorted({*changes().get(code, {}), *ends}))


def _segments(code: str, since: date) -> list[_Segment]:
    """Follow a code valid on `since` step by step."""
    found = [_Segment(since, None, code, False)]
    names: list[str] = []
    while day := next((day for day in _days(code) if day > since), None):
        weights = changes().get(code, {}).get(day, {UNKNOWN_MUNICIPALITY: None})
        new, assigned = successor(code, weights, its_own_again(weights, day, names))
        names += [taken_in()[code][day]] if day in taken_in().get(code, {}) else []
        if (new, assigned) != (code, False):
            split = found[-1].split or assigned
            found[-1:] = [found[-1]._replace(seg_to=day), _Segment(day, None, new, split)]
        since, code = day, new
        if code == UNKNOWN_MUNICIPALITY:
            break
    return found


def _stretches(code: str, period: Period) -> Iterator[tuple[date, list[_Segment]]]:
    """The days from which a code stood for another municipality, and what became of each."""
    last: list[_Segment] = []
    days = [day for day in _days(code) if covers(*period, day)]
    for start in sorted({period.valid_from, *days}):
        then = _segments(code, start)
        # What was put together with others may come to itself again, where they do not.
        if not last or [last[0]._replace(seg_from=start), *last[1:]] != then:
            yield start, then
            last = then


@cache
def _paths() -> dict[str, tuple[CodePath, ...]]:
    found: dict[str, list[CodePath]] = defaultdict(list)
    for code, valid in periods().items():
        for period in valid:
            stretches = list(_stretches(code, period))
            ends = [*(start for start, _ in stretches[1:]), period.valid_to]
            for (start, then), end in zip(stretches, ends, strict=True):
                found[code] += [CodePath(code, start, end, *segment) for segment in then]
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


@cache
def _readings() -> tuple[CodeReading, ...]:
    found = [CodeReading(UNKNOWN_MUNICIPALITY, BEGINNING, None, UNKNOWN_MUNICIPALITY, None, False)]
    for code, valid in sorted(periods().items()):
        free_from = BEGINNING
        for period, following in zip(valid, [*valid[1:], None], strict=True):
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
        for before, of_code in changes().items()
        if before != code and code in of_code.get(period.valid_from, {})
    ]
    if len(old) != 1:
        return []
    start = max(add_months(period.valid_from, -GRACE_MONTHS), free_from)
    return [
        CodeReading(code, since, until, old[0], CODE_SHIFTED, False)
        for valid in periods()[old[0]]
        if (since := max(start, valid.valid_from))
        < (until := min(period.valid_from, valid.valid_to or period.valid_from))
    ]


def code_readings() -> list[CodeReading]:
    """Rule G3: how a reported code is read on a day; at most one row has the code and the day.

    A day without a row: the code is unknown then, and the event is kept under 9999.
    """
    return list(_readings())
