"""`suppress` for the cubes of a stock: from the rows of a cube to its structure, and back.

Protected are the nation, the parts of the country that are sums of whole counties, the counties
and the municipalities, with every margin of the cube's dimensions. Other levels (economic region,
centrality, parts that cut a county) divide the municipalities differently; until they are
protected together with the tree all their cells are left empty, status `suppressed`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.cubes.declared import NATION, NATION_CODE, UNKNOWN
from folketall.model.errors import StatisticsError
from folketall.model.table import conform
from folketall.model.tables import PUBLISHED_CUBE
from folketall.protection.elimination import Ints
from folketall.protection.layout import layout
from folketall.protection.tree import Tree, protect_tree

SUPPRESSED = "suppressed"
TABLE_KEY = ("persons", "period", "geography", "measure")
"""What is protected together: all cubes that count the same persons."""
TREE_LEVELS = (NATION, "region", "county", "municipality")
SAME_PERSONS = "refugees_by_"
"""Cubes whose names begin so count the same persons by different dimensions."""
PLACES = ("part_code", "county_code")
"""Of a municipality's row: its part of the country and its county."""


def suppress_stock(
    cells: DataFrame, regions: DataFrame, *, threshold: int, zeros: bool
) -> DataFrame:
    """Leave cells empty so that no small count can be computed from the others (X2).

    Args:
        cells: CUBE, of stocks only: every region's count is the sum of its municipalities'.
        regions: (period, municipality, level, region), of the boundary years.
        threshold: counts from 1 to this are primary.
        zeros: whether zeros are primary too.

    Returns:
        PUBLISHED_CUBE: a row for every row. All refugee cubes of a (period, geography, measure)
        are safe together, any other cube by itself.
    """

    def protect(table: pd.DataFrame) -> pd.DataFrame:
        return protect_table(table, threshold, zeros)

    place = [f"{name} string" for name in (*PLACES, "persons")]
    schema = ", ".join([PUBLISHED_CUBE.schema.simpleString()[7:-1].replace(":", " "), *place])
    # A stock has no net, and so no terms of one.
    counts = cells.drop("plus", "minus")
    placed = counts.transform(_placed, regions).withColumn("status", F.lit(None).cast("string"))
    name = F.col("cube")
    persons = F.when(name.startswith(SAME_PERSONS), "refugees").otherwise(name)
    tables = placed.withColumn("persons", persons).groupBy(*TABLE_KEY)
    done = tables.applyInPandas(protect, schema)
    return done.drop(*PLACES, "persons").transform(conform, PUBLISHED_CUBE)


def _placed(cells: DataFrame, regions: DataFrame) -> DataFrame:
    """Every row of a municipality with its county and its part of the country."""
    level, region = F.col("level"), F.col("region")
    at = regions.groupBy(
        F.col("period").alias("geography"),
        F.lit("municipality").alias("level"),
        F.col("municipality").alias("region"),
    ).agg(
        F.max(F.when(level == "region", region)).alias("part_code"),
        F.max(F.when(level == "county", region)).alias("county_code"),
    )
    # A municipality that is not in the list is unknown at every level (G3).
    known = {name: F.coalesce(name, F.lit(UNKNOWN)) for name in PLACES}
    joined = cells.join(F.broadcast(at), on=["geography", "level", "region"], how="left")
    return joined.withColumns(known)


def protect_table(table: pd.DataFrame, threshold: int, zeros: bool) -> pd.DataFrame:
    """One cube of one period: every row back, with value and status decided."""
    structure = _Structure(table)
    structure.check()
    status = protect_tree(structure.tree, threshold=threshold, zeros=zeros)
    decided = np.concatenate((status.above, status.counties, status.municipalities))
    hidden = np.ones(len(table), np.bool_)
    hidden[structure.rows] = decided[structure.region, structure.cell]
    status_of = table["status"].mask(hidden, SUPPRESSED)
    return table.assign(value=table["value"].mask(hidden), status=status_of)


