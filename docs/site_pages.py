"""The pages of the documentation that are made from the code: rules, settings and commands.

`conf.py` calls `write_pages` before Sphinx reads the folder. A rule's page has its text from
`reference/METHOD.md`, the functions that `method/README.md` lists for it, the tests that are marked
with it, the first of them in full, and the settings that steer it.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parent
ROOT = DOCS.parent
TITLES = {
    "K": "Knowledge: bitemporal reading",
    "V": "Validation on the way in",
    "L": "Linkage",
    "H": "Residence histories",
    "F": "Immigrants and first immigrations",
    "C": "Case selection",
    "P": "Reference persons",
    "T": "Types of family unification",
    "S": "Stock on 1 January",
    "M": "Migrations",
    "G": "Geography and time",
    "Q": "Cubes",
    "X": "Disclosure control",
    "R": "Release",
}
RULE = re.compile(r"^- \*\*([A-Z]\d)\*\* (.+)$", re.MULTILINE)
ROW = re.compile(r"^\| ([A-Z]\d) \| \[[\w-]+\]\(([\w-]+\.md)\) \| (.+) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Place:
    """A function or a test in the tree."""

    path: str
    """Relative to the root."""
    name: str
    line: int
    source: str


def stated_rules() -> dict[str, str]:
    """The text of every rule, by its id, in the order of the method."""
    return dict(RULE.findall((DOCS / "reference" / "METHOD.md").read_text("utf-8")))


def code_of_rules() -> dict[str, tuple[str, list[Place]]]:
    """Rule to the page that explains it, and its functions, as the index of the method says."""
    found = {}
    for rule, page, listed in ROW.findall((DOCS / "method" / "README.md").read_text("utf-8")):
        places = [_function(*one) for one in re.findall(r"`([\w.]+):(\w+)`", listed)]
        found[rule] = (page, places)
    return found


def _function(module: str, name: str) -> Place:
    path = ROOT / "src" / "folketall" / f"{module.replace('.', '/')}.py"
    for place in _top_level(path):
        if place.name == name:
            return place
    raise LookupError(f"docs/method/README.md names folketall.{module}:{name}, which is not there")


def _top_level(path: Path) -> Iterator[Place]:
    """Every function and class at the top of a module, in order."""
    text = path.read_text("utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            lines = text.splitlines()
            first = min([node.lineno, *(mark.lineno for mark in node.decorator_list)])
            source = "\n".join(lines[first - 1 : node.end_lineno])
            yield Place(str(path.relative_to(ROOT)), node.name, node.lineno, source)


def with_drawings(place: Place) -> str:
    """The source of a test, with the tables that are drawn above it and that it names."""
    text = (ROOT / place.path).read_text("utf-8")
    named = {node.id for node in ast.walk(ast.parse(place.source)) if isinstance(node, ast.Name)}
    drawn = [
        ast.get_source_segment(text, node) or ""
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign)
        and {one.id for one in node.targets if isinstance(one, ast.Name)} & named
    ]
    return "\n\n".join([*(one for one in drawn if " | " in one), place.source])


def tests_of_rules() -> dict[str, list[Place]]:
    """Rule to the tests that are marked with it."""
    found: dict[str, list[Place]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for place in _top_level(path):
            # The marks stand above the function: what comes before `def` or `class`.
            if "twin" in path.parts:
                continue  # The twin is compared on random registers, where nothing is drawn.
            marks = re.split(r"^(?:def|class) ", place.source, maxsplit=1, flags=re.MULTILINE)[0]
            for listed in re.findall(r"mark\.rule\(([^)]*)\)", marks):
                for rule in re.findall(r"[\"']([A-Z]\d?)[\"']", listed):
                    found.setdefault(rule, []).append(place)
    return found


def rule_page(family: str, rules: Sequence[str]) -> str:
    """The page of one family of rules, as Markdown."""
    stated, code, tests = stated_rules(), code_of_rules(), tests_of_rules()
    lines = [f"# {family}: {TITLES[family]}", ""]
    for rule in rules:
        page, places = code.get(rule, ("", []))
        drawn = tests.get(rule, [])
        lines += [f"({rule})=", f"## {rule}", "", stated[rule], ""]
        if page:
            title = (DOCS / "method" / page).read_text("utf-8").splitlines()[0].removeprefix("# ")
            lines += [f"Explained on the page [{title}](../method/{page}).", ""]
        lines += _settings_lines(rule)
        lines += _code_lines(places) or ["Nothing carries out this rule yet.", ""]
        lines += _test_lines(drawn)
    return "\n".join(lines)


def _settings_lines(rule: str) -> list[str]:
    from folketall.model.sections import SETTINGS

    mine = [setting for setting in SETTINGS if setting.rule == rule]
    if not mine:
        return []
    said = ", ".join(f"[`{setting.name}`](settings.md)" for setting in mine)
    return [f"**Settings:** {said}", ""]


def _code_lines(places: Sequence[Place]) -> list[str]:
    if not places:
        return []
    lines = ["**In the code**", ""]
    for place in places:
        lines += _folded(f"{place.path}:{place.line} — {place.name}", place.source)
    return lines


def _test_lines(places: Sequence[Place]) -> list[str]:
    if not places:
        return []
    first = max(places, key=lambda place: " | " in with_drawings(place))
    others = [place for place in places if place is not first]
    lines = [
        "**A drawn example**, from the tests",
        "",
        "```python",
        with_drawings(first),
        "```",
        "",
    ]
    lines += [f"It is `{first.path}:{first.line}`."]
    if others:
        said = ", ".join(f"`{place.path}:{place.line}`" for place in others[:12])
        more = f" and {len(others) - 12} more" if len(others) > 12 else ""
        lines += [f"Further tests: {said}{more}."]
    return [*lines, ""]


def _folded(title: str, source: str) -> list[str]:
    return [
        f"<details><summary><code>{title}</code></summary>",
        "",
        "```python",
        source,
        "```",
        "",
        "</details>",
        "",
    ]


def settings_page() -> str:
    """Every setting with its rule, unit and default."""
    from folketall.model.sections import SETTINGS

    lines = ["# Settings", "", "| setting | rule | unit | default | meaning |"]
    lines += ["|---|---|---|---|---|"]
    for one in SETTINGS:
        rule = f"[{one.rule}](#{one.rule})" if one.rule in stated_rules() else one.rule
        default = "" if one.default is None else f"`{one.default}`"
        meaning = one.meaning.replace("|", "\\|")
        lines.append(f"| `{one.name}` | {rule} | {one.unit} | {default} | {meaning} |")
    return "\n".join([*lines, ""])


def commands_page() -> str:
    """The help of every command."""
    from folketall.commands.cli import _parser

    parser = _parser()
    lines = ["# Commands", "", "```text", parser.format_help().rstrip(), "```", ""]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                lines += [f"## folketall {name}", "", "```text"]
                lines += [command.format_help().rstrip(), "```", ""]
    return "\n".join(lines)


def write_pages(folder: Path) -> list[Path]:
    """Write all pages that are made from the code; the files written are returned."""
    folder.mkdir(parents=True, exist_ok=True)
    families: dict[str, list[str]] = {}
    for rule in stated_rules():
        families.setdefault(rule[0], []).append(rule)
    pages = {f"rules-{family}.md": rule_page(family, of) for family, of in families.items()}
    pages |= {"settings.md": settings_page(), "commands.md": commands_page()}
    for name, text in pages.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in pages]
