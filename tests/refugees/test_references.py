"""The search for the reference person: P, P1, P2 and P3."""

from __future__ import annotations

import pytest

from folketall.refugees.references import (
    family_migrants,
    first_residences,
    possible_references,
    reference_persons,
    related_persons,
)
from tests.support.drawn import cells, name, named, person
from tests.support.frames import frame

MIGRANTS = "person_id bigint, arrived date, stated_id bigint, family_type string"


@pytest.mark.rule("P1")
def test_the_selected_case_of_a_family_migrant_states_reference_and_type(spark):
    reasons = named(
        spark,
        "person_id bigint, reason string, case_id string",
        """
        stated  | family  | k1
        no_case | family  |
        silent  | family  | k2
        refugee | refugee | k3
        """,
    )
    arrivals = named(
        spark,
        "person_id bigint, first_immigration_date date",
        """
        stated  | 2015-09-01
        no_case | 2015-09-02
        silent  | 2015-09-03
        refugee | 2015-09-04
        """,
    )
    cases = named(
        spark,
        "case_id string, person_id bigint, reference_id bigint, family_type string",
        """
        k1 | stated  | husband | reunification
        k2 | silent  |         |
        k3 | refugee | husband | reunification
        k4 | silent  | other   | enlargement
        """,
    )
    rows = family_migrants(reasons, arrivals, cases).collect()
    assert sorted((name(r[0]), str(r[1]), name(r[2]), r[3]) for r in rows) == [
        ("no_case", "2015-09-02", None, None),
        ("silent", "2015-09-03", None, None),
        ("stated", "2015-09-01", "husband", "reunification"),
    ]


@pytest.mark.rule("P")
def test_first_residence_is_the_first_immigration_else_the_first_spell(spark):
    spells = frame(
        spark,
        "person_id string, from_date date",
        """
        immigrant | 2010-01-01
        born_here | 1990-01-01
        born_here | 2000-01-01
        counted   | 2010-01-01
        """,
    )
    arrivals = frame(
        spark,
        "person_id string, first_immigration_date date",
        """
        immigrant | 2010-01-01
        counted   | 1960-07-01
        same_day  | 2015-01-01
        """,
    )
    rows = first_residences(spells, arrivals).collect()
    assert sorted((r[0], str(r[1]), str(r[2] or "")) for r in rows) == [
        ("born_here", "1990-01-01", ""),
        ("counted", "1960-07-01", "1960-07-01"),
        ("immigrant", "2010-01-01", "2010-01-01"),
        ("same_day", "2015-01-01", "2015-01-01"),
    ]


# Everyone arrives on 2015-09-01. who | spouse | married | ended | start of the marriage that counts
MARRIAGES = """
    twelve_m  | a | 2016-09-01 |            | 2016-09-01
    day_more  | b | 2016-09-02 |            |
    ended_on  | c | 2010-01-01 | 2015-09-01 | 2010-01-01
    ended_bef | d | 2010-01-01 | 2015-08-31 |
    lasting   | e | 2010-01-01 |            | 2010-01-01
    earliest  | f | 2012-01-01 |            | 2012-01-01
    earliest  | f | 2011-01-01 |            | 2011-01-01
    again     | g | 2000-01-01 | 2010-01-01 |
    again     | g | 2012-01-01 |            | 2012-01-01
    one_ended | h | 2010-01-01 | 2014-01-01 |
    one_ended | h | 2010-01-01 |            | 2010-01-01
"""


@pytest.mark.rule("P2")
def test_marriages_qualify_until_a_year_after_and_unless_ended_before(spark):
    married = frame(
        spark,
        "person_id string, spouse_id string, married_date date, ended_date date, start string",
        MARRIAGES,
    )
    arrived = married.selectExpr("person_id", "DATE'2015-09-01' AS arrived").distinct()
    nobody = frame(spark, "person_id string, mother_id string, father_id string")
    rows = related_persons(
        arrived, nobody, married.drop("start"), marriage_after_months=12
    ).collect()
    expected: dict[str, str] = {}
    for who, *_, start in cells(MARRIAGES):
        if start:
            expected[who] = min(start, expected.get(who, start))
    assert {r.person_id: str(r.married_date) for r in rows} == expected
    assert {r["rank"] for r in rows} == {0}
    assert len(rows) == len(expected)


@pytest.mark.rule("P2")
def test_relatives_are_spouse_parent_child_and_sibling(spark):
    people = frame(
        spark,
        "person_id string, mother_id string, father_id string",
        """
        anna     | mum    | dad
        full     | mum    | dad
        half_mum | mum    | other
        half_dad | other2 | dad
        son      | anna   | bo
        stranger | x      | y
        no_lines |        |
        mum      | gran   |
        uncle    | gran   |
        bo       |        |
        kid_of_m | z      | man
        man      | mum_2  |
        wife_sis | mum_2  |
        """,
    )
    migrants = frame(
        spark,
        "person_id string, arrived date",
        """
        anna     | 2015-09-01
        man      | 2015-09-01
        no_lines | 2015-09-01
        unlisted | 2015-09-01
        """,
    )
    marriages = frame(
        spark,
        "person_id string, spouse_id string, married_date date, ended_date date",
        """
        anna     | bo       | 2010-01-01 |
        man      | wife_sis | 2010-01-01 |
        stranger | mum      | 2010-01-01 |
        """,
    )
    rows = related_persons(migrants, people, marriages, marriage_after_months=12).collect()
    found = sorted((r.person_id, r.other_id, r["rank"], r.married_date is not None) for r in rows)
    assert found == sorted(
        [
            ("anna", "bo", 0, True),
            ("anna", "mum", 1, False),
            ("anna", "dad", 1, False),
            ("anna", "son", 2, False),
            ("anna", "full", 3, False),
            ("anna", "half_mum", 3, False),
            ("anna", "half_dad", 3, False),
            ("man", "wife_sis", 0, True),  # a sibling too; the closest relation counts
            ("man", "mum_2", 1, False),
            ("man", "kid_of_m", 2, False),
        ]
    )


