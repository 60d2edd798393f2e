"""C0-C8: the reason for the first immigration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from .dates import add_months, add_years, whole_years
from .known import Registers, Row, first_citizenship, registered_by, row_on_or_soon_after
from .persons import Link, Person, last_by_key
from .places import reference_rows

REASONS = ("refugee", "family", "labour", "education", "other", "unspecified")
DETAILS = ("asylum", "resettlement", "other", "unspecified")
NORDIC = ("000", "101", "102", "103", "104", "105", "106")  # with Greenland and the Faroes
FROM_CASES_AND_FILES = ("C1", "C2", "C3", "C4", "C5")


@dataclass
class First:
    """First immigration (F2, F3)."""

    person_id: int
    day: date
    registration_date: date | None
    source: str


@dataclass
class Case:
    case_id: str
    decided: date
    applied: date | None
    reason: str
    detail: str | None
    row: Row
    copied_reason: str = ""
    copied_detail: str | None = None


@dataclass
class Reason:
    reason: str | None
    detail: str | None
    case: Case | None
    rule: str


@cache
def codes(name: str) -> dict[str, tuple[str, str | None]]:
    return {
        row["code"]: (row["reason"], row["detail"] or None)
        for row in reference_rows(f"codes/{name}.csv")
    }


def specificity(reason: str, detail: str | None) -> int:
    if reason == "unspecified":
        return 0
    if reason == "refugee" and detail in (None, "unspecified"):
        return 1
    return 2


def effective(row: Row) -> tuple[str, str | None]:
    """C0: from reason, else legal basis, else permit type."""
    for name in ("reason", "legal_basis", "permit_type"):
        if row[name] is not None:
            reason, detail = codes(name)[row[name]]
            if reason != "unspecified":
                return reason, detail
    return "unspecified", None


def earliest(case: Case, reason: str, detail: str | None) -> tuple:
    """The tie order where the first is sought; the first is the smallest."""
    return (case.decided, case.applied or date.min, -specificity(reason, detail), case.case_id)


def latest(case: Case, reason: str, detail: str | None) -> tuple:
    """The tie order where the last is sought; the last is the largest."""
    return (case.decided, case.applied or date.min, specificity(reason, detail), case.case_id)


def cases_by_person(registers: Registers, linked: dict[str, Link]) -> dict[int, list[Case]]:
    found: dict[int, list[Case]] = {}
    for row in last_by_key(registers["udb_case"], "case_id"):
        person_id = linked[row["duf"]].person_id
        if person_id is None or row["decision_date"] is None or row["outcome"] != "granted":
            continue
        if row["case_type"] not in ("first_permit", "renewal", "settlement"):
            continue
        reason, detail = effective(row)
        case = Case(
            row["case_id"], row["decision_date"], row["application_date"], reason, detail, row
        )
        found.setdefault(person_id, []).append(case)
    for cases in found.values():
        copy_back(cases)
    return found


def copy_back(cases: list[Case]) -> None:
    """C0: from the earliest strictly later case that is more specific, as it stands itself."""
    for case in cases:
        case.copied_reason, case.copied_detail = case.reason, case.detail
        own = specificity(case.reason, case.detail)
        if own == 2:
            continue
        better = []
        for other in cases:
            if other.decided <= case.decided:
                continue
            if specificity(other.reason, other.detail) <= own:
                continue
            if case.reason != "unspecified" and other.reason != case.reason:
                continue
            better.append(other)
        if better:
            source = min(better, key=lambda other: earliest(other, other.reason, other.detail))
            case.copied_reason, case.copied_detail = source.reason, source.detail


def from_cases_and_files(
    first: First, cases: list[Case], files: dict[str, list[Row]], settings: Row
) -> Reason | None:
    """C1-C5."""
    registered = first.registration_date or first.day
    sufficient = [
        case for case in cases if specificity(case.copied_reason, case.copied_detail) >= 1
    ]

    def sought_last(case: Case) -> tuple:
        return latest(case, case.copied_reason, case.copied_detail)

    def sought_first(case: Case) -> tuple:
        return earliest(case, case.copied_reason, case.copied_detail)

    # C1
    oldest = add_years(first.day, -settings["case.max_age"])
    before = [case for case in sufficient if oldest <= case.decided <= registered]
    if before:
        return of_case(max(before, key=sought_last), "C1")
    # C2
    start, end = settings["residence.asylum_counted"]
    months = settings["case.after"]
    if start <= first.day <= end:
        months = settings["case.after_asylum_counted"]
    last_day = add_months(registered, months)
    after = [case for case in sufficient if registered < case.decided <= last_day]
    if after:
        return of_case(min(after, key=sought_first), "C2")
    # C3
    stated = [row for row in files["reason_2006"] if row["reason"] != "unspecified"]
    if stated:
        row = min(
            stated,
            key=lambda row: (
                row["reason"] != "refugee",
                -(row["reliability"] or 0.0),
                file_order(row),
            ),
        )
        return Reason(row["reason"], file_detail(row), None, "C3")
    # C4
    stated = [row for row in files["reason_1995_ed2004"] if row["reason"] != "unspecified"]
    if stated:
        row = min(stated, key=file_order)
        return Reason(row["reason"], file_detail(row), None, "C4")
    # C5
    if sufficient:
        nearest = min(
            sufficient,
            key=lambda case: (abs((case.decided - first.day).days), sought_first(case)),
        )
        return of_case(nearest, "C5")
    return None


def of_case(case: Case, rule: str) -> Reason:
    return Reason(case.copied_reason, case.copied_detail, case, rule)


def file_detail(row: Row) -> str | None:
    """Only refugees have details; one that is not stated is unspecified."""
    return (row["detail"] or "unspecified") if row["reason"] == "refugee" else None


def file_order(row: Row) -> tuple[int, int]:
    """The contract's order of reasons and details."""
    return (REASONS.index(row["reason"]), DETAILS.index(file_detail(row) or "unspecified"))


