"""What an evaluation finds: figures in one long table, a row each."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

FIELDS = ("part", "by", "group", "true", "found", "measure", "value")
"""Part of the evaluation; what it is split by, and which of that; the true and the found word of a
confusion, null elsewhere; what is measured: counts, or shares from 0 to 1."""
NONE = "none"
"""The word where the truth or the warehouse has nothing."""
TOTAL = "total"


def measures(
    rows: DataFrame, part: str, by: str, group: str | Column, names: list[str]
) -> DataFrame:
    """FIELDS from one column a measure."""
    named = rows.withColumn("group", F.col(group) if isinstance(group, str) else group)
    # A figure cannot be where there is nothing to divide by.
    long = named.select("group", *[F.col(n).cast("double").alias(n) for n in names]).unpivot(
        "group", [*names], "measure", "value"
    )
    none = F.lit(None).cast("string")
    return long.where("value is not null").select(
        F.lit(part).alias("part"),
        F.lit(by).alias("by"),
        F.col("group").cast("string").alias("group"),
        none.alias("true"),
        none.alias("found"),
        "measure",
        "value",
    )


def confusion(rows: DataFrame, part: str, true: str, found: str) -> DataFrame:
    """FIELDS: how many persons of each true word were given which word."""
    counted = rows.groupBy(
        F.coalesce(true, F.lit(NONE)).alias("true"), F.coalesce(found, F.lit(NONE)).alias("found")
    ).agg(F.count(F.lit(1)).cast("double").alias("value"))
    return counted.select(
        F.lit(part).alias("part"),
        F.lit("confusion").alias("by"),
        F.lit(TOTAL).alias("group"),
        "true",
        "found",
        F.lit("persons").alias("measure"),
        "value",
    )


def by_and_total(rows: DataFrame, part: str, by: str, sums: list[Column], names: list[str],
                 shares: dict[str, Column]) -> DataFrame:  # fmt: skip
    """Counts and shares for each value of a column, and together."""
    parts = []
    for grouped, label in ((rows.groupBy(by), F.coalesce(by, F.lit(NONE))), (rows.groupBy(), None)):
        counted = grouped.agg(*sums).withColumns(shares)
        group = F.lit(TOTAL) if label is None else label
        what = "all" if label is None else by
        parts.append(measures(counted, part, what, group, [*names, *shares]))
    return parts[0].unionByName(parts[1])


def count_if(condition: Column | str) -> Column:
    """How many rows a condition is true of."""
    return F.count_if(F.expr(condition) if isinstance(condition, str) else condition)


def share(of: str, among: Column | str) -> Column:
    """One count as a share of another; null where that is zero."""
    under = F.col(among) if isinstance(among, str) else among
    return F.when(under > 0, F.col(of) / under)
