"""K1, K4, S1, M2: whose history an earlier K saw otherwise."""

from __future__ import annotations

from datetime import date

import pytest

from folketall.model.settings import read_settings
from folketall.population.views import View, events_in_views, read_again, stock_known_at, views_of
from tests.support.drawings import drawn, lines, scattered, shuffled_into
from tests.support.frames import frame

SETTINGS = read_settings()
RUN_K = date(2018, 1, 1)
VERSIONS = """
1  | 2015-01-01 | 2015-01-31 |
2  | 2015-01-01 | 2015-02-01 |
3  | 2015-01-02 | 2015-02-01 |
4  | 2014-12-31 | 2015-01-31 |
5  | 2014-12-31 | 2015-02-01 |
6  | 2014-12-31 | 2015-02-28 |
7  | 2014-12-31 | 2015-03-01 |
8  | 2015-01-01 | 2015-03-01 |
9  | 2015-12-31 | 2016-02-01 |
10 | 2015-12-31 | 2016-03-01 |
11 | 2016-01-01 | 2016-01-31 |
12 | 2016-01-01 | 2016-02-01 |
13 | 2016-01-02 | 2017-01-01 |
14 | 2014-06-01 | 2014-06-02 | 2015-02-01
15 | 2014-06-01 | 2014-06-02 | 2015-01-31
16 | 2014-06-01 | 2014-06-02 | 2015-02-01
16 | 2014-07-01 | 2015-02-01 |
17 | 1990-01-01 | 1990-01-05 |
18 | 1990-01-01 | 2017-01-01 |
19 | 2014-01-01 | 2018-01-01 |
20 | 2014-01-01 | 2018-01-02 |
21 | 2015-01-01 | 2015-01-05 | 2015-06-01
21 | 2014-12-20 | 2015-06-01 |
22 | 2014-06-01 | 2014-06-02 | 2018-01-01
23 | 2014-06-01 | 2014-06-02 | 2018-01-02
24 | 2015-12-31 | 2016-02-29 |
"""
# 1-13 and 24 registered late, on each K and the day after, for events on and after each horizon;
# 14 and 15 annulled, 16 corrected, 21 moved to the year before; 17 and 18 old events; 19, 20, 22
# and 23 registered or annulled on the run's K and the day after.
AGAIN = """
2  | 2015
5  | 2015
6  | 2015
7  | 2015
7  | -2014
8  | 2015
9  | 2016
10 | 2016
10 | -2015
12 | 2016
14 | 2015
16 | 2015
18 | 2015
18 | 2016
18 | -2014
18 | -2015
19 | 2015
19 | 2016
19 | -2014
19 | -2015
21 | 2015
21 | -2014
22 | 2015
22 | 2016
22 | -2014
22 | -2015
24 | 2016
"""
EVENTS = """
1 | early         | 2010-01-01 | 2010-01-05 |
1 | on_k          | 2014-12-01 | 2015-01-31 |
1 | after_k       | 2014-12-01 | 2015-02-01 |
1 | on_horizon    | 2015-01-01 | 2015-01-02 |
1 | after_horizon | 2015-01-02 | 2015-01-02 |
1 | corrected     | 2014-05-01 | 2014-05-02 | 2015-02-01
1 | corrected     | 2014-06-01 | 2015-02-01 |
1 | annulled      | 2014-05-01 | 2014-05-02 | 2015-02-01
1 | annulled_on_k | 2014-05-01 | 2014-05-02 | 2015-01-31
1 | on_run_k      | 2014-01-01 | 2018-01-01 |
1 | after_run_k   | 2014-01-01 | 2018-01-02 |
2 | other         | 2010-01-01 | 2010-01-05 |
"""
SEEN = """
0    | early         | 2010-01-01
0    | on_k          | 2014-12-01
0    | after_k       | 2014-12-01
0    | on_horizon    | 2015-01-01
0    | after_horizon | 2015-01-02
0    | corrected     | 2014-06-01
0    | on_run_k      | 2014-01-01
0    | other         | 2010-01-01
2015 | early         | 2010-01-01
2015 | on_k          | 2014-12-01
2015 | on_horizon    | 2015-01-01
2015 | corrected     | 2014-05-01
2015 | annulled      | 2014-05-01
"""


def the_views(stocks, flows, known_at=RUN_K):
    return views_of(
        stocks,
        flows,
        known_at=known_at,
        stock_day=SETTINGS["stock.known_at"],
        flow_day=SETTINGS["migration.known_at"],
    )


@pytest.mark.rule("K4", "S1", "M2")
def test_every_stock_and_year_of_flows_has_its_k_and_none_is_later_than_the_runs():
    assert the_views([2015, 2016], [1984, 1985, 1997, 1998, 1999, 2015], date(2016, 1, 15)) == [
        View(2015, date(2015, 1, 31), date(2015, 1, 1)),
        View(2016, date(2016, 1, 15), date(2016, 1, 1)),
        View(-1985, date(1986, 2, 28), date(1985, 12, 31)),
        View(-1997, date(1998, 2, 28), date(1997, 12, 31)),
        View(-1998, date(2000, 2, 29), date(1998, 12, 31)),
        View(-1999, date(2000, 2, 29), date(1999, 12, 31)),
        View(-2015, date(2016, 1, 15), date(2015, 12, 31)),
    ]


@pytest.mark.rule("S1")
def test_the_day_of_a_setting_is_the_last_of_its_month_where_the_month_is_shorter():
    found = [stock_known_at(year, day) for year in (2015, 2016) for day in ("02-29", "12-31")]
    assert found == [date(2015, 2, 28), date(2015, 12, 31), date(2016, 2, 29), date(2016, 12, 31)]


@pytest.mark.rule("K1", "K4", "S1", "M2")
def test_whose_events_to_the_horizon_an_earlier_k_saw_otherwise(spark):
    versions = frame(
        spark, "person_id long, event_date date, known_from date, known_to date", VERSIONS
    )
    with shuffled_into(spark, 2):
        found = read_again(
            scattered(versions), the_views([2015, 2016], [2014, 2015]), known_at=RUN_K
        )
        assert drawn(found, "person_id", "view") == lines(AGAIN)


@pytest.mark.rule("K1", "K4")
def test_a_stock_alone_sees_1_january_and_nothing_after(spark):
    versions = frame(
        spark, "person_id long, event_date date, known_from date, known_to date", VERSIONS
    )
    found = read_again(versions, the_views([2015], []), known_at=RUN_K)
    wanted = [line for line in lines(AGAIN) if line.endswith(" | 2015")]
    assert drawn(found, "person_id", "view") == wanted


@pytest.mark.rule("K1", "K4")
def test_the_run_and_each_earlier_k_see_the_version_known_to_them(spark):
    versions = frame(
        spark,
        "person_id long, event_id string, event_date date, known_from date, known_to date",
        EVENTS,
    )
    again = frame(spark, "person_id long, view int", "1 | 2015")
    views = the_views([2015, 2016], [2014])
    found = events_in_views(scattered(versions), again, views, known_at=RUN_K)
    assert drawn(found, "view", "event_id", "event_date") == lines(SEEN)