class _Structure:
    """The tree of one cube of one period, and where each row is in it."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.name = " ".join(str(table[name].iloc[0]) for name in TABLE_KEY)
        self._table = table
        self._levels = {level: table["level"].eq(level).to_numpy() for level in TREE_LEVELS}
        cells = layout(table)
        self._municipalities, home, part = self._lowest(table)
        self._counties = sorted(set(home))
        county_of = np.searchsorted(self._counties, home) if home else np.zeros(0, np.int64)
        self._parts, above = _above(self._counties, home, part)
        self.rows, self.region = self._regions()
        self.cell: Ints = cells.cell[self.rows]
        counts = self._inner_counts(len(cells.pattern), cells.inner)
        counties = np.zeros((len(self._counties), len(cells.inner)), np.int64)
        np.add.at(counties, county_of, counts)
        leaves = counts if self._levels["municipality"].any() else counts[:0]
        self.tree = Tree(
            cells.pattern,
            cells.inner,
            counties,
            above,
            leaves,
            county_of[: len(leaves)],
            cells.relations,
        )

    def _lowest(self, table: pd.DataFrame) -> tuple[list[str], list[str], list[str]]:
        """The regions of the lowest level that the cube has, their counties and parts."""
        for level in ("municipality", "county", NATION):
            found = table[self._levels[level]].drop_duplicates("region").sort_values("region")
            if len(found) and level == "municipality":
                return list(found["region"]), list(found["county_code"]), list(found["part_code"])
            if len(found):
                # Without municipalities nothing says which part of the country a county is in.
                return list(found["region"]), list(found["region"]), []
        return [], [], []

    def _regions(self) -> tuple[NDArray[np.intp], Ints]:
        """The rows that are in the tree, and the region of each in its order, above first."""
        lowest = self._levels["municipality"].any()
        names = [(NATION, NATION_CODE), *[("region", part) for part in self._parts]]
        names += [("county", county) for county in self._counties]
        names += [("municipality", code) for code in self._municipalities] if lowest else []
        index = pd.MultiIndex.from_tuples(names)
        where = index.get_indexer(pd.MultiIndex.from_frame(self._table[["level", "region"]]))
        rows = np.flatnonzero(where >= 0)
        return rows, where[rows].astype(np.int64)

    def _inner_counts(self, cells: int, inner: Ints) -> Ints:
        """Counts of the lowest regions by inner cell, read from their own rows."""
        counts = np.zeros((len(self._municipalities), cells), np.int64)
        above = 1 + len(self._parts)
        if self._levels["municipality"].any():
            first = above + len(self._counties)
        else:
            first = above if self._levels["county"].any() else 0
        mine = (self.region >= first) & (self.region < first + len(counts))
        values = self._table["value"].to_numpy()[self.rows[mine]]
        counts[self.region[mine] - first, self.cell[mine]] = np.rint(values).astype(np.int64)
        found: Ints = counts[:, inner]
        return found

    def check(self) -> None:
        """Every cell must be the sum it is taken for, or the protection would be of nothing.

        Raises:
            StatisticsError: naming the first cell that is not.
        """
        tree = self.tree
        counts = np.concatenate((tree.above @ tree.counties, tree.counties, tree.municipalities))
        expected = (counts @ tree.pattern.T)[self.region, self.cell]
        wrong = np.flatnonzero(self._table["value"].to_numpy()[self.rows] != expected)
        negative = bool((counts < 0).any())
        if len(wrong) or negative:
            row = self._table.iloc[self.rows[wrong[0]]] if len(wrong) else None
            place = "" if row is None else f" at {row['cube']} {row['level']} {row['region']}"
            raise StatisticsError(
                f"{self.name}{place}: a cell is not the sum of its inner cells; "
                "only whole, additive counts can be suppressed"
            )
        if (counts @ tree.relations).any():
            raise StatisticsError(f"{self.name}: cubes of the same persons have different totals")


def _above(counties: list[str], home: list[str], part: list[str]) -> tuple[list[str], Ints]:
    """The parts that are unions of counties, and which counties the nation and they hold."""
    nation = np.ones((1, len(counties)), np.int64)
    pairs = sorted(set(zip(home, part, strict=True))) if part else []
    if len(pairs) != len(counties) or not part:
        return [], nation  # a county in two parts: that level is not protected yet
    parts = sorted({code for _, code in pairs})
    held = np.array([[code == mine for _, mine in pairs] for code in parts], np.int64)
    return parts, np.concatenate((nation, held))
