"""Migrations: kinds (M1), years (M2), attributes (M3), administrative ones (M6) and mergers (G2)."""

from __future__ import annotations

from datetime import date

import pytest

from folketall.geography.frames import paths_frame
from folketall.population.migrations import counted, counting_year, migrations, moves, too_late
from folketall.population.residence import histories
from tests.support.drawn import cells, history, name, named
from tests.support.frames import frame

FLOW_DAY = "02-29"


@pytest.fixture(scope="module")
def paths(spark):
    return paths_frame(spark).cache()


# 0123 and 0125 became 3014 on 2020-01-01.
# who | event | date | municipality | cause | country | kind | from | to
EVENTS = """
    anna    | immigration | 2015-01-01 | 0301 |                | 500 | immigration    |      | 0301
    anna    | move        | 2015-02-01 | 1103 |                |     | internal       | 0301 | 1103
    anna    | move        | 2015-03-01 | 1103 |                |     | intramunicipal | 1103 | 1103
    anna    | immigration | 2015-04-01 | 0301 |                | 500 | internal       | 1103 | 0301
    anna    | immigration | 2015-05-01 | 0301 |                | 500 | intramunicipal | 0301 | 0301
    anna    | emigration  | 2016-01-01 |      |                | 501 | emigration     | 0301 |
    anna    | move        | 2017-01-01 | 0301 |                |     |                |      |
    anna    | move        | 2017-02-01 | 1103 | administrative |     | internal       | 0301 | 1103
    anna    | emigration  | 2018-01-01 |      | administrative | 990 | emigration     | 1103 |
    bo      | birth       | 2015-01-01 | 0301 |                |     |                |      |
    bo      | move        | 2015-02-01 | 1103 | temporary      |     |                |      |
    bo      | move        | 2015-03-01 | 1103 | asylum_pending |     |                |      |
    bo      | move        | 2015-04-01 | 2111 |                |     |                |      |
    bo      | emigration  | 2015-05-01 |      | posted_abroad  | 500 |                |      |
    bo      | move        | 2015-06-01 | 1103 | boundary_change|     |                |      |
    bo      | move        | 2015-07-01 | 0301 |                |     | internal       | 1103 | 0301
    bo      | death       | 2015-08-01 |      |                |     |                |      |
    bo      | move        | 2015-09-01 | 1103 |                |     |                |      |
    pending | immigration | 2015-01-01 | 0301 | asylum_pending | 500 |                |      |
    pending | immigration | 2015-02-01 | 0301 |                | 500 | immigration    |      | 0301
    before  | birth       | 1990-01-01 | 0301 |                |     |                |      |
    before  | move        | 1998-12-30 | 1103 |                |     | internal       | 0301 | 1103
    before  | move        | 1998-12-31 | 1103 |                |     |                |      |
    before  | move        | 1999-01-01 | 1103 |                |     | intramunicipal | 1103 | 1103
    merged  | birth       | 2010-01-01 | 0123 |                |     |                |      |
    merged  | move        | 2019-12-31 | 0125 |                |     | internal       | 0123 | 0125
    merged  | move        | 2020-01-01 | 3014 |                |     | intramunicipal | 3014 | 3014
    renamed | birth       | 2010-01-01 | 0101 |                |     |                |      |
    renamed | move        | 2020-01-01 | 0301 |                |     | internal       | 3001 | 0301
    unknown | birth       | 2010-01-01 | 0301 |                |     |                |      |
    unknown | move        | 2015-01-01 | 9999 |                |     | internal       | 0301 | 9999
    unknown | move        | 2015-02-01 | 9999 |                |     | intramunicipal | 9999 | 9999
"""


