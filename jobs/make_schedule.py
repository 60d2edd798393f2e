"""Make jobs/schedule.yml anew from the steps: the tasks below its `tasks:`.

.venv/bin/python jobs/make_schedule.py

A task for each step; it waits for the steps that write what its own step reads.
"""

from __future__ import annotations

from pathlib import Path

from folketall.steps import INTAKE, RELEASE, STEP_NAMES, STEPS

SCHEDULE = Path(__file__).with_name("schedule.yml")
TASKS = "\n      tasks:\n"
PLACES = ("deliveries", "warehouse", "years", "conf")


def waits_for() -> dict[str, list[str]]:
    """Each step, and the steps right before it, in the order of the line."""
    writer: dict[str, str] = {}
    needs: dict[str, set[str]] = {INTAKE: set()}
    for step in STEPS:
        own = {table.name for table in step.writes}
        needs[step.name] = {writer.get(t.name, INTAKE) for t in step.reads if t.name not in own}
        writer |= dict.fromkeys(own, step.name)
    needs[RELEASE] = {writer["audit"]}
    above: dict[str, set[str]] = {}
    for name in STEP_NAMES:
        above[name] = needs[name].union(*(above[one] for one in needs[name]))
    return {
        name: [
            one
            for one in STEP_NAMES
            if one in needs[name] and not any(one in above[other] for other in needs[name])
        ]
        for name in STEP_NAMES
    }


def task(name: str, after: list[str]) -> str:
    """One task, as YAML."""
    waits = "".join(f"            - task_key: {one}\n" for one in after)
    places = ", ".join(f'--{place}, "${{var.{place}}}"' for place in PLACES)
    return (
        f"        - task_key: {name}\n"
        + (f"          depends_on:\n{waits}" if after else "")
        + "          environment_key: folketall\n"
        "          python_wheel_task:\n"
        "            package_name: folketall\n"
        "            entry_point: folketall\n"
        "            parameters:\n"
        f"              [run, --from, {name}, --to, {name},\n"
        f"               {places}]\n"
    )


def schedule() -> str:
    """The whole file: its head as it is, and the tasks from the steps."""
    head = SCHEDULE.read_text("utf-8").partition(TASKS)[0]
    return head + TASKS + "".join(task(name, after) for name, after in waits_for().items())


if __name__ == "__main__":
    SCHEDULE.write_text(schedule(), "utf-8")
