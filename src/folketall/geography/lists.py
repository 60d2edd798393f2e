"""The list of municipalities and the list of their changes, as they are (G1)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from folketall.classifications import read_rows

UNKNOWN_MUNICIPALITY = "9999"


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
def periods() -> dict[str, list[Period]]:
    """The validity of every code; a mere change of name does not end a period."""
    found: dict[str, list[Period]] = defaultdict(list)
    for row in sorted(municipality_rows(), key=lambda row: (row.code, row.valid_from)):
        known = found[row.code]
        if known and known[-1].valid_to == row.valid_from:
            known[-1] = known[-1]._replace(valid_to=row.valid_to)
        else:
            known.append(Period(row.valid_from, row.valid_to))
    return dict(found)


def is_valid(code: str, day: date) -> bool:
    """Whether a municipality had the code on the day."""
    return any(covers(*period, day) for period in periods().get(code, ()))


@cache
def changes() -> dict[str, dict[date, dict[str, float | None]]]:
    """What each code led to at each date of change, with the weights where there are any."""
    found: dict[str, dict[date, dict[str, float | None]]] = defaultdict(dict)
    for row in read_rows("geography/municipality_changes"):
        weight = float(row["weight_old_to_new"]) if row["weight_old_to_new"] else None
        day = date.fromisoformat(row["change_date"])
        found[row["old_code"]].setdefault(day, {})[row["new_code"]] = weight
    return dict(found)


def name_on(code: str, day: date) -> str | None:
    """What the municipality that had the code on the day was called."""
    names = (row.name for row in municipality_rows() if row.code == code and _had(row, day))
    return next(names, None)


def _had(row: Municipality, day: date) -> bool:
    return covers(row.valid_from, row.valid_to, day)


@cache
def taken_in() -> dict[str, dict[date, str]]:
    """Rule G1: when each code was put together with others, and its municipality's name until then.

    That others are put together with it under its own code counts too: Os was 0435, as was
    Tolga-Os after it.
    """
    sources: dict[tuple[date, str], set[str]] = defaultdict(set)
    for old, days in changes().items():
        for day, weights in days.items():
            for new in weights:
                sources[day, new].add(old)
    found: dict[str, dict[date, str]] = defaultdict(dict)
    for (day, _), olds in sorted(sources.items()):
        for old in sorted(olds) if len(olds) > 1 else ():
            if name := name_on(old, day - timedelta(days=1)):
                found[old][day] = name
    return dict(found)
