"""What the CPR heard of what happened: when, in how many versions, and with which faults."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from folketall.model import deliveries as d
from folketall_trial.synthetic import rows
from folketall_trial.synthetic.calendar import (
    CPR_INCREMENTS,
    LAST,
    STOCK,
    cpr_delivery,
    day,
    number,
)
from folketall_trial.synthetic.draws import NEVER, Draws, rank_within
from folketall_trial.synthetic.events import (
    ADMINISTRATIVE,
    BOUNDARY,
    CAUSES,
    DEATH,
    EMIGRATION,
    IMMIGRATION,
    MOVE,
    NO_CAUSE,
    ORDINARY,
    TYPES,
    Events,
    events_of,
    joined,
)
from folketall_trial.synthetic.lives import Lives
from folketall_trial.synthetic.localities import Localities
from folketall_trial.synthetic.noise import Noise
from folketall_trial.synthetic.world import People

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

UNHEARD_OF = 999
PHANTOM = -3
"""In place of a country, until the rows are made: a move that never was."""
CLEAN_UPS = tuple(
    day(year, 6, 15) for year in (1993, 1994, 1995, 1997, 1998, *range(2012, 2025, 2))
)
"""When the administration struck out those who had left without a word."""


def reported(lives: Lives, true: Events, aside: Events) -> rows.Rows:
    """The rows of cpr/event: what was reported, when, in how many versions."""
    people, draws, noise = lives.people, lives.draws, lives.noise
    found = joined(
        [
            _told(people, true, draws, noise),
            aside,
            *_invented(people, true, lives.places, draws, noise),
        ]
    )
    order = np.lexsort((found.type, found.day, found.who))
    found = found.take(order)
    entity = people.number[found.who] * 1000 + rank_within(found.who, np.arange(len(found.who)))
    registered = _registered(found, entity, draws, noise)
    late = draws.unit("code", entity)
    coded = found.cause != BOUNDARY
    shifted = coded & (found.locality >= 0) & (late < noise["late_code"])
    code = found.code.copy()
    code[shifted] = lives.places.code_on(found.locality[shifted], found.day[shifted] - 300)
    unheard = coded & (code > 0) & (late > 1 - noise["unknown_code"])
    code[unheard] = UNHEARD_OF
    plain = (found.cause == NO_CAUSE) & ((found.type == MOVE) | (found.type == IMMIGRATION))
    given = (found.cause == NO_CAUSE) & draws.chance("cause given", 0.5, entity)
    cause = np.where(given, ORDINARY, found.cause)
    base = _Version(
        found.who, entity, 0, found.type, found.day, registered, code, found.country, cause
    )
    return _rows(lives, base, plain)


@dataclass(slots=True)
class _Version:
    who: Ints
    entity: Ints
    action: Ints | int
    type: Ints
    day: Ints
    registered: Ints
    code: Ints
    country: Ints
    cause: Ints

    def part(self, at: Ints, action: int, when: Ints, registered: Ints) -> _Version:
        return _Version(
            self.who[at], self.entity[at], action, self.type[at], when, registered,
            self.code[at], self.country[at], self.cause[at],
        )  # fmt: skip


def _rows(lives: Lives, base: _Version, plain: Bools) -> rows.Rows:
    parts = _reported(lives, base, plain)
    who, entity, kind, when, registered, code, country, cause = (
        np.concatenate([getattr(p, name) for p in parts])
        for name in ("who", "entity", "type", "day", "registered", "code", "country", "cause")
    )
    action = np.repeat([0, 1, 2, 0], [len(p.who) for p in parts])
    order = np.lexsort((action, registered, entity))
    who, entity, kind, when, registered, code, country, cause, action = (
        x[order] for x in (who, entity, kind, when, registered, code, country, cause, action)
    )
    empty = action == 2
    no_place = empty | (kind == EMIGRATION) | (kind == DEATH)
    pins = lives.identity.on(who, registered)
    return rows.Rows(
        d.EVENT,
        {
            "event_id": rows.Column(entity, width=13),
            "action": rows.word(action, "new", "correction", "annulment"),
            "pin": rows.pin(np.where(empty, -1, pins)),
            "event_type": rows.word(np.where(empty, -1, kind), *TYPES),
            "event_date": rows.days(np.where(empty, NEVER, when)),
            "registration_date": rows.days(registered),
            "municipality": rows.municipality(np.where(no_place, -1, code)),
            "country": rows.country(np.where(empty, -1, country)),
            "cause": rows.word(np.where(empty, -1, cause), *CAUSES),
        },
        cpr_delivery(registered),
        entity * 4 + action,
    )


def _reported(lives: Lives, base: _Version, plain: Bools) -> list[_Version]:
    """Every event as first reported, those corrected, those annulled, those reported again."""
    draws, noise = lives.draws, lives.noise
    everyone = np.arange(len(base.who))
    fixed = plain & draws.chance("corrected", noise["corrected"], base.entity)
    fixed &= base.registered < LAST - 15
    corrected = everyone[fixed]
    annulled = everyone[base.country == PHANTOM]
    entity = base.entity
    wrong = base.day[corrected] + draws.whole("wrong day", 1, 14, entity[corrected])
    heard = np.maximum(base.registered[corrected], wrong)
    later = np.maximum(
        np.minimum(heard + 5 + draws.tail("correction", 120, entity[corrected]), LAST), heard
    )
    first = base.day.copy()
    first[corrected] = wrong
    registered = base.registered.copy()
    registered[corrected] = heard
    again = everyone[draws.chance("repeated", noise["repeated"], entity)]
    gone = base.registered[annulled] + 20 + draws.tail("annulled", 120, entity[annulled])
    return [
        base.part(everyone, 0, first, registered),
        base.part(corrected, 1, base.day[corrected], later),
        base.part(annulled, 2, base.day[annulled], np.minimum(gone, LAST)),
        base.part(again, 0, first[again], registered[again]),
    ]


def _told(people: People, true: Events, draws: Draws, noise: Noise) -> Events:
    """True events as reported: who leaves without a word is struck out later, or never."""
    leaves = (true.type == EMIGRATION) & (true.day == people.stop[true.who])
    number_of = people.number[true.who]
    silent = leaves & draws.chance("unreported", noise["unreported"], number_of)
    struck = np.searchsorted(np.array(CLEAN_UPS), true.day + 200)
    never = silent & (struck >= len(CLEAN_UPS))
    out = true.day.copy()
    out[silent & ~never] = np.array(CLEAN_UPS)[struck[silent & ~never]]
    cause = np.where(silent, ADMINISTRATIVE, true.cause)
    told = Events(true.who, true.type, out, true.code, true.country, cause, true.locality)
    return told.take(~never)


def _invented(
    people: People, true: Events, places: Localities, draws: Draws, noise: Noise
) -> list[Events]:
    """What contradicts the rest: moves that never were, or after death, or announced."""
    stays = (true.locality >= 0) & (true.day > day(1970, 1, 1))
    following = np.r_[np.where(true.who[1:] == true.who[:-1], true.day[1:], NEVER), NEVER]
    key = people.number[true.who] * 1000 + rank_within(true.who, np.arange(len(true.who)))
    room = stays & (following > true.day + 90) & (true.day + 90 < STOCK - 200)
    again = true.day + 70

    def some(kind: str, of: Bools) -> Ints:
        return np.flatnonzero(of & draws.chance(kind, noise[kind], key))

    def at(which: Ints, when: Ints) -> Ints:
        return places.code_on(true.locality[which], when)

    phantom = some("annulled", room)
    twice = some("immigrates_again", room)
    dead = some("after_death", true.type == DEATH)
    future = some("announced", stays & (following >= NEVER) & (people.stop[true.who] >= NEVER))
    soon = LAST + draws.whole("announced for", 3, 60, key[future])
    return [
        events_of(
            true.who[phantom],
            MOVE,
            again[phantom],
            code=at(phantom, again[phantom]),
            country=PHANTOM,
        ),
        events_of(
            true.who[twice], IMMIGRATION, again[twice], code=at(twice, again[twice]), country=106
        ),
        events_of(true.who[dead], MOVE, true.day[dead] + 30, code=301),
        events_of(true.who[future], MOVE, soon, code=at(future, soon)),
    ]


def _registered(found: Events, entity: Ints, draws: Draws, noise: Noise) -> Ints:
    """Most within two weeks; late ones years later; announced moves before the event."""
    lag = draws.whole("lag", 0, 13, entity)
    moving = (found.type == MOVE) | (found.type == EMIGRATION) | (found.type == IMMIGRATION)
    slow = moving & draws.chance("late", noise["late"], entity)
    lag = lag + np.where(slow, 30 + draws.tail("late by", 140, entity), 0)
    early = (found.type == MOVE) & draws.chance("early", noise["announced"], entity)
    lag = np.where(early, -lag, lag)
    lag = np.where(found.cause == BOUNDARY, 0, lag)
    registered = found.day + lag
    last = number(CPR_INCREMENTS[-1]) - 1
    return np.where(found.day > LAST, last - lag % 14, registered)
