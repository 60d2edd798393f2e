"""Make jobs/schedule.yml anew from the steps: the tasks below its `tasks:`.

.venv/bin/python jobs/make_schedule.py

A task for each step, one after another: a warehouse is held by one run at a time.
"""

from __future__ import annotations

from pathlib import Path

from folketall.line.steps import STEP_NAMES

SCHEDULE = Path(__file__).with_name("schedule.yml")
TASKS = "\n      tasks:\n"
PLACES = ("deliveries", "warehouse", "years", "conf")


def waits_for() -> dict[str, list[str]]:
    """Each step, and the one right before it: one run at a time works on a warehouse."""
    return dict(zip(STEP_NAMES, [[], *([name] for name in STEP_NAMES)], strict=False))


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
