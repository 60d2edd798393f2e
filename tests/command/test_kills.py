"""Runs cut off by kills and full disks, and two at once, by the real command: nothing is lost."""

from __future__ import annotations

import contextlib
import filecmp
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from folketall.line import steps
from folketall.model import tables as t
from folketall.storage.opening import open_warehouse
from tests.command.conftest import COMMAND, QUICK, YEARS, command, small_java

pytestmark = pytest.mark.command
ALL_TABLES = (
    *t.REGISTERS.values(),
    t.DELIVERY,
    t.REJECTED_ROW,
    t.REGISTER_NOTE,
    *(table for step in steps.STEPS for table in step.writes),
)


def words(deliveries: Path, warehouse: str, *more: str) -> list[str]:
    return [
        str(COMMAND), "run", "--deliveries", str(deliveries), "--warehouse", warehouse,
        "--years", YEARS, *QUICK, *more,
    ]  # fmt: skip


@contextlib.contextmanager
def begun(folder: Path, *arguments: str):
    """A command that goes on beside the test, in a group of its own; dead at the end."""
    with (folder / "said.txt").open("ab") as said:
        run = subprocess.Popen(
            arguments, cwd=folder, stdout=said, stderr=said, start_new_session=True,
            env={**os.environ, **small_java()},
        )  # fmt: skip
        try:
            yield run
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)
            run.wait()


def wait_for(what, run: subprocess.Popen, seconds: float = 600) -> bool:
    """Wait until something holds; False when the run ended before it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        if run.poll() is not None:
            return False
        time.sleep(0.02)
    raise AssertionError("it took too long")


def tables_in(warehouse: Path) -> int:
    """Tables that have a commit: a run over the line only ever makes more of them."""
    return len(list(warehouse.glob("*/_delta_log/00000000000000000000.json")))


def assert_equal(spark, one: Path, two: Path) -> None:
    """Every table has the same rows, every published file the same bytes."""
    a, b = open_warehouse(spark, str(one)), open_warehouse(spark, str(two))
    for table in ALL_TABLES:
        assert a.exists(table.name) == b.exists(table.name), table.name
        if not a.exists(table.name):
            continue
        mine, others = a.read(table), b.read(table)
        assert mine.exceptAll(others).isEmpty(), table.name
        assert others.exceptAll(mine).isEmpty(), table.name
    files = sorted(file.name for file in (two / "published").glob("*.csv"))
    match, *others = filecmp.cmpfiles(one / "published", two / "published", files, shallow=False)
    assert sorted(match) == files, others
    assert len(files) == len(list((one / "published").glob("*.csv"))) > 10


def assert_nothing_is_left(warehouse: Path) -> None:
    left = [
        file for sign in ("_staged-*", ".unfinished", "*.tmp") for file in warehouse.rglob(sign)
    ]
    assert left == []


def killed_over_the_line(whole_run, folder: Path, *, kills: int, seed: int, warehouse: str) -> int:
    """Kill runs over one warehouse, each in its part of the line; returns how often.

    The first is killed while tables of the first part are made, the last when all are there: then
    the files of the release are written.
    """
    draw = random.Random(seed)
    at_all = tables_in(whole_run.warehouse)
    done = 0
    for part in range(kills):
        target = draw.randint(at_all * part // kills, at_all * (part + 1) // kills)
        with begun(folder, *words(whole_run.deliveries, warehouse)) as run:
            reached = wait_for(lambda goal=target: tables_in(folder / "w") >= goal, run)
            with contextlib.suppress(subprocess.TimeoutExpired):
                run.wait(draw.uniform(0, 3 if target else 30))
            done += reached and run.poll() is None
            # The command alone first, half of the time: what it started lives a moment longer.
            if draw.random() < 0.5:
                run.kill()
                time.sleep(0.5)
    return done


def test_runs_killed_at_random_moments_end_as_one_that_was_not(spark, whole_run, tmp_path):
    warehouse = "w"  # Relative, as in every example of the README.
    assert killed_over_the_line(whole_run, tmp_path, kills=5, seed=1, warehouse=warehouse) >= 4
    last = subprocess.run(
        words(whole_run.deliveries, warehouse), cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, **small_java()}, check=False,
    )  # fmt: skip
    assert last.returncode == 0, last.stderr
    assert_equal(spark, tmp_path / "w", whole_run.warehouse)
    assert_nothing_is_left(tmp_path / "w")


@pytest.mark.long
@pytest.mark.parametrize(("seed", "relative"), [(2, True), (3, False)])
def test_fifty_kills_end_as_no_kill(spark, whole_run, tmp_path, seed, relative):
    warehouse = "w" if relative else str(tmp_path / "w")
    killed_over_the_line(whole_run, tmp_path, kills=25, seed=seed, warehouse=warehouse)
    last = command(
        "run", "--deliveries", whole_run.deliveries, "--warehouse", tmp_path / "w",
        "--years", YEARS, *QUICK,
    )  # fmt: skip
    assert last.status == 0, last.err
    assert_equal(spark, tmp_path / "w", whole_run.warehouse)
    assert_nothing_is_left(tmp_path / "w")


def test_of_two_at_once_one_is_refused_and_a_kill_frees_the_warehouse(spark, register, tmp_path):
    warehouse = tmp_path / "w"
    asked = words(register, "w", "--to", "person_key")
    with begun(tmp_path, *asked) as first:
        wait_for(lambda: tables_in(warehouse) > 0, first)
        second = command(*asked[1:], cwd=tmp_path)
        assert first.poll() is None, "the first had ended: nothing was tried"
        assert second.status == 2
        assert f"process {first.pid} on " in second.last
        assert "another run holds the warehouse" in second.last
        assert "since 20" in second.last
    # The first was killed.
    third = command(*asked[1:], cwd=tmp_path)
    assert third.status == 0, third.err
    assert_nothing_is_left(warehouse)
    house = open_warehouse(spark, str(warehouse))
    key = house.read(t.PERSON_KEY)
    assert key.count() == key.select("pin").distinct().count() > 240
    events = house.read(t.REGISTERS[next(d for d in t.REGISTERS if d.register.endswith("_event"))])
    delivered = sum(
        sum(1 for _ in file.open("rb")) - 1 for file in register.glob("cpr/*/event.csv")
    )
    refused = house.read(t.REJECTED_ROW).where("source = 'cpr' AND table = 'event'").count()
    assert events.count() + refused == delivered


@pytest.fixture
def tmpfs(tmp_path):
    """A small disk; its size is set by what the test calls."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("a small disk cannot be mounted here: that takes the rights of root")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def resize(disk: Path, kibibytes: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={kibibytes}k", str(disk)], check=True)


