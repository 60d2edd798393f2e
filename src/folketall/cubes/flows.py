"""Cubes of the migrations of calendar years (M1-M4, M6).

`period` and `geography` are both the year Y: boundaries of 31 December Y (G1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.cubes.between import Pairs, with_both_ends
from folketall.cubes.cells import place, position
from folketall.cubes.counted import OTHER, Counted
from folketall.cubes.declared import ADMINISTRATIVE, BETWEEN, INTERNAL, LEVELS, Cube
from folketall.cubes.dense import Counts, Figures
from folketall.cubes.groups import element
from folketall.cubes.keys import UNKEYED, Keyed, figures, summed
from folketall.cubes.regions import Regions, RegionsOfYear, numbered
from folketall.geography.leading import lead_codes

COUNTED = ("immigration", "emigration", "in_internal", "out_internal", "intramunicipal", *BETWEEN)
"""What is counted; in, out and net are sums of these."""
INNER = "inner"
"""In the place of a level: what is counted is an inner cell, and of no region."""


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


def migration_cubes(
    cubes: Iterable[Cube], moves: DataFrame, regions: RegionsOfYear, keyed: Keyed = UNKEYED
) -> list[Counted]:
    """Count migrations at every level of region; moves inside a region are not counted (M4).

    Args:
        cubes: of migrations.
        moves: as `moves_in_boundaries` gives them; each cube reads them once.
        regions: the regions on 31 December of every year whose cells are declared; rows of other
            years are not counted.
        keyed: the cubes that need their events' keys (X1).

    Returns:
        The counts of each cube.
    """
    declared = numbered(regions)
    wanted = moves.where(F.col("year").isin(declared.years))
    internal = wanted.where(F.col("kind") == "internal")
    return [
        Pairs(cube, internal, declared, keyed)
        if cube.other_region
        else _flow_counts(cube, _counted_by(cube, wanted), declared, keyed)
        for cube in cubes
    ]


def _counted_by(cube: Cube, moves: DataFrame) -> DataFrame:
    """The migrations that the cube's measures count."""
    kind = F.col("kind")
    if ADMINISTRATIVE in cube.measures:
        return moves.where((kind == "emigration") & F.col("administrative"))  # M6
    if set(cube.measures) <= {"immigration", "emigration", "net"}:
        return moves.where(kind.isin("immigration", "emigration"))
    return moves


def _flow_counts(cube: Cube, moves: DataFrame, regions: Regions, keyed: Keyed) -> Counts:
    # The event's key and not the person's: what is counted are events, and who moves twice would
    # have the same noise twice.
    record = keyed.record(cube, "event_id")
    kind = F.col("kind")
    by = map(element, cube.dimensions)
    finest = with_both_ends(moves, regions, record, (kind, *by), (kind, place(cube)))
    ends, added = F.explode(F.array(*_ends())).alias("end"), figures(finest)
    cells = (
        finest.select("kind", "place", *added, "entered_nation", F.inline(_at_each(LEVELS)))
        .select("level", ends, "place", *added)
        .where(F.col("end").isNotNull())
        .where(F.col("level").isin([*cube.levels, INNER]) | F.col("end.what").isin(list(BETWEEN)))
        .select("end.number", "place", "end.what", f"end.{OTHER}", *added)
    )
    inner: tuple[str, ...] = (*COUNTED, INTERNAL)
    found = summed(cells).withColumn("what", position(inner, F.col("what")))
    if ADMINISTRATIVE in cube.measures:
        inner = tuple(ADMINISTRATIVE if one == "emigration" else one for one in inner)
    return Counts(cube, regions, found, COUNTED, inner, _derived)


def _at_each(levels: Sequence[str]) -> Column:
    """The regions left and entered, level by level; the municipalities once more as inner cells."""
    of = {level: level for level in levels} | {INNER: "municipality"}
    return F.array(
        *[
            F.struct(
                F.lit(name).alias("level"),
                F.col(f"left_{level}").alias("left"),
                F.col(f"entered_{level}").alias("entered"),
            )
            for name, level in of.items()
        ]
    )


def _ends() -> list[Column]:
    """What a migration counts as at a level: (number of the region, what, other), or null."""
    kind, level, left, entered = (F.col(name) for name in ("kind", "level", "left", "entered"))
    crosses = (kind == "internal") & (left != entered)  # M4
    nation = F.col("entered_nation")
    inner = level == INNER
    first = (
        F.when(kind.isin("immigration", "intramunicipal"), _end(entered, kind, entered))
        .when(kind == "emigration", _end(left, kind, left))
        .when(crosses, _end(left, kind, entered))
    )
    return [
        F.when(inner, first)
        .when(kind.isin("immigration", "intramunicipal"), _end(entered, kind))
        .when(kind == "emigration", _end(left, kind))
        .when(crosses, _end(entered, F.lit("in_internal"))),
        F.when(crosses & ~inner, _end(left, F.lit("out_internal"))),
        # M4: what the nation has in place of moves over its own border.
        F.when(crosses & (level == "county"), _end(nation, F.lit(BETWEEN[0]))).when(
            crosses & (level == "municipality"), _end(nation, F.lit(BETWEEN[1]))
        ),
    ]


def _end(number: Column, what: Column, other: Column | None = None) -> Column:
    entered = F.lit(None).cast("int") if other is None else other
    return F.struct(number.alias("number"), what.alias("what"), entered.alias(OTHER))


def _derived(counted: Figures) -> Figures:
    """The sums of what was counted: in, out and net (M4)."""
    into = counted["immigration"] + counted["in_internal"]
    out = counted["emigration"] + counted["out_internal"]
    # Migrations by country have no moves within the country: their net is of the border alone.
    return {
        "in": into,
        "out": out,
        "net": into - out,
        "emigration_administrative": counted["emigration"],
    }
