"""Nation, parts, counties and municipalities together, against the joint attacker."""

from __future__ import annotations

import numpy as np
import pytest

from folketall.protection.tree import Tree, protect_tree
from tests.protection.attacker import disclosed


def crossing(dimensions):
    """Cells × inner cells of crossed dimensions, each with a total, and the inner ones."""
    pattern, inner = np.ones((1, 1), int), np.zeros(1, int)
    for codes in dimensions:
        own = np.concatenate((np.ones((1, codes), int), np.eye(codes, dtype=int)))
        pattern = np.kron(pattern, own)
        inner = np.add.outer(inner * (codes + 1), 1 + np.arange(codes)).ravel()
    return pattern, inner


def tree_of(counts, county_of, dimensions, parts=None):
    pattern, inner = crossing(dimensions)
    counties = np.zeros((max(county_of) + 1, len(inner)), np.int64)
    np.add.at(counties, county_of, counts)
    nation = np.ones((1, len(counties)), int)
    above = nation if parts is None else np.concatenate((nation, parts))
    unrelated = np.zeros((len(inner), 0), int)
    return Tree(pattern, inner, counties, above, np.array(counts), np.array(county_of), unrelated)


def random_tree(seed):
    random = np.random.default_rng(seed)
    dimensions = [(1,), (2,), (4,), (2, 2), (2, 3)][random.integers(5)]
    municipalities = int(random.integers(1, 9))
    counties = int(random.integers(1, min(municipalities, 4) + 1))
    size = int(np.prod(dimensions))
    counts = random.poisson(random.choice([0.4, 1, 3, 8]), (municipalities, size))
    county_of = [*range(counties), *random.integers(0, counties, municipalities - counties)]
    parts = np.zeros((2, counties), int)
    parts[random.integers(0, 2, counties), np.arange(counties)] = 1
    return tree_of(counts, county_of, dimensions, parts)


def joint(tree, status, zeros):
    """All cells of all levels over the municipalities' inner cells, as an attacker sees them."""
    home = np.zeros((len(tree.counties), len(tree.county_of)), int)
    home[tree.county_of, np.arange(len(tree.county_of))] = 1
    members = np.concatenate((tree.above @ home, home, np.eye(len(tree.county_of), dtype=int)))
    cells = np.array([np.kron(m, p) for m in members for p in tree.pattern])
    values = cells @ tree.municipalities.ravel()
    hidden = np.concatenate((status.above, status.counties, status.municipalities)).ravel()
    if not zeros:
        cells = cells[:, tree.municipalities.ravel() > 0]
    primary = (values <= 3) & (values >= (0 if zeros else 1)) & cells.any(axis=1)
    return cells, hidden, primary


@pytest.mark.rule("X2")
@pytest.mark.parametrize("zeros", [False, True])
def test_no_primary_of_any_level_can_be_computed_from_all_levels(zeros):
    primaries = secondaries = 0
    for seed in range(300):
        tree = random_tree(seed)
        status = protect_tree(tree, threshold=3, zeros=zeros)
        cells, hidden, primary = joint(tree, status, zeros)
        assert (hidden >= primary).all(), seed
        assert disclosed(cells, np.flatnonzero(~hidden), np.flatnonzero(primary)) == [], seed
        primaries += primary.sum()
        secondaries += (hidden & ~primary).sum()
    assert primaries > 2000
    assert secondaries > 400


@pytest.mark.rule("X2")
def test_two_who_are_alone_of_their_kind_in_the_county_do_not_show_in_its_cells():
    # Municipality 0 has the county's only two of codes 0 and 1: their sum is its total, 2, which
    # the county's other cells must not give away.
    tree = tree_of([[1, 1, 0, 0], [0, 0, 9, 8], [5, 5, 9, 9]], [0, 0, 1], (4,))
    status = protect_tree(tree, threshold=3, zeros=False)
    cells, hidden, primary = joint(tree, status, zeros=False)
    assert disclosed(cells, np.flatnonzero(~hidden), np.flatnonzero(primary)) == []
    assert hidden[primary].all()


@pytest.mark.rule("X2")
def test_a_county_of_one_municipality_is_suppressed_where_its_municipality_is():
    tree = tree_of([[2, 9, 5], [7, 8, 9], [6, 1, 7]], [0, 1, 1], (3,))
    status = protect_tree(tree, threshold=3, zeros=False)
    assert (status.counties[0] == status.municipalities[0]).all()
    assert status.municipalities[0, 1]


@pytest.mark.rule("X2")
@pytest.mark.parametrize("zeros", [False, True])
@pytest.mark.parametrize(
    ("counts", "county_of"),
    [
        ([[0, 0], [0, 0]], [0, 1]),
        ([[1, 1], [1, 1]], [0, 1]),
        ([[0, 0], [5, 6], [7, 8]], [0, 1, 1]),  # an empty county
        ([[0, 0], [5, 6], [7, 2]], [0, 0, 0]),  # an empty municipality
        ([[4]], [0]),
        ([[3]], [0]),
    ],
)
def test_odd_shapes_are_right(counts, county_of, zeros):
    tree = tree_of(counts, county_of, (len(counts[0]),))
    status = protect_tree(tree, threshold=3, zeros=zeros)
    cells, hidden, primary = joint(tree, status, zeros)
    assert disclosed(cells, np.flatnonzero(~hidden), np.flatnonzero(primary)) == []
    assert (hidden >= primary).all()
    if not primary.any():
        assert not hidden.any()


@pytest.mark.rule("X2")
def test_without_small_counts_everything_is_published():
    tree = tree_of([[4, 5], [6, 7], [8, 9]], [0, 0, 1], (2,))
    status = protect_tree(tree, threshold=3, zeros=False)
    assert not any(x.any() for x in (status.above, status.counties, status.municipalities))


@pytest.mark.rule("X2")
def test_the_nation_is_suppressed_last():
    # One small county cell: the other counties can hide it, the nation's cells stay.
    tree = tree_of([[2, 90], [40, 50], [60, 70]], [0, 1, 2], (2,))
    status = protect_tree(tree, threshold=3, zeros=False)
    assert not status.above.any()
    assert status.counties.sum() >= 4


@pytest.mark.rule("X2")
def test_a_table_that_ends_at_the_counties():
    tree = tree_of([[2, 9], [8, 7]], [0, 1], (2,))
    alone = Tree(
        tree.pattern,
        tree.inner,
        tree.counties,
        tree.above,
        np.zeros((0, 2), np.int64),
        np.zeros(0, np.int64),
        tree.relations,
    )
    status = protect_tree(alone, threshold=3, zeros=False)
    assert status.municipalities.shape == (0, 3)
    full = protect_tree(tree, threshold=3, zeros=False)
    assert (status.counties == full.counties).all()
