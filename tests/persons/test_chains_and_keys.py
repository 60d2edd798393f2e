"""L1: every PIN is led to its newest, and persons keep the id they were given."""

from __future__ import annotations

import hashlib

import pytest

from folketall.persons.chains import newest_pins, usable_changes
from folketall.persons.keys import person_keys
from tests.support.drawings import drawn, lines, scattered, shuffled_into
from tests.support.frames import frame

SECRET = "only for tests"
CHANGES = """
a  | b
b  | c
c  | d
x1 | x
x2 | x
p  | q
p  | q
e  | f
f  | g
f  | h
g  | i
k  | l
l  | k
n  | k
m  | m
r  | s
s  | r
s  | t
t  | u
v1 | v2
v2 | v3
v3 | v1
z0 | z1
z1 | z2
z2 | z3
z3 | z4
z4 | z5
"""
LED = """
a  | d  | 3
b  | d  | 2
c  | d  | 1
x1 | x  | 1
x2 | x  | 1
p  | q  | 1
e  | f  | 1
g  | i  | 1
n  | k  | 1
t  | u  | 1
z0 | z5 | 5
z1 | z5 | 4
z2 | z5 | 3
z3 | z5 | 2
z4 | z5 | 1
"""
NOTED = """
f  | pin_fork
g  | pin_fork
h  | pin_fork
k  | pin_cycle
l  | pin_cycle
m  | pin_cycle
r  | pin_fork
s  | pin_fork
t  | pin_fork
r  | pin_cycle
s  | pin_cycle
v1 | pin_cycle
v2 | pin_cycle
v3 | pin_cycle
"""
FIRST_CHAINS = """
a00 | a02 | 2
a01 | a02 | 1
b00 | b01 | 1
"""
FIRST_PINS = ["a00", "a01", "a02", "b00", "b01", *(f"solo{n:02}" for n in range(12))]

GIVEN = """
alone  | 1  | 0
old    | 2  | 0
fork_a | 3  | 1
fork_b | 3  | 0
third  | 4  | 0
new    | 5  | 0
wide_c | 6  | 0
wide_a | 7  | 1
wide_b | 7  | 0
gone   | 8  | 0
"""
# alone got a newer PIN; old and new are one person, so are wide_a, wide_b and wide_c; fork_a now
# leads to fork_c too, so neither row is used.
CHAINS_NOW = """
alone  | alone_2 | 1
old    | new     | 1
wide_a | wide_c  | 2
wide_b | wide_c  | 1
"""
PINS_NOW = ["alone", "alone_2", "old", "new", "fork_a", "fork_b", "fork_c", "third", "wide_a",
            "wide_b", "wide_c", "newcomer", "another"]  # fmt: skip


def in_hash_order(pins) -> list[str]:
    return sorted(pins, key=lambda pin: hashlib.sha256(f"{SECRET}|{pin}".encode()).hexdigest())


def keyed(spark, pins, chains, given) -> dict[str, tuple[int, int]]:
    found = person_keys(
        frame(spark, "pin string", "\n".join(pins)),
        frame(spark, "pin string, newest string, steps int", chains),
        frame(spark, "pin string, person_id long, age_of_pin int", given),
        secret=SECRET,
    )
    rows = found.collect()
    assert len(rows) == len({row["pin"] for row in rows})
    return {row["pin"]: (row["person_id"], row["age_of_pin"]) for row in rows}


@pytest.fixture(scope="module")
def changes(spark):
    return usable_changes(frame(spark, "old_pin string, new_pin string", CHANGES))


@pytest.fixture(scope="module")
def first(spark):
    return keyed(spark, FIRST_PINS, FIRST_CHAINS, "")


@pytest.fixture(scope="module")
def now(spark):
    return keyed(spark, PINS_NOW, CHAINS_NOW, GIVEN)


@pytest.mark.rule("L1")
def test_every_pin_is_led_to_its_newest_but_through_no_fork_or_cycle(changes):
    assert drawn(newest_pins(changes[0]), "pin", "newest", "steps") == lines(LED)


@pytest.mark.rule("L1")
def test_forks_and_cycles_are_noted_on_the_pins_of_their_rows(changes):
    assert drawn(changes[1], "pin", "what") == lines(NOTED)


@pytest.mark.rule("L1")
def test_the_order_of_the_rows_of_changes_does_not_matter(spark):
    rows = scattered(frame(spark, "old_pin string, new_pin string", CHANGES))
    with shuffled_into(spark, 2):
        usable, noted = usable_changes(rows)
        found = (drawn(newest_pins(usable), "pin", "newest", "steps"), drawn(noted, "pin", "what"))
    assert found == (lines(LED), lines(NOTED))


@pytest.mark.rule("L1")
def test_a_first_run_numbers_persons_from_1_by_keyed_hash(first):
    newest = {"a00": "a02", "a01": "a02", "b00": "b01"}
    persons = list(dict.fromkeys(newest.get(pin, pin) for pin in in_hash_order(FIRST_PINS)))
    ages = {"a00": 2, "a01": 1, "b00": 1}
    assert first == {
        pin: (persons.index(newest.get(pin, pin)) + 1, ages.get(pin, 0)) for pin in FIRST_PINS
    }


@pytest.mark.rule("L1")
def test_ids_do_not_depend_on_order_or_partitions_and_another_run_keeps_them(spark, first):
    pins = scattered(frame(spark, "pin string", "\n".join(FIRST_PINS)))
    chains = scattered(frame(spark, "pin string, newest string, steps int", FIRST_CHAINS))
    none = frame(spark, "pin string, person_id long, age_of_pin int")
    with shuffled_into(spark):
        again = person_keys(pins, chains, none, secret=SECRET).localCheckpoint()
        third = person_keys(pins, chains, again, secret="another secret")
        runs = [drawn(keys, "pin", "person_id", "age_of_pin") for keys in (again, third)]
    expected = sorted(f"{pin} | {id_} | {age}" for pin, (id_, age) in first.items())
    assert runs == [expected, expected]


@pytest.mark.rule("L1")
def test_later_deliveries_change_no_id_given(now):
    assert [now[pin] for pin in ("alone", "alone_2", "third", "gone")] == [
        (1, 1),
        (1, 0),
        (4, 0),
        (8, 0),
    ]


@pytest.mark.rule("L1")
def test_a_chain_that_arrives_later_merges_under_the_smaller_id(now):
    found = [now[pin] for pin in ("old", "new", "wide_a", "wide_b", "wide_c")]
    assert found == [(2, 1), (2, 0), (6, 2), (6, 1), (6, 0)]


@pytest.mark.rule("L1")
def test_a_fork_that_arrives_later_keeps_one_and_new_persons_get_new_ids(now):
    keeps, leaves = in_hash_order(["fork_a", "fork_b"])
    fresh = in_hash_order([leaves, "fork_c", "newcomer", "another"])
    assert {pin: now[pin] for pin in (keeps, *fresh)} == {
        keeps: (3, 0),
        **{pin: (10 + place, 0) for place, pin in enumerate(fresh, start=1)},
    }


@pytest.mark.rule("L1")
def test_a_number_that_a_merger_took_out_of_use_is_not_given_again(spark):
    # Person 3 is now one with 2.
    given = """
        here   | 1 | 0
        merged | 2 | 1
        newest | 2 | 0
        """
    found = keyed(spark, ["newcomer"], "merged | newest | 1", given)
    assert found == {"here": (1, 0), "merged": (2, 1), "newest": (2, 0), "newcomer": (4, 0)}
