"""L1-L6: the persons and their DUF numbers; F1: who is an immigrant."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from .known import Registers, Row, as_text, registered_by

Note = tuple[str, str, int | None, str, str | None]
"""rule, what, person_id, source_table, source_key"""
NORWAY, UNKNOWN_COUNTRY = "000", "990"


# --- L1: PINs ---------------------------------------------------------------------------------
@dataclass
class Chains:
    """PIN chains: each PIN led to its successor, where the row that says so is used."""

    successor: dict[str, str]
    notes: set[tuple[str, str]]  # what, PIN

    def newest(self, pin: str) -> str:
        while pin in self.successor:
            pin = self.successor[pin]
        return pin

    def age(self, pin: str) -> int:
        """How many changes a PIN lies before the newest."""
        steps = 0
        while pin in self.successor:
            pin = self.successor[pin]
            steps += 1
        return steps


def chains(pin_changes: list[Row]) -> Chains:
    to: dict[str, set[str]] = {}
    for row in pin_changes:
        to.setdefault(row["old_pin"], set()).add(row["new_pin"])

    def reached_from(pin: str) -> set[str]:
        reached: set[str] = set()
        waiting = [pin]
        while waiting:
            for after in to.get(waiting.pop(), set()):
                if after not in reached:
                    reached.add(after)
                    waiting.append(after)
        return reached

    found = Chains({}, set())
    for old in to:
        for new in to[old]:
            fork = len(to[old]) > 1
            cycle = new == old or old in reached_from(new)
            if fork:
                found.notes |= {("pin_fork", old), ("pin_fork", new)}
            if cycle:
                found.notes |= {("pin_cycle", old), ("pin_cycle", new)}
            if not fork and not cycle:
                found.successor[old] = new
    return found


def pin_groups(
    pin_changes: list[Row], other_pins: set[str] | None = None
) -> tuple[set[frozenset[str]], dict[frozenset[str], str], set[tuple[str, str]]]:
    """The PINs of each person; the newest of each group; (what, PIN) noted.

    `other_pins` are those seen elsewhere than in `pin_change`.
    """
    found = chains(pin_changes)
    pins = set(other_pins or set())
    for row in pin_changes:
        pins |= {row["old_pin"], row["new_pin"]}
    by_newest: dict[str, set[str]] = {}
    for pin in pins:
        by_newest.setdefault(found.newest(pin), set()).add(pin)
    newest = {frozenset(group): pin for pin, group in by_newest.items()}
    return set(newest), newest, found.notes


PIN_COLUMNS = (
    "pin", "old_pin", "new_pin", "mother_pin", "father_pin", "spouse_pin", "reference_pin",
)  # fmt: skip


def pins_seen(registers: Registers) -> set[str]:
    seen = set()
    for rows in registers.values():
        for row in rows:
            seen |= {row[name] for name in PIN_COLUMNS if row.get(name)}
    return seen


def own_ids(registers: Registers, known_at: date) -> dict[str, int]:
    """Ids of the twin's own, for tests that have no other: groups numbered by newest PIN."""
    changes = registered_by(registers["cpr_pin_change"], known_at)
    _, newest, _ = pin_groups(changes, pins_seen(registers))
    numbered = enumerate(sorted(newest, key=lambda group: newest[group]), 1)
    return {pin: number for number, group in numbered for pin in group}


def draws(
    registers: Registers, known_at: date, ids: dict[str, int], keyed_hash: Callable[[str], str]
) -> dict[int, int]:
    """L7: of each person 63 bits of the keyed hash of the first PIN of its chain."""
    found = chains(registered_by(registers["cpr_pin_change"], known_at))
    pins: dict[int, list[str]] = {}
    for pin, person_id in ids.items():
        pins.setdefault(person_id, []).append(pin)
    return {
        person_id: int(min((-found.age(pin), keyed_hash(pin)) for pin in own)[1][:16], 16) // 2
        for person_id, own in pins.items()
    }


# --- L1: attributes ---------------------------------------------------------------------------
@dataclass
class Person:
    person_id: int
    row: Row | None  # the `person` row that counts
    newest_pin: str
    mother_id: int | None = None
    father_id: int | None = None
    immigrant: bool = False
    country_background: str = NORWAY
    events: list[Row] = field(default_factory=list)  # at the run's K
    citizenships: list[Row] = field(default_factory=list)  # all; filter by registration
    marital_statuses: list[Row] = field(default_factory=list)

    def get(self, name: str) -> str | None:
        return None if self.row is None else self.row[name]

    @property
    def birth_date(self) -> date | None:
        return None if self.row is None else self.row["birth_date"]


