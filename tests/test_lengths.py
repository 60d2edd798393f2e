"""No file is longer than 300 lines and no function than 40, but where a reason stands beside it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILE, FUNCTION = 300, 40
PLACES = ("src", "tests", "bench", "docs", "jobs")
LONG_FILES = {
    "src/folketall/audit/vintages.py": "what two releases say together: one system, read from both",
    "src/folketall/protection/links.py": "what tables say of each other, a rule after another",
    "tests/audit/test_exact.py": "small tables drawn by hand, and what an attacker finds in each",
    "tests/command/test_ends.py": "runs of the whole command, which share one register",
    "tests/command/test_whole_line.py": "runs of the whole line, which share one warehouse",
    "tests/linkage/test_keyed.py": "registers drawn as text",
    "tests/population/test_residence.py": "a history drawn as text for every rule of H",
    "tests/registers/test_validation.py": "delivered rows drawn as text for every kind of column",
    "tests/test_methods.py": "every method over one small country",
    "tests/twin/cases.py": "the method once more, and nothing shared with it: a rule of C after another",
    "tests/twin/figures.py": "the method once more: a rule of S and M after another",
    "tests/twin/persons.py": "the method once more: a rule of L and F after another",
    "tests/twin/random_registers.py": "what is drawn of every table of every register",
    "tests/twin/test_twin_itself.py": "the twin against paper, a rule after another",
}
LONG_FUNCTIONS = {
    "src/folketall/protection/protected.py:protect": "cells go through once: what decides them is made beside the stream of them",
    "src/folketall/suppression/suppression.py:protect_counts": "the stages of suppression in their order",
    "tests/twin/cases.py:from_cases_and_files": "C1 to C5 in their order, as METHOD.md has them",
    "tests/twin/method.py:run": "the method from top to bottom",
    "tests/twin/persons.py:links": "L2 to L5 in their order, as METHOD.md has them",
    "tests/twin/persons.py:persons": "L1 and F1 of one person",
    "tests/twin/random_registers.py:records": "one draw after another of one person",
    "tests/twin/random_registers.py:history": "one draw after another of one life",
    "tests/twin/random_registers.py:event": "one draw after another of one event",
    "tests/twin/random_registers.py:statuses": "one draw after another of one marriage",
    "tests/twin/residence.py:follow": "H1 to H5 in their order, as METHOD.md has them",
    "tests/population/test_migrations.py:test_attributes_are_those_of_the_day_or_the_day_before_or_soon_after": "a move and its day a line",
    "tests/command/test_whole_line.py:test_killed_runs_on_other_partitions_end_at_the_same_rows": "every write is cut off once, and all rows compared",
}


def python_files() -> list[Path]:
    return sorted(path for place in PLACES for path in (ROOT / place).rglob("*.py"))


def texts(node: ast.AST) -> set[int]:
    """The lines of texts that go over several: docstrings, and tables drawn on paper."""
    found: set[int] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            lines = range(inner.lineno, inner.end_lineno + 1)
            found |= set(lines) if len(lines) > 1 else set()
    return found


def functions(text: str) -> Iterator[tuple[str, int]]:
    """Every function and its lines of code."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            doc = ast.get_docstring(node) is not None
            said = texts(node) | (
                set(range(node.body[0].lineno, node.body[0].end_lineno + 1)) if doc else set()
            )
            yield node.name, node.end_lineno - node.lineno + 1 - len(said)


def long_files() -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for path in python_files()
        if len(path.read_text("utf-8").splitlines()) > FILE
    }


def long_functions() -> set[str]:
    return {
        f"{path.relative_to(ROOT).as_posix()}:{name}"
        for path in python_files()
        for name, lines in functions(path.read_text("utf-8"))
        if lines > FUNCTION
    }


def test_no_file_is_too_long_without_a_reason():
    assert long_files() - set(LONG_FILES) == set()


def test_no_function_is_too_long_without_a_reason():
    assert long_functions() - set(LONG_FUNCTIONS) == set()


def test_a_reason_stands_only_where_something_is_long():
    assert set(LONG_FILES) - long_files() == set()
    assert set(LONG_FUNCTIONS) - long_functions() == set()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("def f():\n    pass", 2),
        ('def f():\n    "Says what."\n    pass', 2),
        ('def f():\n    """Says what.\n\n    And why.\n    """\n    return 1', 2),
        ('def f():\n    return """\n    a | b\n    c | d\n    """', 1),
        ("@mark\ndef f(\n    a,\n):\n    return [\n        a,\n    ]", 6),
    ],
)
def test_lines_of_code_are_without_texts(text, lines):
    assert list(functions(text)) == [("f", lines)]
