"""What the synthetic register must agree with: Statistics Norway's figures, scaled to its size."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
from numpy.typing import NDArray

from folketall.classifications import read_rows
from folketall_trial.synthetic.fitting import fitted, rounded, whole_shares

FULL = 10_000_000
"""Persons ever in the register of the whole country: the size at which figures are not scaled."""
AGES = 107
IMMIGRANTS = 965_113
"""Resident immigrants on 1 January 2025: the published shares of all immigrants rest on it."""
CATEGORIES = (
    "asylum",
    "resettlement",
    "other",
    "unspecified",
    "family_enlargement",
    "family_reunification",
    "family_unspecified",
)
YEARS = ("0-4", "5-9", "10-19", "20+")
SINCE = ("last year", "1-4", "5-9", "10-19", "20+")
"""Years of residence as the register is made: who came in the last year was not in the stock
before."""
LEAST_AGES = (1, 2, 6, 11, 21)
"""Of each of them: born before coming."""
GROUPS = (
    "Western Europe",
    "Europe except EU/EFTA/UK and new EU countries after 2004",
    "Africa",
    "Asia",
    "North-America and Oceania",
    "Latin America and the Caribbean",
)
CITIZENS = (("norwegian", "1"), ("norwegian", "2"), ("foreign", "1"), ("foreign", "2"))
REASONS = ("WORK", "FAMILY", "EDUCATION_OTHER", "UNSPECIFIED")
"""Of immigrants who are not refugees, in the words of the list of 2021."""
_ENDED = np.array((0.014, 0.010, 0.045, 0.0105, 0.006, 0.008, 0.0))
"""Of each category, how many died or left in the last year. Nobody publishes it: what is
published is the change, and who came makes up for it."""
_LAST = date(2024, 1, 1)

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Figures:
    """Whole numbers that the register has exactly."""

    municipalities: tuple[str, ...]
    """Codes of 2024, in order."""
    residents: Ints
    """Municipality × sex (male, female) × age on 1 January 2025."""
    refugees: Ints
    """Country group × years of residence (`SINCE`) × sex and citizenship × category."""
    ended: Ints
    """As `refugees`: residents of the year before who are none any more."""
    refugee_places: Ints
    """Sex × municipality."""
    immigrant_places: Ints
    """Immigrants who are no refugees: municipality × sex × reason."""


@cache
def figures(scale: float, least: int = 1) -> Figures:
    """The figures of a register `scale` times the country's size; not to be changed.

    Args:
        scale: 1 is the country's size.
        least: so many asylum seekers at least died or left in the last year.
    """
    codes = _codes()
    refugees, ended = with_the_year_before(refugee_cells(scale), least)
    by_sex = np.array([refugees[:, :, sex::2].sum() for sex in (0, 1)])
    places = _brought_to_2025("refugee_background_municipality_2021")
    return Figures(
        codes,
        residents(scale),
        refugees,
        ended,
        np.stack([whole_shares(places[:, sex, 0], int(by_sex[sex])) for sex in (0, 1)]),
        _immigrant_places(round(IMMIGRANTS * scale) - int(refugees.sum())),
    )


def residents(scale: float) -> Ints:
    """Residents by municipality, sex and age: 2024's pattern fitted to 2025's two margins."""
    pattern = np.zeros((len(_codes()), 2, AGES))
    place = {code: number for number, code in enumerate(_codes())}
    for row in read_rows("calibration/population_municipality_age_sex_2024"):
        age = min(int(row["age"]), AGES - 1)
        pattern[place[row["code"]], int(row["sex"]) - 1, age] += float(row["persons"])
    nation = np.zeros((2, AGES))
    for row in read_rows("calibration/population_nation_age_sex_1986_2026"):
        if row["year"] == "2025":
            nation[int(row["sex"]) - 1, min(int(row["age"]), AGES - 1)] += float(row["persons"])
    total = round(nation.sum() * scale)
    columns = whole_shares(nation.ravel(), total)
    rows = whole_shares(_population(2025), total)
    flat = (pattern + 1e-4).reshape(len(rows), -1)
    flat[:, columns == 0] = 0
    fit = fitted(flat, [rows.astype(float), columns.astype(float)], [[0], [1]], rounds=60)
    return rounded(fit, rows, columns).reshape(pattern.shape)


def published(scale: float) -> tuple[Ints, Ints, Ints]:
    """The three tables of 2025: category; group × years; group × sex and citizenship."""
    cells: dict[tuple[str, ...], float] = {}
    for row in read_rows("published/refugee_background_2025"):
        words = (row[name] for name in ("category", "country_group", "years_of_residence",
                                        "citizenship", "sex"))  # fmt: skip
        cells[row["cube"], *words] = float(row["value"])

    def residence(group: str, years: str) -> float:
        return cells["refugees_by_residence", "", group, years, "", ""]

    def citizenship(group: str, citizen: str, sex: str) -> float:
        return cells["refugees_by_citizenship", "", group, "", citizen, sex]

    category = np.array(
        [cells["refugees_by_category", name, "", "", "", ""] for name in CATEGORIES]
    )
    years = np.array([[residence(group, name) for name in YEARS] for group in GROUPS])
    citizens = np.array([[citizenship(group, *which) for which in CITIZENS] for group in GROUPS])
    total = round(category.sum() * scale)
    groups = whole_shares(years.sum(axis=1), total)
    scaled = [whole_shares(years[number], int(groups[number])) for number in range(len(GROUPS))]
    whose = [whole_shares(citizens[number], int(groups[number])) for number in range(len(GROUPS))]
    return whole_shares(category, total), np.stack(scaled), np.stack(whose)


def refugee_cells(scale: float) -> Ints:
    """The joint distribution of refugees: fitted to the published tables, rounded exactly.

    Rounding goes in two steps, each a two-way table: years × (sex and citizenship) inside each
    country group; then those cells × category.
    """
    category, years, citizens = published(scale)
    seed = _odds()
    fit = fitted(
        seed,
        [years.astype(float), citizens.astype(float), category.astype(float)],
        [[0, 1], [0, 2], [3]],
    )
    cells = np.stack(
        [
            rounded(fit[group].sum(axis=2), years[group], citizens[group])
            for group in range(len(GROUPS))
        ]
    )
    inner = fit.reshape(-1, len(CATEGORIES))
    sums = inner.sum(axis=1, keepdims=True)
    inner = np.where(sums > 0, inner / np.where(sums > 0, sums, 1), 1 / len(CATEGORIES))
    wanted = cells.ravel()
    margins = [wanted.astype(float), category.astype(float)]
    again = fitted(inner * wanted[:, None], margins, [[0], [1]])
    return rounded(again, wanted, category).reshape(fit.shape)


def with_the_year_before(cells: Ints, least: int) -> tuple[Ints, Ints]:
    """Keep those apart who came in the last year, and add those who died or left in it.

    Args:
        cells: the joint distribution of refugees, with the published groups of years.
        least: so many asylum seekers at least died or left.

    Returns:
        `Figures.refugees` and `Figures.ended`: the stock before is as the published changes say.
    """
    category = cells.sum(axis=(0, 1, 2))
    change = category - np.rint(category / (1 + _changes_on_year() / 100)).astype(np.int64)
    ended = np.maximum(np.rint(category * _ENDED).astype(np.int64), -change)
    ended[0] = max(ended[0], least)
    came = _of_each(cells[:, 0] * _FOREIGN[:, None], change + ended)
    refugees = np.concatenate([came[:, None], (cells[:, 0] - came)[:, None], cells[:, 1:]], axis=1)
    before = refugees.copy()
    before[:, 0] = 0
    return refugees, _of_each(before, ended)


_FOREIGN = np.array([int(citizen == "foreign") for citizen, _ in CITIZENS])
"""Nobody becomes Norwegian in the first year."""


def _of_each(cells: Ints, wanted: Ints) -> Ints:
    """So many of each category (the last axis), spread over the cells; never more than there are.

    Only where a register is so small that a change has nobody to be made of are there fewer.
    """
    flat = cells.reshape(-1, len(CATEGORIES))
    wanted = np.minimum(wanted, flat.sum(axis=0))
    columns = flat.T.astype(np.float64)
    parts = [whole_shares(column, int(n)) for column, n in zip(columns, wanted, strict=True)]
    return np.stack(parts, axis=1).reshape(cells.shape)


def _changes_on_year() -> NDArray[np.float64]:
    """Per cent, by category, as published."""
    rows = read_rows("published/refugee_background_2025")
    change = {row["category"]: row["value"] for row in rows if row["measure"] == "change_on_year"}
    return np.array([float(change[name]) for name in CATEGORIES])


def _odds() -> NDArray[np.float64]:
    """What is likely before the margins speak: the seed of the fitting."""
    odds = np.ones((len(GROUPS), len(YEARS), 4, len(CATEGORIES)))
    # Norwegian citizens after some seven years.
    odds[:, :, :2] *= np.array([0.01, 0.35, 3.0, 12.0])[None, :, None, None]
    # Asylum seekers and the unspecified are the older ones; collective protection is Europe's:
    # Bosnia in the nineties, Ukraine since 2022.
    odds[..., 0] *= np.array([0.5, 1.0, 1.3, 1.0])[None, :, None]
    odds[..., 3] *= np.array([0.04, 0.1, 0.3, 3.0])[None, :, None]
    odds[..., 2] *= 0.01
    odds[1, 0, :, 2] *= 6000
    odds[1, 3, :, 2] *= 900
    odds[..., 4] *= np.array([0.9, 0.8, 1.2, 1.0])[None, :, None]
    # Men come first, women and children follow.
    odds[:, :, 1::2, 4:6] *= 2.2
    odds[1, 0, :, 4:6] *= 0.2
    return odds


def _immigrant_places(total: int) -> Ints:
    weights = _brought_to_2025("immigrants_by_reason_municipality_2021")
    return whole_shares(weights.ravel(), total).reshape(weights.shape)


def _brought_to_2025(name: str) -> NDArray[np.float64]:
    """Persons of 2021 by municipality of 2024, sex and reason."""
    place = {code: number for number, code in enumerate(_codes())}
    reasons = REASONS if "reason" in name else ("",)
    found = np.zeros((len(place), 2, len(reasons)))
    changed = _changes()
    for row in read_rows(f"calibration/{name}"):
        if row["sex"] == "0" or row.get("reason", "") not in reasons:
            continue
        into = changed.get(row["code_at_year"], {row["code_at_year"]: 1.0})
        for code, share in into.items():
            at = place[code], int(row["sex"]) - 1, reasons.index(row.get("reason", ""))
            found[at] += share * float(row["persons"])
    # The places grew, or shrank, since.
    growth = _population(2025) / np.maximum(_population(2021), 1)
    growth[_population(2021) == 0] = 1.0
    return found * growth[:, None, None]


def _changes() -> dict[str, dict[str, float]]:
    """The codes of 2024 that each code of 2021 led to, with its share."""
    into: dict[str, dict[str, float]] = defaultdict(dict)
    for row in read_rows("geography/municipality_changes"):
        if row["change_date"] == _LAST.isoformat():
            into[row["old_code"]][row["new_code"]] = float(row["weight_old_to_new"] or 1)
    return into


@cache
def _codes() -> tuple[str, ...]:
    rows = read_rows("calibration/population_municipality_2024codes_1986_2026")
    return tuple(sorted({row["code_2024"] for row in rows}))


def _population(year: int) -> NDArray[np.float64]:
    place = {code: number for number, code in enumerate(_codes())}
    found = np.zeros(len(place))
    for row in read_rows("calibration/population_municipality_2024codes_1986_2026"):
        if row["year"] == str(year):
            found[place[row["code_2024"]]] = float(row["population"])
    return found
