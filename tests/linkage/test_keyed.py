"""K1, K2 and L1: what the registers say of a person, once persons stand for PINs."""

from __future__ import annotations

from datetime import date

import pytest
from pyspark.sql import functions as F

from folketall.linkage import keyed
from folketall.model.deliveries import CPR_PERSON, EVENT
from folketall.model.tables import EVENT_VERSION, REGISTERS
from tests.support.drawings import drawn, lines, scattered, shuffled_into
from tests.support.frames import frame

K = date(2024, 6, 30)
KEYS = """
anna    | 1  | 0
bo      | 2  | 0
cy      | 3  | 0
di      | 4  | 0
eva_new | 5  | 0
eva_old | 5  | 1
fay     | 6  | 0
gus     | 7  | 0
hal     | 8  | 0
mum     | 50 | 0
"""
EVENTS = """
e01 | new        | 2020-03-05 | 2020-03-06 | 0301
e02 | new        | 2020-03-05 | 2020-03-06 | 0301
e02 | correction | 2020-04-10 | 2020-04-11 | 1103
e03 | new        | 2020-03-05 | 2020-03-06 | 0301
e03 | annulment  | 2020-04-10 | 2020-04-11 |
e04 | new        | 2020-03-05 | 2020-03-06 | 0301
e04 | annulment  | 2020-04-10 | 2020-04-11 |
e04 | correction | 2020-05-20 | 2020-05-21 | 5001
e05 | new        | 2020-03-05 | 2020-03-07 | 0301
e05 | new        | 2020-03-05 | 2020-03-06 | 1103
e06 | annulment  | 2020-03-05 | 2020-03-06 |
e06 | new        | 2020-03-05 | 2020-03-07 | 0301
e07 | new        | 2020-03-05 | 2020-03-07 | 0301
e07 | annulment  | 2020-03-05 | 2020-03-07 |
e07 | correction | 2020-03-05 | 2020-03-07 | 5001
e08 | new        | 2020-03-05 | 2020-03-06 | 5001
e08 | correction | 2020-03-05 | 2020-03-06 | 0301
e09 | new        | 2020-03-05 | 2020-03-06 | 0301
e09 | new        | 2020-03-05 | 2020-03-06 | 1103
e10 | new        | 2020-03-05 | 2020-03-06 | 0301
e10 | new        | 2020-03-05 | 2020-03-06 |
e11 | new        | 2020-03-05 | 2020-03-08 | 0301
e11 | correction | 2020-03-04 | 2020-03-09 | 1103
"""
# e02 corrected; e03 annulled; e04 and reported anew; e05 and e06 a later delivery, even over an
# annulment; e07 annulment and e08 correction first within a delivery; e09 and e10 the row that
# sorts last, null first; e11 the later registration, though delivered earlier.
VERSIONS = """
e01 | 2020-03-05 | 2020-03-05 |            | 0301
e02 | 2020-03-05 | 2020-03-05 | 2020-04-10 | 0301
e02 | 2020-03-05 | 2020-04-10 |            | 1103
e03 | 2020-03-05 | 2020-03-05 | 2020-04-10 | 0301
e04 | 2020-03-05 | 2020-03-05 | 2020-04-10 | 0301
e04 | 2020-03-05 | 2020-05-20 |            | 5001
e05 | 2020-03-05 | 2020-03-05 |            | 0301
e06 | 2020-03-05 | 2020-03-05 |            | 0301
e08 | 2020-03-05 | 2020-03-05 |            | 0301
e09 | 2020-03-05 | 2020-03-05 |            | 1103
e10 | 2020-03-05 | 2020-03-05 |            | 0301
e11 | 2020-03-04 | 2020-03-04 | 2020-03-05 | 1103
e11 | 2020-03-04 | 2020-03-05 |            | 0301
"""
PERSONS = """
anna    | Late   | mum |         | 2024-05-01 | 2024-05-02
anna    | Sooner |     |         | 2024-01-01 | 2024-06-02
bo      | On     |     | eva_old | 2024-06-30 | 2024-07-01
bo      | After  |     |         | 2024-07-01 | 2024-07-02
cy      | After  |     |         | 2024-07-01 | 2024-07-02
di      | Zed    |     |         | 2024-05-01 | 2024-05-02
di      | Abe    |     |         | 2024-05-01 | 2024-05-03
eva_old | Old    |     |         | 2024-05-01 | 2024-05-02
eva_new | New    |     |         | 2024-05-01 | 2024-05-02
fay     | Ada    | mum |         | 2024-05-01 | 2024-05-02
fay     | Bea    |     |         | 2024-05-01 | 2024-05-02
fay     |        | mum |         | 2024-05-01 | 2024-05-02
gus     | Gus    |     | bo      | 2024-05-01 | 2024-05-02
gus     | Gus    | mum |         | 2024-05-01 | 2024-05-02
"""
CHOSEN = """
1 | Late
2 | On
4 | Abe
5 | New
6 | Bea
7 | Gus"""


