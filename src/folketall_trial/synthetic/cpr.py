"""The other tables of the CPR: persons, numbers, citizenship, marital status, DUF links."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from folketall.model import deliveries as d
from folketall_trial.synthetic import names, origins, rows
from folketall_trial.synthetic.calendar import CPR_FULL, LAST, STOCK, cpr_delivery, number
from folketall_trial.synthetic.draws import NEVER, Draws
from folketall_trial.synthetic.identity import NO_NUMBER, Identity
from folketall_trial.synthetic.lives import Lives
from folketall_trial.synthetic.world import NOBODY, REFUGEE, UNKNOWN_COUNTRY, Families, People

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def person(lives: Lives) -> rows.Rows:
    """A row for each number known at the end, and updates of some in the increments."""
    people, draws, noise = lives.people, lives.draws, lives.noise
    who_no = people.number
    start = np.where(people.native, people.birth, lives.families.arrival)
    known = start + draws.whole("known", 1, 14, who_no)
    updated = (lives.identity.old == NO_NUMBER) & draws.chance("updated", noise["updated"], who_no)
    updated &= known < number(CPR_FULL) - 40
    everyone = np.arange(len(people))
    two, again = everyone[lives.identity.old != NO_NUMBER], everyone[updated]
    who = np.r_[everyone, two, again]
    pin = np.r_[lives.identity.pin, lives.identity.old[two], lives.identity.pin[again]]
    registered = np.r_[
        np.where(lives.identity.old != NO_NUMBER, lives.identity.changed, known),
        known[two],
        LAST - draws.whole("renewed", 0, 38, who_no[again]),
    ]
    _, _, _, spelling = names.spellings()
    family = lives.identity.family[who]
    family[: len(everyone)][updated] += names.MISSPELT * spelling
    words = names.spellings()[0]
    columns = {
        "pin": rows.pin(pin),
        "given_name": rows.word(lives.identity.given[who], *words),
        "family_name": rows.word(family, *words),
        "birth_date": rows.days(lives.identity.birth[who]),
        "sex": rows.word(people.female[who].astype(np.int64), "1", "2"),
        **_ancestors(lives, who),
        "registration_date": rows.days(registered),
    }
    order = np.lexsort((registered, who))
    columns = {
        name: rows.Column(column.values[order], column.words, column.width)
        for name, column in columns.items()
    }
    return rows.Rows(
        d.CPR_PERSON,
        columns,
        cpr_delivery(registered[order]),
        pin[order] * 4 + (order >= len(people) + len(two)),
    )


def _ancestors(lives: Lives, who: Ints) -> dict[str, rows.Column]:
    """Own birth country; parents by number where known; countries of those before."""
    people, draws, noise = lives.people, lives.draws, lives.noise
    number_of = people.number
    birth = lives.families.country.copy()
    unit = draws.unit("birth country", number_of)
    foreign = people.immigrant
    birth[foreign & (unit < noise["birth_country_unknown"])] = UNKNOWN_COUNTRY
    birth[foreign & (unit < noise["birth_country_unknown"] / 2)] = -1
    shown: dict[str, rows.Column] = {"birth_country": rows.country(birth[who])}
    countries = {}
    for name, parent in (("mother", lives.families.mother), ("father", lives.families.father)):
        told = (parent != NOBODY) & ~draws.chance(
            f"{name} missing", noise["parent_missing"], number_of
        )
        shown[f"{name}_pin"] = rows.pin(np.where(told, lives.identity.now(parent), -1)[who])
        own = lives.families.country
        of_parent = np.where(parent != NOBODY, own[parent], own)
        silent = draws.chance(f"{name} country", 0.04, number_of) & (parent != NOBODY)
        countries[name] = np.where(silent, -1, of_parent)
    for name in ("mother", "father"):
        shown[f"{name}_birth_country"] = rows.country(countries[name][who])
    told = draws.chance("grandparents told", 0.5, number_of) & (lives.families.mother == NOBODY)
    for name in ("mother", "father"):
        for grand in ("mother", "father"):
            value = np.where(told, lives.families.country, -1)
            shown[f"{name}s_{grand}_birth_country"] = rows.country(value[who])
    return shown


def pin_change(identity: Identity) -> rows.Rows:
    """From D-number, or a wrong number, to the PIN."""
    who = np.flatnonzero(identity.old != NO_NUMBER)
    columns = {
        "old_pin": rows.pin(identity.old[who]),
        "new_pin": rows.pin(identity.pin[who]),
        "registration_date": rows.days(identity.changed[who]),
    }
    return rows.Rows(d.PIN_CHANGE, columns, cpr_delivery(identity.changed[who]), identity.pin[who])


def naturalised(people: People, families: Families, draws: Draws) -> Ints:
    """The day an immigrant becomes Norwegian: after some seven years; NEVER.

    Refugees who are residents do as their cell of the published tables says.
    """
    number_of = people.number
    cell = people.kind == REFUGEE
    wait = 2560 + draws.whole("naturalised", 0, 900, number_of)
    day = families.arrival + wait
    room = STOCK - 45 - families.arrival
    early = (
        families.arrival
        + 5
        + np.floor(draws.unit("naturalised early", number_of) * np.maximum(room, 1)).astype(
            np.int64
        )
    )
    day = np.where(cell & (day > STOCK - 45), early, day)
    eea = np.isin(families.country, origins.EEA)
    drawn = draws.chance("naturalises", np.where(eea, 0.12, 0.6), number_of)
    becomes = np.where(cell, people.cell % 28 // 14 == 0, people.immigrant & drawn)
    return np.where(becomes & (day < np.minimum(people.stop, LAST - 60)), day, NEVER)


def citizenship(lives: Lives) -> rows.Rows:
    """First citizenship, and the Norwegian one of those who are naturalised."""
    people, draws = lives.people, lives.draws
    number_of = people.number
    native = people.native
    start = np.where(native, people.birth, lives.families.arrival)
    everyone = np.arange(len(people))
    # Children born to immigrants: some are foreign citizens until they are of school age.
    born, mother, father = lives.families.country, lives.families.mother, lives.families.father
    both = native & (mother != NOBODY) & (born[mother] > 0)
    both &= (father == NOBODY) | (born[father] > 0)
    foreign = both & draws.chance("foreign child", 0.5, number_of)
    country = np.where(foreign, born[mother], born)
    child = people.birth + 2500 + draws.whole("child naturalised", 0, 1500, number_of)
    becomes = np.where(foreign & (child < np.minimum(people.stop, LAST - 60)), child, lives.becomes)
    since = np.where(~native & draws.chance("from birth", 0.4, number_of), people.birth, start)
    later = everyone[becomes < NEVER]
    who = np.r_[everyone, later]
    day = np.r_[since, becomes[later]]
    registered = np.r_[
        start + draws.whole("citizenship known", 1, 30, number_of),
        becomes[later] + draws.whole("naturalisation known", 1, 28, number_of[later]),
    ]
    value = np.r_[country, np.zeros(len(later), dtype=np.int64)]
    return _attribute(lives, d.CITIZENSHIP, who, day, registered, {"country": rows.country(value)})


STATUS = ("1", "2", "3", "4", "5", "6", "7", "8", "9")


def marital_status(lives: Lives) -> rows.Rows:
    """Every change of status; immigrants' earlier ones are registered on arrival."""
    people, draws = lives.people, lives.draws
    number_of = people.number
    known = np.where(people.native, people.birth, lives.families.arrival)
    everyone = np.arange(len(people))
    parts = []
    for status, day in (
        (0, people.birth),
        (1, lives.families.married),
        (4, lives.families.separated),
        (3, lives.families.divorced),
        (2, lives.families.widowed),
    ):
        who = everyone[day < NEVER]
        registered = np.maximum(day, known)[who] + draws.whole(
            f"status {status}", 1, 20, number_of[who]
        )
        parts.append((who, day[who], registered, np.full(len(who), status)))
    who, day, registered, became = (np.concatenate(x) for x in zip(*parts, strict=True))
    told = draws.chance("spouse told", 0.98, number_of[who]) & (became == 1)
    spouse = np.where(told, lives.identity.now(lives.families.partner[who]), -1)
    keep = day < people.stop[who] + 40
    return _attribute(
        lives,
        d.MARITAL_STATUS,
        who[keep],
        day[keep],
        registered[keep],
        {"status": rows.word(became[keep], *STATUS), "spouse_pin": rows.pin(spouse[keep])},
    )


