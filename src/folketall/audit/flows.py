"""The audit of migrations: all flow cubes of a year as one system (M4, X3).

It shares nothing with the protection: what a cell sums comes from the declaration and the lists of
regions, and what is known of it from the published cells. Pairs of regions are no part of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from folketall.audit.cubes import verdict_rows
from folketall.audit.exact import exact_disclosures, known_to_an_owner
from folketall.audit.flow_atoms import FROM, INTO, Atoms, Matrix, Pieces
from folketall.audit.flow_ties import tied
from folketall.audit.published import Flags, Ints
from folketall.audit.system import Sums, System
from folketall.audit.verdict import SHOWN, Found, Promise, Verdict
from folketall.cubes.declared import BETWEEN, TOTAL, Cube
from folketall.model.cells import Cells, packed, part_of, plain, unpacked
from folketall.model.errors import StatisticsError
from folketall.model.tables import CELL_KEY

PUBLIC = ("immigration", "emigration", INTO, FROM, "in", "out", *BETWEEN)
"""Whose totals by region the accounts say, or sums of them (X0)."""
LEFT_OUT = ("sums of single persons", "intervals of the small counts", "pairs of regions")


@dataclass(frozen=True, slots=True)
class ShownFlows:
    """The flow cubes of a year, as an attacker has them."""

    period: str
    packed: tuple[tuple[bytes, bytes], ...]
    """Of every cube, what is published and what was counted."""
    cubes: Mapping[str, Cube]
    lists: pd.DataFrame

    @property
    def cells(self) -> pd.DataFrame:
        """CUBE; `value` is null where a cell is empty, `count` has its true count."""
        found = []
        for published, counted in self.packed:
            one, two = (plain(unpacked(content)).to_pandas() for content in (published, counted))
            key = list(CELL_KEY)
            if not one[key].astype(str).equals(two[key].astype(str)):
                said = f"{self.period}: the published migrations are not those counted"
                raise StatisticsError(said)
            found.append(two.assign(value=one["value"], count=two["value"]))
        return pd.concat(found, ignore_index=True)


def shown_flows(
    published: Iterable[Cells],
    counts: Iterable[Cells],
    regions: Mapping[str, Sequence[tuple[str, str, str]]],
    cubes: Mapping[str, Cube],
) -> Iterator[ShownFlows]:
    """Put together what is published of a year's migrations.

    Args:
        published: PUBLISHED_CUBE, of flow cubes without pairs of regions.
        counts: CUBE, of the same.
        regions: by boundary year, at the end of the year: piece, level, region.
        cubes: the declaration.
    """
    counted = {part_of(part): packed(part) for part in counts if part.num_rows}
    found: dict[tuple[str, str], list[tuple[bytes, bytes]]] = {}
    for part in published:
        if part.num_rows:
            cube, period, geography = part_of(part)
            pair = packed(part), counted[cube, period, geography]
            found.setdefault((period, geography), []).append(pair)
    for (period, geography), pairs in sorted(found.items()):
        lists = pd.DataFrame(regions[geography], columns=["piece", "level", "region"])
        yield ShownFlows(period, tuple(pairs), cubes, lists)


def audit_shown_flows(shown: ShownFlows, *, promise: Promise) -> bytes:
    """Attack the flow cubes of a year (X3): a VERDICT row, as JSON."""
    verdict = audit_flows(
        shown.cells, shown.lists, shown.cubes, period=shown.period, promise=promise
    )
    return json.dumps(verdict_rows(shown.period, [verdict]).to_pylist()[0]).encode()


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
    named = [
        name for name in cells.columns if name not in ("period", "geography", "value", "count")
    ]
    said = [
        " ".join(str(v) for v in row if pd.notna(v) and v != TOTAL)
        for row in cells.loc[rows[:SHOWN], named].itertuples(index=False)
    ]
    return Found(len(rows), tuple(said))


def _is_public(cells: pd.DataFrame, cubes: Mapping[str, Cube]) -> Flags:
    """X0: what the accounts say, by region and without any other attribute."""
    found: Flags = cells["measure"].isin(PUBLIC).to_numpy(np.bool_)
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
    ties = tied(atoms)
    # Emigrations that are not administrative: counts besides those of the cubes.
    more = ties.shape[1] - every.shape[1]
    wide = [_widened(matrix, more) for matrix in (every, zeros, balance)]
    homes = np.concatenate([one.homes() for one in atoms], axis=1)
    homes = np.concatenate((homes, np.tile(np.max(homes, axis=1) + 1, (more, 1)).T), axis=1)
    value = cells["value"].to_numpy(np.float64)
    known = ~np.isnan(value)
    asked = np.flatnonzero(known)
    # Who is counted alone in a cell is so in every cell that differs from it by nobody.
    common = sparse.vstack([wide[2], ties, wide[1]], format="csr")
    equations = sparse.vstack([common, wide[0][asked]], format="csr")
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
        after: Flags = found | (plus.T @ closed > 0) | (minus.T @ closed > 0)
        if (after == found).all():
            return found
        found = after
