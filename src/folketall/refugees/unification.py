"""Type of family unification (T1-T3)."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.model.table import conform
from folketall.model.tables import FAMILY_UNIFICATION


def family_unifications(
    migrants: DataFrame,
    references: DataFrame,
    people: DataFrame,
    first_immigrations: DataFrame,
    *,
    marriage_limit_days: int,
    accompany_days: int,
) -> DataFrame:
    """Classify every family migrant: as stated, else by dates, else unspecified.

    Args:
        migrants: as `references.family_migrants` returns them.
        references: REFERENCE_PERSON.
        people: PERSON.
        first_immigrations: FIRST_IMMIGRATION.

    Returns:
        FAMILY_UNIFICATION, one row a migrant.
    """
    arrivals = first_immigrations.select(
        F.col("person_id").alias("reference_id"),
        F.col("first_immigration_date").alias("reference_arrived"),
    )
    rows = (
        references.join(migrants.select("person_id", "arrived", "family_type"), "person_id")
        .join(people.select("person_id", "birth_date"), "person_id", "left")
        .join(arrivals, "reference_id", "left")
        .withColumn("stated_type", stated_type(marriage_limit_days))
        .withColumn("dated_type", type_by_dates(marriage_limit_days, accompany_days))
    )
    return conform(
        rows.select(
            "person_id",
            F.coalesce("stated_type", "dated_type", F.lit("unspecified")).alias("type"),
            F.when(F.col("stated_type").isNotNull(), "udb")
            .when(F.col("dated_type").isNotNull(), "dates")
            .otherwise("none")
            .alias("source"),
        ),
        FAMILY_UNIFICATION,
    )


def married_late(limit_days: int) -> Column:
    """Married more than the limit after the reference's first residence."""
    return F.col("married_date") > F.date_add("first_residence", limit_days)


def stated_type(limit_days: int) -> Column:
    """T1: the type the case states, unless the couple's dates contradict it; else null."""
    couple = F.coalesce(F.col("cpr_relation") == "spouse", F.lit(False))
    contradicted = couple & (
        F.when(F.col("family_type").isin("reunification", "accompanying"), married_late(limit_days))
        .when(
            F.col("family_type") == "enlargement", F.col("married_date") < F.col("first_residence")
        )
        .otherwise(False)
    )
    return F.when(~F.coalesce(contradicted, F.lit(False)), F.col("family_type"))


def type_by_dates(limit_days: int, accompany_days: int) -> Column:
    """T2: by the dates of immigration, marriage and birth; null where they are missing."""
    apart = F.abs(F.datediff("arrived", "reference_arrived"))
    relation = F.col("cpr_relation")
    by_marriage = F.when(married_late(limit_days), "enlargement").when(
        F.col("married_date").isNotNull(), "reunification"
    )
    by_birth = F.when(F.col("birth_date") < F.col("first_residence"), "reunification").when(
        F.col("birth_date") >= F.col("first_residence"), "enlargement"
    )
    return (
        F.when(apart <= accompany_days, "accompanying")
        .when(relation == "spouse", by_marriage)
        .when(relation == "parent", by_birth)
        .when(relation.isin("child", "sibling"), "reunification")
    )
