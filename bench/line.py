"""Time the whole line at paired sizes, and say where it goes.

    .venv/bin/python bench/line.py                           # 200 000 and 400 000 persons
    .venv/bin/python bench/line.py --persons 2000 --results -   # a look, nothing written

Each size is one `folketall synthesise` and one `folketall run`, as a user runs them. Measured are
wall seconds, CPU seconds and the greatest resident memory of all processes together (Linux:
/proc), and for every step what the command reports of itself and what Spark's event log says:
exchanges (shuffles between tasks; broadcasts apart) and the bytes that they wrote.
"""

from __future__ import annotations

import argparse
import bisect
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

SAMPLE = 0.2
"""Seconds between looks at the processes."""
HERE = Path(__file__).parent
PAGE, TICK = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
EXCHANGES = ("Exchange", "BroadcastExchange")
SHUFFLED = "internal.metrics.shuffle.write.bytesWritten"
SPILLED = "internal.metrics.diskBytesSpilled"


@dataclass
class Measured:
    """What one command took."""

    wall: float
    cpu: float
    memory: int
    """Bytes: the greatest sum of resident memory seen."""


@dataclass
class Size:
    """Everything measured at one size."""

    persons: int
    synthesise: Measured
    run: Measured
    deliveries: int
    warehouse: int
    steps: list[dict]
    work: list[Counter[str]]
    """What Spark did in each step: exchanges by kind, bytes by metric."""


def main() -> int:
    arguments = options()
    if not Path("/proc/self/stat").exists():
        sys.stderr.write("bench: needs /proc to see processes; run it on Linux\n")
        return 2
    sizes = [measure(persons, arguments) for persons in arguments.persons]
    text = report(sizes, arguments)
    sys.stdout.write(text)
    if arguments.results != "-":
        Path(arguments.results).write_text(text, "utf-8")
    return 0


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--persons", type=int, nargs="+", default=[200_000, 400_000])
    parser.add_argument("--years", default="2015:2025")
    parser.add_argument(
        "--conf",
        type=Path,
        default=HERE.parent / "conf" / "demo.toml",
        help="settings of the run; by default the demo's, whose suppression promises least",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("out/bench"), help="folder for the runs")
    parser.add_argument("--results", default=str(HERE / "results.md"), help="file, or - for none")
    return parser.parse_args()


def measure(persons: int, arguments: argparse.Namespace) -> Size:
    home = arguments.out / str(persons)
    shutil.rmtree(home, ignore_errors=True)
    logs = home / "events"
    logs.mkdir(parents=True)
    deliveries, warehouse, reported = home / "deliveries", home / "warehouse", home / "steps.jsonl"
    made = command(
        ["synthesise", "--persons", persons, "--seed", arguments.seed, "--to", deliveries], {}
    )
    places = ["--deliveries", deliveries, "--warehouse", warehouse]
    ran = command(
        ["run", *places, "--years", arguments.years, "--conf", arguments.conf],
        {"FOLKETALL_REPORT": str(reported), "PYSPARK_SUBMIT_ARGS": logging_to(logs)},
    )
    steps = [json.loads(line) for line in reported.read_text("utf-8").splitlines()]
    work = spark_work(logs, steps)
    return Size(persons, made, ran, bytes_in(deliveries), bytes_in(warehouse), steps, work)


def logging_to(folder: Path) -> str:
    conf = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": folder.resolve().as_uri(),
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
    }
    return " ".join(f"--conf {key}={value}" for key, value in conf.items()) + " pyspark-shell"


def command(words: Sequence[object], extra: dict[str, str]) -> Measured:
    """Run the command of this environment to its end, looking at its processes meanwhile."""
    start = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "folketall.commands.cli", *map(str, words)],
        env={**os.environ, **extra},
        stdout=subprocess.DEVNULL,
    )
    cpu, memory = 0.0, 0
    while process.poll() is None:
        family = list(processes(process.pid))
        # A process that ended has handed its time to its parent: the sum never loses any.
        cpu = max(cpu, sum(ticks for ticks, _ in family) / TICK)
        memory = max(memory, sum(pages for _, pages in family) * PAGE)
        time.sleep(SAMPLE)
    if process.returncode:
        raise SystemExit(f"bench: {words[0]} ended with status {process.returncode}")
    return Measured(time.monotonic() - start, cpu, memory)


