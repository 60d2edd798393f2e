"""The lock of a warehouse: one process at a time, and none after its death."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from folketall.model.errors import UsageError
from folketall.storage.holding import LOCK, held, refuse_if_held

HOLD = """
import sys, time
from pathlib import Path
from folketall.storage.holding import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """Another process that holds the warehouse."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "w")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_who_holds_it_and_since_when_is_said(other, tmp_path):
    with (
        pytest.raises(UsageError, match=rf"process {other.pid} on .*, since 20\d\d-"),
        held(tmp_path / "w"),
    ):
        pass
    with pytest.raises(UsageError, match="another run holds the warehouse"):
        refuse_if_held(str(tmp_path / "w"))


def test_a_lock_left_by_a_killed_process_frees_itself(other, tmp_path):
    other.kill()
    other.wait()
    assert (tmp_path / "w" / LOCK).read_text("utf-8"), "nobody wrote its name off: it was killed"
    with held(tmp_path / "w"):
        pass


def test_the_end_of_a_holder_frees_it(other, tmp_path):
    other.stdin.close()
    other.wait()
    refuse_if_held(str(tmp_path / "w"))
    with held(tmp_path / "w"):
        pass


def test_one_process_may_hold_it_several_times_and_in_threads(tmp_path):
    faults = []

    def work():
        try:
            with held(tmp_path / "w"):
                pass
        except UsageError as fault:
            faults.append(fault)

    with held(tmp_path / "w"), held(Path(os.path.relpath(tmp_path / "w"))):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert (tmp_path / "w" / LOCK).read_text("utf-8") != ""
    assert faults == []
    assert (tmp_path / "w" / LOCK).read_text("utf-8") == ""


def test_a_question_makes_no_warehouse(tmp_path):
    refuse_if_held(str(tmp_path / "none"))
    refuse_if_held("s3a://bucket/w")
    assert not (tmp_path / "none").exists()
