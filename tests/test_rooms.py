"""The house is built one way: a room uses only rooms below it, and logic stays pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    "storage/delta.py": "one count; cells",
    "storage/far.py": "one commit",
    "storage/executors.py": "what the work gave, some bytes a thing",
}
"""Files that may take rows to the driver, and which: never rows of a register."""


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