def processes(root: int) -> Iterator[tuple[int, int]]:
    """(CPU ticks with those of children that ended, resident pages) of a process and all below."""
    children: dict[int, list[int]] = defaultdict(list)
    found: dict[int, tuple[int, int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name in brackets may hold blanks; what follows it does not.
            said = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue  # It has ended since.
        pid = int(stat.parent.name)
        children[int(said[1])].append(pid)
        found[pid] = (sum(int(ticks) for ticks in said[11:15]), int(said[21]))
    wanted = [root]
    while wanted:
        pid = wanted.pop()
        wanted += children[pid]
        if pid in found:
            yield found[pid]


def bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def spark_work(logs: Path, steps: Sequence[dict]) -> list[Counter[str]]:
    """Count exchanges and bytes of each step from Spark's event log."""
    work: list[Counter[str]] = [Counter() for _ in steps]
    step_of: dict[str, int] = {}
    plans: dict[str, dict] = {}
    execution_of: dict[int, str] = {}
    for event in events(logs):
        kind = event["Event"].rpartition(".")[2]
        number = str(event.get("executionId"))
        if kind == "SparkListenerSQLExecutionStart":
            step_of[number] = step_at(event, steps)
            # Delta's reading of its own log is not the step's work.
            if not event["description"].startswith("Delta:"):
                plans[number] = event["sparkPlanInfo"]
        elif kind == "SparkListenerSQLAdaptiveExecutionUpdate" and number in plans:
            plans[number] = event["sparkPlanInfo"]
        elif kind == "SparkListenerJobStart":
            execution = event["Properties"].get("spark.sql.execution.id")
            execution_of |= dict.fromkeys(event["Stage IDs"], execution)
        elif kind == "SparkListenerStageCompleted":
            stage = event["Stage Info"]
            step = step_of.get(execution_of.get(stage["Stage ID"], ""))
            for found in stage["Accumulables"] if step is not None else []:
                if found.get("Name") in (SHUFFLED, SPILLED):
                    work[step][found["Name"]] += int(found["Value"])
    for number, plan in plans.items():
        work[step_of[number]].update(node for node in nodes(plan) if node in EXCHANGES)
    return work


def step_at(event: dict, steps: Sequence[dict]) -> int:
    """The step whose name a piece of work is tagged with; without a tag, the next that ended."""
    # "population" ends "refugee_population" too: the longest name that fits.
    named = [
        (len(step["step"]), place)
        for place, step in enumerate(steps)
        if any(tag.endswith(step["step"]) for tag in event.get("jobTags") or [])
    ]
    if named:
        return max(named)[1]
    ended = [step["ended"] for step in steps]
    return min(bisect.bisect_left(ended, event["time"] / 1000), len(ended) - 1)


def events(logs: Path) -> Iterator[dict]:
    wanted = ("SQLExecutionStart", "SQLAdaptiveExecutionUpdate", "JobStart", "StageCompleted")
    for path in logs.iterdir():
        if not path.is_file() or path.name.startswith("."):
            continue
        with path.open(encoding="utf-8") as log:
            for line in log:
                if any(name in line[:120] for name in wanted):
                    yield json.loads(line)


def nodes(plan: dict) -> Iterator[str]:
    yield plan["nodeName"]
    for child in plan["children"]:
        yield from nodes(child)


def report(sizes: Sequence[Size], arguments: argparse.Namespace) -> str:
    with Path("/proc/meminfo").open(encoding="utf-8") as lines:
        memory = int(next(lines).split()[1]) * 1024
    day = datetime.now(tz=UTC).date()
    text = [
        "# Benchmark of the line",
        "",
        f"`python bench/line.py`, {day}: years {arguments.years}, seed {arguments.seed}. "
        f"{os.cpu_count()} cores, {gib(memory)} GiB, Python {platform.python_version()}, "
        f"pyspark {version('pyspark')}, delta-spark {version('delta-spark')}.",
        "",
        "| persons | synthesise, s | run, s | run, CPU s | greatest memory, GiB | deliveries, MB "
        "| warehouse, MB |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    text += [
        f"| {spaced(s.persons)} | {s.synthesise.wall:.0f} | {s.run.wall:.0f} | {s.run.cpu:.0f} "
        f"| {gib(s.run.memory)} | {mb(s.deliveries)} | {mb(s.warehouse)} |"
        for s in sizes
    ]
    for less, more in pairwise(sizes):
        text += [
            "",
            f"{spaced(more.persons)} persons take {more.run.wall / less.run.wall:.2f} times the "
            f"wall seconds and {more.run.cpu / less.run.cpu:.2f} times the CPU seconds of "
            f"{spaced(less.persons)}.",
        ]
    for size in sizes:
        text += ["", *by_step(size)]
    return "\n".join(text) + "\n"


def by_step(size: Size) -> list[str]:
    rows = [
        f"## {spaced(size.persons)} persons, by step",
        "",
        "Steps run side by side: their seconds are more than those on the clock.",
        "",
        "| step | s | rows | written, MB | exchanges | broadcasts | shuffled, MB | spilled, MB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for step, work in zip(size.steps, size.work, strict=True):
        rows.append(
            f"| {step['step']} | {step['seconds']:.1f} | {spaced(step['rows'] or 0)} "
            f"| {mb(step['bytes'] or 0)} | {work['Exchange']} | {work['BroadcastExchange']} "
            f"| {mb(work[SHUFFLED])} | {mb(work[SPILLED])} |"
        )
    total = sum(size.work, Counter())
    rows.append(
        f"| all | {sum(step['seconds'] for step in size.steps):.1f} | | "
        f"{mb(sum(step['bytes'] or 0 for step in size.steps))} | {total['Exchange']} "
        f"| {total['BroadcastExchange']} | {mb(total[SHUFFLED])} | {mb(total[SPILLED])} |"
    )
    return rows


def spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def mb(size: int) -> str:
    return f"{size / 1e6:.1f}"


def gib(size: int) -> str:
    return f"{size / 2**30:.1f}"


if __name__ == "__main__":
    sys.exit(main())
