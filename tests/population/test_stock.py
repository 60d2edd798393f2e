"""Residents on 1 January and what is counted of them: S1, S2, G1, K2 and K4."""

from __future__ import annotations

from datetime import date

import pytest

from folketall.geography.frames import paths_frame
from folketall.population.stock import (
    population,
    residents,
    residents_as_read,
    states,
    whole_years,
)
from tests.support.drawn import cells, history, name, named
from tests.support.frames import frame


@pytest.fixture(scope="module")
def paths(spark):
    return paths_frame(spark).cache()


# 0101 became 3001 on 2020-01-01; 5012 was split into 5055, 5056 and 5059, the largest part.
HISTORIES = """
    came_31st  | immigration     | 2019-12-31 | 0301
    came_1st   | immigration     | 2020-01-01 | 0301
    born_31st  | birth           | 2019-12-31 | 0301
    born_1st   | birth           | 2020-01-01 | 0301
    left_31st  | birth           | 2010-01-01 | 0301
    left_31st  | emigration      | 2019-12-31 |
    left_1st   | birth           | 2010-01-01 | 0301
    left_1st   | emigration      | 2020-01-01 |
    died_31st  | birth           | 2010-01-01 | 0301
    died_31st  | death           | 2019-12-31 |
    died_1st   | birth           | 2010-01-01 | 0301
    died_1st   | death           | 2020-01-01 |
    moved_31st | birth           | 2010-01-01 | 0301
    moved_31st | move            | 2019-12-31 | 1103
    moved_1st  | birth           | 2010-01-01 | 0301
    moved_1st  | move            | 2020-01-01 | 1103
    passed     | immigration     | 2019-12-31 | 0301
    passed     | emigration      | 2019-12-31 |
    overnight  | birth           | 2010-01-01 | 0301
    overnight  | emigration      | 2019-12-31 |
    overnight  | immigration     | 2020-01-01 | 0301
    back_1st   | birth           | 2010-01-01 | 0301
    back_1st   | emigration      | 2020-01-01 |
    back_1st   | immigration     | 2020-01-01 | 0301
    opened     | opened          | 2019-12-31 | 0301
    led        | birth           | 2010-01-01 | 0101
    redrawn    | birth           | 2010-01-01 | 0101
    redrawn    | boundary_change | 2020-01-01 | 3001
    redrawn_2  | birth           | 2010-01-01 | 0301
    redrawn_2  | boundary_change | 2020-01-02 | 1103
    both_1st   | birth           | 2010-01-01 | 0101
    both_1st   | boundary_change | 2020-01-01 | 3001
    both_1st   | move            | 2020-01-01 | 0301
    born_redr  | birth           | 2020-01-01 | 0101
    born_redr  | boundary_change | 2020-01-01 | 3001
    split      | birth           | 2018-06-01 | 5012
    split_own  | birth           | 2018-06-01 | 5012
    split_own  | boundary_change | 2020-01-01 | 5055
    nowhere    | birth           | 2010-01-01 | 9999
    noted      | birth           | 2010-01-01 | 0301 | | | | | set_aside
"""
# who | municipality on 2019-01-01 | on 2020-01-01 | on 2021-01-01
RESIDENTS = """
    came_31st  |      | 0301 | 0301
    came_1st   |      |      | 0301
    born_31st  |      | 0301 | 0301
    born_1st   |      |      | 0301
    left_31st  | 0301 |      |
    left_1st   | 0301 | 0301 |
    died_31st  | 0301 |      |
    died_1st   | 0301 | 0301 |
    moved_31st | 0301 | 1103 | 1103
    moved_1st  | 0301 | 0301 | 1103
    passed     |      |      |
    overnight  | 0301 |      | 0301
    back_1st   | 0301 | 0301 | 0301
    opened     |      | 0301 | 0301
    led        | 0101 | 3001 | 3001
    redrawn    | 0101 | 3001 | 3001
    redrawn_2  | 0301 | 0301 | 1103
    both_1st   | 0101 | 3001 | 0301
    born_redr  |      |      | 3001
    split      | 5012 | 5059 | 5059
    split_own  | 5012 | 5055 | 5055
    nowhere    | 9999 | 9999 | 9999
    noted      |      |      |
"""


