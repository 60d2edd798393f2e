"""Case selection: C0, C1, C2 and C5, each side of every threshold."""

from __future__ import annotations

from datetime import date

import pytest

from folketall.classifications import codelist
from folketall.model.tables import PERMIT_CASE
from folketall.refugees.cases import selected_cases, usable_cases
from tests.support.drawn import cells
from tests.support.frames import frame

LISTS = {
    argument: {row["code"]: (row["reason"], row["detail"] or None) for row in codelist(name)}
    for argument, name in (
        ("reasons", "reason"),
        ("legal_bases", "legal_basis"),
        ("permit_types", "permit_type"),
    )
}
CASE_COLUMNS = (
    "person_id string, case_id string, decision_date date, application_date date, reason string"
)
FIRST = "person_id string, first_immigration_date date, registration_date date"
LIMITS = {
    "max_age_years": 5,
    "after_months": 24,
    "after_months_asylum_counted": 60,
    "asylum_counted": (date(1987, 3, 1), date(1994, 1, 31)),
}


def usable(rows):
    """Granted first permits with nothing but a reason, unless drawn; PERMIT_CASE is keyed by text here."""
    drawn = set(rows.columns)
    filled = {"case_type": "'first_permit'", "outcome": "'granted'"}
    missing = [
        f"{filled.get(name, 'cast(null as string)')} AS {name}"
        for name in PERMIT_CASE.columns
        if name not in drawn
    ]
    return usable_cases(rows.selectExpr("*", *missing), **LISTS)


STATED = """
    by_reason    | first_permit | granted   | asylum      | UL25 | study      | refugee asylum 2
    of_humanity  | first_permit | granted   | humanitarian|      |            | refugee asylum 2
    collective   | first_permit | granted   | collective_protection | |        | refugee other 2
    vague_stands | first_permit | granted   | refugee     | UL28 | protection | refugee unspecified 1
    by_basis     | first_permit | granted   | unspecified | UL35 | work       | refugee resettlement 2
    no_reason    | first_permit | granted   |             | UL23 | study      | labour - 2
    by_permit    | first_permit | granted   | unspecified | UL60 | work       | labour - 2
    no_basis     | first_permit | granted   |             |      | family     | family - 2
    vague_permit | first_permit | granted   |             |      | protection | refugee unspecified 1
    nothing_said | first_permit | granted   | unspecified | UL62 | settlement | unspecified - 0
    all_empty    | first_permit | granted   |             |      |            | unspecified - 0
    renewed      | renewal      | granted   | education   |      |            | education - 2
    settled      | settlement   | granted   | other       |      |            | other - 2
    visitor      | visit        | granted   | asylum      |      |            |
    citizen      | citizenship  | granted   | asylum      |      |            |
    expelled     | expulsion    | granted   | asylum      |      |            |
    rejected     | first_permit | rejected  | asylum      |      |            |
    withdrawn    | first_permit | withdrawn | asylum      |      |            |
    pending      | first_permit | pending   | asylum      |      |            |
"""


@pytest.mark.rule("C0")
def test_the_effective_reason_is_the_first_that_says_something(spark):
    columns = "person_id string, case_type string, outcome string, reason string, legal_basis string, permit_type string, expected string"
    drawn = frame(spark, columns, STATED).selectExpr(
        "*", "person_id AS case_id", "DATE'2015-01-01' AS decision_date", "cast(null as date) AS application_date"
    ).drop("expected")  # fmt: skip
    found = {
        row.person_id: f"{row.reason} {row.detail or '-'} {row.specificity}"
        for row in usable(drawn).collect()
    }
    assert found == {line[0]: line[-1] for line in cells(STATED) if line[-1]}


