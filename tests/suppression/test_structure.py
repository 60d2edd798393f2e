"""Suppression: single cases, and all integer tables of small ones counted through."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from folketall.model.errors import UsageError
from folketall.suppression import order
from folketall.suppression.cells import PRIME, Cells, balanced
from folketall.suppression.linking import linked
from folketall.suppression.order import first_published
from folketall.suppression.structure import structure_of
from folketall.suppression.suppression import protect_counts
from tests.protection.attacker import Knowledge, disclosed
from tests.protection.test_random_tables import one_table


def facts_of(structure, zeros):
    """Columns of the cells and relations; zero inner cells are known where zeros are public."""
    seen = np.ones(len(structure.counts), bool) if zeros else structure.counts > 0
    return structure.cells.dense()[seen].T, structure.relations.dense()[seen].T


@pytest.mark.rule("X2")
@pytest.mark.parametrize("singletons", ["sum", "owner"])
def test_no_known_sum_of_ones_gives_them_away(singletons):
    """Every cell of 1 can be more in some integer table, with what is empty at least 1."""
    tried = 0
    for seed in range(200):
        structure = one_table(seed)
        inner = np.flatnonzero(structure.counts)
        if not 1 <= len(inner) <= 5 or not (structure.counts == 1).any():
            continue
        done = protect_counts(structure, threshold=3, singletons=singletons, min_width=0)
        counts = structure.counts[inner]
        columns = structure.cells.dense()[inner][:, ~done.suppressed]
        shifts = np.array(list(product(range(-3, 5), repeat=len(inner))))
        shifts = shifts[((shifts + counts) >= 1).all(axis=1)]
        possible = shifts[~(shifts @ columns).any(axis=1)]
        assert (possible[:, counts == 1] > 0).any(axis=0).all(), seed
        tried += 1
    assert tried > 20


@pytest.mark.rule("X2")
def test_apart_the_same_tables_give_small_counts_away():
    found = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        rows = pd.DataFrame(list(product("xyz", "pq", "rst")), columns=list("abc"))
        rows["n"] = random.poisson(0.7, len(rows))
        tables = [rows.groupby(["a", other], as_index=False)["n"].sum() for other in "bc"]
        structures = [structure_of(table) for table in tables]
        together = linked(structures)
        apart = [protect_counts(s, threshold=3, singletons="none", min_width=0) for s in structures]
        hidden = np.concatenate([done.suppressed for done in apart])
        facts, told = facts_of(together, zeros=False)
        known = Knowledge([*told, *facts[~hidden]])
        small = np.flatnonzero(np.concatenate([done.primary for done in apart]))
        found += any(known.knows(facts[p]) for p in small)
    assert found > 0


@pytest.mark.rule("X2")
def test_large_and_wide_are_published_first():
    values, width = np.array([5, 9, 9, 5]), np.array([1, 1, 4, 1])
    assert first_published(values, width).tolist() == [2, 1, 0, 3]
    last = np.array([True, False, False, False])
    assert first_published(values, width, last).tolist() == [0, 2, 1, 3]


def towns():
    """a and b lie in X, c alone in Y."""
    rows = pd.DataFrame(
        {"region": list("abc"), "sex": ["1", "1", "2"], "n": [10, 30, 5]},
    )
    return structure_of(rows, {"region": [{"a": "X", "b": "X", "c": "Y"}]})


def asked(structure):
    """Region to its turn, and the turns that end a block."""
    cells, counts = structure.cells, structure.counts
    turns = order.turns_of(cells, counts, structure.place, structure.block)
    return dict(zip(structure.labels["region"], turns.of, strict=True)), turns.last


@pytest.mark.rule("X2")
def test_places_ask_one_after_another_those_of_many_persons_first():
    of, last = asked(towns())
    # Y counts nobody outside c: it is the same cell, and asks with it.
    assert of == {"total": 0, "X": 0, "b": 1, "a": 2, "c": 3, "Y": 3}
    assert last == frozenset()


@pytest.mark.rule("X2")
def test_in_large_tables_one_place_of_each_block_asks_last(monkeypatch):
    monkeypatch.setattr(order, "LARGE", 2)
    of, last = asked(towns())
    # In X it is a, which has somebody as often as b has, and fewer persons.
    assert of == {"total": 0, "X": 0, "b": 1, "a": 2, "c": 3, "Y": 3}
    assert last == {2, 3}


@pytest.mark.rule("X2")
def test_the_last_place_has_somebody_nearly_everywhere(monkeypatch):
    monkeypatch.setattr(order, "LARGE", 0)
    place, block = np.repeat([0, 1, 2, 3], 10), np.repeat([0, 0, 0, 1], 10)
    counts = np.array([[9] * 10, [5] * 9 + [0], [2] * 8 + [0] * 2, [0] * 10]).ravel()
    # Place 1 has somebody in 9 of 10, place 2 in 8 only; in block 1 there is nobody.
    assert order.resting(counts, place, block).tolist() == [1, 3]
    # Place 2 is smaller, but place 1 asks after it; place 3 counts nobody.
    turns = order.turns_of(Cells.of(np.eye(40, dtype=int)), counts, place, block)
    assert turns.of[::10].tolist() == [1, 3, 2, 4]
    assert turns.last == {3, 4}


@pytest.mark.rule("X2")
def test_nation_and_large_regions_ask_before_any_place():
    values, width, turn = np.array([9, 3, 7, 2]), np.array([1, 1, 1, 2]), np.array([2, 0, 1, 0])
    assert first_published(values, width, turn=turn).tolist() == [1, 3, 2, 0]
    last = np.array([False, False, False, True])
    assert first_published(values, width, last, turn).tolist() == [3, 1, 2, 0]


def row_and_total(*counts, **more):
    rows = pd.DataFrame({"a": [f"a{n}" for n in range(len(counts))], "n": counts})
    more = {"threshold": 3, "singletons": "none", "min_width": 0, **more}
    done = protect_counts(structure_of(rows), **more)
    return [*done.suppressed[1:].tolist(), bool(done.suppressed[0])]


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
    assert row_and_total(0, 0, 0, zeros=True) == [True] * 4
    assert row_and_total(1, 1, 1) == [True, True, True, True]
    assert row_and_total(1, 2, 1) == [True, True, True, False]


@pytest.mark.rule("X2")
def test_two_ones_whose_sum_is_known_take_a_third_cell():
    # 1 and 1 beside a published 9 and total 11: the two add up to 2, and are at least 1 each.
    assert row_and_total(1, 1, 9) == [True, True, False, False]
    assert row_and_total(1, 1, 9, singletons="sum") == [True, True, True, False]


@pytest.mark.rule("X2")
def test_who_is_the_one_does_not_learn_the_two():
    # 1 and 2 add up to a published 3's neighbour: the one person would know the other cell.
    assert row_and_total(1, 2, 9) == [True, True, False, False]
    assert row_and_total(1, 2, 9, singletons="sum") == [True, True, False, False]
    assert row_and_total(1, 2, 9, singletons="owner") == [True, True, True, False]


def test_no_cells_at_all():
    empty = pd.DataFrame({"a": pd.Series([], dtype=str), "n": pd.Series([], dtype=int)})
    done = protect_counts(structure_of(empty), threshold=3)
    assert done.suppressed.tolist() == [False]


@pytest.mark.rule("X2")
def test_a_region_with_a_single_child_shares_its_fate():
    rows = pd.DataFrame({"a": ["0301", "1101", "1103"], "n": [2, 30, 40]})
    tree = {"0301": "03", "1101": "11", "1103": "11", "5501": "55"}
    structure = structure_of(rows, {"a": [tree]})
    done = protect_counts(structure, threshold=3, singletons="owner", min_width=0)
    hidden = dict(zip(structure.labels["a"], done.suppressed, strict=True))
    assert hidden["03"]
    assert hidden["0301"]
    # The empty county is a public zero; the secondary is the smallest county that helps.
    assert [hidden[a] for a in ("55", "5501", "11", "total")] == [False, False, True, False]


@pytest.mark.rule("X2")
@pytest.mark.rule("X3")
@pytest.mark.parametrize("zeros", [False, True])
@pytest.mark.parametrize(
    "counts", [[0, 0, 0, 0], [1, 1, 1, 1], [2, 0, 3, 1], [0, 0, 2, 0], [9] * 4]
)
def test_odd_tables_keep_every_promise(counts, zeros):
    """All zeros, all primary, one cell that is not zero; single children and empty regions."""
    rows = pd.DataFrame({"a": ["0301", "1101", "1103", "5501"], "n": counts})
    tree = {"0301": "03", "1101": "11", "1103": "11", "5501": "55", "5601": "56"}
    structure = structure_of(rows, {"a": [tree]})
    done = protect_counts(structure, threshold=3, zeros=zeros)
    facts, _ = facts_of(structure, zeros)
    assert disclosed(facts, np.flatnonzero(~done.suppressed), np.flatnonzero(done.primary)) == []
    assert (done.suppressed >= done.primary).all()
    assert not done.narrow.any()
    if not done.primary.any():
        assert not done.suppressed.any()


def test_overlapping_divisions_with_rational_sums_are_laid_out():
    # Three pairs of three codes: the codes are half sums of the pairs.
    rows = pd.DataFrame({"a": list("xyz"), "n": [5, 6, 7]})
    trees = [{"x": "xy", "y": "xy"}, {"y": "yz", "z": "yz"}, {"x": "xz", "z": "xz"}]
    structure = structure_of(rows, {"a": trees})
    done = protect_counts(structure, threshold=5, singletons="none", min_width=0)
    facts, _ = facts_of(structure, zeros=False)
    assert disclosed(facts, np.flatnonzero(~done.suppressed), np.flatnonzero(done.primary)) == []


def test_codes_with_two_meanings_are_refused():
    rows = pd.DataFrame({"a": list("xyz"), "n": [5, 6, 7]})
    with pytest.raises(UsageError, match="g means different codes"):
        structure_of(rows, {"a": [{"x": "g", "y": "g"}, {"z": "g"}]})
    with pytest.raises(UsageError, match="circle"):
        structure_of(rows, {"a": [{"x": "g", "g": "h", "h": "g"}]})
    with pytest.raises(UsageError, match="a = x is a sum"):
        structure_of(rows, {"a": [{"y": "x"}]})


def test_residues_are_balanced():
    assert balanced(PRIME - 1) == -1
    assert balanced(PRIME // 2 + 1) == -(PRIME // 2)
    large = Cells(1, np.array([0, 1]), np.array([0]), np.array([2**59]))
    assert large.times(large).signs.tolist() == [balanced(2**118)]


@pytest.mark.rule("X3")
def test_every_primary_has_its_width_over_all_integer_tables():
    tried = 0
    for seed in range(200):
        structure = one_table(seed)
        inner = np.flatnonzero(structure.counts)
        if not 1 <= len(inner) <= 5:
            continue
        done = protect_counts(structure, threshold=3, singletons="none", min_width=2)
        counts = structure.counts[inner]
        columns = structure.cells.dense()[inner]
        shifts = np.array(list(product(range(-4, 5), repeat=len(inner))))
        shifts = shifts[((shifts + counts) >= 1).all(axis=1)]
        possible = shifts[~(shifts @ columns[:, ~done.suppressed]).any(axis=1)]
        moved = possible @ columns[:, done.primary]
        assert (np.ptp(moved, axis=0) >= 2).all(), seed
        assert not done.narrow.any()
        tried += done.primary.any()
    assert tried > 20
