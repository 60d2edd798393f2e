"""Cells that are protected together: all that a period's cubes of the same kind publish.

`suppress` protects all cubes that count persons of a day, all migrations of a year, or all pairs of
regions as one system: every level of region, overlapping ones too, and all margins of their
dimensions. `small_count_rounding` rounds each cube by itself, over all its levels and margins:
cubes of the same persons come to have different totals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from folketall.cubes.declared import MIGRATIONS, STOCKS, Cube
from folketall.model.cells import Cells, packed, part_of, plain, unpacked
from folketall.model.methods import SMALL_COUNT_ROUNDING, SUPPRESS
from folketall.model.tables import CELL_KEY, INNER_CELL
from folketall.protection.flows import hidden_flows
from folketall.protection.pairs import hidden_pairs
from folketall.protection.parts import Places
from folketall.protection.rounded import rounded_table
from folketall.protection.rounding import decided, perturbed
from folketall.protection.stock import StockCounts, hidden_cells
from folketall.suppression.suppression import OWNER

PERSONS, FLOWS = "persons of a day", "migrations of a year"


@dataclass(frozen=True, slots=True)
class Together:
    """All cells of a period that are protected together, by the same method."""

    method: str
    kind: str
    """PERSONS, FLOWS, or the cube where it is protected by itself."""
    period: str
    packed: tuple[bytes, ...]
    """CUBE: a table a cube, packed: the tables of all periods wait for their turn."""
    inner: tuple[bytes, ...]
    """INNER_CELL, in the same way."""
    cubes: Mapping[str, Cube]
    places: Places

    @property
    def parts(self) -> tuple[Cells, ...]:
        """CUBE: a table a cube."""
        return tuple(unpacked(content) for content in self.packed)


def kind_of(cube: Cube) -> str:
    """What a suppressed cube is protected together with."""
    if cube.counts in STOCKS:
        return PERSONS
    return cube.name if cube.other_region else FLOWS


def grouped(
    parts: Iterable[Cells],
    inner: Iterable[Cells],
    methods: Mapping[str, str],
    cubes: Mapping[str, Cube],
    places: Mapping[str, Places],
    at_end: Mapping[str, Places],
) -> list[Together]:
    """Put together what must be protected together.

    Args:
        parts: CUBE, of the cubes to suppress or to round.
        inner: INNER_CELL, what they are sums of.
        methods: cube to `suppress` or `small_count_rounding`.
        cubes: the declaration.
        places: geography to municipality to its regions on 1 January. One that is not there is
            unknown at every level (G3).
        at_end: the same on 31 December, of migrations.
    """
    found: dict[tuple[str, str, str, str], tuple[list[bytes], list[bytes]]] = {}
    for number, some in enumerate((parts, inner)):
        for part in some:
            name, period, geography = part_of(part)
            method = methods[name]
            kind = kind_of(cubes[name]) if method == SUPPRESS else name
            found.setdefault((method, kind, period, geography), ([], []))[number].append(
                packed(part)
            )
    of_method = {
        method: {name: cube for name, cube in cubes.items() if methods.get(name) == method}
        for method in set(methods.values())
    }
    flows = {name for name, cube in cubes.items() if cube.counts == MIGRATIONS} | {FLOWS}
    return [
        Together(method, kind, period, tuple(of), tuple(its_inner), of_method[method],
                 (at_end if kind in flows else places).get(geography, {}))
        for (method, kind, period, geography), (of, its_inner) in sorted(
            found.items(), key=lambda one: one[0]
        )
        if of
    ]  # fmt: skip


def decide(
    table: Together,
    *,
    threshold: int,
    zeros: bool,
    singletons: str = OWNER,
    min_width: int = 2,
    public: bool = True,
) -> bytes:
    """Choose the cells to leave empty so that no small count can be computed (X2), or round (X1).

    Args:
        table: what is safe together afterwards, or adds up.
        threshold: counts from 1 to this are primary; of rounding, the smallest that is shown.
        zeros: whether zeros are primary too.
        singletons: `protect.singletons`.
        min_width: `protect.min_width`.
        public: whether residents by sex and age are published as they are (X0).

    Returns:
        A bit a row of the parts after one another: 1 where it is left empty. Of rounding, the
        figure of each row as eight bytes; NaN where it is left empty.
    """
    rows = pd.concat([_rows(part, [*CELL_KEY, "value"]) for part in table.parts], ignore_index=True)
    # Where nobody is counted there is no inner cell.
    frames = [pd.DataFrame(columns=INNER_CELL.columns)]
    frames += [_rows(unpacked(content), INNER_CELL.columns) for content in table.inner]
    inner = pd.concat(frames[-len(table.inner) :], ignore_index=True)
    if table.method == SMALL_COUNT_ROUNDING:
        return rounded_table(rows, inner, table.cubes, table.places, threshold).tobytes()
    if table.kind == PERSONS:
        of = StockCounts(rows, inner, table.cubes, table.places)
        hidden = hidden_cells(of, threshold, zeros, singletons, min_width, public)
    else:
        cubes = table.cubes if table.kind == FLOWS else {table.kind: table.cubes[table.kind]}
        hide = hidden_flows if table.kind == FLOWS else hidden_pairs
        hidden = hide(
            rows,
            inner,
            cubes,
            table.places,
            threshold=threshold,
            zeros=zeros,
            singletons=singletons,
            min_width=min_width,
        )
    return np.packbits(hidden).tobytes()


def with_decision(table: Together, decision: bytes) -> Iterator[Cells]:
    """The parts as they are published: PUBLISHED_CUBE, by what `decide` chose."""
    parts = table.parts
    counts = np.concatenate([part["value"].to_numpy() for part in parts])
    rounded = table.method == SMALL_COUNT_ROUNDING
    if rounded:
        shown = np.frombuffer(decision, np.float64)
    else:
        hidden = np.unpackbits(np.frombuffer(decision, np.uint8), count=len(counts))
        shown = np.where(hidden, np.nan, counts)
    first = 0
    for part in parts:
        mine = slice(first, first + part.num_rows)
        yield perturbed(part, shown[mine]) if rounded else decided(part, shown[mine])
        first += part.num_rows


def _rows(part: Cells, columns: Sequence[str]) -> pd.DataFrame:
    """Some columns of a part as a frame of texts and figures."""
    rows: pd.DataFrame = plain(part.select(list(columns))).to_pandas()
    return rows