@pytest.mark.rule("M1", "M6", "G2")
def test_kinds_of_moves_and_the_municipalities_left_and_reached(spark, paths):
    columns = "person_id bigint, event_type string, event_date date, municipality string, cause string, country string, kind string, left_ string, reached string"
    events = named(spark, columns, EVENTS).selectExpr(
        "0 AS view", "person_id", "concat_ws(' ', event_type, event_date) AS event_id", "event_type",
        "event_date", "event_date AS registration_date", "municipality",
        "coalesce(municipality, '9999') AS read_as", "cast(null as string) AS code_note", "country", "cause",
    )  # fmt: skip
    kept = histories(
        events,
        no_change_prefixes=["21", "22", "23"],
        asylum_counted=(date(1987, 3, 1), date(1994, 1, 31)),
    )
    rows = moves(kept, paths).collect()
    found = {
        (name(r.person_id), str(r.event_date), r.kind, r.from_municipality, r.to_municipality)
        for r in rows
    }
    assert found == {
        (who, day, kind, left, reached)
        for who, _, day, _, _, _, kind, left, reached in cells(EVENTS)
        if kind
    }
    assert len(rows) == len(found)
    # A country only where the border of the country was crossed, and M6 only out of it.
    countries = {(r.kind, r.country) for r in rows}
    assert countries == {
        ("immigration", "500"), ("emigration", "501"), ("emigration", "990"),
        ("internal", None), ("intramunicipal", None),
    }  # fmt: skip
    assert [str(r.event_date) for r in rows if r.administrative] == ["2018-01-01"]
    assert all(r.administrative is not None for r in rows)


# event | first registered | year whose figures count it
REGISTERED = """
    1984-12-31 | 2020-01-01 | 1984
    1985-01-01 | 1986-02-28 | 1985
    1985-01-01 | 1986-03-01 | 1986
    1985-12-31 | 1987-02-28 | 1986
    1985-12-31 | 1987-03-01 |
    1985-12-31 | 1998-02-28 |
    1985-12-31 | 1998-03-01 | 1998
    1987-06-01 | 1988-02-29 | 1987
    1987-06-01 | 1988-03-01 | 1988
    1996-12-31 | 1997-02-28 | 1996
    1996-12-31 | 1998-02-28 | 1997
    1996-12-31 | 1998-03-01 | 1998
    1997-01-01 | 1998-02-28 | 1997
    1997-12-31 | 1998-03-01 | 1998
    1997-12-31 | 2000-02-29 | 1998
    1997-12-31 | 2000-03-01 |
    1998-01-01 | 1997-12-01 | 1998
    1998-01-01 | 1998-01-02 | 1998
    1998-12-31 | 2000-02-29 | 1998
    1998-12-31 | 2000-03-01 |
    1999-01-01 | 2000-02-29 | 1999
    1999-01-01 | 2000-03-01 |
    2015-12-31 | 2016-02-29 | 2015
    2015-12-31 | 2016-03-01 |
    2016-12-31 | 2017-02-28 | 2016
    2016-12-31 | 2017-03-01 |
    2016-12-31 | 2016-05-01 | 2016
"""


@pytest.mark.rule("M2")
def test_the_year_that_counts_an_event_is_told_by_its_registration(spark):
    drawn = frame(spark, "event_date date, registration_date date, year int", REGISTERED)
    rows = drawn.select("*", counting_year(FLOW_DAY).alias("found")).collect()
    assert len(rows) == len(cells(REGISTERED))
    assert [(r[0], r[1], r.found) for r in rows] == [(r[0], r[1], r.year) for r in rows]


# The run's view, and what the figures of 2015 and 1996 saw otherwise: `annulled` and `corrected`
# changed later, `unseen` was not known of then.
VIEWS = """
    plain     | immigration | 2015-05-01 | 0301
    plain     | move        | 2016-05-01 | 1103
    older     | immigration | 2013-05-01 | 0301
    late      | immigration | 2015-05-01 | 0301 | 2016-03-01
    late      | move        | 2016-05-01 | 1103
    corrected | immigration | 2014-06-01 | 0301
    corrected | move        | 2015-06-01 | 1103
    corrected | move        | 2016-05-01 | 0301
    corrected | immigration | 2014-06-01 | 0301 | | | | -2015
    corrected | move        | 2015-05-01 | 1103 | | | | -2015
    unseen    | immigration | 2015-05-01 | 0301
    annulled  | immigration | 2015-05-01 | 0301 | | | | -2015
    annulled  | immigration | 1995-05-01 | 0301 | 1996-06-01 | | | -1996
    very_late | immigration | 1985-05-01 | 0301 | 1987-03-01
"""


