"""What happened to everybody, and what the CPR heard of it and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from folketall_trial.synthetic import origins
from folketall_trial.synthetic.calendar import LAST, PENDING, STOCK, WAIT, day
from folketall_trial.synthetic.draws import NEVER, Draws
from folketall_trial.synthetic.lives import Lives
from folketall_trial.synthetic.localities import Localities
from folketall_trial.synthetic.paths import DWELLINGS, FIRST_STEP, Steps
from folketall_trial.synthetic.world import IMMIGRANT, NOBODY, REFUGEE, Families, People

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


def joined(parts: list[Events]) -> Events:
    return Events(*[np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Events)])


def events_of(
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


def happened(lives: Lives) -> Events:
    """What truly happened: births, moves, reforms, deaths; by person and day."""
    found = joined(
        [
            _openings(lives),
            _reforms(lives.steps, lives.places),
            _ends(lives.people, lives.families, lives.draws),
        ]
    )
    # On one day a birth comes first, then reforms, a death last.
    place = np.select(
        [found.type == BIRTH, found.cause == BOUNDARY, found.type == DEATH], [0, 1, 3], 2
    )
    return found.take(np.lexsort((place, found.day, found.who)))


def _openings(lives: Lives) -> Events:
    people, draws = lives.people, lives.draws
    steps = lives.steps
    here, was_here = steps.place >= 0, steps.before >= 0
    start = steps.before == FIRST_STEP
    native = people.native[steps.who]
    kind = np.select(
        [here & start & native, here & ~was_here, here, was_here],
        [BIRTH, IMMIGRATION, MOVE, EMIGRATION],
        NOBODY,
    )
    locality = np.where(here, steps.place // DWELLINGS, NOBODY)
    code = np.where(here, lives.places.code_on(np.maximum(locality, 0), steps.day), -1)
    away = _elsewhere(people, lives.families, steps.who, draws)
    country = np.where(
        start & (kind == IMMIGRATION),
        lives.families.country[steps.who],
        np.where((kind == IMMIGRATION) | (kind == EMIGRATION), away, -1),
    )
    found = events_of(steps.who, kind, steps.day, code=code, country=country, locality=locality)
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
    return events_of(
        steps.who[here][row], MOVE, when, code=code, cause=BOUNDARY, locality=locality[row]
    )


def _ends(people: People, families: Families, draws: Draws) -> Events:
    ended = np.flatnonzero(people.stop < NEVER)
    died = people.death[ended] < NEVER
    away = _elsewhere(people, families, ended, draws)
    return events_of(
        ended,
        np.where(died, DEATH, EMIGRATION),
        people.stop[ended],
        country=np.where(died, -1, away),
    )


def set_aside(lives: Lives) -> tuple[Events, Ints]:
    """What changes no residence (H1, H2), and first immigrations as H2 counts them.

    Pending asylum seekers were counted from 1987 to 1994: then the first immigration is the day
    of the asylum application's.
    """
    first = np.flatnonzero(lives.steps.first)
    locality = np.full(len(lives.people), NOBODY)
    locality[lives.steps.who[first]] = np.maximum(lives.steps.place[first], 0) // DWELLINGS
    arrival = lives.families.arrival.copy()
    pending = _pending_asylum(lives, locality, arrival)
    parts = [pending, _embassy(lives, locality, arrival), *_not_residence(lives, locality)]
    return joined(parts), arrival


def _pending_asylum(lives: Lives, locality: Ints, arrival: Ints) -> Events:
    """Asylum applications that were waited on; who was counted arrives then: `arrival` is set."""
    people, draws = lives.people, lives.draws
    principal = (people.kind == REFUGEE) & (people.cell % 7 == 0)
    asylum = np.flatnonzero(principal & draws.chance("pending", 0.5, people.number))
    applied = arrival[asylum] - draws.whole("asylum wait", *WAIT, people.number[asylum])
    ok = (applied > people.birth[asylum] + 20) & (applied > day(1960, 1, 1))
    asylum, applied = asylum[ok], applied[ok]
    counted = (applied >= PENDING[0]) & (applied <= PENDING[1])
    arrival[asylum[counted]] = applied[counted]
    return events_of(
        asylum, IMMIGRATION, applied, country=lives.families.country[asylum], cause=ASYLUM,
        code=lives.places.code_on(locality[asylum], applied), locality=locality[asylum],
    )  # fmt: skip


def _embassy(lives: Lives, locality: Ints, arrival: Ints) -> Events:
    """Some came first with an embassy or NATO."""
    people, draws = lives.people, lives.draws
    guest = np.flatnonzero(
        (people.kind == IMMIGRANT)
        & (people.reason == origins.EDUCATION)
        & draws.chance("embassy", 0.03, people.number)
    )
    came = arrival[guest] - 400
    return events_of(
        guest, IMMIGRATION, came, country=lives.families.country[guest], cause=EMBASSY,
        code=lives.places.code_on(locality[guest], came), locality=locality[guest],
    )  # fmt: skip


def _not_residence(lives: Lives, locality: Ints) -> Iterator[Events]:
    """Temporary moves, postings abroad and back, and moves to Svalbard."""
    people, draws = lives.people, lives.draws
    grown = people.birth + 19 * 366 + draws.whole("special day", 0, 3000, people.number)
    able = (
        people.native & (grown + 900 < np.minimum(people.stop, STOCK)) & (grown > day(1965, 1, 1))
    )
    code = np.zeros(len(people), dtype=np.int64)
    code[able] = lives.places.code_on(locality[able], grown[able])
    kind = draws.unit("special", people.number)
    for low, high, what, cause in (
        (0, 0.03, MOVE, TEMPORARY),
        (0.03, 0.036, EMIGRATION, POSTED),
        (0.036, 0.041, MOVE, NO_CAUSE),
    ):
        who = np.flatnonzero(able & (kind >= low) & (kind < high))
        abroad = what == EMIGRATION
        there = -1 if abroad else (code[who] if cause == TEMPORARY else SVALBARD)
        yield events_of(
            who, what, grown[who], country=684 if abroad else -1, cause=cause, code=there
        )
        if abroad:
            back = grown[who] + 700
            yield events_of(
                who, IMMIGRATION, back, country=684, cause=cause,
                code=lives.places.code_on(locality[who], back),
            )  # fmt: skip