def reasons(
    firsts: dict[int, First],
    people: dict[int, Person],
    cases: dict[int, list[Case]],
    registers: Registers,
    ids: dict[str, int],
    known_at: date,
    settings: Row,
    imputed: dict[int, tuple[str, str | None]],
) -> dict[int, Reason]:
    files: dict[int, dict[str, list[Row]]] = {}
    for name in ("reason_2006", "reason_1995_ed2004"):
        for row in registers[f"reason_files_{name}"]:
            person_id = ids[row["pin"]]
            none: dict[str, list[Row]] = {"reason_2006": [], "reason_1995_ed2004": []}
            files.setdefault(person_id, none)[name].append(row)
    nothing: dict[str, list[Row]] = {"reason_2006": [], "reason_1995_ed2004": []}

    own: dict[int, Reason] = {}
    for person_id, first in firsts.items():
        found = from_cases_and_files(
            first, cases.get(person_id, []), files.get(person_id, nothing), settings
        )
        if found is not None:
            own[person_id] = found

    result = dict(own)
    for person_id, first in firsts.items():
        if person_id in own:
            continue
        person = people[person_id]
        inherited = from_parents(person, first, own, settings)
        if inherited is not None:
            result[person_id] = inherited
        elif is_imputed(person, first, own, firsts, people, known_at, settings):
            reason, detail = imputed.get(person_id, (None, None))
            result[person_id] = Reason(reason, detail, None, "C7")
        else:
            result[person_id] = Reason("unspecified", None, None, "C8")
    return result


def from_parents(
    person: Person, first: First, own: dict[int, Reason], settings: Row
) -> Reason | None:
    """C6: refugee before others, then the mother's."""
    if person.birth_date is None:
        return None
    if whole_years(person.birth_date, first.day) >= settings["inherit.under_age"]:
        return None
    parents = [own[parent] for parent in (person.mother_id, person.father_id) if parent in own]
    for parent in parents:
        if parent.reason == "refugee":
            return Reason(parent.reason, parent.detail, None, "C6")
    for parent in parents:
        return Reason(parent.reason, parent.detail, None, "C6")
    return None


def age_group(person: Person, first: First) -> str | None:
    if person.birth_date is None:
        return None
    age = whole_years(person.birth_date, first.day)
    if age < 18:
        return "0-17"
    if age < 30:
        return "18-29"
    if age < 50:
        return "30-49"
    return "50+"


def period(first: First) -> str | None:
    year = first.day.year
    if year < 1967:
        return None
    if year <= 1977:
        return "1967-77"
    if year <= 1986:
        return "1978-86"
    if year <= 1990:
        return "1987-90"
    if year <= 2003:
        return "1991-2003"
    return "2004-"


def is_imputed(
    person: Person,
    first: First,
    own: dict[int, Reason],
    firsts: dict[int, First],
    people: dict[int, Person],
    known_at: date,
    settings: Row,
) -> bool:
    """C7: whether the rule applies and there is a donor at all; the draw itself is not ours."""
    if first.day < settings["impute.from"] or age_group(person, first) is None:
        return False
    if citizenship_at_immigration(person, first, known_at) in NORDIC:
        return False
    for donor in own:
        if age_group(people[donor], firsts[donor]) == age_group(person, first) and period(
            firsts[donor]
        ) == period(first):
            return True
    return False


def citizenship_at_immigration(person: Person, first: First, known_at: date) -> str | None:
    """As M3 reads it for immigrations: on the day, else the earliest within 12 months."""
    row = row_on_or_soon_after(
        registered_by(person.citizenships, known_at),
        first.day,
        add_months(first.day, 12),
        first_citizenship,
    )
    return row["country"] if row else None
