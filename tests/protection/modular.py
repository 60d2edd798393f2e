"""What an attacker can compute, modulo a prime: for systems too large for fractions."""

from __future__ import annotations

import numpy as np

PRIME = 2**31 - 1


def computable(facts, asked):
    """Which rows of `asked` are sums of rows of `facts`; wrong once in the prime.

    Args:
        facts: what is known, a row of coefficients each.
        asked: what an attacker would like to know, likewise.
    """
    left, pivots = _echelon(facts)
    rest = asked.astype(np.int64) % PRIME
    for row, pivot in zip(left, pivots, strict=True):
        rest = (rest - rest[:, pivot][:, None] * row) % PRIME
    return ~rest.any(axis=1)


def _echelon(facts):
    rows, found, pivots = facts.astype(np.int64) % PRIME, 0, []
    for column in range(rows.shape[1]):
        some = np.flatnonzero(rows[found:, column])
        if not len(some):
            continue
        rows[[found, found + some[0]]] = rows[[found + some[0], found]]
        rows[found] = rows[found] * pow(int(rows[found, column]), -1, PRIME) % PRIME
        others = np.setdiff1d(np.flatnonzero(rows[:, column]), [found])
        rows[others] = (rows[others] - rows[others, column][:, None] * rows[found]) % PRIME
        pivots.append(column)
        found += 1
        if found == len(rows):
            break
    return rows[:found], pivots
