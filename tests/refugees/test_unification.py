"""The type of family unification: T1, T2 and T3."""

from __future__ import annotations

import pytest

from folketall.refugees.unification import family_unifications
from tests.support.drawn import cells, name, named

# The reference's first residence is 2010-01-01 and the limits are 90 and 120 days: 2010-04-01 is
# 90 days after, 2010-05-01 120. Everyone arrives on 2015-09-01, unless drawn.
# who | stated | relation by CPR | married | born | reference's first immigration | type and source
COUPLES = """
    reuni_90     | reunification | spouse | 2010-04-01 |  |            | reunification udb
    reuni_91     | reunification | spouse | 2010-04-02 |  |            | enlargement dates
    reuni_before | reunification | spouse | 2005-01-01 |  |            | reunification udb
    accomp_90    | accompanying  | spouse | 2010-04-01 |  | 2010-01-01 | accompanying udb
    accomp_91    | accompanying  | spouse | 2010-04-02 |  | 2010-01-01 | enlargement dates
    accomp_again | accompanying  | spouse | 2010-04-02 |  | 2015-09-01 | accompanying dates
    enlarge_on   | enlargement   | spouse | 2010-01-01 |  |            | enlargement udb
    enlarge_bef  | enlargement   | spouse | 2009-12-31 |  |            | reunification dates
    enlarge_aft  | enlargement   | spouse | 2010-04-01 |  |            | enlargement udb
    no_spouse    | reunification | parent |            | 2012-01-01 |  | reunification udb
    no_reference | enlargement   | none   |            | 2000-01-01 |  | enlargement udb
    only_stated  | accompanying  |        |            |  |            | accompanying udb
"""
DATED = """
    apart_120    |  | spouse  | 2012-01-01 |            | 2015-12-30 | accompanying dates
    apart_121    |  | spouse  | 2012-01-01 |            | 2015-12-31 | enlargement dates
    before_120   |  | parent  |            | 2012-01-01 | 2015-05-04 | accompanying dates
    before_121   |  | parent  |            | 2012-01-01 | 2015-05-03 | enlargement dates
    no_arrival   |  | sibling |            |            |            | reunification dates
    said_only_in |  |         |            | 2012-01-01 | 2015-09-01 | accompanying dates
    married_90   |  | spouse  | 2010-04-01 |            | 2010-01-01 | reunification dates
    married_91   |  | spouse  | 2010-04-02 |            |            | enlargement dates
    married_then |  | spouse  | 2001-01-01 |            |            | reunification dates
    born_before  |  | parent  |            | 2009-12-31 |            | reunification dates
    born_on      |  | parent  |            | 2010-01-01 |            | enlargement dates
    born_after   |  | parent  |            | 2012-01-01 | 2010-01-01 | enlargement dates
    child        |  | child   |            |            |            | reunification dates
    sibling      |  | sibling |            |            | 2010-01-01 | reunification dates
"""
UNSPECIFIED = """
    no_relation  |  |         |            | 2012-01-01 | 2010-01-01 | unspecified none
    no_birth     |  | parent  |            |            |            | unspecified none
    no_marriage  |  | spouse  |            |            |            | unspecified none
    no_ref_found |  | none    |            | 2000-01-01 |            | unspecified none
"""


@pytest.fixture(scope="module")
def found(spark):
    drawn = named(
        spark,
        """person_id bigint, family_type string, cpr_relation string, married_date date,
        birth_date date, reference_arrived date, expected string""",
        COUPLES + DATED + UNSPECIFIED,
    ).selectExpr("*", "if(cpr_relation <=> 'none', null, -person_id) AS reference_id")
    references = drawn.selectExpr(
        "person_id", "reference_id", "if(cpr_relation <=> 'none', null, cpr_relation) AS cpr_relation",
        "married_date", "if(reference_id is null, null, DATE'2010-01-01') AS first_residence",
    )  # fmt: skip
    arrivals = drawn.selectExpr("person_id", "DATE'2015-09-01' AS first_immigration_date").union(
        drawn.where("reference_arrived is not null").select("reference_id", "reference_arrived")
    )
    rows = family_unifications(
        drawn.selectExpr("person_id", "DATE'2015-09-01' AS arrived", "family_type"),
        references,
        drawn.select("person_id", "birth_date"),
        arrivals,
        marriage_limit_days=90,
        accompany_days=120,
    ).collect()
    assert len(rows) == len(cells(COUPLES + DATED + UNSPECIFIED))
    return {name(row.person_id): f"{row.type} {row.source}" for row in rows}


@pytest.mark.parametrize(
    "drawing",
    [
        pytest.param(COUPLES, marks=pytest.mark.rule("T1"), id="T1 stated"),
        pytest.param(DATED, marks=pytest.mark.rule("T2"), id="T2 dates"),
        pytest.param(UNSPECIFIED, marks=pytest.mark.rule("T3"), id="T3 unspecified"),
    ],
)
def test_the_type_stands_as_stated_is_told_by_dates_or_is_unspecified(found, drawing):
    expected = {line[0]: line[-1] for line in cells(drawing)}
    assert {who: found[who] for who in expected} == expected
