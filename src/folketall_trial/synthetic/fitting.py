"""Tables that have given margins: iterative proportional fitting and controlled rounding.

Two libraries do the work: `ipfn` fits, a maximum flow of scipy's rounds. A two-way table with
whole margins can always be rounded, each cell up or down, so that every margin stays: what flows
through a network of whole capacities is whole.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


_PARTS = (0.5, 0.35, 0.25, 0.18, 0.12, 0.08, 0.05, 0.03, 0.02, 0.01, 0.005, 1e-9, 0.0)
"""Cells are let in from these parts on; the last ones are empty cells."""


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
    low = np.floor(table + 1e-9).astype(np.int64)
    up = _raised(np.clip(table - low, 0.0, 1.0), rows - low.sum(axis=1), columns - low.sum(axis=0))
    return low + up if up is not None else _moved(table, low, rows, columns)


def _raised(part: Floats, rows: Ints, columns: Ints) -> Ints | None:
    """Which cells are rounded up, those with the largest parts first; None if none fit.

    A flow from rows to columns through cells. Each step lets cells with smaller parts in and goes
    on from the flow before, so a large part gives way only where the margins ask for it.
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import maximum_flow

    height, width = part.shape
    up = np.zeros(part.shape, dtype=np.int64)
    if min(rows.min(initial=0), columns.min(initial=0)) < 0 or rows.sum() != columns.sum():
        return None
    row, column = np.divmod(np.arange(part.size), width)
    source, sink = height + width, height + width + 1
    for least in _PARTS:
        open_ = np.flatnonzero((part.ravel() >= least) | (up.ravel() > 0))
        one, other = row[open_], height + column[open_]
        back = up.ravel()[open_] > 0
        start = np.r_[
            np.where(back, other, one), np.full(height, source), height + np.arange(width)
        ]
        end = np.r_[np.where(back, one, other), np.arange(height), np.full(width, sink)]
        room = np.r_[
            np.ones(len(open_), dtype=np.int64), rows - up.sum(axis=1), columns - up.sum(axis=0)
        ]
        graph = csr_matrix((room.astype(np.int32), (start, end)), shape=(sink + 1, sink + 1))
        flow = maximum_flow(graph, source, sink).flow[:height, height:source]
        up += flow.toarray().astype(np.int64)
        if up.sum() == rows.sum():
            return up
    return None


def _moved(table: Floats, low: Ints, rows: Ints, columns: Ints) -> Ints:
    """The whole table nearest to the given one, where margins are further off than one."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix

    height, width = table.shape
    cell = np.arange(table.size)
    place = np.r_[cell // width, height + cell % width], np.r_[cell, cell]
    sums = csr_matrix((np.ones(2 * table.size), place))
    wanted = np.r_[rows - low.sum(axis=1), columns - low.sum(axis=0)]
    # An empty cell is filled only when nothing else helps.
    cost = np.abs(np.where(table > 0, 0.5 - np.clip(table - low, 0.0, 1.0), 10.0).ravel())
    bounds = np.c_[-low.ravel(), np.full(table.size, np.inf)]
    found = linprog(cost, A_eq=sums, b_eq=wanted, bounds=bounds, method="highs-ds")
    if found.status != 0:
        raise ValueError("the margins of the table do not have the same sum")
    return low + np.round(found.x).reshape(height, width).astype(np.int64)
