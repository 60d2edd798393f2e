"""L2-L6: which person a DUF number stands for."""

from __future__ import annotations

import pytest
from pyspark.sql import functions as F

from folketall.linkage import linkage
from folketall.model.deliveries import CASE
from folketall.model.settings import read_settings
from folketall.model.tables import REGISTERS
from tests.support.drawings import drawn, lines, scattered, shuffled_into
from tests.support.frames import frame

SETTINGS = read_settings()
SCORES = """
the_same           | 1980-03-12 | 1980-03-12 | 1 | 1 | 6
other_sex          | 1980-03-12 | 1980-03-12 | 1 | 2 | 4
no_sex             | 1980-03-12 | 1980-03-12 | 1 |   | 4
swapped            | 1980-03-12 | 1980-12-03 | 1 | 2 | 3
swapped_nearly     | 1980-03-12 | 1980-12-04 | 1 | 2 | 2
swapped_next_year  | 1980-03-12 | 1981-12-03 | 1 | 2 | 1
same_month         | 1980-03-12 | 1980-03-13 | 1 | 2 | 3
month_before       | 1980-03-12 | 1980-02-12 | 1 | 2 | 2
month_next_year    | 1980-03-12 | 1981-03-12 | 1 | 2 | 1
new_year_here      | 1980-01-01 | 1980-07-09 | 1 | 2 | 3
new_year_there     | 1980-07-09 | 1980-01-01 | 1 | 2 | 3
day_after_new_year | 1980-01-02 | 1980-07-09 | 1 | 2 | 2
eve_of_new_year    | 1980-12-31 | 1980-07-09 | 1 | 2 | 2
new_year_next_year | 1981-01-01 | 1980-07-09 | 1 | 2 | 1
same_year          | 1980-03-12 | 1980-07-09 | 1 | 2 | 2
year_later         | 1980-12-31 | 1981-01-01 | 1 | 2 | 1
year_earlier       | 1981-06-05 | 1980-07-09 | 1 | 2 | 1
two_years          | 1982-01-01 | 1980-12-31 | 1 | 2 | 0
missing_here       |            | 1980-03-12 | 1 | 2 | 0
missing_there      | 1980-03-12 |            | 2 | 2 | 2
missing_both       |            |            | 2 | 2 | 2
sex_missing_both   | 1980-03-12 | 1980-07-09 |   |   | 2
year_and_sex       | 1980-03-12 | 1981-07-09 | 1 | 1 | 3
"""
# Everyone in CPR is a man born on 12 March 1980. one: from one register, both: from both.
KEYS = """
p   | 1 | 0
p_1 | 1 | 1
q   | 2 | 0
r   | 3 | 0
"""
DUF_LINKS = """
p   | cpr_4   | 2010-01-01
p   | cpr_3   | 2010-01-01
p   | both_2  | 2010-01-01
p   | both_1  | 2010-01-01
p   | both_2s | 2010-01-01
p_1 | led     | 2012-01-01
p   | led     | 2010-01-01
p   | two     | 2010-01-01
q   | two     | 2011-01-01
q   | apart   | 2011-01-01
p   | no_udb  | 2010-01-01
"""
UDB = """
cpr_4   |     | 1980-03-12 | 2
cpr_3   |     | 1980-03-13 | 2
udb_4   | p   | 1980-03-12 | 2
udb_3   | p   | 1981-01-01 | 1
both_2  | p   | 1980-07-09 | 2
both_1  | p   | 1981-07-09 | 2
both_2s | p   | 1990-07-09 | 1
led     | p   | 1980-03-12 | 1
two     |     | 1980-03-12 | 1
apart   | p_1 | 1980-03-13 | 2
lone    |     | 1980-03-12 | 1
"""
CANDIDATES = """
cpr_4   | 1 | p | 2010-01-01 | false | 4 | true
cpr_3   | 1 | p | 2010-01-01 | false | 3 | false
udb_4   | 1 | p |            | true  | 4 | true
udb_3   | 1 | p |            | true  | 3 | false
both_2  | 1 | p | 2010-01-01 | true  | 2 | true
both_1  | 1 | p | 2010-01-01 | true  | 1 | false
both_2s | 1 | p | 2010-01-01 | true  | 2 | true
led     | 1 | p | 2012-01-01 | true  | 6 | true
two     | 1 | p | 2010-01-01 | false | 6 | true
two     | 2 | q | 2011-01-01 | false | 6 | true
apart   | 2 | q | 2011-01-01 | false | 3 | false
apart   | 1 | p |            | true  | 3 | false
no_udb  | 1 | p | 2010-01-01 | false | 0 | false
"""
COMPARED = """
both      | 1 | p | 2010-01-01 | true  | 2 | true
cpr       | 1 | p | 2010-01-01 | false | 4 | true
udb       | 1 | p |            | true  | 4 | true
refused   | 1 | p | 2010-01-01 | false | 3 | false
score     | 1 | p | 2010-01-01 | false | 4 | true
score     | 2 | q |            | true  | 6 | true
score     | 3 | r | 2012-01-01 | false | 4 | true
by_cpr    | 1 | p |            | true  | 4 | true
by_cpr    | 2 | q | 2010-01-01 | false | 4 | true
latest    | 1 | p | 2010-01-01 | false | 4 | true
latest    | 2 | q | 2010-01-02 | false | 4 | true
smaller   | 2 | q | 2010-01-01 | false | 4 | true
smaller   | 1 | p | 2010-01-01 | false | 4 | true
both_low  | 1 | p | 2010-01-01 | true  | 2 | true
both_low  | 2 | q | 2010-01-01 | false | 3 | false
one_taken | 1 | p | 2010-01-01 | false | 3 | false
one_taken | 2 | q |            | true  | 5 | true
none      | 1 | p | 2010-01-01 | false | 3 | false
none      | 2 | q |            | true  | 3 | false
"""
LINKED = """
both      | 1 | both_registers    | 2.0
cpr       | 1 | cpr_only          | 4.0
udb       | 1 | udb_only          | 4.0
score     | 2 | conflict_resolved | 6.0
by_cpr    | 2 | conflict_resolved | 4.0
latest    | 2 | conflict_resolved | 4.0
smaller   | 1 | conflict_resolved | 4.0
both_low  | 1 | conflict_resolved | 2.0
one_taken | 2 | conflict_resolved | 5.0
"""
PEOPLE = """
1  | Åse     | Bjørk    | 1980-03-12 | 2
2  | Twin    | Alike    | 1985-05-05 | 1
3  | Twin    | Alike    | 1985-05-05 | 1
4  | Lone    | Person   | 1990-01-01 | 1
5  | Birth   | Day      | 1991-01-01 | 1
6  | Other   | Sex      | 1992-01-01 | 1
7  | No      | Sex      | 1993-01-01 |
8  | No      | Birth    |            | 1
9  | Linked  | Already  | 1994-01-01 | 2
10 | Two     | Numbers  | 1995-01-01 | 2
11 | Anna    | Maria    | 1996-01-01 | 2
12 | Refused | Link     | 1997-01-01 | 2
"""
NUMBERS_UDB = """
norwegian  | ASE    | Bjork     | 1980-03-12 | 2
two_people | Twin   | Alike     | 1985-05-05 | 1
number_a   | Lone   | Person    | 1990-01-01 | 1
number_b   | Lone   | Person    | 1990-01-01 | 1
day_off    | Birth  | Day       | 1991-01-02 | 1
other_sex  | Other  | Sex       | 1992-01-01 | 2
no_sex     | No     | Sex       | 1993-01-01 |
no_birth   | No     | Birth     |            | 1
linked     | Linked | Already   | 1994-01-01 | 2
one_left   | Linked | Already   | 1994-01-01 | 2
two_1      | Two    | Numbers   | 2000-01-01 | 2
two_2      | Two    | Numbers   | 2000-01-01 | 2
cut_else   | Ann    | A-Maria   | 1996-01-01 | 2
refused    | Refused | Link     | 1997-01-01 | 2
nameless   |        |           | 1980-03-12 | 2
"""
NUMBERS_LINKED = """
linked | 9  | i | 2010-01-01 | false | 6 | true
two_1  | 10 | j | 2010-01-01 | true  | 2 | true
two_2  | 10 | j |            | true  | 4 | true
refused | 8 | h | 2010-01-01 | false | 0 | false
"""
EVERY_NUMBER = """
norwegian  | 1  | exact_match    | 6.0
two_people |    | unlinked       |
number_a   |    | unlinked       |
number_b   |    | unlinked       |
day_off    |    | unlinked       |
other_sex  |    | unlinked       |
no_sex     |    | unlinked       |
no_birth   |    | unlinked       |
linked     | 9  | cpr_only       | 6.0
one_left   | 9  | exact_match    | 6.0
two_1      | 10 | both_registers | 2.0
two_2      | 10 | udb_only       | 4.0
cut_else   |    | unlinked       |
refused    | 12 | exact_match    | 6.0
nameless   |    | unlinked       |
case_only  |    | unlinked       |
link_only  |    | unlinked       |
"""
_CANDIDATE = ("duf", "person_id", "newest_pin", "in_cpr", "in_udb", "score", "acceptable")
_LINK = ("duf", "person_id", "method", "score")
_NAMED = "given_name string, family_name string, birth_date date, sex string"


