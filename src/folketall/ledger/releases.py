"""The ledger: what was released before, and what a new release adds to it (X4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.audit.cubes import attackers_cells, is_counted
from folketall.model.table import conform
from folketall.model.tables import LEDGER

PART = ("cube", "period", "geography")
"""What is compared and entered as a whole."""


def entries(
    published: DataFrame,
    counts: DataFrame,
    ledger: DataFrame,
    *,
    cubes: Sequence[str],
    fingerprint: str,
    vintage: date,
) -> DataFrame:
    """What a release adds to the ledger (X4).

    Args:
        published: PUBLISHED_CUBE, as it is released.
        counts: CUBE.
        ledger: LEDGER.
        cubes: names of the cubes protected by suppress.
        fingerprint: of what the release is made from.
        vintage: the K of the run.

    Returns:
        LEDGER: all regions of every cube, period and boundary year of which no earlier release had
        the same figures.
    """
    asked = is_counted(cubes)
    cells = attackers_cells(published.where(asked), counts.where(asked))
    packed = cells.groupBy(*PART, "level", "region").agg(
        F.array_sort(F.collect_list(F.struct("code", "value", "count"))).alias("cells")
    )
    cells_type = LEDGER.schema["cells"].dataType
    packed = packed.withColumn("cells", F.col("cells").cast(cells_type)).localCheckpoint()
    digest = F.hex(F.bit_xor(F.xxhash64("level", "region", "cells"))).alias("digest")
    new = packed.groupBy(*PART).agg(digest)
    new = new.join(ledger.select(*PART, "digest").distinct(), on=[*PART, "digest"], how="left_anti")
    last = ledger.agg(F.coalesce(F.max("release"), F.lit(0)).alias("last"))
    return (
        packed.join(F.broadcast(new), on=list(PART))
        .crossJoin(F.broadcast(last))
        .withColumn("release", (F.col("last") + 1).cast("long"))
        .withColumn("fingerprint", F.lit(fingerprint))
        .withColumn("vintage", F.lit(vintage).cast("date"))
        .select(*LEDGER.columns)
        .transform(conform, LEDGER)
    )


def released_cells(ledger: DataFrame) -> DataFrame:
    """The ledger cell by cell: release, CELL, value, count."""
    keys = ("release", *PART, "level", "region")
    return ledger.select(*keys, F.explode("cells").alias("cell")).select(
        *keys, "cell.code", "cell.value", "cell.count"
    )


def with_released(shown: DataFrame, ledger: DataFrame) -> DataFrame:
    """The cells of a new release beside earlier ones, of periods released before.

    Args:
        shown: CELL, value, count of the new release; its number is the largest.
        ledger: LEDGER.
    """
    before = F.broadcast(ledger.select("period").distinct())
    mine = shown.join(before, "period", "left_semi")
    own = F.broadcast(shown.where("level = 'nation'").select("period").distinct())
    earlier = released_cells(ledger.join(own, "period", "left_semi"))
    return mine.withColumn("release", F.lit(2**31 - 1).cast("long")).unionByName(earlier)
