"""The whole person-level method once more, slow and obvious: the oracle for the Spark line.

Written from METHOD.md and CONTRACT.md alone. One person at a time, plain loops; every reading at
another K is made anew from the rows known at that K. The one thing it leaves out are draws: who
is imputed (C7) has no reason here unless `imputed` gives it, and nobody is linked by probability.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from .cases import First, cases_by_person, reasons
from .dates import whole_years
from .families import Families, stated_reference
from .figures import (
    TERMS,
    accounts,
    migration_rows,
    migrations_known_at,
    municipality_on_1_january,
    population_row,
    refugee_category,
    stock_known_at,
)
from .known import Registers, Row, counted, known_events, registered_by, rows_by_event
from .numbers import keyed_hash
from .persons import Person, draws, links, origin, own_ids, persons
from .residence import History, history

DEFAULTS: dict[str, Any] = {
    "link.accept_score": 4,
    "link.accept_both": 2,
    "residence.no_change_prefixes": ("21", "22", "23"),
    "residence.asylum_counted": (date(1987, 3, 1), date(1994, 1, 31)),
    "residence.short_stay": {"stay": 6, "101": 3, "106": 12, "103": 12, "other": 6},
    "case.max_age": 5,
    "case.after": 24,
    "case.after_asylum_counted": 60,
    "inherit.under_age": 18,
    "impute.from": date(1967, 1, 1),
    "reference.accompany": 120,
    "reference.marriage_after": 12,
    "unification.marriage_limit": 90,
    "unification.accompany": 120,
    "stock.known_at": "01-31",
    "refugee.any_case": False,
    "migration.known_at": "02-29",
}
COLUMNS = {
    "person": (
        "person_id", "birth_date", "sex", "birth_country", "mother_id", "father_id", "immigrant",
        "country_background",
    ),
    "person_link": ("duf", "person_id", "method", "score"),
    "residence_spell": ("person_id", "from_date", "to_date", "municipality"),
    "first_immigration": ("person_id", "first_immigration_date", "registration_date", "source"),
    "reason_for_immigration": ("person_id", "reason", "detail", "case_id", "rule"),
    "reference_person": ("person_id", "reference_id", "relation", "source"),
    "family_unification": ("person_id", "type", "source"),
    "population": (
        "reference_date", "person_id", "municipality", "age", "sex", "marital_status",
        "citizenship", "country_background", "immigrant",
    ),
    "refugee_population": (
        "reference_date", "person_id", "municipality", "age", "sex", "marital_status",
        "citizenship", "country_background", "immigrant", "category", "first_immigration_date",
        "years_of_residence", "rule",
    ),
    "migration": (
        "year", "event_id", "person_id", "kind", "event_date", "registration_date",
        "from_municipality", "to_municipality", "country", "age", "sex", "marital_status",
        "citizenship", "country_background", "administrative",
    ),
    "accounts": ("year", "municipality", "term", "persons"),
    "inconsistency": ("rule", "what", "person_id", "source_table", "source_key"),
}  # fmt: skip
"""The contract's columns of each table that `run` makes, in the order of its tuples."""
OWN_HASH = partial(keyed_hash, "the twin's own")
BY_PIN = ("L1", "K2", "F3")
"""Rules whose notes name a PIN, by its hash."""


