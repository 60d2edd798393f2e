"""The ways a run can end before its work is done, each with its exit status of CONTRACT.md."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager


class FolketallError(Exception):
    """A fault that the person who ran the command can mend; one line says what and how."""

    status = 1


class UsageError(FolketallError):
    """A wrong option, setting or place: nothing was started."""

    status = 2


class InputRefusedError(FolketallError):
    """A delivery that is not what it says it is: nothing of it was stored."""

    status = 3


class StatisticsError(FolketallError):
    """A check of the statistics failed: the figures contradict each other."""

    status = 4


class TooEarlyError(FolketallError):
    """Something was asked out before its announced moment."""

    status = 5


@contextmanager
def no_room_is_said() -> Iterator[None]:
    """Say in one line that a disk is full, whatever engine was writing.

    Raises:
        UsageError: something failed because there was no room; what was written before stays.
    """
    try:
        yield
    except FolketallError:
        raise
    except Exception as fault:
        if not _is_no_room(fault):
            raise
        raise UsageError(
            "there is no room left on the disk of the warehouse or of the temporary files; make "
            "room and run the same again: it goes on where it was"
        ) from None


def _is_no_room(fault: BaseException) -> bool:
    """Whether a fault, or one that it came from, is of a full disk; engines say it in words."""
    seen: BaseException | None = fault
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if any(words in str(seen) for words in ("No space left on device", "Disk quota exceeded")):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