def _attribute(
    lives: Lives,
    table: d.DeliveredTable,
    who: Ints,
    day: Ints,
    registered: Ints,
    values: dict[str, rows.Column],
) -> rows.Rows:
    people = lives.people
    order = np.lexsort((registered, day, who))
    columns = {
        "pin": rows.pin(lives.identity.on(who, registered)[order]),
        "from_date": rows.days(day[order]),
        "registration_date": rows.days(registered[order]),
    }
    for name, column in values.items():
        columns[name] = rows.Column(column.values[order], column.words, column.width)
    key = people.number[who] * 100_000 + day % 100_000
    return rows.Rows(table, columns, cpr_delivery(registered[order]), key[order])


def relatives(families: Families, shift: int = 0) -> Ints:
    """Somebody near, for mistakes: the mother, else the partner; NOBODY."""
    first, second = (families.mother, families.partner)[:: 1 if shift == 0 else -1]
    return np.where(first != NOBODY, first, second)


def duf_link(lives: Lives) -> rows.Rows:
    """The DUF numbers that the CPR knows; a few are tied to a relative."""
    people, draws, noise = lives.people, lives.draws, lives.noise
    parts = []
    for name, duf in (("duf", lives.identity.duf), ("second", lives.identity.second)):
        who = np.flatnonzero(duf != NO_NUMBER)
        missing = draws.chance(f"{name} link missing", noise["link_missing"], people.number[who])
        who = who[~missing]
        wait = draws.whole(f"{name} link", 3, 60, people.number[who])
        registered = lives.families.arrival[who] + wait
        other = relatives(lives.families)[who]
        wrong = (other != NOBODY) & draws.chance(
            f"{name} link wrong", noise["link_to_relative"], people.number[who]
        )
        parts.append((np.where(wrong, other, who), duf[who], registered))
    who, duf, registered = (np.concatenate(x) for x in zip(*parts, strict=True))
    columns = {
        "pin": rows.pin(lives.identity.on(who, registered)),
        "duf": rows.duf(duf),
        "registration_date": rows.days(registered),
    }
    return rows.Rows(d.DUF_LINK, columns, cpr_delivery(registered), duf)
