"""P1-P3: the reference person; T1-T3: the type of family unification."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from .cases import First, Reason
from .dates import add_months
from .known import Row, first_marital_status
from .persons import Person
from .residence import History

NO_DATE = date.max


@dataclass
class Reference:
    person_id: int | None
    relation: str | None
    source: str
    cpr_relation: str | None = None
    married: date | None = None


@dataclass
class Families:
    """What is known of everyone, at the run's K."""

    people: dict[int, Person]
    histories: dict[int, History]
    firsts: dict[int, First]
    ids: dict[str, int]
    known_at: date
    settings: Row
    draws: dict[int, int] = field(default_factory=dict)
    of_person: dict[int, list[tuple[int, date, date | None]]] = field(default_factory=dict)

    def first_residence(self, person_id: int) -> date | None:
        if person_id in self.firsts:
            return self.firsts[person_id].day
        spells = self.histories[person_id].spells if person_id in self.histories else []
        return spells[0].from_date if spells else None

    def possible(self, immigrant: int, other: int | None) -> bool:
        """Another person, resident on some day from the immigration to the limit after it."""
        if other is None or other == immigrant or other not in self.histories:
            return False
        start = self.firsts[immigrant].day
        end = start + timedelta(days=self.settings["reference.accompany"])
        for spell in self.histories[other].spells:
            if spell.from_date <= end and (spell.to_date is None or spell.to_date > start):
                return True
        return False

    def marriages(self, person_id: int) -> list[tuple[int, date, date | None]]:
        """Spouse, first day and day of the end of each marriage in one's own records (P2)."""
        if person_id not in self.of_person:
            self.of_person[person_id] = self.read_marriages(person_id)
        return self.of_person[person_id]

    def read_marriages(self, person_id: int) -> list[tuple[int, date, date | None]]:
        person = self.people.get(person_id)
        if person is None:
            return []
        by_day: dict[date, list[Row]] = {}
        for row in person.marital_statuses:
            if row["registration_date"] <= self.known_at:
                by_day.setdefault(row["from_date"], []).append(row)
        rows = [first_marital_status(by_day[day]) for day in sorted(by_day)]
        found = []
        for number, row in enumerate(rows):
            if row["status"] not in ("2", "6") or row["spouse_pin"] is None:
                continue
            spouse = self.ids[row["spouse_pin"]]
            end = None
            for after in rows[number + 1 :]:
                other_status = after["status"] not in ("2", "6", "5", "7")
                other_spouse = (
                    after["spouse_pin"] is not None and self.ids[after["spouse_pin"]] != spouse
                )
                if other_status or other_spouse:
                    end = after["from_date"]
                    break
            found.append((spouse, row["from_date"], end))
        return found

    def qualifying_marriages(self, immigrant: int) -> dict[int, date]:
        """P2: spouse -> start of the earliest marriage that qualifies, in either's records."""
        day = self.firsts[immigrant].day
        last = add_months(day, self.settings["reference.marriage_after"])
        both_ways = [(spouse, start, end) for spouse, start, end in self.marriages(immigrant)]
        for other in self.people:
            for spouse, start, end in self.marriages(other):
                if spouse == immigrant:
                    both_ways.append((other, start, end))
        found: dict[int, date] = {}
        for spouse, start, end in both_ways:
            if start <= last and (end is None or end >= day):
                found[spouse] = min(start, found.get(spouse, start))
        return found

    def relations(self, immigrant: int) -> list[tuple[str, set[int]]]:
        """What others are to the immigrant, the closest relation first."""
        own = self.people[immigrant]
        parents = {parent for parent in (own.mother_id, own.father_id) if parent is not None}
        children, siblings = set(), set()
        for other in self.people.values():
            others = {parent for parent in (other.mother_id, other.father_id) if parent is not None}
            if immigrant in others:
                children.add(other.person_id)
            if parents & others:
                siblings.add(other.person_id)
        return [
            ("spouse", set(self.qualifying_marriages(immigrant))),
            ("parent", parents),
            ("child", children),
            ("sibling", siblings),
        ]

    def reference(self, immigrant: int, stated: int | None) -> Reference:
        relations = self.relations(immigrant)
        found = Reference(None, None, "none")  # P3
        if self.possible(immigrant, stated):  # P1
            found = Reference(stated, "stated", "udb")
        else:  # P2
            for relation, others in relations:
                possible = [other for other in others if self.possible(immigrant, other)]
                if possible:
                    nearest = min(
                        possible,
                        key=lambda other: (
                            self.first_residence(other) or NO_DATE,
                            self.draws[other],
                        ),
                    )
                    found = Reference(nearest, relation, "cpr")
                    break
        if found.person_id is not None:
            for relation, others in relations:
                if found.person_id in others:
                    found.cpr_relation = relation
                    break
            found.married = self.qualifying_marriages(immigrant).get(found.person_id)
        return found

    def unification(
        self, immigrant: int, reference: Reference, stated: str | None
    ) -> tuple[str, str]:
        """T1-T3: type and source."""
        if stated is not None and not self.contradicted(reference, stated):
            return stated, "udb"  # T1
        by_dates = self.by_dates(immigrant, reference)
        if by_dates is not None:
            return by_dates, "dates"  # T2
        return "unspecified", "none"  # T3

    def contradicted(self, reference: Reference, stated: str) -> bool:
        """T1: by the couple's dates."""
        if reference.person_id is None or reference.married is None:
            return False
        start = self.first_residence(reference.person_id)
        if start is None:
            return False
        limit = start + timedelta(days=self.settings["unification.marriage_limit"])
        if stated in ("reunification", "accompanying"):
            return reference.married > limit
        return reference.married < start

    def by_dates(self, immigrant: int, reference: Reference) -> str | None:
        """T2."""
        other = reference.person_id
        if other is None:
            return None
        if other in self.firsts:
            apart = abs((self.firsts[immigrant].day - self.firsts[other].day).days)
            if apart <= self.settings["unification.accompany"]:
                return "accompanying"
        start = self.first_residence(other)
        if start is None:
            return None
        if reference.cpr_relation == "spouse":
            if reference.married is None:
                return None
            limit = start + timedelta(days=self.settings["unification.marriage_limit"])
            return "reunification" if reference.married <= limit else "enlargement"
        if reference.cpr_relation == "parent":
            born = self.people[immigrant].birth_date
            if born is None:
                return None
            return "reunification" if born < start else "enlargement"
        if reference.cpr_relation in ("child", "sibling"):
            return "reunification"
        return None


def stated_reference(reason: Reason, ids: dict[str, int], linked: dict) -> int | None:
    """P1: who the selected case names, through L."""
    if reason.case is None:
        return None
    row = reason.case.row
    if row["reference_pin"] is not None:
        return ids[row["reference_pin"]]
    if row["reference_duf"] in linked:
        return linked[row["reference_duf"]].person_id
    return None
