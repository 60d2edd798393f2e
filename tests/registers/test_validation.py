"""V1-V4 row by row: what refuses a row, what is noted, what counts."""

from __future__ import annotations

from datetime import date

import pytest
from pyspark.sql import functions as F

from folketall.model import deliveries as d
from folketall.registers.reading import MALFORMED
from folketall.registers.validation import Checks, check_rows, refuse_repeats
from tests.support.pins import duf, synthetic_pin

DELIVERED = date(2025, 2, 1)
CODES = {
    "country": {"000", "101", "564", "990"},
    "reason": {"asylum", "work"},
    "legal_basis": {"UL23"},
    "permit_type": {"work"},
}
ANNA = synthetic_pin(date(1990, 5, 17), 100)
OLA = synthetic_pin(date(1960, 2, 1), 200)
BAD_PIN = ANNA[:10] + str((int(ANNA[10]) + 1) % 10)
DUF = duf(2015, 123456)
EVENT = {
    "event_id": "e",
    "action": "new",
    "pin": ANNA,
    "event_type": "move",
    "event_date": "2020-01-01",
    "registration_date": "2020-01-02",
    "municipality": "0301",
}
PERSON = {"pin": ANNA, "registration_date": "2020-01-01"}
CASE = {"case_id": "c", "duf": DUF, "case_type": "first_permit", "outcome": "granted"}


def checked(spark, table, *rows, **checks):
    """The rows as checked, in the order given."""
    names = table.column_names
    schema = ", ".join(["place int", *[f"`{n}` string" for n in names], f"{MALFORMED} boolean"])
    drawn = [
        (place, *[row.get(n) for n in names], row.get(MALFORMED, False))
        for place, row in enumerate(rows)
    ]
    delivered = F.lit(checks.pop("delivered_on", DELIVERED)).alias("delivered_on")
    frame = spark.createDataFrame(drawn, schema).select("*", delivered)
    df = check_rows(frame, table, checks=Checks(**{"codes": CODES} | checks))
    # One partition: the order in is the order out.
    return df


def collected(spark, table, *rows, **checks):
    return checked(spark, table, *rows, **checks).collect()


def whys(spark, table, *rows, **checks):
    return [
        row["fault"] and f"{row['fault']['rule']} {row['fault']['why']}"
        for row in collected(spark, table, *rows, **checks)
    ]


def notes(row):
    return [(note["rule"], note["what"]) for note in row["notes"]]


@pytest.mark.rule("V3")
def test_a_good_row_is_typed_and_has_no_fault(spark):
    (row,) = collected(spark, d.EVENT, EVENT)
    assert row["fault"] is None
    assert notes(row) == []
    assert row["event_date"] == date(2020, 1, 1)
    assert row["cause"] is None
    assert row["municipality"] == "0301"


@pytest.mark.rule("V3")
def test_dates(spark):
    said = whys(
        spark,
        d.EVENT,
        EVENT | {"event_date": "1850-01-01"},
        EVENT | {"event_date": "1849-12-31"},
        EVENT | {"event_date": "2026-02-01"},
        EVENT | {"event_date": "2026-02-02"},
        EVENT | {"registration_date": "2025-02-01"},
        EVENT | {"registration_date": "2025-02-02"},
        EVENT | {"event_date": "2023-02-29"},
        EVENT | {"event_date": "2024-02-29"},
        EVENT | {"event_date": "2020-1-1"},
        EVENT | {"event_date": "2020-01-01T00:00"},
        EVENT | {"event_date": "01.01.2020"},
        EVENT | {"event_date": "20200101"},
        EVENT | {"event_date": "+2020-01-1"},
        EVENT | {"event_date": "today"},
    )
    assert said == [
        None,
        "V3 event_date: before 1850",
        None,
        "V3 event_date: more than 12 months after the delivery",
        None,
        "V3 registration_date: after the delivery",
        "V3 event_date: not a date",
        None,
        *["V3 event_date: not a date"] * 6,
    ]


@pytest.mark.rule("V3")
def test_how_long_ahead_an_event_may_lie_is_a_setting(spark):
    rows = [EVENT | {"event_date": "2025-02-01"}, EVENT | {"event_date": "2025-02-02"}]
    assert whys(spark, d.EVENT, *rows, announced=0)[1].startswith("V3 event_date: more than 0")
    assert whys(spark, d.EVENT, *rows, announced=1) == [None, None]


