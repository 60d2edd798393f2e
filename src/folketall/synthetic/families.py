"""The kinds of families there are: blocks of twelve persons with their ties, as data.

Every block has the same number of persons, so that a person's number is block * 12 + slot and the
register has exactly as many persons as asked for; blocks differ in who is tied to whom.
"""

from __future__ import annotations

from dataclasses import dataclass

BLOCK = 12
"""Persons in a block."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One person of a block."""

    sex: str
    """f, m, or x: drawn."""
    born: int
    """Years from the block's base year to the birth."""
    spread: int
    """Up to so many years more, drawn."""
    role: str
    """native; lead (immigrant who comes first); joins, enlarges (comes to the lead); here
    (born to immigrants in Norway when the mother has come, else brought along)."""
    mother: int | None = None
    father: int | None = None
    lead: int | None = None
    """Whom a joining person comes to, and whose origin it shares."""
    group: int = 0
    """Those who come together share a group, and so the day."""
    reason: str | None = None
    """Why a lead comes."""


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of block. Base year: birth of the eldest for natives, arrival for immigrants."""

    name: str
    weight: float
    first: int
    last: int
    skew: float
    """Exponent of the draw of the base year: below 1 late years are more frequent."""
    couples: tuple[tuple[int, int], ...]
    """Anchor and the partner who moves in with her or him."""
    slots: tuple[Slot, ...]


def _native(
    sex: str, born: int, spread: int = 0, mother: int | None = None, father: int | None = None
) -> Slot:
    return Slot(sex, born, spread, "native", mother, father)


TEMPLATES = (
    Template(
        "three_generations",
        42,
        1912,
        1962,
        1.15,
        ((0, 1), (2, 5), (6, 3)),
        (
            _native("f", 0),
            _native("m", -3, 4),
            _native("f", 23, 3, 0, 1),
            _native("m", 26, 3, 0, 1),
            _native("x", 29, 4, 0, 1),
            _native("m", 21, 4),
            _native("f", 27, 3),
            _native("x", 48, 2, 2, 5),
            _native("x", 51, 3, 2, 5),
            _native("x", 54, 2, 6, 3),
            _native("x", 57, 2, 6, 3),
            _native("x", 60, 2, 6, 3),
        ),
    ),
    Template(
        "two_generations",
        24,
        1930,
        1986,
        0.9,
        ((0, 1), (5, 6), (10, 11)),
        (
            _native("f", 0),
            _native("m", -3, 4),
            _native("x", 24, 2, 0, 1),
            _native("x", 27, 3, 0, 1),
            _native("x", 31, 3, 0, 1),
            _native("f", 3),
            _native("m", 0, 4),
            _native("x", 28, 4, 5, 6),
            _native("x", 33, 3, 5, 6),
            _native("x", 5, 5),
            _native("x", 2, 3),
            _native("x", 0, 3),
        ),
    ),
    Template(
        "young",
        16,
        1974,
        1991,
        1.0,
        ((0, 1), (6, 7)),
        (
            _native("f", 0),
            _native("m", -3, 4),
            _native("x", 26, 3, 0, 1),
            _native("x", 30, 2, 0, 1),
            _native("x", 2, 5),
            _native("x", 7, 5),
            _native("f", 0),
            _native("m", -3, 4),
            _native("x", 27, 2, 6, 7),
            _native("x", 30, 3, 6, 7),
            _native("x", 12, 5),
            _native("x", 20, 6),
        ),
    ),
    Template(
        "refugees",
        7,
        1956,
        2024,
        0.55,
        ((1, 0), (7, 6)),
        (
            Slot("m", -32, 7, "lead", reason="refugee"),
            Slot("f", -29, 5, "joins", lead=0),
            Slot("x", -7, 3, "joins", 1, 0, lead=0),
            Slot("x", -2, 1, "joins", 1, 0, lead=0),
            Slot("x", 3, 2, "here", 1, 0, lead=0),
            Slot("x", 6, 2, "here", 1, 0, lead=0),
            Slot("m", -25, 4, "lead", mother=10, reason="refugee"),
            Slot("f", -25, 5, "enlarges", lead=6, group=1),
            Slot("x", 8, 3, "here", 7, 6, lead=6, group=1),
            Slot("x", -22, 3, "joins", mother=10, lead=6, group=2),
            Slot("f", -48, 4, "joins", lead=6, group=2),
            Slot("x", -28, 12, "lead", reason="refugee"),
        ),
    ),
    Template(
        "workers",
        7,
        1956,
        2024,
        0.5,
        ((1, 0), (7, 6)),
        (
            Slot("m", -34, 8, "lead", reason="labour"),
            Slot("f", -30, 6, "joins", lead=0),
            Slot("x", -6, 4, "joins", 1, 0, lead=0),
            Slot("x", 3, 3, "here", 1, 0, lead=0),
            Slot("m", -32, 12, "lead", reason="labour"),
            Slot("f", -31, 9, "lead", reason="labour"),
            Slot("m", -30, 6, "lead", reason="labour"),
            Slot("f", -26, 5, "enlarges", lead=6, group=1),
            Slot("x", 9, 3, "here", 7, 6, lead=6, group=1),
            Slot("x", -25, 6, "lead", reason="education"),
            Slot("x", -40, 18, "lead", reason="labour"),
            Slot("x", -40, 18, "lead", reason="other"),
        ),
    ),
    Template(
        "mixed",
        5,
        1960,
        2024,
        0.55,
        ((1, 0), (6, 7)),
        (
            Slot("m", -38, 12, "native"),
            Slot("f", -31, 6, "enlarges", lead=0, group=1),
            Slot("x", 3, 2, "here", 1, 0, lead=0, group=1),
            Slot("x", -9, 3, "enlarges", mother=1, lead=0, group=1),
            Slot("x", -24, 6, "lead", reason="education"),
            Slot("x", -24, 7, "lead", reason="education"),
            Slot("f", -32, 6, "native"),
            Slot("m", -32, 8, "enlarges", lead=6, group=2),
            Slot("x", 4, 3, "native", 6, 7),
            Slot("f", -26, 6, "native"),
            Slot("m", -32, 10, "lead", reason="labour"),
            Slot("x", -34, 12, "lead", reason="other"),
        ),
    ),
)
SLOT_COLUMNS = (
    "template string, first int, last int, skew double, slot int, sex_plan string, born int, "
    "spread int, role string, mother int, father int, partner int, anchor boolean, lead int, "
    "group int, root int, reason string, name_key int, child boolean"
)


def slot_rows() -> list[tuple[object, ...]]:
    """One row per template and slot, in the order of SLOT_COLUMNS."""
    rows: list[tuple[object, ...]] = []
    for template in TEMPLATES:
        partners = {a: b for pair in template.couples for a, b in (pair, pair[::-1])}
        anchors = {pair[0] for pair in template.couples}
        for number, slot in enumerate(template.slots):
            rows.append(
                (
                    template.name,
                    template.first,
                    template.last,
                    template.skew,
                    number,
                    slot.sex,
                    slot.born,
                    slot.spread,
                    slot.role,
                    slot.mother,
                    slot.father,
                    partners.get(number),
                    number in anchors,
                    slot.lead if slot.lead is not None else number,
                    slot.group,
                    _root(template, number),
                    slot.reason,
                    _name_key(template, number, partners),
                    slot.mother is not None and slot.role != "lead",
                )
            )
    return rows


def _root(template: Template, number: int) -> int:
    """The slot whose origin a person shares: its lead, or the spouse when the lead is native."""
    slot = template.slots[number]
    if slot.lead is None or slot.role == "native":
        return number
    if template.slots[slot.lead].role == "native":
        return slot.mother if slot.mother is not None else number
    return slot.lead


def _name_key(template: Template, number: int, partners: dict[int, int]) -> int:
    """The slot whose family name a person bears: the father's, a wife her husband's."""
    slot = template.slots[number]
    if slot.father is not None:
        return _name_key(template, slot.father, partners)
    if slot.mother is not None:
        return _name_key(template, slot.mother, partners)
    partner = partners.get(number)
    if slot.sex == "f" and partner is not None and template.slots[partner].sex == "m":
        return _name_key(template, partner, partners)
    return number
