"""Persons with refugee background on 1 January (S3, S5)."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.model.table import conform
from folketall.model.tables import REFUGEE_POPULATION
from folketall.population.stock import whole_years


def backgrounds(
    reasons: DataFrame,
    references: DataFrame,
    unifications: DataFrame,
    first_immigrations: DataFrame,
    cases: DataFrame,
    *,
    any_case: bool,
) -> DataFrame:
    """The refugee background of immigrants, at whatever date (S3, S5).

    Args:
        reasons: REASON_FOR_IMMIGRATION.
        references: REFERENCE_PERSON.
        unifications: FAMILY_UNIFICATION.
        first_immigrations: FIRST_IMMIGRATION.
        cases: as `usable_cases` returns them.
        any_case: the wider definition: also those who hold a granted refugee case later.

    Returns:
        person_id, category, later_category from later_from on (S5), rule, first_immigration_date;
        only those with one of the two.
    """
    of_reference = reasons.select(
        F.col("person_id").alias("reference_id"), F.col("reason").alias("reference_reason")
    )
    of_family = (
        references.select("person_id", "reference_id")
        .join(of_reference, "reference_id")
        .join(unifications.select("person_id", "type"), "person_id")
        .select("person_id", "reference_reason", "type")
    )
    rows = (
        reasons.join(first_immigrations, "person_id")
        .join(of_family, "person_id", "left")
        .withColumn("category", category())
    )
    wider = later_refugee_cases(cases, first_immigrations) if any_case else None
    if wider is None:
        rows = rows.withColumns(
            {"later_detail": F.lit(None).cast("string"), "later_from": F.lit(None).cast("date")}
        )
    else:
        rows = rows.join(wider, "person_id", "left")
    came_as_refugee = F.coalesce(F.col("reason") == "refugee", F.lit(False))
    return rows.where("category is not null or later_detail is not null").select(
        "person_id",
        "category",
        F.when(~came_as_refugee, F.col("later_detail")).alias("later_category"),
        F.when(~came_as_refugee, F.col("later_from")).alias("later_from"),
        "rule",
        "first_immigration_date",
    )


def category() -> Column:
    """S3: principal applicants by detail; family of a refugee by type; else null."""
    by_family = (
        F.when(F.col("type") == "enlargement", "family_enlargement")
        .when(F.col("type").isin("accompanying", "reunification"), "family_reunification")
        .otherwise("family_unspecified")
    )
    return F.when(F.col("reason") == "refugee", F.coalesce("detail", F.lit("unspecified"))).when(
        (F.col("reason") == "family") & (F.col("reference_reason") == "refugee"), by_family
    )


def later_refugee_cases(cases: DataFrame, first_immigrations: DataFrame) -> DataFrame:
    """S5: the earliest refugee case granted after the first immigration.

    Returns:
        person_id, later_detail, later_from (its date).
    """
    later = (
        cases.where("reason = 'refugee'")
        .join(first_immigrations, "person_id")
        .where(F.col("decision_date") > F.col("first_immigration_date"))
    )
    earliest = F.min(
        F.struct(
            "decision_date",
            "application_date",
            (-F.col("specificity")).alias("vagueness"),
            "case_id",
            "detail",
        )
    )
    return (
        later.groupBy("person_id")
        .agg(earliest.alias("case"))
        .select(
            "person_id",
            F.coalesce("case.detail", F.lit("unspecified")).alias("later_detail"),
            F.col("case.decision_date").alias("later_from"),
        )
    )


def refugee_population(population: DataFrame, of_refugees: DataFrame) -> DataFrame:
    """Residents with refugee background whose first immigration lies before the date (S3).

    Args:
        population: POPULATION.
        of_refugees: as `backgrounds` returns them.

    Returns:
        REFUGEE_POPULATION.
    """
    held = F.when(F.col("later_from") < F.col("reference_date"), F.col("later_category"))
    rows = (
        population.where("immigrant")
        .join(of_refugees, "person_id")
        .where(F.col("first_immigration_date") < F.col("reference_date"))
        .withColumn("category", F.coalesce(held, F.col("category")))
        .where("category is not null")
        .withColumn("years_of_residence", whole_years("first_immigration_date", "reference_date"))
    )
    return conform(rows.select(*REFUGEE_POPULATION.columns), REFUGEE_POPULATION)