@pytest.mark.rule("V3")
def test_required_columns_and_the_annulment(spark):
    bare = {"event_id": "e", "action": "annulment", "registration_date": "2020-01-01"}
    said = whys(
        spark,
        d.EVENT,
        bare,
        bare | {"action": "correction"},
        bare | {"action": None},
        bare | {"registration_date": None},
        bare | {"event_id": None},
        EVENT | {"event_date": None},
        EVENT | {"municipality": None},
        {},
        EVENT | {MALFORMED: True, "event_id": None},
    )
    assert said == [
        None,
        "V3 pin: empty",
        "V3 action: empty",
        "V3 registration_date: empty",
        "V3 event_id: empty",
        "V3 event_date: empty",
        None,
        "V3 event_id: empty",
        "V3 row: not the number of fields of the header",
    ]


@pytest.mark.rule("V1", "V3")
def test_first_failing_column_gives_the_reason(spark):
    said = whys(
        spark,
        d.EVENT,
        EVENT | {"action": "old", "pin": BAD_PIN, "event_date": "x"},
        EVENT | {"pin": BAD_PIN, "event_date": "x"},
        EVENT | {"event_type": "flight", "event_date": "x"},
        EVENT | {"cause": "whim"},
    )
    assert said == [
        "V3 action: unknown code",
        "V1 pin: check digits",
        "V3 event_type: unknown code",
        "V3 cause: unknown code",
    ]


@pytest.mark.rule("V3")
def test_structural_codes_of_the_other_tables(spark):
    assert whys(spark, d.CPR_PERSON, PERSON, PERSON | {"sex": "2"}, PERSON | {"sex": "3"}) == [
        None,
        None,
        "V3 sex: unknown code",
    ]
    said = whys(spark, d.CASE, CASE, CASE | {"case_type": "x"}, CASE | {"outcome": "x"})
    assert said == [None, "V3 case_type: unknown code", "V3 outcome: unknown code"]
    married = {"pin": ANNA, "from_date": "2020-01-01", "registration_date": "2020-01-01"}
    said = whys(spark, d.MARITAL_STATUS, married | {"status": "9"}, married | {"status": "0"})
    assert said == [None, "V3 status: unknown code"]
    said = whys(
        spark,
        d.CENSUS_RESIDENT,
        {"pin": ANNA, "census_year": "1960"},
        {"pin": ANNA, "census_year": "1961"},
    )
    assert said == [None, "V3 census_year: unknown code"]


@pytest.mark.rule("V1")
def test_in_a_pin_change_both_are_own(spark):
    change = {"old_pin": ANNA, "new_pin": OLA, "registration_date": "2020-01-01"}
    said = whys(
        spark, d.PIN_CHANGE, change, change | {"old_pin": BAD_PIN}, change | {"new_pin": BAD_PIN}
    )
    assert said == [None, "V1 old_pin: check digits", "V1 new_pin: check digits"]


@pytest.mark.rule("V1")
def test_first_check_digit_is_wide_in_deliveries_of_2032(spark):
    from tests.support.pins import complete

    wide = next(p for n in range(100, 200) if (p := complete(f"178590{n}", 2)))
    row = PERSON | {"pin": wide}
    assert whys(spark, d.CPR_PERSON, row, delivered_on=date(2031, 12, 31)) == [
        "V1 pin: check digits"
    ]
    assert whys(spark, d.CPR_PERSON, row, delivered_on=date(2032, 1, 1)) == [None]


@pytest.mark.rule("V1")
def test_a_failing_pin_of_someone_else_becomes_null_noted(spark):
    both, one, udb = (
        *collected(
            spark,
            d.CPR_PERSON,
            PERSON | {"mother_pin": BAD_PIN, "father_pin": "?"},
            PERSON | {"mother_pin": OLA, "father_pin": BAD_PIN},
        ),
        *collected(spark, d.UDB_PERSON, {"duf": DUF, "pin": BAD_PIN}),
    )
    assert (both["fault"], both["mother_pin"], both["father_pin"]) == (None, None, None)
    assert notes(both) == [("V1", "bad_pin")] * 2
    assert (one["mother_pin"], one["father_pin"], notes(one)) == (OLA, None, [("V1", "bad_pin")])
    assert (udb["fault"], udb["pin"], notes(udb)) == (None, None, [("V1", "bad_pin")])


@pytest.mark.rule("V2")
def test_a_failing_duf_number_is_kept_and_noted(spark):
    rows = [CASE, CASE | {"duf": "123"}, CASE | {"reference_duf": "123"}]
    said = collected(spark, d.CASE, *rows)
    assert [row["fault"] for row in said] == [None] * 3
    assert [notes(row) for row in said] == [[], [("V2", "bad_duf")], [("V2", "bad_duf")]]
    assert said[1]["duf"] == "123"
    assert [notes(row) for row in collected(spark, d.CASE, *rows, duf_check="off")] == [[], [], []]