def run(
    registers: Registers,
    known_at: date,
    first_year: int,
    last_year: int,
    settings: Row | None = None,
    ids: dict[str, int] | None = None,
    pin_hash: Callable[[str], str] = OWN_HASH,
    imputed: dict[int, tuple[str, str | None]] | None = None,
) -> dict[str, list[tuple]]:
    """Every table as a sorted list of tuples in the columns of `COLUMNS`.

    `ids` are person ids by PIN, where another line made them. `imputed` gives, by person id, the
    reason and detail that another line drew for those imputed, so that P, T and S can follow it.
    """
    chosen = {**DEFAULTS, **(settings or {})}
    ids = ids if ids is not None else own_ids(registers, known_at)
    by_event = rows_by_event(registers["cpr_event"])
    people, notes = persons(registers, known_at, ids, known_events(by_event, known_at))
    linked, refused = links(registers, known_at, ids, people, chosen)
    notes |= refused

    histories = histories_at(by_event, known_at, ids, chosen)
    for person in people.values():
        origin(person, people, has_immigration(histories.get(person.person_id)))
    firsts = first_immigrations(people, histories, registers, ids)
    cases = cases_by_person(registers, linked)
    why = reasons(firsts, people, cases, registers, ids, known_at, chosen, imputed or {})

    drawn = draws(registers, known_at, ids, pin_hash)
    families = Families(people, histories, firsts, ids, known_at, chosen, drawn)
    references, types = {}, {}
    for person_id, reason in why.items():
        if reason.reason == "family":
            stated = stated_reference(reason, ids, linked)
            references[person_id] = families.reference(person_id, stated)
            family_type = reason.case.row["family_type"] if reason.case else None
            types[person_id] = families.unification(person_id, references[person_id], family_type)

    tables: dict[str, list[tuple]] = {name: [] for name in COLUMNS}
    for person in people.values():
        tables["person"].append(person_row(person))
    for link in linked.values():
        tables["person_link"].append((link.duf, link.person_id, link.method, link.score))
    for person_id, found in histories.items():
        for spell in found.spells:
            tables["residence_spell"].append(
                (person_id, spell.from_date, spell.to_date, spell.municipality)
            )
        for rule, what, event_id in found.notes:
            notes.add((rule, what, person_id, "event", event_id))
    for first in firsts.values():
        tables["first_immigration"].append(
            (first.person_id, first.day, first.registration_date, first.source)
        )
    for person_id, reason in why.items():
        case_id = reason.case.case_id if reason.case else None
        tables["reason_for_immigration"].append(
            (person_id, reason.reason, reason.detail, case_id, reason.rule)
        )
    for person_id, reference in references.items():
        tables["reference_person"].append(
            (person_id, reference.person_id, reference.relation, reference.source)
        )
        tables["family_unification"].append((person_id, *types[person_id]))

    for year in range(first_year, last_year + 1):
        day = date(year, 1, 1)
        stock_known = stock_known_at(day, known_at, chosen)
        for person_id, found in histories_at(by_event, stock_known, ids, chosen).items():
            municipality = municipality_on_1_january(found, day, {})
            if municipality is None:
                continue
            person = people.get(person_id)
            row = population_row(day, person, person_id, municipality, stock_known)
            tables["population"].append(row)
            first = firsts.get(person_id)
            if first is None or first.day >= day:
                continue
            category = refugee_category(
                person_id, day, why, references, types, cases, first, chosen
            )
            if category is not None:
                years = whole_years(first.day, day)
                tables["refugee_population"].append(
                    (*row, category, first.day, years, why[person_id].rule)
                )
        year_known = migrations_known_at(year, known_at, chosen)
        if year_known is not None:
            seen = histories_at(by_event, year_known, ids, chosen)
            tables["migration"] += migration_rows(year, year_known, seen, people)
        if year < last_year:
            for (municipality, term), persons_ in accounts(histories, year).items():
                tables["accounts"].append((year, municipality, term, persons_))

    tables["inconsistency"] = [
        (rule, what, person_id, table, pin_hash(key) if key and rule in BY_PIN else key)
        for rule, what, person_id, table, key in [*notes, *notes_of_rows(registers, known_at, ids)]
    ]
    return {name: sorted(rows, key=repr) for name, rows in tables.items()}


def histories_at(by_event: dict, known_at: date, ids: dict[str, int], settings: Row) -> dict:
    """Everyone's residence history from the events known on a day."""
    events_of: dict[int, list[Row]] = {}
    for event in known_events(by_event, known_at):
        events_of.setdefault(ids[event["pin"]], []).append(event)
    return {person_id: history(events, settings) for person_id, events in events_of.items()}


def has_immigration(found: History | None) -> bool:
    return found is not None and any(event.effect == "immigration" for event in found.kept)


def first_immigrations(
    people: dict[int, Person], histories: dict, registers: Registers, ids: dict[str, int]
) -> dict[int, First]:
    """F2 and F3, of immigrants ever resident."""
    census: dict[int, list[date]] = {}
    for row in registers["census_resident"]:
        day = date(int(row["census_year"]), 11, 1)
        if row["immigration_year"] is not None and not bad_year(row):
            day = date(row["immigration_year"], 7, 1)
        census.setdefault(ids[row["pin"]], []).append(day)

    firsts = {}
    for person in people.values():
        if not person.immigrant:
            continue
        found = histories.get(person.person_id, History())
        evidence = []  # day, order at a tie, source, registration
        for event in found.kept:
            if event.effect == "immigration":
                evidence.append((event.day, 0, "event", event.registration_date))
                break
        for day in census.get(person.person_id, []):
            evidence.append((day, 1, "census", None))
        if found.spells and found.spells[0].opened_by != "immigration":
            evidence.append((found.spells[0].from_date, 2, "residence", None))
        if evidence:
            day, _, source, registered = min(evidence, key=lambda one: (one[0], one[1]))
            firsts[person.person_id] = First(person.person_id, day, registered, source)
    return firsts


def bad_year(row: Row) -> bool:
    """F3: a year of immigration before 1850 or after the census."""
    year = row["immigration_year"]
    return year is not None and not 1850 <= year <= int(row["census_year"])


def notes_of_rows(
    registers: Registers, known_at: date, ids: dict[str, int]
) -> list[tuple[str, str, int, str, str]]:
    """K2 and F3: oddities of rows without a number of their own, one for each."""
    found = []
    for row in registers["census_resident"]:
        if bad_year(row):
            found.append(("F3", "bad_year", ids[row["pin"]], "resident", row["pin"]))
    days: dict[tuple[int, date], list[Row]] = {}
    for row in registered_by(registers["cpr_marital_status"], known_at):
        days.setdefault((ids[row["pin"]], row["from_date"]), []).append(row)
    for (person_id, _), rows in days.items():
        if len({row["status"] for row in rows}) > 1:
            pin = min(row["pin"] for row in rows)
            found.append(("K2", "same_day_status", person_id, "marital_status", pin))
    return found


def person_row(person: Person) -> tuple:
    return (
        person.person_id,
        person.birth_date,
        person.get("sex"),
        person.get("birth_country"),
        person.mother_id,
        person.father_id,
        person.immigrant,
        person.country_background,
    )


__all__ = ["COLUMNS", "DEFAULTS", "TERMS", "counted", "run"]
