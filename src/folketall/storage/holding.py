"""One writer at a time: whoever writes to a warehouse holds its lock.

The lock is the system's own (`flock`) on the file `_lock` in the warehouse's folder, held by the
process: it ends with the process, however that ends. Over NFS it holds between machines where the
server keeps locks (NFS 4; not with the mount options `nolock` and `local_lock`). A file system
without locks, and an address such as s3a://, have none: there a commit fails when another was
faster.
"""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from folketall.model.errors import UsageError
from folketall.storage.folders import local_path
from folketall.storage.staging import remove_leftovers

log = logging.getLogger(__name__)
LOCK = "_lock"
_guard = threading.Lock()
_held: dict[Path, list[int]] = {}
"""Folder to its lock's file and how often this process holds it: a run writes from several
threads, and a writer inside a run holds the warehouse already."""


@contextmanager
def held(root: Path) -> Iterator[None]:
    """Hold the warehouse in a folder; who has it first removes what a killed writer left.

    Raises:
        UsageError: another process holds it; the message says which, and since when.
    """
    root = root.resolve()
    with _guard:
        if root in _held:
            _held[root][1] += 1
        else:
            root.mkdir(parents=True, exist_ok=True)
            _held[root] = [_locked(root), 1]
    try:
        yield
    finally:
        with _guard:
            _held[root][1] -= 1
            if not _held[root][1]:
                _free(_held.pop(root)[0])


def refuse_if_held(warehouse: str) -> None:
    """Say before anything is begun that another process holds the warehouse, where that is so.

    Raises:
        UsageError: it does.
    """
    root = local_path(warehouse)
    if root and (root / LOCK).exists():
        with held(root):
            pass


def _locked(root: Path) -> int:
    """The file of the lock, open; while it is, this process has the lock."""
    file = os.open(root / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = _holder(file)
        os.close(file)
        raise UsageError(
            f"another run holds the warehouse {root}: {holder}; wait until it has ended, or end it"
        ) from None
    except OSError as fault:
        if fault.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL):
            os.close(file)
            raise
        log.warning("the file system of %s has no locks: run one command at a time there", root)
        return file
    try:
        said = {
            "process": os.getpid(),
            "machine": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        os.ftruncate(file, 0)
        os.pwrite(file, json.dumps(said).encode(), 0)
        remove_leftovers(root)
    except BaseException:
        os.close(file)
        raise
    return file


def _holder(file: int) -> str:
    """Who holds the lock and since when, in words."""
    try:
        said = json.loads(os.pread(file, 4096, 0))
        return f"process {said['process']} on {said['machine']}, since {said['since']}"
    except (ValueError, KeyError, TypeError):
        return "since a moment ago"


def _free(file: int) -> None:
    # The file stays: one who waits to open it must open the one that is locked next.
    try:
        os.ftruncate(file, 0)
    finally:
        os.close(file)
