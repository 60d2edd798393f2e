"""jobs/schedule.yml has one task a step, one after another."""

from __future__ import annotations

import re
import runpy
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from folketall.commands import cli
from folketall.line.steps import STEP_NAMES

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "jobs" / "schedule.yml").read_text("utf-8")


@dataclass
class Task:
    """A task as the file has it. The file's shape is plain enough to be read by its lines."""

    key: str
    after: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    parameters: list[str] = field(default_factory=list)


def read_tasks(text: str) -> list[Task]:
    tasks: list[Task] = []
    for chunk in re.split(
        r"^        - task_key: ", text.partition("\n      tasks:\n")[2], flags=re.M
    )[1:]:
        key, _, rest = chunk.partition("\n")
        listed = re.search(r"parameters:\s*\[(.*?)\]", rest, re.S)
        tasks.append(
            Task(
                key,
                re.findall(r"^            - task_key: (\w+)$", rest, re.M),
                dict(
                    re.findall(r"^ +(package_name|entry_point|environment_key): (\w+)$", rest, re.M)
                ),
                [word.strip().strip('"') for word in listed.group(1).split(",")] if listed else [],
            )
        )
    return tasks


TASKS = {task.key: task for task in read_tasks(TEXT)}


def test_every_line_of_the_tasks_is_understood():
    assert TEXT.count("task_key:") == len(TASKS) + sum(len(task.after) for task in TASKS.values())


def test_a_task_for_each_step_in_order():
    assert tuple(task.key for task in read_tasks(TEXT)) == STEP_NAMES


def test_a_task_waits_for_tasks_above_it_so_there_is_no_circle():
    order = list(TASKS)
    late = [
        (t.key, one)
        for t in TASKS.values()
        for one in t.after
        if one not in order[: order.index(t.key)]
    ]
    assert late == []


def test_one_task_waits_for_another_because_one_run_at_a_time_holds_the_warehouse():
    """The line's order has every writer before its readers, so a chain is enough."""
    assert [task.after for task in TASKS.values()] == [[], *([name] for name in STEP_NAMES[:-1])]


@pytest.mark.parametrize("key", STEP_NAMES)
def test_a_task_runs_its_step_by_the_command(key):
    task = TASKS[key]
    arguments = cli._parser().parse_args(task.parameters)
    assert arguments.command is cli._run
    assert (arguments.first, arguments.last) == (key, key)
    given = [str(arguments.deliveries), arguments.warehouse, arguments.years, str(arguments.conf)]
    assert given == ["${var.deliveries}", "${var.warehouse}", "${var.years}", "${var.conf}"]


def test_the_entry_point_is_the_package_s():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for task in TASKS.values():
        assert task.facts["package_name"] == project["name"]
        assert task.facts["entry_point"] in project["scripts"]


def test_variables_and_environments_exist():
    declared = set(re.findall(r"^  (\w+):$", TEXT.partition("\nresources:")[0], re.M))
    assert set(re.findall(r"\$\{var\.(\w+)\}", TEXT)) == declared
    environments = set(re.findall(r"^        - environment_key: (\w+)$", TEXT, re.M))
    assert {task.facts["environment_key"] for task in TASKS.values()} == environments


def test_the_file_is_what_the_command_writes(capsys):
    assert cli.main(["schedule"]) == 0
    assert capsys.readouterr().out == TEXT, "run: folketall schedule > jobs/schedule.yml"


def test_there_is_one_door(monkeypatch):
    """The job is the command: its status is that of the command, for schedulers an exception."""
    assert [path.name for path in (ROOT / "jobs").glob("*.py")] == ["job.py"]
    monkeypatch.setattr(sys, "argv", ["job.py", "run"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / "jobs" / "job.py"))
    assert ended.value.code == 2