def described(found, people, citizenships, marital, paths, known_at):
    return population(found, people, citizenships, marital, paths, known_at=known_at).collect()


NOBODY = (
    "person_id bigint, birth_date date, sex string, country_background string, immigrant boolean"
)
CITIZENS = "person_id bigint, from_date date, registration_date date, country string"
SPOUSES = "person_id bigint, from_date date, registration_date date, status string"


@pytest.mark.rule("S1", "G1")
def test_residents_are_those_whose_spell_covers_the_turn_of_the_year(spark, paths):
    found = residents(states(history(spark, HISTORIES)), (2019, 2021))
    known_at = {year: date(year, 1, 31) for year in (2019, 2020, 2021)}
    rows = described(
        found, named(spark, NOBODY), named(spark, CITIZENS), named(spark, SPOUSES), paths, known_at
    )
    where = {(name(row.person_id), row.reference_date.year): row.municipality for row in rows}
    expected = {
        (who, 2019 + i): place
        for who, *places in cells(RESIDENTS)
        for i, place in enumerate(places)
        if place
    }
    assert where == expected
    assert len(rows) == len(where)
    assert {r.reference_date for r in rows} == {date(y, 1, 1) for y in (2019, 2020, 2021)}
    # None of them is a person at the run's K, and yet they are counted, as unknown.
    unknown = {
        (r.age, r.sex, r.marital_status, r.citizenship, r.country_background, r.immigrant)
        for r in rows
    }
    assert unknown == {(None, "unknown", "unknown", "unknown", "000", False)}


@pytest.mark.rule("S1", "K4")
def test_each_stock_is_read_as_its_own_k_saw_it(spark):
    # By 2020-01-31 nobody knew that `late` had come and `gone` had left; `never` was annulled later.
    drawn = history(
        spark,
        """
        plain | immigration | 2019-06-01 | 0301
        late  | immigration | 2019-06-01 | 0301 | 2020-02-15
        gone  | immigration | 2018-06-01 | 0301
        gone  | emigration  | 2019-06-01 |      | 2020-02-15
        gone  | immigration | 2018-06-01 | 0301 | | | | 2020
        moved | immigration | 2018-06-01 | 0301
        moved | move        | 2019-06-01 | 1103 | 2020-02-15
        moved | immigration | 2018-06-01 | 0301 | | | | 2020
        never | immigration | 2018-06-01 | 0301 | | | | 2020
        """,
    )
    again = named(
        spark,
        "person_id bigint, view int",
        """
        late  | 2020
        gone  | 2020
        moved | 2020
        never | 2020
        plain | -2019
        """,
    )
    read = residents_as_read(residents(states(drawn), (2019, 2021)), again)
    found = sorted((r.year, name(r.person_id), r.municipality) for r in read.collect())
    assert found == [
        (2019, "gone", "0301"),
        (2019, "moved", "0301"),
        (2020, "gone", "0301"),
        (2020, "moved", "0301"),
        (2020, "never", "0301"),
        (2020, "plain", "0301"),
        (2021, "late", "0301"),
        (2021, "moved", "1103"),
        (2021, "plain", "0301"),
    ]


