"""The order of the sources, and what closes the gaps they leave: C1-C8."""

from __future__ import annotations

from datetime import date

import pytest

from folketall.classifications import NORDIC, countries
from folketall.refugees import reasons
from tests.support.drawn import cells, name, named
from tests.support.frames import frame

# Which of the sources have a reason; the first of them is taken.
SOURCES = """
    all_five | c1 | c2 | c3 | c4 | c5 | C1
    no_first |    | c2 | c3 | c4 | c5 | C2
    files    |    |    | c3 | c4 | c5 | C3
    old_file |    |    |    | c4 | c5 | C4
    nearest  |    |    |    |    | c5 | C5
    last     | c1 |    |    |    |    | C1
    nothing  |    |    |    |    |    |
"""


@pytest.mark.rule("C1", "C2", "C3", "C4", "C5")
def test_the_sources_are_asked_in_turn(spark):
    drawn = frame(spark, "person_id string, c1 string, c2 string, c3 string, c4 string, c5 string, rule string", SOURCES)  # fmt: skip

    def taken(source):
        return f"if({source} is null, null, struct({source} AS reason, 'd' AS detail, concat('case of ', {source}) AS case_id)) AS {source}"

    selected = drawn.selectExpr(
        "person_id", "DATE'2015-06-01' AS first_immigration_date", *map(taken, ("c1", "c2", "c5"))
    )
    of_2006 = drawn.where("c3 is not null").selectExpr("person_id", taken("c3"))
    of_1995 = drawn.where("c4 is not null").selectExpr("person_id", taken("c4"))
    rows = reasons.found_reasons(selected, of_2006, of_1995).collect()
    assert {r.person_id: r.rule for r in rows} == {line[0]: line[-1] for line in cells(SOURCES)}
    for row in rows:
        assert row.reason == (row.rule.lower() if row.rule else None)
        assert row.case_id == (f"case of {row.reason}" if row.rule else None)


# Donors of C7 are the persons with a rule; one is enough here (min_donors = 1). The children of
# 1980 have no donor of their age but those who inherit, who are none.
# who | born | mother | father | first immigration | citizenship | rule and reason given | found
FAMILIES = """
    refugee_mum  | 1970-01-01 |             |             | 1970-06-01 | 500     | C1 refugee asylum | C1 refugee asylum
    labour_mum   | 1970-01-01 |             |             | 1970-06-01 | 500     | C3 labour         | C3 labour
    refugee_dad  | 1970-01-01 |             |             | 1970-06-01 | 500     | C5 refugee other  | C5 refugee other
    family_dad   | 1970-01-01 |             |             | 1970-06-01 | 500     | C2 family         | C2 family
    vague_dad    | 1970-01-01 |             |             | 1970-06-01 | 500     | C4 refugee unspecified | C4 refugee unspecified
    aged_17      | 1962-06-02 | refugee_mum |             | 1980-06-01 | 600     |                   | C6 refugee asylum
    aged_18      | 1962-06-01 | refugee_mum |             | 1980-06-01 | 600     |                   | C7 education
    leap_17      | 1964-02-29 | refugee_mum |             | 1982-02-28 | 600     |                   | C6 refugee asylum
    leap_18      | 1964-02-29 | refugee_mum |             | 1982-03-01 | 600     |                   | C7 education
    newborn      | 1980-06-01 | labour_mum  |             | 1980-06-01 | 600     |                   | C6 labour
    dad_only     | 1975-01-01 |             | family_dad  | 1980-06-01 | 600     |                   | C6 family
    mum_unsaid   | 1975-01-01 | nobody      | family_dad  | 1980-06-01 | 600     |                   | C6 family
    mum_first    | 1975-01-01 | labour_mum  | family_dad  | 1980-06-01 | 600     |                   | C6 labour
    refugee_1st  | 1975-01-01 | labour_mum  | refugee_dad | 1980-06-01 | 600     |                   | C6 refugee other
    vague_1st    | 1975-01-01 | labour_mum  | vague_dad   | 1980-06-01 | 600     |                   | C6 refugee unspecified
    both_refugee | 1975-01-01 | refugee_mum | refugee_dad | 1980-06-01 | 600     |                   | C6 refugee asylum
    of_nordic    | 1975-01-01 | labour_mum  |             | 1980-06-01 | 101     |                   | C6 labour
    own_source   | 1975-01-01 | labour_mum  |             | 1999-06-01 | 500     | C1 other          | C1 other
    grandchild   | 1979-01-01 | aged_17     |             | 1980-06-01 | 600     |                   | C8 unspecified
    orphan       | 1975-01-01 |             |             | 1980-06-01 | 600     |                   | C8 unspecified
    unborn_date  |            | refugee_mum |             | 1980-06-01 | 600     |                   | C8 unspecified
    donor_1967   | 1940-01-01 |             |             | 1967-02-01 | 500     | C1 labour         | C1 labour
    donor_1966   | 1940-01-01 |             |             | 1966-02-01 | 500     | C1 labour         | C1 labour
    donor_1980   | 1955-01-01 |             |             | 1980-02-01 | 500     | C1 education      | C1 education
    from_1967    | 1940-01-01 |             |             | 1967-01-01 | 600     |                   | C7 labour
    before_1967  | 1940-01-01 |             |             | 1966-12-31 | 600     |                   | C8 unspecified
    no_citizen   | 1955-01-01 |             |             | 1980-06-01 | unknown |                   | C7 education
    norwegian    | 1955-01-01 |             |             | 1980-06-01 | 000     |                   | C8 unspecified
    dane         | 1955-01-01 |             |             | 1980-06-01 | 101     |                   | C8 unspecified
    swede        | 1955-01-01 |             |             | 1980-06-01 | 106     |                   | C8 unspecified
    german       | 1955-01-01 |             |             | 1980-06-01 | 144     |                   | C7 education
"""


@pytest.mark.rule("C6", "C7", "C8")
def test_gaps_are_closed_by_inheritance_by_imputation_or_not_at_all(spark):
    drawn = named(
        spark,
        """person_id bigint, birth_date date, mother_id bigint, father_id bigint,
        first_immigration_date date, citizenship string, given string, expected string""",
        FAMILIES,
    )
    said = "split(given, ' ')"
    found = drawn.selectExpr(
        "person_id", "first_immigration_date",
        f"try_element_at({said}, 2) AS reason", f"try_element_at({said}, 3) AS detail",
        f"if(given is null, null, concat('case of ', {said}[0])) AS case_id", f"{said}[0] AS rule",
    )  # fmt: skip
    about = drawn.withColumn("draw", drawn["person_id"])
    rows = reasons.with_background(found, about, drawn.select("person_id", "citizenship"))
    inherited = reasons.inherited_reasons(rows, under_age=18)
    imputed = reasons.imputed_reasons(
        rows,
        inherited,
        impute_from=date(1967, 1, 1),
        min_donors=1,
        seed=1,
        country_groups=countries(),
        nordic=sorted(NORDIC),
    )
    rows = reasons.reasons_for_immigration(rows, inherited, imputed).collect()
    assert len(rows) == len(cells(FAMILIES))
    told = {
        name(r.person_id): " ".join(part for part in (r.rule, r.reason, r.detail) if part)
        for r in rows
    }
    assert told == {line[0]: line[-1] for line in cells(FAMILIES)}
    assert all((r.case_id is None) == (r.rule in ("C6", "C7", "C8")) for r in rows)
