"""How registers fail: every kind of noise, the column it is in, and its rate.

The rates are settings of the synthesiser (`conf/noise.toml`); what follows is their default. At
rate 0 a kind does not occur.
"""

# ruff: noqa: E501 — a kind a line reads better than five.
from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from folketall.model.errors import UsageError


@dataclass(frozen=True, slots=True)
class Kind:
    """One way of failing."""

    column: str
    """source.table.column"""
    name: str
    rate: float
    """Share of the rows, or of the persons, that could fail so."""
    what: str


KINDS = (
    Kind("cpr.pin_change.old_pin", "d_number", 0.35, "An immigrant has a D-number first, then a PIN."),
    Kind("cpr.pin_change.old_pin", "renumbered", 0.005, "A PIN of the wrong sex, changed later; of those with the earliest numbers of a day."),
    Kind("cpr.person.birth_date", "first_of_january", 0.05, "An immigrant whose birthday is not known is born on 1 January."),
    Kind("cpr.person.birth_country", "birth_country_unknown", 0.003, "An immigrant's birth country is 990 or missing."),
    Kind("cpr.person.mother_pin", "parent_missing", 0.01, "A parent is not told."),
    Kind("cpr.person.registration_date", "updated", 0.012, "The person row is delivered again in an increment."),
    Kind("cpr.event.registration_date", "late", 0.02, "An event is reported late, with a long tail."),
    Kind("cpr.event.registration_date", "announced", 0.003, "A move is reported before it happens."),
    Kind("cpr.event.event_date", "corrected", 0.012, "The date was wrong first and is corrected."),
    Kind("cpr.event.action", "annulled", 0.003, "A move that never happened, annulled later."),
    Kind("cpr.event.event_id", "repeated", 0.001, "An event row is delivered twice."),
    Kind("cpr.event.event_type", "immigrates_again", 0.0005, "An immigration of one who is resident."),
    Kind("cpr.event.event_type", "after_death", 0.002, "A move after the death."),
    Kind("cpr.event.event_type", "unreported", 0.03, "An emigration never reported; some are cleaned up by the administration years later."),
    Kind("cpr.event.municipality", "late_code", 0.004, "The code that was valid some months before."),
    Kind("cpr.event.municipality", "unknown_code", 0.0002, "A code that never was."),
    Kind("cpr.duf_link.duf", "link_missing", 0.04, "The CPR does not know the DUF number."),
    Kind("cpr.duf_link.pin", "link_to_relative", 0.001, "The CPR ties the DUF number to a relative."),
    Kind("udb.person.pin", "pin_missing", 0.05, "The Aliens Register does not know the PIN."),
    Kind("udb.person.pin", "pin_of_relative", 0.002, "It has the PIN of a mother, sibling or partner."),
    Kind("udb.person.pin", "pin_wrong", 0.002, "It has the PIN of somebody else."),
    Kind("udb.person.duf", "second_duf", 0.05, "A person has two DUF numbers."),
    Kind("udb.person.birth_date", "day_and_month", 0.004, "Day and month swapped."),
    Kind("udb.person.birth_date", "udb_first_of_january", 0.02, "1 January of the year."),
    Kind("udb.person.birth_date", "other_year", 0.003, "A year too early."),
    Kind("udb.person.birth_date", "birth_missing", 0.003, "No birth date."),
    Kind("udb.person.sex", "sex_missing", 0.003, "No sex."),
    Kind("udb.person.given_name", "spelt_otherwise", 0.25, "Names transliterated in another way."),
    Kind("udb.person.family_name", "misspelt", 0.02, "A slip in the family name."),
    Kind("udb.case.reason", "no_case", 0.001, "A DUF number without any case."),
    Kind("udb.case.reason", "reason_missing", 0.01, "A case says nothing of its reason."),
    Kind("udb.case.reason", "reason_wrong", 0.001, "A case has another reason."),
    Kind("udb.case.reason", "reason_vague", 0.15, "A first case is unspecific, a later one specific."),
    Kind("udb.case.reference_pin", "reference_missing", 0.08, "A family case does not say to whom."),
    Kind("udb.case.family_type", "type_missing", 0.15, "A family case does not say the type."),
    Kind("udb.case.decision_date", "decided_late", 0.03, "The case that counts was decided long after the arrival."),
    Kind("reason_files.reason_2006.reason", "second_reason", 0.2, "The file of 2006 has another reason as well."),
    Kind("*.*.*", "bad_row", 0.0002, "A row that the checks refuse."),
    Kind("*.*.*", "bad_value", 0.002, "A value that the checks make null."),
)  # fmt: skip
Noise = Mapping[str, float]
"""The rate of each kind, by name."""


def none() -> Noise:
    """No noise: registers that agree with each other."""
    return {kind.name: 0.0 for kind in KINDS}


def default() -> Noise:
    """Registers as they are."""
    return {kind.name: kind.rate for kind in KINDS}


def read(path: Path) -> Noise:
    """Read rates from a TOML file: a table for each column, a key for each kind.

    Raises:
        UsageError: the file cannot be read, or says what there is no kind for.
    """
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise UsageError(f"{path} is no readable TOML file of noise: {fault}") from None
    rates = dict(default())
    known = {(kind.column, kind.name) for kind in KINDS}
    for column, kinds in said.items():
        for name, rate in kinds.items() if isinstance(kinds, dict) else [("", kinds)]:
            if (column, name) not in known:
                raise UsageError(f'{path}: there is no noise {name!r} in ["{column}"]')
            if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
                raise UsageError(f'{path}: {name} in ["{column}"] must be a share from 0 to 1')
            rates[name] = float(rate)
    return rates


def written(noise: Noise) -> str:
    """The TOML file that `read` reads."""
    lines = ["# How the synthetic registers fail: each kind's share, by source, table and column."]
    for column in dict.fromkeys(kind.column for kind in KINDS):
        lines += ["", f'["{column}"]']
        for kind in KINDS:
            if kind.column == column:
                lines += [f"# {kind.what}", f"{kind.name} = {noise[kind.name]:g}"]
    return "\n".join(lines) + "\n"
