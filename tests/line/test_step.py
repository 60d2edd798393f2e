"""A step gets what it declares, and nothing else."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

import pytest

from folketall.line import steps
from folketall.line.step import Choices, Job, Step, no_cells
from folketall.line.work import links
from folketall.line.work.links import LinkSettings
from folketall.model import tables as t
from folketall.model.settings import NoSettings, read_settings
from tests.support.frames import frame

CHOICES = Choices(read_settings(), (2024, 2025), date(2025, 3, 1), (("cpr", date(2025, 3, 1), "full"),))  # fmt: skip


def work(job):
    return {}


def job(**declared):
    step = Step(work, "do nothing", (t.PERSON,), (), NoSettings, **declared)
    return Job.of(step, None, CHOICES, {t.PERSON.name: "persons", t.EVENT_VERSION.name: "events"})


def test_what_is_declared_is_there():
    declared = Step(work, "", (t.DELIVERY, t.PERSON), (), LinkSettings, dated=True, yearly=True)
    tables = {t.DELIVERY.name: "deliveries", t.PERSON.name: "persons"}
    given = Job.of(declared, None, CHOICES, tables)
    assert (given.known_at, given.years, given.stocks) == (date(2025, 3, 1), (2024, 2025), [2024, 2025])  # fmt: skip
    assert given.taken == CHOICES.taken
    assert given[t.PERSON] == "persons"
    assert given.settings == LinkSettings(4, 2, True, 0.95, 1000, 1)


@pytest.mark.parametrize("what", ["known_at", "years", "stocks", "taken"])
def test_what_is_not_declared_cannot_be_read(what):
    with pytest.raises(LookupError, match="the step work does not declare that it depends on"):
        getattr(job(), what)


def test_a_table_that_is_not_declared_cannot_be_read():
    assert job()[t.PERSON] == "persons"
    with pytest.raises(KeyError):
        job()[t.EVENT_VERSION]


def test_a_step_is_called_as_its_function_is_and_reads_what_was_written_before():
    assert [step.name for step in steps.STEPS] == [step.work.__name__ for step in steps.STEPS]
    written = {t.DELIVERY, t.REGISTER_NOTE, t.LEDGER, *t.REGISTERS.values()}
    for step in steps.STEPS:
        own = set(step.writes) if step.merges else set()
        assert {table.name for table in step.reads} <= {table.name for table in written | own}
        written |= set(step.writes)


def test_no_two_steps_write_one_table():
    names = [table.name for step in steps.STEPS for table in step.writes]
    assert len(names) == len(set(names))


@pytest.mark.rule("L5")
def test_where_no_number_is_left_nothing_more_is_read(spark):
    """The registers that the probabilistic match reads are not there."""
    settings = LinkSettings(**{f.name: 1 for f in fields(LinkSettings)})
    given = Job("person_link", spark, settings, {}, no_cells, None, None, None)
    named = "given_name string, family_name string, birth_date date, sex string"
    registered = frame(spark, "duf string, person_id long, method string, score double", "a | 1 | cpr_only | 6")  # fmt: skip
    numbers = frame(spark, f"duf string, {named}", "a | | | |")
    people = frame(spark, f"person_id long, {named}")
    found = links._links(given, registered, numbers, people).collect()
    assert [(row["duf"], row["person_id"]) for row in found] == [("a", 1)]
