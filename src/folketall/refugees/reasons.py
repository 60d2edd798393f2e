"""The reason for the first immigration of every immigrant ever resident (C1-C8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.model.table import conform
from folketall.model.tables import REASON_FOR_IMMIGRATION
from folketall.population.stock import whole_years
from folketall.refugees.imputation import age_group, imputed, period

_SOURCES = ("c1", "c2", "c3", "c4", "c5")


def found_reasons(selected: DataFrame, of_2006: DataFrame, of_1995: DataFrame) -> DataFrame:
    """The first of C1-C5 that has a reason.

    Args:
        selected: as `selected_cases` returns them.
        of_2006: person_id, c3. of_1995: person_id, c4.

    Returns:
        One row a row of `selected`: person_id, first_immigration_date, reason, detail, case_id,
        rule; the last four null where no source has a reason.
    """
    rows = selected.join(of_2006, "person_id", "left").join(of_1995, "person_id", "left")
    rule = F.coalesce(*[F.when(F.col(c).isNotNull(), c.upper()) for c in _SOURCES])
    return rows.withColumn("taken", F.coalesce(*[F.col(c) for c in _SOURCES])).select(
        "person_id",
        "first_immigration_date",
        "taken.reason",
        "taken.detail",
        "taken.case_id",
        rule.alias("rule"),
    )


def with_background(
    found: DataFrame, people: DataFrame, citizenship_at_immigration: DataFrame
) -> DataFrame:
    """What C6 and C7 ask of a person, beside the reason found. Read several times by both.

    Args:
        found: as `found_reasons` returns them.
        people: PERSON, with `draw` (L7).
        citizenship_at_immigration: person_id, citizenship (as M3 reads it).

    Returns:
        One row a row of `found`: its columns, draw, mother_id, father_id, citizenship, age,
        age_group, period.
    """
    about = people.select("person_id", "draw", "birth_date", "mother_id", "father_id")
    return (
        found.join(about, "person_id", "left")
        .join(citizenship_at_immigration, "person_id", "left")
        .withColumn("age", whole_years("birth_date", "first_immigration_date"))
        .withColumn("age_group", age_group("age"))
        .withColumn("period", period("first_immigration_date"))
    )


def inherited_reasons(rows: DataFrame, *, under_age: int) -> DataFrame:
    """The parents' reason for those under age without one of C1-C5 (C6).

    Args:
        rows: as `with_background` returns them.

    Returns:
        person_id, reason, detail: refugee before others, then the mother's.
    """
    found = _with_source(rows)
    of_mother = found.select(
        F.col("person_id").alias("mother_id"), F.struct("reason", "detail").alias("of_mother")
    )
    of_father = found.select(
        F.col("person_id").alias("father_id"), F.struct("reason", "detail").alias("of_father")
    )
    children = _missing(rows).where(F.col("age") < under_age)
    pairs = children.join(of_mother, "mother_id", "left").join(of_father, "father_id", "left")
    father_first = (F.col("of_father.reason") == "refugee") & (
        F.coalesce("of_mother.reason", F.lit("")) != "refugee"
    )
    taken = F.when(father_first, F.col("of_father")).otherwise(F.coalesce("of_mother", "of_father"))
    return (
        pairs.withColumn("taken", taken)
        .where("taken is not null")
        .select("person_id", "taken.reason", "taken.detail")
    )


def imputed_reasons(
    rows: DataFrame,
    inherited: DataFrame,
    *,
    impute_from: date,
    min_donors: int,
    seed: int,
    country_groups: Mapping[str, str],
    nordic: Sequence[str],
) -> DataFrame:
    """A reason drawn for those who have none and inherit none, where C7 imputes.

    Args:
        rows: as `with_background` returns them.
        inherited: as `inherited_reasons` returns them.

    Returns:
        person_id, reason, detail.
    """
    left = _missing(rows).join(inherited, "person_id", "left_anti")
    return imputed(
        left.where(may_be_imputed(impute_from, nordic)).select(
            "person_id", "draw", "age_group", "period", "citizenship"
        ),
        _with_source(rows).where("age_group is not null and period is not null"),
        min_donors=min_donors,
        seed=seed,
        country_groups=country_groups,
    )


def reasons_for_immigration(rows: DataFrame, inherited: DataFrame, drawn: DataFrame) -> DataFrame:
    """The reason of every immigrant: found, inherited, imputed, or else unspecified (C1-C8).

    Args:
        rows: as `with_background` returns them.
        inherited: as `inherited_reasons` returns them.
        drawn: as `imputed_reasons` returns them.

    Returns:
        REASON_FOR_IMMIGRATION, one row a row of `rows`.
    """
    closed = _ruled(inherited, "C6").unionByName(_ruled(drawn, "C7"))
    unclosed = _ruled(
        _missing(rows)
        .join(closed, "person_id", "left_anti")
        .select(
            "person_id",
            F.lit("unspecified").alias("reason"),
            F.lit(None).cast("string").alias("detail"),
        ),
        "C8",
    )
    columns = REASON_FOR_IMMIGRATION.columns
    without_source = closed.unionByName(unclosed).select(*columns)
    every = _with_source(rows).select(*columns).unionByName(without_source)
    return conform(every, REASON_FOR_IMMIGRATION)


def _with_source(rows: DataFrame) -> DataFrame:
    return rows.where("rule is not null")


def _missing(rows: DataFrame) -> DataFrame:
    return rows.where("rule is null").drop("reason", "detail", "case_id", "rule")


def may_be_imputed(impute_from: date, nordic: Sequence[str]) -> Column:
    """C7: a birth date, a first immigration late enough, and no Nordic citizenship."""
    return (
        F.col("age_group").isNotNull()
        & (F.col("first_immigration_date") >= F.lit(impute_from))
        & F.col("period").isNotNull()
        & ~F.col("citizenship").isin(list(nordic))
    )


def _ruled(rows: DataFrame, rule: str) -> DataFrame:
    return rows.withColumn("case_id", F.lit(None).cast("string")).withColumn("rule", F.lit(rule))