def used(folder: Path) -> int:
    """Kibibytes on the disk."""
    said = subprocess.run(["du", "-sk", str(folder)], capture_output=True, text=True, check=True)
    return int(said.stdout.split()[0])


@pytest.mark.long
def test_a_disk_that_fills_up_is_said_and_room_ends_right(spark, whole_run, tmpfs):
    whole = used(whole_run.warehouse)
    for tenth in range(10):
        resize(tmpfs, 64 + whole * tenth // 10)
        said = command(*words(whole_run.deliveries, str(tmpfs / "w"))[1:])
        assert said.status == 2, (tenth, said.err)
        ours = [line for line in said.err.splitlines() if line.startswith("folketall:")]
        assert ours == [said.last], (tenth, said.err)
        assert "Traceback" not in said.err
        assert "disk is full" in said.last
    resize(tmpfs, 4 * whole)
    said = command(*words(whole_run.deliveries, str(tmpfs / "w"))[1:])
    assert said.status == 0, said.err
    assert_equal(spark, tmpfs / "w", whole_run.warehouse)


def test_a_disk_that_is_full_from_the_start_is_said(register, tmpfs):
    resize(tmpfs, 200)
    said = command(*words(register, str(tmpfs / "w"), "--to", "intake")[1:])
    assert said.status == 2, said.err
    assert "disk is full" in said.last
    assert "Traceback" not in said.err
    resize(tmpfs, 100_000)
    again = command(*words(register, str(tmpfs / "w"), "--to", "intake")[1:])
    assert again.status == 0, again.err
    assert_nothing_is_left(tmpfs / "w")


def test_a_new_delivery_is_taken_into_a_warehouse_with_a_relative_name(register, tmp_path):
    early = tmp_path / "early"
    days = sorted({folder.name for folder in register.glob("cpr/*")})
    shutil.copytree(register, early, ignore=lambda _, names: [n for n in names if n == days[-1]])
    first = command(*words(early, "w", "--to", "person_key")[1:], cwd=tmp_path)
    assert first.status == 0, first.err
    second = command(*words(register, "w", "--to", "person_key")[1:], cwd=tmp_path)
    assert second.status == 0, second.err
    assert len(list((tmp_path / "w" / "person_key" / "_delta_log").glob("*.json"))) == 2
