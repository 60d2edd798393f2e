"""Tables that have given margins: iterative proportional fitting and controlled rounding.

Two libraries do the work: `ipfn` fits, the linear programming of scipy (HiGHS) rounds. A two-way
table with whole margins can always be rounded, each cell up or down, so that every margin stays:
the constraints are totally unimodular, so the programme's vertex is whole.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def fitted(
    seed: Floats, margins: list[Floats], dimensions: list[list[int]], *, rounds: int = 500
) -> Floats:
    """Scale a table until its sums over all but `dimensions` are the margins.

    Args:
        seed: the odds between cells; zero stays zero.
        margins: the sums wanted, one array for each entry of `dimensions`.
        dimensions: the axes that each margin keeps.
        rounds: at most so many sweeps.
    """
    from ipfn.ipfn import ipfn

    # Where nothing is wanted there is nothing to divide by.
    fit = ipfn(
        seed.copy(),
        margins,
        dimensions,
        convergence_rate=1e-7,
        max_iteration=rounds,
        rate_tolerance=0,
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.nan_to_num(fit.iteration()), dtype=np.float64)


def whole_shares(weights: Floats, total: int) -> Ints:
    """Split a whole number in proportion: largest remainders, the earlier at a tie."""
    if weights.sum() <= 0:
        weights = np.ones_like(weights)
    exact = weights / weights.sum() * total
    parts = np.floor(exact + 1e-9).astype(np.int64)
    left = total - int(parts.sum())
    parts[np.argsort(parts - exact, kind="stable")[:left]] += 1
    return parts


def rounded(table: Floats, rows: Ints, columns: Ints) -> Ints:
    """Round a two-way table so that its rows and columns have the given whole sums.

    Cells become the whole number below or above; only where that cannot be (margins further off
    than one) they move more.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix

    low = np.floor(table + 1e-9)
    part = np.clip(table - low, 0.0, 1.0)
    height, width = table.shape
    count = height * width
    cell = np.arange(count)
    sums = csr_matrix(
        (
            np.ones(2 * count),
            (np.r_[cell // width, height + cell % width], np.r_[cell, cell]),
        )
    )
    wanted = np.r_[rows - low.sum(axis=1), columns - low.sum(axis=0)]
    # An empty cell is filled only when nothing else helps.
    cost = np.where(table > 0, 0.5 - part, 10.0).ravel()
    for lowest, highest in ((np.zeros(count), np.ones(count)), (-low.ravel(), None)):
        top = np.full(count, np.inf) if highest is None else highest
        found = linprog(
            np.abs(cost) if highest is None else cost,
            A_eq=sums,
            b_eq=wanted,
            bounds=np.c_[lowest, top],
            method="highs-ds",
        )
        if found.status == 0:
            return np.asarray(low + np.round(found.x).reshape(height, width), dtype=np.int64)
    raise ValueError("the margins of the table do not have the same sum")