def persons(
    registers: Registers, known_at: date, ids: dict[str, int], events: list[Row]
) -> tuple[dict[int, Person], set[Note]]:
    """L1: those with a `person` row or events, known at the run's K."""
    pins = chains(registered_by(registers["cpr_pin_change"], known_at))
    notes: set[Note] = {("L1", what, ids[pin], "pin_change", pin) for what, pin in pins.notes}
    rows_of: dict[int, list[Row]] = {}
    for row in registered_by(registers["cpr_person"], known_at):
        rows_of.setdefault(ids[row["pin"]], []).append(row)
    events_of: dict[int, list[Row]] = {}
    for event in events:
        events_of.setdefault(ids[event["pin"]], []).append(event)

    found: dict[int, Person] = {}
    for person_id in set(rows_of) | set(events_of):
        rows = rows_of.get(person_id, [])
        if rows:
            row = max(
                rows,
                key=lambda row: (
                    row["registration_date"],
                    row["delivered_on"],
                    -pins.age(row["pin"]),
                    as_text(row, "cpr_person"),
                ),
            )
            pin = pins.newest(row["pin"])
        else:
            row = None
            pin = pins.newest(events_of[person_id][0]["pin"])
            notes.add(("L1", "no_person", person_id, "event", pin))
        person = Person(person_id, row, pin, events=events_of.get(person_id, []))
        if row is not None and row["mother_pin"]:
            person.mother_id = ids[row["mother_pin"]]
        if row is not None and row["father_pin"]:
            person.father_id = ids[row["father_pin"]]
        found[person_id] = person
    for table, name in (("citizenship", "citizenships"), ("marital_status", "marital_statuses")):
        for row in registers[f"cpr_{table}"]:
            if ids[row["pin"]] in found:
                getattr(found[ids[row["pin"]]], name).append(row)
    return found, notes


# --- L2-L6: DUF numbers -----------------------------------------------------------------------
@dataclass
class Candidate:
    person_id: int
    newest_pin: str
    cpr_registered: date | None = None  # latest registration of CPR's link
    in_udb: bool = False
    score: int = 0


@dataclass
class Link:
    duf: str
    person_id: int | None
    method: str
    score: int | None


def birth_score(one: date | None, other: date | None) -> int:
    """L3."""
    if one is None or other is None:
        return 0
    if one == other:
        return 4
    if one.year == other.year:
        if (one.month, one.day) == (other.day, other.month):
            return 3
        if one.month == other.month:
            return 3
        if (1, 1) in ((one.month, one.day), (other.month, other.day)):
            return 3
        return 2
    if abs(one.year - other.year) == 1:
        return 1
    return 0


def score(person: Person | None, udb: Row | None) -> int:
    """L3: a candidate against the Aliens Register's birth date and sex."""
    if person is None or person.row is None or udb is None:
        return 0
    points = birth_score(person.row["birth_date"], udb["birth_date"])
    if person.row["sex"] is not None and person.row["sex"] == udb["sex"]:
        points += 2
    return points


def acceptable(candidate: Candidate, settings: Row) -> bool:
    if candidate.cpr_registered is not None and candidate.in_udb:
        return candidate.score >= settings["link.accept_both"]
    return candidate.score >= settings["link.accept_score"]


def links(
    registers: Registers,
    known_at: date,
    ids: dict[str, int],
    people: dict[int, Person],
    settings: Row,
) -> tuple[dict[str, Link], set[Note]]:
    pins = chains(registered_by(registers["cpr_pin_change"], known_at))
    udb = udb_rows(registers)
    duf_links = registered_by(registers["cpr_duf_link"], known_at)
    dufs = set(udb)
    dufs |= {row["duf"] for row in last_by_key(registers["udb_case"], "case_id")}
    dufs |= {row["duf"] for row in duf_links}

    found: dict[str, Link] = {}
    notes: set[Note] = set()
    for duf in sorted(dufs):
        # L2: candidates.
        candidates: dict[int, Candidate] = {}
        for row in duf_links:
            if row["duf"] == duf:
                pin, day = row["pin"], row["registration_date"]
                one = candidates.setdefault(ids[pin], Candidate(ids[pin], pins.newest(pin)))
                one.cpr_registered = max(one.cpr_registered or day, day)
        if duf in udb and udb[duf]["pin"]:
            pin = udb[duf]["pin"]
            one = candidates.setdefault(ids[pin], Candidate(ids[pin], pins.newest(pin)))
            one.in_udb = True
        # L3: control.
        for one in candidates.values():
            one.score = score(people.get(one.person_id), udb.get(duf))
        # L4: comparison.
        good = [one for one in candidates.values() if acceptable(one, settings)]
        taken = None
        if good:
            taken = min(
                good,
                key=lambda one: (
                    -one.score,
                    one.cpr_registered is None,
                    -one.cpr_registered.toordinal() if one.cpr_registered else 0,
                    one.newest_pin,
                ),
            )
            if len(candidates) > 1:
                method = "conflict_resolved"
            elif taken.cpr_registered is not None and taken.in_udb:
                method = "both_registers"
            elif taken.in_udb:
                method = "udb_only"
            else:
                method = "cpr_only"
            found[duf] = Link(duf, taken.person_id, method, taken.score)
        for one in candidates.values():
            if one is not taken:
                table = "person" if one.cpr_registered is None else "duf_link"
                notes.add(("L4", "link_refused", one.person_id, table, duf))

    # L5: exact match of the DUF numbers left.
    left = [duf for duf in sorted(dufs) if duf not in found]
    fits: dict[tuple, list[str]] = {}
    for duf in left:
        key = match_key(udb.get(duf))
        if key is not None:
            fits.setdefault(key, []).append(duf)
    fitting: dict[tuple, list[int]] = {}
    for person in people.values():
        key = match_key(person.row)
        if key is not None:
            fitting.setdefault(key, []).append(person.person_id)
    for duf in left:
        key = match_key(udb.get(duf))
        if key is not None and len(fits[key]) == 1 and len(fitting.get(key, [])) == 1:
            person_id = fitting[key][0]
            found[duf] = Link(duf, person_id, "exact_match", score(people[person_id], udb[duf]))
        else:
            found[duf] = Link(duf, None, "unlinked", None)
    return found, notes


