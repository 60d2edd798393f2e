"""The benchmark counts what it says it counts. Nothing is timed here."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from folketall.commands.console import REPORT, Progress
from folketall.line.run import Done

PATH = Path(__file__).parents[1] / "bench" / "line.py"


@pytest.fixture(scope="module")
def bench():
    spec = importlib.util.spec_from_file_location("bench_line", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench_line"] = module
    spec.loader.exec_module(module)
    return module


def plan(name: str, *children: dict) -> dict:
    return {"nodeName": name, "children": list(children)}


def started(number: int, time: int, of: dict, description: str = "save", tag: str = "") -> dict:
    return {
        "Event": "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart",
        "executionId": number,
        "description": description,
        "time": time,
        "sparkPlanInfo": of,
        "jobTags": [f"spark-session-1-{tag}"] if tag else [],
    }


def stage(number: int, execution: int, written: int) -> list[dict]:
    job = {
        "Event": "SparkListenerJobStart",
        "Stage IDs": [number],
        "Properties": {"spark.sql.execution.id": str(execution)},
    }
    name = "internal.metrics.shuffle.write.bytesWritten"
    accumulables = [{"Name": name, "Value": written}, {"Name": "other", "Value": 9}]
    done = {
        "Event": "SparkListenerStageCompleted",
        "Stage Info": {"Stage ID": number, "Accumulables": accumulables},
    }
    return [job, done]


def test_exchanges_and_bytes_are_counted_for_the_step_that_made_them(bench, tmp_path):
    shuffle = plan("Sort", plan("Exchange", plan("Scan")))
    adapted = {
        "Event": "org.apache.spark.sql.execution.ui.SparkListenerSQLAdaptiveExecutionUpdate",
        "executionId": 2,
        "sparkPlanInfo": plan("Join", plan("BroadcastExchange"), plan("ReusedExchange")),
    }
    log = [
        started(1, 3_000, shuffle),
        started(2, 6_000, shuffle, tag="refugee_population"),
        started(3, 6_100, plan("Exchange", shuffle), tag="population"),
        adapted,
        started(4, 6_500, shuffle, "Delta: Filtering files for query", tag="population"),
        *stage(7, execution=2, written=700),
        *stage(8, execution=3, written=50),
        {"Event": "SparkListenerTaskEnd"},
    ]
    (tmp_path / "local-1").write_text("\n".join(map(json.dumps, log)), "utf-8")
    steps = [
        {"step": "intake", "ended": 5.0},
        {"step": "population", "ended": 7.0},
        {"step": "refugee_population", "ended": 7.5},
    ]
    intake, population, refugees = bench.spark_work(tmp_path, steps)
    assert intake == Counter({"Exchange": 1})
    assert population == Counter({"Exchange": 2, bench.SHUFFLED: 50})
    assert refugees == Counter({"BroadcastExchange": 1, bench.SHUFFLED: 700})


def test_the_report_has_a_row_for_each_step_and_the_growth(bench):
    def size(persons: int, wall: float):
        step = {"step": "cube", "seconds": wall / 2, "rows": 1234, "bytes": None}
        run = bench.Measured(wall, 2 * wall, 3 * 2**30)
        work = [Counter({"Exchange": 4, bench.SHUFFLED: 2_500_000})]
        return bench.Size(persons, bench.Measured(9, 9, 9), run, 10**6, 10**6, [step], work)

    arguments = argparse.Namespace(years="2015:2025", seed=1)
    text = bench.report([size(200_000, 100.0), size(400_000, 205.0)], arguments)
    assert "400 000 persons take 2.05 times the wall seconds" in text
    assert "| 200 000 | 9 | 100 | 200 | 3.0 | 1.0 | 1.0 |" in text
    assert "| cube | 50.0 | 1 234 | 0.0 | 4 | 0 | 2.5 | 0.0 |" in text


def test_processes_of_a_command_are_found(bench):
    ((ticks, pages), *_) = bench.processes(os.getpid())
    assert ticks > 0
    assert pages > 0


def test_the_command_reports_each_step_when_asked_to(tmp_path, monkeypatch):
    path = tmp_path / "steps.jsonl"
    monkeypatch.setenv(REPORT, str(path))
    progress = Progress()
    progress(Done("cube", "count", True, 12, 34, 5.6))
    progress(Done("release", "write the files", False, None, None, 0.1))
    said = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [step["step"] for step in said] == ["cube", "release"]
    assert said[0]["rows"] == 12
    assert said[0]["bytes"] == 34
    assert said[0]["ended"] <= said[1]["ended"]


def test_nothing_is_reported_when_nobody_asks(tmp_path, monkeypatch):
    monkeypatch.delenv(REPORT, raising=False)
    monkeypatch.chdir(tmp_path)
    Progress()(Done("cube", "count", True, 12, 34, 5.6))
    assert list(tmp_path.iterdir()) == []
