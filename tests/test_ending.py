"""What a fault becomes: a status and a line without a word of the fault's own."""

from __future__ import annotations

import errno
import os

import pytest
from py4j.protocol import Py4JNetworkError
from pyspark.errors import PySparkException

from folketall.ending import Interrupted, ended, write_traceback
from folketall.model.errors import InputRefusedError, StatisticsError, UsageError

SECRET = "Kari Nordmann 01017012345"


def caused(fault: BaseException, by: BaseException) -> BaseException:
    fault.__cause__ = by
    return fault


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        (UsageError("--years: no"), 2, "--years: no"),
        (InputRefusedError("two\nlines"), 3, "two lines"),
        (OSError(errno.ENOSPC, SECRET), 2, "no space is left on the disk"),
        (PermissionError(errno.EACCES, SECRET), 2, "permission is denied"),
        (IsADirectoryError(errno.EISDIR, SECRET, "a/path"), 2, "a/path: a folder is where a file"),
        (caused(ValueError(SECRET), OSError(errno.ENOSPC, "")), 2, "no space is left"),
        (PySparkException(f"java.io.IOException: No space left on device {SECRET}"), 2, "no space"),
        (PySparkException(f"java.lang.OutOfMemoryError: {SECRET}"), 2, "FOLKETALL_MEMORY"),
        (Py4JNetworkError(SECRET), 2, "FOLKETALL_MEMORY"),
        (ConnectionRefusedError(SECRET), 2, "FOLKETALL_MEMORY"),
        (MemoryError(SECRET), 2, "FOLKETALL_MEMORY"),
        (PySparkException("[JAVA_GATEWAY_EXITED] Java"), 2, "Java did not start"),
        (PySparkException(f"x StatisticsError: S4: no\n  {SECRET}"), 4, "S4: no"),
        (PySparkException("[USER_RAISED_EXCEPTION] C1: no SQLSTATE: P0001"), 4, "C1: no"),
        (caused(PySparkException(SECRET), StatisticsError("S4: no")), 4, "S4: no"),
        (PySparkException(SECRET), 1, "an unforeseen fault (PySparkException)"),
        (ValueError(f"could not convert {SECRET}"), 1, "an unforeseen fault (ValueError)"),
        (KeyboardInterrupt(), 130, "stopped; run the same again"),
        (Interrupted(15), 143, "stopped; run the same again"),
    ],
)
def test_every_fault_has_its_status_and_a_line_without_a_value(fault, status, said):
    found, line = ended(fault, None)
    assert found == status
    assert line.startswith("folketall: ")
    assert said in line
    assert "\n" not in line
    assert SECRET not in line


def test_what_is_known_of_a_fault_goes_into_a_private_file(tmp_path, monkeypatch):
    monkeypatch.setenv("FOLKETALL_LOGS", str(tmp_path))
    java = tmp_path / "java.log"
    java.write_text("what Java said", "utf-8")
    file = write_traceback(ValueError(SECRET), java)
    assert SECRET in file.read_text("utf-8")
    assert "what Java said" in file.read_text("utf-8")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert str(file) in ended(ValueError(), file)[1]
    assert os.listdir(file.parent) == ["traceback.txt"]
