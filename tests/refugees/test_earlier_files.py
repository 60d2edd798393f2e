"""Reasons of the files made earlier: C3 and C4."""

from __future__ import annotations

import pytest

from folketall.refugees.earlier_files import reasons_of_1995, reasons_of_2006
from tests.support.drawn import cells
from tests.support.frames import frame

COLUMNS = "person_id string, file string, reason string, detail string, reliability double"
# The row that is taken is marked.
OF_2006 = """
    refugee   | reason_2006 | labour      |              | 0.9 |
    refugee   | reason_2006 | refugee     | asylum       | 0.1 | taken
    reliable  | reason_2006 | education   |              | 0.7 | taken
    reliable  | reason_2006 | family      |              | 0.6 |
    both      | reason_2006 | refugee     | asylum       | 0.2 |
    both      | reason_2006 | refugee     | other        | 0.3 | taken
    order     | reason_2006 | other       |              | 0.5 |
    order     | reason_2006 | education   |              | 0.5 |
    order     | reason_2006 | labour      |              | 0.5 |
    order     | reason_2006 | family      |              | 0.5 | taken
    later     | reason_2006 | other       |              | 0.5 |
    later     | reason_2006 | education   |              | 0.5 | taken
    details   | reason_2006 | refugee     |              | 0.5 |
    details   | reason_2006 | refugee     | unspecified  | 0.4 |
    details   | reason_2006 | refugee     | other        | 0.5 |
    details   | reason_2006 | refugee     | resettlement | 0.5 | taken
    asylum    | reason_2006 | refugee     | resettlement | 0.5 |
    asylum    | reason_2006 | refugee     | asylum       | 0.5 | taken
    no_detail | reason_2006 | refugee     |              | 0.5 | taken
    passed    | reason_2006 | unspecified |              | 1.0 |
    passed    | reason_2006 | other       |              | 0.0 | taken
    nothing   | reason_2006 | unspecified |              | 1.0 |
    elsewhere | reason_1995_ed2004 | labour |            |     |
"""
OF_1995 = """
    one       | reason_1995_ed2004 | labour      |              | | taken
    detail    | reason_1995_ed2004 | refugee     | resettlement | | taken
    no_detail | reason_1995_ed2004 | refugee     |              | | taken
    nothing   | reason_1995_ed2004 | unspecified |              | |
    pins      | reason_1995_ed2004 | labour      |              | |
    pins      | reason_1995_ed2004 | family      |              | | taken
    pins      | reason_1995_ed2004 | other       |              | |
    unsaid    | reason_1995_ed2004 | unspecified |              | |
    unsaid    | reason_1995_ed2004 | other       |              | | taken
    elsewhere | reason_2006        | labour      |              | 1 |
"""


@pytest.mark.parametrize(
    ("taken_by", "column", "drawing"),
    [
        pytest.param(reasons_of_2006, "c3", OF_2006, marks=pytest.mark.rule("C3"), id="C3"),
        pytest.param(reasons_of_1995, "c4", OF_1995, marks=pytest.mark.rule("C4"), id="C4"),
    ],
)
def test_one_reason_a_person_is_taken_from_the_file(spark, taken_by, column, drawing):
    drawn = frame(spark, f"{COLUMNS}, taken string", drawing).drop("taken")
    rows = taken_by(drawn).collect()
    assert len({row.person_id for row in rows}) == len(rows)
    found = {(row.person_id, *row[column]) for row in rows}
    # A refugee without detail is refugee/unspecified.
    expected = {
        (who, reason, detail or ("unspecified" if reason == "refugee" else None), None)
        for who, _, reason, detail, _, taken in cells(drawing)
        if taken
    }
    assert found == expected
