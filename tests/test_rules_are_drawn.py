"""Every rule of the method has at least one drawn test, told by `@pytest.mark.rule`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent

METHOD = TESTS.parent / "docs" / "reference" / "METHOD.md"
LATER = ("M5", "Q2", "R1", "R2")
"""Rules that nothing carries out yet; the head of METHOD.md names them."""
STATED = tuple(re.findall(r"^- \*\*([A-Z]\d)\*\* ", METHOD.read_text("utf-8"), re.MULTILINE))
RULES = tuple(rule for rule in STATED if rule not in LATER)
"""The rules that the line carries out."""


def drawn_tests() -> Iterator[Path]:
    # The twin is compared on random registers, where nobody draws a rule's two sides.
    return (path for path in TESTS.rglob("test_*.py") if TESTS / "twin" not in path.parents)


def marked(tree: ast.Module) -> Iterator[str]:
    """The rule ids of every `pytest.mark.rule(...)` that marks a test, a case, a class or a module."""
    marking: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            marking += node.decorator_list
        elif isinstance(node, ast.Assign) and "pytestmark" in [
            target.id for target in node.targets if isinstance(target, ast.Name)
        ]:
            marking.append(node.value)
    for mark in (node for expression in marking for node in ast.walk(expression)):
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.rule":
            yield from (
                argument.value for argument in mark.args if isinstance(argument, ast.Constant)
            )


def test_every_rule_has_a_drawn_test():
    drawn = {rule for path in drawn_tests() for rule in marked(ast.parse(path.read_text("utf-8")))}
    missing = [rule for rule in RULES if rule not in drawn]
    assert not missing, f"no drawn test is marked with {', '.join(missing)}"


def test_the_method_states_every_rule_once():
    assert len(set(STATED)) == len(STATED) > 50
    assert set(LATER) < set(STATED)


def test_marks_name_rules():
    # P: what its rules have in common.
    known = {*STATED, "P"}
    unknown = [
        f"{path.relative_to(TESTS)}: {rule}"
        for path in drawn_tests()
        for rule in marked(ast.parse(path.read_text("utf-8")))
        if rule not in known
    ]
    assert unknown == []


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("@pytest.mark.rule('H3', 'H5')\ndef test_a(): ...", ["H3", "H5"]),
        ("pytestmark = pytest.mark.rule('X2')", ["X2"]),
        ("pytestmark = [pytest.mark.rule('X2'), pytest.mark.slow]", ["X2"]),
        (
            "@pytest.mark.parametrize('a', [pytest.param(1, marks=pytest.mark.rule('T1'))])\n"
            "def test_a(a): ...",
            ["T1"],
        ),
        ("@pytest.mark.slow\ndef test_a():\n    pytest.mark.rule('H4')", []),
    ],
)
def test_marks_are_read(text, rules):
    assert list(marked(ast.parse(text))) == rules
