"""Texts from outside in CSV files that a spreadsheet may open.

A spreadsheet takes a cell that begins with =, +, -, @, a tab or a carriage return for a formula,
and runs it. Such a text is written with an apostrophe before it, by which spreadsheets know a text;
so is one that begins with an apostrophe, so that reading takes away exactly what was put on.
Figures are written as they are: a negative number is no text.
"""

from __future__ import annotations

MARK = "'"
BEGINNINGS = "=+-@\t\r" + MARK
PATTERN = r"^([=+\-@\t\r'])"
"""What begins such a text, for `regexp_replace` with MARK and the group after it."""


def as_text(code: str) -> str:
    """A text from outside as a CSV file of ours has it."""
    return MARK + code if code.startswith(tuple(BEGINNINGS)) else code


def from_text(cell: str) -> str:
    """What `as_text` was given."""
    return cell[1:] if cell[:1] == MARK and cell[1:].startswith(tuple(BEGINNINGS)) else cell
