"""However a command ends, it says one line, tells nobody's PIN or name, and leaves nothing behind."""

from __future__ import annotations

import csv
import os
import re
import shutil
import signal
import stat
import subprocess
import time
from datetime import date
from pathlib import Path

import pytest

from folketall.storage.session import QUICK_COMPILER
from tests.command.conftest import COMMAND, QUICK, YEARS, command
from tests.support.deliveries import seal
from tests.support.pins import synthetic_pin
from tests.support.process_tree import Process, resident, tree

pytestmark = pytest.mark.command
ALLOWED = ("register_", "rejected_row", "person_key")
"""Tables that may hold PINs or names."""
SECRET = "a-secret-of-this-test"


class Running:
    """A command that goes on while the test looks at it."""

    def __init__(self, place: Path, register: Path, *words: str):
        self.warehouse, self.temporary = place / "warehouse", place / "temporary"
        self.temporary.mkdir(exist_ok=True)
        conf = place / "conf.toml"
        conf.write_text(f'[keys]\nsecret = "{SECRET}"\n', "utf-8")
        self.err, self.out = place / "err", place / "out"
        small = {
            "FOLKETALL_MEMORY": "1200m",
            "FOLKETALL_JAVA_OPTIONS": " ".join((*QUICK_COMPILER, "-XX:+UseSerialGC")),
            "TMPDIR": str(self.temporary),
        }
        self.process = subprocess.Popen(
            [str(COMMAND), "run", "--deliveries", str(register), "--warehouse",
             str(self.warehouse), "--years", YEARS, "--conf", str(conf), *QUICK, *words],
            stdout=self.out.open("w"), stderr=self.err.open("w"), env={**os.environ, **small},
        )  # fmt: skip

    def find(self, words: str, seconds: float = 120) -> list[Process]:
        """Its processes whose command line has the words, as soon as there are some."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process.poll() is None:
            if found := [one for one in tree(self.process.pid)[1:] if re.search(words, one.words)]:
                return found
            time.sleep(0.05)
        raise AssertionError(f"no process {words}; {self.err.read_text('utf-8')}")

    def step(self, name: str, seconds: float = 200) -> None:
        """Wait until a step is done."""
        until = time.monotonic() + seconds
        while name not in self.err.read_text("utf-8"):
            assert self.process.poll() is None, self.err.read_text("utf-8")
            assert time.monotonic() < until
            time.sleep(0.1)

    def ends(self, seconds: float = 60) -> int:
        return self.process.wait(seconds)

    @property
    def last(self) -> str:
        return self.err.read_text("utf-8").strip().splitlines()[-1]


def told_by(register: Path) -> set[bytes]:
    """Every PIN and every longer name of the deliveries, and the secret."""
    found = {SECRET}
    for file in register.rglob("*.csv"):
        with file.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                for column, value in row.items():
                    if column and value and ("pin" in column and len(value) == 11):
                        found.add(value)
                    if column in ("given_name", "family_name") and value and len(value) > 4:
                        found.add(value)
    assert len(found) > 200
    return {value.encode() for value in found}


def telling(running: Running, told: set[bytes]) -> list[str]:
    """Files outside the allowed tables that hold any of it, whatever files they are."""
    place = running.warehouse.parent
    files = [file for file in place.rglob("*") if file.is_file() and file.name != "conf.toml"]
    held = re.compile(b"|".join(sorted(map(re.escape, told))))
    return [
        str(file)
        for file in files
        if not file.relative_to(place).parts[1:2]
        or not file.relative_to(place).parts[1].startswith(ALLOWED)
        if held.search(file.read_bytes())
    ]


def left_over(running: Running) -> list[Path]:
    inside = running.warehouse / "_tmp"
    return [*running.temporary.rglob("*"), *(inside.rglob("*") if inside.exists() else ())]


@pytest.mark.rule("V3")
def test_a_row_of_25000_fields_tells_no_pin_and_no_name(register, tmp_path):
    deliveries = Path(shutil.copytree(register, tmp_path / "deliveries"))
    home = sorted(deliveries.glob("cpr/*"))[0]
    file = home / "person.csv"
    pin = synthetic_pin(date(1980, 5, 1), 7)
    with file.open("a", encoding="utf-8") as out:
        out.write(",".join([pin, "Hemmelignavn", *["x"] * 25_000]) + "\n")
    with file.open(encoding="utf-8") as lines:
        seal(home, "person", rows=sum(1 for _ in lines) - 1)
    running = Running(tmp_path, deliveries, "--to", "intake")
    # V3: one row more is refused, with its reason; the others are taken.
    assert running.ends(200) == 0
    said = running.err.read_text("utf-8") + running.out.read_text("utf-8")
    assert pin not in said
    assert "Hemmelignavn" not in said
    assert left_over(running) == []


@pytest.mark.rule("V3")
def test_a_line_that_no_row_can_be_is_refused_by_its_number(register, tmp_path):
    deliveries = Path(shutil.copytree(register, tmp_path / "deliveries"))
    home = sorted(deliveries.glob("cpr/*"))[0]
    file = home / "person.csv"
    with file.open("a", encoding="utf-8") as out:
        out.write("x," * 600_000 + "\n")
    lines = len(file.read_text("utf-8").splitlines())
    seal(home, "person", rows=lines - 1)
    running = Running(tmp_path, deliveries, "--to", "intake")
    assert running.ends(100) == 3
    assert f"person.csv line {lines} is longer than 524288 bytes" in running.last
    assert len(running.err.read_text("utf-8").splitlines()) == 1


def test_a_java_that_is_killed_ends_the_command_within_a_minute(register, tmp_path):
    running = Running(tmp_path, register)
    running.step("intake")
    for java in running.find("SparkSubmit"):
        os.kill(java.pid, signal.SIGKILL)
    assert running.ends() == 2
    assert "memory" in running.last
    assert "FOLKETALL_MEMORY" in running.last
    assert len([x for x in running.err.read_text("utf-8").splitlines() if "folketall:" in x]) == 1
    assert telling(running, told_by(register)) == []
    assert left_over(running) == []


def test_a_worker_that_is_killed_ends_the_command_within_a_minute(register, tmp_path):
    running = Running(tmp_path, register, "--to", "person_link")
    # The daemon forks the workers; killing it too leaves none to try again with.
    running.step("person_key")
    deadline = time.monotonic() + 120
    while running.process.poll() is None and time.monotonic() < deadline:
        for worker in tree(running.process.pid)[1:]:
            if "pyspark.daemon" in worker.words or "pyspark/daemon" in worker.words:
                try:
                    os.kill(worker.pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
        time.sleep(0.02)
    assert running.ends() == 2, running.err.read_text("utf-8")
    assert "memory" in running.last
    assert telling(running, told_by(register)) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_with_one_line_and_its_number(register, tmp_path, number):
    running = Running(tmp_path, register)
    running.step("intake")
    running.process.send_signal(number)
    assert running.ends(20) == 128 + number
    assert "run the same again" in running.last
    assert left_over(running) == []
    assert telling(running, told_by(register)) == []


def test_what_a_killed_run_left_is_private_and_gone_at_the_next_start(register, tmp_path):
    running = Running(tmp_path, register)
    running.step("person_key")
    java = running.find("SparkSubmit")
    running.process.kill()
    running.ends()
    inside = running.warehouse / "_tmp"
    left = [*inside.iterdir()]
    assert len(left) == 1
    assert stat.S_IMODE(inside.stat().st_mode) == 0o700
    assert stat.S_IMODE(left[0].stat().st_mode) == 0o700
    assert [*running.temporary.iterdir()] == [], "nothing lies in the machine's own folder"
    until = time.monotonic() + 30
    while any(Path(f"/proc/{one.pid}").exists() for one in java) and time.monotonic() < until:
        time.sleep(0.2)
    again = Running(tmp_path, register, "--to", "person_key")
    again.step("intake")
    assert left[0] not in [*inside.iterdir()]
    assert again.ends(120) == 0
    assert left_over(again) == []
    assert telling(again, told_by(register)) == []


def test_what_is_restricted_only_its_owner_reads_and_what_is_published_everyone(whole_run):
    old = os.umask(0o022)
    os.umask(old)
    for path in whole_run.warehouse.rglob("*"):
        if path.relative_to(whole_run.warehouse).parts[0] == "published":
            assert path.stat().st_mode & 0o777 & ~old == (0o777 if path.is_dir() else 0o666) & ~old
        else:
            assert path.stat().st_mode & 0o077 == 0, path
    assert not (whole_run.warehouse / "_tmp").exists()


def test_with_verbose_all_that_is_known_goes_to_a_private_file(register, tmp_path):
    running = Running(tmp_path, register, "--verbose")
    running.step("intake")
    for java in running.find("SparkSubmit"):
        os.kill(java.pid, signal.SIGKILL)
    assert running.ends() == 2
    file = Path(re.search(r"personal data: (\S+)\)", running.last).group(1))
    assert "Traceback" in file.read_text("utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_memory_that_is_too_little_ends_it_with_what_to_do(register, tmp_path, monkeypatch):
    said = command(
        "run", "--deliveries", register, "--warehouse", tmp_path / "w", "--years", YEARS,
        env={"FOLKETALL_JAVA_OPTIONS": "-Xmx128m -XX:+UseSerialGC"},
    )  # fmt: skip
    assert said.status == 2, said.err
    assert "FOLKETALL_" in said.last


@pytest.mark.parametrize(
    ("words", "said_of"),
    [
        (("show", "--warehouse", "nosuch"), "nosuch"),
        (("show", "--warehouse", ".", "--period", "abc"), "abc"),
        (("show", "--warehouse", ".", "--cube", "none"), "none"),
        (("show", "--warehouse", ".", "--level", "none"), "none"),
        (("show", "--warehouse", ".", "--where", "none"), "dimension=code"),
        (("show", "--warehouse", "file"), "file"),
        (("export", "person", "--warehouse", "nosuch", "--to", "x"), "nosuch"),
        (("export", "person", "--warehouse", ".", "--to", "x"), "no tables"),
        (("export", "../x", "--warehouse", ".", "--to", "x"), "no name"),
        (("export", "person", "--warehouse", ".", "--to", "x", "--version", "-1"), "negative"),
        (("compare", "published", "--warehouse", "nosuch"), "nosuch"),
        (("evaluate", "--truth", "nosuch", "--warehouse", "."), "nosuch"),
        (("evaluate", "--truth", ".", "--warehouse", "nosuch"), "nosuch"),
        (("synthesise", "--persons", "200", "--to", "file"), "file"),
        (("synthesise", "--persons", "200", "--to", "file/x"), "file"),
        (("run", "--warehouse", "w", "--years", "2020", "--from", "cube"), "no such folder"),
        (("run", "--warehouse", "file", "--years", "2020", "--deliveries", "."), "file"),
        (("run", "--warehouse", "w", "--years", "2020", "--truth", "nosuch"), "nosuch"),
        (("run", "--secret=12345678"), "required"),
        (("show", "--warehouse", ".", "--secret=12345678"), "--secret"),
        (("nosuch",), "COMMAND"),
    ],
)  # fmt: skip
def test_wrong_use_is_one_line_before_java_starts(tmp_path, words, said_of):
    (tmp_path / "file").write_text("", "utf-8")
    said = subprocess.run(
        [str(COMMAND), *words], cwd=tmp_path, capture_output=True, text=True, timeout=60,
        check=False, env={**os.environ, "JAVA_HOME": str(tmp_path / "no java")},
    )  # fmt: skip
    assert said.returncode == 2, said.stderr
    assert len(said.stderr.strip().splitlines()) == 1
    assert said_of in said.stderr
    assert "12345678" not in said.stderr
    assert "Java" not in said.stderr


@pytest.mark.rule("K4")
def test_years_that_no_register_has_reached_are_refused_before_java_starts(register, tmp_path):
    said = command(
        "run", "--deliveries", register, "--warehouse", tmp_path / "w", "--years", "2023:2090",
        env={"JAVA_HOME": str(tmp_path)},
    )  # fmt: skip
    assert said.status == 2
    assert "the last year that can be asked for is 2025" in said.last
    assert not (tmp_path / "w").exists()


@pytest.mark.long
def test_41_years_of_a_small_register_want_3_gib_in_all(tmp_path):
    """1985:2025: some seventy million cells; memory of the command, Java and the workers."""
    deliveries = tmp_path / "deliveries"
    assert command("synthesise", "--persons", "1267", "--to", deliveries).status == 0
    own = {k: v for k, v in os.environ.items() if not k.startswith("FOLKETALL_")}
    process = subprocess.Popen(
        [str(COMMAND), "run", "--deliveries", str(deliveries), "--warehouse", str(tmp_path / "w"),
         "--years", "1985:2025"],
        env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    most = 0
    while process.poll() is None:
        most = max(most, resident(process.pid))
        time.sleep(0.3)
    assert process.returncode == 0
    assert most <= 3 << 30, f"{most / (1 << 30):.2f} GiB"
