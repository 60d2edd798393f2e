"""docs/method says of every rule where it is explained and which functions it is in."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from folketall.model.sections import SETTINGS
from tests.test_rules_are_drawn import RULES

ROOT = Path(__file__).parents[1]
METHOD = ROOT / "docs" / "method"
ROW = re.compile(r"^\| ([A-Z]\d) \| \[[\w-]+\]\(([\w-]+\.md)\) \| (.+) \|$", re.MULTILINE)
INDEX = {
    rule: (page, re.findall(r"`([\w.]+):(\w+)`", functions))
    for rule, page, functions in ROW.findall((METHOD / "README.md").read_text("utf-8"))
}


@cache
def functions_of(module: str) -> dict[str, str]:
    """The source of every function and class at the top of a module, by name, with the module's docstring."""
    path = ROOT / "src" / "folketall" / f"{module.replace('.', '/')}.py"
    if not path.is_file():
        return {}
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    said = ast.get_docstring(tree) or ""
    return {
        node.name: f"{said}\n{ast.get_source_segment(text, node)}"
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }


def named(text: str) -> set[str]:
    """Every rule id in a text; C1-C5 names the five."""
    found = set(re.findall(r"\b[A-Z]\d\b", text))
    for family, first, last in re.findall(r"\b([A-Z])(\d)[-–]\1(\d)\b", text):
        found |= {f"{family}{number}" for number in range(int(first), int(last) + 1)}
    return found


def test_no_rule_is_missing():
    assert set(INDEX) == set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_the_functions_exist_and_name_the_rule(rule):
    _, functions = INDEX[rule]
    assert functions
    for module, function in functions:
        source = functions_of(module).get(function)
        assert source, f"there is no folketall.{module}:{function}"
        assert rule in named(source), f"folketall.{module}:{function} does not name {rule}"


@pytest.mark.parametrize("rule", RULES)
def test_the_page_explains_the_rule(rule):
    page, _ = INDEX[rule]
    text = (METHOD / page).read_text("utf-8")
    assert rule in named(text), f"{page} does not name {rule}"


def test_every_setting_is_on_a_page():
    pages = "\n".join(page.read_text("utf-8") for page in METHOD.glob("*.md"))
    silent = [
        setting.name
        for setting in SETTINGS
        if f"`{setting.name}" not in pages and not setting.name.startswith("protect.method.")
    ]
    assert silent == []
    assert "`protect.method" in pages


def test_links_lead_somewhere():
    pages = [*METHOD.glob("*.md"), ROOT / "README.md"]
    lost = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert lost == []