# who | case | decided | applied | reason | effective reason, detail and specificity
COPIED = """
    next_day | a1 | 2010-01-01 |            | unspecified   | labour - 2
    next_day | a2 | 2010-01-02 |            | labour        | labour - 2
    same_day | b1 | 2010-01-01 |            | unspecified   | unspecified - 0
    same_day | b2 | 2010-01-01 |            | labour        | labour - 2
    earlier  | c1 | 2009-12-31 |            | labour        | labour - 2
    earlier  | c2 | 2010-01-01 |            | unspecified   | unspecified - 0
    earliest | d1 | 2010-01-01 |            | unspecified   | family - 2
    earliest | d2 | 2011-01-01 |            | unspecified   | family - 2
    earliest | d3 | 2012-01-01 |            | family        | family - 2
    earliest | d4 | 2013-01-01 |            | education     | education - 2
    same     | e1 | 2010-01-01 |            | refugee       | refugee resettlement 2
    same     | e2 | 2011-01-01 |            | labour        | labour - 2
    same     | e3 | 2012-01-01 |            | resettlement  | refugee resettlement 2
    same     | e4 | 2013-01-01 |            | asylum        | refugee asylum 2
    other    | f1 | 2010-01-01 |            | refugee       | refugee unspecified 1
    other    | f2 | 2011-01-01 |            | labour        | labour - 2
    as_vague | g1 | 2010-01-01 |            | refugee       | refugee unspecified 1
    as_vague | g2 | 2011-01-01 |            | refugee       | refugee unspecified 1
    itself   | h1 | 2010-01-01 |            | unspecified   | refugee unspecified 1
    itself   | h2 | 2011-01-01 |            | refugee       | refugee asylum 2
    itself   | h3 | 2012-01-01 |            | asylum        | refugee asylum 2
    clear    | i1 | 2010-01-01 |            | family        | family - 2
    clear    | i2 | 2011-01-01 |            | asylum        | refugee asylum 2
    applied  | j1 | 2010-01-01 |            | unspecified   | education - 2
    applied  | j2 | 2011-01-01 | 2010-05-02 | labour        | labour - 2
    applied  | j3 | 2011-01-01 | 2010-05-01 | education     | education - 2
    no_appl  | k1 | 2010-01-01 |            | unspecified   | family - 2
    no_appl  | k2 | 2011-01-01 | 2010-05-01 | labour        | labour - 2
    no_appl  | k3 | 2011-01-01 |            | family        | family - 2
    clearer  | l1 | 2010-01-01 |            | unspecified   | labour - 2
    clearer  | l2 | 2011-01-01 |            | refugee       | refugee unspecified 1
    clearer  | l3 | 2011-01-01 |            | labour        | labour - 2
    smaller  | m1 | 2010-01-01 |            | unspecified   | other - 2
    smaller  | m2 | 2011-01-01 |            | other         | other - 2
    smaller  | m3 | 2011-01-01 |            | labour        | labour - 2
    apart_1  | n1 | 2010-01-01 |            | unspecified   | unspecified - 0
    apart_2  | n2 | 2011-01-01 |            | labour        | labour - 2
"""


@pytest.mark.rule("C0")
def test_vague_cases_take_the_reason_of_the_earliest_later_clearer_case(spark):
    drawn = frame(spark, f"{CASE_COLUMNS}, expected string", COPIED).drop("expected")
    found = {
        row.case_id: f"{row.reason} {row.detail or '-'} {row.specificity}"
        for row in usable(drawn).collect()
    }
    assert found == {line[1]: line[-1] for line in cells(COPIED)}


# who | first immigration | registered | decided | reason | the rule that takes the case
LIMIT_CASES = """
    on_the_day   | 2015-06-01 | 2015-06-10 | 2015-06-10 | asylum      | c1
    day_after    | 2015-06-01 | 2015-06-10 | 2015-06-11 | asylum      | c2
    five_years   | 2015-06-01 | 2015-06-10 | 2010-06-01 | asylum      | c1
    day_older    | 2015-06-01 | 2015-06-10 | 2010-05-31 | asylum      | c5
    counted_from | 2015-06-01 | 2016-06-01 | 2010-06-01 | asylum      | c1
    two_years    | 2015-06-01 | 2015-06-10 | 2017-06-10 | asylum      | c2
    day_more     | 2015-06-01 | 2015-06-10 | 2017-06-11 | asylum      | c5
    late_known   | 2015-06-01 | 2016-06-01 | 2018-06-01 | asylum      | c2
    leap_year    | 2016-02-29 | 2016-02-29 | 2018-02-28 | asylum      | c2
    leap_more    | 2016-02-29 | 2016-02-29 | 2018-03-01 | asylum      | c5
    no_event_on  | 2015-06-01 |            | 2015-06-01 | asylum      | c1
    no_event_aft | 2015-06-01 |            | 2015-06-02 | asylum      | c2
    no_event_two | 2015-06-01 |            | 2017-06-01 | asylum      | c2
    no_event_mor | 2015-06-01 |            | 2017-06-02 | asylum      | c5
    first_day    | 1987-03-01 | 1987-03-10 | 1992-03-10 | asylum      | c2
    first_more   | 1987-03-01 | 1987-03-10 | 1992-03-11 | asylum      | c5
    before_first | 1987-02-28 | 1987-03-10 | 1992-03-10 | asylum      | c5
    last_day     | 1994-01-31 | 1994-02-10 | 1999-02-10 | asylum      | c2
    last_more    | 1994-01-31 | 1994-02-10 | 1999-02-11 | asylum      | c5
    after_last   | 1994-02-01 | 1994-02-10 | 1999-02-10 | asylum      | c5
    after_two    | 1994-02-01 | 1994-02-10 | 1996-02-10 | asylum      | c2
    vague        | 2015-06-01 | 2015-06-10 | 2015-06-01 | refugee     | c1
    insufficient | 2015-06-01 | 2015-06-10 | 2015-06-01 | unspecified |
    no_case      | 2015-06-01 | 2015-06-10 |            |             |
"""


