"""L7 over a real warehouse: chains known, not known at an earlier K, known again; new PINs come."""

from __future__ import annotations

from datetime import date

import pytest

from folketall.line.run import Line
from folketall.model.settings import read_settings
from folketall.model.tables import PERSON_KEY, PERSON_RECORD
from folketall.storage.opening import open_warehouse
from tests.support.deliveries import write_delivery
from tests.support.pins import synthetic_pin

PINS = [synthetic_pin(date(1980, 5, 17), 20 * number) for number in range(1, 9)]
CHAIN, NEWCOMERS = PINS[:3], PINS[4:]


def person(pin: str, registered: str) -> dict[str, str]:
    return {"pin": pin, "birth_date": "1980-05-17", "registration_date": registered}


@pytest.fixture(scope="module")
def runs(spark, tmp_path_factory):
    """After each run: the key table, the ids of all persons, and the key table's version."""
    place = tmp_path_factory.mktemp("ids")
    house = open_warehouse(spark, str(place / "warehouse"))

    def run(*settings: str):
        line = Line(
            spark, house, read_settings(None, settings), (2018, 2018), place / "deliveries",
            lambda done: None,
        )  # fmt: skip
        line.run(last="person_record")
        keys = {row["pin"]: row["person_id"] for row in house.read(PERSON_KEY).collect()}
        ids = {row["person_id"] for row in house.read(PERSON_RECORD).collect()}
        return keys, ids, house.last_commit(PERSON_KEY.name).version

    changes = [
        {"old_pin": CHAIN[0], "new_pin": CHAIN[1], "registration_date": "2019-03-01"},
        {"old_pin": CHAIN[1], "new_pin": CHAIN[2], "registration_date": "2019-09-01"},
    ]
    persons = [person(pin, "2018-01-01") for pin in PINS[:4]]
    tables = {"person": persons, "pin_change": changes}
    write_delivery(place / "deliveries", "cpr", "2020-02-01", tables=tables)
    found = [run(), run("run.known_at=2018-06-01"), run("run.known_at=2019-06-01"), run()]
    persons = [person(pin, "2020-02-10") for pin in NEWCOMERS]
    write_delivery(
        place / "deliveries", "cpr", "2020-02-15", "increment", tables={"person": persons}
    )
    return [*found, run()]


@pytest.mark.rule("L7")
def test_each_k_has_its_persons(runs):
    assert [len(ids) for _, ids, _ in runs] == [2, 4, 3, 2, 6]


@pytest.mark.rule("L7")
def test_a_run_at_an_earlier_k_writes_nothing_of_the_key_table(runs):
    first, *again, last = [version for *_, version in runs]
    assert set(again) == {first}
    assert last > first
    assert runs[0][0] == runs[1][0] == runs[2][0] == runs[3][0]


@pytest.mark.rule("L7")
def test_no_id_that_was_somebodys_is_given_to_a_new_pin(runs):
    *before, (keys, ids, _) = runs
    given = set().union(*(ids for _, ids, _ in before), *(keys.values() for keys, *_ in before))
    assert given == {1, 2, 3, 4}
    assert not {keys[pin] for pin in NEWCOMERS} & given
    assert {keys[pin] for pin in CHAIN} == {runs[0][0][CHAIN[0]]}
    assert ids == set(keys.values())
