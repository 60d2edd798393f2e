"""The audit of migrations: all flow cubes of a year as one system (M4, X3).

It shares nothing with the protection: what a cell sums comes from the declaration and the lists of
regions, and what is known of it from the published cells. Pairs of regions are no part of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import sparse

from folketall.audit.exact import exact_disclosures, known_to_an_owner
from folketall.audit.flow_atoms import FROM, INTO, Atoms, Matrix, Pieces
from folketall.audit.published import Flags, Ints
from folketall.audit.system import Sums, System
from folketall.audit.ties import groups_of_both
from folketall.audit.verdict import SHOWN, Found, Promise, Verdict
from folketall.cubes.declared import ADMINISTRATIVE, TOTAL, Cube

PUBLIC = ("immigration", "emigration", INTO, FROM, "in", "out")
"""Whose totals by region the accounts say (X0)."""
LEFT_OUT = ("sums of single persons", "intervals of the small counts", "pairs of regions")


def audit_flows(
    cells: pd.DataFrame,
    lists: pd.DataFrame,
    cubes: Mapping[str, Cube],
    *,
    period: str,
    promise: Promise,
) -> Verdict:
    """Attack the flow cubes of a year by adding and subtracting (M4, X3).

    Args:
        cells: CUBE columns of one period, in one year's boundaries: `value` is null where a cell
            is empty, `count` has its true count.
        lists: piece, level, region.
        cubes: the declaration; of pairs of regions there are no cells here.
        period: of the verdict's name.
        promise: what the protection was to hold. Sums and intervals are not examined.
    """
    cells = cells.reset_index(drop=True)
    system, target = flow_system(cells, lists, cubes)
    count = np.rint(cells["count"].to_numpy()).astype(np.int64)
    public = _is_public(cells, cubes)
    least = 0 if promise.zeros else 1
    secret = (count >= least) & (count <= promise.threshold) & ~public
    secret &= (cells["measure"] != "net").to_numpy()
    known, small = cells["value"].notna().to_numpy(), secret[target]
    exact = exact_disclosures(system, groups=promise.singletons == "owner")
    owners = None
    if promise.singletons == "owner":
        pairs = known_to_an_owner(system, exact, count[target], small)
        owners = _found(cells, target[pairs[:, 1]])
    return Verdict(
        name=f"migrations {period}",
        promise=promise,
        cells=len(cells),
        suppressed=int((~known).sum()),
        primary=int(secret.sum()),
        unknowns=system.unknowns,
        equations=len(system.equations),
        freedom=exact.freedom,
        contradictions=exact.contradictions,
        published=_found(cells, np.flatnonzero(secret & known)),
        disclosed=_found(cells, target[exact.computable & small]),
        computable=_found(cells, target[exact.computable & ~small]),
        owners=owners,
        of_intervals=int((small & ~exact.computable).sum()),
        left_out=LEFT_OUT,
    )


def _found(cells: pd.DataFrame, rows: Ints) -> Found:
    """Cells in words: what a cell is of, its totals left out."""
    named = [name for name in cells.columns if name not in ("period", "geography", "value", "count")]
    said = [
        " ".join(str(v) for v in row if pd.notna(v) and v != TOTAL)
        for row in cells.loc[rows[:SHOWN], named].itertuples(index=False)
    ]
    return Found(len(rows), tuple(said))


def _is_public(cells: pd.DataFrame, cubes: Mapping[str, Cube]) -> Flags:
    """X0: what the accounts say, by region and without any other attribute."""
    found = cells["measure"].isin(PUBLIC).to_numpy(np.bool_)
    for name in {one.name for cube in set(cells["cube"]) for one in cubes[cube].dimensions}:
        found &= (cells[name].isna() | cells[name].isin([TOTAL])).to_numpy()
    return found


def flow_system(
    cells: pd.DataFrame, lists: pd.DataFrame, cubes: Mapping[str, Cube]
) -> tuple[System, Ints]:
    """Everything published of a year's flows as one system, and the row of every target."""
    pieces = Pieces(lists, cells)
    names = sorted(set(cells["cube"].astype(str)))
    atoms = [Atoms(cubes[name], pieces) for name in names]
    order = [np.flatnonzero((cells["cube"] == name).to_numpy()) for name in names]
    made = [one.rows(cells.iloc[at]) for one, at in zip(atoms, order, strict=True)]
    row = np.concatenate(order)
    every = sparse.block_diag([cell for cell, _ in made], format="csr")[np.argsort(row)]
    zeros = sparse.block_diag([zero for _, zero in made], format="csr")
    balance = sparse.block_diag([one.balance() for one in atoms], format="csr")
    ties = _tied(atoms)
    # Emigrations that are not administrative: counts besides those of the cubes.
    more = ties.shape[1] - every.shape[1]
    wide = [_widened(matrix, more) for matrix in (every, zeros, balance)]
    homes = np.concatenate([one.homes() for one in atoms], axis=1)
    homes = np.concatenate((homes, np.tile(np.max(homes, axis=1) + 1, (more, 1)).T), axis=1)
    value = cells["value"].to_numpy(np.float64)
    known = ~np.isnan(value)
    asked = np.flatnonzero(known)
    common = sparse.vstack([wide[2], ties], format="csr")
    equations = sparse.vstack([common, wide[0][asked], wide[1]], format="csr")
    figure = np.zeros(equations.shape[0], np.int64)
    figure[common.shape[0] : common.shape[0] + len(asked)] = np.rint(value[asked])
    given = common.shape[0] + np.flatnonzero(_is_public(cells, cubes)[asked])
    target = np.flatnonzero(~known & (cells["measure"] != "net").to_numpy())
    said = _Said(equations, figure, common.shape[0], given, wide[0][target], homes)
    return said.system(), target


