"""The censuses of 1960 and 1970, and the files of reason made in 1995 and 2006."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.synthetic.calendar import CENSUS_DAYS
from folketall.synthetic.draws import Draws
from folketall.synthetic.localities import code_on

ME = "person_no"


def census(stays: DataFrame, draws: Draws) -> DataFrame:
    """Everyone who lived in Norway on a census day; a few were not counted."""
    years = F.array(
        *[
            F.when((F.col("day") <= F.lit(day)) & (F.col("until") > F.lit(day)), F.lit(day))
            for day in CENSUS_DAYS
        ]
    )
    year = F.year("census_day").cast("string")
    told = F.col("arrival").isNotNull() & draws.chance("census year told", 0.6, ME)
    counted = stays.where("ticket >= 0").withColumn("census_day", F.explode(F.array_compact(years)))
    return counted.where(~draws.chance("not counted", 0.01, ME, F.year("census_day"))).select(
        year.alias("census_year"),
        "pin",
        code_on(F.col("chain"), F.col("census_day")).alias("municipality"),
        F.when(F.col("native"), "000").otherwise(F.col("origin")).alias("birth_country"),
        F.when(told, F.year("arrival").cast("string")).alias("immigration_year"),
    )


def _reason(draws: Draws) -> tuple[Column, Column]:
    refugee = F.col("reason") == "refugee"
    unit = draws.unit("file detail", "block", "root")
    detail = (
        F.when(unit < 0.25, "resettlement")
        .when(unit < 0.7, "asylum")
        .when(unit < 0.8, "other")
        .otherwise("unspecified")
    )
    return F.coalesce("reason", F.lit("family")), F.when(refugee, detail)


def reason_1995(families: DataFrame, draws: Draws) -> DataFrame:
    """Of those who came before 1995, three in five; some unspecified."""
    reason, detail = _reason(draws)
    silent = draws.chance("1995 silent", 0.08, ME)
    return families.where(
        (F.col("arrival") < "1995-01-01") & draws.chance("in 1995", 0.6, ME)
    ).select(
        F.col("pin_now").alias("pin"),
        F.when(silent, "unspecified").otherwise(reason).alias("reason"),
        F.when(~silent, detail).alias("detail"),
    )


def reason_2006(families: DataFrame, draws: Draws) -> DataFrame:
    """Of those who came before 2006, three in five; one row for each main reason heard of."""
    reason, detail = _reason(draws)
    other = draws.weighted(
        "2006 other",
        (("family", 4), ("labour", 3), ("other", 1), ("unspecified", 2), ("education", 1)),
        ME,
    )
    nothing = F.lit(None).cast("string")
    reliability = F.format_number(draws.unit("reliability", ME), 2)
    rows = F.array_compact(
        F.array(
            F.struct(
                reason.alias("reason"),
                detail.alias("detail"),
                F.when(draws.chance("reliability told", 0.85, ME), reliability).alias(
                    "reliability"
                ),
            ),
            F.when(
                draws.chance("2006 second", 0.3, ME),
                F.struct(
                    other.alias("reason"),
                    nothing.alias("detail"),
                    F.format_number(draws.unit("reliability 2", ME), 2).alias("reliability"),
                ),
            ),
        )
    )
    return (
        families.where((F.col("arrival") < "2006-01-01") & draws.chance("in 2006", 0.6, ME))
        .select(F.col("pin_now").alias("pin"), F.explode(rows).alias("row"))
        .select("pin", "row.*")
    )
