"""Where immigrants come from, when, and for which reason: waves and countries of each era."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from folketall import classifications
from folketall.classifications import NORWAY, countries, read_rows
from folketall_trial.synthetic.calendar import STOCK, new_year, year_of
from folketall_trial.synthetic.calibration import GROUPS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

BEGIN, END = 1950, 2025
NORDIC = tuple(int(code) for code in sorted(classifications.NORDIC - {NORWAY}))
EEA = (*NORDIC, 127, 131, 133, 136, 137, 144, 122, 124, 139)
WORK, FAMILY, EDUCATION, UNSPECIFIED = range(4)

_WAVES: tuple[tuple[int, int, int, int], ...] = (
    (152, 1956, 1957, 1500), (575, 1976, 1989, 1000), (725, 1974, 1990, 400),
    (131, 1981, 1984, 300), (456, 1985, 1995, 900), (424, 1985, 2000, 500),
    (534, 1985, 1995, 100), (155, 1993, 1993, 6000), (155, 1994, 1996, 2500),
    (161, 1998, 1998, 1500), (161, 1999, 1999, 6000), (161, 2000, 2001, 2000),
    (161, 2002, 2010, 400), (346, 1988, 2016, 900), (452, 1991, 2010, 1100),
    (140, 1999, 2010, 600), (404, 2000, 2018, 700), (241, 2008, 2018, 1300),
    (564, 2014, 2014, 2500), (564, 2015, 2016, 8000), (564, 2017, 2020, 3000),
    (564, 2021, 2024, 1800), (279, 2003, 2024, 700), (420, 2004, 2012, 700),
    (148, 2022, 2023, 33000), (148, 2024, 2024, 18000), (246, 1992, 2018, 300),
    (775, 2018, 2024, 40), (730, 2002, 2012, 60),
    (137, 1950, 2024, 3), (144, 1950, 2024, 3), (123, 1950, 2024, 2), (119, 1950, 2024, 1),
    (684, 1950, 2024, 3), (612, 1950, 2024, 1),
)  # fmt: skip
"""Country, first and last year, refugees a year: what the UNHCR series lack (they tell
origins since 1985, and of those with protection only since 2022)."""
_COMING = {
    1950: 4, 1970: 11, 1985: 11, 1990: 10, 1995: 10, 2000: 17, 2004: 20, 2006: 30, 2008: 50,
    2011: 60, 2013: 53, 2016: 38, 2018: 33, 2020: 22, 2021: 34, 2022: 30, 2023: 26, 2024: 18,
}  # fmt: skip
"""Thousands of immigrants a year who are no refugees."""
ERAS = (1975, 1987, 1996, 2005, 2015, 2022)
"""The first year after each era; what follows is the last one."""
_WORKERS = (
    ((534, 4), (143, 2), (303, 1), (139, 3), (144, 2), (684, 1)),
    ((139, 4), (684, 2), (534, 2), (444, 1), (144, 2), (127, 1)),
    ((144, 3), (139, 3), (684, 1), (127, 1), (131, 1)),
    ((131, 3), (144, 3), (139, 2), (140, 1)),
    ((131, 8), (136, 4), (144, 2), (133, 1), (444, 1)),
    ((131, 5), (136, 3), (133, 2), (137, 1), (444, 2)),
    ((131, 4), (136, 2), (133, 2), (444, 3), (137, 1), (428, 1)),
)
_STUDENTS = ((484, 2), (428, 3), (144, 2), (684, 2), (456, 1), (246, 1), (140, 2))
_FAMILIES = (
    (568, 5),
    (428, 4),
    (140, 3),
    (684, 1),
    (715, 1),
    (534, 3),
    (303, 1),
    (131, 6),
    (143, 2),
)
_NORDICS = ((106, 8), (101, 6), (103, 2), (105, 2))
"""Who needs no permit comes without a reason."""
ABROAD = ((106, 4), (101, 3), (139, 2), (684, 2), (137, 2), (144, 1))
"""Where people go who leave Norway for a time."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """How many came in each year, for several kinds of immigrants; a day is drawn from it."""

    weights: Floats
    """Kind × year from BEGIN."""

    @property
    def reached(self) -> Floats:
        zero = np.zeros((len(self.weights), 1))
        return np.concatenate([zero, np.cumsum(self.weights, axis=1)], axis=1)

    def day(self, kind: Ints, low: Ints, high: Ints, unit: Floats) -> Ints:
        """A day from low to high (included), by the years' weights; evenly when they have none."""
        reached = self.reached / np.maximum(self.reached[:, -1:], 1e-12)
        high = np.maximum(high, low)
        first, last = (self._upto(reached, kind, x) for x in (low, high + 1))
        flat = (reached + np.arange(len(reached))[:, None] * 2.0).ravel()
        target = first + unit * (last - first)
        width = reached.shape[1]
        at = np.searchsorted(flat, kind * 2.0 + target, side="right") - 1 - kind * width
        year = np.clip(at, 0, width - 2)
        step = reached[kind, year + 1] - reached[kind, year]
        part = (target - reached[kind, year]) / np.where(step > 0, step, 1)
        start = new_year(BEGIN + year)
        length = new_year(BEGIN + year + 1) - start
        found = start + np.floor(np.clip(part, 0, 0.999999) * length).astype(np.int64)
        even = low + np.floor(unit * (high - low + 1)).astype(np.int64)
        return np.clip(np.where(last - first > 1e-9, found, even), low, high)

    def _upto(self, reached: Floats, kind: Ints, day: Ints) -> Floats:
        day = np.clip(day, new_year(np.array(BEGIN)), STOCK)
        year = np.minimum(year_of(day), END - 1) - BEGIN
        start = new_year(BEGIN + year)
        part = (day - start) / (new_year(BEGIN + year + 1) - start)
        low = reached[kind, year]
        return np.asarray(low + part * (reached[kind, year + 1] - low))


