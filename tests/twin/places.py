"""G1 and G3: municipality codes through time, from the files of the classifications."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from importlib.resources import files

from .dates import ONE_DAY, add_months

UNKNOWN = "9999"


@cache
def reference_rows(path: str) -> list[dict[str, str]]:
    text = files("folketall.classifications").joinpath(path).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def validity() -> dict[str, list[tuple[date, date | None]]]:
    """Of each code its times of validity, first day and first day after, in order."""
    times: dict[str, list[tuple[date, date | None]]] = {}
    for row in reference_rows("geography/municipalities.csv"):
        last = date.fromisoformat(row["valid_to"]) if row["valid_to"] else None
        times.setdefault(row["code"], []).append((date.fromisoformat(row["valid_from"]), last))
    return {code: sorted(found, key=lambda time: time[0]) for code, found in times.items()}


@cache
def successors() -> dict[tuple[date, str], dict[str, float | None]]:
    """(day of change, old code) -> new codes with the share that went there, if known."""
    found: dict[tuple[date, str], dict[str, float | None]] = {}
    for row in reference_rows("geography/municipality_changes.csv"):
        weight = float(row["weight_old_to_new"]) if row["weight_old_to_new"] else None
        key = (date.fromisoformat(row["change_date"]), row["old_code"])
        found.setdefault(key, {})[row["new_code"]] = weight
    return found


@cache
def change_days() -> list[date]:
    return sorted({day for day, _ in successors()})


def is_valid(code: str, day: date) -> bool:
    for first, after in validity().get(code, []):
        if first <= day and (after is None or day < after):
            return True
    return False


def name(code: str, day: date) -> str:
    for row in reference_rows("geography/municipalities.csv"):
        begun = row["code"] == code and row["valid_from"] <= str(day)
        if begun and (not row["valid_to"] or str(day) < row["valid_to"]):
            return row["name"]
    raise KeyError(code, day)


def joined(code: str, day: date) -> bool:
    """Whether the municipality became one with others on the day."""
    return any(
        other != code and change == day and set(new) & set(successors()[day, code])
        for (change, other), new in successors().items()
    )


def one_step(code: str, day: date, own: dict[date, str], taken_in: list[str]) -> str:
    """G1: the code after the changes of one day; `taken_in` are the names it had on the way."""
    new = successors().get((day, code))
    if new is None:
        return code
    before = list(taken_in)
    if joined(code, day):
        taken_in.append(name(code, day - ONE_DAY))
    if len(new) == 1:
        return next(iter(new))
    if own.get(day) in new:
        return own[day]
    for lost in before:  # its own again
        for to in new:
            if name(to, day) == lost:
                return to
    weighted = [(-weight, to) for to, weight in new.items() if weight is not None]
    if weighted:
        return min(weighted)[1]
    if code in new:
        return code
    return min(new)


def led(code: str, since: date, to: date, own: dict[date, str] | None = None) -> str:
    """G1: the code, valid on `since`, led step by step to `to`.

    `own` holds, by day, the municipality of the person's own boundary change, which decides at a
    split where it is one of the successors.
    """
    if own:
        taken_in: list[str] = []
        for day in change_days():
            if since < day <= to:
                code = one_step(code, day, own, taken_in)
        return code
    return _led(code, since, to)


@cache
def _led(code: str, since: date, to: date) -> str:
    taken_in: list[str] = []
    for day in change_days():
        if since < day <= to:
            code = one_step(code, day, {}, taken_in)
    return code


@cache
def shifted(code: str, day: date) -> tuple[str, str | None]:
    """G3: the code that is valid on the day, and what there is to note."""
    if is_valid(code, day):
        return code, None
    times = validity().get(code, [])
    ended = [after - ONE_DAY for _, after in times if after is not None and after <= day]
    if ended:
        last_day = max(ended)
        if day <= add_months(last_day, 12):
            return led(code, last_day, day), "code_shifted"
    begins = [first for first, _ in times if first > day]
    if begins:
        first_day = min(begins)
        if day >= add_months(first_day, -12):
            before = {
                old for (change, old), new in successors().items()
                if change == first_day and code in new
            }  # fmt: skip
            if len(before) == 1:
                return before.pop(), "code_shifted"
    return UNKNOWN, "code_unknown"
