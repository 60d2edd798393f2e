"""Methods that take a stock's cells as sums: from the rows of a cube to its structure, and back.

`suppress` protects all cubes that count the same persons, all their levels of region, overlapping
ones too, and all margins of their dimensions as one. `small_count_rounding` rounds each cube by
itself, over all its levels and margins: cubes of the same persons come to have different totals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from folketall.cubes.declared import Cube
from folketall.model.cells import Cells, packed, part_of, plain, unpacked
from folketall.model.errors import StatisticsError, UsageError
from folketall.model.methods import SMALL_COUNT_ROUNDING, SUPPRESS
from folketall.model.tables import CELL_KEY, INNER_CELL
from folketall.protection.joint import joint
from folketall.protection.layout import layout
from folketall.protection.parts import Places
from folketall.protection.rounding import decided, perturbed
from folketall.protection.small_count_rounding import small_count_rounding
from folketall.suppression.cells import Flags, Ints
from folketall.suppression.suppression import OWNER, protect_counts

TABLE_KEY = ("persons", "period", "geography", "measure")
"""What is protected together: all suppressed cubes of a day's persons."""
EVERYONE = "persons"


@dataclass(frozen=True, slots=True)
class StockTable:
    """All cells of a period that are protected together, by the same method."""

    method: str
    persons: str
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


def stock_tables(
    parts: Iterable[Cells],
    inner: Iterable[Cells],
    methods: Mapping[str, str],
    cubes: Mapping[str, Cube],
    places: Mapping[str, Places],
) -> list[StockTable]:
    """Put together what must be protected together.

    Args:
        parts: CUBE, of stocks only: every region's count is the sum of its municipalities'.
        inner: INNER_CELL, what they are sums of.
        methods: cube to `suppress` or `small_count_rounding`.
        cubes: the declaration. All that are suppressed are protected together: persons with
            refugee background are immigrants, and these residents.
        places: geography to municipality to its regions. One that is not there is unknown at
            every level (G3).
    """
    found: dict[tuple[str, str, str, str], tuple[list[bytes], list[bytes]]] = {}
    for number, some in enumerate((parts, inner)):
        for part in some:
            cube, period, geography = part_of(part)
            method = methods[cube]
            key = (method, EVERYONE if method == SUPPRESS else cube, period, geography)
            found.setdefault(key, ([], []))[number].append(packed(part))
    return [
        StockTable(method, persons, period, tuple(of), tuple(its_inner),
                   {name: cube for name, cube in cubes.items() if methods.get(name) == method},
                   places.get(geography, {}))
        for (method, persons, period, geography), (of, its_inner) in sorted(
            found.items(), key=lambda one: one[0]
        )
        if of
    ]  # fmt: skip


def decide_stock(
    table: StockTable,
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
    rows = rows.assign(persons=table.persons)
    # Where nobody is counted there is no inner cell.
    inner = [pd.DataFrame(columns=INNER_CELL.columns)]
    inner += [_rows(unpacked(content), INNER_CELL.columns) for content in table.inner]
    of = StockCounts(rows, pd.concat(inner[-len(table.inner) :]), table.cubes, table.places)
    if table.method == SMALL_COUNT_ROUNDING:
        return rounded_table(of, threshold).tobytes()
    hidden = hidden_cells(of, threshold, zeros, singletons, min_width, public)
    return np.packbits(hidden).tobytes()


def with_decision(table: StockTable, decision: bytes) -> Iterator[Cells]:
    """The parts as they are published: PUBLISHED_CUBE, by what `decide_stock` chose."""
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


@dataclass(frozen=True, slots=True)
class StockCounts:
    """The cells of cubes of the same persons and period, and what they are sums of."""

    rows: pd.DataFrame
    """CUBE, with `persons`: who is counted, for messages."""
    inner: pd.DataFrame
    """INNER_CELL."""
    cubes: Mapping[str, Cube]
    places: Places


def hidden_cells(
    table: StockCounts,
    threshold: int,
    zeros: bool,
    singletons: str = OWNER,
    min_width: int = 2,
    public: bool = True,
) -> Flags:
    """Of all cubes of a day's persons: for every row, whether it is left empty (X2).

    Raises:
        StatisticsError: cells that are not the sums they are taken for, cubes of the same persons
            with different totals, persons with refugee background who are no immigrants.
    """
    name = " ".join(str(table.rows[key].iloc[0]) for key in TABLE_KEY)
    try:
        laid = layout(
            table.rows,
            table.inner,
            table.cubes,
            table.places,
            threshold=threshold,
            public=public,
        )
    except UsageError:
        said = "cubes of the same persons have different totals"
        raise StatisticsError(f"{name}: {said}") from None
    if (laid.structure.counts < 0).any():
        said = "somewhere there are more persons with refugee background than immigrants"
        raise StatisticsError(f"{name}: {said}")
    _refuse_other_sums(table.rows, laid.structure.values, laid.cell)
    done = protect_counts(
        laid.structure,
        threshold=threshold,
        zeros=zeros,
        singletons=singletons,
        min_width=min_width,
    )
    hidden: Flags = (laid.cell < 0) | done.suppressed[laid.cell]
    return hidden


def rounded_table(table: StockCounts, threshold: int) -> NDArray[np.float64]:
    """One cube and period with small inner cells rounded, and every margin the sum of these (X1).

    Args:
        table: of one cube.
        threshold: inner counts from 1 to below this become 0 or this.

    Returns:
        The figure of every row; NaN where it is no sum of the lowest regions.
    """
    cube = table.cubes[str(table.rows["cube"].iloc[0])]
    counts, cells, cell = joint(table.rows, table.inner, cube, table.places)
    _refuse_other_sums(table.rows, cells.values(counts), cell)
    values = cells.values(small_count_rounding(counts, cells, base=threshold))
    return np.where(cell < 0, np.nan, values[cell])


def _refuse_other_sums(table: pd.DataFrame, sums: Ints, cell: Ints) -> None:
    """Every cell must be the sum it is taken for, or the protection would be of nothing.

    Raises:
        StatisticsError: naming the first cell that is not.
    """
    wrong = np.flatnonzero((table["value"].to_numpy() != sums[cell]) & (cell >= 0))
    if len(wrong):
        row = table.iloc[wrong[0]]
        raise StatisticsError(
            f"{' '.join(str(row[key]) for key in TABLE_KEY)} at {row['cube']} {row['level']} "
            f"{row['region']}: a cell is not the sum of its inner cells; "
            "only whole, additive counts can be suppressed, or rounded so that they add up"
        )