def _widened(matrix: Matrix, more: int) -> Matrix:
    return sparse.hstack([matrix, sparse.csr_matrix((matrix.shape[0], more))], format="csr")


@dataclass(frozen=True)
class _Said:
    """All equations before what is known to be zero is taken out."""

    equations: Matrix
    figure: Ints
    common: int
    given: Ints
    targets: Matrix
    homes: Ints

    def system(self) -> System:
        matrix = self.equations.copy()
        matrix.eliminate_zeros()
        free = ~_nobody(matrix, self.figure)
        matrix = matrix[:, free].tocsr()
        # An equation without an unknown says nothing, unless it is wrong.
        kept = np.flatnonzero((np.diff(matrix.indptr) > 0) | (self.figure != 0))
        number = np.full(len(self.figure), -1)
        number[kept] = np.arange(len(kept))
        given = number[self.given]
        common = number[: self.common]
        unknowns, size = int(free.sum()), self.targets.shape[0]
        none = np.zeros(size, np.int64)
        return System(
            unknowns=unknowns,
            home=self.homes[:, free],
            equations=_sums(matrix[kept]),
            figure=self.figure[kept],
            common=common[common >= 0],
            targets=_sums(self.targets[:, free]),
            constant=none,
            table=none,
            row=np.arange(size),
            least=np.zeros(unknowns, np.int64),
            implied=np.zeros((0, 3), np.int64),
            given=given[given >= 0],
            finest=np.flatnonzero(free),
        )


def _sums(matrix: Matrix) -> Sums:
    matrix = matrix.tocsr()
    matrix.eliminate_zeros()
    matrix.sort_indices()
    whole = (matrix.indptr, matrix.indices, np.rint(matrix.data))
    start, column, sign = (of.astype(np.int64) for of in whole)
    return Sums(start, column, sign)


def _nobody(matrix: Matrix, figure: Ints) -> Flags:
    """Counts that must be zero: those of one sign only in an equation that says zero."""
    zero = matrix[figure == 0]
    plus, minus = zero > 0, zero < 0
    found = np.zeros(matrix.shape[1], np.bool_)
    while True:
        ups, downs = plus @ (~found).astype(np.int64), minus @ (~found).astype(np.int64)
        closed = ((ups == 0) | (downs == 0)).astype(np.int64)
        after = found | (plus.T @ closed > 0) | (minus.T @ closed > 0)
        if (after == found).all():
            return found
        found = after


def _tied(atoms: Sequence[Atoms]) -> Matrix:
    """Cubes that count the same migrations have the same totals by what they have in common."""
    first = np.cumsum([0, *(one.size for one in atoms)])
    found: list[tuple[Ints, Ints, Ints]] = []
    rows, columns = 0, int(first[-1])
    for one, two in combinations(range(len(atoms)), 2):
        for kind, its in _shared(atoms[one], atoms[two]):
            keys, size = _keys(atoms[one].divisions(kind), atoms[two].divisions(its))
            for at, name, key, sign in ((one, kind, keys[0], 1), (two, its, keys[1], -1)):
                column = first[at] + atoms[at].first[name] + np.arange(len(key))
                found.append((key + rows, column, np.full(len(key), sign)))
            if kind != its:
                # Administrative out-registrations are some of the emigrations (M6).
                extra = np.arange(size)
                sign = np.full(size, 1 if kind == ADMINISTRATIVE else -1)
                found.append((extra + rows, columns + extra, sign))
                columns += size
            rows += size
    if not found:
        return sparse.csr_matrix((0, columns))
    row, column, sign = (np.concatenate(of) for of in zip(*found, strict=True))
    return sparse.csr_matrix((sign.astype(float), (row, column)), (rows, columns))


def _shared(one: Atoms, two: Atoms) -> list[tuple[str, str]]:
    both = [(kind, kind) for kind in one.places if kind in two.places]
    part = (ADMINISTRATIVE, "emigration")
    crossing = [
        of for of in (part, part[::-1]) if of[0] in one.places and of[1] in two.places
    ]
    return both + crossing


def _keys(one: list, two: list) -> tuple[tuple[Ints, Ints], int]:
    """Of all finest counts of two cubes, the number of the total that both can sum."""
    its = {division.name: division for division in two}
    groups = {d.name: groups_of_both(d, its[d.name]) for d in one if d.name in its}
    size = int(np.prod([number for _, _, number in groups.values()], dtype=np.int64))
    keys = []
    for side, divisions in enumerate((one, two)):
        shape = [len(division.finest) for division in divisions]
        places = np.indices(shape).reshape(len(shape), -1)
        key = np.zeros(places.shape[1], np.int64)
        names = [division.name for division in divisions]
        for name, group in groups.items():
            key = key * group[2] + np.asarray(group[side])[places[names.index(name)]]
        keys.append(key)
    return (keys[0], keys[1]), size
