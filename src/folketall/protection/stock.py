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

from folketall.model.cells import Cells, packed, part_of, plain, unpacked
from folketall.model.errors import StatisticsError, UsageError
from folketall.model.methods import SMALL_COUNT_ROUNDING, SUPPRESS
from folketall.model.tables import CELL_KEY, PUBLISHED_CUBE
from folketall.protection.layout import BETWEEN, PLACES, Layout, layout
from folketall.protection.rounding import SUPPRESSED, decided, perturbed
from folketall.protection.small_count_rounding import small_count_rounding
from folketall.suppression.suppression import OWNER, protect_counts

TABLE_KEY = ("persons", "period", "geography", "measure")
"""What is protected together: all cubes that count the same persons."""
SAME_PERSONS = "refugees_by_"
"""Cubes whose names begin so count the same persons by different dimensions."""


@dataclass(frozen=True, slots=True)
class StockTable:
    """All cells of a period that are protected together, by the same method."""

    method: str
    persons: str
    period: str
    packed: tuple[bytes, ...]
    """CUBE: a table a cube, packed: the tables of all periods wait for their turn."""
    places: Mapping[str, Sequence[str]]
    """Municipality to its regions, in the order of `layout.DIVISIONS`."""

    @property
    def parts(self) -> tuple[Cells, ...]:
        """CUBE: a table a cube."""
        return tuple(unpacked(content) for content in self.packed)


def stock_tables(
    parts: Iterable[Cells],
    methods: Mapping[str, str],
    places: Mapping[str, Mapping[str, Sequence[str]]],
) -> list[StockTable]:
    """Put together what must be protected together.

    Args:
        parts: CUBE, of stocks only: every region's count is the sum of its municipalities'.
        methods: cube to `suppress` or `small_count_rounding`.
        places: geography to municipality to its regions. One that is not there is unknown at
            every level (G3).
    """
    found: dict[tuple[str, str, str, str], list[bytes]] = {}
    for part in parts:
        cube, period, geography = part_of(part)
        method = methods[cube]
        together = method == SUPPRESS and cube.startswith(SAME_PERSONS)
        key = (method, "refugees" if together else cube, period, geography)
        found.setdefault(key, []).append(packed(part))
    return [
        StockTable(method, persons, period, tuple(of), places.get(geography, {}))
        for (method, persons, period, geography), of in sorted(
            found.items(), key=lambda one: one[0]
        )
    ]


def decide_stock(
    table: StockTable,
    *,
    threshold: int,
    zeros: bool,
    singletons: str = OWNER,
    min_width: int = 2,
) -> bytes:
    """Choose the cells to leave empty so that no small count can be computed (X2), or round (X1).

    Args:
        table: what is safe together afterwards, or adds up.
        threshold: counts from 1 to this are primary; of rounding, the smallest that is shown.
        zeros: whether zeros are primary too.
        singletons: `protect.singletons`.
        min_width: `protect.min_width`.

    Returns:
        A bit a row of the parts after one another: 1 where it is left empty. Of rounding, the
        figure of each row as eight bytes; NaN where it is left empty.
    """
    rows = pd.concat([_rows(part, table) for part in table.parts], ignore_index=True)
    if table.method == SMALL_COUNT_ROUNDING:
        return rounded_table(rows, threshold).tobytes()
    done = protect_table(rows, threshold, zeros, singletons, min_width)
    return np.packbits(done["status"].notna().to_numpy()).tobytes()


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


def _rows(part: Cells, table: StockTable) -> pd.DataFrame:
    """The part as a frame of texts and figures, every municipality with its regions."""
    rows: pd.DataFrame = plain(part.select([*CELL_KEY, "value"])).to_pandas()
    places = {code: BETWEEN.join(regions) for code, regions in table.places.items()}
    lowest = rows["level"] == "municipality"
    rows[PLACES] = rows["region"].map(places).where(lowest, None)
    rows[PLACES] = rows[PLACES].astype(object).where(rows[PLACES].notna(), None)
    return rows.assign(persons=table.persons, status=None)


def protect_table(
    table: pd.DataFrame,
    threshold: int,
    zeros: bool,
    singletons: str = OWNER,
    min_width: int = 2,
) -> pd.DataFrame:
    """All cubes of the same persons and period: every row, with value and status decided."""
    laid = _checked(table)
    done = protect_counts(
        laid.structure,
        threshold=threshold,
        zeros=zeros,
        singletons=singletons,
        min_width=min_width,
    )
    hidden = (laid.cell < 0) | done.suppressed[laid.cell]
    status = table["status"].mask(hidden, SUPPRESSED)
    published = table.assign(value=table["value"].mask(hidden), status=status)
    return published[list(PUBLISHED_CUBE.columns)]


def rounded_table(table: pd.DataFrame, threshold: int) -> NDArray[np.float64]:
    """One cube and period with small inner cells rounded, and every margin the sum of these (X1).

    Args:
        table: CUBE with PLACES.
        threshold: inner counts from 1 to below this become 0 or this.

    Returns:
        The figure of every row; NaN where it is no sum of the lowest regions.
    """
    laid = _checked(table)
    cells = laid.structure.cells
    values = cells.values(small_count_rounding(laid.structure.counts, cells, base=threshold))
    return np.where(laid.cell < 0, np.nan, values[laid.cell])


def _checked(table: pd.DataFrame) -> Layout:
    """Every cell must be the sum it is taken for, or the protection would be of nothing.

    Raises:
        StatisticsError: naming the first cell that is not.
    """
    name = " ".join(str(table[key].iloc[0]) for key in TABLE_KEY)
    try:
        laid = layout(table)
    except UsageError:
        raise StatisticsError(f"{name}: cubes of the same persons have different totals") from None
    expected = laid.structure.values[laid.cell]
    wrong = np.flatnonzero((table["value"].to_numpy() != expected) & (laid.cell >= 0))
    negative = bool((laid.structure.counts < 0).any())
    if len(wrong) or negative:
        row = table.iloc[wrong[0]] if len(wrong) else None
        place = "" if row is None else f" at {row['cube']} {row['level']} {row['region']}"
        raise StatisticsError(
            f"{name}{place}: a cell is not the sum of its inner cells; "
            "only whole, additive counts can be suppressed, or rounded so that they add up"
        )
    return laid