def last_by_key(rows: list[Row], key: str) -> list[Row]:
    """Of a keyed table the row delivered last."""
    last: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: row["delivered_on"]):
        last[row[key]] = row
    return list(last.values())


def udb_rows(registers: Registers) -> dict[str, Row]:
    return {row["duf"]: row for row in last_by_key(registers["udb_person"], "duf")}


def match_key(row: Row | None) -> tuple | None:
    """L5: birth date, sex and normalised full name; None where one of them is missing."""
    if row is None or row["birth_date"] is None or row["sex"] is None:
        return None
    name = normalised(f"{row['given_name'] or ''} {row['family_name'] or ''}")
    return (row["birth_date"], row["sex"], name) if name else None


ICAO_9303 = {
    "ı": "i", "đ": "d", "ł": "l", "ß": "ss", "ð": "d", "þ": "th", "æ": "ae", "ø": "oe", "å": "aa",
}  # fmt: skip


def normalised(name: str) -> str:
    """L5: the words of the full name, as all ways of writing it have them, sorted."""
    for apostrophe in "'’‘`´ʼ":
        name = name.replace(apostrophe, "")
    words = [""]
    for letter in unicodedata.normalize("NFKD", name).lower():
        if unicodedata.combining(letter):
            continue
        if letter.isalpha():
            words[-1] += ICAO_9303.get(letter, letter)
        else:
            words.append("")
    short = [word.replace("aa", "a").replace("ae", "a").replace("oe", "o") for word in words]
    return " ".join(sorted(word for word in short if word))


# --- F1: who is an immigrant ------------------------------------------------------------------
def is_known(country: str | None) -> bool:
    return country is not None and country != UNKNOWN_COUNTRY


def birth_country(own: Person | None, *columns: str | None) -> str | None:
    """The own record where it is known, else the first column that is."""
    for country in (own.get("birth_country") if own else None, *columns):
        if is_known(country):
            return country
    return None


def origin(person: Person, people: dict[int, Person], immigrated: bool) -> None:
    """F1: set `immigrant` and `country_background`; no one without a `person` row is one."""
    if person.row is None:
        person.immigrant, person.country_background = False, NORWAY
        return
    row = person.row
    own = row["birth_country"]
    mother = people.get(person.mother_id)
    father = people.get(person.father_id)
    mothers = birth_country(mother, row["mother_birth_country"])
    fathers = birth_country(father, row["father_birth_country"])
    grandparents = []
    for side, parent in (("mother", mother), ("father", father)):
        for of_parent in ("mother", "father"):
            record = in_row = None
            if parent is not None:
                in_row = parent.get(f"{of_parent}_birth_country")
                record = people.get(parent.mother_id if of_parent == "mother" else parent.father_id)
            last = row[f"{side}s_{of_parent}_birth_country"]
            grandparents.append(birth_country(record, in_row, last))
    born_abroad = own != NORWAY if is_known(own) else immigrated
    parents_abroad = mothers != NORWAY and fathers != NORWAY
    person.immigrant = born_abroad and parents_abroad and NORWAY not in grandparents
    if person.immigrant:
        for country in (own, mothers, fathers):
            if is_known(country):
                person.country_background = country
                break
        else:
            person.country_background = UNKNOWN_COUNTRY
    elif (
        not born_abroad
        and parents_abroad
        and mothers is not None
        and fathers is not None
        and NORWAY not in grandparents
    ):
        person.country_background = mothers
    else:
        person.country_background = NORWAY
