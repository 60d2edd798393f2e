"""K3 and K4: which deliveries' rows count."""

from __future__ import annotations

from datetime import date

import pytest

from folketall.model.deliveries import CPR_PERSON, UDB_PERSON
from folketall.model.tables import REGISTERS
from folketall.registers.known import counted, counted_dates, default_known_at, newest_by_key
from tests.support.frames import frame

TAKEN = [
    (source, date.fromisoformat(day), mode)
    for source, day, mode in (
        ("cpr", "2024-01-01", "full"),
        ("cpr", "2024-01-02", "increment"),
        ("cpr", "2025-01-01", "full"),
        ("cpr", "2024-12-31", "increment"),
        ("cpr", "2025-01-02", "increment"),
        ("udb", "2024-02-01", "full"),
        ("udb", "2024-06-01", "increment"),
        ("udb", "2025-02-01", "full"),
        ("census", "2020-01-01", "increment"),
        ("census", "2021-01-01", "increment"),
    )
]


def ddl(table) -> str:
    return ", ".join(f"`{f.name}` {f.dataType.simpleString()}" for f in table.schema)


def days(source: str, known_at: date | None) -> list[str]:
    return [str(day) for day in counted_dates(TAKEN, source=source, known_at=known_at)]


@pytest.mark.rule("K3")
def test_the_last_full_delivery_and_the_increments_after_it():
    assert days("cpr", None) == ["2025-01-01", "2025-01-02"]
    assert days("udb", None) == ["2025-02-01"]


@pytest.mark.rule("K3")
def test_other_sources_as_last_delivered_on_or_before_k():
    assert days("udb", date(2025, 2, 1)) == ["2025-02-01"]
    assert days("udb", date(2025, 1, 31)) == ["2024-02-01", "2024-06-01"]
    assert days("udb", date(2024, 5, 31)) == ["2024-02-01"]
    assert days("udb", date(2024, 1, 31)) == []


@pytest.mark.rule("K3")
def test_of_cpr_every_delivery_is_read_at_any_k():
    assert days("cpr", date(2024, 1, 1)) == ["2025-01-01", "2025-01-02"]


@pytest.mark.rule("K3")
def test_increments_without_a_full_delivery_count():
    assert days("census", None) == ["2020-01-01", "2021-01-01"]
    assert days("reason_files", None) == []


@pytest.mark.rule("K3")
def test_rows_of_deliveries_not_taken_do_not_count(spark):
    register = frame(
        spark,
        "pin string, delivered_on date",
        """
        old  | 2024-01-01
        full | 2025-01-01
        full | 2025-01-01
        new  | 2025-01-02
        half | 2025-01-03
        """,
    )
    rows = counted(register, TAKEN, source="cpr", known_at=None)
    assert rows.columns == register.columns
    assert sorted(row["pin"] for row in rows.collect()) == ["full", "full", "new"]


@pytest.mark.rule("K3")
def test_newest_row_of_each_key(spark):
    rows = frame(
        spark,
        ddl(REGISTERS[UDB_PERSON]),
        """
        d1 | p1 | Anna  | | | | | 2024-01-01
        d1 | p1 | Aase  | | | | | 2025-01-01
        d2 | p1 | Berit | | | | | 2025-01-01
        d2 | p1 |       | | | | | 2025-01-01
        d2 |    | Zoe   | | | | | 2025-01-01
        """,
    )
    newest = newest_by_key(rows, UDB_PERSON)
    assert newest.columns == rows.columns
    assert newest.schema == rows.schema
    found = sorted((row["duf"], row["given_name"]) for row in newest.collect())
    assert found == [("d1", "Aase"), ("d2", "Berit")]


@pytest.mark.rule("K4")
def test_a_run_knows_what_its_newest_delivery_knows():
    assert default_known_at(TAKEN) == date(2025, 2, 1)
    assert default_known_at([]) is None


def test_tables_with_a_key_hold_only_what_sorts_as_its_text():
    for delivered, table in REGISTERS.items():
        if delivered.key:
            kinds = {field.dataType.simpleString() for field in table.schema}
            assert kinds <= {"string", "date"}, table.name
    assert CPR_PERSON.key == "pin"
