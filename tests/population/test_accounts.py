"""The population accounts: every term of S4, their zero, and a broken account found."""

from __future__ import annotations

import pytest

from folketall.geography.frames import paths_frame, splits_frame
from folketall.line.work.figures import check_accounts
from folketall.model.errors import StatisticsError
from folketall.model.tables import ACCOUNT
from folketall.population.accounts import accounts, differences
from folketall.population.stock import residents, states
from tests.support.drawn import cells, history

# 0101 became 3001 and 0123 and 0125 became 3014 on 2020-01-01, without an event of anyone; 5012 was
# split into 5055, 5056 and 5059, the largest part.
HISTORIES = """
    stayer    | birth           | 2010-01-01 | 0101
    born      | birth           | 2019-05-01 | 0301
    died      | birth           | 2010-01-01 | 0301
    died      | death           | 2019-05-01 |
    came      | immigration     | 2019-05-01 | 0101
    came      | emigration      | 2020-05-01 |
    moved     | birth           | 2010-01-01 | 0101
    moved     | move            | 2019-05-01 | 0301
    opened    | opened          | 2019-05-01 | 1103
    within    | birth           | 2010-01-01 | 0301
    within    | move            | 2019-05-01 | 0301
    merged    | birth           | 2010-01-01 | 0123
    merged    | move            | 2019-05-01 | 0125
    on_1st    | birth           | 2010-01-01 | 0301
    on_1st    | move            | 2020-01-01 | 1103
    on_31st   | birth           | 2010-01-01 | 0301
    on_31st   | move            | 2019-12-31 | 1103
    redrawn   | birth           | 2010-01-01 | 0301
    redrawn   | boundary_change | 2020-01-01 | 1103
    redrawn_2 | birth           | 2010-01-01 | 0301
    redrawn_2 | boundary_change | 2020-01-02 | 1103
    born_1st  | birth           | 2020-01-01 | 0301
    split     | birth           | 2018-06-01 | 5012
    split_own | birth           | 2018-06-01 | 5012
    split_own | boundary_change | 2020-01-01 | 5055
    split_out | birth           | 2018-06-01 | 5012
    split_out | move            | 2019-06-01 | 0301
    split_new | immigration     | 2019-06-01 | 5012
    split_new | boundary_change | 2020-01-01 | 5056
"""
# year | municipality in codes of the next 1 January | other end | term | persons
EXPECTED = """
    2019 | 3001 |      | stock_start      | 2
    2019 | 0301 |      | stock_start      | 6
    2019 | 3014 |      | stock_start      | 1
    2019 | 5055 |      | stock_start      | 1
    2019 | 5059 |      | stock_start      | 2
    2019 | 0301 |      | births           | 1
    2019 | 0301 |      | deaths           | 1
    2019 | 3001 |      | immigrations     | 1
    2019 | 5056 |      | immigrations     | 1
    2019 | 1103 |      | opened_otherwise | 1
    2019 | 3001 | 0301 | out              | 1
    2019 | 0301 | 3001 | in               | 1
    2019 | 0301 | 1103 | out              | 1
    2019 | 1103 | 0301 | in               | 1
    2019 | 5059 | 0301 | out              | 1
    2019 | 0301 | 5059 | in               | 1
    2019 | 0301 | 1103 | boundary_out     | 1
    2019 | 1103 | 0301 | boundary_in      | 1
    2019 | 3001 |      | stock_end        | 2
    2019 | 0301 |      | stock_end        | 6
    2019 | 3014 |      | stock_end        | 1
    2019 | 5055 |      | stock_end        | 1
    2019 | 5056 |      | stock_end        | 1
    2019 | 5059 |      | stock_end        | 1
    2019 | 1103 |      | stock_end        | 3
    2020 | 3001 |      | stock_start      | 2
    2020 | 0301 |      | stock_start      | 6
    2020 | 3014 |      | stock_start      | 1
    2020 | 5055 |      | stock_start      | 1
    2020 | 5056 |      | stock_start      | 1
    2020 | 5059 |      | stock_start      | 1
    2020 | 1103 |      | stock_start      | 3
    2020 | 3001 |      | emigrations      | 1
    2020 | 0301 |      | births           | 1
    2020 | 0301 | 1103 | out              | 1
    2020 | 1103 | 0301 | in               | 1
    2020 | 0301 | 1103 | boundary_out     | 1
    2020 | 1103 | 0301 | boundary_in      | 1
    2020 | 3001 |      | stock_end        | 1
    2020 | 0301 |      | stock_end        | 5
    2020 | 3014 |      | stock_end        | 1
    2020 | 5055 |      | stock_end        | 1
    2020 | 5056 |      | stock_end        | 1
    2020 | 5059 |      | stock_end        | 1
    2020 | 1103 |      | stock_end        | 5
"""
YEARS = (2019, 2021)


@pytest.fixture(scope="module")
def account(spark):
    """Accounts of the drawn histories, the flows without the events named."""
    paths, splits = paths_frame(spark).cache(), splits_frame(spark).cache()
    kept = states(history(spark, HISTORIES)).cache()

    def found(*unseen):
        seen = kept.where(~kept.event_id.isin(*unseen)) if unseen else kept
        rows = accounts(seen, residents(kept, YEARS), paths, splits, years=YEARS).collect()
        return spark.createDataFrame(rows, ACCOUNT.schema)

    return found


@pytest.mark.rule("S4", "G1", "G2")
def test_every_change_of_a_stock_is_a_term_of_the_accounts_and_they_are_zero(account):
    whole = account()
    found = {
        (r.reference_year, r.municipality, r.other_municipality, r.term): r.persons
        for r in whole.collect()
    }
    assert found == {(int(y), m, o, t): int(n) for y, m, o, t, n in cells(EXPECTED)}
    assert differences(whole).isEmpty()
    check_accounts({ACCOUNT.name: whole})


@pytest.mark.rule("S4")
def test_a_broken_account_is_found_and_named(account):
    broken = account("moved2", "born1", "redrawn_22")
    rows = differences(broken).collect()
    assert {(r.reference_year, r.municipality): r.difference for r in rows} == {
        (2019, "3001"): -1,
        (2019, "0301"): 2,
        (2020, "0301"): -1,
        (2020, "1103"): 1,
    }
    with pytest.raises(
        StatisticsError, match=r"S4: .*0301 in 2019: difference 2 \(stock_start 6, births 0, .*"
    ):
        check_accounts({ACCOUNT.name: broken})