@pytest.mark.rule("M2", "K4")
def test_each_year_is_read_at_its_own_k_and_what_came_too_late_is_counted(spark, paths):
    again = named(
        spark,
        "person_id bigint, view int",
        """
        plain     | 2015
        corrected | -2015
        unseen    | -2015
        annulled  | -2015
        annulled  | -1996
        """,
    )
    every = moves(history(spark, VIEWS), paths).cache()
    rows = counted(every, again, years=[1996, 2014, 2015, 2016], flow_day=FLOW_DAY).collect()
    found = sorted((r.year, name(r.person_id), str(r.event_date), r.kind) for r in rows)
    assert found == [
        (1996, "annulled", "1995-05-01", "immigration"),
        (2014, "corrected", "2014-06-01", "immigration"),
        (2015, "annulled", "2015-05-01", "immigration"),
        (2015, "corrected", "2015-05-01", "internal"),
        (2015, "plain", "2015-05-01", "immigration"),
        (2016, "corrected", "2016-05-01", "internal"),
        (2016, "late", "2016-05-01", "internal"),
        (2016, "plain", "2016-05-01", "internal"),
    ]
    late = {tuple(r) for r in too_late(every, flow_day=FLOW_DAY).collect()}
    assert late == {("M2", "too_late", 1985, 1), ("M2", "too_late", 2015, 1)}


# Known at 2016-02-29. who | kind, on 2015-06-01 | from | registered | country | status | found
KNOWN = """
    imm_on_day   | immigration    | 2015-06-01 | 2015-06-01 | 500 | 2 | 500 2
    imm_before   | immigration    | 2015-05-31 | 2015-05-31 | 500 | 2 | 500 2
    imm_changes  | immigration    | 2010-01-01 | 2010-01-01 | 501 | 1 | 500 2
    imm_changes  | immigration    | 2015-06-01 | 2015-06-01 | 500 | 2 |
    imm_year     | immigration    | 2016-06-01 | 2016-01-01 | 500 | 2 | 500 2
    imm_more     | immigration    | 2016-06-02 | 2016-01-01 | 500 | 2 | unknown unknown
    imm_known    | immigration    | 2015-06-01 | 2016-02-29 | 500 | 2 | 500 2
    imm_unknown  | immigration    | 2015-06-01 | 2016-03-01 | 500 | 2 | unknown unknown
    imm_soon_unk | immigration    | 2015-07-01 | 2016-03-01 | 500 | 2 | unknown unknown
    imm_earliest | immigration    | 2015-09-01 | 2015-09-01 | 501 | 1 | 500 2
    imm_earliest | immigration    | 2015-08-01 | 2015-09-01 | 500 | 2 |
    imm_tie      | immigration    | 2015-08-01 | 2015-09-01 | 501 | 1 | 000 2
    imm_tie      | immigration    | 2015-08-01 | 2015-09-01 | 000 | 2 |
    imm_old_only | immigration    | 1990-01-01 | 1990-01-01 | 500 | 2 | 500 2
    imm_old_not  | immigration    | 1990-01-01 | 1990-01-01 | 500 | 2 | 500 2
    imm_old_not  | immigration    | 2015-07-01 | 2015-07-01 | 501 | 1 |
    imm_row_null | immigration    | 1990-01-01 | 1990-01-01 |     |   | unknown unknown
    imm_row_null | immigration    | 2015-07-01 | 2015-07-01 | 501 | 1 |
    emi_changes  | emigration     | 2010-01-01 | 2010-01-01 | 501 | 1 | 501 1
    emi_changes  | emigration     | 2015-06-01 | 2015-06-01 | 500 | 2 |
    emi_eve      | emigration     | 2010-01-01 | 2010-01-01 | 501 | 1 | 500 2
    emi_eve      | emigration     | 2015-05-31 | 2015-05-31 | 500 | 2 |
    emi_soon     | emigration     | 2015-06-01 | 2015-06-01 | 500 | 2 | 500 2
    emi_year     | emigration     | 2016-05-31 | 2016-01-01 | 500 | 2 | 500 2
    emi_more     | emigration     | 2016-06-01 | 2016-01-01 | 500 | 2 | unknown unknown
    int_changes  | internal       | 2010-01-01 | 2010-01-01 | 501 | 1 | 501 1
    int_changes  | internal       | 2015-06-01 | 2015-06-01 | 500 | 2 |
    in_changes   | intramunicipal | 2010-01-01 | 2010-01-01 | 501 | 1 | 501 1
    in_changes   | intramunicipal | 2015-06-01 | 2015-06-01 | 500 | 2 |
    nothing      | immigration    | 2020-01-01 | 2016-01-01 | 500 | 2 | unknown unknown
"""
PEOPLE = """
    imm_on_day | 1990-12-31 | 1 | 500
    imm_before | 1990-01-01 | 2 | 000
    imm_year   | 1991-01-01 |   | 500
    imm_more   |            | 1 | 500
"""


