"""Linear programs over the unknowns of one block, or of all: what HiGHS is asked.

Some unknowns are taken by themselves by telling the attacker all others (the county's own
suppressed cells, too). That is more than anyone knows: limits that are wide enough then are wide
enough in truth. What is not is asked again of more blocks together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from folketall.audit.published import Ints
from folketall.audit.system import Sums, System
from folketall.model.errors import StatisticsError

Reals = NDArray[np.float64]
OPTIONS = {"output_flag": False, "threads": 1, "random_seed": 1}


@dataclass(frozen=True)
class Part:
    """Some of the unknowns and all that is told of them."""

    unknown: Ints
    """Its unknowns, in the numbers of the system."""
    rows: Sums
    """Over its own numbers, each once."""
    right: Ints
    alone: bool = False
    """Whether it is one block by itself."""


def everything(system: System) -> Part:
    """All blocks together, with what is published and no more."""
    rows = np.flatnonzero(np.diff(system.equations.start))
    kept = rows[_first_alike(system.equations, system.unknowns)[rows]]
    everyone = np.arange(system.unknowns)
    return Part(everyone, system.equations.take(kept), system.figure[kept])


def blocks(system: System, truth: Ints, *, together: int = 1, level: int = 0) -> Iterator[Part]:
    """The blocks of a level (0: outermost), so many at a time, told each sum that is seen of them.

    Args:
        system: the unknowns and the equations.
        truth: of every unknown its count.
        together: of how many blocks a part is.
        level: of `system.home`.
    """
    home = system.home[level] if len(system.home) else np.zeros(system.unknowns, np.int64)
    _, block = np.unique(home, return_inverse=True)
    group = block.reshape(-1) // together
    groups = np.arange(int(group.max()) + 2 if len(group) else 1)
    unknowns = np.argsort(group, kind="stable")
    first = np.searchsorted(group[unknowns], groups)
    sums, of = system.equations, group[system.equations.column]
    entries = np.argsort(of, kind="stable")
    begin = np.searchsorted(of[entries], groups)
    number = np.zeros(system.unknowns, np.int64)
    number[unknowns] = np.arange(system.unknowns) - first[group[unknowns]]
    row = sums.row
    for one in groups[:-1]:
        mine, unknown = entries[begin[one] : begin[one + 1]], unknowns[first[one] : first[one + 1]]
        which, seen = np.unique(row[mine], return_inverse=True)
        start = np.concatenate(([0], np.cumsum(np.bincount(seen, minlength=len(which)))))
        told = Sums(start.astype(np.int64), number[sums.column[mine]], sums.sign[mine])
        yield Part(unknown, *_each_once(told, truth[unknown]), alone=together == 1)


def _each_once(seen: Sums, truth: Ints) -> tuple[Sums, Ints]:
    """The different sums, and what they are."""
    kept = seen.take(np.flatnonzero(_first_alike(seen, len(truth))))
    right = np.bincount(kept.row, weights=kept.sign * truth[kept.column], minlength=len(kept))
    return kept, right.astype(np.int64)


def _first_alike(sums: Sums, unknowns: int) -> NDArray[np.bool_]:
    """The first of each set of equal rows, found by equal sums of random weights."""
    weight = np.random.Generator(np.random.PCG64(3)).integers(1, 2**61, unknowns)
    sight = np.zeros(len(sums), np.int64)
    np.add.at(sight, sums.row, sums.sign * weight[sums.column])
    found = np.zeros(len(sums), np.bool_)
    found[np.unique(sight, return_index=True)[1]] = True
    return found


class Program:
    """What every count could be: as far as the part's equations and lower limits let it."""

    def __init__(self, part: Part, least: Ints) -> None:
        infinity = highspy.kHighsInf
        columns = len(part.unknown)
        upper = np.full(columns, infinity)
        self._highs = _model(part.rows, least.astype(float), upper, part.right, np.zeros(columns))
        self.columns = columns
        self.solved = 0

    def most(self, column: Ints, weight: Reals) -> tuple[float, Reals]:
        """The largest value that the weighted sum can have, and counts that give it.

        Raises:
            StatisticsError: no counts at all agree with what is published.
        """
        every = np.zeros(self.columns)
        np.add.at(every, column, -weight)
        self._highs.changeColsCost(self.columns, np.arange(self.columns, dtype=np.int32), every)
        self._highs.run()
        # The next start from this corner; presolving would lose it.
        self._highs.setOptionValue("presolve", "off")
        self.solved += 1
        status = self._highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            raise StatisticsError("no counts agree with all published figures")
        point = np.array(self._highs.getSolution().col_value)
        if status != highspy.HighsModelStatus.kOptimal:
            return np.inf, point
        return -float(self._highs.getInfo().objective_function_value), point


def growing(part: Part, truth: Ints, least: Ints, lone: Ints) -> NDArray[np.bool_]:
    """Which of some counts of 1 could be larger, given what each is known to be at least.

    One program answers for all of them: directions that change nothing published may be added to
    each other, so one that lets as many grow as possible lets each grow that can.

    Args:
        part: the unknowns.
        truth: their counts, in the part's numbers.
        least: what everyone knows them to be at least.
        lone: those of them that are 1 and asked for; the others must not fall either.
    """
    infinity = highspy.kHighsInf
    columns = len(part.unknown)
    # Each lone count grows by a first part of at most 1, which is what is wanted, and the rest.
    double = np.full(columns, -1)
    double[lone] = columns + np.arange(len(lone))
    extra = double[part.rows.column] >= 0
    row = np.concatenate((part.rows.row, part.rows.row[extra]))
    column = np.concatenate((part.rows.column, double[part.rows.column[extra]]))
    sign = np.concatenate((part.rows.sign, part.rows.sign[extra]))
    order = np.lexsort((column, row))
    start = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=len(part.rows)))))
    rows = Sums(start.astype(np.int64), column[order], sign[order])
    lower = np.concatenate((np.where(truth > least, -infinity, 0.0), np.zeros(len(lone))))
    upper = np.concatenate((np.full(columns, infinity), np.ones(len(lone))))
    cost = np.concatenate((np.zeros(columns), -np.ones(len(lone))))
    highs = _model(rows, lower, upper, np.zeros(len(rows), np.int64), cost)
    highs.run()
    found: NDArray[np.bool_] = np.array(highs.getSolution().col_value)[columns:] > 0.5
    return found


def _model(rows: Sums, lower: Reals, upper: Reals, right: Ints, cost: Reals) -> highspy.Highs:
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(lower), len(rows)
    model.col_cost_, model.col_lower_, model.col_upper_ = cost, lower, upper
    model.row_lower_ = model.row_upper_ = right.astype(float)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = rows.start.astype(np.int32)
    model.a_matrix_.index_ = rows.column.astype(np.int32)
    model.a_matrix_.value_ = rows.sign.astype(float)
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in OPTIONS.items():
        highs.setOptionValue(name, value)
    highs.passModel(model)
    return highs
