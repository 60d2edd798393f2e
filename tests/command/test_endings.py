"""However a run ends: one line, the right status, nothing that a register holds, nothing left."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.command.conftest import COMMAND, YEARS, command, small_java

pytestmark = pytest.mark.command


def redeliver(table: Path) -> None:
    """Write the manifest of a changed delivery anew, so that only its rows are at fault."""
    manifest = table.parent / "manifest.json"
    said = json.loads(manifest.read_text("utf-8"))
    digest = hashlib.sha256(table.read_bytes()).hexdigest()
    rows = len(table.read_text("utf-8").splitlines()) - 1
    said["tables"][table.stem] = {"rows": rows, "sha256": {table.name: digest}}
    manifest.write_text(json.dumps(said), "utf-8")


@pytest.fixture
def deliveries(register, tmp_path) -> Path:
    return Path(shutil.copytree(register, tmp_path / "deliveries"))


def started(*words: object, folder: Path) -> subprocess.Popen:
    """A command that goes on while the test looks at it; temporary files go to a folder."""
    folder.mkdir(exist_ok=True)
    return subprocess.Popen(
        [str(COMMAND), *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **small_java(), "TMPDIR": str(folder)},
    )


def java_of(process: int) -> int:
    """The Java that a command has started."""
    children = Path(f"/proc/{process}/task/{process}/children")
    for _ in range(600):
        for child in children.read_text("utf-8").split():
            with Path(f"/proc/{child}/cmdline").open("rb") as line:
                if b"SparkSubmit" in line.read():
                    return int(child)
        time.sleep(0.1)
    raise AssertionError("no Java was started")


def wait_for(path: Path) -> None:
    for _ in range(1200):
        if path.exists():
            return
        time.sleep(0.1)
    raise AssertionError(f"{path} did not come")


@pytest.mark.rule("V3")
def test_a_row_of_25_000_fields_tells_nobody_anything(deliveries, tmp_path):
    table = next(deliveries.glob("cpr/*/person.csv"))
    lines = table.read_text("utf-8").splitlines()
    pin, name = lines[1].split(",")[0], "Xantippe-Only-Here"
    table.write_text("\n".join([*lines, ",".join([pin, name, *["x"] * 25_000])]) + "\n", "utf-8")
    redeliver(table)
    said = command(
        "run", "--deliveries", deliveries, "--warehouse", tmp_path / "W", "--years", YEARS,
        "--to", "intake",
    )  # fmt: skip
    # V3: one row more is refused, with its reason; the others are taken.
    assert said.status == 0, said.err
    everything = said.out + said.err
    assert pin not in everything
    assert name not in everything
    assert len(said.err.splitlines()) < 5
    assert not (tmp_path / "W" / "_temporary").exists()


@pytest.mark.rule("V3")
def test_a_line_that_no_row_can_be_is_refused_by_its_number(deliveries, tmp_path):
    table = next(deliveries.glob("cpr/*/person.csv"))
    lines = table.read_text("utf-8").splitlines()
    table.write_text("\n".join([*lines, "x," * 600_000]) + "\n", "utf-8")
    redeliver(table)
    said = command(
        "run", "--deliveries", deliveries, "--warehouse", tmp_path / "W", "--years", YEARS
    )
    assert said.status == 3
    assert f"person.csv line {len(lines) + 1} is longer than 524288 bytes" in said.last
    assert len(said.err.splitlines()) == 1


def test_java_killed_in_the_middle_ends_the_command_which_then_goes_on(deliveries, tmp_path):
    words = ("run", "--deliveries", deliveries, "--warehouse", tmp_path / "W", "--years", YEARS)
    run = started(*words, "--to", "person_key", folder=tmp_path / "tmp")
    wait_for(tmp_path / "W" / "register_cpr_event")
    os.kill(java_of(run.pid), signal.SIGKILL)
    out, err = run.communicate(timeout=60)
    assert run.returncode == 2, err
    assert (
        err.strip().splitlines()[-1].startswith("folketall: Java ran out of memory or was killed")
    )
    assert "Traceback" not in out + err
    again = command(*words, "--to", "person_key")
    assert again.status == 0, again.err
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_is_asked_to_end_says_so_and_leaves_nothing(number, deliveries, tmp_path):
    words = ("run", "--deliveries", deliveries, "--warehouse", tmp_path / "W", "--years", YEARS)
    run = started(*words, folder=tmp_path / "tmp")
    wait_for(tmp_path / "W" / "register_cpr_event" / "_delta_log")
    run.send_signal(number)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 128 + number, err
    assert err.strip().splitlines()[-1] == (
        "folketall: stopped; run the same again and it goes on where it was"
    )
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not (tmp_path / "W" / "_temporary").exists()


def test_the_traceback_is_in_a_private_file_and_nowhere_else(deliveries, tmp_path, monkeypatch):
    """A fault of ours: a table of the warehouse that is no table."""
    house = tmp_path / "W"
    words = ("run", "--deliveries", deliveries, "--warehouse", house, "--years", YEARS)
    assert command(*words, "--to", "intake").status == 0
    for entry in (house / "delivery" / "_delta_log").glob("*.json"):
        entry.write_text("no log", "utf-8")
    logs = tmp_path / "logs"
    logs.mkdir()
    quiet = command(*words, "--to", "person_key")
    loud = command(*words, "--to", "person_key", "--verbose", env={"FOLKETALL_LOGS": str(logs)})
    assert quiet.status == loud.status != 0
    assert "Traceback" not in quiet.err + loud.err
    assert len(quiet.err.strip().splitlines()) == 1
    (file,) = logs.rglob("traceback.txt")
    assert str(file) in loud.err
    assert "Traceback" in file.read_text("utf-8")
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0
