"""Temporary files that may hold what registers hold: one folder of mode 700, gone with the command.

It lies in the warehouse, so that what a register told stays where the register is; for commands
without a folder as warehouse, in a folder of the user's own beside the machine's other temporary
files. A killed command leaves it: the next one removes every such folder that no process holds.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from folketall.storage.address import is_folder

TEMPORARY = "_tmp"
"""In the warehouse: folders of the commands that work on it now."""
FAULTS = "_faults"
"""In the warehouse: what `--verbose` wrote of commands that failed."""
HELD = "held"
"""A file that the owner of a folder holds a lock on; with the process the lock ends."""


class _Own:
    """What this process made for itself."""

    folder: Path | None = None
    lock: int = -1
    umask: int | None = None


def private_folder(warehouse: str | None = None) -> Path:
    """The folder of this process, made at the first call.

    Args:
        warehouse: where the command works; a folder that is not there yet is made.

    Raises:
        OSError: neither the warehouse nor the machine's folder of temporary files can be written.
    """
    if _Own.folder is None:
        _Own.folder = _made(_above(warehouse))
        atexit.register(let_go)
    return _Own.folder


def let_go() -> None:
    """Remove the folder of this process; called once more, nothing happens."""
    folder, _Own.folder = _Own.folder, None
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(_Own.lock)
        with _quietly():
            folder.parent.rmdir()


def fault_file(warehouse: str | None) -> Path:
    """A new file for what went wrong, in a folder that only its owner reads."""
    inside = Path(warehouse) if warehouse and is_folder(warehouse) else None
    if inside is not None and inside.is_dir():
        with _quietly():
            folder = inside / FAULTS
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)
            return Path(tempfile.mkstemp(".txt", "fault-", folder)[1])
    outside = tempfile.mkdtemp(prefix="folketall-fault-", dir=_machines())
    return Path(tempfile.mkstemp(".txt", "fault-", outside)[1])


def keep_private() -> None:
    """From now on only the owner reads what this process and its children write."""
    before = os.umask(0o077)
    if _Own.umask is None:
        _Own.umask = before


@contextmanager
def for_others_too() -> Iterator[None]:
    """What is written inside is readable as the user's own umask says: published files."""
    if _Own.umask is None:
        yield
        return
    private = os.umask(_Own.umask)
    try:
        yield
    finally:
        os.umask(private)


def _above(warehouse: str | None) -> Path:
    """The folder that the private ones lie in."""
    if warehouse is not None and is_folder(warehouse):
        try:
            with for_others_too():
                Path(warehouse).mkdir(parents=True, exist_ok=True)
            inside = Path(warehouse) / TEMPORARY
            inside.mkdir(mode=0o700, exist_ok=True)
            inside.chmod(0o700)
            return inside
        except PermissionError:
            # One who may only read it has a folder elsewhere; who must write it is told so later.
            if not Path(warehouse).is_dir():
                raise
    return _own_of_the_machine()


def _own_of_the_machine() -> Path:
    """A folder of this user in the machine's folder of temporary files."""
    folder = Path(_machines()) / f"folketall-{os.getuid()}"
    with _quietly():
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid():
        folder.chmod(0o700)
        return folder
    return Path(tempfile.mkdtemp(prefix="folketall-", dir=_machines()))


def _machines() -> str:
    """The machine's folder of temporary files, wherever this process has its own."""
    own, tempfile.tempdir = tempfile.tempdir, None
    try:
        return tempfile.gettempdir()
    finally:
        tempfile.tempdir = own


def _made(above: Path) -> Path:
    """A new folder that this process holds; those that nobody holds any more are removed."""
    door = os.open(above, os.O_RDONLY)
    try:
        fcntl.flock(door, fcntl.LOCK_EX)
        for left in above.iterdir():
            if left.is_dir() and not left.is_symlink() and _nobody_holds(left):
                shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(dir=above))
        _Own.lock = os.open(folder / HELD, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(_Own.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return folder.resolve()
    finally:
        os.close(door)


def _nobody_holds(folder: Path) -> bool:
    try:
        lock = os.open(folder / HELD, os.O_RDWR)
    except OSError:
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True


@contextmanager
def _quietly() -> Iterator[None]:
    with suppress(OSError):
        yield
