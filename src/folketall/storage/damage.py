"""Bytes that are no longer those that were written: of every file that tables are made of.

A data file's name has its checksum (see `checksums`). Files that Spark named, at an address or by
an earlier version of this package, have none: they are counted as not examined.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from folketall.model.errors import StatisticsError
from folketall.storage import commits
from folketall.storage.checksums import promised, sha256
from folketall.storage.threads import at_once


@dataclass(slots=True)
class Examined:
    """What was found of one table."""

    table: str
    files: int = 0
    """Whose bytes were examined."""
    skipped: int = 0
    """That carry no checksum."""
    faults: list[str] = field(default_factory=list)
    """What is wrong, file by file."""


def examine(root: Path, name: str, sound: Collection[Path] = ()) -> Examined:
    """Examine the bytes of one table as it stands.

    Args:
        root: folder of the warehouse.
        name: of the table.
        sound: files that need not be examined.
    """
    found = Examined(name)
    try:
        stored = commits.opened(root / name)
    except StatisticsError:
        found.faults.append("the log cannot be read")
        return found
    files = sorted(commits.files_of(stored)) if stored else []
    named = [file for file in files if promised(file.name) and file not in sound]
    found.skipped = sum(promised(file.name) is None for file in files)
    found.files = len(files) - found.skipped
    for file, fault in zip(named, at_once(_fault, named), strict=True):
        if fault:
            found.faults.append(f"{file.relative_to(root)} {fault}")
    found.faults += [
        f"{file.relative_to(root)} is gone"
        for file in files
        if promised(file.name) is None and not file.exists()
    ]
    return found


def tables_in(root: Path) -> list[str]:
    """Names of the tables in a warehouse's folder."""
    return sorted(path.parent.name for path in root.glob("*/_delta_log") if path.is_dir())


def refuse_damaged(root: Path, names: Sequence[str], sound: set[Path]) -> None:
    """Stop where bytes of the tables named are not those that were written.

    Args:
        root: folder of the warehouse.
        names: of tables.
        sound: files that were examined before; those found sound are added.

    Raises:
        StatisticsError: naming the tables and what to do.
    """
    damaged = []
    for name in names:
        found = examine(root, name, sound)
        if found.faults:
            damaged.append(f"{name} ({found.faults[0]})")
            continue
        stored = commits.opened(root / name)
        sound |= set(commits.files_of(stored)) if stored else set()
    if damaged:
        raise StatisticsError(
            f"bytes were changed or lost since they were written in {', '.join(damaged)}; nothing "
            f"is made from them. `folketall check --warehouse {root}` names the steps that make "
            "them again"
        )


def _fault(file: Path) -> str | None:
    if not file.exists():
        return "is gone"
    return None if sha256(file) == promised(file.name) else "has other bytes than were written"
