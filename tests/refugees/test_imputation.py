"""Imputation from the donors of a group: C7."""

from __future__ import annotations

from collections import Counter

import pytest
from pyspark.sql import functions as F

from folketall.refugees.imputation import age_group, imputed, period
from tests.support.drawn import cells
from tests.support.frames import frame

GROUPS = {"500": "Africa", "501": "Africa", "600": "Asia"}
CHOICE = {"min_donors": 20, "seed": 1, "country_groups": GROUPS}
DONORS = "age_group string, period int, citizenship string, reason string, detail string"
# Every age group stands for a case of its own; the first recipients of each have citizenship 500.
# case | donors | citizenship | reason | detail
DRAWN = """
    own_20    | 20 | 500     | labour    |
    own_20    | 60 | 501     | refugee   | asylum
    own_20    | 60 | 600     | education |
    own_19    | 19 | 500     | labour    |
    own_19    | 60 | 501     | refugee   | asylum
    own_19    | 60 | 600     | education |
    group_20  | 10 | 500     | labour    |
    group_20  | 10 | 501     | family    |
    group_20  | 60 | 600     | education |
    group_19  | 10 | 500     | labour    |
    group_19  | 9  | 501     | family    |
    group_19  | 60 | 600     | education |
    only_one  | 1  | 600     | other     |
    unknown   | 20 | unknown | family    |
    unknown   | 60 | 600     | education |
    period    | 20 | 600     | education |
    details   | 20 | 500     | refugee   | asylum
    details   | 20 | 500     | refugee   | other
"""
EXPECTED = {
    "own_20": {("labour", None)},
    "own_19": {("labour", None), ("refugee", "asylum")},
    "group_20": {("labour", None), ("family", None)},
    "group_19": {("labour", None), ("family", None), ("education", None)},
    "only_one": {("other", None)},
    "unknown": {("family", None)},
    "details": {("refugee", "asylum"), ("refugee", "other")},
}


@pytest.mark.rule("C7")
def test_the_narrowest_group_with_enough_donors_gives_the_reason(spark):
    donors = spark.createDataFrame(
        [
            (case, 1976 if case == "period" else 2004, citizenship, reason, detail)
            for case, donors, citizenship, reason, detail in cells(DRAWN)
            for _ in range(int(donors))
        ],
        DONORS,
    )
    cases = [*EXPECTED, "period", "no_donor"]
    recipients = spark.createDataFrame(
        [
            (0, 1000 * number + i, case, 2004, "unknown" if case == "unknown" else "500")
            for number, case in enumerate(cases)
            for i in range(60)
        ],
        "person_id bigint, draw bigint, age_group string, period int, citizenship string",
    ).withColumn("person_id", F.col("draw"))
    found: dict[str, set] = {}
    rows = imputed(recipients, donors, **CHOICE).collect()
    assert len({row.person_id for row in rows}) == len(rows) == 60 * len(EXPECTED)
    for row in rows:
        found.setdefault(cases[row.person_id // 1000], set()).add((row.reason, row.detail))
    assert found == EXPECTED


@pytest.mark.rule("C7", "L7")
def test_draws_are_in_proportion_and_depend_on_draw_and_seed_alone(spark):
    shares = {
        ("refugee", "asylum"): 4,
        ("family", None): 9,
        ("labour", None): 6,
        ("other", None): 1,
    }
    donors = spark.createDataFrame(
        [("18-29", 2004, "500", *reason) for reason, n in shares.items() for _ in range(n * 10)],
        DONORS,
    )
    recipients = spark.range(4000).selectExpr(
        "id AS person_id",
        "7 * id AS draw",
        "'18-29' AS age_group",
        "2004 AS period",
        "'500' AS citizenship",
    )
    once = {r[0]: (r[1], r[2]) for r in imputed(recipients, donors, **CHOICE).collect()}
    counts = Counter(once.values())
    assert set(counts) == set(shares)
    for reason, n in shares.items():
        assert counts[reason] / 4000 == pytest.approx(n / 20, abs=0.025), reason

    # Half of the recipients, in another order and other partitions, among a hundredfold of donors.
    # Their ids are others (L7).
    fewer = (
        recipients.where("person_id % 2 = 1")
        .withColumn("person_id", 9999 - F.col("person_id"))
        .orderBy("person_id")
        .repartition(5)
    )
    more = donors.orderBy("reason").repartition(3).crossJoin(spark.range(3)).drop("id")
    again = {r[0]: (r[1], r[2]) for r in imputed(fewer, more, **CHOICE).collect()}
    assert again == {9999 - p: reason for p, reason in once.items() if p % 2}

    other = imputed(fewer, donors, **(CHOICE | {"seed": 2})).collect()
    changed = sum(once[9999 - r.person_id] != (r.reason, r.detail) for r in other)
    assert 1200 < changed < 1500  # 1 - (.2² + .45² + .3² + .05²) = 66.5 % of 2000


# age | group | first immigration | period
EDGES = """
    0  | 0-17  | 1966-12-31 |
    17 | 0-17  | 1967-01-01 | 1967
    18 | 18-29 | 1977-12-31 | 1967
    29 | 18-29 | 1978-01-01 | 1978
    30 | 30-49 | 1986-12-31 | 1978
    49 | 30-49 | 1987-01-01 | 1987
    50 | 50+   | 1990-12-31 | 1987
    99 | 50+   | 1991-01-01 | 1991
       |       | 2003-12-31 | 1991
    1  | 0-17  | 2004-01-01 | 2004
"""


@pytest.mark.rule("C7")
def test_age_groups_and_periods_begin_and_end_where_they_should(spark):
    drawn = frame(spark, "age int, wanted string, day date, from_year int", EDGES)
    rows = drawn.select(
        "*", age_group("age").alias("group"), period("day").alias("period")
    ).collect()
    assert len(rows) == len(cells(EDGES))
    assert [(r.group, r.period) for r in rows] == [(r.wanted, r.from_year) for r in rows]
