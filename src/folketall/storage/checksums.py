"""Checksums in the names of data files: whoever reads a name knows what must be in the file.

A checksum in the name is in the log from the commit on, of every version, and nothing can part the
two: no side file that a kill leaves half written, and none to forget with an old commit.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

_NAME = re.compile(r"part-\d{5,}-\d{5,}-[0-9a-f]{32}-([0-9a-f]{64})\.parquet")


def sha256(file: Path) -> str:
    """The checksum of a file's bytes."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def named(file: Path, *, version: int, number: int, token: str) -> str:
    """The name of a data file: commit, number in it, token of its write, checksum of its bytes."""
    return f"part-{version:05d}-{number:05d}-{token}-{sha256(file)}.parquet"


def promised(name: str) -> str | None:
    """The checksum that the name of a data file has; None where Spark named it."""
    found = _NAME.fullmatch(name)
    return found.group(1) if found else None
