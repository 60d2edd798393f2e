"""Drawn releases of one stock: refugees_by_category of a few municipalities in three counties."""

from __future__ import annotations

import numpy as np
import pandas as pd

from folketall.audit.verdict import Promise
from folketall.ledger.repair import repair
from tests.cubes.drawn import CUBES

PROMISE = Promise(singletons="none", min_width=0)
CATEGORY = CUBES["refugees_by_category"].dimensions[0]
TOWNS = [f"m{number}" for number in range(6)]
OLD = {("municipality", town): [town] for town in TOWNS} | {
    ("county", f"c{k}"): [town for n, town in enumerate(TOWNS) if n % 2 == k] for k in range(2)
}
NEW = {place: of for place, of in OLD.items() if place[1] not in ("m0", "m2")} | {
    ("municipality", "x"): ["m0", "m2"]
}
"""The same with two municipalities of a county as one."""


def lists(geography, of):
    """What the regions of a boundary year are made of."""
    rows = [(geography, p, level, region) for (level, region), ps in of.items() for p in ps]
    return pd.DataFrame(rows, columns=["geography", "piece", "level", "region"])


BOTH = pd.concat([lists("2019", OLD), lists("2020", NEW)], ignore_index=True)


def draw(seed):
    """Persons by town and category."""
    draws = np.random.default_rng(seed)
    size = draws.lognormal(0, 1, len(TOWNS))
    weight = np.array([6, 3, 2, 1, 1, 0.5, 0.5])
    return {town: draws.poisson(size[n] * weight) for n, town in enumerate(TOWNS)}


def revised(counts, seed, changes=3):
    """The same with a few persons more."""
    draws = np.random.default_rng(seed)
    new = {town: of.copy() for town, of in counts.items()}
    for _ in range(changes):
        new[TOWNS[draws.integers(len(TOWNS))]][draws.integers(7)] += draws.integers(1, 9)
    return new


def released(number, geography, of, counts):
    """All cells of a release; only small counts are empty."""
    rows = []
    nowhere = {("municipality", "unknown"): []}
    for (level, region), towns in {("nation", "0"): TOWNS, **of, **nowhere}.items():
        for code in CATEGORY.all_codes:
            own = list(CATEGORY.codes[code])
            n = float(sum(counts[town][own].sum() for town in towns))
            value = None if 1 <= n <= 3 else n
            rows.append((number, "refugees_by_category", geography, level, region, code, value, n))
    names = ["release", "cube", "geography", "level", "region", "code", "value", "count"]
    return pd.DataFrame(rows, columns=names)


def hidden(cells, rows):
    """The same with more cells empty."""
    return cells.assign(value=cells["value"].mask(rows))


def safe(cells, places):
    """The newest release repaired, given the others."""
    return hidden(cells, repair(cells, places, CUBES, promise=PROMISE))
