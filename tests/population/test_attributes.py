"""K2 and M3: citizenship and marital status on a day, as known at another."""

from __future__ import annotations

import pytest

from folketall.population.attributes import (
    CITIZENSHIP,
    MARITAL_STATUS,
    values_on,
)
from tests.support.drawings import drawn, lines, scattered, shuffled_into
from tests.support.frames import frame

REQUEST = ["what", "person_id", "on_date", "known_at"]
CITIZENSHIPS = """
1 | 2000-01-01 | 2000-01-01 | 346
1 | 2010-01-01 | 2010-02-01 | 000
2 | 2005-01-01 | 2006-03-01 | 564
2 | 2005-01-01 | 2006-03-02 | 101
3 | 2005-01-01 | 2006-03-01 | 101
3 | 2005-01-01 | 2006-03-01 | 000
3 | 2005-01-01 | 2006-03-01 | 990
4 | 2005-01-01 | 2006-03-01 | 346
4 | 2005-01-01 | 2006-03-01 | 101
4 | 2005-01-01 | 2006-03-01 | 564
5 | 2010-01-01 | 2009-01-01 | 564
5 | 2009-12-31 | 2011-01-01 | 101
6 | 2011-05-31 | 2011-06-30 | 346
6 | 2011-06-01 | 2011-06-01 | 564
7 | 2009-06-01 | 2012-01-02 | 101
7 | 2010-07-01 | 2010-07-01 | 346
"""
WANTED = """
before_any      | 1 | 1999-12-31 | 2020-01-01 | unknown
on_the_first    | 1 | 2000-01-01 | 2020-01-01 | 346
day_before      | 1 | 2009-12-31 | 2020-01-01 | 346
day_of          | 1 | 2010-01-01 | 2020-01-01 | 000
not_yet_known   | 1 | 2015-01-01 | 2010-01-31 | 346
known_that_day  | 1 | 2015-01-01 | 2010-02-01 | 000
later_register  | 2 | 2010-01-01 | 2020-01-01 | 101
one_of_two      | 2 | 2010-01-01 | 2006-03-01 | 564
norwegian_first | 3 | 2010-01-01 | 2020-01-01 | 000
smaller_code    | 4 | 2010-01-01 | 2020-01-01 | 101
from_date_first | 5 | 2010-01-01 | 2020-01-01 | 564
nobody          | 9 | 2010-01-01 | 2020-01-01 | unknown
"""
# M3's twelve months after, counted from the day asked for.
LATER = """
on_the_day    | 1 | 2010-01-01 | 2020-01-01 | 000
no_jump_ahead | 1 | 2009-12-31 | 2020-01-01 | 346
twelve_months | 6 | 2010-05-31 | 2020-01-01 | 346
a_day_more    | 6 | 2010-05-30 | 2020-01-01 | unknown
the_earliest  | 6 | 2010-06-01 | 2020-01-01 | 346
next_is_known | 6 | 2010-06-01 | 2011-06-29 | 564
none_is_known | 6 | 2010-06-01 | 2011-05-31 | unknown
unknown_first | 7 | 2010-06-01 | 2012-01-01 | 346
then_known    | 7 | 2010-06-01 | 2012-01-02 | 101
nobody        | 9 | 2010-01-01 | 2020-01-01 | unknown
"""
STATUSES = """
1 | 2005-01-01 | 2006-03-01 | 2
1 | 2005-01-01 | 2006-03-01 | 5
1 | 2005-01-01 | 2006-03-01 | 1
2 | 2005-01-01 | 2006-03-02 | 1
2 | 2005-01-01 | 2006-03-01 | 9
3 | 2005-01-01 | 2006-03-01 | 9
3 | 2005-01-02 | 2006-03-01 | 1
11 | 2005-01-01 | 2006-03-01 | 4
11 | 2005-01-01 | 2006-03-01 | 2
12 | 2005-01-01 | 2006-03-01 | 6
12 | 2005-01-01 | 2006-03-01 | 2
13 | 2005-01-01 | 2006-03-01 | 5
13 | 2005-01-01 | 2006-03-01 | 4
14 | 2005-01-01 | 2006-03-01 | 7
14 | 2005-01-01 | 2006-03-01 | 8
15 | 2005-01-01 | 2006-03-01 | 8
15 | 2005-01-01 | 2006-03-01 | 6
16 | 2005-01-01 | 2006-03-01 | 2
16 | 2005-01-01 | 2006-03-01 | 3
17 | 2005-01-01 | 2006-03-01 | 3
17 | 2005-01-01 | 2006-03-01 | 9
18 | 2005-01-01 | 2006-03-01 | 5
18 | 2005-01-01 | 2006-03-01 | 7
19 | 2005-01-01 | 2006-03-02 | 1
19 | 2005-01-01 | 2006-03-01 | 2
20 | 2005-01-01 | 2006-03-01 | 7
20 | 2005-01-01 | 2006-03-01 | 4
"""