@pytest.mark.rule("M3", "K2")
def test_attributes_are_those_of_the_day_or_the_day_before_or_soon_after(spark):
    drawn = named(
        spark,
        "person_id bigint, kind string, from_date date, registration_date date, country string, status string, found string",
        KNOWN,
    )
    on_the_day = drawn.select("person_id", "kind").distinct().selectExpr(
        "0 AS view", "person_id", "concat('e', person_id) AS event_id", "kind",
        "DATE'2015-06-01' AS event_date", "DATE'2015-06-02' AS registration_date",
        "'0301' AS from_municipality", "'1103' AS to_municipality", "'500' AS country",
        "false AS administrative", "2015 AS year",
    )  # fmt: skip
    # The same move again, counted in the year after: older by a year, and known at another K.
    year_after = on_the_day.where("kind = 'intramunicipal'").selectExpr(
        *[c for c in on_the_day.columns if c not in ("event_id", "year")], "'again' AS event_id", "2016 AS year"
    )  # fmt: skip
    people = named(
        spark, "person_id bigint, birth_date date, sex string, country_background string", PEOPLE
    )
    people = people.union(
        drawn.where("kind = 'intramunicipal'").selectExpr("person_id", "DATE'1990-12-31'", "'2'", "'501'").distinct()
    )  # fmt: skip
    rows = migrations(
        on_the_day.unionByName(year_after),
        people,
        drawn.select("person_id", "from_date", "registration_date", "country"),
        drawn.select("person_id", "from_date", "registration_date", "status"),
        known_at={2015: date(2016, 2, 29), 2016: date(2010, 6, 1)},
    ).collect()
    of = {name(r.person_id): r for r in rows if r.event_id != "again"}
    found = {who: f"{r.citizenship} {r.marital_status}" for who, r in of.items()}
    assert found == {line[0]: line[-1] for line in cells(KNOWN) if line[-1]}
    assert len(rows) == len(found) + 1

    described = {who: (of[who].age, of[who].sex, of[who].country_background) for who in of}
    assert described["imm_on_day"] == (25, "1", "500")
    assert described["imm_before"] == (25, "2", "000")
    assert described["imm_year"] == (24, "unknown", "500")
    assert described["imm_more"] == (None, "1", "500")
    assert described["imm_tie"] == (None, "unknown", "000")
    again = next(r for r in rows if r.event_id == "again")
    assert (of["in_changes"].age, again.age, again.citizenship) == (25, 26, "501")
