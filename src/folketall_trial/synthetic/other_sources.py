"""The censuses of 1960 and 1970, and the files of reason made in 1995 and 2006."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from folketall.model import deliveries as d
from folketall.model.deliveries import DETAILS, REASONS
from folketall_trial.synthetic import rows, udb
from folketall_trial.synthetic.calendar import CENSUS_DAYS, day, number, year_of
from folketall_trial.synthetic.draws import NEVER
from folketall_trial.synthetic.lives import Lives
from folketall_trial.synthetic.party import CASES_SINCE
from folketall_trial.synthetic.paths import DWELLINGS

Ints = NDArray[np.int64]
_REASON_OF = (0, 0, 0, 0, 0, 1, 2, 3, 4, 5)
"""Reason of the contract by ground."""
_DETAIL_OF = (0, 0, 1, 2, 3, -1, -1, -1, -1, -1)


def census(lives: Lives) -> rows.Rows:
    """Everyone who lived in Norway on a census day."""
    people, draws = lives.people, lives.draws
    parts = []
    for place, when in enumerate(map(number, CENSUS_DAYS)):
        steps = lives.steps
        there = np.flatnonzero((steps.day <= when) & (steps.until > when) & (steps.place >= 0))
        who = steps.who[there]
        locality = steps.place[there] // DWELLINGS
        code = lives.places.code_on(locality, np.full(len(there), when))
        parts.append((who, np.full(len(who), place), code))
    who, census_no, code = (np.concatenate(x) for x in zip(*parts, strict=True))
    came = lives.families.arrival[who]
    told = (came < NEVER) & draws.chance("census year told", 0.6, people.number[who])
    years = tuple(str(year) for year in range(1900, 1971))
    columns = {
        "census_year": rows.word(census_no, "1960", "1970"),
        "pin": rows.pin(lives.identity.now(who)),
        "municipality": rows.municipality(code),
        "birth_country": rows.country(lives.families.country[who]),
        "immigration_year": rows.word(
            np.where(told, year_of(np.where(told, came, 0)) - 1900, -1), *years
        ),
    }
    key = people.number[who] * 2 + census_no
    return rows.Rows(d.CENSUS_RESIDENT, columns, np.zeros(len(who), dtype=np.int64), key)


def reason_files(lives: Lives) -> tuple[rows.Rows, rows.Rows]:
    """The file of 1995 and that of 2006; whoever came before the cases begin is in that."""
    people, draws, noise = lives.people, lives.draws, lives.noise
    reason, detail = np.array(_REASON_OF)[lives.grounds], np.array(_DETAIL_OF)[lives.grounds]
    known = (lives.families.arrival < NEVER) & (lives.grounds != udb.SILENT)
    number_of = people.number
    arrival = lives.families.arrival
    old = known & (arrival < day(1995, 1, 1)) & draws.chance("in 1995", 0.6, number_of)
    who = np.flatnonzero(old)
    first = rows.Rows(
        d.REASON_1995_ED2004,
        {
            "pin": rows.pin(lives.identity.now(who)),
            "reason": rows.word(reason[who], *REASONS),
            "detail": rows.word(detail[who], *DETAILS),
        },
        np.zeros(len(who), dtype=np.int64),
        number_of[who],
    )
    early = lives.families.arrival < CASES_SINCE
    in_2006 = known & (lives.families.arrival < day(2006, 1, 1))
    in_2006 &= early | draws.chance("in 2006", 0.6, number_of)
    who = np.flatnonzero(in_2006)
    other = who[draws.chance("second reason", noise["second_reason"], number_of[who])]
    # In reality refugee went before the others, so only refugees have another reason beside it.
    other = other[reason[other] == 0]
    second = draws.whole("second reason is", 1, len(REASONS) - 1, number_of[other])
    both = np.r_[who, other]
    order = np.argsort(both, kind="stable")
    drawn = draws.whole("reliability", 50, 99, both, np.arange(len(both)) >= len(who))
    drawn = np.where(draws.chance("reliability told", 0.85, both), drawn, -1)
    columns = {
        "pin": rows.pin(lives.identity.now(both)[order]),
        "reason": rows.word(np.r_[reason[who], second][order], *REASONS),
        "detail": rows.word(np.r_[detail[who], np.full(len(other), -1)][order], *DETAILS),
        "reliability": rows.word(drawn[order], *(f"0.{n:02d}" for n in range(100))),
    }
    key = number_of[both][order] * 2 + (order >= len(who))
    return first, rows.Rows(d.REASON_2006, columns, np.zeros(len(both), dtype=np.int64), key)