@pytest.mark.rule("C1", "C2", "C5")
def test_limits_of_the_last_case_before_and_the_first_after(spark):
    drawn = frame(
        spark, f"{FIRST}, decision_date date, reason string, expected string", LIMIT_CASES
    )
    cases = usable(
        drawn.where("decision_date is not null").selectExpr(
            "person_id", "person_id AS case_id", "decision_date", "cast(null as date) AS application_date", "reason"
        )
    )  # fmt: skip
    chosen = selected_cases(
        drawn.select("person_id", "first_immigration_date", "registration_date"), cases, **LIMITS
    )
    rows = chosen.collect()
    assert len(rows) == len(cells(LIMIT_CASES))
    taken = {r.person_id: next((c for c in ("c1", "c2", "c5") if r[c]), None) for r in rows}
    assert taken == {line[0]: line[-1] for line in cells(LIMIT_CASES)}
    assert {r.person_id for r in rows if r.c5} == {r.person_id for r in rows if taken[r.person_id]}


# First immigration 2015-06-01, registered 2015-06-10 (`apart`: 2016-06-01).
# who | case | decided | applied | reason | the rules that take the case
CHOICES = """
    last      | a1 | 2015-05-01 |            | asylum      |
    last      | a2 | 2015-06-10 |            | labour      | c1
    last      | a3 | 2015-06-02 |            | family      | c5
    first     | b1 | 2016-01-01 |            | family      |
    first     | b2 | 2015-06-11 |            | labour      | c2 c5
    first     | b3 | 2015-12-01 |            | other       |
    over      | c1 | 2010-01-01 |            | asylum      |
    over      | c2 | 2014-01-01 |            | family      | c1 c5
    over      | c3 | 2015-01-01 |            | unspecified |
    over      | c4 | 2018-01-01 |            | unspecified |
    applied   | d1 | 2015-01-01 | 2014-01-01 | labour      |
    applied   | d2 | 2015-01-01 | 2014-01-02 | family      | c1
    applied   | d3 | 2015-01-01 |            | other       | c5
    applied   | d4 | 2016-06-01 | 2014-01-01 | labour      |
    applied   | d5 | 2016-06-01 |            | family      | c2
    applied   | d6 | 2016-06-01 | 2013-12-31 | other       |
    clearer   | e1 | 2015-01-01 |            | refugee     |
    clearer   | e0 | 2015-01-01 |            | labour      | c1 c5
    clearer   | e2 | 2016-06-01 |            | refugee     |
    clearer   | e3 | 2016-06-01 |            | family      | c2
    number    | f1 | 2015-01-01 |            | labour      | c5
    number    | f2 | 2015-01-01 |            | family      | c1
    number    | f3 | 2016-06-01 |            | family      | c2
    number    | f4 | 2016-06-01 |            | labour      |
    nearest   | g1 | 2009-12-08 |            | labour      |
    nearest   | g2 | 2020-11-21 |            | family      | c5
    tie       | h1 | 2009-12-09 |            | labour      | c5
    tie       | h2 | 2020-11-21 |            | family      |
    apart     | i1 | 2010-05-01 |            | labour      | c5
    apart     | i2 | 2020-09-01 |            | family      |
"""


@pytest.mark.rule("C0", "C1", "C2", "C5")
def test_of_several_cases_the_last_before_the_first_after_and_the_nearest(spark):
    drawn = frame(spark, f"{CASE_COLUMNS}, expected string", CHOICES)
    arrived = drawn.selectExpr(
        "person_id",
        "DATE'2015-06-01' AS first_immigration_date",
        "if(person_id = 'apart', DATE'2016-06-01', DATE'2015-06-10') AS registration_date",
    ).distinct()
    rows = selected_cases(arrived, usable(drawn.drop("expected")), **LIMITS).collect()
    taken: dict[str, list[str]] = {line[1]: [] for line in cells(CHOICES)}
    for row in rows:
        for rule in ("c1", "c2", "c5"):
            if row[rule]:
                taken[row[rule].case_id].append(rule)
    assert {case: " ".join(rules) or None for case, rules in taken.items()} == {
        line[1]: line[-1] for line in cells(CHOICES)
    }
    by_person = {row.person_id: row for row in rows}
    assert by_person["last"].c1[:2] == ("labour", None)
    assert by_person["last"].c5[:2] == ("family", None)
