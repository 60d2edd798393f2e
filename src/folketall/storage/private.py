"""Private folders for temporary files: Spark, Java and the workers keep rows of registers there."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from folketall.storage.folders import local_path
from folketall.storage.holding import held

SCRATCH, PRIVATE, _ALIVE = "_temporary", "folketall-private-", "alive"


@contextmanager
def scratch_of(warehouse: str) -> Iterator[Path]:
    """Hold a warehouse, and give a folder in it that only this user may enter.

    It is emptied at the end, or, after a kill, by the next run. A warehouse at an address has no
    lock, and the folder is among this machine's temporary files.

    Raises:
        UsageError: another process holds the warehouse.
    """
    home = local_path(warehouse)
    if home is None:
        with private_folder() as folder:
            yield folder
        return
    with held(home):
        scratch = home / SCRATCH
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(mode=0o700)
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
        with suppress(OSError), (left / _ALIVE).open("r+", encoding="utf-8") as alive:
            if left.stat().st_uid == os.getuid():
                fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
    # Only the user may enter what mkdtemp makes.
    folder = Path(tempfile.mkdtemp(prefix=PRIVATE, dir=place))
    with (folder / _ALIVE).open("w", encoding="utf-8") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
