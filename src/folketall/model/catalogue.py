"""The catalogue of the warehouse's tables, written from their declarations.

`python -m folketall.model.catalogue > docs/tables.md`
"""

from __future__ import annotations

import sys

from folketall.model import tables as t
from folketall.model.table import Room, Table
from folketall.model.tables import (
    cubes,
    linkage,
    population,
    quality,
    refugees,
    registers,
    releases,
)

READERS = {
    Room.PUBLIC: "Published",
    Room.CUBE: "Figures before protection: never leave the office",
    Room.PERSON: "Persons, without PINs and names",
    Room.KEY: "The key: PINs and their persons",
    Room.REGISTER: "Registers as delivered, with PINs and names",
}
"""Every circle of readers, the widest first."""
CONTRACT = (
    t.PERSON_KEY,
    t.PERSON,
    t.PERSON_LINK,
    t.RESIDENCE_SPELL,
    t.FIRST_IMMIGRATION,
    t.REASON_FOR_IMMIGRATION,
    t.REFERENCE_PERSON,
    t.FAMILY_UNIFICATION,
    t.POPULATION,
    t.REFUGEE_POPULATION,
    t.MIGRATION,
    t.REJECTED_ROW,
    t.INCONSISTENCY,
    t.CUBE,
    t.PUBLISHED_CUBE,
)
"""Tables whose names, columns and grain other systems may rely on."""
MODULES = (registers, linkage, population, refugees, quality, cubes, releases)
"""Where tables are declared, in the order of the line."""
NOTES = t.note_table("<step>")
"""Stands for the tables of notes, one for each step that notes something."""


def declared_tables() -> list[Table]:
    """Every declared table, in the order of the line."""
    named = [x for module in MODULES for x in vars(module).values() if isinstance(x, Table)]
    # Some are named in two modules: where they are declared, and where another has their columns.
    return [*t.REGISTERS.values(), *{table.name: table for table in named}.values(), NOTES]


def catalogue() -> str:
    """The page docs/tables.md: every table with its meaning, grain and columns."""
    lines = [
        "# Tables of the warehouse",
        "",
        "Written by `python -m folketall.model.catalogue > docs/tables.md`; do not edit. Grouped",
        "by who may read them. Tables marked *stable* keep their names, columns and grain; the",
        "others are the line's own and may change. Letters and numbers such as K1 are rules: see",
        "[method](method/README.md).",
    ]
    for room, readers in READERS.items():
        lines += ["", f"## {readers}"]
        for table in declared_tables():
            if table.room == room:
                lines += _table(table)
    return "\n".join(lines) + "\n"


def _table(table: Table) -> list[str]:
    grain = ", ".join(f"`{name}`" for name in table.grain)
    facts = [
        "*Stable*" if table in CONTRACT else "",
        f"one row per {grain}" if grain else "every row counts",
        f"files by `{table.partition}`" if table.partition else "",
    ]
    rows = [
        f"| `{field.name}` | {field.dataType.simpleString()} | {field.metadata['comment']} |"
        for field in table.schema
    ]
    said = "; ".join(fact for fact in facts if fact)
    return [
        "",
        f"### `{table.name}`",
        "",
        table.meaning,
        "",
        f"{said[0].upper()}{said[1:]}.",
        "",
        "| column | type | meaning |",
        "|---|---|---|",
        *rows,
    ]


if __name__ == "__main__":
    sys.stdout.write(catalogue())
