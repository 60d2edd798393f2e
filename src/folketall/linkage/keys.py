"""The key table: every PIN ever seen and the person behind it (L1, L7).

Every PIN has a number without meaning, given once in the order of a keyed hash, never changed and
never given again. A person's id is the smallest number of its PINs: a chain that joins two persons
keeps the id given first, and a chain that is lost again leaves each part a number of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from hashlib import sha256

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from folketall.model.table import conform
from folketall.model.tables import PERSON_AT, PERSON_DRAW, PERSON_KEY

_BLOCK = 64
"""Bytes of a block of SHA-256."""


def keyed_hash(text: Column, secret: str) -> Column:
    """HMAC-SHA256 of a text in UTF-8 (RFC 2104), in hexadecimal."""
    key = secret.encode()
    key = (sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner, outer = (F.lit(bytearray(byte ^ pad for byte in key)) for pad in (0x36, 0x5C))
    message = F.unhex(F.sha2(F.concat(inner, F.encode(text, "UTF-8")), 256))
    return F.sha2(F.concat(outer, message), 256)


def pin_hash(pin: str | Column, secret: str) -> Column:
    """What stands for a PIN where no PIN may stand: a hash keyed by the office's secret."""
    return keyed_hash(F.col(pin) if isinstance(pin, str) else pin, secret)


def draw_of(hashed: Column) -> Column:
    """L7: the first 63 bits of a hash in hexadecimal, as a bigint."""
    high, low = (F.conv(F.substring(hashed, place, 8), 16, 10).cast("long") for place in (1, 9))
    return F.shiftleft(high, 31).bitwiseOR(F.shiftright(low, 1))


def pins_seen(columns: Sequence[tuple[DataFrame, str]]) -> DataFrame:
    """Every PIN in the given columns of the registers, once: (pin)."""
    parts = [df.select(F.col(name).alias("pin")).where("pin is not null") for df, name in columns]
    return reduce(DataFrame.unionByName, parts).distinct()


def person_keys(pins: DataFrame, chains: DataFrame, given: DataFrame, *, secret: str) -> DataFrame:
    """Give every PIN a number, and the person that its chain leads to (L1, L7).

    Args:
        pins: one row a PIN ever seen.
        chains: pin, newest, steps, as `newest_pins` returns them.
        given: PERSON_KEY as it was before, perhaps empty. What it has stays; its largest number
            is the high-water mark from which new numbers go on.
        secret: keys.secret.

    Returns:
        PERSON_KEY: one row a PIN.
    """
    fresh = pins.join(given, "pin", "left_anti").select(
        "pin", pin_hash("pin", secret).alias("order")
    )
    last = given.agg(F.coalesce(F.max("number"), F.lit(0)).alias("last"))
    new = (
        _numbered(fresh)
        .crossJoin(F.broadcast(last))
        .select("pin", (F.col("last") + F.col("place")).alias("number"))
    )
    return persons_of(given.select("pin", "number").unionByName(new), chains, secret=secret)


def persons_of(numbers: DataFrame, chains: DataFrame, *, secret: str) -> DataFrame:
    """The persons that chains make of numbered PINs (L1), each with its draw (L7).

    The draw is of the first PIN of the chain, the most steps from the newest; where several are,
    of the one whose hash is smallest.

    Args:
        numbers: pin, number.
        chains: pin, newest, steps, as `newest_pins` returns them.
        secret: keys.secret.

    Returns:
        PERSON_KEY.
    """
    led = numbers.join(chains, "pin", "left").select(
        "pin",
        "number",
        F.coalesce("newest", "pin").alias("newest"),
        F.coalesce("steps", F.lit(0)).alias("age_of_pin"),
        pin_hash("pin", secret).alias("hashed"),
    )
    first = F.min(F.struct((-F.col("age_of_pin")).alias("newness"), "hashed"))
    persons = led.groupBy("newest").agg(
        F.min("number").alias("person_id"), draw_of(first["hashed"]).alias("draw")
    )
    return conform(led.join(persons, "newest").select(*PERSON_KEY.columns), PERSON_KEY)


def known_otherwise(keys: DataFrame, known: DataFrame) -> DataFrame:
    """The numbers whose person or place in the chain another K sees otherwise: PERSON_AT.

    Args:
        keys: PERSON_KEY.
        known: the same at the other K, as `persons_of` returns it.
    """
    same = ["number", "person_id", "age_of_pin"]
    return conform(known.select(*same).exceptAll(keys.select(*same)), PERSON_AT)


def keys_at(keys: DataFrame, otherwise: DataFrame) -> DataFrame:
    """The key table as the run's K knows the chains (K4): pin, person_id, age_of_pin.

    Args:
        keys: PERSON_KEY.
        otherwise: PERSON_AT of the run.
    """
    # As many rows as PINs that were changed after the run's K: none, where it is the newest.
    other = otherwise.select(
        "number", F.col("person_id").alias("other_id"), F.col("age_of_pin").alias("other_age")
    )
    return keys.join(F.broadcast(other), "number", "left").select(
        "pin",
        F.coalesce("other_id", "person_id").alias("person_id"),
        F.coalesce("other_age", "age_of_pin").alias("age_of_pin"),
    )


def draws(known: DataFrame) -> DataFrame:
    """PERSON_DRAW: the draw of every person (L7).

    Args:
        known: PERSON_KEY, or as `persons_of` returns it.
    """
    return conform(known.select(*PERSON_DRAW.columns).distinct(), PERSON_DRAW)


def _numbered(rows: DataFrame) -> DataFrame:
    """Number PINs 1, 2, ... in the order of their hash without gathering them in one place.

    Args:
        rows: pin, order.

    Returns:
        pin, place.
    """
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
        bucketed.withColumn("rank", F.row_number().over(within))
        .join(F.broadcast(offsets), "bucket")
        .select("pin", (F.col("offset") + F.col("rank")).cast("bigint").alias("place"))
    )
