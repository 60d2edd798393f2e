"""S1-S5: the stock on 1 January and its accounts; M1-M3 and M6: the migrations of a year."""

from __future__ import annotations

from collections import Counter
from datetime import date

from .cases import Case, First, Reason, earliest
from .dates import ONE_DAY, add_months, last_of_february, whole_years
from .families import Reference
from .known import (
    Row,
    first_citizenship,
    first_marital_status,
    registered_by,
    row_on,
    row_on_or_soon_after,
)
from .persons import Person
from .places import led
from .residence import History, Kept

UNKNOWN = "unknown"


# --- Stock ------------------------------------------------------------------------------------
def stock_known_at(day: date, known_at: date, settings: Row) -> date:
    month, of_month = settings["stock.known_at"].split("-")
    return min(known_at, date(day.year, int(month), int(of_month)))


def before(history: History, day: date) -> Kept | None:
    """The last kept event before a day."""
    found = None
    for event in history.kept:
        if event.day < day:
            found = event
    return found


def municipality_on_1_january(history: History, day: date, own: dict[date, str]) -> str | None:
    """S1: where the person counts as resident, None if nowhere."""
    resident = False
    for spell in history.spells:
        if spell.from_date < day and (spell.to_date is None or spell.to_date >= day):
            resident = True
    if not resident:
        return None
    changed = None
    for event in history.kept:
        if event.effect == "boundary_change" and event.day == day:
            changed = event.municipality
    if changed is not None:
        return changed
    last = before(history, day)
    return led(last.municipality, last.day, day, own)


def municipality_from_last(history: History, start: date, end: date, own: dict[date, str]) -> str:
    """Where one resident on 1 January `start` lives, in the codes of a later day."""
    last = before(history, start)
    for event in history.kept:
        if event.effect == "boundary_change" and event.day == start:
            last = event
    return led(last.municipality, last.day, end, own)


def own_boundary_changes(history: History) -> dict[date, str]:
    """G1: the person's own boundary changes decide at a split; the last of a day."""
    return {
        event.day: event.municipality for event in history.kept if event.effect == "boundary_change"
    }


def background(person: Person | None) -> tuple[str, str, bool]:
    if person is None:
        return UNKNOWN, "000", False
    return person.get("sex") or UNKNOWN, person.country_background, person.immigrant


def population_row(
    day: date, person: Person | None, person_id: int, municipality: str, known_at: date
) -> tuple:
    sex, country, immigrant = background(person)
    age = None
    if person is not None and person.birth_date is not None:
        age = whole_years(person.birth_date, day)
    marital = citizen = None
    if person is not None:
        marital = row_on(
            registered_by(person.marital_statuses, known_at), day - ONE_DAY, first_marital_status
        )
        citizen = row_on(
            registered_by(person.citizenships, known_at), day - ONE_DAY, first_citizenship
        )
    return (
        day,
        person_id,
        municipality,
        age,
        sex,
        marital["status"] if marital else UNKNOWN,
        (citizen["country"] or UNKNOWN) if citizen else UNKNOWN,
        country,
        immigrant,
    )


def refugee_category(
    person_id: int,
    day: date,
    reasons: dict[int, Reason],
    references: dict[int, Reference],
    types: dict[int, tuple[str, str]],
    cases: dict[int, list[Case]],
    first: First,
    settings: Row,
) -> str | None:
    """S3 and S5."""
    reason = reasons[person_id]
    if reason.reason == "refugee":
        return reason.detail
    if settings["refugee.any_case"]:
        later = [
            case
            for case in cases.get(person_id, [])
            if case.copied_reason == "refugee" and first.day < case.decided < day
        ]
        if later:
            return min(
                later, key=lambda case: earliest(case, case.copied_reason, case.copied_detail)
            ).copied_detail
    if reason.reason == "family":
        reference = references[person_id].person_id
        if reference in reasons and reasons[reference].reason == "refugee":
            if types[person_id][0] == "enlargement":
                return "family_enlargement"
            if types[person_id][0] in ("accompanying", "reunification"):
                return "family_reunification"
            return "family_unspecified"
    return None


TERMS = (
    "stock_start", "births", "deaths", "immigrations", "emigrations", "in", "out", "opened_otherwise",
    "boundary_in", "boundary_out", "stock_end",
)  # fmt: skip


