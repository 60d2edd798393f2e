"""Persons with refugee background: S3, the years of residence of S2, and S5's wider definition."""

from __future__ import annotations

import pytest

from folketall.model.tables import POPULATION
from folketall.refugees.stock import backgrounds, refugee_population
from tests.support.drawn import cells, name, named

# The stock is that of 2020-01-01. Case is a granted case: date and reason, detail.
# who | immigrant | first immigration | reason and detail | reference | type | refugee case, detail
# | category | category with S5
DRAWN = """
    asylum      | true  | 2010-06-01 | refugee asylum      |        |              |            |         | asylum | asylum
    resettled   | true  | 2010-06-01 | refugee resettlement|        |              |            |         | resettlement | resettlement
    collective  | true  | 2010-06-01 | refugee other       |        |              |            |         | other | other
    vague       | true  | 2010-06-01 | refugee unspecified |        |              |            |         | unspecified | unspecified
    no_detail   | true  | 2010-06-01 | refugee             |        |              |            |         | unspecified | unspecified
    day_before  | true  | 2019-12-31 | refugee asylum      |        |              |            |         | asylum | asylum
    on_the_day  | true  | 2020-01-01 | refugee asylum      |        |              |            |         | |
    native      | false | 2010-06-01 | refugee asylum      |        |              |            |         | |
    enlarged    | true  | 2010-06-01 | family              | asylum | enlargement  |            |         | family_enlargement | family_enlargement
    reunified   | true  | 2010-06-01 | family              | asylum | reunification|            |         | family_reunification | family_reunification
    accompanied | true  | 2010-06-01 | family              | asylum | accompanying |            |         | family_reunification | family_reunification
    of_some_way | true  | 2010-06-01 | family              | vague  | unspecified  |            |         | family_unspecified | family_unspecified
    of_gone     | true  | 2010-06-01 | family              | gone   | enlargement  |            |         | family_enlargement | family_enlargement
    of_worker   | true  | 2010-06-01 | family              | worker | enlargement  |            |         | |
    of_family   | true  | 2010-06-01 | family              | reunified | enlargement |          |         | |
    of_nobody   | true  | 2010-06-01 | family              |        | unspecified  |            |         | |
    of_native   | true  | 2010-06-01 | family              | born_here | enlargement |          |         | |
    worker      | true  | 2010-06-01 | labour              |        |              |            |         | |
    later       | true  | 2010-06-01 | labour              |        |              | 2010-06-02 | asylum  | | asylum
    same_day    | true  | 2010-06-01 | labour              |        |              | 2010-06-01 | asylum  | |
    before_date | true  | 2010-06-01 | labour              |        |              | 2019-12-31 | other   | | other
    on_date     | true  | 2010-06-01 | labour              |        |              | 2020-01-01 | asylum  | |
    later_vague | true  | 2010-06-01 | education           |        |              | 2015-01-01 |         | | unspecified
    family_then | true  | 2010-06-01 | family              | asylum | enlargement  | 2015-01-01 | asylum  | family_enlargement | asylum
    refugee_too | true  | 2010-06-01 | refugee asylum      |        |              | 2015-01-01 | other   | asylum | asylum
    no_reason   | true  | 2010-06-01 | unspecified         |        |              | 2015-01-01 | other   | | other
    worker_too  | true  | 2010-06-01 | labour              |        |              | 2015-01-01 | work    | |
    earliest    | true  | 2010-06-01 | labour              |        |              | 2015-01-01 | other   | | other
    native_case | false | 2010-06-01 | labour              |        |              | 2015-01-01 | asylum  | |
"""


@pytest.fixture(scope="module")
def tables(spark):
    drawn = named(
        spark,
        """person_id bigint, immigrant boolean, first_immigration_date date, given string,
        reference_id bigint, type string, decided date, case_detail string,
        narrow string, wide string""",
        DRAWN,
    )
    gone = named(
        spark,
        "person_id bigint, reason string, detail string, rule string",
        "gone | refugee | asylum | C1",
    )
    reasons = drawn.selectExpr(
        "person_id", "split(given, ' ')[0] AS reason", "try_element_at(split(given, ' '), 2) AS detail",
        "'C2' AS rule",
    ).union(gone)  # fmt: skip
    references = drawn.where("given = 'family'").select("person_id", "reference_id")
    unifications = drawn.where("given = 'family'").select("person_id", "type")
    said = drawn.where("decided is not null").selectExpr(
        "person_id", "cast(person_id as string) AS case_id", "decided AS decision_date",
        "cast(null as date) AS application_date",
        "if(case_detail <=> 'work', 'labour', 'refugee') AS reason",
        "if(case_detail <=> 'work', null, case_detail) AS detail",
        "if(case_detail is null, 1, 2) AS specificity",
    )  # fmt: skip
    more = named(
        spark,
        "person_id bigint, case_id string, decision_date date, application_date date, reason string, detail string, specificity int",
        """
        earliest | z1 | 2016-01-01 |  | refugee | asylum | 2
        earliest | z2 | 2014-01-01 |  | labour  |        | 2
        """,
    )
    return {
        "drawn": drawn,
        "reasons": reasons,
        "references": references,
        "unifications": unifications,
        "first_immigrations": drawn.select("person_id", "first_immigration_date"),
        "cases": said.unionByName(more),
    }


def stock_of(tables, days, any_case):
    attributes = {
        "reference_date": "explode(array({})) AS reference_date".format(
            ", ".join(f"DATE'{day}'" for day in days)
        ),
        "person_id": "person_id",
        "age": "30 AS age",
        "immigrant": "immigrant",
    }
    population = tables["drawn"].selectExpr(
        *[attributes.get(column, f"'x' AS {column}") for column in POPULATION.columns]
    )
    given = {key: value for key, value in tables.items() if key != "drawn"}
    return refugee_population(population, backgrounds(**given, any_case=any_case)).collect()


@pytest.mark.rule("S3")
def test_principal_applicants_and_their_family_by_category(tables):
    rows = stock_of(tables, ["2020-01-01"], any_case=False)
    found = {name(row.person_id): row.category for row in rows}
    assert found == {line[0]: line[8] for line in cells(DRAWN) if line[8]}
    assert len(rows) == len(found)
    assert {row.rule for row in rows} == {"C2"}  # of the person's own reason
    of = {name(row.person_id): row for row in rows}
    assert (of["asylum"].years_of_residence, of["day_before"].years_of_residence) == (9, 0)


@pytest.mark.rule("S5", "S3")
def test_with_any_case_later_refugees_are_principal_applicants_too(tables):
    rows = stock_of(tables, ["2020-01-01", "2010-01-01", "2021-01-01"], any_case=True)
    found = {name(r.person_id): r.category for r in rows if str(r.reference_date) == "2020-01-01"}
    assert found == {line[0]: line[9] for line in cells(DRAWN) if line[9]}
    # Before anyone's first immigration there are none; the case of 2020-01-01 counts from 2021 on.
    assert {r.reference_date.year for r in rows} == {2020, 2021}
    next_year = {name(r.person_id): r.category for r in rows if r.reference_date.year == 2021}
    assert next_year == found | {"on_date": "asylum", "on_the_day": "asylum"}
