"""The population accounts at every level (S4)."""

from __future__ import annotations

from datetime import date

import pyarrow.compute as pc
import pytest

from folketall.cubes.declared import LEVELS
from folketall.line.step import Choices, Job
from folketall.model import tables as t
from folketall.model.settings import read_settings
from tests.cubes.drawn import account_cubes, assert_declared_shape, collected, regions, value
from tests.support.frames import frame
from tests.support.line import STEP

REGIONS = {
    2024: regions("""
        0301 | 5 | 03 | 5  | 1
        3201 | 5 | 32 | 5  | 1
        3203 | 5 | 32 | 5  | 2"""),
}
# One moves 0301 to 3203, two 3201 to 3203, three are moved 3203 to 3201 by a boundary change.
ACCOUNT = """
    2023 | 0301 |      | stock_start      | 10
    2023 | 3201 |      | stock_start      | 20
    2023 | 3203 |      | stock_start      | 30
    2023 | 3203 |      | births           | 2
    2023 | 3203 |      | deaths           | 1
    2023 | 3201 |      | immigrations     | 4
    2023 | 3201 |      | emigrations      | 3
    2023 | 9999 |      | opened_otherwise | 1
    2023 | 0301 | 3203 | out              | 1
    2023 | 3203 | 0301 | in               | 1
    2023 | 3201 | 3203 | out              | 2
    2023 | 3203 | 3201 | in               | 2
    2023 | 3203 | 3201 | boundary_out     | 3
    2023 | 3201 | 3203 | boundary_in      | 3
    2023 | 0301 |      | stock_end        | 9
    2023 | 3201 |      | stock_end        | 22
    2023 | 3203 |      | stock_end        | 31
    2023 | 9999 |      | stock_end        | 1
    2022 | 3201 |      | stock_end        | 20"""
COLUMNS = """reference_year int, municipality string, other_municipality string, term string,
    persons long"""


@pytest.fixture(scope="module")
def cells(spark):
    return collected(account_cubes(frame(spark, COLUMNS, ACCOUNT), REGIONS))


def of(cells, level, region, term):
    return value(cells, "population_accounts", "2023", level, region, term, geography="2024")


@pytest.mark.rule("S4", "M4")
def test_moves_inside_a_region_cancel_out(cells):
    assert of(cells, "municipality", "3203", "in") == 3
    assert of(cells, "county", "32", "in") == 1
    assert of(cells, "county", "32", "out") == 0
    assert of(cells, "nation", "0", "in") == 0
    assert of(cells, "municipality", "3201", "boundary_in") == 3
    assert of(cells, "county", "32", "boundary_in") == 0


@pytest.mark.rule("S4")
def test_the_accounts_balance_at_every_level(cells):
    plus = ("stock_start", "births", "immigrations", "in", "opened_otherwise", "boundary_in")
    minus = ("deaths", "emigrations", "out", "boundary_out", "stock_end")
    for level in LEVELS:
        for region in {k[4] for k in cells if k[3] == level}:
            gained = sum(of(cells, level, region, term) for term in plus)
            assert gained == sum(of(cells, level, region, term) for term in minus), (level, region)
    assert of(cells, "nation", "0", "stock_end") == 63
    assert of(cells, "county", "unknown", "opened_otherwise") == 1


def test_the_period_is_the_year_and_the_boundaries_those_after_it(cells):
    assert_declared_shape(cells, REGIONS, geography_after=1)
    assert {k[1:3] for k in cells} == {("2023", "2024")}


@pytest.mark.rule("S4", "G1")
def test_the_accounts_of_2017_are_by_the_centrality_of_2017_in_the_boundaries_of_2018(spark):
    """CONTRACT "centrality": 0-3 for periods to 2017, also where the boundaries are the next year's."""
    choices = Choices(read_settings(), (2017, 2019), date(2019, 3, 1), ())
    step = STEP["cube"]
    # Larvik, which was 0709 until 2018.
    account = frame(
        spark,
        COLUMNS,
        """
        2017 | 0712 | | births | 7
        2018 | 0712 | | births | 5""",
    )
    tables = {table.name: spark.createDataFrame([], table.schema) for table in step.reads}
    work = step.work(Job.of(step, spark, choices, {**tables, t.ACCOUNT.name: account}))
    found = {}
    for part in work[t.CUBE.name]:
        if part["cube"][0].as_py() == "population_accounts":
            rows = part.filter(pc.field("level") == "centrality").to_pylist()
            period, geography = rows[0]["period"], rows[0]["geography"]
            found[period, geography] = {row["region"] for row in rows}
            assert sum(r["value"] for r in rows if r["measure"] == "births") in (7, 5)
    assert found == {
        ("2017", "2018"): {"0", "1", "2", "3", "unknown"},
        ("2018", "2019"): {"1", "2", "3", "4", "5", "6", "unknown"},
    }
