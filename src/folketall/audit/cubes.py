"""The cubes of a release as an attacker sees them: everything of a period in one system.

What a cell sums is taken from the declaration of its cube and from the lists of regions, as anyone
outside may read them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import reduce

import numpy as np
import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.audit.audit import audit_tables
from folketall.audit.published import Division, Ints, PublishedTable
from folketall.audit.verdict import Promise, Verdict
from folketall.cubes.declared import CUBES, NATION, NATION_CODE, UNKNOWN, Cube
from folketall.model.tables import DIMENSIONS, REFUGEE_POPULATION

MEASURE = "persons"
REFUGEES = tuple(name for name, cube in CUBES.items() if cube.source is REFUGEE_POPULATION)
"""Cubes that count the same persons."""
CELL = ("cube", "period", "geography", "level", "region", "code")
VERDICT = "period string, verdict string"


def audit_published(
    cells: DataFrame,
    regions: DataFrame,
    *,
    promise: Promise,
    counts: DataFrame | None = None,
    pieces: DataFrame | None = None,
    earlier: DataFrame | None = None,
    cubes: Sequence[str] = REFUGEES,
    sample: int | None = 200,
) -> list[Verdict]:
    """Attack the refugee cubes of every period, all cubes and boundary years of it at once (X3).

    Args:
        cells: PUBLISHED_CUBE, as it would be released.
        regions: (period, municipality, level, region), where period is the year of the boundaries.
        promise: what the protection was to hold.
        counts: CUBE: the true counts, if the audit may know them. Then it examines also what single
            persons know, and the intervals.
        pieces: (geography, municipality, piece): where a period comes in the boundaries of several
            years, what the municipalities of each are made of; else each is its own piece.
        earlier: PUBLISHED_CUBE rows of earlier vintages, one a cell; needs `counts`. A figure that
            was published and still holds is taken as published now (X4): who believes that
            nothing of it has changed is right.
        cubes: names of the cubes that count the same persons.
        sample: primaries of a period whose interval is examined, evenly spread; None: all.

    Returns:
        A verdict a period, in order. The periods are examined side by side on the workers.
    """
    asked = F.col("cube").isin(list(cubes)) & (F.col("measure") == MEASURE)
    shown = cells.where(asked).select(*_key(), "value", F.lit(None).cast("double").alias("count"))
    if counts is not None:
        true = counts.where(asked).select(*_key(), F.col("value").alias("count"))
        shown = shown.drop("count").join(true, on=list(CELL), how="left")
    if earlier is not None:
        shown = shown.transform(_with_earlier, earlier.where(asked))
    at = shown.select("period", "geography").distinct()
    lists = regions.withColumnRenamed("period", "geography")
    names = ("period", "geography", "piece", "level", "region")
    # Named anew: the two sides of the cogroup below come from the same columns.
    placed = at.join(_pieced(lists, pieces), "geography").select(*names).toDF(*names)

    def attack(key: tuple[str], mine: pd.DataFrame, lists: pd.DataFrame) -> pd.DataFrame:
        verdict = audit_period(mine, lists, period=key[0], promise=promise, sample=sample)
        said = json.dumps(verdict.figures())
        return pd.DataFrame({"period": [key[0]], "verdict": [said]})

    both = shown.groupBy("period").cogroup(placed.groupBy("period"))
    rows = both.applyInPandas(attack, VERDICT).orderBy("period").collect()
    return [Verdict.read(json.loads(row["verdict"])) for row in rows]


def _key() -> list[Column]:
    codes = F.concat_ws("|", *[F.col(name) for name in DIMENSIONS]).alias("code")
    return [*[F.col(name) for name in CELL if name != "code"], codes]


def _with_earlier(shown: DataFrame, earlier: DataFrame) -> DataFrame:
    """Empty cells whose true count was published before and has not changed (X4)."""
    before = earlier.where("value is not null").select(*_key(), F.col("value").alias("before"))
    still = F.when(F.col("before") == F.col("count"), F.col("before"))
    joined = shown.join(before, on=list(CELL), how="left")
    return joined.withColumn("value", F.coalesce("value", still)).drop("before")


def _pieced(regions: DataFrame, pieces: DataFrame | None) -> DataFrame:
    if pieces is None:
        return regions.withColumn("piece", F.col("municipality"))
    return regions.join(pieces, ["geography", "municipality"])


def audit_period(
    cells: pd.DataFrame,
    lists: pd.DataFrame,
    *,
    period: str,
    promise: Promise,
    sample: int | None,
) -> Verdict:
    """Attack the cubes of one period.

    Args:
        cells: cube, geography, level, region, code (of the dimensions, `|` between), value (null
            where protected) and count (null where not told).
        lists: geography, piece, level, region.
        period: of the verdict's name.
        promise: what the protection was to hold.
        sample: primaries whose interval is examined; None: all.
    """
    places = region_division(cells, lists)
    tables = [
        _table(CUBES[str(name)], mine, places) for name, mine in cells.groupby("cube", sort=True)
    ]
    told = bool(cells["count"].notna().all())
    return audit_tables(
        tables if told else [_untold(table) for table in tables],
        name=f"refugees {period}",
        promise=promise,
        home=_home(places, lists),
        blocks_by="region",
        sample=sample,
    )


def _untold(table: PublishedTable) -> PublishedTable:
    return PublishedTable(table.name, table.divisions, table.codes, table.value, table.known)


def region_division(cells: pd.DataFrame, lists: pd.DataFrame) -> Division:
    """Every region of every boundary year as a sum of pieces; `unknown` is a piece, too (G3)."""
    nowhere = (lists["level"] == "municipality") & (lists["region"] == UNKNOWN)
    unknown = str(lists["piece"][nowhere].min()) if nowhere.any() else UNKNOWN
    finest = tuple(sorted({*lists["piece"], unknown}))
    place = {code: number for number, code in enumerate(finest)}
    members: dict[str, set[int]] = {f"piece|{code}": {n} for code, n in place.items()}
    columns = ("geography", "level", "region", "piece")
    for geography, level, region, piece in zip(*(lists[c] for c in columns), strict=True):
        members.setdefault(f"{geography}|{level}|{region}", set()).add(place[piece])
    own = cells[["geography", "level", "region"]].drop_duplicates()
    for geography, level, region in own.itertuples(index=False):
        found = members.setdefault(f"{geography}|{level}|{region}", set())
        if level == NATION and region == NATION_CODE:
            found |= set(range(len(finest)))
        elif region == UNKNOWN:
            found.add(place[unknown])
    return Division("region", finest, {code: sorted(of) for code, of in members.items() if of})


def _table(cube: Cube, cells: pd.DataFrame, places: Division) -> PublishedTable:
    """A cube's cells with their codes as numbers."""
    divisions = tuple(
        Division(
            one.name,
            one.codes,
            {code: [one.codes.index(c) for c in one.inner_of(code)] for code in one.all_codes},
        )
        for one in sorted(cube.dimensions, key=lambda one: DIMENSIONS.index(one.name))
    )
    where = _numbers(cells, ("geography", "level", "region"), places.number)
    number, codes = pd.factorize(cells["code"])
    split = [str(code).split("|") for code in codes]
    own = [
        np.array([division.number[code[at]] for code in split], np.int64)[number]
        for at, division in enumerate(divisions)
    ]
    value = cells["value"]
    return PublishedTable(
        name=cube.name,
        divisions=(places, *divisions),
        codes=(where, *own),
        value=np.rint(value.fillna(0).to_numpy()).astype(np.int64),
        known=value.notna().to_numpy(),
        count=np.rint(cells["count"].fillna(0).to_numpy()).astype(np.int64),
    )


def _numbers(cells: pd.DataFrame, columns: Sequence[str], number: Mapping[str, int]) -> Ints:
    """The number of each row's joined code; each different one is looked up once."""
    parts = [pd.factorize(cells[name]) for name in columns]
    key = reduce(lambda total, part: total * len(part[1]) + part[0], parts, np.int64(0))
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    rows = zip(*(cells[name].iloc[first] for name in columns), strict=True)
    return np.array([number["|".join(map(str, row))] for row in rows], np.int64)[which]


def _home(places: Division, lists: pd.DataFrame) -> list[list[int]]:
    """Blocks: the counties of the first boundary year, and the pieces."""
    first = lists["geography"].min()
    county = lists[(lists["level"] == "county") & (lists["geography"] == first)]
    of = dict(zip(county["piece"], county["region"], strict=True))
    names = [of.get(piece, UNKNOWN) for piece in places.finest]
    number = {name: at for at, name in enumerate(sorted(set(names)))}
    return [[number[name] for name in names], list(range(len(places.finest)))]
