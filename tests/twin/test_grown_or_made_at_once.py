"""L7: a warehouse made anew has the figures of one that grew, and no id goes to somebody else."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pyarrow as pa
import pytest

from folketall.line import steps
from folketall.line.step import Choices, Job
from folketall.model.settings import read_settings
from folketall.model.tables import PERSON_KEY
from tests.support.line import Memory
from tests.twin import method, random_registers
from tests.twin.test_line_against_twin import stored

SETTINGS = (
    "link.probabilistic=false",
    "protect.method.refugees_by_age=cell_key",
    "protect.method.population_by_background=cell_key",
)
YEARS = (2023, 2025)
OF_PERSONS = ("person_id", "mother_id", "father_id", "reference_id")
TABLES = [name for name in method.COLUMNS if name != "accounts"]


def over(spark, deliveries, keys=None, known_at=None) -> Memory:
    """The line over deliveries, and over the key table that the run before left."""
    taken = tuple((d.source, d.delivered_on, d.mode) for d in deliveries)
    newest = max(d.delivered_on for d in deliveries)
    choices = Choices(read_settings(None, SETTINGS), YEARS, known_at or newest, taken)
    line = Memory(spark, stored(deliveries), choices)
    if keys is not None:
        line.tables[PERSON_KEY.name] = keys
    return line


def grown(spark, deliveries, known_at=None) -> tuple[Memory, list[dict[str, int]]]:
    """A run after each day's deliveries; and the number of every PIN after each."""
    days = sorted({d.delivered_on for d in deliveries})
    keys, numbers = None, []
    for day in days:
        arrived = [d for d in deliveries if d.delivered_on <= day]
        last = day == days[-1]
        line = over(spark, arrived, keys, known_at if last else None)
        line.run(*(() if last else ("person_key",)))
        keys = line.tables[PERSON_KEY.name]
        numbers.append({row["pin"]: row["number"] for row in keys.collect()})
    return line, numbers


def persons_by_pin(line: Memory) -> dict[int, str]:
    """Each person under the smallest of its PINs, which are the same in both warehouses."""
    pins: dict[int, list[str]] = {}
    for pin, person_id in line.ids.items():
        pins.setdefault(person_id, []).append(pin)
    return {person_id: min(own) for person_id, own in pins.items()}


def rows(line: Memory, name: str) -> Counter:
    who = persons_by_pin(line)
    columns = line.tables[name].columns
    return Counter(
        tuple(
            who.get(value, value) if column in OF_PERSONS else value
            for column, value in zip(columns, row, strict=True)
        )
        for row in line.rows(name)
    )


def cells(line: Memory) -> pa.Table:
    (step,) = (step for step in steps.STEPS if step.name == "cube")
    job = Job.of(step, line.spark, line.choices, {t.name: line.tables[t.name] for t in step.reads})
    return pa.concat_tables(step.work(job)["cube"], promote_options="default")


@pytest.fixture(scope="module", params=[(1, False), (5, True)], ids=["newest_k", "earlier_k"])
def both(request, spark):
    seed, earlier = request.param
    drawn = random_registers.draw(seed, 180, 30)
    known_at = random_registers.OTHERS if earlier else None
    line, numbers = grown(spark, drawn.deliveries, known_at)
    return line, over(spark, drawn.deliveries, known_at=known_at).run(), numbers


@pytest.mark.rule("L7")
def test_ids_differ_and_draws_do_not(both):
    of_grown, anew, _ = both
    assert of_grown.ids != anew.ids
    who, again = persons_by_pin(of_grown), persons_by_pin(anew)
    assert {who[p]: d for p, d in of_grown.draws.items()} == {
        again[p]: d for p, d in anew.draws.items()
    }


@pytest.mark.rule("L7", "C7", "P2")
@pytest.mark.parametrize("table", TABLES)
def test_every_table_of_persons_is_the_same(both, table):
    of_grown, anew, _ = both
    found, wanted = rows(of_grown, table), rows(anew, table)
    assert found
    assert found == wanted


@pytest.mark.rule("L7", "X1")
def test_the_cubes_are_the_same_to_the_cell(both):
    found, wanted = cells(both[0]), cells(both[1])
    assert sum(1 for key in found["key"].to_pylist() if key) > 100
    assert found.equals(wanted)


@pytest.mark.rule("L7")
def test_a_number_given_is_kept_and_given_once(both):
    _, _, numbers = both
    assert len(numbers) > 2
    for before, after in pairwise(numbers):
        assert before.items() <= after.items()
        assert len(set(after.values())) == len(after)


@pytest.mark.rule("C7")
def test_some_reasons_are_drawn(both):
    drawn = [row for row in both[0].rows("reason_for_immigration", ("rule",)) if row == ("C7",)]
    assert drawn
