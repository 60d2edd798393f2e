"""Persons of a day: from the rows of their cubes to what is left empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from folketall.cubes.declared import Cube
from folketall.model.errors import StatisticsError, UsageError
from folketall.protection.layout import TABLE_KEY, layout, refuse_other_sums
from folketall.protection.parts import Places
from folketall.suppression.cells import Flags
from folketall.suppression.suppression import OWNER, protect_counts


@dataclass(frozen=True, slots=True)
class StockCounts:
    """The cells of cubes of the same persons and period, and what they are sums of."""

    rows: pd.DataFrame
    """CUBE."""
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
    refuse_other_sums(table.rows, laid.structure.values, laid.cell)
    done = protect_counts(
        laid.structure,
        threshold=threshold,
        zeros=zeros,
        singletons=singletons,
        min_width=min_width,
    )
    hidden: Flags = (laid.cell < 0) | done.suppressed[laid.cell]
    return hidden
