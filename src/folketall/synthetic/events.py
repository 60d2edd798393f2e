"""What happened to everybody, and what the CPR heard of it and when."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from folketall.model import deliveries as d
from folketall.synthetic import origins, rows
from folketall.synthetic.calendar import CPR_INCREMENTS, LAST, STOCK, cpr_delivery, day, number
from folketall.synthetic.draws import NEVER, Draws, rank_within
from folketall.synthetic.identity import Identity
from folketall.synthetic.localities import Localities
from folketall.synthetic.noise import Noise
from folketall.synthetic.paths import DWELLINGS, FIRST_STEP, Steps
from folketall.synthetic.world import IMMIGRANT, NOBODY, REFUGEE, Families, People

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BIRTH, IMMIGRATION, MOVE, EMIGRATION, DEATH = range(5)
TYPES = ("birth", "immigration", "move", "emigration", "death")
NO_CAUSE = -1
ORDINARY, ADMINISTRATIVE, BOUNDARY, TEMPORARY, POSTED, ASYLUM, EMBASSY = range(7)
CAUSES = (
    "ordinary", "administrative", "boundary_change", "temporary", "posted_abroad",
    "asylum_pending", "embassy_or_nato",
)  # fmt: skip
SVALBARD = 2111
UNHEARD_OF = 999
CLEAN_UPS = tuple(
    day(year, 6, 15) for year in (1993, 1994, 1995, 1997, 1998, *range(2012, 2025, 2))
)
"""When the administration struck out those who had left without a word."""


@dataclass(slots=True)
class Events:
    """What happened, one entry an event."""

    who: Ints
    type: Ints
    day: Ints
    code: Ints
    """The municipality after the event; -1 for none."""
    country: Ints
    """From or to; -1 for none."""
    cause: Ints
    locality: Ints
    """The place after the event; -1 for none."""

    def take(self, at: Ints | Bools) -> Events:
        return Events(*[getattr(self, field.name)[at] for field in fields(self)])


def _all(parts: list[Events]) -> Events:
    return Events(*[np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Events)])


def _events(
    who: Ints,
    kind: Ints | int,
    when: Ints,
    *,
    code: Ints | int = -1,
    country: Ints | int = -1,
    cause: int = NO_CAUSE,
    locality: Ints | int = -1,
) -> Events:
    columns = [
        np.broadcast_to(np.asarray(x, dtype=np.int64), who.shape)
        for x in (kind, when, code, country, cause, locality)
    ]
    return Events(who, *columns)


def happened(
    people: People, families: Families, steps: Steps, places: Localities, draws: Draws
) -> Events:
    """What truly happened: births, moves, reforms, deaths; by person and day."""
    found = _all([_openings(people, families, steps, places, draws), _reforms(steps, places),
                  _ends(people, families, draws)])  # fmt: skip
    # On one day a birth comes first, then reforms, a death last.
    place = np.select(
        [found.type == BIRTH, found.cause == BOUNDARY, found.type == DEATH], [0, 1, 3], 2
    )
    return found.take(np.lexsort((place, found.day, found.who)))


def _openings(
    people: People, families: Families, steps: Steps, places: Localities, draws: Draws
) -> Events:
    here, was_here = steps.place >= 0, steps.before >= 0
    start = steps.before == FIRST_STEP
    native = people.native[steps.who]
    kind = np.select(
        [here & start & native, here & ~was_here, here, was_here],
        [BIRTH, IMMIGRATION, MOVE, EMIGRATION],
        NOBODY,
    )
    locality = np.where(here, steps.place // DWELLINGS, NOBODY)
    code = np.where(here, places.code_on(np.maximum(locality, 0), steps.day), -1)
    away = _elsewhere(people, families, steps.who, draws)
    country = np.where(
        start & (kind == IMMIGRATION),
        families.country[steps.who],
        np.where((kind == IMMIGRATION) | (kind == EMIGRATION), away, -1),
    )
    found = _events(steps.who, kind, steps.day, code=code, country=country, locality=locality)
    return found.take(kind != NOBODY)


def _elsewhere(people: People, families: Families, who: Ints, draws: Draws) -> Ints:
    """Where a person goes abroad: immigrants mostly home."""
    home = families.country[who]
    returns = (home > 0) & draws.chance("home again", 0.6, people.number[who])
    return np.where(
        returns, home, origins.pick(origins.ABROAD, draws.unit("elsewhere", people.number[who]))
    )


def _reforms(steps: Steps, places: Localities) -> Events:
    """Boundary changes while a person lives there."""
    here = np.flatnonzero(steps.place >= 0)
    locality = steps.place[here] // DWELLINGS
    until = np.minimum(steps.until[here], LAST)
    row, when, code = places.steps(locality, steps.day[here], until)
    return _events(
        steps.who[here][row], MOVE, when, code=code, cause=BOUNDARY, locality=locality[row]
    )


def _ends(people: People, families: Families, draws: Draws) -> Events:
    ended = np.flatnonzero(people.stop < NEVER)
    died = people.death[ended] < NEVER
    away = _elsewhere(people, families, ended, draws)
    return _events(
        ended,
        np.where(died, DEATH, EMIGRATION),
        people.stop[ended],
        country=np.where(died, -1, away),
    )


def set_aside(
    people: People, families: Families, steps: Steps, places: Localities, draws: Draws
) -> tuple[Events, Ints]:
    """What changes no residence (H1, H2), and first immigrations as H2 counts them.

    Pending asylum seekers were counted from 1987 to 1994: then the first immigration is the day
    of the asylum application's.
    """
    first = np.flatnonzero(steps.first)
    locality = np.full(len(people), NOBODY)
    locality[steps.who[first]] = np.maximum(steps.place[first], 0) // DWELLINGS
    number_of = people.number
    arrival = families.arrival.copy()
    principal = (people.kind == REFUGEE) & (people.cell % 7 == 0)
    asylum = np.flatnonzero(principal & draws.chance("pending", 0.5, number_of))
    applied = arrival[asylum] - draws.whole("asylum wait", 90, 500, number_of[asylum])
    ok = (applied > people.birth[asylum] + 20) & (applied > day(1960, 1, 1))
    asylum, applied = asylum[ok], applied[ok]
    counted = (applied >= day(1987, 3, 1)) & (applied <= day(1994, 1, 31))
    arrival[asylum[counted]] = applied[counted]
    parts = [
        _events(
            asylum, IMMIGRATION, applied, country=families.country[asylum], cause=ASYLUM,
            code=places.code_on(locality[asylum], applied), locality=locality[asylum],
        )
    ]  # fmt: skip
    guest = np.flatnonzero(
        (people.kind == IMMIGRANT)
        & (people.reason == origins.EDUCATION)
        & draws.chance("embassy", 0.03, number_of)
    )
    came = arrival[guest] - 400
    parts.append(
        _events(
            guest, IMMIGRATION, came, country=families.country[guest], cause=EMBASSY,
            code=places.code_on(locality[guest], came), locality=locality[guest],
        )
    )  # fmt: skip
    grown = people.birth + 19 * 366 + draws.whole("special day", 0, 3000, number_of)
    able = (
        people.native & (grown + 900 < np.minimum(people.stop, STOCK)) & (grown > day(1965, 1, 1))
    )
    code = np.zeros(len(people), dtype=np.int64)
    code[able] = places.code_on(locality[able], grown[able])
    kind = draws.unit("special", number_of)
    for low, high, what, cause in (
        (0, 0.03, MOVE, TEMPORARY),
        (0.03, 0.036, EMIGRATION, POSTED),
        (0.036, 0.041, MOVE, NO_CAUSE),
    ):
        who = np.flatnonzero(able & (kind >= low) & (kind < high))
        abroad = what == EMIGRATION
        there = -1 if abroad else (code[who] if cause == TEMPORARY else SVALBARD)
        parts.append(
            _events(who, what, grown[who], country=684 if abroad else -1, cause=cause, code=there)
        )
        if abroad:
            back = grown[who] + 700
            parts.append(
                _events(
                    who, IMMIGRATION, back, country=684, cause=cause,
                    code=places.code_on(locality[who], back),
                )
            )  # fmt: skip
    return _all(parts), arrival


def reported(
    people: People,
    true: Events,
    aside: Events,
    identity: Identity,
    places: Localities,
    draws: Draws,
    noise: Noise,
) -> rows.Rows:
    """The rows of cpr/event: what was reported, when, in how many versions."""
    found = _all(
        [_told(people, true, draws, noise), aside, *_invented(people, true, places, draws, noise)]
    )
    order = np.lexsort((found.type, found.day, found.who))
    found = found.take(order)
    entity = people.number[found.who] * 1000 + rank_within(found.who, np.arange(len(found.who)))
    registered = _registered(found, entity, draws, noise)
    late = draws.unit("code", entity)
    coded = found.cause != BOUNDARY
    shifted = coded & (found.locality >= 0) & (late < noise["late_code"])
    code = found.code.copy()
    code[shifted] = places.code_on(found.locality[shifted], found.day[shifted] - 300)
    unheard = coded & (code > 0) & (late > 1 - noise["unknown_code"])
    code[unheard] = UNHEARD_OF
    plain = (found.cause == NO_CAUSE) & ((found.type == MOVE) | (found.type == IMMIGRATION))
    given = (found.cause == NO_CAUSE) & draws.chance("cause given", 0.5, entity)
    cause = np.where(given, ORDINARY, found.cause)
    base = _Version(
        found.who, entity, 0, found.type, found.day, registered, code, found.country, cause
    )
    return _rows(people, base, plain, identity, draws, noise)


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


def _rows(
    people: People, base: _Version, plain: Bools, identity: Identity, draws: Draws, noise: Noise
) -> rows.Rows:
    everyone = np.arange(len(base.who))
    fixed = plain & draws.chance("corrected", noise["corrected"], base.entity)
    fixed &= base.registered < LAST - 15
    corrected = everyone[fixed]
    phantom = (base.cause == NO_CAUSE) & (base.country == -3)
    annulled = everyone[phantom]
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
    parts = [
        base.part(everyone, 0, first, registered),
        base.part(corrected, 1, base.day[corrected], later),
        base.part(annulled, 2, base.day[annulled], np.minimum(gone, LAST)),
        base.part(again, 0, first[again], registered[again]),
    ]
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
    pins = identity.on(who, registered)
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
        # The country tells these apart until the rows are made; annulments say none.
        _events(
            true.who[phantom], MOVE, again[phantom], code=at(phantom, again[phantom]), country=-3
        ),
        _events(
            true.who[twice], IMMIGRATION, again[twice], code=at(twice, again[twice]), country=106
        ),
        _events(true.who[dead], MOVE, true.day[dead] + 30, code=301),
        _events(true.who[future], MOVE, soon, code=at(future, soon)),
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