@pytest.fixture(scope="module")
def keys(spark):
    return frame(spark, "pin string, person_id long, age_of_pin int", KEYS).localCheckpoint()


def widened(df, table):
    """The drawn columns in the shape of a register; columns not drawn are null."""
    given = set(df.columns)
    return df.select(
        *[
            F.col(f.name) if f.name in given else F.lit(None).cast(f.dataType).alias(f.name)
            for f in table.schema
        ]
    )


def events(spark):
    rows = frame(
        spark,
        "event_id string, action string, registration_date date, delivered_on date,"
        "municipality string",
        EVENTS,
    )
    happened = F.col("action") != "annulment"
    rows = rows.withColumns(
        {
            "pin": F.when(happened, F.lit("bo")),
            "event_type": F.when(happened, F.lit("move")),
            "event_date": F.when(happened, F.lit(date(2020, 3, 1))),
        }
    )
    return widened(rows, REGISTERS[EVENT])


def persons(spark):
    rows = frame(
        spark,
        "pin string, given_name string, mother_pin string, father_pin string,"
        "registration_date date, delivered_on date",
        PERSONS,
    )
    return widened(rows, REGISTERS[CPR_PERSON])


@pytest.mark.rule("K1")
def test_the_newest_row_of_an_event_counts_from_its_registration(spark, keys):
    found = keyed.event_versions(events(spark), keys).localCheckpoint()
    columns = ("event_id", "registration_date", "known_from", "known_to", "municipality")
    assert drawn(found, *columns) == lines(VERSIONS)
    assert {(r["person_id"], str(r["event_date"])) for r in found.collect()} == {(2, "2020-03-01")}


@pytest.mark.rule("K1")
def test_versions_do_not_depend_on_the_order_of_the_rows(spark, keys):
    with shuffled_into(spark):
        found = keyed.event_versions(scattered(events(spark)), keys)
        columns = ("event_id", "registration_date", "known_from", "known_to", "municipality")
        assert drawn(found, *columns) == lines(VERSIONS)


@pytest.mark.rule("L1", "K3")
def test_the_person_row_that_counts(spark, keys):
    found = keyed.newest_person_rows(scattered(persons(spark)), keys, known_at=K)
    assert drawn(found, "person_id", "given_name") == lines(CHOSEN)


@pytest.mark.rule("L1", "K1")
def test_whoever_has_a_person_row_or_an_event_known_at_k_is_a_person(spark, keys):
    versions = widened(
        frame(
            spark,
            "person_id long, event_id string, known_from date, known_to date",
            """
            2  | bo       | 2020-01-01 |
            8  | hal      | 2020-01-01 |
            8  | hal_two  | 2021-01-01 |
            60 | annulled | 2020-01-01 | 2024-06-30
            61 | later    | 2020-01-01 | 2024-07-01
            62 | on_k     | 2024-06-30 |
            63 | after_k  | 2024-07-01 |
            """,
        ),
        EVENT_VERSION,
    )
    newest = keyed.newest_person_rows(persons(spark), keys, known_at=K)
    found = keyed.person_records(newest, keys, versions, known_at=K)
    # gus: of two rows alike but for the parents, the mother's column comes first and null sorts first.
    assert drawn(found, "person_id", "known", "mother_id", "father_id") == lines("""
        1  | true  | 50 |
        2  | true  |    | 5
        4  | true  |    |
        5  | true  |    |
        6  | true  |    |
        7  | true  | 50 |
        8  | false |    |
        61 | false |    |
        62 | false |    |
        """)


