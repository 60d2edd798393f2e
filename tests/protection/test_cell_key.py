"""X1, cell_key: noise that belongs to the persons, not to the table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from folketall.protection.cell_key import (
    KEYS,
    Noise,
    cell_key,
    perturb,
    record_key,
    record_keys,
    unbiased_noise,
)

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


def test_spark_gives_the_same_as_numpy(spark):
    counts = [0, 0, 1, 1, 2, 2, 3, 4, 5, 7, 1000]
    keys = [7 * 2**32 + number * 390_451_573 for number in range(len(counts))]
    rows = [(float(c), k) for c, k in zip(counts, keys, strict=True)]
    cells = spark.createDataFrame(rows, "value double, key long")
    found = cell_key(cells, noise=NOISE).collect()
    expected = perturb(np.array(counts), np.array(keys), NOISE)
    assert [row["value"] for row in found] == expected.tolist()
    changed = [row["status"] == "perturbed" for row in found]
    assert changed == (expected != np.array(counts)).tolist()


def test_keys_in_spark_are_in_range(spark):
    rows = spark.range(50).select(record_key("id", secret="a secret of the office").alias("key"))
    keys = [row["key"] for row in rows.collect()]
    assert len(set(keys)) == 50
    assert all(0 <= key < KEYS for key in keys)
