"""What a process and all that it started hold in memory, and which of them there are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Process:
    """A process as /proc tells of it."""

    pid: int
    parent: int
    resident: int
    """Bytes of its resident set; what forked processes share counts for each of them."""
    words: str


def tree(root: int) -> list[Process]:
    """A process and its descendants, itself first.

    Java starts others by a copy of itself that shares all its memory until it is the other: such a
    copy is left out.
    """
    seen = {one.pid: one for entry in Path("/proc").iterdir() if (one := _process(entry))}
    every = [
        one
        for one in seen.values()
        if "java" not in one.words or one.words != getattr(seen.get(one.parent), "words", "")
    ]
    found = [one for one in every if one.pid == root]
    for one in found:
        found.extend(other for other in every if other.parent == one.pid)
    return found


def resident(root: int) -> int:
    """Bytes of memory that a process and its descendants hold."""
    return sum(one.resident for one in tree(root))


def _process(entry: Path) -> Process | None:
    try:
        fields = (entry / "stat").read_text().rpartition(")")[2].split()
        words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return Process(int(entry.name), int(fields[1]), int(fields[21]) * PAGE, words)
    except (OSError, ValueError):
        return None
