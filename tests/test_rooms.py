"""The house is built one way: a room uses only rooms below it, and logic stays pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from folketall.line.steps import STEPS

HOUSES = Path(__file__).parents[1] / "src"
SRC = HOUSES / "folketall"
TRIAL = "folketall_trial"
"""Synthetic registers and evaluation: a package beside the line, on a floor of its own."""

FLOORS = (
    ("model",),
    ("classifications", "suppression"),
    ("storage", "geography"),
    ("registers",),
    ("linkage",),
    ("population",),
    ("refugees", "quality"),
    ("cubes",),
    ("protection",),
    ("audit",),
    ("ledger",),
    ("release",),
    ("folketall_trial",),
    ("line",),
    ("commands",),
)
"""Low to high. Rooms of one floor do not use each other."""
FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}

LOGIC = (
    "suppression",
    "linkage",
    "population",
    "refugees",
    "quality",
    "cubes",
    "protection",
    "audit",
    "ledger",
)
READER = SRC / "protection" / "protected.py"
"""Its `published` reads the protected cells: the one door from the warehouse to a release."""
IMPURE = {
    r"\.write\b": "writes",
    r"\bSparkSession\b": "holds a session",
    r"\bnow\(": "asks the clock",
    r"\btoday\(": "asks the clock",
    r"\bcurrent_date\b": "asks the clock",
    r"\bcurrent_timestamp\b": "asks the clock",
    r"\bfolketall\.storage\b": "touches the warehouse",
}
FORBIDDEN = {
    r"\.rdd\b": "leaves DataFrames",
    r"\btoPandas\b": "takes rows to the driver",
    r"\btoLocalIterator\b": "takes rows to the driver",
    r"@(?:F\.)?(?:pandas_)?udf\b": "runs Python a row",
}
MAY_COLLECT = {
    "cubes/counted.py": "counts of cells that are not zero",
    "commands/console.py": "counts by rule for the summary",
    "commands/evaluate.py": "figures of an evaluation",
    "release/gate.py": "a verdict a period; the releases, a row each",
    "line/run.py": "deliveries taken, a row each",
    "registers/intake.py": "deliveries taken, a row each",
    "registers/taken.py": "deliveries withdrawn, a row each",
    "registers/withdrawal.py": "deliveries taken, a row each",
    "registers/known.py": "one date",
    "registers/verdicts.py": "counts of one delivered table",
    "release/show.py": "the few cells that are shown",
    "folketall_trial/synthetic/register.py": "rows and checksums of the files written",
    "line/work/figures.py": "accounts that do not add up",
    "line/work/protection.py": "boundary years of the ledger; cells to leave empty; verdicts and periods",
    "storage/warehouse.py": "one count",
    "storage/delta_tables.py": "one commit; a schema's place; cells",
    "storage/executors.py": "what the work gave, some bytes a thing",
}
"""Files that may take rows to the driver, and which: never rows of a register."""
KEEPS = r"\.(localCheckpoint|checkpoint|persist|cache)\("
MAY_KEEP = {
    "line/step.py": "what a step reads more than once",
    "line/intake.py": "what was checked and is read twice",
    "commands/evaluate.py": "what an evaluation reads more than once",
    "storage/delta_tables.py": "what is counted and then written; rows from outside of Spark",
}
"""Files that may have rows computed and kept. A room is given the way to keep them."""
STARTS = r"\.(isEmpty|count|first|head|take|tail)\(\)|\.foreach\("
MAY_START = {"linkage/chains.py": "chains have no bounded length: a loop ends when nothing is new"}
"""Files of logic that may start a job to look at what it finds."""
KEYS = {r"""settings\[["']|\.values\[["']|\.setting\(""": "asks for a setting by a text"}


def sources() -> list[Path]:
    return sorted([*SRC.rglob("*.py"), *(HOUSES / TRIAL).rglob("*.py")])


def room_of(path: Path) -> str:
    package, *inside = path.relative_to(HOUSES).parts
    return package if package == TRIAL else inside[0].removesuffix(".py")


def named(path: Path) -> str:
    """The file as the lists here name it: from its package down, the line's own left out."""
    return path.relative_to(HOUSES).as_posix().removeprefix("folketall/")


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, room) of every import from the package, wherever in the file it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "folketall":
            names = [f"folketall.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        for name in names:
            if name.split(".")[0] == TRIAL:
                yield node.lineno, TRIAL
            elif name.startswith("folketall."):
                yield node.lineno, name.split(".")[1]


def test_every_room_has_its_floor():
    rooms = {room_of(path) for path in sources()} - {"__init__"}
    assert rooms == set(FLOOR)


def test_a_room_uses_only_rooms_below():
    wrong = []
    for path in sources():
        own = room_of(path)
        for line, room in imported(ast.parse(path.read_text("utf-8"))):
            if room != own and FLOOR[room] >= FLOOR.get(own, -1):
                wrong.append(f"{named(path)}:{line} ({own}) uses {room}")
    assert wrong == []


def test_imports_name_their_room():
    relative = [
        f"{named(path)}:{node.lineno}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level > 0
    ]
    assert relative == []


def found(paths: list[Path], patterns: dict[str, str]) -> list[str]:
    return [
        f"{named(path)}:{number} {why}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        for pattern, why in patterns.items()
        if re.search(pattern, line)
    ]


def test_logic_has_no_session_clock_or_store():
    logic = [path for path in sources() if room_of(path) in LOGIC and path != READER]
    assert found(logic, IMPURE) == []


def test_the_reader_of_protected_cells_only_reads():
    but_storage = {pattern: why for pattern, why in IMPURE.items() if "storage" not in pattern}
    assert found([READER], but_storage) == []
    text = READER.read_text("utf-8")
    uses = re.findall(r"\bwarehouse\.(\w+)", text)
    assert uses == ["cells"]


def test_the_engine_of_suppression_knows_neither_spark_nor_the_line():
    engine = [path for path in sources() if room_of(path) == "suppression"]
    assert len(engine) > 10
    outside = {r"\bpyspark\b": "uses Spark", r"\bfolketall\.(?!suppression|model\.errors)": "uses"}
    assert found(engine, outside) == []


def test_the_audit_shares_no_code_with_the_protection():
    audit = [path for path in sources() if room_of(path) == "audit"]
    assert found(audit, {r"folketall\.(protection|suppression)": "uses it"}) == []


def test_no_row_wise_python():
    assert found(sources(), FORBIDDEN) == []


def test_rows_come_to_the_driver_only_where_they_may():
    collecting = {
        named(path)
        for path in sources()
        if re.search(r"\.(collect|toArrow)\(", path.read_text("utf-8"))
    }
    assert collecting - set(MAY_COLLECT) == set()


def test_rooms_do_not_decide_what_is_computed_and_kept():
    keeping = {named(path) for path in sources() if re.search(KEEPS, path.read_text("utf-8"))}
    assert keeping == set(MAY_KEEP)


def test_transformations_start_no_jobs():
    logic = [path for path in sources() if room_of(path) in LOGIC]
    # What groups are counted by is a transformation.
    texts = {named(path): re.sub(r"groupBy\([^()]*\)\.count\(\)", "", path.read_text("utf-8")) for path in logic}  # fmt: skip
    assert {name for name, text in texts.items() if re.search(STARTS, text)} == set(MAY_START)


def test_settings_are_read_by_their_names_in_code():
    assert found(sources(), KEYS) == []


def test_the_line_knows_no_table_by_name():
    text = (SRC / "line" / "run.py").read_text("utf-8")
    assert "folketall.model.tables" not in text
    named_there = {table.name for step in STEPS for table in (*step.reads, *step.writes)}
    said = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
    assert said & named_there == set()


def test_only_the_storage_room_speaks_of_delta():
    others = [path for path in sources() if room_of(path) != "storage"]
    assert found(others, {r"""format\(\s*["']delta["']""": "reads or writes Delta itself"}) == []


@pytest.mark.parametrize(
    ("text", "room"),
    [
        ("import folketall.cubes.cells", "cubes"),
        ("from folketall import line", "line"),
        ("from folketall_trial.synthetic import noise", "folketall_trial"),
        ("def f():\n    from folketall.release.show import x", "release"),
    ],
)
def test_an_import_is_seen_wherever_it_stands(text, room):
    assert [seen for _, seen in imported(ast.parse(text))] == [room]
