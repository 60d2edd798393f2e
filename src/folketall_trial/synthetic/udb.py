"""The Aliens Register: who is in it, and what their stay truly rests on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from folketall.model import deliveries as d
from folketall_trial.synthetic import names, rows
from folketall_trial.synthetic.calendar import new_year, year_of
from folketall_trial.synthetic.calibration import CATEGORIES
from folketall_trial.synthetic.cpr import relatives
from folketall_trial.synthetic.draws import NEVER, Draws
from folketall_trial.synthetic.identity import NO_NUMBER
from folketall_trial.synthetic.lives import Lives
from folketall_trial.synthetic.world import (
    NOBODY,
    Families,
    People,
)

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

GROUNDS = (
    "asylum", "humanitarian", "resettlement", "collective_protection", "refugee", "family",
    "labour", "education", "other", "unspecified",
)  # fmt: skip
"""Codes of `reason.csv`."""
ASYLUM, HUMANITARIAN, RESETTLED, COLLECTIVE, REFUGEE_ONLY, FAMILY, LABOUR, STUDY, OTHER, SILENT = (
    range(10)
)


def ground(people: People, families: Families, draws: Draws) -> Ints:
    """What the stay of each immigrant truly rests on: a place in GROUNDS; NOBODY for natives."""
    number_of = people.number
    unit = draws.unit("ground", number_of)
    category = np.where(people.cell >= 0, people.cell % len(CATEGORIES), NOBODY)
    asylum = np.where(unit < 0.15, HUMANITARIAN, ASYLUM)
    of_refugees = np.select(
        [category == 0, category == 1, category == 2, category == 3, category > 3],
        [asylum, RESETTLED, COLLECTIVE, REFUGEE_ONLY, FAMILY],
        np.where(unit < 0.25, RESETTLED, asylum),
    )
    study = np.where(unit < 0.7, STUDY, OTHER)
    of_others = np.select(
        [people.reason == r for r in range(4)], [LABOUR, FAMILY, study, SILENT], SILENT
    )
    found = np.where(people.refugee, of_refugees, of_others)
    return np.where(people.immigrant, found, NOBODY)


def person(lives: Lives) -> rows.Rows:
    """A row for each DUF number, in the Aliens Register's own spelling and dates."""
    people, draws, noise = lives.people, lives.draws, lives.noise
    first = np.flatnonzero(lives.identity.duf != NO_NUMBER)
    second = np.flatnonzero(lives.identity.second != NO_NUMBER)
    who = np.r_[first, second]
    duf = np.r_[lives.identity.duf[first], lives.identity.second[second]]
    pin = _pins(lives, who, duf)
    birth = lives.identity.birth[who].copy()
    unit = draws.unit("udb birth", duf)
    edges = np.cumsum(
        [
            noise[name]
            for name in ("birth_missing", "day_and_month", "udb_first_of_january", "other_year")
        ]
    )
    swapped = _day_and_month(birth)
    birth = np.select(
        [unit < edges[0], unit < edges[1], unit < edges[2], unit < edges[3]],
        [np.full_like(birth, NEVER), swapped, new_year(year_of(birth)), birth - 365],
        birth,
    )
    words, _, _, spelling = names.spellings()
    other = draws.chance("spelt otherwise", noise["spelt_otherwise"], duf)
    slip = draws.chance("misspelt", noise["misspelt"], duf)
    spelt = np.where(other, names.OTHERWISE * spelling, 0)
    sex = people.female[who].astype(np.int64)
    sex = np.where(draws.chance("udb sex", noise["sex_missing"], duf), -1, sex)
    columns = {
        "duf": rows.duf(duf),
        "pin": rows.pin(pin),
        "given_name": rows.word(lives.identity.given[who] + spelt, *words),
        "family_name": rows.word(
            lives.identity.family[who] + np.where(slip, names.MISSPELT * spelling, spelt), *words
        ),
        "birth_date": rows.days(birth),
        "sex": rows.word(sex, "1", "2"),
        "citizenship": rows.country(lives.families.country[who]),
    }
    return rows.Rows(d.UDB_PERSON, columns, np.zeros(len(who), dtype=np.int64), duf)


def _pins(lives: Lives, who: Ints, duf: Ints) -> Ints:
    people, draws, noise = lives.people, lives.draws, lives.noise
    pin = lives.identity.now(who)
    near = relatives(lives.families, 1)[who]
    unit = draws.unit("udb pin", duf)
    low = noise["pin_missing"]
    pin = np.where(unit < low, NO_NUMBER, pin)
    of_near = (unit >= low) & (unit < low + noise["pin_of_relative"]) & (near != NOBODY)
    low += noise["pin_of_relative"]
    wrong = (unit >= low) & (unit < low + noise["pin_wrong"])
    anyone = draws.whole("udb wrong pin", 0, len(people) - 1, duf)
    pin = np.where(of_near, lives.identity.now(near), pin)
    return np.where(wrong, lives.identity.now(anyone), pin)


def _day_and_month(birth: Ints) -> Ints:
    """Day and month swapped, where that is a date."""
    months = birth.astype("datetime64[D]").astype("datetime64[M]")
    month = months.astype(np.int64) % 12
    day = birth - months.astype("datetime64[D]").astype(np.int64)
    year = year_of(birth)
    other = ((year - 1970) * 12 + day).astype("datetime64[M]").astype("datetime64[D]")
    return np.where(day < 12, other.astype(np.int64) + month, birth)