# Everyone arrives on 2015-09-01. reference | from | to | possible
STAYS = """
    last_day  | 2015-12-30 |            | yes
    day_after | 2015-12-31 |            |
    left_that | 2010-01-01 | 2015-09-01 |
    left_next | 2010-01-01 | 2015-09-02 | yes
    open      | 2010-01-01 |            | yes
    same_day  | 2015-09-01 |            | yes
    back      | 2010-01-01 | 2015-08-01 |
    back      | 2015-12-30 | 2015-12-31 | yes
    too_late  | 2010-01-01 | 2015-08-01 |
    too_late  | 2015-12-31 |            |
    twice     | 2015-01-01 | 2015-10-01 | yes
    twice     | 2015-10-01 |            | yes
"""


@pytest.mark.rule("P", "P1", "P2")
def test_possible_is_who_was_resident_within_the_limit(spark):
    stays = named(spark, "person_id bigint, from_date date, to_date date, possible string", STAYS)
    others = stays.select("person_id").distinct()
    related = others.selectExpr(
        f"{person('related')} AS person_id", "person_id AS other_id",
        "1 AS rank", "cast(null as date) AS married_date",
    )  # fmt: skip
    asking = others.selectExpr(
        "person_id - 1 AS person_id", "DATE'2015-09-01' AS arrived", "person_id AS stated_id", "'x' AS family_type"
    )  # fmt: skip
    more = named(
        spark,
        MIGRANTS,
        """
        related  | 2015-09-01 |        |
        open     | 2015-09-01 | open   |
        no_spell | 2015-09-01 | nobody |
        """,
    )
    rows = possible_references(
        asking.unionByName(more), related, stays.drop("possible"), accompany_days=120
    ).collect()
    expected = {line[0] for line in cells(STAYS) if line[-1]}
    found = sorted((name(r.other_id), r.stated, r["rank"]) for r in rows)
    # Nobody is its own reference: `open` states itself, and only others' asking finds it.
    assert found == sorted([(o, True, None) for o in expected] + [(o, False, 1) for o in expected])


# who | possible reference | stated | rank | married | first residence | chosen: relation, by CPR
CHOICES = """
    stated    | late_dad  | true  | 1 |            | 2014-01-01 | stated parent udb
    stated    | old_wife  | false | 0 | 2010-01-01 | 2000-01-01 |
    only_said | friend    | true  |   |            | 2014-01-01 | stated - udb
    said_wife | wife      | true  | 0 | 2010-01-01 | 2014-01-01 | stated spouse udb
    spouse    | late_wife | false | 0 | 2010-01-01 | 2014-01-01 | spouse spouse cpr
    spouse    | early_mum | false | 1 |            | 1990-01-01 |
    parent    | late_mum  | false | 1 |            | 2014-01-01 | parent parent cpr
    parent    | early_kid | false | 2 |            | 1990-01-01 |
    child     | late_kid  | false | 2 |            | 2014-01-01 | child child cpr
    child     | early_sis | false | 3 |            | 1990-01-01 |
    sibling   | sister    | false | 3 |            | 2014-01-01 | sibling sibling cpr
    earliest  | a_sister  | false | 3 |            | 2014-01-02 |
    earliest  | b_sister  | false | 3 |            | 2014-01-01 | sibling sibling cpr
    lowest    | c_sister  | false | 3 |            | 2014-01-01 | sibling sibling cpr
    lowest    | b_sister  | false | 3 |            | 2014-01-01 |
    nobody    |           |       |   |            |            | - - none
"""


@pytest.mark.rule("P1", "P2", "P3", "L7")
def test_stated_goes_before_relation_before_first_residence_before_draw(spark):
    columns = "person_id bigint, other_id bigint, stated boolean, rank int, married_date date, first_residence date"
    drawn = named(spark, f"{columns}, chosen string", CHOICES)
    possible = drawn.where("other_id is not null")
    rows = reference_persons(
        drawn.selectExpr("person_id", "DATE'2015-09-01' AS arrived").distinct(),
        possible.drop("first_residence", "chosen"),
        possible.selectExpr(
            "other_id AS person_id", "first_residence", "-other_id AS draw"
        ).distinct(),
    ).collect()
    found = {
        (
            name(r.person_id),
            name(r.reference_id),
            f"{r.relation or '-'} {r.cpr_relation or '-'} {r.source}",
        )
        for r in rows
    }
    assert found == {(line[0], line[1], line[-1]) for line in cells(CHOICES) if line[-1]}
    assert len(rows) == len(found)
    carried = {name(r.person_id): (str(r.married_date), str(r.first_residence)) for r in rows}
    assert carried["said_wife"] == ("2010-01-01", "2014-01-01")
    assert carried["nobody"] == ("None", "None")
