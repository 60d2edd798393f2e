"""What an evaluation finds: counted in Spark in fine cells, summed up here in a long table.

A part of the evaluation is one count of rows by a few words. Its figures, shares and confusions
are sums over those cells: a few hundred numbers, for which no more queries are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

FIELDS = ("part", "by", "group", "true", "found", "measure", "value")
"""Part of the evaluation; what it is split by, and which of that; the true and the found word of a
confusion, null elsewhere; what is measured: counts, or shares from 0 to 1."""
NONE = "none"
"""The word where the truth or the warehouse has nothing."""
TOTAL = "total"

Row = Mapping[str, Any]
"""A figure: FIELDS."""
Key = tuple[str | None, ...]
Cells = Mapping[Key, float | None]
"""How many rows have each combination of words."""
Measures = dict[str, Callable[[Key], bool]]
"""Counts: which cells each takes in."""
Shares = dict[str, Callable[[Mapping[str, float]], tuple[float, float]]]
"""Shares: the part and the whole, from the counts."""


def counted(rows: DataFrame, part: str, *by: str) -> DataFrame:
    """How many rows have each combination of words: (part, key, value)."""
    return keyed(rows.groupBy(*by).agg(F.count(F.lit(1)).alias("value")), part, *by)


def keyed(rows: DataFrame, part: str, *by: str) -> DataFrame:
    """Values that are there already, in the shape of `counted`."""
    return rows.select(
        F.lit(part).alias("part"),
        F.array(*[F.col(name).cast("string") for name in by]).alias("key"),
        F.col("value").cast("double").alias("value"),
    )


def by_part(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[Key, float | None]]:
    """The cells of every part, from the rows of `counted`."""
    found: dict[str, dict[Key, float | None]] = {}
    for row in rows:
        found.setdefault(row["part"], {})[tuple(row["key"])] = row["value"]
    return found


def figure(part: str, by: str, group: str, measure: str, value: float, *,
           true: str | None = None, found: str | None = None) -> Row:  # fmt: skip
    """One row of FIELDS."""
    return dict(zip(FIELDS, (part, by, group, true, found, measure, value), strict=True))


def by_group(
    cells: Cells, part: str, by: str, at: int, measures: Measures, shares: Shares
) -> list[Row]:
    """Counts and shares for each word at a place of the key."""
    words = sorted({key[at] or NONE for key in cells})
    rows = []
    for word in words:
        own = {key: n for key, n in cells.items() if (key[at] or NONE) == word}
        rows += _figures(own, part, by, word, measures, shares)
    return rows


def together(cells: Cells, part: str, measures: Measures, shares: Shares) -> list[Row]:
    """Counts and shares of all."""
    return _figures(cells, part, "all", TOTAL, measures, shares)


def _figures(
    cells: Cells, part: str, by: str, group: str, measures: Measures, shares: Shares
) -> list[Row]:
    values = {
        name: sum((n or 0.0 for key, n in cells.items() if takes(key)), 0.0)
        for name, takes in measures.items()
    }
    for name, of in shares.items():
        some, whole = of(values)
        # A share cannot be where there is nothing to divide by.
        if whole > 0:
            values[name] = some / whole
    return [figure(part, by, group, name, value) for name, value in values.items()]


def confusion(
    cells: Cells, part: str, true: Callable[[Key], str | None], found: Callable[[Key], str | None]
) -> list[Row]:
    """How many of each true word were given which word."""
    pairs: dict[tuple[str, str], float] = {}
    for key, n in cells.items():
        pair = true(key) or NONE, found(key) or NONE
        pairs[pair] = pairs.get(pair, 0.0) + (n or 0.0)
    return [
        figure(part, "confusion", TOTAL, "persons", n, true=pair[0], found=pair[1])
        for pair, n in sorted(pairs.items())
    ]
