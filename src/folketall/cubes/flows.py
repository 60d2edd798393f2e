"""Cubes of the migrations of calendar years (M1-M4, M6).

`period` and `geography` are both the year Y: boundaries of 31 December Y (G1).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.cubes.cells import fill, to_cells
from folketall.cubes.declared import BETWEEN, CUBES, NATION, NATION_CODE, TOTAL, Cube
from folketall.cubes.groups import (
    age_group,
    citizenship_group,
    country_group,
    foreign_country,
    known,
)
from folketall.cubes.regions import REGION_KEY, region_keys, with_regions
from folketall.geography.leading import lead_codes

COUNTED = ("immigration", "emigration", "in_internal", "out_internal", "intramunicipal", *BETWEEN)
"""What is counted; in, out and net are sums of these."""


def moves_in_boundaries(migration: DataFrame, paths: DataFrame) -> DataFrame:
    """Lead both municipalities of every migration to 31 December of its year (G1).

    A move between municipalities that merged within the year is intramunicipal then (G2).

    Args:
        migration: MIGRATION.
        paths: `geography.frames.paths_frame`.

    Returns:
        The rows of `migration`; municipalities in codes of 31 December.
    """
    end = F.make_date("year", F.lit(12), F.lit(31))
    led = migration
    for code in ("from_municipality", "to_municipality"):
        # An event counted late (M2) belongs to an earlier year: its codes are led all the same.
        led = lead_codes(led, paths, code=code, on="event_date", to=end, into=code)
    same = (F.col("kind") == "internal") & (F.col("from_municipality") == F.col("to_municipality"))
    return led.withColumn("kind", F.when(same, "intramunicipal").otherwise(F.col("kind"))).select(
        *migration.columns
    )


def migration_cubes(moves: DataFrame, regions: DataFrame, *, years: Sequence[int]) -> DataFrame:
    """Count migrations at every level of region; moves inside a region are not counted (M4).

    Args:
        moves: as `moves_in_boundaries` gives them; each cube reads them once.
        regions: (period, municipality, level, region), boundaries of each 31 December.
        years: the years whose cells are declared; rows of other years are not counted.

    Returns:
        CUBE: migrations_by_age, _by_background, _by_marital_status, _by_country,
        _administrative and _between_regions.
    """
    wanted = moves.where(F.col("year").isin(list(years)))
    sex = known("sex")
    administrative = wanted.where((F.col("kind") == "emigration") & F.col("administrative"))
    counts = [
        (CUBES["migrations_by_age"], wanted, (sex, age_group())),
        (CUBES["migrations_by_background"], wanted, (country_group(), citizenship_group(), sex)),
        (CUBES["migrations_by_marital_status"], wanted, (known("marital_status"), sex)),
        (CUBES["migrations_by_country"], _across_the_border(wanted), (foreign_country(), sex)),
        (CUBES["migrations_administrative"], administrative, (sex,)),
    ]
    keys = _keys(regions, years)
    cubes = [_flow_cube(cube, rows, regions, keys, by) for cube, rows, by in counts]
    cubes.append(_between_regions(CUBES["migrations_between_regions"], wanted, regions, keys))
    return reduce(DataFrame.unionByName, cubes)


def _across_the_border(moves: DataFrame) -> DataFrame:
    return moves.where(F.col("kind").isin("immigration", "emigration"))


def _keys(regions: DataFrame, years: Sequence[int]) -> DataFrame:
    keys = region_keys(regions, years).withColumn("period", F.col("geography"))
    return keys.select(*REGION_KEY)


def _finest(moves: DataFrame, regions: DataFrame, by: tuple[Column | str, ...]) -> DataFrame:
    """Migrations by the two municipalities and `by`, each with its regions at both ends."""
    ends = ["kind", "from_municipality", "to_municipality"]
    selected = moves.select(F.col("year").cast("string").alias("geography"), *ends, *by)
    counted = selected.groupBy(*selected.columns).agg(F.count(F.lit(1)).alias("n"))
    left = with_regions(counted, regions, "from_municipality", "left")
    return with_regions(left, regions, "to_municipality", "entered")


def _flow_cube(
    cube: Cube,
    moves: DataFrame,
    regions: DataFrame,
    keys: DataFrame,
    by: tuple[Column, ...],
) -> DataFrame:
    counted = F.explode(F.array_compact(F.array(*_ends(cube.levels)))).alias("end")
    sums = [F.sum(F.when(F.col("end.what") == what, F.col("n"))).alias(what) for what in COUNTED]
    cells = (
        _finest(moves, regions, by)
        .select("geography", *cube.dimension_names, "n", counted)
        .groupBy("geography", "end.level", "end.region", *cube.dimension_names)
        .agg(*sums)
        .withColumn("period", F.col("geography"))
    )
    return to_cells(_derived(fill(cells, keys, cube, COUNTED)), cube)


def _ends(levels: Sequence[str]) -> list[Column]:
    """What a migration counts as: at each level (level, region, what), or null."""
    internal = F.col("kind") == "internal"
    ends = []
    for level in levels:
        left, entered = F.col(f"left_{level}"), F.col(f"entered_{level}")
        crosses = internal & (left != entered)  # M4
        ends += [
            F.when(F.col("kind") == "immigration", _end(level, entered, "immigration"))
            .when(F.col("kind") == "emigration", _end(level, left, "emigration"))
            .when(F.col("kind") == "intramunicipal", _end(level, entered, "intramunicipal"))
            .when(crosses, _end(level, entered, "in_internal")),
            F.when(crosses, _end(level, left, "out_internal")),
        ]
    # M4: what the nation has in place of moves over its own border.
    nation = F.lit(NATION_CODE)
    for level, what in (("county", BETWEEN[0]), ("municipality", BETWEEN[1])):
        crosses = internal & (F.col(f"left_{level}") != F.col(f"entered_{level}"))
        ends.append(F.when(crosses, _end(NATION, nation, what)))
    return ends


def _end(level: str, region: Column, what: str) -> Column:
    return F.struct(F.lit(level).alias("level"), region.alias("region"), F.lit(what).alias("what"))


def _derived(wide: DataFrame) -> DataFrame:
    """Add the sums of what was counted: in, out and net (M4)."""
    return wide.withColumns(
        {
            "in": F.col("immigration") + F.col("in_internal"),
            "out": F.col("emigration") + F.col("out_internal"),
            "emigration_administrative": F.col("emigration"),
        }
    ).withColumn("net", F.col("in") - F.col("out"))


def _between_regions(
    cube: Cube, moves: DataFrame, regions: DataFrame, keys: DataFrame
) -> DataFrame:
    """Moves from `region` to `other_region`; all pairs declared but at the sparse levels."""
    pairs = F.array(
        *[
            F.struct(
                F.lit(level).alias("level"),
                F.col(f"left_{level}").alias("region"),
                F.col(f"entered_{level}").alias("to"),
            )
            for level in cube.levels
        ]
    )
    finest = _finest(moves.where(F.col("kind") == "internal"), regions, ())
    cells = (
        finest.select("geography", "n", F.inline(pairs))
        .where(F.col("region") != F.col("to"))
        .groupBy("geography", "level", "region", "to")
        .agg(F.sum("n").alias("moves"))
        .select(
            F.col("geography").alias("period"),
            "geography",
            "level",
            "region",
            F.explode(F.array("to", F.lit(TOTAL))).alias("other_region"),
            "moves",
        )
    )
    zeros = _declared_pairs(keys, cube).withColumn("moves", F.lit(0).cast("long"))
    summed = (
        cells.unionByName(zeros)
        .groupBy(*REGION_KEY, "other_region")
        .agg(F.sum("moves").alias("moves"))
    )
    return to_cells(summed, cube)


def _declared_pairs(keys: DataFrame, cube: Cube) -> DataFrame:
    """Every pair of different regions at the dense levels, and the total of every region."""
    wanted = keys.where(F.col("level").isin(list(cube.levels)))
    others = wanted.where(~F.col("level").isin(list(cube.sparse_levels))).select(
        "period", "level", F.col("region").alias("other_region")
    )
    pairs = (
        wanted.join(F.broadcast(others), on=["period", "level"])
        .where(F.col("region") != F.col("other_region"))
        .select(*REGION_KEY, "other_region")
    )
    return wanted.withColumn("other_region", F.lit(TOTAL)).unionByName(pairs)
