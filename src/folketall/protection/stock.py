"""`suppress` for the cubes of a stock: from the rows of a cube to its structure, and back.

All cubes that count the same persons, all their levels of region, overlapping ones too, and all
margins of their dimensions are protected as one.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.cubes.declared import UNKNOWN
from folketall.model.errors import StatisticsError, UsageError
from folketall.model.table import conform
from folketall.model.tables import PUBLISHED_CUBE
from folketall.protection.layout import BETWEEN, DIVISIONS, PLACES, Layout, layout
from folketall.protection.suppression import OWNER, protect_counts

SUPPRESSED = "suppressed"
TABLE_KEY = ("persons", "period", "geography", "measure")
"""What is protected together: all cubes that count the same persons."""
SAME_PERSONS = "refugees_by_"
"""Cubes whose names begin so count the same persons by different dimensions."""


def suppress_stock(
    cells: DataFrame,
    regions: DataFrame,
    *,
    threshold: int,
    zeros: bool,
    singletons: str = OWNER,
    min_width: int = 2,
) -> DataFrame:
    """Leave cells empty so that no small count can be computed from the others (X2).

    Args:
        cells: CUBE, of stocks only: every region's count is the sum of its municipalities'.
        regions: (period, municipality, level, region), of the boundary years.
        threshold: counts from 1 to this are primary.
        zeros: whether zeros are primary too.
        singletons: `protect.singletons`.
        min_width: `protect.min_width`.

    Returns:
        PUBLISHED_CUBE: a row for every row. All refugee cubes of a (period, geography, measure)
        are safe together, any other cube by itself.
    """

    def protect(table: pd.DataFrame) -> pd.DataFrame:
        return protect_table(table, threshold, zeros, singletons, min_width)

    schema = PUBLISHED_CUBE.schema.simpleString()[7:-1].replace(":", " ")
    # A stock has no net, and so no terms of one.
    counts = cells.drop("plus", "minus")
    placed = counts.transform(_placed, regions).withColumn("status", F.lit(None).cast("string"))
    name = F.col("cube")
    persons = F.when(name.startswith(SAME_PERSONS), "refugees").otherwise(name)
    tables = placed.withColumn("persons", persons).groupBy(*TABLE_KEY)
    return tables.applyInPandas(protect, schema).transform(conform, PUBLISHED_CUBE)


def _placed(cells: DataFrame, regions: DataFrame) -> DataFrame:
    """Every row of a municipality with its region at each level."""
    level, region = F.col("level"), F.col("region")
    # A municipality that is not in the list is unknown at every level (G3).
    of = [
        F.coalesce(F.max(F.when(level == division, region)), F.lit(UNKNOWN))
        for division in DIVISIONS
    ]
    at = regions.groupBy(
        F.col("period").alias("geography"),
        F.lit("municipality").alias("level"),
        F.col("municipality").alias("region"),
    ).agg(F.concat_ws(BETWEEN, *of).alias(PLACES))
    return cells.join(F.broadcast(at), on=["geography", "level", "region"], how="left")


def protect_table(
    table: pd.DataFrame,
    threshold: int,
    zeros: bool,
    singletons: str = OWNER,
    min_width: int = 2,
) -> pd.DataFrame:
    """All cubes of the same persons and period: every row, with value and status decided."""
    laid = _checked(table)
    decided = protect_counts(
        laid.structure,
        threshold=threshold,
        zeros=zeros,
        singletons=singletons,
        min_width=min_width,
    )
    hidden = (laid.cell < 0) | decided.suppressed[laid.cell]
    status = table["status"].mask(hidden, SUPPRESSED)
    done = table.assign(value=table["value"].mask(hidden), status=status)
    return done[list(PUBLISHED_CUBE.columns)]


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
            "only whole, additive counts can be suppressed"
        )
    return laid
