"""PINs, D-numbers and DUF numbers: valid, unique, and never those of a real person.

Every PIN has 80 added to its month (V1 `synthetic`). A number is a date part and the rank of the
person among those of that date, so no two are alike and no number is tried twice.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F

PIN, OLD_PIN, DUF, SECOND_DUF = range(4)
KINDS = 4
OWN_DAY = 300
"""So many persons of a birth date and sex have that date in their PIN; the others (unknown
birthdays given 1 January) are spread over the month."""
SPREAD = 100


def numbers(people: DataFrame, parts: int) -> DataFrame:
    """One row per block: `numbers`, a map from slot * KINDS + kind to the number."""
    asked = people.select("block", F.explode(_asked()).alias("asked")).select("block", "asked.*")
    ranked = _ranked(asked.repartition(parts, "pool", "sex"))
    given = ranked.withColumn(
        "number", F.when(F.col("day") == 0, _duf()).otherwise(F.lit(None))
    ).join(
        F.broadcast(_individual_numbers(people.sparkSession)), ["a", "c", "sex", "place"], "left"
    )
    number = F.coalesce("number", F.concat("date_part", "ending"))
    return (
        given.select("block", F.struct("key", number.alias("number")).alias("entry"))
        .repartition(parts, "block")
        .groupBy("block")
        .agg(F.map_from_entries(F.array_sort(F.collect_list("entry"))).alias("numbers"))
    )


def _asked() -> Column:
    """The numbers a person needs: key, pool (what it must be unique in), day, sex."""

    def one(kind: int, pool: Column, day: Column, wanted: Column) -> Column:
        key = (F.col("slot") * KINDS + kind).cast("int")
        sex = F.when(day > 0, F.col("sex")).otherwise("0")
        return F.when(
            wanted,
            F.struct(
                key.alias("key"),
                F.col("person_no"),
                pool.alias("pool"),
                day.alias("day"),
                sex.alias("sex"),
            ),
        )

    month = F.date_format("birth", "MMyy")
    other = F.date_add(F.col("birth"), 1)
    d_number = F.col("old_kind") == "D"
    year = F.year("arrival") - F.pmod(F.col("person_no"), F.lit(3)).cast("int").between(0, 0).cast(
        "int"
    )
    applied = F.concat(F.lit("U"), year.cast("string"))
    old_pool = F.when(d_number, F.concat(F.lit("D"), month)).otherwise(
        F.concat(F.lit("P"), F.date_format(other, "MMyy"))
    )
    old_day = F.when(d_number, F.dayofmonth("birth") + 40).otherwise(F.dayofmonth(other))
    return F.array_compact(
        F.array(
            one(PIN, F.concat(F.lit("P"), month), F.dayofmonth("birth"), F.lit(True)),
            one(OLD_PIN, old_pool, old_day, F.col("old_kind").isNotNull()),
            one(DUF, applied, F.lit(0), F.col("dufs") >= 1),
            one(SECOND_DUF, applied, F.lit(0), F.col("dufs") >= 2),
        )
    )


def _ranked(asked: DataFrame) -> DataFrame:
    """Adds `rank`, and of PINs `date_part`, `place` among its valid numbers and the check sums."""
    order = ("person_no", "key")
    on_day = Window.partitionBy("pool", "sex", "day").orderBy(*order)
    over = Window.partitionBy("pool", "sex", "crowded").orderBy("day", *order)
    spread = F.col("over") - 1
    first_day = F.when(F.col("day") > 40, 41).otherwise(1)
    crowded = F.col("crowded")
    day = F.when(crowded, first_day + F.floor(spread / SPREAD)).otherwise(F.col("day"))
    place = F.when(crowded, OWN_DAY + 1 + spread % SPREAD).otherwise(F.col("rank"))
    date_part = F.concat(
        F.lpad(day.cast("string"), 2, "0"),
        F.lpad((F.substring("pool", 2, 2).cast("int") + 80).cast("string"), 2, "0"),
        F.substring("pool", 4, 2),
    )
    return (
        asked.withColumn("rank", F.row_number().over(on_day))
        .withColumn("crowded", (F.col("rank") > OWN_DAY) & (F.col("day") > 0))
        .withColumn("over", F.row_number().over(over))
        .withColumn("place", place.cast("int"))
        .withColumn("date_part", F.when(F.col("day") > 0, date_part))
        .withColumn("a", _weighed(F.col("date_part"), (3, 7, 6, 1, 8, 9)))
        .withColumn("c", _weighed(F.col("date_part"), (5, 4, 3, 2, 7, 6)))
    )


def _weighed(digits: Column, weights: tuple[int, ...]) -> Column:
    total = F.lit(0)
    for place, weight in enumerate(weights, 1):
        total = total + F.substring(digits, place, 1).cast("int") * weight
    return (total % 11).cast("int")


def _duf() -> Column:
    """V2: year, running number, and both check digits as one sum modulo 11."""
    body = F.concat(F.substring("pool", 2, 4), F.lpad(F.col("rank").cast("string"), 6, "0"))
    check = _weighed(body, (4, 6, 3, 2, 4, 6, 3, 2, 7, 5))
    return F.concat(body, F.lpad(check.cast("string"), 2, "0"))


def _individual_numbers(spark: SparkSession) -> DataFrame:
    """The valid endings (individual number, two check digits) by what the date part sums to."""
    every = spark.range(0, 11 * 11 * 1000, 1, 1).select(
        (F.col("id") % 11).cast("int").alias("a"),
        (F.floor(F.col("id") / 11) % 11).cast("int").alias("c"),
        F.lpad(F.floor(F.col("id") / 121).cast("string"), 3, "0").alias("iii"),
    )
    first = F.pmod(-(F.col("a") + _weighed(F.col("iii"), (4, 5, 2))), F.lit(11))
    second = F.pmod(-(F.col("c") + _weighed(F.col("iii"), (5, 4, 3)) + F.col("k1") * 2), F.lit(11))
    nth = Window.partitionBy("a", "c", "sex").orderBy("iii")
    return (
        every.withColumn("k1", first)
        .withColumn("k2", second)
        .where("k1 < 10 AND k2 < 10")
        # The last digit of the individual number is odd for men.
        .withColumn("odd", F.substring("iii", 3, 1).cast("int") % 2 == 1)
        .withColumn("sex", F.when(F.col("odd"), "1").otherwise("2"))
        .withColumn("place", F.row_number().over(nth))
        .select(
            "a",
            "c",
            "sex",
            "place",
            F.concat("iii", F.col("k1").cast("string"), F.col("k2").cast("string")).alias("ending"),
        )
    )


def number(kind: int, slot: Column | None = None, numbers: Column | None = None) -> Column:
    """The number of a kind of the person in the slot, by default of the row's own."""
    key = (F.col("slot") if slot is None else slot) * KINDS + kind
    found = F.col("numbers") if numbers is None else numbers
    return F.try_element_at(found, key.cast("int"))
