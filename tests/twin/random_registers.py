"""Small random registers with many collisions: few days around every threshold of the method.

A register is delivered as the offices would: text rows, a full extract of CPR with increments
after it, the other sources once. Everything is accepted by V.
"""

from __future__ import annotations

import csv
import hashlib
import json
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from . import numbers
from .dates import add_months, last_of_february
from .known import TABLES, Delivery, Registers, counted
from .persons import own_ids

FULL = date(2020, 2, 1)
INCREMENTS = (date(2020, 3, 15), date(2024, 2, 10), date(2025, 3, 1))
OTHERS = date(2025, 2, 1)
LAST = INCREMENTS[-1]
ANCHORS = (
    # The days of first immigrations of a family: each at an edge of some rule.
    date(1960, 11, 1), date(1967, 1, 1), date(1970, 11, 1), date(1966, 7, 1), date(1978, 1, 1),
    date(1984, 12, 31), date(1985, 1, 1), date(1985, 1, 31), date(1967, 1, 1),
    date(1987, 2, 28), date(1987, 3, 1), date(1987, 3, 1), date(1987, 2, 27), date(1987, 12, 30), date(1991, 7, 1),
    date(1992, 1, 1), date(1994, 1, 31), date(1994, 1, 31), date(1994, 2, 1), date(1989, 5, 1), date(1996, 5, 10), date(1997, 12, 31),
    date(1998, 1, 1), date(1998, 12, 31), date(1999, 1, 1), date(2004, 1, 1), date(2017, 12, 31),
    date(2018, 1, 1), date(2018, 6, 15), date(2019, 1, 1), date(2019, 6, 15), date(2019, 12, 31),
    date(2018, 12, 31), date(2020, 1, 1), date(2020, 12, 31), date(2021, 1, 1), date(2022, 6, 15), date(2023, 3, 10),
    date(2023, 12, 31), date(2024, 1, 1),
)  # fmt: skip
DAYS = (0, 0, 0, 0, 1, -1, 30, 90, 120)
MONTHS = (0, 0, 3, 6, 12, 12, 24, -3, -12, -24, -60, 60)
CHAINS = (
    # What one place has been called, with the day from which each code holds.
    (("0301", date(1838, 1, 1)),),
    (("0301", date(1838, 1, 1)),),
    (("0101", date(1838, 1, 1)), ("3001", date(2020, 1, 1)), ("3101", date(2024, 1, 1))),
    (("1504", date(1838, 1, 1)), ("1507", date(2020, 1, 1)), ("1508", date(2024, 1, 1))),
    (("1504", date(1838, 1, 1)), ("1507", date(2020, 1, 1)), ("1580", date(2024, 1, 1))),
    (("1613", date(1838, 1, 1)), ("5012", date(2018, 1, 1)), ("5059", date(2020, 1, 1))),
    (("1613", date(1838, 1, 1)), ("5012", date(2018, 1, 1)), ("5055", date(2020, 1, 1))),
    (("0114", date(1838, 1, 1)), ("0105", date(1992, 1, 1)), ("3003", date(2020, 1, 1))),
    (("0114", date(1838, 1, 1)), ("0128", date(1992, 1, 1)), ("3016", date(2020, 1, 1))),
    (("0412", date(1838, 1, 1)), ("3411", date(2020, 1, 1))),
    # Taken in, and its own again.
    (("1534", date(1838, 1, 1)), ("1507", date(2020, 1, 1)), ("1580", date(2024, 1, 1))),
)  # fmt: skip
OLD_CHAINS = (
    # Two municipalities that had one code: Skoger, and Larvik long after it.
    (("0712", date(1838, 1, 1)), ("3805", date(2020, 1, 1))),
    # Hole was taken in by Ringerike, and was its own again.
    (
        ("0612", date(1838, 1, 1)),
        ("0601", date(1964, 1, 1)),
        ("0612", date(1977, 1, 1)),
        ("3038", date(2020, 1, 1)),
    ),
)
ODD_CODES = ("0000", "9999", None, "2111", "2211", "4321")
REFORMS = (date(1992, 1, 1), date(2018, 1, 1), date(2020, 1, 1), date(2024, 1, 1))
COUNTRIES = ("564", "404", "564", "346", "684", "106", "101", "103")
BIRTH_COUNTRIES = (*["564"] * 6, *["404"] * 4, "346", "346", "106", "000", None, "990")
GIVEN = ("Åse", "Ase", "Øyvind", "José", "Amal", "Işık", "Đorđe", None)
FAMILY = ("Ærlig", "Al-Amin", "al amin", "Aerlig", "Weiß", "O'Neil", "Wałęsa", "Þórðarson", None)
SPELT = {
    # The same names as another register, a passport or a typewriter may have them.
    "Åse": ("Aase", "A\u030ase", "ase"), "Øyvind": ("Oeyvind", "OYVIND"), "José": ("Jose",),
    "Işık": ("Isik",), "Đorđe": ("Dorde", "ÐORÐE"), "Ærlig": ("Arlig", "AERLIG"),
    "Weiß": ("Weiss",), "O'Neil": ("ONeil", "O’Neil"), "Wałęsa": ("Walesa",),
    "Þórðarson": ("Thordarson",), "Al-Amin": ("Amin Al",),
}  # fmt: skip
REASON_CODES = (
    "asylum", "humanitarian", "resettlement", "collective_protection", "refugee", "refugee",
    "family", "family", "family", "labour", "other", "unspecified", "unspecified", None, None,
)  # fmt: skip
LEGAL_CODES = ("UL28", "UL35", "UL40", "UL23", "UL60", "UL62", None, None, None)
PERMIT_CODES = ("protection", "family", "work", "settlement", None, None)


