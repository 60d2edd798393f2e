"""What is true in the synthetic world: what the evaluation holds the line's output against."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from folketall.model.deliveries import DETAILS, REASONS
from folketall_trial.synthetic import rows
from folketall_trial.synthetic.draws import NEVER
from folketall_trial.synthetic.events import (
    BIRTH,
    BOUNDARY,
    DEATH,
    EMIGRATION,
    IMMIGRATION,
    MOVE,
    Events,
)
from folketall_trial.synthetic.identity import NO_NUMBER
from folketall_trial.synthetic.lives import Lives
from folketall_trial.synthetic.other_sources import _DETAIL_OF, _REASON_OF
from folketall_trial.synthetic.world import FAMILY_TYPES, NOBODY, RELATIONS, People

Ints = NDArray[np.int64]
TABLES = ("person", "pin", "duf", "residence", "move")
KINDS = ("immigration", "emigration", "internal", "intramunicipal")


def truth(lives: Lives, events: Events, first_immigration: Ints) -> dict[str, pa.Table]:
    """Who is who, the true reason, reference and type, residence and moves.

    Args:
        people: everybody of a shard.
        families: their families.
        identity: their numbers.
        events: what happened, sorted by person and day.
        grounds: of each immigrant's stay.
        first_immigration: of each immigrant, as H2 counts pending asylum seekers.
    """
    people = lives.people
    return {
        "person": _person(lives, first_immigration),
        "pin": _numbers(people, "pin", lives.identity.pin, lives.identity.old),
        "duf": _numbers(people, "duf", lives.identity.duf, lives.identity.second),
        "residence": _residence(people, events),
        "move": _moves(people, events),
    }


def _table(columns: dict[str, pa.Array | rows.Column]) -> pa.Table:
    return pa.table(
        {
            name: column.arrow() if isinstance(column, rows.Column) else column
            for name, column in columns.items()
        }
    )


def _person(lives: Lives, first: Ints) -> pa.Table:
    people = lives.people
    immigrant = people.immigrant
    mother, father = lives.families.mother, lives.families.father
    # F1: born in Norway to two parents born abroad has the mother's country as background.
    of_mother = np.where(mother != NOBODY, lives.families.country[mother], 0)
    of_father = np.where(father != NOBODY, lives.families.country[father], of_mother)
    background = np.where(
        immigrant, lives.families.country, np.where((of_mother > 0) & (of_father > 0), of_mother, 0)
    )
    reason = np.where(immigrant, np.array(_REASON_OF)[lives.grounds], -1)
    detail = np.where(immigrant, np.array(_DETAIL_OF)[lives.grounds], -1)
    by_family = lives.families.family != NOBODY
    reference = np.where(by_family, lives.families.reference, NOBODY)
    no = np.where(reference != NOBODY, people.number[reference], -1)
    return _table(
        {
            "person_no": pa.array(people.number),
            "birth_date": rows.days(lives.identity.birth),
            "sex": rows.word(people.female.astype(np.int64), "1", "2"),
            "birth_country": rows.country(lives.families.country),
            "country_background": rows.country(background),
            "immigrant": pa.array(immigrant),
            "first_immigration_date": rows.days(np.where(immigrant, first, NEVER)),
            "reason": rows.word(reason, *REASONS),
            "detail": rows.word(detail, *DETAILS),
            "reference_no": pa.array(no, mask=no < 0),
            "relation": rows.word(np.where(by_family, lives.families.relation, -1), *RELATIONS),
            "family_type": rows.word(lives.families.family, *FAMILY_TYPES),
        }
    )


def _numbers(people: People, name: str, first: Ints, second: Ints) -> pa.Table:
    one, two = (np.flatnonzero(x != NO_NUMBER) for x in (first, second))
    who = np.r_[one, two]
    values = np.r_[first[one], second[two]]
    order = np.argsort(who, kind="stable")
    column = rows.pin(values[order]) if name == "pin" else rows.duf(values[order])
    return _table({name: column, "person_no": pa.array(people.number[who[order]])})


def _residence(people: People, events: Events) -> pa.Table:
    """Unbroken stays in one municipality; a reform begins another."""
    who, day = events.who, events.day
    following = np.r_[np.where(who[1:] == who[:-1], day[1:], NEVER), NEVER]
    same = np.r_[False, (who[1:] == who[:-1]) & (events.code[1:] == events.code[:-1])]
    here = events.code >= 0
    opens = here & ~same
    # A stay lasts to the next event that is not in the same place.
    at = np.flatnonzero(opens)
    end = np.flatnonzero(here & np.r_[~same[1:], True])
    return _table(
        {
            "person_no": pa.array(people.number[who[at]]),
            "from_date": rows.days(day[at]),
            "to_date": rows.days(following[end]),
            "municipality": rows.municipality(events.code[at]),
        }
    )


def _moves(people: People, events: Events) -> pa.Table:
    """Moves as M1 counts them."""
    who = events.who
    previous = np.r_[-1, np.where(who[1:] == who[:-1], events.code[:-1], -1)]
    kind = np.full(len(who), NOBODY)
    own = (events.cause != BOUNDARY) & (events.type != BIRTH) & (events.type != DEATH)
    kind[own & (events.type == IMMIGRATION)] = 0
    kind[own & (events.type == EMIGRATION)] = 1
    moved = own & (events.type == MOVE)
    kind[moved] = np.where(previous[moved] == events.code[moved], 3, 2)
    at = np.flatnonzero(kind != NOBODY)
    return _table(
        {
            "person_no": pa.array(people.number[who[at]]),
            "kind": rows.word(kind[at], *KINDS),
            "event_date": rows.days(events.day[at]),
            "from_municipality": rows.municipality(np.where(kind[at] == 0, -1, previous[at])),
            "to_municipality": rows.municipality(events.code[at]),
            "country": rows.country(events.country[at]),
        }
    )