def candidates(spark, drawing):
    return frame(
        spark,
        "duf string, person_id long, newest_pin string, in_cpr date, in_udb boolean, score int,"
        "acceptable boolean",
        drawing,
    )


@pytest.mark.rule("L3")
def test_the_score_of_birth_date_and_sex(spark):
    rows = frame(
        spark, "what string, cpr date, udb date, cpr_sex string, udb_sex string, score int", SCORES
    )
    found = rows.withColumn("score", linkage.link_score("cpr", "udb", "cpr_sex", "udb_sex"))
    assert drawn(found, *rows.columns) == lines(SCORES)


@pytest.mark.rule("L2", "L3")
def test_candidates_of_both_registers_are_led_to_the_newest_pin_and_judged(spark):
    found = linkage.candidates(
        frame(spark, "pin string, duf string, registration_date date", DUF_LINKS),
        scattered(frame(spark, "duf string, pin string, birth_date date, sex string", UDB)),
        frame(spark, "pin string, person_id long, age_of_pin int", KEYS),
        frame(
            spark,
            "person_id long, birth_date date, sex string",
            "\n".join(f"{person} | 1980-03-12 | 1" for person in (1, 2, 3)),
        ),
        accept_score=SETTINGS["link.accept_score"],
        accept_both=SETTINGS["link.accept_both"],
    )
    assert drawn(found, *_CANDIDATE) == lines(CANDIDATES)