@dataclass
class Drawn:
    """A register as delivered, and the run that it is made for."""

    deliveries: list[Delivery]
    known_at: date
    first_year: int
    last_year: int

    @property
    def registers(self) -> Registers:
        return counted(self.deliveries, self.known_at)

    @property
    def ids(self) -> dict[str, int]:
        return own_ids(self.registers, self.known_at)


@dataclass
class Member:
    pins: list[str]  # oldest first
    arrived: date
    born: date
    sex: str | None
    family: list[Member] = field(default_factory=list)
    dufs: list[str] = field(default_factory=list)
    plain: bool = False  # of a family whose thresholds lie in cases, marriages and arrivals
    hidden: bool = False  # to be found by exact match alone
    registered: date = LAST  # of its first event
    given_name: str | None = None
    family_name: str | None = None

    @property
    def pin(self) -> str:
        return self.pins[-1]


def draw(seed: int, persons: int = 60, families: int = 10) -> Drawn:
    """The register of a seed: always the same."""
    return _Draw(random.Random(seed), persons, families).drawn()


def text(value: object) -> str | None:
    return None if value is None else str(value)


class _Draw:
    def __init__(self, chance: random.Random, persons: int, families: int) -> None:
        self.chance = chance
        self.rows: dict[str, list[dict]] = {name: [] for name in TABLES}
        self.numbered = 0
        self.events = 0
        self.cases = 0
        self.members: list[Member] = []
        size = persons // families
        for _ in range(families):
            if self.maybe(0.7):
                for part in (size // 2, size - size // 2):
                    self.family(part, plain=True)
            else:
                self.family(size, plain=False)
        for member in self.members:
            self.records(member)
            self.history(member)
            self.statuses(member)
            self.aliens(member)
            self.earlier_sources(member)
        self.stray_chains()

    # --- Small choices ---
    def maybe(self, share: float) -> bool:
        return self.chance.random() < share

    def pick(self, *choices):
        return self.chance.choice(choices)

    def near(self, day: date, latest: date = OTHERS) -> date:
        """A day at or beside a threshold seen from `day`."""
        found = add_months(day, self.pick(*MONTHS)) + timedelta(days=self.pick(*DAYS))
        if self.maybe(0.3):
            found += timedelta(days=self.pick(-1, 1))
        if self.maybe(0.12):
            found = self.pick(*REFORMS)
        return min(found, latest)

    def registered(self, day: date) -> date:
        """A day of registration at an edge of S1, M2 or C1 for what happens on `day`."""
        year = day.year
        late = self.pick(
            day, day, day, day, day, day + timedelta(days=1), day - timedelta(days=20),
            date(year + 1, 1, 30), date(year + 1, 1, 31), date(year + 1, 2, 1),
            last_of_february(year + 1), date(year + 1, 3, 1),
            last_of_february(year + 2), date(year + 2, 3, 1), date(year + 3, 1, 15),
            date(1998, 2, 28), date(1998, 3, 1), date(2000, 2, 29), date(2000, 3, 1),
        )  # fmt: skip
        if late.year < year - 1 or (late.year >= 1998 > year + 8):
            late = day
        return min(late, LAST)

    def new_pin(self, born: date) -> str:
        self.numbered += self.chance.randrange(1, 4)
        return numbers.pin(born, 100 + self.numbered)

    def code(self, day: date) -> str | None:
        if self.maybe(0.08):
            return self.pick(*ODD_CODES)
        chain = self.pick(*self.places)
        edge = (day.month, day.day) in ((1, 1), (12, 31))
        if self.maybe(0.45 if edge else 0.12):
            return self.pick(*chain)[0]
        return [code for code, since in chain if since <= day][-1]

    # --- Persons ---
    def family(self, size: int, plain: bool) -> None:
        anchor = self.pick(*ANCHORS)
        family: list[Member] = []
        for number in range(size):
            arrived = anchor + timedelta(days=self.pick(0, 0, 0, 1, 90, 91, 120, 121))
            if self.maybe(0.2):
                arrived = add_months(anchor, self.pick(6, 12, -12, 24))
            if plain and number:
                arrived = anchor + timedelta(
                    days=self.pick(0, 120, 121, 121, 200, 400, 400, 1500, -120, -120, -121)
                )
            years = self.pick(30, 30, 45, 65) if number < 2 else self.pick(0, 1, 17, 18, 18, 25)
            if number >= 2 and self.maybe(0.5):
                born = family[self.pick(0, 1)].arrived + timedelta(days=self.pick(-1, 0, 0, 1, 200))
                if self.maybe(0.2 if plain else 0.5):
                    arrived = born
            else:
                born = add_months(arrived, -12 * years) + timedelta(days=self.pick(0, 0, -1, 1))
            if (born.month, born.day) == (2, 29):  # when that turns 18 is nobody's rule here
                born -= timedelta(days=1)
            sex = self.pick(*["1"] * 4, *["2"] * 4, None)
            given_name, family_name = self.pick(*GIVEN), self.pick(*FAMILY)
            if family and self.maybe(0.15):  # a twin: registers confuse them
                born, sex, family_name = family[-1].born, family[-1].sex, family[-1].family_name
                given_name = family[-1].given_name if self.maybe(0.3) else given_name
            arrived, born = min(arrived, OTHERS), min(born, arrived, OTHERS)
            pins = [self.new_pin(born) for _ in range(self.pick(1, 1, 1, 2, 3))]
            self.chance.shuffle(pins)  # the newest need not sort last
            member = Member(
                pins[:1] if plain and self.maybe(0.7) else pins, arrived, born, sex, family
            )
            member.plain, member.hidden = plain, self.maybe(0.12)
            member.given_name, member.family_name = given_name, family_name
            if self.maybe(0.6 if plain and number >= 2 else 0.9):
                member.dufs.append(self.new_duf())
                if self.maybe(0.5 if member.hidden else 0.2):
                    member.dufs.append(self.new_duf())
            family.append(member)
        self.members += family

    def new_duf(self) -> str:
        self.numbered += 1
        return numbers.duf(1995, self.numbered)

    def any_pin(self, member: Member) -> str:
        return member.pin if self.maybe(0.7) else self.pick(*member.pins)

    def someone(self, member: Member) -> Member:
        return self.pick(*member.family) if self.maybe(0.9) else self.pick(*self.members)

    def add(self, table: str, **values: object) -> dict:
        row = {name: text(values.get(name)) for name in TABLES[table].column_names}
        self.rows[table].append(row)
        return row

    def records(self, member: Member) -> None:
        for old, new in zip(member.pins, member.pins[1:], strict=False):
            self.add(
                "cpr_pin_change",
                old_pin=old,
                new_pin=new,
                registration_date=self.pick(date(2000, 1, 1), date(2019, 5, 1), date(2024, 1, 5)),
            )
        if self.maybe(0.05):
            return  # a PIN with events only
        abroad = self.maybe(0.92)
        often = self.pick(date(2001, 1, 1), date(2019, 1, 1))
        for pin in member.pins:
            if pin != member.pin and self.maybe(0.4):
                continue
            own = self.pick(*BIRTH_COUNTRIES) if abroad else self.pick("000", "000", None)
            if member.plain and self.maybe(0.8):
                own = self.pick("564", "404")
            columns = {
                f"{of}_birth_country": self.pick(*BIRTH_COUNTRIES)
                if self.maybe(0.1 if member.plain else 0.3)
                else self.pick("564", "404", None)
                for of in (
                    "mother", "father", "mothers_mother", "mothers_father", "fathers_mother",
                    "fathers_father",
                )
            }  # fmt: skip
            mother = father = None
            number = member.family.index(member)
            if number >= 2:
                parents = member.family[:2] if self.maybe(0.6) else member.family[1::-1]
                mother = self.any_pin(parents[0]) if self.maybe(0.8) else None
                father = self.any_pin(parents[1]) if self.maybe(0.8) else None
            elif self.maybe(0.15):
                mother = self.pick(self.new_pin(date(1930, 5, 5)), self.pick(*self.members).pin)
            for _ in range(self.pick(1, 1, 1, 2)):
                self.add(
                    "cpr_person",
                    pin=pin,
                    given_name=member.given_name,
                    family_name=member.family_name,
                    birth_date=member.born if self.maybe(0.94) else None,
                    sex=member.sex,
                    birth_country=own,
                    mother_pin=mother,
                    father_pin=father,
                    registration_date=self.pick(
                        often, often, often, date(2020, 2, 20), date(2024, 2, 5)
                    ),
                    **columns,
                )

    # --- Histories ---
    def history(self, member: Member) -> None:
        self.places = self.chance.sample(CHAINS, 2)
        self.used = []
        if self.maybe(0.04):
            return
        day = min(member.arrived, OTHERS)
        resident = False
        native = self.maybe(0.12)
        old = min(day, member.born if native else day) < date(1964, 1, 1) and self.maybe(0.7)
        if old:
            self.places = [self.pick(*OLD_CHAINS)]
        lengths = (1, 1, 2, 2, 3) if member.plain else (1, 2, 3, 3, 4, 5, 7)
        for number in range(self.pick(*lengths)):
            if number == 0:
                kind = "birth" if native else self.pick(*["immigration"] * 8, "move", "death")
                day = member.born if kind == "birth" else day
            elif self.maybe(0.12):
                kind = self.pick("birth", "immigration", "move", "emigration", "death")
            elif resident:
                kind = self.pick("move", "move", "move", "emigration", "emigration", "death")
            else:
                kind = self.pick("immigration", "immigration", "immigration", "move")
            cause = "ordinary"
            if self.maybe(0.25):
                cause = self.pick(
                    "administrative", "temporary", "posted_abroad", "embassy_or_nato",
                    "asylum_pending", "asylum_pending", "asylum_pending",
                )  # fmt: skip
            if member.plain and number == 0:
                cause = "ordinary"
                if date(1987, 2, 1) < day < date(1994, 3, 1) and self.maybe(0.5):
                    cause = "asylum_pending"
            if kind == "move" and self.maybe(0.3):
                day, cause = self.pick(*REFORMS), "boundary_change"
            if kind == "emigration" and member.plain and self.maybe(0.5):
                other = self.pick(*member.family).arrived + timedelta(days=self.pick(0, 0, 1))
                day = min(max(day, other), LAST)
            self.event(member, kind, day, cause)
            if number == 0:
                member.registered = date.fromisoformat(
                    self.rows["cpr_event"][-1]["registration_date"]
                )
            resident = kind in ("birth", "immigration", "move")
            if kind == "death" and self.maybe(0.8):
                break
            day = day if self.maybe(0.3) else self.next_day(day)
            if old and day.year < 1964 and self.maybe(0.6):
                day = self.pick(date(2018, 1, 1), date(2018, 6, 1), date(2019, 6, 15))

    def next_day(self, day: date) -> date:
        found = add_months(day, self.pick(0, 1, 3, 6, 6, 12, 12, 24, 48)) + timedelta(
            days=self.pick(-1, 0, 0, 1)
        )
        if self.maybe(0.3):
            found = date(found.year, self.pick(1, 12), self.pick(1, 31))
        return min(max(found, day - timedelta(days=1)), LAST)

    def event(self, member: Member, kind: str, day: date, cause: str) -> None:
        self.events += 1
        country = None
        if kind in ("immigration", "emigration"):
            country = self.pick(*COUNTRIES, "101", "106", None)
        stays = kind not in ("emigration", "death")
        values = {
            "event_id": f"E{self.events}",
            "action": "new",
            "pin": self.any_pin(member),
            "event_type": kind,
            "event_date": day,
            "registration_date": self.registered(day),
            "municipality": self.code(day) if stays or self.maybe(0.05) else None,
            "country": country,
            "cause": cause if cause != "ordinary" or self.maybe(0.5) else None,
        }
        self.add("cpr_event", **values)
        again = values["registration_date"]
        while self.maybe(0.05 if member.plain else 0.2):
            again = self.later(again)
            values = {**values, "registration_date": again, "action": "correction"}
            change = self.pick("day", "day", "code", "pin", "kind", "annulment", "annulment")
            if change == "day":
                moved = values["event_date"] + timedelta(days=self.pick(-1, 1, 31, -31))
                values["event_date"] = min(moved, LAST)
            elif change == "code":
                values["municipality"] = self.code(day)
            elif change == "pin":
                values["pin"] = self.any_pin(self.someone(member))
            elif change == "kind":
                values["event_type"] = self.pick("immigration", "move", "emigration")
                if values["cause"] == "boundary_change":
                    values["cause"] = None
            else:
                values["action"] = "annulment"
                if self.maybe(0.5):
                    empty = dict.fromkeys(("pin", "event_type", "event_date", "municipality"))
                    self.add("cpr_event", **{**values, **empty})
                    continue
            self.add("cpr_event", **values)

    def later(self, day: date) -> date:
        year = day.year
        found = self.pick(
            day, day + timedelta(days=1), date(year + 1, 1, 31), date(year + 1, 2, 1),
            last_of_february(year + 1), date(year + 1, 3, 1), date(2000, 3, 1), date(2024, 2, 1),
        )  # fmt: skip
        return min(max(found, day), LAST)

    # --- Citizenship, marital status ---
    def statuses(self, member: Member) -> None:
        days = [self.near(member.arrived) for _ in range(3)] + [member.arrived]
        for _ in range(self.pick(0, 1, 2, 3)):
            day = self.pick(*days)
            self.add(
                "cpr_citizenship",
                pin=self.any_pin(member),
                country=self.pick("000", *COUNTRIES),
                from_date=day,
                registration_date=self.registered(day),
            )
        number = member.family.index(member)
        if member.plain:
            if self.maybe((0.1, 0.95, 0.2)[min(number, 2)]):
                self.marriage(member, member.family[1 - number] if number < 2 else None)
            return
        couple = number < 2 or self.maybe(0.25)
        for _ in range(self.pick(0, 1, 2, 3, 4) if couple else self.pick(0, 0, 1)):
            status = self.pick("2", "2", "2", "6", "4", "5", "3", "1", "7")
            other = member.family[1 - number] if number < 2 and self.maybe(0.8) else None
            other = other or self.someone(member)
            spouse = None
            if status in ("2", "6") and self.maybe(0.9):
                spouse = self.any_pin(other) if self.maybe(0.95) else self.new_pin(other.born)
            day = self.pick(*days)
            if self.maybe(0.5):
                day = other.arrived + timedelta(days=self.pick(-1, 0, 90, 91, 91, 120))
            day = min(day, OTHERS)
            registered = self.registered(day)
            for _ in range(self.pick(1, 1, 2, 2, 3)):
                self.add(
                    "cpr_marital_status",
                    pin=self.any_pin(member),
                    status=status,
                    from_date=day,
                    spouse_pin=spouse,
                    registration_date=registered,
                )
                if self.maybe(0.5):  # several of one day: what follows from what decides
                    status = self.pick("1", "2", "2", "3", "4", "5", "6", "7", "8", "9")
                spouse = self.any_pin(self.someone(member)) if status in ("2", "6") else None

    def marriage(self, member: Member, other: Member | None) -> None:
        """One marriage at a threshold of P2, T1 or T2, and what may end it."""
        other = other or self.someone(member)
        day = self.pick(
            *[add_months(member.arrived, 12) + timedelta(days=n) for n in (0, 0, 1)],
            *[other.arrived + timedelta(days=n) for n in (-1, 0, 0, 0, 0, 90, 90, 90, 90, 91)],
        )  # fmt: skip
        spouse = other.pin if self.maybe(0.9) else None
        rows = [("2", min(day, OTHERS), spouse)]
        if self.maybe(0.45):
            end = member.arrived + timedelta(days=self.pick(-30, -1, -1, 0))
            status = self.pick("4", "5", "5", "5", "7", "2", "2", "3")
            spouse = None
            if status == "2" and self.maybe(0.7):
                spouse = self.someone(member).pin
            rows.append((status, max(min(end, OTHERS), day), spouse))
        for status, since, spouse in rows:
            self.add(
                "cpr_marital_status",
                pin=member.pin,
                status=status,
                from_date=min(since, OTHERS),
                spouse_pin=spouse,
                registration_date=min(since, OTHERS),
            )

    # --- Aliens Register ---
    def aliens(self, member: Member) -> None:
        for duf in member.dufs:
            if not member.hidden and self.maybe(0.7):
                for _ in range(self.pick(1, 1, 2)):
                    linked = (
                        member
                        if self.maybe(0.97 if member.plain else 0.8)
                        else self.someone(member)
                    )
                    self.add(
                        "cpr_duf_link",
                        pin=self.any_pin(linked),
                        duf=duf,
                        registration_date=self.pick(
                            date(2005, 1, 1), date(2019, 1, 1), date(2024, 2, 1)
                        ),
                    )
            if self.maybe(0.9):
                self.udb_person(member, duf)
            for _ in range(self.pick(*((0, 1, 1, 2, 2) if member.plain else (0, 1, 2, 3, 4, 5)))):
                self.case(member, duf)

    def udb_person(self, member: Member, duf: str) -> None:
        pin = None
        if not member.hidden and self.maybe(0.75):
            pin = self.any_pin(
                member if self.maybe(0.97 if member.plain else 0.8) else self.someone(member)
            )
        names = [
            self.spelt(member.given_name) if self.maybe(0.9) else self.pick(*GIVEN),
            self.spelt(member.family_name) if self.maybe(0.9) else self.pick(*FAMILY),
        ]
        if self.maybe(0.15):  # given and family name changed about
            names.reverse()
        self.add(
            "udb_person",
            duf=duf,
            pin=pin,
            given_name=names[0],
            family_name=names[1],
            birth_date=member.born
            if member.plain and self.maybe(0.8)
            else self.misread(member.born),
            sex=member.sex if self.maybe(0.85) else self.pick("1", "2", None),
            citizenship=self.pick(*COUNTRIES),
        )

    def spelt(self, name: str | None) -> str | None:
        return self.pick(*SPELT[name]) if name in SPELT and self.maybe(0.4) else name

    def misread(self, born: date) -> date | None:
        if self.maybe(0.65):
            return born
        found = self.pick(
            None,
            date(born.year, born.day, born.month) if born.day <= 12 else born,
            date(born.year, born.month, 1 + born.day % 28),
            date(born.year, 1, 1),
            date(born.year, 1 + born.month % 12, 17),
            date(born.year - 1, born.month, min(born.day, 28)),
            date(born.year - 2, born.month, min(born.day, 28)),
        )
        return found and min(found, OTHERS)

    def case(self, member: Member, duf: str) -> None:
        self.cases += 1
        decided = self.near(member.arrived)
        if member.plain:
            decided = min(self.decided(member), OTHERS)
            last = self.rows["udb_case"][-1] if self.rows["udb_case"] else None
            if last and last["duf"] == duf and last["decision_date"] and self.maybe(0.3):
                decided = date.fromisoformat(last["decision_date"])
        stated = self.someone(member)
        reason = self.pick(*REASON_CODES)
        number = member.family.index(member)
        if self.maybe(0.8 if member.plain and number else 0.3):
            reason = "family" if number else "asylum"
            if self.maybe(0.2):
                reason = self.pick("refugee", "unspecified", None)
        self.add(
            "udb_case",
            case_id=f"C{self.cases}",
            duf=duf,
            origin=self.pick("udb", "fremkon", "refugee_register", None),
            case_type=self.pick(
                *["first_permit"] * (9 if member.plain else 1),
                "first_permit", "first_permit", "renewal", "settlement", "renewal", "visit",
                "citizenship",
            ),
            application_date=self.pick(
                None, decided, decided - timedelta(days=30), decided - timedelta(days=30)
            ),
            decision_date=decided if self.maybe(0.95) else None,
            outcome=self.pick(*["granted"] * 9, "rejected"),
            reason=reason,
            legal_basis=self.pick(*LEGAL_CODES),
            permit_type=self.pick(*PERMIT_CODES),
            reference_duf=self.pick(*stated.dufs) if stated.dufs and self.maybe(0.15) else None,
            reference_pin=self.any_pin(stated) if self.maybe(0.15) else None,
            family_type=self.pick(
                "reunification", "accompanying", "enlargement", *[None] * (2 if member.plain else 4)
            ),
        )  # fmt: skip

    def decided(self, member: Member) -> date:
        """A day of decision at a threshold of C1, C2 or C5."""
        came, known = member.arrived, member.registered
        one_day = timedelta(days=1)
        return self.pick(
            came, known, known, known + one_day, add_months(known, 24),
            add_months(known, 24) + one_day, add_months(known, 60), add_months(known, 60) + one_day,
            add_months(came, -60), add_months(came, -60) - one_day, add_months(came, -60) - one_day,
            came - timedelta(days=2200), came + timedelta(days=2200), came + timedelta(days=2100),
        )  # fmt: skip

    def earlier_sources(self, member: Member) -> None:
        words = ("refugee", "refugee", "family", "labour", "other", "unspecified")
        details = (None, "asylum", "resettlement", "other", "unspecified")
        if self.maybe(0.15 if member.plain else 0.3):
            for _ in range(self.pick(1, 2, 3, 4)):
                reason = self.pick(*words)
                self.add(
                    "reason_files_reason_2006",
                    pin=self.any_pin(member),
                    reason=reason,
                    detail=self.pick(*details) if reason == "refugee" else None,
                    reliability=self.pick(None, "0", "0.5", "0.5", "0.9"),
                )
        if self.maybe(0.12 if member.plain else 0.25):
            for pin in dict.fromkeys(member.pins[-2:]):
                reason = self.pick(*words)
                self.add(
                    "reason_files_reason_1995_ed2004",
                    pin=pin,
                    reason=reason,
                    detail=self.pick(*details) if reason == "refugee" else None,
                )
        if self.maybe(0.5 if member.arrived.year < 1975 else 0.03):
            self.add(
                "census_resident",
                census_year=self.pick("1960", "1970"),
                pin=self.any_pin(member),
                municipality="0301",
                birth_country=self.pick("564", None),
                immigration_year=self.pick(
                    None, "1955", "1960", "1966", "1967", "1970", "0000", "1700", "1849", "1850",
                    "1961", "1971", "1985", "9999",
                ),
            )  # fmt: skip

    def stray_chains(self) -> None:
        """Forks and cycles among PINs, some of them of persons with records (L1)."""
        days = (date(2010, 1, 1), date(2024, 1, 5))
        for _ in range(self.pick(1, 2, 2)):
            several = [member for member in self.members if len(member.pins) > 1]
            one, other = self.pick(*several or self.members), self.pick(*self.members)
            self.add(
                "cpr_pin_change",
                old_pin=one.pins[0],
                new_pin=other.pin,
                registration_date=self.pick(*days),
            )
        if self.maybe(0.4):
            one = self.pick(*self.members)
            self.add(
                "cpr_pin_change",
                old_pin=one.pin,
                new_pin=one.pins[0] if self.maybe(0.8) else self.new_pin(one.born),
                registration_date=self.pick(*days),
            )

    # --- Deliveries ---
    def drawn(self) -> Drawn:
        increments = [*self.chance.sample(INCREMENTS[:-1], self.pick(0, 1, 2)), LAST]
        days = sorted(increments)
        full = FULL
        deliveries = [Delivery("cpr", full, "full", self.part("cpr"))]
        deliveries += [Delivery("cpr", day, "increment", self.part("cpr")) for day in days]
        for name, rows in self.rows.items():
            source, _, table = name.partition("_")
            if source == "cpr":
                for row in self.shuffled(rows):
                    self.put(row, table, deliveries)
        for source in ("udb", "census", "reason_files"):
            part = self.part(source)
            for table in part:
                part[table] = self.shuffled(self.rows[f"{source}_{table}"])
            deliveries.append(Delivery(source, OTHERS, "full", part))
        if self.maybe(0.5):
            deliveries.insert(0, self.superseded(deliveries[0]))
        known_at = LAST if self.maybe(0.65) else self.pick(date(2024, 2, 1), OTHERS, OTHERS)
        if known_at < OTHERS:
            for delivery in deliveries:
                if delivery.source != "cpr" and self.maybe(0.8):
                    delivery.delivered_on = date(2024, 2, 1)
        self.keep_dates_before(deliveries)
        return Drawn(deliveries, known_at, 1984, 2025)

    def superseded(self, full: Delivery) -> Delivery:
        """K3: a delivery before the last full one, whose rows no longer count."""
        day = date(2019, 6, 1)
        part = self.part("cpr")
        for table, date_column in (("event", "event_date"), ("person", "birth_date")):
            for row in full.tables[table]:
                early = max(row["registration_date"], row[date_column] or "") <= day.isoformat()
                if early and self.maybe(0.2):
                    old = dict(row)
                    if table == "event":
                        old["event_id"] = f"X{row['event_id']}"
                    else:
                        old["birth_country"] = "000"
                    part[table].append(old)
        return Delivery("cpr", day, self.pick("full", "increment"), part)

    def part(self, source: str) -> dict[str, list[dict]]:
        return {table.name: [] for table in TABLES.values() if table.source == source}

    def shuffled(self, rows: list[dict]) -> list[dict]:
        return self.chance.sample(rows, len(rows))

    def put(self, row: dict, table: str, deliveries: list[Delivery]) -> None:
        """Into the first delivery that can have it, or a later one, now and then into two."""
        latest = date.fromisoformat(row["registration_date"])
        for name in ("from_date", "birth_date"):
            if row.get(name):
                latest = max(latest, date.fromisoformat(row[name]))
        if row.get("event_date"):
            # V3: announced at most 12 months after the delivery.
            latest = max(latest, add_months(date.fromisoformat(row["event_date"]), -12))
        fitting = [delivery for delivery in deliveries if delivery.delivered_on >= latest]
        first = fitting[0] if self.maybe(0.9) else self.pick(*fitting)
        for delivery in {id(first): first, id(fitting[-1]): fitting[-1]}.values():
            if delivery is first or self.maybe(0.03):
                seen = [other.get("pin") for other in delivery.tables[table]]
                if table == "person" and delivery.mode == "full" and row["pin"] in seen:
                    delivery = fitting[-1]  # a key occurs once in a full delivery
                delivery.tables[table].append(dict(row))

    def keep_dates_before(self, deliveries: list[Delivery]) -> None:
        """V3: no date after the delivery, in the sources that came early."""
        for delivery in deliveries:
            if delivery.source == "udb":
                for row in delivery.tables["case"] + delivery.tables["person"]:
                    for name in ("decision_date", "application_date", "birth_date"):
                        if row.get(name) and row[name] > delivery.delivered_on.isoformat():
                            row[name] = delivery.delivered_on.isoformat()


def write(deliveries: list[Delivery], folder: Path) -> None:
    """Write the deliveries as CONTRACT.md asks, CSV with manifests."""
    for delivery in deliveries:
        place = folder / delivery.source / delivery.delivered_on.isoformat()
        place.mkdir(parents=True)
        tables = {}
        for table, rows in delivery.tables.items():
            names = TABLES[f"{delivery.source}_{table}"].column_names
            file = place / f"{table}.csv"
            with file.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, names, lineterminator="\n")
                writer.writeheader()
                writer.writerows({name: row.get(name) for name in names} for row in rows)
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            tables[table] = {"rows": len(rows), "sha256": {file.name: digest}}
        manifest = {
            "source": delivery.source,
            "delivered_on": delivery.delivered_on.isoformat(),
            "mode": delivery.mode,
            "tables": tables,
        }
        (place / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
