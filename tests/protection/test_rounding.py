"""X1 and X5: small counts changed one by one, and net computed from what is published."""

from __future__ import annotations

import pytest

from folketall.model.tables import CUBE, PUBLISHED_CUBE
from folketall.protection.rounding import leave_empty, round_up
from tests.protection.cells import cube
from tests.support.cells import cells_of_rows, rows_of

COLUMNS = "region sex measure value"


def published(rows, method, threshold=3):
    done = method(cells_of_rows(rows, CUBE), threshold=threshold)
    assert tuple(done.column_names) == PUBLISHED_CUBE.columns
    return {(r.region, r.sex, r.measure): (r.value, r.status) for r in rows_of([done])}


@pytest.mark.rule("X1")
def test_one_two_and_three_are_all_shown_as_three_or_fewer():
    counts = cube(
        "migrations_by_age",
        COLUMNS,
        """
        0301 | 1 | immigration | 0
        0301 | 2 | immigration | 1
        1101 | 1 | immigration | 2
        1101 | 2 | immigration | 3
        1103 | 1 | immigration | 4
        """,
    )
    assert published(counts, round_up) == {
        ("0301", "1", "immigration"): (0.0, None),
        ("0301", "2", "immigration"): (3.0, "rounded"),
        ("1101", "1", "immigration"): (3.0, "rounded"),
        ("1101", "2", "immigration"): (3.0, "rounded"),
        ("1103", "1", "immigration"): (4.0, None),
    }


@pytest.mark.rule("X1")
def test_what_is_published_does_not_tell_a_three_from_a_one():
    def shown(count):
        drawn = f"0301 | 1 | immigration | {count}"
        return published(cube("migrations_by_age", COLUMNS, drawn), round_up)

    assert shown(1) == shown(2) == shown(3) != shown(4)


@pytest.mark.rule("X1")
def test_left_empty_are_one_to_the_threshold():
    counts = cube(
        "migrations_by_age",
        COLUMNS,
        """
        0301 | 1 | immigration | 0
        0301 | 2 | immigration | 1
        1101 | 1 | immigration | 3
        1101 | 2 | immigration | 4
        """,
    )
    assert published(counts, leave_empty) == {
        ("0301", "1", "immigration"): (0.0, None),
        ("0301", "2", "immigration"): (None, "suppressed"),
        ("1101", "1", "immigration"): (None, "suppressed"),
        ("1101", "2", "immigration"): (4.0, None),
    }


NET = """
    0301 | 1 | in          | 2
    0301 | 1 | out         | 9
    0301 | 1 | net         | -7
    0301 | 1 | immigration | 1
    0301 | 2 | in          | 6
    0301 | 2 | out         | 4
    0301 | 2 | net         | 2
    1101 | 1 | in          | 5
    1101 | 1 | out         | 1
    1101 | 1 | net         | 4
    """


@pytest.mark.rule("X5")
def test_net_is_the_difference_of_the_published_terms_and_never_rounded_itself():
    found = published(cube("migrations_by_age", COLUMNS, NET), round_up)
    assert found["0301", "1", "net"] == (-6.0, "rounded")
    # Small, but the difference of two published figures.
    assert found["0301", "2", "net"] == (2.0, None)
    assert found["1101", "1", "net"] == (2.0, "rounded")
    assert len(found) == 10


@pytest.mark.rule("X5")
def test_net_is_empty_where_a_term_is():
    found = published(cube("migrations_by_age", COLUMNS, NET), leave_empty)
    assert found["0301", "1", "net"] == (None, "suppressed")
    assert found["0301", "2", "net"] == (2.0, None)
    assert found["1101", "1", "net"] == (None, "suppressed")


@pytest.mark.rule("X5")
def test_net_by_country_is_of_immigration_and_emigration():
    drawn = """
        0 | 1 | immigration | 1
        0 | 1 | emigration  | 8
        0 | 1 | net         | -7
        """
    found = published(cube("migrations_by_country", COLUMNS, drawn), round_up)
    assert found["0", "1", "net"] == (-5.0, "rounded")


@pytest.mark.rule("X5")
def test_net_without_a_term_is_not_published():
    drawn = [{**row, "minus": None} for row in cube("migrations_by_age", COLUMNS, NET)]
    assert published(drawn, round_up)["0301", "2", "net"] == (None, "suppressed")
