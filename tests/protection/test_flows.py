"""X2, M4: flow cubes of a year on many random registers, attacked over every kind of migration.

The attacker knows of every move the municipality left and entered and every attribute that it can
have, and adds and subtracts whatever is published: nets, the nation's moves between counties, and
that moves inside a region are the same on both sides.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from folketall.cubes.declared import TOTAL, Cube
from folketall.model.tables import CUBE
from folketall.protection.flows import PUBLIC, hidden_flows
from folketall.protection.pairs import hidden_pairs
from folketall.protection.rounded import rounded_table
from tests.protection.cells import declared
from tests.protection.flow_registers import (
    AT,
    CUBES,
    KINDS,
    PLACES,
    inner_cells,
    moves,
    rows_and_columns,
    with_counts,
)
from tests.protection.modular import reduced

SETS = (
    ("by_age",),
    ("by_group",),
    ("crosswise",),
    ("administrative", "by_country"),
    ("by_age", "by_group", "crosswise", "by_country", "administrative"),
)
laid_out = cache(rows_and_columns)


def public(table):
    """X0: terms of the accounts, by region."""
    found = table["measure"].isin(PUBLIC).to_numpy()
    for name in ("sex", "age", "country_group"):
        found &= table[name].isin([TOTAL]).to_numpy() | table[name].isna().to_numpy()
    return found


def small_counts(table, given):
    value = table["value"].to_numpy()
    return (value >= 1) & (value <= 3) & ~given & (table["measure"] != "net").to_numpy()


def known(columns, truth, hidden, asked):
    """Small counts that come out; nobody is where a published count is zero."""
    count = (columns >= 0).all(axis=1)
    nobody = (columns[~hidden & (truth == 0) & count] != 0).any(axis=0)
    of = columns[:, ~nobody]
    return ~reduced(of[~hidden], of[asked]).any(axis=1)


def drawn(names, seed, **given):
    rows, columns = laid_out(names)
    counts = moves(seed)
    table = with_counts(rows, columns, counts)
    cubes = {name: CUBES[name] for name in names}
    told = {"threshold": 3, "zeros": False, "singletons": "owner", "min_width": 2, **given}
    hidden = hidden_flows(table, inner_cells(names, counts), cubes, AT, **told)
    return table, columns, hidden


@pytest.mark.rule("X0", "X2", "M4")
@pytest.mark.parametrize("names", SETS, ids="+".join)
def test_no_small_flow_comes_out_of_all_levels_together(names):
    secondary = 0
    for seed in range(6):
        table, columns, hidden = drawn(names, seed)
        truth = table["value"].to_numpy().astype(np.int64)
        given = public(table)
        small = small_counts(table, given)
        assert hidden[small].all()
        assert not hidden[given].any(), "the accounts say the same"
        assert not known(columns, truth, hidden, np.flatnonzero(small)).any(), seed
        secondary += int((hidden & ~small & (truth > 3)).sum())
    assert secondary > 0


@pytest.mark.rule("X2", "M4")
@pytest.mark.parametrize("names", SETS[:4], ids="+".join)
def test_no_cell_is_empty_for_nothing(names):
    """Without owners and widths each secondary cell is needed: one less and a count comes out."""
    tried = 0
    for seed in range(3):
        table, columns, hidden = drawn(names, seed, singletons="none", min_width=0)
        truth = table["value"].to_numpy().astype(np.int64)
        net = (table["measure"] == "net").to_numpy()
        # Zeros beside small public counts are guarded, too.
        small = small_counts(table, public(table)) | (hidden & (truth == 0) & ~net)
        for cell in np.flatnonzero(hidden & ~net & (truth > 3))[:6]:
            weak = hidden.copy()
            weak[cell] = False
            assert known(columns, truth, weak, np.flatnonzero(small)).any(), table.iloc[cell]
            tried += 1
    assert tried


@pytest.mark.rule("M4", "X5")
def test_a_net_is_empty_where_its_in_or_out_is_and_nowhere_else():
    table, _, hidden = drawn(("by_group",), 3)
    key = ["level", "region", "sex", "country_group"]
    empty = {(*map(str, row[:-1]), row[-1]): h for *row, h in
             zip(*(table[k].astype(str) for k in key), table["measure"], hidden, strict=True)}  # fmt: skip
    nets = [k for k in empty if k[-1] == "net"]
    assert {empty[k] for k in nets} == {True, False}
    for *at, _ in nets:
        assert empty[(*at, "net")] == (empty[(*at, "in")] or empty[(*at, "out")])


@pytest.mark.rule("X1", "M4")
@pytest.mark.parametrize("name", [*CUBES])
def test_rounded_flows_add_up_at_every_level(name):
    rows, columns = laid_out((name,))
    for seed in range(4):
        counts = moves(seed)
        table = with_counts(rows, columns, counts)
        shown = rounded_table(table, inner_cells((name,), counts), {name: CUBES[name]}, AT, 3)
        net = (table["measure"] == "net").to_numpy()
        assert not np.isnan(shown).any()
        assert not ((shown > 0) & (shown < 3) & ~net).any()
        # Some register of whole migrations has all these figures.
        found, *_ = np.linalg.lstsq(columns.astype(float), shown, rcond=None)
        assert np.abs(columns @ found - shown).max() < 1e-6
        assert np.abs(shown - table["value"]).max() <= 12


PAIRS = declared(
    "pairs", counts="migrations", region__county__centrality={}, economic_region__municipality={}
)
PAIRS = Cube(
    "pairs", "pairs", "migrations", ("moves",), (), (),
    tuple(
        type(table)(table.levels, {}, {}, other_region=True, sparse="municipality" in table.levels)
        for table in PAIRS.tables
    ),
)  # fmt: skip


def pairs(counts):
    """Every declared pair, those of sparse levels where somebody moved; and who each counts."""
    rows, columns, public_columns = [], [], []
    moved = [k for k in KINDS if k[0] == "internal"]
    n = counts[[k[0] == "internal" for k in KINDS]]

    def at(place, level):
        return place if level == "municipality" else PLACES[place][level]

    for level in PAIRS.levels:
        ends = np.array([(at(k[1], level), at(k[2], level)) for k in moved])
        crosses = ends[:, 0] != ends[:, 1]
        sparse = level in ("economic_region", "municipality")
        regions = sorted({at(m, level) for m in PLACES})
        for one in regions:
            public_columns += [crosses & (ends[:, side] == one) for side in (0, 1)]
            for other in (*regions, TOTAL):
                if one == other:
                    continue
                mine = crosses & (ends[:, 0] == one) & ((ends[:, 1] == other) | (other == TOTAL))
                if sparse and other != TOTAL and not n[mine].sum():
                    continue
                rows.append({"cube": "pairs", "period": "2024", "geography": "2024", "level": level,
                             "region": one, "other_region": other, "measure": "moves",
                             "value": float(n[mine].sum())})  # fmt: skip
                columns.append(mine)
    return pd.DataFrame(rows, columns=CUBE.columns), np.array(columns), np.array(public_columns)


def comes_out(facts, moved, asked):
    """Which sums of moves follow from facts; nobody moves where one is zero."""
    facts, asked = facts.astype(np.int64), asked.astype(np.int64)
    nobody = facts[(facts @ moved) == 0].any(axis=0)
    return ~reduced(facts[:, ~nobody], asked[:, ~nobody]).any(axis=1)


@pytest.mark.rule("X2", "M4")
def test_no_small_pair_of_regions_comes_out_and_that_it_is_there_is_no_secret_either():
    open_pairs = 0
    for seed in range(12):
        counts = moves(seed, mean=(0.05, 0.3, 0.6)[seed % 3])
        table, columns, totals = pairs(counts)
        by_group = inner_cells(("by_group",), counts)
        inner = by_group[by_group["measure"] == "internal"].assign(cube="pairs")
        hidden = hidden_pairs(table, inner, {"pairs": PAIRS}, AT, threshold=3, zeros=False,
                              singletons="owner", min_width=2)  # fmt: skip
        value = table["value"].to_numpy()
        total = (table["other_region"] == TOTAL).to_numpy()
        moved = counts[[k[0] == "internal" for k in KINDS]]
        # Of few regions, in some of which nobody moves, the accounts tell the pairs by themselves.
        told = comes_out(totals, moved, columns)
        small = (value >= 1) & (value <= 3) & ~total & ~told
        assert hidden[small].all()
        assert not hidden[total].any()
        facts = np.concatenate((columns[~hidden], totals))
        assert not comes_out(facts, moved, columns[small]).any(), seed
        open_pairs += int((~hidden & ~total & (value > 0)).sum())
    assert open_pairs > 20
