"""The command `check`: are the bytes in the warehouse still those that were written?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from folketall.commands.console import say
from folketall.commands.options import Add, Session, add_warehouse
from folketall.line.release import PUBLISHED
from folketall.line.steps import INTAKE, RELEASE, STEPS
from folketall.model.errors import StatisticsError, UsageError
from folketall.model.tables import LEDGER, PERSON_KEY
from folketall.release.files import SIGN, changed_files, read_mark
from folketall.storage.damage import Examined, examine, tables_in
from folketall.storage.folders import Folder, LocalFolder, local_path
from folketall.storage.opening import open_warehouse

_MAKES = {table.name: step.name for step in STEPS for table in step.writes}
_CANNOT_BE_MADE_AGAIN = (LEDGER.name, PERSON_KEY.name)


def add_check(add: Add, session: Session) -> None:
    """The command that examines the bytes of every table and published file."""
    parser = add(
        "check",
        lambda arguments: check(session, arguments.warehouse),
        "Check that the bytes of every table and of every published file are those that were "
        "written. Names what is damaged and the step that makes it again; then it ends with 4.",
        "folketall check --warehouse warehouse",
    )
    add_warehouse(parser)


def check(session: Session, warehouse: str) -> None:
    """Examine a warehouse: its first line says what was examined, and what could not be.

    Raises:
        UsageError: there is no warehouse.
        StatisticsError: bytes were changed or lost.
    """
    root = local_path(warehouse)
    if root is None:
        tables, folder = [], open_warehouse(session(0, warehouse), warehouse).files(PUBLISHED)
        files, faults = _published(folder)
        if not files and not faults:
            raise UsageError(
                f"{folder.address} has no {SIGN}: nothing there has a checksum to check by"
            )
    else:
        tables = [examine(root, name) for name in tables_in(root)] if root.is_dir() else []
        if not tables:
            raise UsageError(f"{root} holds no table; name a warehouse that was run")
        files, faults = _published(LocalFolder(root / PUBLISHED))
    say(_first_line(warehouse, tables, files, far=root is None))
    damaged = [table for table in tables if table.faults]
    for table in damaged:
        say(f"Damaged: table {table.table}: {'; '.join(table.faults)}. {_remedy(root, table)}")
    for fault in faults:
        say(f"Damaged: {PUBLISHED}/{fault}. The step {RELEASE} makes it again: run it once more")
    if damaged or faults:
        names = [table.table for table in damaged] + [fault.split()[0] for fault in faults]
        raise StatisticsError(f"bytes were changed or lost in: {', '.join(names)}")


def _first_line(warehouse: str, tables: Sequence[Examined], files: int, *, far: bool) -> str:
    examined = sum(table.files for table in tables)
    skipped = [f"{table.table} ({table.skipped})" for table in tables if table.skipped]
    text = f"Examined in {warehouse}: {examined} files of {len(tables)} tables, {files} published. "
    if far:
        return text + "Not examined: every table, for there Spark writes the files itself"
    if skipped:
        return text + f"Not examined, for their files have no checksum: {', '.join(skipped)}"
    return text + "Nothing was left out"


def _published(folder: Folder) -> tuple[int, list[str]]:
    """How many published files have a checksum, and what is wrong with them."""
    mark = read_mark(folder)
    names = [name for name in folder.names() if name.endswith(".csv")]
    if mark is None:
        told = folder.text(SIGN) is not None
        fault = f"{SIGN} is damaged" if told else f"{SIGN} is gone while CSV files are there"
        return 0, [fault] if told or names else []
    strangers = [f"{name} is from no release" for name in names if name not in mark.files]
    changed = [f"{name} has other bytes than were written" for name in changed_files(folder, mark)]
    return len(mark.files), changed + strangers


def _remedy(root: Path | None, table: Examined) -> str:
    name = table.table
    if name in _CANNOT_BE_MADE_AGAIN:
        return (
            "No step can make it again as it was: bring it back from a copy. It holds what no "
            "register tells (ids once given, what was once released)"
        )
    if name not in _MAKES:
        return (
            f"The step {INTAKE} makes it, from all deliveries: bring it back from a copy, or take "
            "the deliveries into a new warehouse with a copy of person_key and ledger in it"
        )
    return (
        f"The step {_MAKES[name]} makes it again: move the folder {root and root / name} away, "
        "then run the same run once more"
    )