def accounts(histories: dict[int, History], year: int) -> Counter:
    """S4: (municipality of 1 January after the year, term) -> persons, at the run's K."""
    start, end = date(year, 1, 1), date(year + 1, 1, 1)
    terms: Counter = Counter()
    for history in histories.values():
        own = own_boundary_changes(history)
        was = municipality_on_1_january(history, start, own)
        if was is not None:
            # From where it was last reported: what was taken in may be its own again.
            terms[municipality_from_last(history, start, end, own), "stock_start"] += 1
        will_be = municipality_on_1_january(history, end, own)
        if will_be is not None:
            terms[will_be, "stock_end"] += 1
        for event in history.kept:
            if account_year(event, history) != year:
                continue
            left = to = None
            if event.left is not None:
                left = led(event.left, event.left_since, end, own)
            if event.municipality is not None:
                to = led(event.municipality, event.day, end, own)
            if event.effect == "birth":
                terms[to, "births"] += 1
            elif event.effect == "death":
                terms[left, "deaths"] += 1
            elif event.effect == "immigration":
                terms[to, "immigrations"] += 1
            elif event.effect == "emigration":
                terms[left, "emigrations"] += 1
            elif event.effect == "opened":
                terms[to, "opened_otherwise"] += 1
            elif left != to and event.effect == "move":
                terms[to, "in"] += 1
                terms[left, "out"] += 1
            elif left != to and event.effect == "boundary_change":
                terms[to, "boundary_in"] += 1
                terms[left, "boundary_out"] += 1
    return terms


def account_year(event: Kept, history: History) -> int:
    """A boundary change dated 1 January already counts in the stock of that day."""
    if event.effect == "boundary_change" and (event.day.month, event.day.day) == (1, 1):
        last = before(history, event.day)
        if last is not None and last.municipality is not None:
            return event.day.year - 1
    return event.day.year


def difference(terms: Counter, municipality: str) -> int:
    """S4: what is left unexplained; must be 0."""

    def of(term: str) -> int:
        return terms[municipality, term]

    change = (
        of("births") - of("deaths") + of("immigrations") - of("emigrations") + of("in") - of("out")
        + of("opened_otherwise") + of("boundary_in") - of("boundary_out")
    )  # fmt: skip
    return of("stock_end") - of("stock_start") - change


# --- Flows ------------------------------------------------------------------------------------
def migrations_known_at(year: int, known_at: date, settings: Row) -> date | None:
    """M2's K; None when the year's figures cannot be made yet."""
    if year < 1985:
        return known_at
    if year == 1998:
        day = date(2000, 2, 29)
    elif settings["migration.known_at"] == "02-29":
        day = last_of_february(year + 1)
    else:
        month, of_month = settings["migration.known_at"].split("-")
        day = date(year + 1, int(month), int(of_month))
    return day if day <= known_at else None


def counts_in(year: int, event: Kept) -> bool:
    """M2: whether the year's figures cover the event, of those known at its K."""
    happened, registered = event.day.year, event.registration_date
    if year < 1985 or year >= 1999:
        return happened == year
    if year == 1998:
        if happened == 1998:
            return True
        return 1985 <= happened <= 1997 and registered >= date(1998, 3, 1)
    if happened == year:
        return registered <= last_of_february(year + 1)
    if happened == year - 1 and happened >= 1985:
        return registered > last_of_february(year)
    return False


def kind_of(event: Kept) -> tuple[str, str | None, str | None] | None:
    """M1: kind, municipality left and moved to; None for what is no migration."""
    if event.effect == "immigration":
        return "immigration", None, event.municipality
    if event.effect == "emigration":
        return "emigration", led(event.left, event.left_since, event.day), None
    if event.effect == "move":
        left = led(event.left, event.left_since, event.day)
        if left != event.municipality:
            return "internal", left, event.municipality
        if event.day.year >= 1999:
            return "intramunicipal", left, event.municipality
    return None


def migration_rows(
    year: int, known_at: date, histories: dict[int, History], people: dict[int, Person]
) -> list[tuple]:
    rows = []
    for person_id, history in histories.items():
        for event in history.kept:
            kind = kind_of(event)
            if kind is not None and counts_in(year, event):
                rows.append(migration_row(year, known_at, event, kind, person_id, people))
    return rows


def migration_row(
    year: int, known_at: date, event: Kept, kind: tuple, person_id: int, people: dict[int, Person]
) -> tuple:
    person = people.get(person_id)
    sex, country_background, _ = background(person)
    day = event.day if kind[0] == "immigration" else event.day - ONE_DAY
    limit = add_months(day, 12)
    age = None
    marital = citizen = None
    if person is not None:
        if person.birth_date is not None:
            age = year - person.birth_date.year
        marital = row_on_or_soon_after(
            registered_by(person.marital_statuses, known_at), day, limit, first_marital_status
        )
        citizen = row_on_or_soon_after(
            registered_by(person.citizenships, known_at), day, limit, first_citizenship
        )
    abroad = kind[0] in ("immigration", "emigration")
    return (
        year,
        event.event_id,
        person_id,
        kind[0],
        event.day,
        event.registration_date,
        kind[1],
        kind[2],
        event.country if abroad else None,
        age,
        sex,
        marital["status"] if marital else UNKNOWN,
        (citizen["country"] or UNKNOWN) if citizen else UNKNOWN,
        country_background,
        kind[0] == "emigration" and event.cause == "administrative",  # M6
    )
