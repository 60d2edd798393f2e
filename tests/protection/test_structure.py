"""The elimination against an attacker that shares no code with it, on random small tables."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from folketall.protection.elimination import HALF, PRIME, balanced, row_basis, times
from folketall.protection.suppression import Cells, first_published, protect_structure
from tests.protection.attacker import Knowledge, disclosed


def random_table(seed):
    """A table with one to three dimensions, each with a random hierarchy, as inner × cells."""
    random = np.random.default_rng(seed)
    columns = np.ones((1, 1), int)
    for _ in range(random.integers(1, 4)):
        codes = random.integers(1, 5)
        sums = [np.eye(codes, dtype=int)]
        if random.random() < 0.8:
            sums.append(np.ones((codes, 1), int))
        if random.random() < 0.5:  # a margin across: an overlapping division
            sums.append(random.integers(0, 2, (codes, 2)))
        columns = np.kron(columns, np.concatenate(sums, axis=1))
    counts = random.poisson(random.choice([0.3, 1.5, 4, 9]), len(columns))
    keep = random.random(columns.shape[1]) < random.choice([0.7, 1.0])
    return counts, columns[:, keep]


def protected(counts, columns, zeros, **more):
    values = counts @ columns
    primary = (values <= 3) & (values >= (0 if zeros else 1))
    primary &= columns.any(axis=0)
    done = protect_structure(counts, Cells.of(columns), primary, zeros=zeros, **more)
    return primary, done.cells


def seen(counts, columns, zeros):
    """What the attacker works with: zero inner cells are known where zeros are public."""
    return (columns if zeros else columns[counts > 0]).T


@pytest.mark.rule("X2")
@pytest.mark.parametrize("zeros", [False, True])
def test_no_primary_can_be_computed_and_no_secondary_is_needless(zeros):
    secondaries = 0
    for seed in range(300):
        counts, columns = random_table(seed)
        primary, suppressed = protected(counts, columns, zeros)
        facts = seen(counts, columns, zeros)
        published = np.flatnonzero(~suppressed)
        primaries = np.flatnonzero(primary)
        assert (suppressed >= primary).all(), seed
        assert disclosed(facts, published, primaries) == [], seed
        for needed in np.flatnonzero(suppressed & ~primary):
            secondaries += 1
            assert disclosed(facts, [*published, needed], primaries), (seed, needed)
    assert secondaries > 150


@pytest.mark.rule("X2")
def test_every_primary_takes_two_values_over_all_integer_tables():
    tried = 0
    for seed in range(400):
        counts, columns = random_table(seed)
        if not 1 <= np.count_nonzero(counts) <= 5:
            continue
        primary, suppressed = protected(counts, columns, zeros=False)
        inner = columns[counts > 0]
        shifts = np.array(list(product(range(-3, 4), repeat=len(inner))))
        possible = shifts[~(shifts @ inner[:, ~suppressed]).any(axis=1)]
        assert (possible @ inner[:, primary]).any(axis=0).all(), seed
        tried += primary.any()
    assert tried > 50


@pytest.mark.rule("X2")
def test_a_secret_sum_is_kept_though_no_cell_shows_it():
    for seed in range(300):
        counts, columns = random_table(seed)
        random = np.random.default_rng(seed)
        secret = np.zeros((len(counts), 1), int)
        secret[random.choice(len(counts), min(2, len(counts)), replace=False)] = 1
        if not secret[counts > 0].any():
            continue
        _, suppressed = protected(counts, columns, zeros=False, secret=secret)
        facts = seen(counts, columns, zeros=False)
        known = Knowledge(facts[~suppressed])
        assert not known.knows(secret[counts > 0, 0]), seed


@pytest.mark.rule("X2")
def test_watched_cells_are_zero_exactly_when_known():
    for seed in range(200):
        counts, columns = random_table(seed)
        watch = np.arange(columns.shape[1])
        values = counts @ columns
        primary = (values > 0) & (values <= 3)
        done = protect_structure(counts, Cells.of(columns), primary, watch=watch)
        facts = seen(counts, columns, zeros=False)
        known = Knowledge(facts[~done.cells])
        assert [not c.any() for c in done.remainder.T] == [known.knows(c) for c in facts], seed


@pytest.mark.rule("X2")
def test_large_and_wide_are_published_first():
    values, width = np.array([5, 9, 9, 5]), np.array([1, 1, 4, 1])
    assert first_published(values, width).tolist() == [2, 1, 0, 3]
    assert first_published(values, width, np.array([0, 1, 1, 1])).tolist() == [0, 2, 1, 3]


def row_and_total(*counts):
    inner = np.array(counts)
    columns = np.concatenate((np.eye(len(inner), dtype=int), np.ones((len(inner), 1), int)), axis=1)
    return protected(inner, columns, zeros=False)[1].tolist()


@pytest.mark.rule("X2")
def test_the_smallest_other_cell_is_the_secondary():
    assert row_and_total(2, 9, 7, 30) == [True, False, True, False, False]


@pytest.mark.rule("X2")
def test_a_public_zero_protects_nothing():
    assert row_and_total(2, 0, 9) == [True, False, True, False]


@pytest.mark.rule("X2")
@pytest.mark.parametrize("count", [3, 4])
def test_one_cell_alone(count):
    assert row_and_total(count) == [count == 3, count == 3]


@pytest.mark.rule("X2")
def test_all_zeros_are_published_and_all_primaries_are_not():
    assert row_and_total(0, 0, 0) == [False] * 4
    assert row_and_total(1, 1, 1) == [True, True, True, True]
    assert row_and_total(1, 2, 1) == [True, True, True, False]


def test_no_cells_at_all():
    done = protect_structure(np.zeros(0, int), Cells.of(np.zeros((0, 0), int)), np.zeros(0, bool))
    assert done.cells.shape == (0,)


def test_arithmetic_never_overflows():
    big = np.array([[HALF, -HALF], [-HALF, HALF]], np.int64)
    exact = [[sum(int(a) * int(b) for a, b in zip(r, c, strict=True)) for c in big.T] for r in big]
    assert (times(big, big) % PRIME).tolist() == [[x % PRIME for x in row] for row in exact]
    assert balanced(np.array([HALF + 1, -HALF - 1, HALF])).tolist() == [-HALF, HALF, HALF]
    assert len(row_basis(np.concatenate((big, big * 3)))) == 1