def asked(spark, drawing, rows, value, ranking, *, later=False):
    requests = frame(
        spark, "what string, person_id long, on_date date, known_at date, answer string", drawing
    ).drop("answer")
    columns = f"person_id long, from_date date, registration_date date, {value} string"
    found = values_on(
        requests,
        {"answer": (scattered(frame(spark, columns, rows)), ranking)},
        request=REQUEST,
        later=later,
    )
    with shuffled_into(spark, 2):
        return drawn(found, *REQUEST, "answer")


@pytest.mark.rule("K2")
def test_citizenship_on_a_day_as_known_at_another(spark):
    found = asked(spark, WANTED, CITIZENSHIPS, "country", CITIZENSHIP)
    assert found == lines(WANTED)


@pytest.mark.rule("K2", "M3")
def test_the_earliest_of_the_next_twelve_months_where_nothing_is_known(spark):
    found = asked(spark, LATER, CITIZENSHIPS, "country", CITIZENSHIP, later=True)
    assert found == lines(LATER)


@pytest.mark.rule("K2")
def test_of_statuses_of_one_day_the_one_that_follows_from_the_others(spark):
    wanted = """
        married_first   | 1  | 2010-01-01 | 2020-01-01 | 2
        later_register  | 2  | 2010-01-01 | 2020-01-01 | 1
        from_date_first | 3  | 2010-01-01 | 2020-01-01 | 1
        married_again   | 11 | 2010-01-01 | 2020-01-01 | 2
        now_a_marriage  | 12 | 2010-01-01 | 2020-01-01 | 2
        divorced        | 13 | 2010-01-01 | 2020-01-01 | 4
        partner_parted  | 14 | 2010-01-01 | 2020-01-01 | 8
        partner_again   | 15 | 2010-01-01 | 2020-01-01 | 6
        widowed         | 16 | 2010-01-01 | 2020-01-01 | 3
        surviving       | 17 | 2010-01-01 | 2020-01-01 | 9
        separated       | 18 | 2010-01-01 | 2020-01-01 | 7
        corrected       | 19 | 2010-01-01 | 2020-01-01 | 1
        of_a_marriage   | 20 | 2010-01-01 | 2020-01-01 | 4
        nobody          | 99 | 2010-01-01 | 2020-01-01 | unknown
        """
    assert asked(spark, wanted, STATUSES, "status", MARITAL_STATUS) == lines(wanted)


@pytest.mark.rule("K2")
def test_a_row_whose_value_is_unknown_is_the_one_known(spark):
    """Nothing earlier and nothing later stands in for it."""
    citizenships = """
        1 | 2000-01-01 | 2000-01-01 | 346
        1 | 2010-01-01 | 2010-01-01 |
        1 | 2010-07-01 | 2010-07-01 | 101
        2 | 2010-01-01 | 2010-01-01 |
        2 | 2010-01-01 | 2010-01-01 | 564
        """
    wanted = """
        unknown_row | 1 | 2010-06-30 | 2020-01-01 | unknown
        known_first | 2 | 2010-06-30 | 2020-01-01 | 564
        """
    assert asked(spark, wanted, citizenships, "country", CITIZENSHIP, later=True) == lines(wanted)
