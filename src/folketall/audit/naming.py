"""Which published cells give a cell away: what a repair has to choose from (X4)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from scipy.sparse.linalg import lsmr

from folketall.audit.part import Part
from folketall.audit.published import Ints, PublishedTable
from folketall.audit.ties import Tie, Whole, share_zeros, ties_of

EXACT = 1e-6
"""Less than this is nothing: in weights, and in what is left of a cell that is given away."""
Weights = NDArray[np.float64]


class Sources:
    """The published cells and the totals that tables share, as sums of finest cells."""

    def __init__(self, tables: Sequence[PublishedTable], wholes: Sequence[Whole] = ()) -> None:
        parts = [Part(table) for table in tables]
        ties = ties_of(parts, wholes)
        share_zeros(parts, ties)
        first = np.cumsum([0, *(part.size for part in parts)])
        self._rows = np.cumsum([0, *(len(table.value) for table in tables)])
        self._fixed = np.concatenate([part.fixed for part in parts])
        alone = [np.where(p.alone >= 0, p.alone + self._rows[n], -1) for n, p in enumerate(parts)]
        self._alone = np.concatenate(alone)
        shape = (int(self._rows[-1]), int(first[-1]))
        entry = [(p.rows + self._rows[n], p.finest + first[n]) for n, p in enumerate(parts)]
        row, finest = (np.concatenate(of) for of in zip(*entry, strict=True))
        self._cells = csr_matrix((np.ones(len(row)), (row, finest)), shape)
        known = np.concatenate([table.known for table in tables])
        asked = np.flatnonzero(known & (self._cells @ ~self._fixed > 0))
        shared = [_shared(tie, first, shape[1]) for tie in ties]
        self._cell_of = np.concatenate((asked, *(np.full(s.shape[0], -1) for s in shared)))
        self._equations = vstack([self._cells[asked], *shared], format="csr")
        self._open = self._equations[:, ~self._fixed].tocsr()
        self._by_unknown = self._open.T.tocsr()

    def of(self, table: int, row: int) -> Ints:
        """(table, row) of published cells that together give this one away; none: it is safe."""
        cell = self._cells[self._rows[table] + row]
        wanted = np.asarray(cell[:, ~self._fixed].todense()).ravel()
        weights = self._solved(wanted)
        if weights is None:
            return np.zeros((0, 2), np.int64)
        used = self._cell_of[(np.abs(weights) > EXACT) & (self._cell_of >= 0)]
        left = self._equations.T @ weights - np.asarray(cell.todense()).ravel()
        finest = self._alone[(np.abs(left) > EXACT) & self._fixed]
        found = np.unique(np.concatenate((used, finest[finest >= 0])))
        number = np.searchsorted(self._rows, found, side="right") - 1
        return np.column_stack((number, found - self._rows[number]))

    def _solved(self, wanted: Weights) -> Weights | None:
        """Weights of equations whose sum is what is wanted: of those around it, if these do."""
        weights = np.zeros(self._open.shape[0])
        if not wanted.any():
            return weights
        reached, before = wanted != 0, -1
        while True:
            rows = np.flatnonzero(self._open @ reached > 0)
            if len(rows) == before:
                return None
            before = len(rows)
            near = self._open[rows]
            reached = np.asarray(np.abs(near).sum(axis=0)).ravel() > 0
            if (wanted[~reached] != 0).any():
                return None
            at = np.flatnonzero(reached)
            found = lsmr(
                near[:, at].T, wanted[at], atol=1e-12, btol=1e-12, maxiter=10 * len(at) + 100
            )
            if np.abs(near[:, at].T @ found[0] - wanted[at]).max() < EXACT:
                weights[rows] = found[0]
                return weights


def _shared(tie: Tie, first: Ints, finest: int) -> csr_matrix:
    """The totals that tables have in common, as differences that are zero."""
    where = np.concatenate([term.finest + first[term.part] for term in tie.terms])
    sign = np.concatenate([np.full(len(term.key), float(term.sign)) for term in tie.terms])
    key = np.concatenate([term.key for term in tie.terms])
    return csr_matrix((sign, (key, where)), (tie.size, finest))
