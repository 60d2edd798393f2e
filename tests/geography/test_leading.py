"""Codes in registers: read (G3) and led (G1), every row kept once."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from pyspark.sql import functions as F

from folketall.geography.frames import paths_frame, readings_frame
from folketall.geography.leading import lead_codes, read_codes
from folketall.geography.municipalities import code_readings, lead
from tests.support.frames import assert_same_rows, frame


@pytest.fixture(scope="module")
def readings(spark):
    return readings_frame(spark).cache()


@pytest.fixture(scope="module")
def paths(spark):
    return paths_frame(spark).cache()


@pytest.mark.rule("G3")
def test_reported_codes_are_read_and_none_is_dropped(spark, readings):
    reported = frame(
        spark,
        "event_id string, municipality string, event_date date",
        """
        valid     | 0101 | 2019-12-31
        late      | 0101 | 2020-12-31
        too_late  | 0101 | 2021-01-01
        too_early | 3001 | 2018-12-31
        early     | 3001 | 2019-01-01
        several   | 3005 | 2019-12-31
        divided   | 1507 | 2024-05-17
        no_code   | 0000 | 2019-01-01
        unknown   | 9999 | 2019-01-01
        empty     |      | 2019-01-01
        no_date   | 0101 |
        """,
    )
    read = read_codes(
        reported, readings, code="municipality", on="event_date", split_into="code_split"
    )
    expected = frame(
        spark,
        "event_id string, municipality string, event_date date, read_as string, code_note string,"
        "code_split boolean",
        """
        valid     | 0101 | 2019-12-31 | 0101 |              | false
        late      | 0101 | 2020-12-31 | 3001 | code_shifted | false
        too_late  | 0101 | 2021-01-01 | 9999 | code_unknown | false
        too_early | 3001 | 2018-12-31 | 9999 | code_unknown | false
        early     | 3001 | 2019-01-01 | 0101 | code_shifted | false
        several   | 3005 | 2019-12-31 | 9999 | code_unknown | false
        divided   | 1507 | 2024-05-17 | 1508 | code_shifted | true
        no_code   | 0000 | 2019-01-01 | 9999 | code_unknown | false
        unknown   | 9999 | 2019-01-01 | 9999 |              | false
        empty     |      | 2019-01-01 | 9999 |              | false
        no_date   | 0101 |            | 9999 | code_unknown | false
        """,
    )
    assert_same_rows(read, expected)
    again = read_codes(read, readings, code="municipality", on="event_date")
    assert_same_rows(again, expected)


@pytest.mark.rule("G1", "G2")
def test_codes_are_led_to_a_date_of_the_row_or_to_one_for_all(spark, paths):
    moves = frame(
        spark,
        "who string, municipality string, since date, until date",
        """
        halden  | 0101 | 2010-01-01 | 2019-12-31
        halden  | 0101 | 2010-01-01 | 2020-01-01
        halden  | 0101 | 2010-01-01 | 2024-01-01
        alesund | 1507 | 2020-01-01 | 2024-01-01
        borge   | 0113 | 1990-01-01 | 1994-01-01
        fredrik | 0103 | 1990-01-01 | 1994-01-01
        before  | 0101 | 2010-01-01 | 2009-12-31
        invalid | 0101 | 2020-01-01 | 2020-01-01
        unknown | 9999 | 2010-01-01 | 2020-01-01
        nothing |      | 2010-01-01 | 2020-01-01
        """,
    )
    led = lead_codes(moves, paths, code="municipality", on="since", to="until", into="then")
    assert_same_rows(
        led.select("who", "until", "then", "then_split"),
        frame(
            spark,
            "who string, until date, then string, then_split boolean",
            """
            halden  | 2019-12-31 | 0101 | false
            halden  | 2020-01-01 | 3001 | false
            halden  | 2024-01-01 | 3101 | false
            alesund | 2024-01-01 | 1508 | true
            borge   | 1994-01-01 | 0106 | false
            fredrik | 1994-01-01 | 0106 | false
            before  | 2009-12-31 | 9999 | false
            invalid | 2020-01-01 | 9999 | false
            unknown | 2020-01-01 | 9999 | false
            nothing | 2020-01-01 |      | false
            """,
        ),
    )
    in_place = lead_codes(
        moves.filter("who = 'alesund'"),
        paths,
        code=F.col("municipality"),
        on="since",
        to=date(2024, 1, 1),
        into="municipality",
    )
    assert in_place.columns == [*moves.columns, "municipality_split"]
    assert in_place.first().municipality == "1508"


@pytest.mark.rule("G1", "G3")
def test_the_tables_agree_with_the_lists_on_random_registers(spark, readings, paths):
    draw = random.Random(2)
    codes = [*sorted({row.code for row in code_readings()}), "0000"]
    rows = []
    for number in range(3000):
        on = date(1985, 1, 1) + timedelta(days=draw.randrange(41 * 366))
        to = on + timedelta(days=draw.randrange(12000))
        rows.append((number, draw.choice(codes), on, to))
    register = spark.createDataFrame(rows, "number int, code string, on date, to date")
    led = lead_codes(register, paths, code="code", on="on", to="to", into="led")
    both = read_codes(led, readings, code="code", on="on").collect()
    assert sorted(row.number for row in both) == list(range(3000))
    by_code: dict[str, list] = {}
    for reading in code_readings():
        by_code.setdefault(reading.code, []).append(reading)
    for row in both:
        assert (row.led, row.led_split) == lead(row.code, row.on, row.to), row
        fits = [
            (r.read_as, r.note)
            for r in by_code.get(row.code, [])
            if r.from_date <= row.on and (r.to_date is None or row.on < r.to_date)
        ]
        assert [(row.read_as, row.code_note)] == (fits or [("9999", "code_unknown")]), row


@pytest.mark.rule("G2")
def test_both_ends_of_a_move_are_led_and_compared(spark, paths):
    moves = frame(
        spark,
        "left string, reached string, on date, to date",
        """
        0103 | 0113 | 1993-12-31 | 1993-12-31
        0103 | 0113 | 1993-12-31 | 1994-01-01
        0103 | 0101 | 1993-12-31 | 1994-01-01
        """,
    )
    led = lead_codes(moves, paths, code="left", on="on", to="to", into="left")
    led = lead_codes(led, paths, code="reached", on="on", to="to", into="reached")
    same = {(row.reached, row.left == row.reached) for row in led.collect()}
    assert same == {("0113", False), ("0106", True), ("0101", False)}


def test_one_broadcast_join_and_no_exchange(spark, readings, paths):
    register = spark.range(10).selectExpr(
        "lpad(id, 4, '0') AS code", "date_add(DATE'2020-01-01', CAST(id AS int)) AS on"
    )
    for frame_ in (
        read_codes(register, readings, code="code", on="on"),
        lead_codes(register, paths, code="code", on="on", to="on", into="led"),
    ):
        plan = frame_._jdf.queryExecution().executedPlan().toString()
        assert plan.count("BroadcastHashJoin") == 1
        assert "hashpartitioning" not in plan


@pytest.mark.rule("G1")
def test_few_days_to_lead_to_are_led_to_alike(spark, paths):
    codes = sorted({row.code for row in code_readings()})
    days = [date(2001, 1, 1), date(2020, 1, 1), date(2024, 1, 1)]
    rows = [(c, date(year, 6, 1), to) for c in codes for year in (1990, 2010, 2021) for to in days]
    register = spark.createDataFrame(rows, "code string, on date, to date")
    asked = {"code": "code", "on": "on", "to": "to", "into": "led"}
    assert_same_rows(
        lead_codes(register, paths, **asked, among=days), lead_codes(register, paths, **asked)
    )
    missed = lead_codes(register.where("code = '0301'"), paths, **asked, among=days[:2])
    assert {row.led for row in missed.collect() if row.to == days[2]} == {"9999"}
