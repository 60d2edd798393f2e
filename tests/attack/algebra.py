"""Which sums of unknown counts follow from known ones: elimination modulo a large prime."""

from __future__ import annotations

import random

import numpy as np

P = 2**31 - 1
"""Products of two residues fit into 64 bits."""


def dense_echelon(rows):
    """The reduced echelon form modulo P of sparse rows {unknown: coefficient}, as {pivot: the rest}."""
    names = sorted({name for row in rows for name in row})
    at = {name: place for place, name in enumerate(names)}
    matrix = np.zeros((len(rows), len(names)), dtype=np.int64)
    for number, row in enumerate(rows):
        for name, factor in row.items():
            matrix[number, at[name]] = factor % P
    pivots, top = [], 0
    for column in range(len(names)):
        below = np.flatnonzero(matrix[top:, column])
        if not len(below):
            continue
        matrix[[top, top + below[0]]] = matrix[[top + below[0], top]]
        matrix[top] = matrix[top] * pow(int(matrix[top, column]), -1, P) % P
        others = np.flatnonzero(matrix[:, column])
        others = others[others != top]
        used = np.flatnonzero(matrix[top])
        change = matrix[others, column][:, None] * matrix[top, used][None, :] % P
        block = np.ix_(others, used)
        matrix[block] = (matrix[block] - change) % P
        pivots.append(column)
        top += 1
        if top == len(rows):
            break
    found = {}
    for number, column in enumerate(pivots):
        rest = np.flatnonzero(matrix[number])
        found[names[column]] = {names[k]: int(matrix[number, k]) for k in rest if k != column}
    return found


def substituted(row, pivots):
    """The row with every pivot replaced by what it equals."""
    found = {}
    for name, factor in row.items():
        for other, by in [(name, -1)] if name not in pivots else pivots[name].items():
            found[other] = (found.get(other, 0) - factor * by) % P
    return {name: factor for name, factor in found.items() if factor}


def random_changes(stages, unknowns, seed, many=3):
    """Random changes of all unknowns, modulo P, that leave every equation as it is.

    Args:
        stages: lists of blocks, a block a list of rows; the blocks of a stage share no unknown but
            what earlier stages eliminate. Blocks that do are put together by the caller.
        unknowns: the names of all.

    Returns:
        {unknown: array of `many` residues}.
    """
    solved = []
    for blocks in stages:
        pivots = {}
        for rows in blocks:
            for one in solved:
                rows = [substituted(row, one) for row in rows]
            unique = {tuple(sorted(row.items())): row for row in rows if row}
            pivots.update(dense_echelon(list(unique.values())))
        solved.append(pivots)
    draw = random.Random(seed)
    taken = set().union(*solved) if solved else set()
    changes = {
        name: [draw.randrange(P) for _ in range(many)]
        for name in sorted(unknowns)
        if name not in taken
    }
    for pivots in reversed(solved):
        for name, rest in pivots.items():
            changes[name] = [
                -sum(factor * changes[other][k] for other, factor in rest.items()) % P
                for k in range(many)
            ]
    return changes


def change_of(row, changes, many=3):
    """What a sum of unknowns changes by: all 0 where it can be computed."""
    sums = [0] * many
    for name, factor in row.items():
        for k, by in enumerate(changes[name]):
            sums[k] += factor * by
    return tuple(one % P for one in sums)


def direction(change):
    """The same for two sums that are known together, up to a factor; None for one that is known."""
    first = next((one for one in change if one), None)
    return None if first is None else tuple(one * pow(first, -1, P) % P for one in change)
