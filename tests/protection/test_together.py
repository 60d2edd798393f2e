"""Cubes of the same persons together, on many random registers, without Spark."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from folketall.model.tables import CUBE, INNER_CELL
from folketall.protection.parts import DIVISIONS
from folketall.protection.stock import StockCounts, hidden_cells
from tests.protection.attacker import disclosed
from tests.protection.cells import inner_of, stock_rows
from tests.protection.test_stock import (
    CUBES,
    INNER,
    PLACES,
    TOY,
    counted,
    counts_inside,
    empty_somewhere,
    product,
)


def register(seed):
    random = np.random.default_rng(seed)
    everyone = list(product(PLACES, INNER, ("1", "2"), ("0-4", "5-9", "90+")))
    mean = random.choice([0.05, 0.2, 0.6, 2])
    # Few kinds of persons, so that being alone of a kind is common.
    kinds = random.random(len(everyone)) < random.choice([0.3, 1])
    counts = random.poisson(mean, len(everyone)) * kinds
    return {keys: int(n) for keys, n in zip(everyone, counts, strict=True)}


def protected(persons, zeros=False):
    rows = [
        row
        for name, (dimensions, kept) in CUBES.items()
        for row in stock_rows(name, dimensions, counted(persons, kept), PLACES)
    ]
    table = pd.DataFrame(rows, columns=CUBE.columns).assign(persons="refugees")
    inner = pd.DataFrame(inner_of(rows, TOY), columns=INNER_CELL.columns)
    hidden = hidden_cells(StockCounts(table, inner, TOY, places()), 3, zeros)
    return table, table.assign(value=table["value"].mask(hidden))


def places():
    return {
        municipality: tuple(of.get(level, "unknown") for level in DIVISIONS)
        for municipality, of in PLACES.items()
    }


@pytest.mark.rule("X2")
def test_no_small_count_can_be_computed_from_all_cubes_together():
    secondaries = 0
    for seed in range(12):
        persons = register(seed)
        before, after = protected(persons)
        truth = before["value"].to_numpy()
        rows = list(after.itertuples())
        codes = after.to_dict("records")
        hidden = after["value"].isna().to_numpy()
        small = (truth >= 1) & (truth <= 3)
        possible = [k for k in persons if not empty_somewhere(k, persons)]
        facts = [[counts_inside(row, *CUBES[row.cube], k) for k in possible] for row in rows]
        assert hidden[small].all(), seed
        found = disclosed(facts, np.flatnonzero(~hidden), np.flatnonzero(small))
        assert found == [], (seed, [codes[f] for f in found])
        secondaries += (hidden & ~small).sum()
    assert secondaries > 60
