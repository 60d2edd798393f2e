"""Two thousand random tables: nothing suppressed can be computed, and nothing is needless.

In large tables with singletons a cell or other is: see `protect_counts`.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from folketall.suppression import order, suppression
from folketall.suppression.linking import linked
from folketall.suppression.structure import structure_of
from folketall.suppression.suppression import protect_counts
from tests.protection.modular import directions, reduced

TABLES = 500
MODES = [("none", False), ("none", True), ("sum", False), ("owner", False)]


def random_trees(random, codes):
    """No, one or two hierarchies over the codes; a hierarchy may leave codes without parent."""
    trees = []
    for number in range(random.integers(0, 3)):
        groups = random.integers(0, 3, len(codes))
        tree = {c: f"g{number}{g}" for c, g in zip(codes, groups, strict=True) if g < 2 or number}
        if tree and random.random() < 0.5:
            tree |= dict.fromkeys(set(tree.values()), f"top{number}")
        trees.append(tree)
    return [tree for tree in trees if tree]


def random_counts(random, sizes):
    codes = {name: [f"{name}{n}" for n in range(size)] for name, size in sizes.items()}
    rows = pd.DataFrame(list(product(*codes.values())), columns=list(codes))
    rows["n"] = random.poisson(random.choice([0.3, 1, 2, 5, 9]), len(rows))
    trees = {name: random_trees(random, of) for name, of in codes.items()}
    return rows, {name: of for name, of in trees.items() if of}


def one_table(seed):
    random = np.random.default_rng(seed)
    names = random.integers(1, 4)
    sizes = {name: int(random.integers(1, 5 if names < 3 else 4)) for name in "abc"[:names]}
    return structure_of(*random_counts(random, sizes))


def linked_tables(seed):
    """Two or three tables of the same persons by a divided dimension and one other each."""
    random = np.random.default_rng(seed)
    others = "bcd"[: random.integers(2, 4)]
    rows, trees = random_counts(random, {name: int(random.integers(1, 4)) for name in "a" + others})
    mine = {"a": trees["a"]} if "a" in trees else {}
    return linked(
        [
            structure_of(rows.groupby(["a", one], as_index=False)["n"].sum(), mine, table=one)
            for one in others
        ]
    )


class Attack:
    """All that can be known of one protected structure."""

    def __init__(self, structure, done, zeros, singletons):
        seen = np.ones(len(structure.counts), bool) if zeros else structure.counts > 0
        self.facts = structure.cells.dense()[seen].T
        self.told = structure.relations.dense()[seen].T
        self.done, self.singletons = done, singletons
        self.alone = structure.values == 1
        self.public = directions(reduced(self.told, self.facts))
        """What is the same to everyone before anything is published."""
        known = np.concatenate((self.told, self.facts[~done.suppressed]))
        self.left = reduced(known, self.facts)

    def breach(self, left, more=None):
        """Why it is not safe to have published what is less in `left`; nothing if it is."""
        small = self.done.primary
        if (~left[small].any(axis=1)).any():
            return "computed"
        if self.singletons == "owner":
            way = directions(left)
            same = way[self.alone][:, None] == way[small]
            own = self.public[self.alone][:, None] == self.public[small]
            if (same & ~own & (way[self.alone] >= 0)[:, None]).any():
                return "an owner learns"
        if self.singletons != "none" and self.sum_is_known(more):
            return "a sum of ones"
        return None

    def sum_is_known(self, more):
        """Stiemke: none is exactly when all cells of one could be larger at once."""
        ones = self.facts[self.alone & (self.public >= 0)]
        if not len(ones):
            return False
        kept = self.facts[~self.done.suppressed]
        known = np.concatenate((self.told, kept, *([] if more is None else [self.facts[[more]]])))
        found = linprog(
            np.zeros(ones.shape[1]), A_ub=-ones, b_ub=-np.ones(len(ones)),
            A_eq=known, b_eq=np.zeros(len(known)), bounds=(None, None),
        )  # fmt: skip
        return found.status == 2

    def needless(self):
        """Secondary cells that could be published as well."""
        secondary = self.done.suppressed & ~self.done.primary
        way = directions(self.left)
        gives = np.isin(way, way[self.done.primary])
        return [
            cell
            for cell in np.flatnonzero(secondary & ~gives)
            if self.breach(reduced(self.left[[cell]], self.left), cell) is None
        ]


@pytest.mark.rule("X2")
@pytest.mark.parametrize(("singletons", "zeros"), MODES)
def test_random_tables_are_safe_and_nothing_is_needless(singletons, zeros, monkeypatch):
    secondary = 0
    for seed in range(TABLES):
        # Some as if they were large: one place of each block asks last. And some as if huge.
        large, huge = seed % 3 > 0, seed % 3 == 1
        monkeypatch.setattr(order, "LARGE", -1 if large else 30_000)
        monkeypatch.setattr(suppression, "HUGE", -1 if huge else 100_000)
        structure = one_table(seed)
        done = protect_counts(
            structure, threshold=3, zeros=zeros, singletons=singletons, min_width=0
        )
        attack = Attack(structure, done, zeros, singletons)
        assert attack.breach(attack.left) is None, seed
        if not large or singletons == "none":
            assert attack.needless() == [], seed
        secondary += (done.suppressed & ~done.primary).sum()
    assert secondary > TABLES / 2


@pytest.mark.rule("X2")
@pytest.mark.parametrize("singletons", ["none", "sum", "owner"])
def test_random_linked_tables_are_safe_and_nothing_is_needless(singletons):
    for seed in range(TABLES // 5):
        structure = linked_tables(seed)
        done = protect_counts(structure, threshold=3, singletons=singletons, min_width=0)
        attack = Attack(structure, done, False, singletons)
        assert attack.breach(attack.left) is None, seed
        assert attack.needless() == [], seed


@pytest.mark.rule("X2")
@pytest.mark.parametrize("singletons", ["none", "sum", "owner"])
def test_the_attack_finds_what_one_cell_less_gives_away(singletons):
    found = tried = 0
    for seed in range(40):
        structure = one_table(seed)
        done = protect_counts(structure, threshold=3, singletons=singletons, min_width=0)
        attack = Attack(structure, done, False, singletons)
        for cell in np.flatnonzero(done.suppressed & ~done.primary):
            tried += 1
            known = reduced(attack.left[[cell]], attack.left)
            found += attack.breach(known, cell) is not None
    assert found == tried > 20
