"""docs/tables.md is what the declarations say."""

from __future__ import annotations

from pathlib import Path

from folketall.line.steps import STEPS
from folketall.model.catalogue import NOTES, READERS, catalogue, declared_tables
from folketall.model.table import Room

PAGE = Path(__file__).parents[1] / "docs" / "tables.md"


def test_the_page_is_up_to_date():
    assert PAGE.read_text("utf-8") == catalogue(), (
        "docs/tables.md is behind: .venv/bin/python -m folketall.model.catalogue > docs/tables.md"
    )


def test_every_table_of_the_line_is_declared_and_every_circle_of_readers_has_a_heading():
    prefix = NOTES.name.split("<")[0]
    used = {table.name for step in STEPS for table in (*step.reads, *step.writes)}
    declared = {table.name for table in declared_tables()}
    assert {name for name in used if not name.startswith(prefix)} <= declared
    assert set(READERS) == set(Room)


def test_every_column_has_a_meaning():
    silent = [
        f"{table.name}.{field.name}"
        for table in declared_tables()
        for field in table.schema
        if not field.metadata.get("comment")
    ]
    assert silent == []


def test_a_grain_is_made_of_columns():
    assert all(set(table.grain) <= set(table.columns) for table in declared_tables())
