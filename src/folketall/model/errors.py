"""The ways a run can end before its work is done, each with its exit status of CONTRACT.md."""

from __future__ import annotations


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
