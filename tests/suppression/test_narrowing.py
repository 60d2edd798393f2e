"""What a group of cells can still touch: dense algebra modulo a small prime, against fractions."""

from __future__ import annotations

import numpy as np
import pytest

from folketall.suppression.cells import PRIME, Cells, balanced, fraction
from folketall.suppression.elimination import Elimination
from folketall.suppression.modular import PRIME as SMALL
from folketall.suppression.modular import echelon, product, reduced
from folketall.suppression.narrowing import NoSimpleFraction, Span


def drawn(seed, rows=90, columns=70, rank=40):
    """Integers of that rank, sparse."""
    random = np.random.default_rng(seed)
    few = random.integers(-2, 3, (rank, columns)) * (random.random((rank, columns)) < 0.1)
    return (random.integers(-1, 2, (rows, rank)) @ few).astype(np.float64)


def test_products_are_exact():
    random = np.random.default_rng(1)
    one, two = random.integers(-SMALL // 2, SMALL // 2, (2, 200, 200)).astype(np.float64)
    exact = (one.astype(object) @ two.astype(object)) % SMALL
    assert (product(one, two).astype(np.int64) % SMALL == exact.astype(np.int64)).all()


def test_the_echelon_form_spans_the_same():
    matrix = drawn(2)
    rows, columns = echelon(matrix.copy())
    assert len(rows) == np.linalg.matrix_rank(matrix)
    assert (rows[:, columns] == np.eye(len(rows))).all()
    assert (product(reduced(matrix[:, columns]), rows) == reduced(matrix)).all()


def test_no_rows_and_no_columns():
    for shape in ((0, 3), (3, 0), (2, 2)):
        rows, columns = echelon(np.zeros(shape))
        assert rows.shape == (0, shape[1])
        assert len(columns) == 0


def as_vectors(matrix):
    return [{at: int(row[at]) for at in np.flatnonzero(row)} for row in matrix]


def test_a_span_knows_its_own_from_others():
    matrix = drawn(3)
    span = Span(as_vectors(matrix), range(70), {})
    random = np.random.default_rng(4)
    own = as_vectors(random.integers(-3, 4, (20, 90)) @ matrix)
    assert not any(span.misses(vector) for vector in own)
    others = as_vectors(random.integers(-3, 4, (20, 70)).astype(float))
    assert all(span.misses(vector) for vector in others)
    # It tells its own apart by as many coordinates as it has dimensions.
    assert len(span.telling) == np.linalg.matrix_rank(matrix)
    kept = sorted(span.telling)
    assert np.linalg.matrix_rank(matrix[:, kept]) == len(kept)


def test_halves_are_what_they_are_modulo_both_primes():
    half = balanced(pow(2, -1, PRIME))
    assert fraction(half) == (1, 2)
    assert fraction(balanced(-3 * half)) == (-3, 2)
    span = Span([{0: 1, 1: half}], [0, 1], {})
    assert not span.misses({0: 2, 1: 1})
    assert span.misses({0: 1, 1: 1})


def test_what_others_have_is_no_multiple_and_what_nobody_weighs_does_not_count():
    span = Span([{0: 1}], [0], {5: (3, 4)})
    assert not span.misses({0: 7, 9: 1})
    assert span.misses({0: 7, 5: 1})


def test_a_residue_of_no_simple_fraction():
    strange = 1_234_567_890_123_456
    assert fraction(strange) is None
    with pytest.raises(NoSimpleFraction):
        Span([{0: strange}], [0], {})
    # Of a vector with it nothing is said.
    assert not Span([{0: 1}], [0], {}).misses({0: strange, 1: 1})


def decided(seed, *, narrow):
    """Random cells, some guarded, some of one person, some asleep: the refused, the forgotten."""
    random = np.random.default_rng(seed)
    columns = (random.random((20, 60)) < random.choice([0.05, 0.1, 0.2])).astype(np.int64)
    elimination = Elimination(Cells.of(columns), extra=3)
    elimination.sleep(range(20, 40))
    elimination.mark(range(40, 43), owners=seed % 2 == 1)
    elimination.guard(range(40, 60))
    refused = elimination.offer(range(10))
    guarded = sum(bool(elimination.vector(column)) for column in range(40, 60))
    if narrow:
        elimination.narrow(range(10, 20))
    left = sum(bool(elimination.vector(column)) for column in range(40, 60))
    refused += elimination.offer(range(10, 20))
    elimination.wake(range(20, 40))
    refused += elimination.offer(range(20, 40))
    return sorted(set(refused)), guarded - left


@pytest.mark.rule("X2")
def test_narrowing_changes_no_decision():
    forgotten = 0
    for seed in range(300):
        refused, none = decided(seed, narrow=False)
        again, some = decided(seed, narrow=True)
        assert refused == again, seed
        assert none == 0
        forgotten += some
    assert forgotten > 20
