"""`round_up` and `leave_empty`: every small count is changed by itself (X1).

Neither promises anything about what can be computed from margins: they are the office's own
treatment of migrations, where small flows are no secret once three is added up.
"""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.model.table import conform
from folketall.model.tables import PUBLISHED_CUBE

ROUNDED, SUPPRESSED = "rounded", "suppressed"


def round_up(cells: DataFrame, *, threshold: int) -> DataFrame:
    """Counts from 1 to below the threshold become the threshold (X1: 1 and 2 become 3).

    Args:
        cells: CUBE.
        threshold: the smallest count that is shown.

    Returns:
        PUBLISHED_CUBE: a row for every row; `net` is computed from the published terms (X5).
    """

    def small(value: str) -> Column:
        return F.col(value).between(1, threshold - 1)

    def shown(value: str) -> Column:
        return F.when(small(value), F.lit(float(threshold))).otherwise(F.col(value))

    return _each_by_itself(cells, shown, small, ROUNDED)


def leave_empty(cells: DataFrame, *, threshold: int) -> DataFrame:
    """Counts from 1 to the threshold are left empty (X1).

    Args:
        cells: CUBE.
        threshold: the largest count that is not shown.

    Returns:
        PUBLISHED_CUBE: a row for every row; `net` is empty where a term of it is (X5).
    """

    def small(value: str) -> Column:
        return F.col(value).between(1, threshold)

    def shown(value: str) -> Column:
        return F.when(~small(value), F.col(value))

    return _each_by_itself(cells, shown, small, SUPPRESSED)


def _each_by_itself(
    cells: DataFrame,
    shown: Callable[[str], Column],
    small: Callable[[str], Column],
    status: str,
) -> DataFrame:
    """Change small counts; a net is never changed itself but computed from its terms (X5).

    The terms come with the net, so that no cell has to look for another.
    """
    net = F.col("measure") == "net"
    difference = shown("plus") - shown("minus")
    of_net = F.when(difference.isNull(), SUPPRESSED).when(small("plus") | small("minus"), status)
    return (
        cells.withColumn("status", F.when(net, of_net).otherwise(F.when(small("value"), status)))
        .withColumn("value", F.when(net, difference).otherwise(shown("value")))
        .select(*PUBLISHED_CUBE.columns)
        .transform(conform, PUBLISHED_CUBE)
    )
