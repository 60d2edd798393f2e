"""The Spark line against the slow, obvious twin, on small registers full of collisions.

One register holds several drawn ones side by side, so that one run compares many.
"""

from __future__ import annotations

import pytest

from folketall.line.step import Choices
from folketall.model.settings import read_settings
from tests.support.line import Memory
from tests.twin import method, random_registers
from tests.twin.known import Delivery, Registers, typed
from tests.twin.numbers import keyed_hash

SECRET = read_settings()["keys.secret"]
SEEDS = (1, 2)


def pin_hash(pin: str) -> str:
    return keyed_hash(SECRET, pin)


def stored(deliveries: list[Delivery]) -> Registers:
    """Every row delivered, as intake would store it."""
    registers: Registers = {}
    for delivery in deliveries:
        for table, rows in delivery.tables.items():
            name = f"{delivery.source}_{table}"
            kept = registers.setdefault(name, [])
            kept += [typed(name, row, delivery.delivered_on) for row in rows]
    return registers


def compare(spark, seed: int):
    """The tables of the line and of the twin for one drawn register."""
    drawn = random_registers.draw(seed, 240, 40)
    years = (drawn.first_year, drawn.last_year)
    taken = tuple((d.source, d.delivered_on, d.mode) for d in drawn.deliveries)
    # What a library's weights make of names is no rule that a twin could state.
    settings = read_settings(None, ["link.probabilistic=false"])
    choices = Choices(settings, years, drawn.known_at, taken)
    # Rows that K3 does not count are in the register too, and must not be read.
    line = Memory(spark, stored(drawn.deliveries), choices).run()
    reasons = line.rows("reason_for_immigration", ("person_id", "reason", "detail", "rule"))
    imputed = {person: (reason, detail) for person, reason, detail, rule in reasons if rule == "C7"}
    expected = method.run(
        drawn.registers,
        drawn.known_at,
        *years,
        ids=line.ids,
        pin_hash=pin_hash,
        imputed=imputed,
    )
    return line, expected


@pytest.fixture(scope="module", params=SEEDS)
def compared(request, spark):
    return compare(spark, request.param)


TABLES = [name for name in method.COLUMNS if name not in ("accounts", "inconsistency")]


@pytest.mark.rule(
    "K1", "K2", "K3", "K4", "L1", "L2", "L3", "L4", "L5", "L6", "H1", "H2", "H3", "H4", "H5",
    "F1", "F2", "F3", "G1", "G2", "G3", "C0", "C1", "C2", "C3", "C4", "C5", "C6", "C8",
    "L7", "P1", "P2", "P3", "T1", "T2", "T3", "S1", "S2", "S3", "M1", "M2", "M3", "M6",
)  # fmt: skip
@pytest.mark.parametrize("table", TABLES)
def test_the_line_agrees_with_the_twin(compared, table):
    line, expected = compared
    actual = line.rows(table, method.COLUMNS[table])
    known = {row[0] for row in expected["person"]}
    assert_equal(table, *(_of_persons(table, rows, known) for rows in (actual, expected[table])))


def _of_persons(table: str, rows: list[tuple], known: set[int]) -> list[tuple]:
    """One whom only an earlier K saw has no attributes at the run's K: only the place counts."""
    if table != "population":
        return rows
    return [row if row[1] in known else row[:3] for row in rows]


@pytest.mark.rule("S4")
def test_the_accounts_agree_with_the_twin(compared):
    line, expected = compared
    sums: dict[tuple, int] = {}
    for year, municipality, term, n in line.rows(
        "account", ("reference_year", "municipality", "term", "persons")
    ):
        sums[year, municipality, term] = sums.get((year, municipality, term), 0) + n
    actual = sorted(((*key, n) for key, n in sums.items()), key=repr)
    assert_equal("accounts", actual, [row for row in expected["accounts"] if row[3]])


@pytest.mark.rule("H3", "H5", "H6", "G3", "L1", "L4", "K2", "F3")
def test_the_oddities_agree_with_the_twin(compared):
    line, expected = compared
    mine = {"H3", "H5", "H6", "G3", "L1", "L4", "K2", "F3"}
    actual = [
        row for row in line.rows("inconsistency", method.COLUMNS["inconsistency"]) if row[0] in mine
    ]
    assert_equal(
        "inconsistency", actual, [row for row in expected["inconsistency"] if row[0] in mine]
    )


def assert_equal(table: str, actual: list[tuple], expected: list[tuple]) -> None:
    missing = [row for row in expected if row not in actual]
    extra = [row for row in actual if row not in expected]
    shown = [f"- {row}" for row in missing[:6]] + [f"+ {row}" for row in extra[:6]]
    different = len(missing) + len(extra)
    assert different == 0, "\n".join([f"{table}: {different} rows differ", *shown])
    assert len(actual) == len(expected), f"{table}: rows occur more than once"
