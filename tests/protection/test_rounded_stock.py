"""X1, small_count_rounding on cubes: nothing small, and every sum of published cells holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folketall.model.errors import StatisticsError
from folketall.model.tables import CUBE, INNER_CELL
from folketall.protection.together import decide, grouped, with_decision
from tests.protection.cells import inner_of, regions
from tests.protection.test_stock import AGE_SEX, CATEGORY, MAPPING, PLACES, TOY, drawn
from tests.support.cells import parts_of, rows_of

pytestmark = pytest.mark.rule("X1")
LEVELS = ("nation", "region", "county", "economic_region", "municipality")
TWO = {"refugees_by_category": CATEGORY, "refugees_by_age": AGE_SEX}


def rounded(rows, threshold=3, mapping=MAPPING):
    """The rows as they are published."""
    methods = {row["cube"]: "small_count_rounding" for row in rows}
    done = []
    inner = parts_of(inner_of(rows, TOY), INNER_CELL)
    places = regions(mapping, ("2023", "2024"))
    for table in grouped(parts_of(rows, CUBE), inner, methods, TOY, places, {}):
        assert len(table.parts) == 1, "each cube by itself"
        decision = decide(table, threshold=threshold, zeros=False)
        done += with_decision(table, decision)
    return rows_of(done)


def figures(rows, dimensions):
    """(level, region, codes) to the figure."""
    return {(r.level, r.region, *(getattr(r, d) for d in dimensions)): r.value for r in rows}


def assert_additive(rows, dimensions, places=PLACES):
    """Every cell is the sum of the published inner cells that it stands for."""
    found = figures(rows, dimensions)
    inner = {
        key: n
        for key, n in found.items()
        if key[0] == "municipality"
        and all(of[code] == (code,) for of, code in zip(dimensions.values(), key[2:], strict=True))
    }
    for (level, region, *codes), n in found.items():
        expected = sum(
            value
            for (_, municipality, *own), value in inner.items()
            if (level == "nation" or region in (municipality, places[municipality].get(level)))
            and all(o in dimensions[d][c] for d, o, c in zip(dimensions, own, codes, strict=True))
        )
        assert n == expected, (level, region, codes)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.3, 1.5, 4.0]), st.integers(2, 5))
def test_all_levels_and_margins_add_up_and_nothing_small_is_shown(seed, mean, threshold):
    for name, dimensions in TWO.items():
        rows, _ = drawn(name, dimensions, "2024", seed, mean)
        done = rounded(rows, threshold)
        assert len(done) == len(rows)
        assert {r.level for r in done} == set(LEVELS)
        assert not [r for r in done if r.value is None or 0 < r.value < threshold]
        assert_additive(done, dimensions)
        counts = figures(rows_of(parts_of(rows, CUBE)), dimensions)
        for key, n in figures(done, dimensions).items():
            assert counts[key] > 0 or n == 0
        for r in done:
            true = counts[r.level, r.region, *(getattr(r, d) for d in dimensions)]
            assert r.status == "perturbed"
            assert abs(r.value - true) <= len(rows)


def test_one_and_two_become_nothing_or_three_and_other_inner_cells_stay():
    rows, counts = drawn("refugees_by_category", CATEGORY, "2024", 4)
    found = figures(rounded(rows), CATEGORY)
    small = {key for key, n in counts.items() if n in (1, 2)}
    assert small
    for (municipality, code), n in counts.items():
        shown = found["municipality", municipality, code]
        assert shown in (0, 3) if (municipality, code) in small else shown == n


def test_each_cube_and_period_is_rounded_by_itself():
    one, _ = drawn("refugees_by_category", CATEGORY, "2024", 4)
    two, _ = drawn("refugees_by_age", AGE_SEX, "2024", 4)
    before, _ = drawn("refugees_by_category", CATEGORY, "2023", 5)
    together = rounded([*one, *two, *before])
    apart = [row for rows in (one, two, before) for row in rounded(rows)]
    assert sorted(map(str, together)) == sorted(map(str, apart))


def test_the_order_of_the_rows_changes_nothing():
    rows, _ = drawn("refugees_by_category", CATEGORY, "2024", 6)
    turned = [rows[at] for at in np.random.default_rng(1).permutation(len(rows))]
    assert sorted(map(str, rounded(turned))) == sorted(map(str, rounded(rows)))


def test_cells_that_do_not_add_up_are_refused():
    rows, _ = drawn("refugees_by_category", CATEGORY, "2024", 6)
    wrong = [{**row, "value": row["value"] + 1} if n == 0 else row for n, row in enumerate(rows)]
    with pytest.raises(StatisticsError, match="a cell is not the sum of its inner cells"):
        rounded(wrong)
