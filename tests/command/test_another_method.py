"""The whole line by the real command, with other methods of protection than before."""

from __future__ import annotations

import csv
import shutil

import pytest

from folketall.line import steps
from folketall.model import tables as t
from folketall.model.methods import CUBE_METHODS
from folketall.storage.opening import open_warehouse
from tests.command.conftest import YEARS, command
from tests.command.test_whole_line import versions

STOCKS = [name for name in CUBE_METHODS if name.startswith(("refugees", "population_by"))]
pytestmark = pytest.mark.command


@pytest.mark.long
@pytest.mark.rule("X1")
def test_with_all_refugee_cubes_rounded_there_is_nothing_to_audit_and_the_release_goes_out(
    spark, whole_run, tmp_path
):
    """After a release that was suppressed; nothing is counted anew for another method."""
    warehouse = tmp_path / "warehouse"
    shutil.copytree(whole_run.warehouse, warehouse)
    before = versions(warehouse)
    methods = [f"protect.method.{cube}=small_count_rounding" for cube in STOCKS]
    asked = [word for method in methods for word in ("--set", method)]
    said = command(
        "run", "--deliveries", whole_run.deliveries, "--warehouse", warehouse, "--years", YEARS, *asked
    )  # fmt: skip
    assert said.status == 0, said.err
    assert f"3 of {len(steps.STEP_NAMES)} steps written" in said.out
    assert "nothing to audit" in said.out
    written = {name for name, version in versions(warehouse).items() if version != before[name]}
    assert written == {"published_cube", "audit"}
    assert open_warehouse(spark, str(warehouse)).read(t.VERDICT).isEmpty()
    for cube in STOCKS:
        with (warehouse / "published" / f"{cube}.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert {row["status"] for row in rows} == {"perturbed"}
        assert not {row["value"] for row in rows} & {"", "1", "2"}
