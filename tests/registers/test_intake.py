"""Deliveries into the warehouse: whole or not at all, and the same again changes nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from folketall.model import deliveries as d
from folketall.model.errors import InputRefusedError
from folketall.model.tables import DELIVERY, REGISTER_NOTE, REJECTED_ROW
from folketall.registers import storing
from folketall.registers.manifest import read_delivery
from folketall.registers.taken import deliveries_taken
from folketall.registers.verdicts import Limits, Verdict, refuse
from folketall.storage.opening import open_warehouse
from tests.support import intake
from tests.support.deliveries import packaged_codes, seal, write_delivery
from tests.support.intake import register_rows, take_all
from tests.support.pins import duf, synthetic_pin

CODES = packaged_codes()
DAY = "2025-02-01"
ANNA = synthetic_pin(date(1990, 5, 17), 100)
PEOPLE = [synthetic_pin(date(1950, 1, 1) + timedelta(days=n), 300) for n in range(1000)]


@pytest.fixture
def warehouse(spark, tmp_path):
    return open_warehouse(spark, str(tmp_path / "warehouse"))


def take(warehouse, home, **settings):
    """One delivery by itself."""
    (taken,) = intake.take(warehouse, [read_delivery(home)], codes=CODES, **settings)
    return taken


def people(good: int, bad: int = 0) -> dict:
    rows = [{"pin": pin, "registration_date": "2020-01-01"} for pin in PEOPLE[: good + bad]]
    for row in rows[:bad]:
        row["registration_date"] = "1700-01-01"
    return {"person": rows}


def versions(warehouse):
    """Commits of each table there is, told by its log."""
    logs = Path(warehouse.root).glob("*/_delta_log")
    return {log.parent.name: len(list(log.glob("*.json"))) for log in logs}


EVENTS = [
    {"event_id": "e1", "action": "new", "pin": ANNA, "event_type": "immigration",
     "event_date": "2020-03-01", "registration_date": "2020-02-01", "municipality": " 0301 ",
     "country": "101", "cause": "boundary_change"},
    {"event_id": "e2", "action": "new", "pin": ANNA, "event_type": "move",
     "event_date": "2020-13-01", "registration_date": "2020-02-01"},
    {"event_id": "e3, \"quoted\"", "action": "annulment", "registration_date": "2020-02-02"},
]  # fmt: skip


@pytest.mark.rule("V3", "V4")
@pytest.mark.parametrize("kind", ["csv", "parts"])
def test_rows_rejected_rows_and_notes(spark, warehouse, tmp_path, kind):
    # A name that Spark would read as a pattern.
    folder = tmp_path / "in [old] {a,b}*? é %20"
    home = write_delivery(folder, "cpr", DAY, "full", {"event": EVENTS}, kind)
    taken = take(warehouse, home)
    assert (taken.taken, taken.rows, taken.rejected) == (
        True,
        3,
        {"event: event_date: not a date": 1},
    )

    rows = register_rows(warehouse, d.EVENT).collect()
    assert sorted(row["event_id"] for row in rows) == ["e1", 'e3, "quoted"']
    (first,) = [row for row in rows if row["event_id"] == "e1"]
    assert (first["municipality"], first["cause"]) == ("0301", "ordinary")
    assert first["delivered_on"] == date(2025, 2, 1)

    (rejected,) = warehouse.read(REJECTED_ROW).collect()
    assert (rejected["table"], rejected["rule"]) == ("event", "V3")
    assert rejected["why"] == "event_date: not a date"
    assert json.loads(rejected["row"]) == dict.fromkeys(d.EVENT.column_names) | EVENTS[1]

    notes = warehouse.read(REGISTER_NOTE).collect()
    assert sorted((n["rule"], n["what"], n["pin"], n["key"]) for n in notes) == [
        ("V3", "cause_ignored", ANNA, "e1"),
        ("V4", "announced", ANNA, "e1"),
    ]
    (row,) = deliveries_taken(warehouse).collect()
    assert (row["source"], row["mode"], row["rows"], row["rejected"]) == ("cpr", "full", 3, 1)
    # Tables without rows are not written, and are read as empty.
    assert versions(warehouse).keys() == {
        "register_cpr_event", "rejected_row", "register_note", "delivery"
    }  # fmt: skip
    assert register_rows(warehouse, d.PIN_CHANGE).collect() == []


def test_same_delivery_again_changes_nothing_and_another_is_refused(warehouse, tmp_path):
    folder = tmp_path / "in"
    write_delivery(folder, "cpr", DAY, "full", {"event": EVENTS})
    assert [t.taken for t in take_all(warehouse, folder, codes=CODES)] == [True]
    before = versions(warehouse)
    assert [t.taken for t in take_all(warehouse, folder, codes=CODES)] == [False]
    assert versions(warehouse) == before

    other = tmp_path / "other"
    write_delivery(other, "cpr", DAY, "full", {"event": EVENTS[:1]})
    write_delivery(other, "cpr", "2025-01-01", "full")
    with pytest.raises(InputRefusedError, match=f"cpr/{DAY}: a different delivery under the same"):
        take_all(warehouse, other, codes=CODES)
    assert versions(warehouse) == before


@pytest.mark.rule("V3")
def test_sources_and_days_lie_side_by_side(warehouse, tmp_path):
    twice = {"person": [*people(3)["person"], people(1)["person"][0] | {"given_name": "A"}]}
    write_delivery(tmp_path / "in", "cpr", "2025-01-01", "full", {"event": EVENTS[:1], **twice})
    write_delivery(tmp_path / "in", "cpr", DAY, "increment", {"event": EVENTS[:2], **twice})
    bad_case = {"case_id": "c", "duf": duf(2015, 1), "case_type": "visit", "outcome": "?"}
    write_delivery(
        tmp_path / "in", "udb", DAY, "full", {"case": [bad_case], "person": [{"duf": "1"}]}
    )
    taken = take_all(warehouse, tmp_path / "in", codes=CODES)
    assert [t.name for t in taken] == ["cpr/2025-01-01", f"cpr/{DAY}", f"udb/{DAY}"]

    def counts(table):
        return sorted(
            (row["source"], str(row["delivered_on"]), row["count"])
            for row in warehouse.read(table).groupBy("source", "delivered_on").count().collect()
        )

    each = [("cpr", "2025-01-01", 1), ("cpr", DAY, 1), ("udb", DAY, 1)]
    assert counts(REJECTED_ROW) == each
    assert counts(REGISTER_NOTE) == [("cpr", "2025-01-01", 2), ("cpr", DAY, 2), ("udb", DAY, 1)]
    assert counts(DELIVERY) == each
    assert taken[0].rejected == {"person: pin: occurs again": 1}
    # In an increment a PIN seen before is an update, and no repeat.
    days = register_rows(warehouse, d.CPR_PERSON).groupBy("delivered_on").count().collect()
    assert sorted((str(row[0]), row[1]) for row in days) == [("2025-01-01", 3), (DAY, 4)]


def test_a_kill_before_the_end_and_a_rerun_give_the_same(warehouse, tmp_path, monkeypatch):
    first = write_delivery(tmp_path / "a", "cpr", DAY, "full", {"event": EVENTS, **people(2)})
    mended = write_delivery(tmp_path / "b", "cpr", DAY, "full", {"event": EVENTS[:1]})

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(storing, "_delivery_rows", killed)
        with pytest.raises(KeyboardInterrupt):
            take(warehouse, first)
    assert deliveries_taken(warehouse).collect() == []
    # The office has mended the delivery meanwhile: nothing of the first try may stay.
    take(warehouse, mended)
    assert [row["event_id"] for row in register_rows(warehouse, d.EVENT).collect()] == ["e1"]
    assert register_rows(warehouse, d.CPR_PERSON).collect() == []
    assert warehouse.read(REJECTED_ROW).collect() == []
    assert warehouse.count(REGISTER_NOTE) == 2
    assert warehouse.count(DELIVERY) == 1


def refusal(warehouse, home, **settings) -> str:
    before = versions(warehouse)
    with pytest.raises(InputRefusedError) as refused:
        take(warehouse, home, **settings)
    assert versions(warehouse) == before
    assert str(refused.value).startswith(f"delivery cpr/{DAY}: ")
    return str(refused.value)


def test_wrong_row_counts_refuse_the_delivery_by_name(warehouse, tmp_path):
    home = write_delivery(tmp_path, "cpr", DAY, "full", {"event": EVENTS, **people(2)})
    seal(home, "event", rows=42)
    seal(home, "duf_link", rows=1)
    text = refusal(warehouse, home)
    assert "table event: 3 rows, the manifest says 42" in text
    assert "table duf_link: 0 rows, the manifest says 1" in text


@pytest.mark.rule("V3")
def test_rows_with_too_few_or_too_many_fields(warehouse, tmp_path):
    home = write_delivery(tmp_path, "cpr", DAY, "full")
    (home / "pin_change.csv").write_text(
        "colour,registration_date,new_pin,old_pin\n"
        f'red,2020-01-01,{ANNA},"{PEOPLE[0]}"\n'
        f"red,2020-01-01,{ANNA}\n"
        f"red,2020-01-01,{ANNA},{PEOPLE[0]},1\n"
        "\n"
        f'"re""d, or ""blue",2020-01-01,{ANNA},{PEOPLE[1]}\n'
        f'red,"2020-01-01,{ANNA},{PEOPLE[0]}\n',
        encoding="utf-8",
    )
    seal(home, "pin_change", rows=5)
    taken = take(warehouse, home)
    assert taken.rejected == {"pin_change: row: not the number of fields of the header": 3}
    rows = register_rows(warehouse, d.PIN_CHANGE).collect()
    assert sorted(row["old_pin"] for row in rows) == sorted(PEOPLE[:2])


@pytest.mark.rule("V3")
def test_only_rejected_rows_fewer_than_twenty(warehouse, tmp_path):
    home = write_delivery(tmp_path, "cpr", DAY, "full", people(0, bad=19))
    taken = take(warehouse, home)
    assert taken.rejected == {"person: registration_date: before 1850": 19}
    assert warehouse.count(REJECTED_ROW) == 19
    assert register_rows(warehouse, d.CPR_PERSON).collect() == []


@pytest.mark.rule("V3")
def test_only_rejected_rows_twenty(warehouse, tmp_path):
    home = write_delivery(tmp_path, "cpr", DAY, "full", people(0, bad=20))
    text = refusal(warehouse, home)
    assert "table person: 20 of 20 rows refused (100.0%, the limit is 2.0%)" in text
    assert "most often registration_date: before 1850 (20 rows)" in text
    assert not any(pin in text for pin in PEOPLE)


@pytest.mark.rule("V3")
@pytest.mark.parametrize(
    ("rows", "refused", "share", "least", "ends"),
    [
        (1000, 20, 0.02, 20, False),  # exactly the share
        (999, 20, 0.02, 20, True),
        (100, 29, 0.29, 20, False),  # where 0.29 * 100 is less than 29
        (100, 19, 0.02, 20, False),  # too few to end it
        (100, 20, 0.02, 20, True),
        (100, 20, 0.02, 21, False),
        (100, 100, 1.0, 0, False),
        (100, 1, 0.0, 0, True),
    ],
)
def test_share_of_rejected_rows(tmp_path, rows, refused, share, least, ends):
    home = write_delivery(tmp_path, "cpr", DAY)
    delivery = read_delivery(home)
    file = replace(delivery.tables["person"], rows=rows)
    delivery = replace(delivery, tables={"person": file})
    found = {d.CPR_PERSON: Verdict(rows, {"sex: unknown code": refused}, repeats=0, notes=0)}

    def judge():
        refuse(delivery, found, Limits(share, least))

    if ends:
        with pytest.raises(InputRefusedError, match=f"table person: {refused} of {rows} rows"):
            judge()
    else:
        judge()


def test_those_before_the_refused_one_are_taken_and_those_after_are_not(warehouse, tmp_path):
    folder = tmp_path / "in"
    write_delivery(folder, "cpr", "2025-01-01", "full", {"event": EVENTS[:1]})
    home = write_delivery(folder, "cpr", DAY, "increment", {"event": EVENTS[:2], **people(1)})
    write_delivery(folder, "cpr", "2025-03-01", "increment", {"event": EVENTS[2:]})
    seal(home, "event", rows=7)
    with pytest.raises(InputRefusedError, match=f"delivery cpr/{DAY}: table event: 2 rows"):
        take_all(warehouse, folder, codes=CODES)
    assert [str(row["delivered_on"]) for row in deliveries_taken(warehouse).collect()] == [
        "2025-01-01"
    ]
    assert [row["event_id"] for row in register_rows(warehouse, d.EVENT).collect()] == ["e1"]
    assert register_rows(warehouse, d.CPR_PERSON).collect() == []
    seal(home, "event", rows=2)
    assert [t.taken for t in take_all(warehouse, folder, codes=CODES)] == [False, True, True]
    assert warehouse.count(DELIVERY) == 3
    assert register_rows(warehouse, d.EVENT).count() == 3


def test_an_empty_delivery_is_taken(warehouse, tmp_path):
    write_delivery(tmp_path / "in", "cpr", DAY)
    assert [t.rows for t in take_all(warehouse, tmp_path / "in", codes=CODES)] == [0]
    assert versions(warehouse).keys() == {"delivery"}


def test_without_the_population_register_nothing_is_taken(warehouse, tmp_path):
    write_delivery(tmp_path / "in", "udb", DAY)
    with pytest.raises(InputRefusedError, match="holds no delivery of cpr"):
        take_all(warehouse, tmp_path / "in", codes=CODES)
    assert versions(warehouse) == {}