# Known at 2020-01-31. who | from | registered | value | value on 2019-12-31
CITIZENSHIPS = """
    since_eve | 2019-12-31 | 2020-01-01 | 500 | 500
    since_day | 2020-01-01 | 2020-01-01 | 500 | unknown
    changed   | 2010-01-01 | 2010-01-01 | 500 | 501
    changed   | 2019-12-31 | 2019-12-31 | 501 | 501
    changed   | 2020-01-01 | 2019-12-31 | 000 | 501
    known_on  | 2010-01-01 | 2020-01-31 | 500 | 500
    known_aft | 2010-01-01 | 2020-02-01 | 500 | unknown
    newer     | 2010-01-01 | 2010-01-01 | 500 | 501
    newer     | 2010-01-01 | 2010-01-02 | 501 | 501
    norwegian | 2010-01-01 | 2010-01-01 | 000 | 000
    norwegian | 2010-01-01 | 2010-01-01 | 101 | 000
    smaller   | 2010-01-01 | 2010-01-01 | 101 | 101
    smaller   | 2010-01-01 | 2010-01-01 | 500 | 101
"""
STATUSES = """
    since_eve | 2019-12-31 | 2020-01-01 | 2 | 2
    since_day | 2020-01-01 | 2020-01-01 | 2 | unknown
    changed   | 2010-01-01 | 2010-01-01 | 1 | 2
    changed   | 2019-12-31 | 2019-12-31 | 2 | 2
    changed   | 2020-01-01 | 2019-12-31 | 4 | 2
    known_on  | 2010-01-01 | 2020-01-31 | 2 | 2
    known_aft | 2010-01-01 | 2020-02-01 | 2 | unknown
    newer     | 2010-01-01 | 2010-01-01 | 4 | 1
    newer     | 2010-01-01 | 2010-01-02 | 1 | 1
    norwegian | 2010-01-01 | 2010-01-01 | 1 | 2
    norwegian | 2010-01-01 | 2010-01-01 | 2 | 2
    smaller   | 2018-01-01 | 2018-01-01 | 1 | 1
    smaller   | 2017-01-01 | 2019-01-01 | 4 | 1
"""


@pytest.mark.rule("S2", "S1", "K2")
def test_attributes_are_those_of_the_day_before_as_known_at_the_stocks_k(spark, paths):
    everyone = sorted({line[0] for line in cells(CITIZENSHIPS)})
    drawn = history(spark, "\n".join(f"{who} | birth | 1980-01-01 | 0301" for who in everyone))
    people = named(
        spark,
        NOBODY,
        """
        changed   | 1990-01-01 | 2 | 502 | true
        newer     | 1990-01-02 |   | 000 | false
        norwegian | 2000-02-29 | 1 | 000 | false
        """,
    )
    rows = described(
        residents(states(drawn), (2020, 2020)),
        people,
        named(spark, f"{CITIZENS}, found string", CITIZENSHIPS).drop("found"),
        named(spark, f"{SPOUSES}, found string", STATUSES).drop("found"),
        paths,
        {2020: date(2020, 1, 31)},
    )
    of = {name(row.person_id): row for row in rows}
    assert {who: r.citizenship for who, r in of.items()} == {
        x[0]: x[-1] for x in cells(CITIZENSHIPS)
    }
    assert {who: r.marital_status for who, r in of.items()} == {
        x[0]: x[-1] for x in cells(STATUSES)
    }
    assert {who: of[who].age for who in ("changed", "newer", "norwegian", "smaller")} == {
        "changed": 30, "newer": 29, "norwegian": 19, "smaller": None,
    }  # fmt: skip
    assert (of["changed"].sex, of["changed"].country_background, of["changed"].immigrant) == (
        "2",
        "502",
        True,
    )
    assert (of["newer"].sex, of["newer"].immigrant) == ("unknown", False)


# since | day | whole years
YEARS = """
    1990-01-01 | 2020-01-01 | 30
    1990-01-02 | 2020-01-01 | 29
    1989-12-31 | 2020-01-01 | 30
    2019-01-02 | 2020-01-01 | 0
    2019-01-01 | 2020-01-01 | 1
    2000-02-29 | 2018-02-28 | 17
    2000-02-29 | 2018-03-01 | 18
    2000-02-29 | 2020-02-28 | 19
    2000-02-29 | 2020-02-29 | 20
    2000-02-28 | 2018-02-28 | 18
               | 2020-01-01 |
"""


@pytest.mark.rule("S2")
def test_a_whole_year_is_full_on_its_anniversary(spark):
    drawn = frame(spark, "since date, day date, wanted int", YEARS)
    rows = drawn.select("*", whole_years("since", "day").alias("years")).collect()
    assert [row.years for row in rows] == [row.wanted for row in rows]
    assert len(rows) == len(cells(YEARS))
