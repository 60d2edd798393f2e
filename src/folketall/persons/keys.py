"""The key table: every PIN ever seen and the person behind it (L1).

Ids are numbers without meaning, given once and kept: in the order of a keyed hash, so that an id
says nothing about the PIN it was given for.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from folketall.model.table import conform
from folketall.model.tables import PERSON_KEY


def pin_hash(pin: str | Column, secret: str) -> Column:
    """What stands for a PIN where no PIN may stand: a hash keyed by the office's secret."""
    text = F.col(pin) if isinstance(pin, str) else pin
    return F.sha2(F.concat(F.lit(secret + "|"), text), 256)


def pins_seen(columns: Sequence[tuple[DataFrame, str]]) -> DataFrame:
    """Every PIN in the given columns of the registers, once: (pin)."""
    parts = [df.select(F.col(name).alias("pin")).where("pin is not null") for df, name in columns]
    return reduce(DataFrame.unionByName, parts).distinct()


def person_keys(pins: DataFrame, chains: DataFrame, given: DataFrame, *, secret: str) -> DataFrame:
    """Give every PIN its person: the one it has, or that its chain leads to, or a new one (L1).

    Args:
        pins: one row a PIN ever seen.
        chains: pin, newest, steps, as `newest_pins` returns them.
        given: PERSON_KEY as it was before, perhaps empty. An id given is never changed: a chain
            that joins two persons keeps the smaller id; when a chain proves wrong, the part with
            the first PIN in hash order keeps the id and the others get new ones.

    Returns:
        PERSON_KEY: one row a PIN.
    """
    led = (
        pins.unionByName(given.select("pin"))
        .distinct()
        .join(chains, "pin", "left")
        .select(
            "pin",
            F.coalesce("newest", "pin").alias("newest"),
            F.coalesce("steps", F.lit(0)).alias("age_of_pin"),
            pin_hash("pin", secret).alias("order"),
        )
        .join(given.select("pin", F.col("person_id").alias("given_id")), "pin", "left")
    )
    ids = _ids_of_components(led, given)
    keyed = led.join(ids, "newest").select("pin", "person_id", "age_of_pin")
    return conform(keyed, PERSON_KEY)


def _ids_of_components(led: DataFrame, given: DataFrame) -> DataFrame:
    """(newest, person_id): the smallest id won by the component, else the next free number."""
    won = (
        led.where("given_id is not null")
        .groupBy("given_id")
        .agg(F.min(F.struct("order", "newest")).alias("first"))
        .groupBy(F.col("first.newest").alias("newest"))
        .agg(F.min("given_id").alias("kept_id"))
    )
    components = (
        led.groupBy("newest").agg(F.min("order").alias("order")).join(won, "newest", "left")
    )
    fresh = _numbered(components.where("kept_id is null").select("newest", "order"))
    # A number that a merger took out of use is not given again: persons are no more than PINs, so
    # counting the PINs too leaves it behind.
    last = given.agg(
        F.greatest(F.coalesce(F.max("person_id"), F.lit(0)), F.count(F.lit(1))).alias("last")
    )
    new = fresh.crossJoin(F.broadcast(last)).select(
        "newest", (F.col("last") + F.col("number")).alias("person_id")
    )
    kept = components.where("kept_id is not null").select(
        "newest", F.col("kept_id").alias("person_id")
    )
    return kept.unionByName(new)


def _numbered(rows: DataFrame) -> DataFrame:
    """Number rows 1, 2, ... in the order of their hash without gathering them in one place."""
    bucketed = rows.withColumn("bucket", F.substring("order", 1, 3))
    before = Window.orderBy("bucket").rowsBetween(Window.unboundedPreceding, -1)
    # 4 096 rows at most, so one task is enough for the running sum.
    offsets = (
        bucketed.groupBy("bucket")
        .agg(F.count(F.lit(1)).alias("size"))
        .select("bucket", F.coalesce(F.sum("size").over(before), F.lit(0)).alias("offset"))
    )
    within = Window.partitionBy("bucket").orderBy("order")
    return (
        bucketed.withColumn("place", F.row_number().over(within))
        .join(F.broadcast(offsets), "bucket")
        .select("newest", (F.col("offset") + F.col("place")).cast("bigint").alias("number"))
    )
