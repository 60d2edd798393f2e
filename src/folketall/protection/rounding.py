"""`round_up` and `leave_empty`: every small count is changed by itself (X1).

Neither promises anything about what can be computed from margins: they are the office's own
treatment of migrations, where small flows are no secret once three is added up.
"""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from folketall.model.table import conform
from folketall.model.tables import CELL_KEY, PUBLISHED_CUBE

NET = "net"
NET_TERMS = {"migrations_by_country": ("immigration", "emigration")}
"""Cubes whose net is other than in less out (M4): what comes, what goes."""
ROUNDED, SUPPRESSED = "rounded", "suppressed"


def round_up(cells: DataFrame, *, threshold: int) -> DataFrame:
    """Counts from 1 to below the threshold become the threshold (X1: 1 and 2 become 3).

    Args:
        cells: CUBE.
        threshold: the smallest count that is shown.

    Returns:
        PUBLISHED_CUBE: a row for every row; `net` is computed from the published terms (X5).
    """
    small = F.col("value").between(1, threshold - 1)
    changed = cells.withColumn("status", F.when(small, ROUNDED)).withColumn(
        "value", F.when(small, F.lit(float(threshold))).otherwise(F.col("value"))
    )
    return changed.transform(_with_net, ROUNDED).transform(conform, PUBLISHED_CUBE)


def leave_empty(cells: DataFrame, *, threshold: int) -> DataFrame:
    """Counts from 1 to the threshold are left empty (X1).

    Args:
        cells: CUBE.
        threshold: the largest count that is not shown.

    Returns:
        PUBLISHED_CUBE: a row for every row; `net` is empty where a term of it is (X5).
    """
    small = F.col("value").between(1, threshold)
    changed = cells.withColumn("status", F.when(small, SUPPRESSED)).withColumn(
        "value", F.when(~small, F.col("value"))
    )
    return changed.transform(_with_net, SUPPRESSED).transform(conform, PUBLISHED_CUBE)


def _with_net(changed: DataFrame, status: str) -> DataFrame:
    """X5: net is never protected itself, but computed from what is published of its terms."""
    terms = {"in", "out", *(name for pair in NET_TERMS.values() for name in pair)}
    concerned = F.col("measure").isin(NET, *sorted(terms))
    # Most measures have no part in a net: only the others are brought together cell by cell.
    net = changed.where(concerned).transform(_net_of_terms, status)
    return changed.where(~concerned).unionByName(net)


def _net_of_terms(changed: DataFrame, status: str) -> DataFrame:
    cell = Window.partitionBy(*[name for name in CELL_KEY if name != "measure"])
    came, went = F.lit("in"), F.lit("out")
    for cube, (comes, goes) in NET_TERMS.items():
        came = F.when(F.col("cube") == cube, comes).otherwise(came)
        went = F.when(F.col("cube") == cube, goes).otherwise(went)
    published = F.struct("value", "status")
    plus = F.max(F.when(F.col("measure") == came, published)).over(cell)
    minus = F.max(F.when(F.col("measure") == went, published)).over(cell)

    net = F.col("measure") == NET
    difference = F.col("plus.value") - F.col("minus.value")
    touched = F.coalesce("plus.status", "minus.status").isNotNull()
    of_terms = F.when(difference.isNull(), SUPPRESSED).when(touched, status)
    return (
        changed.withColumns({"plus": plus, "minus": minus})
        .withColumns(
            {
                "value": F.when(net, difference).otherwise(F.col("value")),
                "status": F.when(net, of_terms).otherwise(F.col("status")),
            }
        )
        .drop("plus", "minus")
    )