@dataclass(frozen=True, slots=True)
class Refugees:
    """Refugees' countries, with their years."""

    codes: Ints
    groups: Ints
    """Country group of each."""
    arrivals: Arrivals


@cache
def refugees() -> Refugees:
    """Refugees by country of birth and year: UNHCR's series, and the waves they do not tell.

    No Nordics: UNHCR has some who asked for asylum, but they need no permit, so that no register
    could tell why they came.
    """
    came: dict[int, Floats] = {}
    code_of = {row["iso_alpha3"]: int(row["code"]) for row in read_rows("countries/countries")}
    code_of["STA"] = code_of["PSE"]
    for row in read_rows("calibration/unhcr_norway_flows"):
        code, year = code_of.get(row["coo_iso"]), int(row["year"])
        if code and code != 148 and BEGIN <= year < END and row["asylum_seekers"]:
            came.setdefault(code, np.zeros(END - BEGIN))[year - BEGIN] += 0.6 * float(
                row["asylum_seekers"]
            )
    for code, first, last, persons in _WAVES:
        series = came.setdefault(code, np.zeros(END - BEGIN))
        series[first - BEGIN : last + 1 - BEGIN] += persons
    group_of = countries()
    outside = sorted(came.keys() - set(NORDIC))
    codes = [code for code in outside if group_of.get(f"{code:03d}") in GROUPS]
    groups = [GROUPS.index(group_of[f"{code:03d}"]) for code in codes]
    weights = np.stack([came[code] + 1e-6 for code in codes])
    return Refugees(np.array(codes), np.array(groups), Arrivals(weights))


def still_here(years: Ints) -> Floats:
    """The share of those who came in a year who are residents in 2025."""
    return np.asarray(0.38 + 0.52 * np.exp(-(2024.5 - years) / 6.0))


@cache
def residents() -> Arrivals:
    """Other immigrants who are residents: by reason."""
    years = np.arange(BEGIN, END)
    coming = np.interp(years, list(_COMING), list(_COMING.values())) * still_here(years)
    work = np.where(years < 1990, 0.3, np.where(years < 2004, 0.7, 1.0))
    other = np.where(years < 1990, 1.5, 0.5)
    student = np.exp(-(2024 - years) / 9.0)
    return Arrivals(
        np.stack([coming * w for w in (work, np.where(years < 2012, 1.25, 0.9), student, other)])
    )


@cache
def gone() -> Arrivals:
    """Other immigrants who are no longer here."""
    years = np.arange(BEGIN, END)
    coming = np.interp(years, list(_COMING), list(_COMING.values()))
    weights = coming * (1 - still_here(years))
    return Arrivals(np.stack([weights]))


def country_of(reason: Ints, arrival: Ints, unit: Floats) -> Ints:
    """The country of those who come for a reason in a year."""
    found = np.zeros(len(reason), dtype=np.int64)
    era = np.searchsorted(np.array(ERAS), year_of(arrival), side="right")
    for number, workers in enumerate(_WORKERS):
        _pick(found, (reason == WORK) & (era == number), workers, unit)
    for which, listed in ((FAMILY, _FAMILIES), (EDUCATION, _STUDENTS), (UNSPECIFIED, _NORDICS)):
        _pick(found, reason == which, listed, unit)
    return found


def pick(listed: tuple[tuple[int, float], ...], unit: Floats) -> Ints:
    """A code of the list, by its weight."""
    found = np.zeros(len(unit), dtype=np.int64)
    _pick(found, np.ones(len(unit), dtype=bool), listed, unit)
    return found


def _pick(
    into: Ints, where: NDArray[np.bool_], listed: tuple[tuple[int, float], ...], unit: Floats
) -> None:
    codes = np.array([code for code, _ in listed])
    steps = np.cumsum([weight for _, weight in listed])
    into[where] = codes[
        np.minimum(np.searchsorted(steps / steps[-1], unit[where], side="right"), len(codes) - 1)
    ]


def refugee_country(group: Ints, low: Ints, high: Ints, unit: Floats) -> Ints:
    """Place of a country of the group in `refugees()`, by how many came from low to high."""
    list_of = refugees()
    reached = list_of.arrivals.reached
    years = np.clip(np.stack([year_of(low), year_of(high) + 1]) - BEGIN, 0, END - BEGIN)
    found = np.zeros(len(group), dtype=np.int64)
    windows = years[0] * 1000 + years[1]
    for key in np.unique(windows * 10 + group):
        window, which = divmod(int(key), 10)
        first, last = divmod(window, 1000)
        weights = (reached[:, last] - reached[:, first]) * (list_of.groups == which)
        me = (windows == window) & (group == which)
        steps = np.cumsum(weights)
        at = np.searchsorted(steps, unit[me] * steps[-1], side="right")
        found[me] = np.minimum(at, len(steps) - 1)
    return found
