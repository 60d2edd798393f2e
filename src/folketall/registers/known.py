"""Which delivered rows count: the newest full delivery and what came after it (K3, K4)."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.model.deliveries import DeliveredTable

LIMITED_BY_REGISTRATION = "cpr"
"""CPR rows known at K are told by their registration date, not by their delivery."""


def counted_deliveries(deliveries: DataFrame, *, source: str, known_at: date | None) -> DataFrame:
    """K3: the dates of the deliveries of a source that count, as `delivered_on`.

    The last full delivery and the increments after it; the increments alone where there is no
    full one. For sources other than cpr only those delivered on or before `known_at`.
    """
    of_source = deliveries.where(F.col("source") == source)
    if known_at is not None and source != LIMITED_BY_REGISTRATION:
        of_source = of_source.where(F.col("delivered_on") <= F.lit(known_at))
    full = F.when(F.col("mode") == "full", F.col("delivered_on"))
    last_full = of_source.agg(F.max(full).alias("last_full"))
    since = F.col("last_full").isNull() | (F.col("delivered_on") >= F.col("last_full"))
    return of_source.crossJoin(F.broadcast(last_full)).where(since).select("delivered_on")


def counted(
    register: DataFrame, deliveries: DataFrame, *, source: str, known_at: date | None
) -> DataFrame:
    """K3: the rows of a register table that count.

    Args:
        register: one row per accepted row of every delivery, with `delivered_on`.
        deliveries: the table DELIVERY; rows of deliveries not in it never count.
        source: the source of the register table.
        known_at: K; null means everything delivered. Of cpr all deliveries count at any K.

    Returns:
        The rows of `register` that count, columns unchanged.
    """
    dates = counted_deliveries(deliveries, source=source, known_at=known_at)
    return register.join(F.broadcast(dates), on="delivered_on", how="left_semi").select(
        *register.columns
    )


def newest_by_key(rows: DataFrame, table: DeliveredTable) -> DataFrame:
    """Of each key the row of the latest delivery; of several, the one that sorts last.

    Args:
        rows: one row per delivered row of a table with a key, with `delivered_on`.
        table: the table they belong to.

    Returns:
        One row per key, columns unchanged.
    """
    if table.key is None:
        raise ValueError(f"{table.name} has no key")
    # Tables with a key hold texts and ISO dates only, which sort as their text does; in a
    # struct null sorts first.
    newest = F.max(F.struct("delivered_on", *table.column_names)).alias("newest")
    return (
        rows.groupBy(F.col(table.key).alias("_key"))
        .agg(newest)
        .select(*[F.col(f"newest.`{name}`").alias(name) for name in rows.columns])
    )


def default_known_at(deliveries: DataFrame) -> date | None:
    """K4: the date of the newest delivery; None where there is none."""
    newest: date | None = deliveries.agg(F.max("delivered_on")).collect()[0][0]
    return newest
