"""Marriages as either's records tell them (P2)."""

from __future__ import annotations

from datetime import date

import pytest

from folketall.refugees.marriages import marriages
from tests.support.drawn import cells
from tests.support.frames import frame

COLUMNS = (
    "person_id string, from_date date, registration_date date, status string, spouse_id string"
)
RECORDS = """
    lasting   | 2000-01-01 | 2000-01-01 | 2 | her
    partners  | 2000-01-01 | 2000-01-01 | 6 | him
    widowed   | 2000-01-01 | 2000-01-01 | 2 | her
    widowed   | 2005-01-01 | 2005-01-01 | 3 |
    divorced  | 2000-01-01 | 2000-01-01 | 2 | her
    divorced  | 2005-01-01 | 2005-01-01 | 4 |
    unmarried | 2000-01-01 | 2000-01-01 | 2 | her
    unmarried | 2005-01-01 | 2005-01-01 | 1 |
    partner_8 | 2000-01-01 | 2000-01-01 | 6 | her
    partner_8 | 2005-01-01 | 2005-01-01 | 8 |
    partner_9 | 2000-01-01 | 2000-01-01 | 6 | her
    partner_9 | 2005-01-01 | 2005-01-01 | 9 |
    separated | 2000-01-01 | 2000-01-01 | 2 | her
    separated | 2005-01-01 | 2005-01-01 | 5 |
    parted    | 2000-01-01 | 2000-01-01 | 6 | her
    parted    | 2005-01-01 | 2005-01-01 | 7 |
    in_steps  | 2000-01-01 | 2000-01-01 | 2 | her
    in_steps  | 2005-01-01 | 2005-01-01 | 5 |
    in_steps  | 2006-01-01 | 2006-01-01 | 4 |
    in_steps  | 2007-01-01 | 2007-01-01 | 2 | her
    another   | 2000-01-01 | 2000-01-01 | 2 | her
    another   | 2005-01-01 | 2005-01-01 | 2 | second
    back      | 2000-01-01 | 2000-01-01 | 2 | her
    back      | 2005-01-01 | 2005-01-01 | 2 | second
    back      | 2010-01-01 | 2010-01-01 | 2 | her
    unnamed   | 2000-01-01 | 2000-01-01 | 2 | her
    unnamed   | 2005-01-01 | 2005-01-01 | 2 |
    then      | 2000-01-01 | 2000-01-01 | 2 | her
    then      | 2005-01-01 | 2005-01-01 | 2 |
    then      | 2010-01-01 | 2010-01-01 | 2 | second
    converted | 2000-01-01 | 2000-01-01 | 6 | her
    converted | 2009-01-01 | 2009-01-01 | 2 | her
    nobody    | 2000-01-01 | 2000-01-01 | 2 |
    himself   | 2000-01-01 | 2000-01-01 | 2 | himself
    corrected | 2000-01-01 | 2000-01-01 | 2 | her
    corrected | 2000-01-01 | 2000-02-01 | 1 |
    confirmed | 2000-01-01 | 2000-01-01 | 1 |
    confirmed | 2000-01-01 | 2000-02-01 | 2 | her
    larger    | 2000-01-01 | 2000-01-01 | 1 |
    larger    | 2000-01-01 | 2000-01-01 | 2 | her
    remarried | 2000-01-01 | 2000-01-01 | 2 | her
    remarried | 2005-01-01 | 2005-01-01 | 4 |
    remarried | 2005-01-01 | 2005-01-01 | 2 | second
    renamed   | 2000-01-01 | 2000-01-01 | 6 | her
    renamed   | 2000-01-01 | 2000-01-01 | 2 | him
    both_ends | 2000-01-01 | 2000-01-01 | 2 | her
    both_ends | 2005-01-01 | 2005-01-01 | 5 |
    both_ends | 2005-01-01 | 2005-01-01 | 4 |
    known     | 2000-01-01 | 2020-12-31 | 2 | her
    unknown   | 2000-01-01 | 2021-01-01 | 2 | her
    end_known | 2000-01-01 | 2000-01-01 | 2 | her
    end_known | 2005-01-01 | 2020-12-31 | 4 |
    end_later | 2000-01-01 | 2000-01-01 | 2 | her
    end_later | 2005-01-01 | 2021-01-01 | 4 |
    out_of    | 2005-01-01 | 2005-01-01 | 4 |
    out_of    | 2000-01-01 | 2006-01-01 | 2 | her
    hers      | 2000-01-01 | 2000-01-01 | 2 | both
    hers      | 2004-01-01 | 2004-01-01 | 4 |
    both      | 2000-01-01 | 2000-01-01 | 2 | hers
"""
# who | spouse | married | ended
FOUND = """
    lasting   | her    | 2000-01-01 |
    partners  | him    | 2000-01-01 |
    widowed   | her    | 2000-01-01 | 2005-01-01
    divorced  | her    | 2000-01-01 | 2005-01-01
    unmarried | her    | 2000-01-01 | 2005-01-01
    partner_8 | her    | 2000-01-01 | 2005-01-01
    partner_9 | her    | 2000-01-01 | 2005-01-01
    separated | her    | 2000-01-01 |
    parted    | her    | 2000-01-01 |
    in_steps  | her    | 2000-01-01 | 2006-01-01
    in_steps  | her    | 2007-01-01 |
    another   | her    | 2000-01-01 | 2005-01-01
    another   | second | 2005-01-01 |
    back      | her    | 2000-01-01 | 2005-01-01
    back      | second | 2005-01-01 | 2010-01-01
    back      | her    | 2010-01-01 |
    unnamed   | her    | 2000-01-01 |
    then      | her    | 2000-01-01 | 2010-01-01
    then      | second | 2010-01-01 |
    converted | her    | 2000-01-01 |
    converted | her    | 2009-01-01 |
    confirmed | her    | 2000-01-01 |
    larger    | her    | 2000-01-01 |
    remarried | her    | 2000-01-01 | 2005-01-01
    remarried | second | 2005-01-01 |
    renamed   | him    | 2000-01-01 |
    both_ends | her    | 2000-01-01 | 2005-01-01
    known     | her    | 2000-01-01 |
    end_known | her    | 2000-01-01 | 2005-01-01
    end_later | her    | 2000-01-01 |
    out_of    | her    | 2000-01-01 | 2005-01-01
    hers      | both   | 2000-01-01 | 2004-01-01
    both      | hers   | 2000-01-01 |
"""


@pytest.mark.rule("P2", "K2")
def test_marriages_begin_and_end_as_either_spouse_has_them_registered(spark):
    rows = marriages(frame(spark, COLUMNS, RECORDS), known_at=date(2020, 12, 31)).collect()
    found = sorted((r[0], r[1], str(r[2]), str(r[3] or "")) for r in rows)
    drawn = [(who, spouse, since, until or "") for who, spouse, since, until in cells(FOUND)]
    # Each is seen from both sides; one in both records is there twice, with each one's end.
    assert found == sorted([*drawn, *((spouse, who, *rest) for who, spouse, *rest in drawn)])
