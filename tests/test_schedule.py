"""jobs/schedule.yml has one task a step, after the tasks whose tables it reads."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from folketall import cli
from folketall.steps import INTAKE, RELEASE, STEP_NAMES, STEPS

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


def needed() -> dict[str, set[str]]:
    """Each step, and the steps that wrote what it reads."""
    writer: dict[str, str] = {}
    needs: dict[str, set[str]] = {INTAKE: set()}
    for step in STEPS:
        own = {table.name for table in step.writes}
        needs[step.name] = {writer.get(t.name, INTAKE) for t in step.reads if t.name not in own}
        writer |= dict.fromkeys(own, step.name)
    needs[RELEASE] = {writer["audit"]}
    return needs


def above(key: str, of: dict[str, set[str]]) -> set[str]:
    return of[key] | {further for one in of[key] for further in above(one, of)}


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


@pytest.mark.parametrize("key", STEP_NAMES)
def test_a_task_waits_for_the_writers_of_what_it_reads_and_for_no_more(key):
    needs = needed()
    direct = {one for one in needs[key] if not any(one in above(o, needs) for o in needs[key])}
    assert set(TASKS[key].after) == direct
    assert len(TASKS[key].after) == len(direct)


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


def test_the_file_is_what_jobs_make_schedule_makes_of_the_steps():
    place = ROOT / "jobs" / "make_schedule.py"
    spec = importlib.util.spec_from_file_location("make_schedule", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.schedule() == TEXT, "run .venv/bin/python jobs/make_schedule.py"
