"""X1, small_count_rounding: nothing small is shown, everything adds up, little is disturbed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folketall.protection.small_count_rounding import deviations, small_count_rounding
from folketall.suppression.structure import structure_of


def structure(draws, towns, counties, codes, mean):
    names = [f"t{number:03}" for number in range(towns)]
    county = dict(zip(names, [f"c{n}" for n in draws.integers(0, counties, towns)], strict=True))
    lists = [names, *[[str(n) for n in range(size)] for size in codes]]
    columns = ["region", *[f"d{n}" for n in range(len(codes))]]
    inner = pd.MultiIndex.from_product(lists, names=columns).to_frame(index=False)
    sizes = draws.lognormal(0, 1.3, towns)[:, None] * draws.lognormal(0, 1.2, int(np.prod(codes)))
    inner["n"] = draws.poisson(mean * sizes / sizes.mean()).ravel()
    return structure_of(inner, {"region": [county]})


@pytest.mark.rule("X1")
@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.integers(1, 3), st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_no_small_count_and_everything_adds_up(towns, counties, base, seed):
    s = structure(np.random.default_rng(seed), towns, counties, (2, 3), 2.0)
    rounded = small_count_rounding(s.counts, s.cells, base=base)
    values = s.cells.values(rounded)
    assert not ((values > 0) & (values < base)).any()
    small = (s.counts > 0) & (s.counts < base)
    assert set(rounded[small].tolist()) <= {0, base}
    assert (rounded[~small] == s.counts[~small]).all()
    again = small_count_rounding(s.counts, s.cells, base=base)
    assert (again == rounded).all()


@pytest.mark.rule("X1")
def test_the_totals_are_disturbed_least():
    rows = [("a", "x", 1), ("a", "y", 2), ("b", "x", 2), ("b", "y", 1)]
    s = structure_of(pd.DataFrame(rows, columns=["p", "q", "n"]))
    rounded = small_count_rounding(s.counts, s.cells)
    assert rounded.tolist() == [0, 3, 3, 0]
    assert deviations(s.counts, rounded, s.cells).max() == 1


@pytest.mark.rule("X1")
@pytest.mark.parametrize("counts", [[0, 0], [5, 9], [1], [2]])
def test_nothing_small_or_nothing_else(counts):
    s = structure_of(pd.DataFrame({"p": [str(n) for n in range(len(counts))], "n": counts}))
    rounded = small_count_rounding(s.counts, s.cells)
    assert set(rounded.tolist()) <= {0, 3, 5, 9}


@pytest.mark.rule("X1")
def test_a_table_of_all_municipalities():
    s = structure(np.random.default_rng(1), 357, 15, (2, 6, 4), 35.0)
    rounded = small_count_rounding(s.counts, s.cells)
    off = deviations(s.counts, rounded, s.cells)
    primary = (s.values > 0) & (s.values <= 3)
    assert 4000 < primary.sum() < 6500
    assert off.max() <= 6
    assert off.mean() <= 0.42
