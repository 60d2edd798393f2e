"""Citizenship and marital status on a day, as known at another (K2)."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

UNKNOWN = "unknown"


def citizenship_preference() -> Column:
    """K2, ties: 000 before others, then the smaller code. The larger struct goes first."""
    return F.struct(
        (F.col("country") == "000").alias("norwegian"),
        (-F.expr("try_cast(country AS INT)")).alias("smaller"),
    )


def marital_preference() -> Column:
    """K2, ties: the larger status code; the spouse is settled in MARITAL_STATUS_ROW."""
    return F.struct("status")


def value_on(
    requests: DataFrame,
    rows: DataFrame,
    *,
    request: list[str],
    value: str,
    preference: Column,
    into: str,
    later: bool = False,
) -> DataFrame:
    """The value on a day, as known at a day: equi-join, filter, one aggregate (K2).

    Args:
        requests: what is asked.
        request: its columns, which identify a row and hold person_id, on_date and known_at.
        rows: person_id, from_date, registration_date and what `value` and `preference` name.
        value: the column wanted.
        preference: a struct; of rows that are equal in date and registration the larger counts.
        into: its name in the result.
        later: where nothing is known on the day, take the earliest row of the 12 months after
            it (M3).

    Returns:
        The columns `request` and `into`, one row a request; `unknown` where nothing is known.
    """
    registered = rows.select(
        "person_id",
        F.struct("from_date", "registration_date", preference.alias("preference"), value).alias(
            "row"
        ),
    )
    joined = requests.join(registered, "person_id", "left")
    since = F.col("row.from_date")
    known = F.col("row.registration_date") <= F.col("known_at")
    begun = known & (since <= F.col("on_date"))
    found = F.max(F.when(begun, F.col("row")))[value]
    if later:
        soon = known & since.between(F.date_add("on_date", 1), F.add_months("on_date", 12))
        nearness = (-F.unix_date(since)).alias("nearness")
        next_found = F.max(F.when(soon, F.struct(nearness, "row")))["row"]
        # A row whose value is unknown still is the one known on the day.
        any_begun = F.max(begun)
        found = F.when(any_begun, found).otherwise(next_found[value])
    return (
        joined.groupBy(*request)
        .agg(found.alias(into))
        .withColumn(into, F.coalesce(into, F.lit(UNKNOWN)))
    )
