"""One run at a time on a warehouse, its private temporary folder, and what a killed run left.

The lock is one of the operating system: it ends with the process that holds it, however that ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from folketall.model.errors import UsageError
from folketall.storage.commits import STAGED, stored_table
from folketall.storage.delta import is_address

LOCK, SCRATCH, PRIVATE = ".lock", ".temporary", "folketall-private-"


@contextmanager
def holding(root: str, command: str) -> Iterator[Path]:
    """Hold a warehouse for writing, and give a private folder for temporary files.

    A warehouse that is an address has no lock: there a commit fails when another run was faster.

    Args:
        root: of the warehouse.
        command: what holds it, for whoever is refused.

    Yields:
        A folder that only this user may read; it is emptied at the end, or, after a kill, by the
        next run.

    Raises:
        UsageError: another process holds the warehouse; it says which, and since when.
    """
    if is_address(root):
        with private_folder() as folder:
            yield folder
        return
    home = Path(root).expanduser().resolve()
    home.mkdir(parents=True, exist_ok=True)
    with _locked(home, command) as killed:
        scratch = home / SCRATCH
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(mode=0o700)
        if killed is not None:
            remove_leftovers(home, since=killed)
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder for temporary files that only this user may enter, where no warehouse is held.

    It is deleted at the end; those that killed commands of this user left are deleted now.
    """
    place = Path(tempfile.gettempdir())
    for left in place.glob(f"{PRIVATE}*"):
        with suppress(OSError), (left / LOCK).open("r+", encoding="utf-8") as lock:
            if left.stat().st_uid == os.getuid():
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
    # Only the user may enter what mkdtemp makes.
    folder = Path(tempfile.mkdtemp(prefix=PRIVATE, dir=place))
    with (folder / LOCK).open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(home: Path, command: str) -> Iterator[float | None]:
    """Hold the lock; tell when the run began that held it before and was killed, if one was."""
    number = os.open(home / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(number, "r+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"the warehouse {home} is in use: {_holder(lock.read())}") from None
        # Who ends in order leaves an empty file.
        before = lock.read()
        _write(lock.fileno(), _me(command))
        yield _began(before) if before else None
        _write(lock.fileno(), "")


def _write(number: int, text: str) -> None:
    os.truncate(number, 0)
    os.pwrite(number, text.encode(), 0)


def _me(command: str) -> str:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    said = {"process": os.getpid(), "host": socket.gethostname(), "since": now, "command": command}
    return json.dumps(said)


def _began(text: str) -> float:
    try:
        return datetime.fromisoformat(json.loads(text)["since"]).timestamp()
    except (ValueError, KeyError, TypeError):
        return 0.0


def _holder(text: str) -> str:
    try:
        said = json.loads(text)
        return (
            f"`folketall {said['command']}` holds it since {said['since']} (process "
            f"{said['process']} on {said['host']}); try again when that has ended"
        )
    except (ValueError, KeyError, TypeError):
        return "another command holds it; try again when that has ended"


def remove_leftovers(home: Path, *, since: float) -> None:
    """Delete what a killed run left beside the tables: files that no commit names.

    Args:
        home: a warehouse that this process holds.
        since: when the killed run began, in seconds of the epoch; older files are not its own.
    """
    for folder in sorted(path for path in home.iterdir() if path.is_dir()):
        for staged in folder.glob(f"{STAGED}*"):
            shutil.rmtree(staged, ignore_errors=True)
        if not (folder / "_delta_log").is_dir():
            continue
        table = stored_table(folder)
        if table is None:
            shutil.rmtree(folder, ignore_errors=True)
            continue
        everything = table.vacuum(0, enforce_retention_duration=False, full=True)
        replaced = table.vacuum(0, enforce_retention_duration=False)
        # What earlier versions of the table consist of stays.
        for file in (folder / name for name in set(everything) - set(replaced)):
            if file.exists() and file.stat().st_mtime >= since - 1:
                file.unlink()
