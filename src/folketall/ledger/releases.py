"""The ledger: what was released before, and what a new release adds to it (X4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from folketall.model.table import conform
from folketall.model.tables import LEDGER

PART = ("cube", "period", "geography")
"""What is compared and entered as a whole."""
REGION = [*PART, "level", "region"]
PACKED = StructType([LEDGER.schema[name] for name in (*REGION, "cells")])
"""A row a region: all its cells of a cube, period and boundary year."""


def packed_regions(tables: Iterable[pa.Table]) -> pa.Table:
    """PART, level, region, and its cells as a list: code, value, count.

    Args:
        tables: as `audit.cubes.attackers_tables` gives them.
    """
    parts = []
    for one in tables:
        cells = one.combine_chunks()
        keys = [cells[name].to_numpy(zero_copy_only=False) for name in REGION]
        # A region's cells of a cube stand together.
        starts = np.flatnonzero(
            np.concatenate(([True], np.any([key[1:] != key[:-1] for key in keys], axis=0)))
        )
        fields = [cells[name].combine_chunks() for name in ("code", "value", "count")]
        of = pa.StructArray.from_arrays(fields, ["code", "value", "count"])
        ends = pa.array([*starts, len(cells)], pa.int32())
        first = cells.select(REGION).take(pa.array(starts))
        parts.append(first.append_column("cells", pa.ListArray.from_arrays(ends, of)))
    return pa.concat_tables(parts)


def entries(packed: DataFrame, ledger: DataFrame, *, fingerprint: str, vintage: date) -> DataFrame:
    """What a release adds to the ledger (X4).

    Args:
        packed: as `packed_regions` returns it, of the cubes protected by suppress.
        ledger: LEDGER.
        fingerprint: of what the release is made from.
        vintage: the K of the run.

    Returns:
        LEDGER: all regions of every cube, period and boundary year of which no earlier release had
        the same figures.
    """
    cells_type = LEDGER.schema["cells"].dataType
    packed = packed.withColumn("cells", F.array_sort("cells").cast(cells_type))
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
