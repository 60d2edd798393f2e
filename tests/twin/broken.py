"""Twins broken on purpose, one line each: proof that the random registers tell them apart."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

HERE = Path(__file__).parent


class Break(NamedTuple):
    rule: str
    module: str
    line: str  # part of one line of the module, occurring there once
    broken: str


PERSONS = (
    Break("K1", "known", 'ACTION_ORDER[row["action"]],', '-ACTION_ORDER[row["action"]],'),
    Break("K1", "known", 'event["registration_date"] = known[0]["registration_date"]', "pass"),
    Break("K3", "known", "delivery.delivered_on >= max(fulls)", "True"),
    Break("K3", "known", 'row["registration_date"] <= known_at', "True"),
    Break("L1", "persons", "if not fork and not cycle:", "if not cycle:"),
    Break("L1", "persons", '-pins.age(row["pin"]),', ""),
    Break("L3", "persons", "(one.month, one.day) == (other.day, other.month)", "False"),
    Break("L3", "persons", "if one.month == other.month:", "if False:"),
    Break("L3", "persons", ">= settings[\"link.accept_both\"]", "> settings[\"link.accept_both\"]"),
    Break("L3", "persons", ">= settings[\"link.accept_score\"]", "> settings[\"link.accept_score\"]"),
    Break("L4", "persons", "one.cpr_registered is None,", "one.cpr_registered is not None,"),
    Break("L5", "persons", "len(fits[key]) == 1 and ", ""),
    Break("L5", "persons", "sorted(word for word in short if word)", "short"),
    Break("L5", "persons", "ICAO_9303.get(letter, letter)", "letter"),
    Break("L5", "persons", '.replace("aa", "a")', ""),
    Break("L5", "persons", 'for apostrophe in "\'’‘`´ʼ":', 'for apostrophe in "":'),
    Break("H1", "residence", 'if kind in ("birth", "death"):', "if False:"),
    Break("H1", "residence", '"posted_abroad", ', ""),
    Break("H2", "residence", "not (first <= day <= last)", "not (first < day < last)"),
    Break("H2", "residence", 'in ("immigration", "move"):\n        first', '== "immigration":\n        first'),
    Break("H3", "residence", '"emigration": 0, "immigration": 1', '"emigration": 1, "immigration": 0'),
    Break("H3", "residence", 'rank, event["registration_date"], between', "rank, between"),
    Break("H3", "residence", "dead = True", "dead = False"),
    Break("H4", "residence", "if end != event.day:", "if True:"),
    Break("H4", "residence", "and last.to_date == stay.from_date", "and False"),
    Break("H4", "residence", "and led(last.municipality, reported, stay.from_date) == stay.municipality", ""),
    Break("H5", "residence", 'odd, effect = "already_resident", "move"', 'odd = "already_resident"'),
    Break("H5", "residence", 'odd, effect = "born_late", None', 'odd = "born_late"'),
    Break("H6", "residence", 'event.day < add_months(came.day, months["stay"])', 'event.day <= add_months(came.day, months["stay"])'),
    Break("H6", "residence", "event.day < add_months(went.day, limit)", "event.day <= add_months(went.day, limit)"),
    Break("G3", "places", "day <= add_months(last_day, 12)", "day < add_months(last_day, 12)"),
    Break("G3", "places", "day >= add_months(first_day, -12)", "day > add_months(first_day, -12)"),
    Break("F1", "persons", "own != NORWAY if is_known(own) else immigrated", "own != NORWAY"),
    Break("F1", "persons", "and NORWAY not in grandparents\n    if", "\n    if"),
    Break("F3", "method", '7, 1)', '1, 1)'),
    Break("F3", "method", "1850 <= year <=", "1851 <= year <="),
    Break("F3", "method", '<= int(row["census_year"])\n', "<= 1985\n"),
    Break("F3", "method", "(one[0], one[1])", "(one[0], -one[1])"),
    Break("C0", "cases", "if other.decided <= case.decided:", "if other.decided < case.decided:"),
    Break("C0", "cases", 'case.reason != "unspecified" and other.reason', "other.reason"),
    Break("C0", "cases", "copied_detail = source.reason, source.detail", "copied_detail = case.reason, case.detail"),
    Break("C1", "cases", "oldest <= case.decided <= registered", "oldest < case.decided <= registered"),
    Break("C1", "cases", "oldest <= case.decided <= registered", "oldest <= case.decided < registered"),
    Break("C1", "cases", "first.registration_date or first.day", "first.day"),
    Break("C2", "cases", "registered < case.decided <= last_day", "registered < case.decided < last_day"),
    Break("C2", "cases", 'months = settings["case.after_asylum_counted"]', "pass"),
    Break("C3", "cases", 'row["reason"] != "refugee",\n', ""),
    Break("C3", "cases", '-(row["reliability"] or 0.0),', ""),
    Break("C5", "cases", "abs((case.decided - first.day).days)", "0"),
    Break("C6", "cases", '>= settings["inherit.under_age"]', '> settings["inherit.under_age"]'),
    Break("C6", "cases", 'if parent.reason == "refugee":', "if False:"),
    Break("C7", "cases", "first.day < settings[\"impute.from\"]", "first.day <= settings[\"impute.from\"]"),
    Break("P", "families", "spell.from_date <= end and", "spell.from_date < end and"),
    Break("P", "families", "spell.to_date > start", "spell.to_date >= start"),
    Break("P2", "families", "start <= last and", "start < last and"),
    Break("P2", "families", '("2", "6", "5", "7")', '("2", "6")'),
    Break("P2", "families", "self.first_residence(other) or NO_DATE,", ""),
    Break("L7", "families", "self.draws[other],", "-self.draws[other],"),
    Break("T1", "families", "return reference.married > limit", "return reference.married >= limit"),
    Break("T1", "families", "return reference.married < start", "return reference.married <= start"),
    Break("T2", "families", "if apart <= self", "if apart < self"),
    Break("T2", "families", "if reference.married <= limit", "if reference.married < limit"),
    Break("T2", "families", "if born < start", "if born <= start"),
)  # fmt: skip
FIGURES = (
    Break("G1", "places", "if name(to, day) == lost:", "if False:"),
    Break("G1", "places", "if since < day <= to:\n                code = one_step(code, day, own, taken_in)", "if since < day < to:\n                code = one_step(code, day, own, taken_in)"),
    Break("G1", "places", "-weight, to", "weight, to"),
    Break("K2", "known", 'row["country"] != "000",', 'row["country"] == "000",'),
    Break("K2", "known", '-FOLLOWS.index(row["status"]),', 'FOLLOWS.index(row["status"]),'),
    Break("K2", "known", '-FOLLOWS.index(row["status"]),', '-int(row["status"]),'),
    Break("K2", "known", 'FOLLOWS = "157486239"', 'FOLLOWS = "157426839"'),
    Break("S1", "figures", "if event.effect == \"boundary_change\" and event.day == day:", "if False:"),
    Break("S1", "figures", "spell.to_date >= day", "spell.to_date > day"),
    Break("S1", "figures", "min(known_at, date(day.year, int(month), int(of_month)))", "known_at"),
    Break("S2", "dates", "(day.month, day.day) < (start.month, start.day)", "(day.month, day.day) <= (start.month, start.day)"),
    Break("S2", "figures", "person.marital_statuses, known_at), day - ONE_DAY", "person.marital_statuses, known_at), day"),
    Break("S3", "figures", '("accompanying", "reunification")', '("reunification",)'),
    Break("M1", "figures", "event.day.year >= 1999", "event.day.year >= 1998"),
    Break("M1", "figures", "left = led(event.left, event.left_since, event.day)\n        if", "left = event.left\n        if"),
    Break("M2", "figures", "happened == year - 1 and happened >= 1985", "happened == year - 1"),
    Break("M2", "figures", "registered >= date(1998, 3, 1)", "registered > date(1998, 3, 1)"),
    Break("M2", "figures", "registered > last_of_february(year)", "registered >= last_of_february(year)"),
    Break("M2", "figures", "day = date(2000, 2, 29)", "day = date(2000, 2, 28)"),
    Break("M3", "known", "day < row[\"from_date\"] <= limit", "day < row[\"from_date\"] < limit"),
    Break("M3", "figures", 'event.day if kind[0] == "immigration" else', ""),
    Break("M6", "figures", '"emigration" and event.cause == "administrative"', '"emigration" and False'),
)  # fmt: skip


def broken_twin(change: Break, number: int, folder: Path) -> ModuleType:
    """`method` of a copy of the twin in which one line says something else."""
    name = f"twin_broken_{number}"
    package = folder / name
    package.mkdir()
    for file in HERE.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        if file.stem == change.module:
            times = text.count(change.line)
            if times != 1:
                raise ValueError(f"{change.line!r} is in {file.name} {times} times")
            text = text.replace(change.line, change.broken)
        (package / file.name).write_text(text, encoding="utf-8")
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    return importlib.import_module(f"{name}.method")
