"""Are reasons, references, types and first immigrations right (C, P, T, F)?"""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.evaluation.results import by_and_total, confusion, count_if, share

BY_CASE = ("C1", "C2", "C5")
"""The rules that take the reason from a usable case of the person's own."""
ERRORS = ("same_day", "within_31_days", "within_a_year", "further_off", "not_true")


def with_truth(rows: DataFrame, identities: DataFrame, persons: DataFrame) -> DataFrame:
    """The true person's columns, each named `true_...`, beside rows with person_id."""
    who = identities.where("main").select("person_id", "person_no")
    named = persons.select(
        "person_no", *[F.col(n).alias(f"true_{n}") for n in persons.columns if n != "person_no"]
    )
    return rows.join(who, "person_id").join(named, "person_no")


def reason_figures(reasons: DataFrame) -> DataFrame:
    """Reasons: confusion, and how many are right by rule and where there is a usable case.

    Args:
        reasons: REASON_FOR_IMMIGRATION `with_truth`; persons whom the truth gives no reason, such
            as those who are no immigrants, are passed over.

    Returns:
        FIELDS. `right`: the reason; `right_detail`: reason and detail.
    """
    judged = reasons.where("true_reason is not null").withColumns(
        {
            "right_one": F.col("reason") == F.col("true_reason"),
            "detail_too": (F.col("reason") == F.col("true_reason"))
            & F.col("detail").eqNullSafe(F.col("true_detail")),
            "case": F.when(F.col("rule").isin(*BY_CASE), "a usable case").otherwise("no case"),
        }
    )
    sums = [
        F.count(F.lit(1)).alias("persons"),
        count_if("right_one").alias("right"),
        count_if("detail_too").alias("right_detail"),
    ]
    shares = {
        "share_right": share("right", "persons"),
        "share_right_detail": share("right_detail", "persons"),
    }
    names = ["persons", "right", "right_detail"]
    by_rule = by_and_total(judged, "reason", "rule", sums, names, shares)
    by_case = by_and_total(judged, "reason", "case", sums, names, shares).where(
        F.col("by") == "case"
    )
    words = judged.withColumns(
        {"true_word": _reason_and_detail("true_reason", "true_detail"),
         "found_word": _reason_and_detail("reason", "detail")}
    )  # fmt: skip
    parts = [
        by_rule,
        by_case,
        confusion(judged, "reason", "true_reason", "reason"),
        confusion(words, "reason_detail", "true_word", "found_word"),
    ]
    return reduce(DataFrame.unionByName, parts)


def _reason_and_detail(reason: str, detail: str) -> Column:
    return F.concat_ws("/", reason, detail)


def reference_figures(references: DataFrame, identities: DataFrame) -> DataFrame:
    """References of those whose true reason is family: right, another, none found; relations.

    Args:
        references: REFERENCE_PERSON `with_truth`.
        identities: as `identities` returns them.

    Returns:
        FIELDS.
    """
    found = identities.select(
        F.col("person_id").alias("reference_id"),
        F.col("person_no").alias("true_reference_no"),
        F.lit(True).alias("hit"),
    )
    rows = references.where("true_reason = 'family'").join(
        found, ["reference_id", "true_reference_no"], "left"
    )
    true, given = F.col("true_reference_no").isNotNull(), F.col("reference_id").isNotNull()
    words = {
        "right": F.coalesce("hit", F.lit(False)),
        "another": true & given & F.col("hit").isNull(),
        "not_found": true & ~given,
        "found_though_none": ~true & given,
        "rightly_none": ~true & ~given,
    }
    sums = [F.count(F.lit(1)).alias("persons"), *[count_if(c).alias(w) for w, c in words.items()]]
    shares = {"share_right": share("right", F.col("persons") - F.col("rightly_none"))}
    figures = by_and_total(rows, "reference", "source", sums, ["persons", *words], shares)
    return figures.unionByName(confusion(rows, "relation", "true_relation", "relation"))


def type_figures(types: DataFrame) -> DataFrame:
    """Types of family unification: how many are right by source, and their confusion.

    Args:
        types: FAMILY_UNIFICATION `with_truth`.

    Returns:
        FIELDS.
    """
    judged = types.where("true_reason = 'family' and true_family_type is not null")
    sums = [
        F.count(F.lit(1)).alias("persons"),
        count_if("type = true_family_type").alias("right"),
    ]
    shares = {"share_right": share("right", "persons")}
    figures = by_and_total(judged, "type", "source", sums, ["persons", "right"], shares)
    return figures.unionByName(confusion(judged, "type", "true_family_type", "type"))


def first_immigration_figures(
    found: DataFrame, identities: DataFrame, persons: DataFrame
) -> DataFrame:
    """How far off the first immigrations are, by the source of the date.

    Args:
        found: FIRST_IMMIGRATION.
        identities: as `identities` returns them.
        persons: the truth's persons.

    Returns:
        FIELDS. `not_true`: no immigrant who came; by `not found`: who came and has no row.
    """
    rows = with_truth(found, identities, persons).select(
        "person_no", "source", "first_immigration_date", "true_immigrant",
        "true_first_immigration_date",
    )  # fmt: skip
    came = F.col("true_immigrant") & F.col("true_first_immigration_date").isNotNull()
    days = F.abs(F.datediff("first_immigration_date", "true_first_immigration_date"))
    error = (
        F.when(~F.coalesce(came, F.lit(False)), "not_true")
        .when(days == 0, "same_day")
        .when(days <= 31, "within_31_days")
        .when(days <= 366, "within_a_year")
        .otherwise("further_off")
    )
    judged = rows.withColumn("error", error).select("source", "error")
    present = identities.select("person_no").distinct()
    missing = (
        persons.where("immigrant and first_immigration_date is not null")
        .join(present, "person_no", "left_semi")
        .join(rows, "person_no", "left_anti")
        .select(F.lit("not found").alias("source"), F.lit("not_found").alias("error"))
    )
    sums = [F.count(F.lit(1)).alias("persons")]
    sums += [count_if(F.col("error") == word).alias(word) for word in (*ERRORS, "not_found")]
    shares = {"share_right": share("same_day", "persons")}
    names = ["persons", *ERRORS, "not_found"]
    return by_and_total(
        judged.unionByName(missing), "first_immigration", "source", sums, names, shares
    )
