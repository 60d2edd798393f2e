"""The documentation that is made from the code has every rule, with its code, tests and settings."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from folketall.model.sections import SETTINGS
from tests.test_rules_are_drawn import LATER, RULES, STATED

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def site():
    spec = importlib.util.spec_from_file_location("site_pages", DOCS / "site_pages.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["site_pages"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages(site, tmp_path_factory):
    written = site.write_pages(tmp_path_factory.mktemp("generated"))
    return {page.name: page.read_text("utf-8") for page in written}


def section(pages, rule):
    page = pages[f"rules-{rule[0]}.md"]
    return re.split(r"^\([A-Z]\d\)=$", page.split(f"({rule})=\n")[1], flags=re.MULTILINE)[0]


def test_every_rule_has_its_text_its_code_and_a_test(site, pages):
    for rule in STATED:
        text = section(pages, rule)
        assert site.stated_rules()[rule] in text
        assert ("In the code" in text and "A drawn example" in text) == (rule in RULES), rule
        assert ("Nothing carries out this rule yet" in text) == (rule in LATER), rule


def test_a_drawn_example_comes_with_the_table_that_it_names(pages):
    assert "| " in section(pages, "C1")
    assert "def test_" in section(pages, "C1")


def test_every_setting_is_listed_and_leads_from_its_rule(pages):
    for setting in SETTINGS:
        assert f"`{setting.name}`" in pages["settings.md"]
    assert "`case.max_age`" in section(pages, "C1")


def test_every_command_has_its_help(pages):
    for name in ("run", "show", "protect", "audit", "settings"):
        assert f"## folketall {name}\n" in pages["commands.md"]


def test_a_function_that_is_not_there_is_told(site):
    with pytest.raises(LookupError, match=r"names folketall.population.stock:nothing"):
        site._function("population.stock", "nothing")
