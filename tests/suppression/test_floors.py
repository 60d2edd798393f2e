"""Sums of the smallest counts, and the whole numbers that a linear program needs."""

from __future__ import annotations

import pytest

from folketall.suppression.cells import PRIME
from folketall.suppression.floors import Floors, in_whole_numbers

HALF = (PRIME + 1) // 2


@pytest.mark.rule("X2")
def test_a_residue_of_a_fraction_becomes_whole_numbers():
    assert in_whole_numbers({1: HALF - PRIME, 2: 1}) == {1: 1, 2: 2}
    assert in_whole_numbers({1: 3, 2: -1}) == {1: 3, 2: -1}
    # A residue of nothing simple is refused rather than taken for a number.
    assert in_whole_numbers({1: 123_456_789_012_345_678, 2: 1}) is None
    assert not Floors().publish({1: 123_456_789_012_345_678, 2: -1})


@pytest.mark.rule("X2")
def test_a_sum_of_marked_cells_may_not_become_known():
    floors = Floors()
    assert not floors.publish({1: 1, 2: 1})
    assert floors.publish({1: 1, 2: -1})
    # 1 - 2 is known: with 1 + 2 - 2*3, and then 3 - 4 and 2 + 4, a sum would be.
    assert floors.publish({1: 1, 2: 1, 3: -2})
    assert floors.publish({3: 1, 4: -1})
    assert not floors.publish({2: 1, 4: 1, 5: 2})
    assert not floors.publish({1: 1, 4: HALF})


@pytest.mark.rule("X2")
def test_two_relations_that_each_could_stand_may_not_together():
    floors = Floors()
    assert floors.publish({1: 2, 2: -1})
    # With weights a and 2a of the two, 1 - 2 can only be zero for none at all.
    assert not floors.publish({1: 1, 2: -1})
    assert floors.publish({1: 4, 2: -2})