@pytest.mark.rule("L4")
def test_one_candidate_of_a_number_is_taken(spark):
    with shuffled_into(spark):
        found = linkage.registered_links(scattered(candidates(spark, COMPARED)))
        assert drawn(found, *_LINK) == lines(LINKED)


@pytest.mark.rule("L4")
def test_candidates_not_taken_are_noted(spark):
    links = frame(spark, "duf string, person_id long, method string, score double", LINKED)
    found = linkage.refused_links(candidates(spark, COMPARED), links)
    assert drawn(found, "duf", "person_id", "in_cpr") == lines("""
        refused   | 1 | 2010-01-01
        score     | 1 | 2010-01-01
        score     | 3 | 2012-01-01
        by_cpr    | 1 |
        latest    | 1 | 2010-01-01
        smaller   | 2 | 2010-01-01
        both_low  | 2 | 2010-01-01
        one_taken | 1 | 2010-01-01
        none      | 1 | 2010-01-01
        none      | 2 |
        """)


@pytest.mark.rule("L5", "L6")
def test_every_number_has_a_row_and_at_most_one_person(spark):
    udb = scattered(frame(spark, f"duf string, {_NAMED}", NUMBERS_UDB))
    numbers = linkage.duf_numbers(
        udb,
        frame(spark, "duf string", "case_only\nlinked\nlinked"),
        frame(spark, "duf string", "link_only\nlinked"),
    )
    with shuffled_into(spark):
        registered = linkage.registered_links(candidates(spark, NUMBERS_LINKED))
        people = scattered(frame(spark, f"person_id long, {_NAMED}", PEOPLE))
        found = linkage.person_links(numbers, linkage.sure_links(registered, udb, people))
        assert drawn(found, *_LINK) == lines(EVERY_NUMBER)


@pytest.mark.rule("L6", "P1")
def test_all_decided_cases_of_all_numbers_count_with_the_reference_stated(spark):
    links = frame(
        spark,
        "duf string, person_id long, method string, score double",
        """
        one      | 1 | cpr_only | 6
        other    | 1 | udb_only | 6
        unlinked |   | unlinked |
        partner  | 2 | cpr_only | 6
        """,
    )
    drawing = frame(
        spark,
        "case_id string, duf string, decision_date date, reference_duf string, reference_pin string",
        """
        c1 | one      | 2010-01-01 |          |
        c2 | other    | 2010-01-01 | partner  |
        c3 | one      | 2010-01-01 | partner  | r
        c4 | one      | 2010-01-01 | partner  | nobody
        c5 | one      | 2010-01-01 | unlinked |
        c6 | one      |            | partner  |
        c7 | unlinked | 2010-01-01 | partner  |
        c8 | unknown  | 2010-01-01 | partner  |
        c9 | partner  | 2010-01-01 | partner  | p_1
        """,
    )
    given = set(drawing.columns)
    cases = drawing.select(
        *[
            F.col(f.name) if f.name in given else F.lit(None).cast(f.dataType).alias(f.name)
            for f in REGISTERS[CASE].schema
        ]
    )
    keys = frame(spark, "pin string, person_id long, age_of_pin int", KEYS)
    found = linkage.permit_cases(cases, links, keys)
    assert drawn(found, "case_id", "person_id", "reference_id") == lines("""
        c1 | 1 |
        c2 | 1 | 2
        c3 | 1 | 3
        c4 | 1 |
        c5 | 1 |
        c9 | 2 | 1
        """)