@pytest.mark.rule("V3")
def test_other_unknown_codes_become_null_noted(spark):
    unknown = [("V3", "unknown_code")]
    citizen = {"pin": ANNA, "from_date": "2020-01-01", "registration_date": "2020-01-01"}
    known, other = collected(
        spark, d.CITIZENSHIP, citizen | {"country": "990"}, citizen | {"country": "999"}
    )
    assert (known["fault"], known["country"], notes(known)) == (None, "990", [])
    # Required, and still no reason to refuse the row.
    assert (other["fault"], other["country"], notes(other)) == (None, None, unknown)
    fields = ("origin", "reason", "legal_basis", "permit_type", "family_type")
    (case,) = collected(spark, d.CASE, CASE | dict.fromkeys(fields, "?"))
    assert (case["fault"], notes(case)) == (None, unknown * 5)
    assert [case[name] for name in fields] == [None] * 5


@pytest.mark.rule("V3")
def test_years_and_shares(spark):
    resident = {"census_year": "1960", "pin": ANNA}
    said = collected(
        spark,
        d.CENSUS_RESIDENT,
        *[resident | {"immigration_year": year} for year in (None, "1955", "55", "1955.0", "x")],
    )
    assert [row["immigration_year"] for row in said] == [None, 1955, None, None, None]
    assert [len(row["notes"]) for row in said] == [0, 0, 1, 1, 1]
    shares = [None, "0", "1", "0.5", "1.0001", "-0.1", "NaN", "1d", "0,5", "much"]
    said = collected(
        spark,
        d.REASON_2006,
        *[{"pin": ANNA, "reason": "refugee", "reliability": share} for share in shares],
    )
    assert [row["reliability"] for row in said] == [None, 0.0, 1.0, 0.5, *[None] * 6]
    assert [len(row["notes"]) for row in said] == [0, 0, 0, 0, *[1] * 6]


@pytest.mark.rule("V3")
def test_boundary_change_counts_on_moves_only(spark):
    change = EVENT | {"cause": "boundary_change"}
    move, immigration, temporary = collected(
        spark,
        d.EVENT,
        change,
        change | {"event_type": "immigration"},
        EVENT | {"event_type": "immigration", "cause": "temporary"},
    )
    assert (move["cause"], notes(move)) == ("boundary_change", [])
    assert (immigration["cause"], notes(immigration)) == ("ordinary", [("V3", "cause_ignored")])
    assert (temporary["cause"], notes(temporary)) == ("temporary", [])


@pytest.mark.rule("V4")
def test_announced_events_are_kept_and_noted(spark):
    same, before = collected(
        spark,
        d.EVENT,
        EVENT | {"event_date": "2020-01-02"},
        EVENT | {"event_date": "2020-01-03"},
    )
    assert (same["fault"], notes(same)) == (None, [])
    assert (before["fault"], notes(before)) == (None, [("V4", "announced")])


@pytest.mark.rule("V3")
def test_of_a_repeated_key_the_row_that_sorts_first_is_kept(spark):
    rows = checked(
        spark,
        d.CPR_PERSON,
        PERSON | {"given_name": "Berit"},
        PERSON | {"given_name": "Anna"},
        PERSON | {"given_name": None, "registration_date": "1700-01-01"},
        PERSON | {"given_name": "Anna"},
        PERSON | {"pin": OLA},
    )
    said = refuse_repeats(rows, d.CPR_PERSON, [DELIVERED]).collect()
    kept = sorted((r["pin"], r["given_name"]) for r in said if r["fault"] is None)
    assert kept == sorted([(ANNA, "Anna"), (OLA, None)])
    faults = sorted(r["fault"]["why"] for r in said if r["fault"])
    assert faults == ["pin: occurs again", "pin: occurs again", "registration_date: before 1850"]


@pytest.mark.rule("V3")
def test_null_sorts_first_among_repeats(spark):
    rows = checked(spark, d.CASE, CASE | {"origin": "udb"}, CASE)
    said = refuse_repeats(rows, d.CASE, [DELIVERED]).collect()
    assert [r["origin"] for r in said if r["fault"] is None] == [None]


@pytest.mark.rule("V3")
def test_repeats_sort_as_they_were_delivered_and_keep_their_text(spark):
    rows = checked(spark, d.CASE, CASE | {"origin": "zzz"}, CASE | {"origin": "udb"}, CASE)
    said = refuse_repeats(rows, d.CASE, [DELIVERED])
    again = [r["row"]["origin"] for r in said.collect() if r["fault"]]
    assert sorted(again) == ["udb", "zzz"]


@pytest.mark.rule("V3")
def test_an_unknown_code_sorts_as_its_text_and_not_as_missing(spark):
    rows = checked(spark, d.CASE, CASE | {"origin": "zzz"}, CASE | {"origin": "udb"})
    said = refuse_repeats(rows, d.CASE, [DELIVERED]).collect()
    assert [r["origin"] for r in said if r["fault"] is None] == ["udb"]
