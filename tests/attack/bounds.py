"""Between which limits a suppressed small count lies, by linear programs over all published cells."""

from __future__ import annotations

import random
import time

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from tests.attack.attack import is_public


def narrow(system, found, sample, seconds):
    """(cell, width) of a seeded sample of what is not known otherwise, as long as there is time."""
    out = {c for of in found.values() for what in ("told", "known") for c in of[what]}
    asked = [cell for cell in system.suppressed if cell not in out]
    chosen = random.Random(1).sample(asked, min(sample, len(asked)))
    if not chosen:
        return
    end = time.monotonic() + seconds
    published = [c for c in system.cells if c.published is not None]
    program = Program(system, published)
    alone = Program(system, [c for c in published if is_public(c)])
    for cell in chosen:
        width = program.width(cell)
        if width < 2 - 1e-6 and alone.width(cell) < 2 - 1e-6:
            found[cell.cube]["told"].append(cell)
        else:
            yield cell, width
        if time.monotonic() > end:
            return


class Program:
    """All rows of a system as equations over counts that are not negative."""

    def __init__(self, system, known):
        self.system = system
        self.zeros = system._zeros(known)
        rows = [(system.unknowns.row(c, self.zeros), c.published) for c in known]
        constant = [*(row for _, row in system.ties), *system.wide, *system.nested]
        rows += [({k: v for k, v in r.items() if k not in self.zeros}, 0) for r in constant]
        unique = {tuple(sorted(row.items())): value for row, value in rows if row}
        self.at, entries = {}, ([], [], [])
        for number, row in enumerate(unique):
            for name, factor in row:
                for to, what in zip(
                    entries, (number, self.at.setdefault(name, len(self.at)), factor), strict=True
                ):
                    to.append(what)
        shape = (len(unique), len(self.at))
        self.matrix = csr_array((entries[2], (entries[0], entries[1])), shape=shape)
        self.values = np.array(list(unique.values()), dtype=float)

    def width(self, cell):
        """Largest less smallest count; infinite where nothing limits it."""
        aim = np.zeros(len(self.at))
        for name, factor in self.system.unknowns.row(cell, self.zeros).items():
            if name not in self.at:
                return np.inf
            aim[self.at[name]] += factor
        ends = []
        for sign in (1, -1):
            solved = linprog(sign * aim, A_eq=self.matrix, b_eq=self.values, method="highs")
            if solved.status == 3:
                return np.inf
            if solved.status != 0:
                raise SystemExit(f"no limits for {cell}: {solved.message}")
            ends.append(sign * solved.fun)
        return ends[1] - ends[0]
