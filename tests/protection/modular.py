"""What can be computed, for many small tables quickly: dense elimination modulo a prime of its own.

Shares no code with the protection, which is sparse, over other coordinates and modulo 2**61 - 1.
"""

from __future__ import annotations

import numpy as np

PRIME = 2**31 - 1


def reduced(known, vectors):
    """The vectors (rows) less all that is known of them; zero where they can be computed."""
    rows = np.concatenate((known, vectors)).astype(np.int64) % PRIME
    told = len(known)
    free = np.ones(told, bool)
    for column in range(rows.shape[1]):
        hits = np.flatnonzero(free & (rows[:told, column] != 0))
        if len(hits):
            free[hits[0]] = False
            _eliminate(rows, hits[0], column)
    return rows[told:]


def _eliminate(rows, pivot, column):
    rows[pivot] = rows[pivot] * pow(int(rows[pivot, column]), -1, PRIME) % PRIME
    touched = np.flatnonzero(rows[:, column])
    touched = touched[touched != pivot]
    rows[touched] = (rows[touched] - rows[touched, column][:, None] * rows[pivot]) % PRIME


def directions(vectors):
    """A number for each set of vectors that are multiples of each other; -1 for zero vectors."""
    if not vectors.size:
        return np.full(len(vectors), -1)
    first = np.argmax(vectors != 0, axis=1)
    lead = vectors[np.arange(len(vectors)), first]
    inverse = np.array([pow(int(x), -1, PRIME) if x else 0 for x in lead])
    scaled = vectors * inverse[:, None] % PRIME
    which = np.unique(scaled, axis=0, return_inverse=True)[1].reshape(-1)
    return np.where(lead == 0, -1, which)