@pytest.mark.rule("K2")
def test_of_marriages_alike_but_for_the_spouse_the_smaller_pin(spark, keys):
    rows = frame(
        spark,
        "pin string, status string, from_date date, registration_date date, spouse_pin string",
        """
        anna    | 2 | 2020-01-01 | 2020-02-01 | gus
        anna    | 2 | 2020-01-01 | 2020-02-01 | bo
        bo      | 2 | 2020-01-01 | 2020-02-01 |
        bo      | 2 | 2020-01-01 | 2020-02-01 | anna
        cy      | 2 | 2020-01-01 | 2020-02-01 | gus
        cy      | 2 | 2020-01-01 | 2020-02-02 | fay
        cy      | 6 | 2020-01-01 | 2020-02-01 | eva_old
        di      | 1 | 2020-01-01 | 2020-02-01 |
        eva_old | 3 | 2020-01-01 | 2020-02-01 |
        eva_new | 3 | 2020-01-01 | 2020-02-01 |
        """,
    )
    found = keyed.marital_status_rows(rows, keys)
    assert drawn(found, "person_id", "status", "registration_date", "spouse_id") == lines("""
        1 | 2 | 2020-02-01 | 2
        2 | 2 | 2020-02-01 | 1
        3 | 2 | 2020-02-01 | 7
        3 | 2 | 2020-02-02 | 6
        3 | 6 | 2020-02-01 | 5
        4 | 1 | 2020-02-01 |
        5 | 3 | 2020-02-01 |
        """)


@pytest.mark.rule("F3")
def test_years_of_immigration_that_cannot_be_are_noted_on_the_pin_of_their_row(spark, keys):
    rows = frame(
        spark,
        "pin string, census_year string, immigration_year int",
        """
        anna    | 1970 | 0
        bo      | 1970 | 1849
        cy      | 1970 | 1850
        di      | 1970 | 1970
        fay     | 1970 | 1971
        gus     | 1960 | 1970
        gus     | 1960 | 9999
        hal     | 1960 |
        eva_old | 1960 | 1961
        """,
    )
    found = drawn(keyed.bad_years(scattered(rows)), "pin", "what")
    assert found == lines("""
        anna    | bad_year
        bo      | bad_year
        fay     | bad_year
        gus     | bad_year
        gus     | bad_year
        eva_old | bad_year
        """)


@pytest.mark.rule("K2")
def test_several_statuses_of_one_day_are_noted_once_a_person_and_day(spark, keys):
    rows = frame(
        spark,
        "pin string, status string, from_date date, spouse_pin string",
        """
        anna    | 4 | 2020-01-01 |
        anna    | 2 | 2020-01-01 | bo
        anna    | 1 | 2020-01-02 |
        bo      | 2 | 2020-01-01 | anna
        bo      | 2 | 2020-01-01 | cy
        eva_old | 6 | 2020-01-01 | bo
        eva_new | 2 | 2020-01-01 | bo
        eva_new | 5 | 2020-03-01 |
        eva_new | 4 | 2020-03-01 |
        eva_new | 9 | 2020-03-01 |
        """,
    )
    found = drawn(keyed.same_day_statuses(scattered(rows), keys), "pin", "what")
    assert found == lines("""
        anna    | same_day_status
        eva_new | same_day_status
        eva_new | same_day_status
        """)


@pytest.mark.rule("L1", "C3")
def test_every_row_of_the_earlier_files_is_kept_under_its_person(spark, keys):
    of_1995 = frame(
        spark,
        "pin string, reason string, detail string",
        """
        eva_old | refugee | asylum
        eva_new | family  |
        """,
    )
    of_2006 = frame(
        spark,
        "pin string, reason string, detail string, reliability double",
        """
        anna | labour |  | 0.5
        anna | family |  |
        """,
    )
    found = keyed.earlier_reasons(of_1995, of_2006, keys)
    assert drawn(found, "person_id", "file", "reason", "detail", "reliability") == lines("""
        5 | reason_1995_ed2004 | refugee | asylum |
        5 | reason_1995_ed2004 | family  |        |
        1 | reason_2006        | labour  |        | 0.5
        1 | reason_2006        | family  |        | 0.0
        """)
