"""Published figures against true ones: what the registers' faults and the protection cost."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.cubes.declared import NATION
from folketall.evaluation.results import TOTAL

FLOWS = {
    "immigration": "immigration",
    "emigration": "emigration",
    "internal": "between_municipalities",
    "intramunicipal": "intramunicipal",
}
"""The truth's kinds of move, and the measure of the nation they are counted under."""
RESIDENTS = "residents"
REFUGEES = "refugee background"


def true_figures(
    persons: DataFrame, residences: DataFrame, moves: DataFrame, *, years: Sequence[int]
) -> DataFrame:
    """Figures of the nation counted from the truth: (period, group, true_value).

    Args:
        persons: the truth's persons.
        residences: the truth's stays, `to_date` exclusive, null while open.
        moves: the truth's moves.
        years: of the 1 January, and of the flows.
    """
    spark = persons.sparkSession
    days = spark.createDataFrame([(str(y), f"{y}-01-01") for y in years], "period string, d string")
    on = days.select("period", F.to_date("d").alias("day"))
    covers = "from_date < day and (to_date is null or to_date >= day)"
    there = residences.join(F.broadcast(on), F.expr(covers)).select(
        "period", "day", "person_no"
    ).distinct()  # fmt: skip
    background = true_backgrounds(persons)
    refugees = there.join(background, "person_no").where("first_immigration_date < day")
    flows = moves.withColumns(
        {"period": F.year("event_date").cast("string"), "group": _named(FLOWS, F.col("kind"))}
    ).where(F.col("group").isNotNull() & F.col("period").isin([str(y) for y in years]))
    parts = [
        _counted(there.withColumn("group", F.lit(RESIDENTS))),
        _counted(refugees.withColumn("group", F.lit(REFUGEES))),
        _counted(refugees.withColumn("group", F.col("category"))),
        _counted(flows),
    ]
    return reduce(DataFrame.unionByName, parts)


def true_backgrounds(persons: DataFrame) -> DataFrame:
    """S3 on the truth: person_no, first_immigration_date, category of those with the background."""
    refugee = persons.where("reason = 'refugee'").select(F.col("person_no").alias("reference_no"))
    came = persons.where("immigrant and first_immigration_date is not null")
    principal = came.where("reason = 'refugee'").withColumn(
        "category", F.coalesce("detail", F.lit("unspecified"))
    )
    kind = F.when(F.col("family_type") == "enlargement", "family_enlargement").when(
        F.col("family_type").isin("accompanying", "reunification"), "family_reunification"
    )
    family = (
        came.where("reason = 'family'")
        .join(refugee, "reference_no", "left_semi")
        .withColumn("category", F.coalesce(kind, F.lit("family_unspecified")))
    )
    columns = ("person_no", "first_immigration_date", "category")
    return principal.select(*columns).unionByName(family.select(*columns))


def _counted(rows: DataFrame) -> DataFrame:
    return rows.groupBy("period", "group").agg(F.count(F.lit(1)).cast("double").alias("true_value"))


def _named(words: dict[str, str], of: Column) -> Column:
    found: Column = F.lit(None).cast("string")
    for word, name in words.items():
        found = F.when(of == word, name).otherwise(found)
    return found


def published_figures(cells: DataFrame) -> DataFrame:
    """The same figures as published: (period, group, value)."""
    nation = cells.where((F.col("level") == NATION) & (F.col("geography") == F.col("period")))
    total = {name: F.col(name) == TOTAL for name in ("sex", "age", "immigrant")}
    residents = (
        (F.col("cube") == "population_by_background")
        & total["sex"]
        & total["age"]
        & total["immigrant"]
    )
    flows = (F.col("cube") == "migrations_by_age") & total["sex"] & total["age"]
    flows &= F.col("measure").isin(list(FLOWS.values()))
    refugees = F.col("cube") == "refugees_by_category"
    group = (
        F.when(residents, RESIDENTS)
        .when(refugees & (F.col("category") == TOTAL), REFUGEES)
        .when(refugees & ~F.col("category").isin("principal", "family"), F.col("category"))
        .when(flows, F.col("measure"))
    )
    return nation.select("period", group.alias("group"), "value").where(F.col("group").isNotNull())


def figure_figures(true: DataFrame, published: DataFrame) -> DataFrame:
    """Both beside each other: FIELDS with measures true, published, difference and off (a share).

    A cell that is protected has no published figure; one that the truth does not have is zero.
    """
    both = published.join(true, ["period", "group"], "left").withColumn(
        "true", F.coalesce("true_value", F.lit(0.0))
    )
    rows = both.withColumns(
        {
            "published": F.col("value"),
            "difference": F.col("value") - F.col("true"),
            "off": F.when(F.col("true") > 0, F.abs(F.col("value") - F.col("true")) / F.col("true")),
        }
    )
    long = rows.select("period", "group", "true", "published", "difference", "off").unpivot(
        ["period", "group"], ["true", "published", "difference", "off"], "measure", "value"
    )
    none = F.lit(None).cast("string")
    return long.where("value is not null").select(
        F.lit("figures").alias("part"),
        F.col("period").alias("by"),
        "group",
        none.alias("true"),
        none.alias("found"),
        "measure",
        "value",
    )
