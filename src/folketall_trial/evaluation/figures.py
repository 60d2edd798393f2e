"""Published figures against true ones: what the registers' faults and the protection cost."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.cubes.declared import NATION
from folketall_trial.evaluation.results import TOTAL, Cells, Row, figure, keyed

FLOWS = {
    "immigration": "immigration",
    "emigration": "emigration",
    "internal": "between_municipalities",
    "intramunicipal": "intramunicipal",
}
"""The truth's kinds of move, and the measure of the nation they are counted under."""
RESIDENTS = "residents"
REFUGEES = "refugee background"
PART = "figures"
TRUE, PUBLISHED = "figures, true", "figures, published"


def true_figures(
    persons: DataFrame, residences: DataFrame, moves: DataFrame, periods: DataFrame
) -> DataFrame:
    """Figures of the nation counted from the truth: (period, group, value).

    Args:
        persons: the truth's persons.
        residences: the truth's stays, `to_date` exclusive, null while open.
        moves: the truth's moves.
        periods: (period), the years of the 1 January, and of the flows.
    """
    on = F.broadcast(periods.withColumn("day", F.to_date("period", "yyyy")))
    covers = "from_date < day and (to_date is null or to_date >= day)"
    there = residences.join(on, F.expr(covers)).select("period", "day", "person_no").distinct()
    background = true_backgrounds(persons)
    refugees = there.join(background, "person_no").where("first_immigration_date < day")
    flows = (
        moves.withColumns(
            {"period": F.year("event_date").cast("string"), "group": _named(FLOWS, F.col("kind"))}
        )
        .where(F.col("group").isNotNull())
        .join(on, "period", "left_semi")
    )
    groups = F.array(F.col("category"), F.lit(REFUGEES))
    parts = [
        there.select("period", F.lit(RESIDENTS).alias("group")),
        refugees.select("period", F.explode(groups).alias("group")),
        flows.select("period", "group"),
    ]
    counted = reduce(DataFrame.unionByName, parts).groupBy("period", "group")
    return counted.agg(F.count(F.lit(1)).alias("value"))


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


def figure_cells(true: DataFrame, published: DataFrame) -> list[DataFrame]:
    """Both in the shape of `counted`."""
    by = "period", "group"
    return [keyed(true, TRUE, *by), keyed(published, PUBLISHED, *by)]


def figure_figures(true: Cells, published: Cells) -> list[Row]:
    """Both beside each other: measures true, published, difference and off (a share).

    A cell that is protected has no published figure; one that the truth does not have is zero.
    """
    rows = []
    for key, shown in published.items():
        period, group = (str(word) for word in key)
        counted = true.get(key) or 0.0
        values = {"true": counted}
        if shown is not None:
            values |= {"published": shown, "difference": shown - counted}
            values |= {"off": abs(shown - counted) / counted} if counted > 0 else {}
        rows += [figure(PART, period, group, name, value) for name, value in values.items()]
    return rows
