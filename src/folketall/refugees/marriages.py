"""Marriages as the records of either spouse tell them (P2)."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from folketall.population.attributes import marital_rank

MARRIED = ("2", "6")
STILL_TIED = ("2", "6", "5", "7")
"""Married, registered partner, separated: no end of the marriage."""


def marriages(marital_statuses: DataFrame, *, known_at: date) -> DataFrame:
    """Every marriage in either's records, from both sides.

    A marriage ends with its holder's next row of a status that is no tie, or of another spouse; a
    row without spouse ends nothing by that alone. Rows count in order of from_date, of each date
    the one K2 takes.

    Args:
        marital_statuses: MARITAL_STATUS_ROW.

    Returns:
        person_id, spouse_id, married_date, ended_date (null while it lasts). A marriage in both
        records is there twice.
    """
    latest = marital_rank().alias("rank")
    by_date = (
        marital_statuses.where(F.col("registration_date") <= F.lit(known_at))
        .groupBy("person_id", "from_date")
        .agg(F.max(F.struct("registration_date", latest, "status", "spouse_id")).alias("row"))
        .select("person_id", "from_date", "row.status", "row.spouse_id")
    )
    ordered = Window.partitionBy("person_id").orderBy("from_date")
    earlier = ordered.rowsBetween(Window.unboundedPreceding, -1)
    later = ordered.rowsBetween(1, Window.unboundedFollowing)
    # The first later row with another spouse is the first whose spouse differs from the one
    # before it: until then every spouse named was the same.
    other_spouse = F.col("spouse_id") != F.last("spouse_id", ignorenulls=True).over(earlier)
    ends = ~F.col("status").isin(*STILL_TIED) | F.coalesce("other_spouse", F.lit(False))
    held = (
        by_date.withColumn("other_spouse", other_spouse)
        .withColumn("end", F.when(ends, F.col("from_date")))
        .withColumn("ended_date", F.min("end").over(later))
        .where(
            F.col("status").isin(*MARRIED)
            & F.col("spouse_id").isNotNull()
            & (F.col("spouse_id") != F.col("person_id"))
        )
        .select("person_id", "spouse_id", F.col("from_date").alias("married_date"), "ended_date")
    )
    seen_from_spouse = held.select(
        F.col("spouse_id").alias("person_id"),
        F.col("person_id").alias("spouse_id"),
        "married_date",
        "ended_date",
    )
    return held.unionByName(seen_from_spouse)
