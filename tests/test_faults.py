"""A fault is one line and a status of the contract, and repeats nothing of the engine's text."""

from __future__ import annotations

import errno

import pytest

from folketall.commands.faults import told
from folketall.model.errors import InputRefusedError

OLA = "Ola Nordmann 01018012345"


def wrapped(inner: BaseException) -> Exception:
    try:
        try:
            raise inner
        except BaseException as fault:
            raise RuntimeError(f"while reading {OLA}") from fault
    except RuntimeError as outer:
        return outer


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        (InputRefusedError("two\nlines"), 3, "two lines"),
        (OSError(errno.ENOSPC, OLA), 2, "disk is full"),
        (OSError(errno.EACCES, OLA, "out.csv"), 2, "out.csv: it may not be"),
        (OSError(errno.EROFS, OLA, "W"), 2, "read-only"),
        (IsADirectoryError(errno.EISDIR, OLA, "x"), 2, "x: it is a folder"),
        (NotADirectoryError(errno.ENOTDIR, OLA, "x"), 2, "a folder is needed"),
        (RuntimeError(f"java.io.IOException: No space left on device {OLA}"), 2, "disk is full"),
        (RuntimeError(f"Generic error: {OLA} Permission denied (os error 13)"), 2, "may not be"),
        (RuntimeError(f"{OLA} java.lang.OutOfMemoryError: Java heap space"), 2, "years at a time"),
        (RuntimeError(f"Python worker exited unexpectedly (crashed) {OLA}"), 2, "worker"),
        (MemoryError(OLA), 2, "memory"),
        (wrapped(OSError(errno.ENOSPC, OLA)), 2, "disk is full"),
        (RuntimeError(f"{OLA}\nStatisticsError: S4 does not hold\n at x"), 4, "S4 does not hold"),
        (ValueError(f"could not convert string to float: '{OLA}'"), 1, "ValueError"),
        (KeyError(OLA), 1, "KeyError"),
    ],
)  # fmt: skip
def test_what_is_said_of_a_fault(fault, status, said):
    found, line = told(fault)
    assert found == status
    assert said in line
    assert "\n" not in line
    assert "Ola" not in line
    assert "0101" not in line


def test_whatever_is_raised_when_java_has_ended_java_is_what_is_said():
    assert told(ConnectionResetError(errno.ECONNRESET, OLA), java_ended=True)[0] == 2
    assert "Java ended" in told(BrokenPipeError(), java_ended=True)[1]
