"""`folketall schedule`: the line as a Databricks bundle, a task a step, written from the steps.

folketall schedule > jobs/schedule.yml
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from itertools import pairwise

HEAD = """\
# One task a step, for schedulers that read Databricks bundles. Written by `folketall schedule`:
# do not edit; a test says when it is stale. Not tried on a workspace.
#
# Every task may run again: what is there already is left alone. `conf` is the office's own copy of
# conf/production.toml with `keys.secret_file`, in a folder that only the job may read.

variables:
  deliveries:
    description: Folder of the deliveries, mounted where the driver sees files
  warehouse:
    description: Folder of the Delta tables
  years:
    description: First and last year, a:b
    default: "2015:2025"
  conf:
    description: The office's settings
  wheel:
    description: The wheel made by python -m build --wheel

resources:
  jobs:
    folketall:
      name: folketall
      max_concurrent_runs: 1
      environments:
        - environment_key: folketall
          spec:
            environment_version: "4"
            dependencies:
              - ${var.wheel}
      tasks:
"""
PLACES = ("deliveries", "warehouse", "years", "conf")


def add_schedule(add: Callable[..., argparse.ArgumentParser]) -> None:
    add(
        "schedule",
        lambda _: sys.stdout.write(schedule()),
        "Write the line as a Databricks bundle. It has a task for each step, one after another.",
        "folketall schedule > jobs/schedule.yml",
    )


def schedule() -> str:
    """The whole file. One run at a time holds a warehouse: each task waits for the one before."""
    from folketall.line.steps import STEP_NAMES

    return HEAD + "".join(_task(name, after) for after, name in pairwise(("", *STEP_NAMES)))


def _task(name: str, after: str) -> str:
    waits = f"          depends_on:\n            - task_key: {after}\n" if after else ""
    places = ", ".join(f'--{place}, "${{var.{place}}}"' for place in PLACES)
    return (
        f"        - task_key: {name}\n{waits}"
        "          environment_key: folketall\n"
        "          python_wheel_task:\n"
        "            package_name: folketall\n"
        "            entry_point: folketall\n"
        "            parameters:\n"
        f"              [run, --from, {name}, --to, {name},\n"
        f"               {places}]\n"
    )
