"""L1: every PIN is led to its newest, and persons keep the id they were given."""

from __future__ import annotations

import hmac

import pytest
from pyspark.sql import Row

from folketall.linkage.chains import newest_pins, usable_changes
from folketall.linkage.keys import (
    draws,
    keys_at,
    known_otherwise,
    person_keys,
    persons_of,
    pin_hash,
)
from folketall.model.tables import PERSON_KEY
from tests.support.drawings import drawn, lines, scattered, shuffled_into
from tests.support.frames import frame, kept

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

# pin | number
GIVEN = """
alone  | 1
old    | 2
fork_a | 3
fork_b | 9
third  | 4
new    | 5
wide_c | 6
wide_a | 7
wide_b | 8
gone   | 10
"""
# alone got a newer PIN; old and new are one person, so are wide_a, wide_b and wide_c; fork_a and
# fork_b were one, but fork_a now leads to fork_c too, so neither row is used.
CHAINS_NOW = """
alone  | alone_2 | 1
old    | new     | 1
wide_a | wide_c  | 2
wide_b | wide_c  | 1
"""
PINS_NOW = ["alone", "alone_2", "old", "new", "fork_a", "fork_b", "fork_c", "third", "wide_a",
            "wide_b", "wide_c", "newcomer", "another"]  # fmt: skip


def hashed(pin: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), pin.encode(), "sha256").hexdigest()


def draw(pin: str, secret: str = SECRET) -> int:
    return int(hashed(pin, secret)[:16], 16) >> 1


def in_hash_order(pins) -> list[str]:
    return sorted(pins, key=hashed)


def given_keys(spark, given: str):
    return frame(spark, "pin string, number long", given).selectExpr(
        "pin", "number as person_id", "0L as draw", "number", "0 as age_of_pin"
    )


def keyed(spark, pins, chains, given) -> dict[str, Row]:
    found = person_keys(
        frame(spark, "pin string", "\n".join(pins)),
        frame(spark, "pin string, newest string, steps int", chains),
        given_keys(spark, given),
        secret=SECRET,
    )
    rows = found.collect()
    assert len(rows) == len({row["pin"] for row in rows}) == len({row["number"] for row in rows})
    return {row["pin"]: row for row in rows}


def persons_in(keys: dict[str, Row], *pins: str) -> list[tuple[int, int]]:
    return [(keys[pin]["person_id"], keys[pin]["age_of_pin"]) for pin in pins]


@pytest.fixture(scope="module")
def changes(spark):
    return usable_changes(frame(spark, "old_pin string, new_pin string", CHANGES), kept)


@pytest.fixture(scope="module")
def first(spark):
    return keyed(spark, FIRST_PINS, FIRST_CHAINS, "")


@pytest.fixture(scope="module")
def now(spark):
    return keyed(spark, PINS_NOW, CHAINS_NOW, GIVEN)


@pytest.mark.rule("L1")
def test_every_pin_is_led_to_its_newest_but_through_no_fork_or_cycle(changes):
    assert drawn(newest_pins(changes[0], kept), "pin", "newest", "steps") == lines(LED)


@pytest.mark.rule("L1")
def test_forks_and_cycles_are_noted_on_the_pins_of_their_rows(changes):
    assert drawn(changes[1], "pin", "what") == lines(NOTED)


@pytest.mark.rule("L1")
def test_the_order_of_the_rows_of_changes_does_not_matter(spark):
    rows = scattered(frame(spark, "old_pin string, new_pin string", CHANGES))
    with shuffled_into(spark, 2):
        usable, noted = usable_changes(rows, kept)
        found = (
            drawn(newest_pins(usable, kept), "pin", "newest", "steps"),
            drawn(noted, "pin", "what"),
        )
    assert found == (lines(LED), lines(NOTED))


@pytest.mark.rule("L1", "L7")
def test_a_first_run_numbers_pins_from_1_by_keyed_hash(first):
    place = {pin: number for number, pin in enumerate(in_hash_order(FIRST_PINS), start=1)}
    assert {pin: row["number"] for pin, row in first.items()} == place
    a, b = min(place[pin] for pin in ("a00", "a01", "a02")), min(place["b00"], place["b01"])
    chained = {"a00": (a, 2), "a01": (a, 1), "a02": (a, 0), "b00": (b, 1), "b01": (b, 0)}
    found = {pin: (row["person_id"], row["age_of_pin"]) for pin, row in first.items()}
    assert found == {pin: chained.get(pin, (place[pin], 0)) for pin in FIRST_PINS}


