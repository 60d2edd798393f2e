"""X1, cell_key: noise that belongs to the persons, not to the table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from folketall.cubes.keys import KEYS
from folketall.model.errors import UsageError
from folketall.model.tables import CUBE, PUBLISHED_CUBE
from folketall.protection.cell_key import Noise, cell_key, perturb, record_keys, unbiased_noise
from tests.protection.cells import cube
from tests.support.cells import cells_of_rows, rows_of

NOISE = unbiased_noise()
pytestmark = pytest.mark.rule("X1")


@given(st.integers(0, 10**6), st.integers(0, KEYS - 1))
def test_zero_stays_zero_and_nothing_small_is_shown(count, key):
    shown = int(perturb(np.array([count]), np.array([key]), NOISE)[0])
    assert shown not in (1, 2)
    assert count > 0 or shown == 0
    assert abs(shown - count) <= 2


@given(st.integers(0, 30), st.lists(st.integers(0, KEYS - 1), min_size=1, max_size=9))
def test_the_same_persons_get_the_same_noise_in_whatever_order(count, keys):
    one = perturb(np.array([count]), np.array([sum(keys)]), NOISE)
    two = perturb(np.array([count]), np.array([sum(sorted(keys)) % KEYS]), NOISE)
    assert one == two


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 40])
def test_the_noise_is_zero_on_average(count):
    keys = np.arange(0, KEYS, KEYS // 30_000)
    shown = perturb(np.full(len(keys), count), keys, NOISE)
    assert abs(shown.mean() - count) < 0.01


def test_keys_depend_on_identifier_and_secret_alone():
    persons = pd.Series([5, 3, 5])
    keys = record_keys(persons, secret="a secret of the office")
    assert keys[0] == keys[2] != keys[1]
    assert keys.between(0, KEYS - 1).all()
    assert (record_keys(persons, secret="another secret") != keys).all()
    assert record_keys(persons[::-1], secret="a secret of the office").sort_index().equals(keys)


@pytest.mark.parametrize(
    ("changes", "chances"),
    [((0, 1), ((0.5, 0.5),)), ((0, -2), ((1.0, 0.0), (0.5, 0.5))), ((0,), ((0.5,),))],
)
def test_a_table_that_cannot_be_is_refused(changes, chances):
    with pytest.raises(ValueError, match="count"):
        Noise(changes, chances)


def flows(*rows):
    """`(sex, measure, value, key, plus, plus_key, minus, minus_key)` of one region."""
    names = ("sex", "measure", "value", "key", "plus", "plus_key", "minus", "minus_key")
    columns = "level region sex measure value"
    drawing = "\n".join(f"nation | 0 | {sex} | {what} | {n}" for sex, what, n, *_ in rows)
    cells = cube("migrations_by_age", columns, drawing)
    return [
        {**cell, **dict(zip(names, row, strict=False))}
        for cell, row in zip(cells, rows, strict=True)
    ]


def published(rows, threshold=3):
    done = cell_key(cells_of_rows(rows, CUBE), threshold=threshold)
    assert tuple(done.column_names) == PUBLISHED_CUBE.columns
    return {(r.sex, r.measure): (r.value, r.status) for r in rows_of([done])}


def test_cells_get_the_noise_of_their_keys():
    counts = [0, 0, 1, 1, 2, 2, 3, 4, 5, 7, 1000]
    keys = [float((number * 390_451_573) % KEYS) for number in range(len(counts))]
    rows = flows(*[(str(n), "in", float(c), keys[n]) for n, c in enumerate(counts)])
    found = published(rows)
    expected = perturb(np.array(counts), np.array(keys, np.int64), NOISE)
    assert [found[str(n), "in"][0] for n in range(len(counts))] == expected.tolist()
    assert (expected != np.array(counts)).any()
    assert (expected == np.array(counts)).any()
    # X1: the status tells of no cell whether it was changed.
    assert {status for _, status in found.values()} == {"perturbed"}


def test_the_threshold_is_the_smallest_that_is_shown():
    keys = [n * KEYS / 40 for n in range(40)]
    rows = flows(*[(str(n), "in", float(1 + n % 6), key) for n, key in enumerate(keys)])
    assert {value for value, _ in published(rows, threshold=5).values()} == {0, 5, 6, 7}


@pytest.mark.rule("X5")
def test_a_net_is_the_difference_of_the_perturbed_terms():
    low, high = 0.0, float(KEYS - 1)
    rows = flows(
        ("1", "in", 9.0, high), ("1", "out", 9.0, low),
        ("1", "net", 0.0, high, 9.0, high, 9.0, low),
        ("2", "in", 0.0, 0.0), ("2", "out", 2.0, low),
        ("2", "net", -2.0, 5.0, 0.0, 0.0, 2.0, low),
        ("total", "in", 9.0, high), ("total", "out", 0.0, 0.0),
        ("total", "net", 9.0, high, 9.0, high, 0.0, 0.0),
    )  # fmt: skip
    found = published(rows)
    assert found["1", "in"] == (11.0, "perturbed")
    assert found["1", "out"] == (7.0, "perturbed")
    assert found["1", "net"] == (4.0, "perturbed")
    assert found["2", "net"] == (found["2", "in"][0] - found["2", "out"][0], "perturbed")
    assert found["total", "net"] == (11.0, "perturbed")


def test_a_net_without_a_term_is_not_published():
    rows = flows(("1", "net", 2.0, 1.0, 9.0, 5.0))
    assert published(rows)["1", "net"] == (None, "suppressed")


def test_cells_that_were_counted_without_keys_are_refused():
    with pytest.raises(UsageError, match="migrations_by_age has no keys; run the step cube again"):
        published(flows(("1", "in", 9.0)))
