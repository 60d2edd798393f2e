"""Any table of counts: what each method shows of a cell, and what `status` says of it (X1)."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from folketall.cubes.keys import KEYS
from folketall.protection.counts import protect_frames

REGIONS = {"a1": "a", "a2": "a", "b1": "b", "b2": "b"}
COUNTS = """
region,n
a1,1
a2,3
b1,4
b2,0
"""


def shown(method, counts=COUNTS):
    table = pd.read_csv(io.StringIO(counts.strip()))
    # Keys spread over all that there are, as a hash draws them.
    table["key"] = [int((2 * n + 1) * KEYS / 8) for n in range(len(table))]
    rows = protect_frames(
        {"": table}, dimensions=["region"], hierarchies={"region": [REGIONS]}, method=method
    )
    return {
        row.region: (None if pd.isna(row.n) else int(row.n), row.status, bool(row.primary))
        for row in rows.itertuples()
    }


@pytest.mark.rule("X1")
def test_rounded_up_a_one_and_a_three_are_shown_alike():
    assert shown("round_up") == {
        "a1": (3, "rounded", True),
        "a2": (3, "rounded", True),
        "b1": (4, None, False),
        "b2": (0, None, False),
        "a": (4, None, False),
        "b": (4, None, False),
        "total": (8, None, False),
    }


@pytest.mark.rule("X1")
def test_left_empty_are_one_to_three():
    found = shown("leave_empty")
    assert found["a1"] == found["a2"] == (None, "suppressed", True)
    assert found["b1"] == (4, None, False)


@pytest.mark.rule("X1")
@pytest.mark.parametrize("method", ["small_count_rounding", "cell_key"])
def test_a_method_that_may_change_any_cell_says_so_of_every_cell(method):
    found = shown(method)
    true = {"a1": 1, "a2": 3, "b1": 4, "b2": 0, "a": 4, "b": 4, "total": 8}
    assert {status for _, status, _ in found.values()} == {"perturbed"}
    assert {found[code][0] == n for code, n in true.items()} == {True, False}
    assert found["b2"][0] == 0