@pytest.mark.rule("L7")
def test_the_draw_is_63_bits_of_the_keyed_hash_of_the_first_pin(first):
    origin = {"a01": "a00", "a02": "a00", "b01": "b00"}
    assert {pin: row["draw"] for pin, row in first.items()} == {
        pin: draw(origin.get(pin, pin)) for pin in FIRST_PINS
    }


@pytest.mark.rule("L7")
def test_where_two_first_pins_are_equally_old_the_smaller_hash_gives_the_draw(spark):
    chains = "x1 | x | 1\nx2 | x | 1\ny1 | y | 1\ny2 | y | 2\ny3 | y | 2"
    pins = ["x", "x1", "x2", "y", "y1", "y2", "y3"]
    found = keyed(spark, pins, chains, "")
    assert {row["draw"] for pin, row in found.items() if pin[0] == "x"} == {
        draw(in_hash_order(["x1", "x2"])[0])
    }
    assert {row["draw"] for pin, row in found.items() if pin[0] == "y"} == {
        draw(in_hash_order(["y2", "y3"])[0])
    }


@pytest.mark.rule("L7")
@pytest.mark.parametrize("secret", ["short", "é" * 32, "long" * 40, ""])
def test_the_hash_of_a_pin_is_hmac_sha256(spark, secret):
    rows = frame(spark, "pin string", "01019012345\nø")
    found = rows.select("pin", pin_hash("pin", secret).alias("hash"), "pin").collect()
    assert {row[0]: row["hash"] for row in found} == {
        row[0]: hashed(row[0], secret) for row in found
    }


@pytest.mark.rule("L1", "L7")
def test_ids_do_not_depend_on_order_or_partitions_and_another_run_keeps_them(spark, first):
    pins = scattered(frame(spark, "pin string", "\n".join(FIRST_PINS)))
    chains = scattered(frame(spark, "pin string, newest string, steps int", FIRST_CHAINS))
    with shuffled_into(spark):
        again = person_keys(pins, chains, given_keys(spark, ""), secret=SECRET).localCheckpoint()
        third = person_keys(pins, chains, again, secret="another secret")
        runs = [drawn(keys, "pin", "person_id", "age_of_pin") for keys in (again, third)]
    expected = sorted(
        f"{pin} | {row['person_id']} | {row['age_of_pin']}" for pin, row in first.items()
    )
    assert runs == [expected, expected]


@pytest.mark.rule("L1", "L7")
def test_later_deliveries_change_no_number_given(now):
    given = dict(line.split(" | ") for line in lines(GIVEN))
    assert {pin: now[pin]["number"] for pin in given} == {p: int(n) for p, n in given.items()}
    assert persons_in(now, "alone", "alone_2", "third", "gone") == [(1, 1), (1, 0), (4, 0), (10, 0)]


@pytest.mark.rule("L1", "L7")
def test_a_chain_that_arrives_later_merges_under_the_smaller_id(now):
    assert persons_in(now, "old", "new") == [(2, 1), (2, 0)]
    assert persons_in(now, "wide_a", "wide_b", "wide_c") == [(6, 2), (6, 1), (6, 0)]


@pytest.mark.rule("L1", "L7")
def test_a_chain_lost_leaves_each_part_its_own_number_and_new_pins_get_numbers_never_given(now):
    assert persons_in(now, "fork_a", "fork_b") == [(3, 0), (9, 0)]
    fresh = in_hash_order(["alone_2", "fork_c", "newcomer", "another"])
    assert [now[pin]["number"] for pin in fresh] == [11, 12, 13, 14]


@pytest.mark.rule("L7", "K4")
def test_an_earlier_k_knows_the_persons_by_the_same_numbers(spark, first):
    keys = spark.createDataFrame(list(first.values()), PERSON_KEY.schema)
    # Then only a00 was known to be a01.
    chains = frame(spark, "pin string, newest string, steps int", "a00 | a01 | 1")
    known = persons_of(keys.select("pin", "number"), chains, secret=SECRET)
    otherwise = known_otherwise(keys, known)
    assert "pin" not in otherwise.columns
    at = keys_at(keys, otherwise)
    found = {row["pin"]: (row["person_id"], row["age_of_pin"]) for row in at.collect()}
    number = {pin: row["number"] for pin, row in first.items()}
    then = {pin: (number[pin], 0) for pin in FIRST_PINS}
    both = min(number["a00"], number["a01"])
    assert found == {**then, "a00": (both, 1), "a01": (both, 0)}
    told = {row["person_id"]: row["draw"] for row in draws(known).collect()}
    assert told == {person: draw(pin) for pin, (person, _) in found.items() if pin not in ("a01",)}
