"""Moves with the regions at both ends, and the cube of moves from region to region."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.cubes.declared import TOTAL, Cube
from folketall.cubes.regions import Regions, with_regions
from folketall.model.table import conform
from folketall.model.tables import CUBE, DIMENSIONS


def with_both_ends(
    moves: DataFrame,
    regions: Regions,
    groups: tuple[Column | str, ...] = (),
    by: tuple[Column | str, ...] = (),
) -> DataFrame:
    """Count moves by their two municipalities, and give both their regions.

    Args:
        moves: one row a migration.
        regions: the numbered regions.
        groups: columns to prepare, each of a row alone.
        by: what to count by, made from `groups`.

    Returns:
        One row per (geography, the two municipalities, by), with `n`, `left_<level>` and
        `entered_<level>`.
    """
    ends = ["from_municipality", "to_municipality"]
    selected = moves.select(F.col("year").cast("string").alias("geography"), *ends, *groups).select(
        "geography", *ends, *by
    )
    counted = selected.groupBy(*selected.columns).agg(F.count(F.lit(1)).alias("n"))
    left = with_regions(counted, regions, "from_municipality", "left")
    return with_regions(left, regions, "to_municipality", "entered")


def between_regions(cube: Cube, moves: DataFrame, regions: Regions) -> DataFrame:
    """Moves from `region` to `other_region` of the same level (M4).

    Args:
        cube: the declaration. All pairs of regions are declared but at its sparse levels, where
            only pairs with moves exist, and the total of every region.
        moves: internal migrations, one row each.
        regions: the numbered regions.

    Returns:
        CUBE.
    """
    pairs = F.array(
        *[
            F.struct(
                F.col(f"left_{level}").alias("number"), F.col(f"entered_{level}").alias("other")
            )
            for level in cube.levels
        ]
    )
    counted = (
        with_both_ends(moves, regions)
        .select(F.inline(pairs), "n")
        .where(F.col("number") != F.col("other"))
        .groupBy("number", "other")
        .agg(F.sum("n").alias("moves"))
        .select("number", F.explode(F.array("other", F.lit(_TOTAL))).alias("other"), "moves")
    )
    declared = moves.sparkSession.createDataFrame(_declared_pairs(cube, regions), _PAIR)
    summed = (
        counted.unionByName(declared).groupBy("number", "other").agg(F.sum("moves").alias("moves"))
    )
    keys = [(number, *key) for number, key in enumerate(regions.keys)]
    schema = "number int, period string, geography string, level string, region string"
    named = moves.sparkSession.createDataFrame(keys, schema)
    others = named.select(F.col("number").alias("other"), F.col("region").alias("other_region"))
    wide = summed.join(F.broadcast(named), "number").join(F.broadcast(others), "other", "left")
    absent = {name: F.lit(None).cast("string") for name in DIMENSIONS if name != "other_region"}
    values = {
        "cube": F.lit(cube.name),
        "other_region": F.coalesce("other_region", F.lit(TOTAL)),
        "measure": F.lit("moves"),
        "value": F.col("moves").cast("double"),
        "plus": F.lit(None).cast("double"),
        "minus": F.lit(None).cast("double"),
    }
    return conform(wide.withColumns(values | absent).select(*CUBE.columns), CUBE)


_TOTAL = -1
_PAIR = "number int, other int, moves long"


def _declared_pairs(cube: Cube, regions: Regions) -> list[tuple[int, int, int]]:
    """(number, other, 0): the total of every region, and every other region at the dense levels."""
    alike: dict[tuple[str, str], list[int]] = {}
    for number, (_, geography, level, _) in enumerate(regions.keys):
        if level in cube.levels:
            alike.setdefault((geography, level), []).append(number)
    declared = []
    for (_, level), numbers in alike.items():
        for number in numbers:
            declared.append((number, _TOTAL, 0))
            if level not in cube.sparse_levels:
                declared += [(number, other, 0) for other in numbers if other != number]
    return declared
