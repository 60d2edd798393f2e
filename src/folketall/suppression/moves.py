"""Other tables that agree with what is published: linear programs on a part of the inner cells.

What one program finds is a *move*: how much each inner cell differs in another table that everyone
who has the publication must hold possible. All cells outside the part stay as they are, so a move
in a part is a move in the whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from folketall.suppression.cells import Flags, Ints

Reals = NDArray[np.float64]

OPTIONS = {"output_flag": False, "threads": 1, "random_seed": 1}
MOVED = 1e-6


@dataclass(frozen=True)
class Wish:
    """Rows that a program shall move: each by its sign, as far as it needs."""

    line: Ints
    sign: Reals
    need: Reals


class Part:
    """Some unknown inner cells, and what all cells and relations see of them.

    Cells that see the same of the part are one *line*: it moves with all of them or not at all.
    """

    def __init__(
        self, cells: sparse.csc_array, ties: sparse.csc_array, lower: Reals, columns: Ints
    ) -> None:
        seen = cells[:, columns].tocsr()
        self.columns = columns
        self.cells: Ints = np.flatnonzero(np.diff(seen.indptr))
        """Cells that have inner cells in the part."""
        first, self.line = _alike(seen[self.cells])
        self.lines = seen[self.cells[first]]
        told = ties[:, columns].tocsr()
        told = told[np.flatnonzero(np.diff(told.indptr))]
        self._ties = told[_alike(told)[0]]
        self._lower = lower[columns]

    def moved(self, move: Reals) -> Reals:
        """How much every cell of the part moves."""
        found: Reals = (self.lines @ move)[self.line]
        return found

    def within(self, published: Flags, wish: Wish) -> Reals:
        """The move that changes nothing published and fulfils most wishes (a sum of them)."""
        fast = np.bincount(self.line, published[self.cells], len(self.lines.indptr) - 1) > 0
        alone = fast & (np.diff(self.lines.indptr) == 1)
        free = np.ones(len(self.columns), np.bool_)
        free[self.lines.indices[self.lines.indptr[:-1][alone]]] = False
        left = np.flatnonzero(free)
        kept = self.lines[np.flatnonzero(fast & ~alone)][:, left]
        kept = kept[np.flatnonzero(np.diff(kept.indptr))]
        wished = self.lines[wish.line][:, left]
        move = np.zeros(len(self.columns))
        move[left] = _solved(
            [kept, self._ties[:, left]], wished, wish, -self._lower[left], None, 1.0
        )
        return move

    def beyond(
        self, published: Flags, price: Reals, wish: Wish, reward: float
    ) -> tuple[Reals, Ints]:
        """The move that is worth most, if what it changes of the publication must be paid for.

        Args:
            published: of all cells.
            price: of all cells, for a change by one.
            wish: what is rewarded.
            reward: for each person by which a wish is fulfilled.

        Returns:
            The move, and the published cells that it changes.
        """
        mine = published[self.cells]
        costs: Reals = np.bincount(self.line, np.where(mine, price[self.cells], 0.0)).astype(float)
        soft = np.flatnonzero(np.bincount(self.line, mine) > 0)
        lines = [self.lines[soft], self._ties]
        wished = self.lines[wish.line]
        move = _solved(lines, wished, wish, -self._lower, costs[soft], reward)
        moved = np.abs(self.moved(move)) > MOVED
        return move, self.cells[moved & mine]


def _alike(rows: sparse.csr_array) -> tuple[Ints, Ints]:
    """The first of each set of equal rows, and of every row its set."""
    weight = np.random.default_rng(rows.shape[1]).integers(1, 2**61, rows.shape[1])
    prints = rows @ weight  # modulo 2**64
    _, first, which = np.unique(prints, return_index=True, return_inverse=True)
    return first.astype(np.int64), which.reshape(-1).astype(np.int64)


def _solved(
    fast: list[sparse.csr_array],
    wished: sparse.csr_array,
    wish: Wish,
    lower: Reals,
    costs: Reals | None,
    reward: float,
) -> Reals:
    """Inner cells, how far each wish is fulfilled, and how far each priced line rises and falls."""
    inner, wishes = len(lower), len(wish.line)
    priced = 0 if costs is None else len(costs)
    signed = sparse.diags_array(wish.sign, format="csr") @ wished
    held = sparse.vstack(fast, format="csr")
    slack = sparse.eye_array(held.shape[0], priced, format="csr")
    blocks = [
        [held, sparse.csr_array((held.shape[0], wishes)), slack, -slack],
        [signed, -sparse.eye_array(wishes, format="csr"), None, None],
    ]
    if not priced:
        blocks = [row[:2] for row in blocks]
    matrix = sparse.block_array(blocks, format="csr")
    free = np.full(2 * priced, highspy.kHighsInf)
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = matrix.shape
    paid = np.zeros(0) if costs is None else costs
    model.col_cost_ = np.concatenate((np.zeros(inner), np.full(wishes, -reward), paid, paid))
    model.col_lower_ = np.concatenate((lower, np.zeros(wishes + 2 * priced)))
    model.col_upper_ = np.concatenate((np.full(inner, highspy.kHighsInf), wish.need, free))
    model.row_lower_ = np.zeros(matrix.shape[0])
    model.row_upper_ = np.concatenate((np.zeros(held.shape[0]), np.full(wishes, highspy.kHighsInf)))
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    model.a_matrix_.index_ = matrix.indices.astype(np.int32)
    model.a_matrix_.value_ = matrix.data.astype(float)
    return _run(model)[:inner]


def _run(model: highspy.HighsLp) -> Reals:
    """The solution; no move at all if none is found."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in OPTIONS.items():
        solver.setOptionValue(name, value)
    solver.passModel(model)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return np.zeros(model.num_col_)
    found: Reals = np.array(solver.getSolution().col_value)
    return found
