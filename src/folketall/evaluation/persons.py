"""Are reasons, references, types and first immigrations right (C, P, T, F)?"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.evaluation.results import (
    Cells,
    Key,
    Measures,
    Row,
    Shares,
    by_group,
    confusion,
    counted,
    together,
)

BY_CASE = ("C1", "C2", "C5")
"""The rules that take the reason from a usable case of the person's own."""
ERRORS = ("same_day", "within_31_days", "within_a_year", "further_off", "not_true")
REASON, DETAIL, REFERENCE, RELATION, TYPE, FIRST = (
    "reason", "reason_detail", "reference", "relation", "type", "first_immigration",
)  # fmt: skip
_RIGHT: Shares = {"share_right": lambda n: (n["right"], n["persons"])}


def with_truth(rows: DataFrame, identities: DataFrame, persons: DataFrame) -> DataFrame:
    """The true person's columns, each named `true_...`, beside rows with person_id."""
    who = identities.where("main").select("person_id", "person_no")
    named = persons.select(
        "person_no", *[F.col(n).alias(f"true_{n}") for n in persons.columns if n != "person_no"]
    )
    return rows.join(who, "person_id").join(named, "person_no")


def reason_cells(reasons: DataFrame) -> DataFrame:
    """Reasons found and true by rule, `counted`.

    Args:
        reasons: REASON_FOR_IMMIGRATION `with_truth`; persons whom the truth gives no reason, such
            as those who are no immigrants, are passed over.
    """
    judged = reasons.where("true_reason is not null")
    return counted(judged, REASON, "rule", "true_reason", "true_detail", "reason", "detail")


def reason_figures(cells: Cells) -> list[Row]:
    """Reasons: confusion, and how many are right by rule and where there is a usable case.

    `right`: the reason; `right_detail`: reason and detail.
    """
    by_case = {
        ("a usable case" if key[0] in BY_CASE else "no case", *key): n for key, n in cells.items()
    }
    measures: Measures = {
        "persons": lambda key: True,
        "right": lambda key: key[2] == key[4],
        "right_detail": lambda key: key[2:4] == key[4:6],
    }
    shares = _RIGHT | {"share_right_detail": lambda n: (n["right_detail"], n["persons"])}
    return [
        *by_group(by_case, REASON, "case", 0, measures, shares),
        *by_group(by_case, REASON, "rule", 1, measures, shares),
        *together(by_case, REASON, measures, shares),
        *confusion(cells, REASON, lambda key: key[1], lambda key: key[3]),
        *confusion(cells, DETAIL, lambda key: _words(key[1:3]), lambda key: _words(key[3:5])),
    ]


def _words(reason_and_detail: Key) -> str:
    return "/".join(word for word in reason_and_detail if word)


def reference_cells(references: DataFrame, identities: DataFrame) -> DataFrame:
    """References of those whose true reason is family, `counted`.

    Args:
        references: REFERENCE_PERSON `with_truth`.
        identities: as `identities` returns them.
    """
    found = identities.select(
        F.col("person_id").alias("reference_id"),
        F.col("person_no").alias("true_reference_no"),
        F.lit(True).alias("hit"),
    )
    true, given = F.col("true_reference_no").isNotNull(), F.col("reference_id").isNotNull()
    verdict = (
        F.when(F.col("hit"), "right")
        .when(true & given, "another")
        .when(true, "not_found")
        .when(given, "found_though_none")
        .otherwise("rightly_none")
    )
    judged = (
        references.where("true_reason = 'family'")
        .join(found, ["reference_id", "true_reference_no"], "left")
        .withColumn("verdict", verdict)
    )
    return counted(judged, REFERENCE, "source", "verdict", "true_relation", "relation")


def reference_figures(cells: Cells) -> list[Row]:
    """References: right, another, none found; relations."""
    words = ("right", "another", "not_found", "found_though_none", "rightly_none")
    measures: Measures = {"persons": lambda key: True} | {
        word: lambda key, word=word: key[1] == word for word in words
    }
    shares: Shares = {"share_right": lambda n: (n["right"], n["persons"] - n["rightly_none"])}
    return [
        *by_group(cells, REFERENCE, "source", 0, measures, shares),
        *together(cells, REFERENCE, measures, shares),
        *confusion(cells, RELATION, lambda key: key[2], lambda key: key[3]),
    ]


def type_cells(types: DataFrame) -> DataFrame:
    """Types of family unification, found and true, `counted`.

    Args:
        types: FAMILY_UNIFICATION `with_truth`.
    """
    judged = types.where("true_reason = 'family' and true_family_type is not null")
    return counted(judged, TYPE, "source", "true_family_type", "type")


def type_figures(cells: Cells) -> list[Row]:
    """Types of family unification: how many are right by source, and their confusion."""
    measures: Measures = {"persons": lambda key: True, "right": lambda key: key[1] == key[2]}
    return [
        *by_group(cells, TYPE, "source", 0, measures, _RIGHT),
        *together(cells, TYPE, measures, _RIGHT),
        *confusion(cells, TYPE, lambda key: key[1], lambda key: key[2]),
    ]


def first_immigration_cells(
    found: DataFrame, identities: DataFrame, persons: DataFrame
) -> DataFrame:
    """How far off the first immigrations are, by the source of the date, `counted`.

    Args:
        found: FIRST_IMMIGRATION.
        identities: as `identities` returns them.
        persons: the truth's persons.
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
    return counted(judged.unionByName(missing), FIRST, "source", "error")


def first_immigration_figures(cells: Cells) -> list[Row]:
    """First immigrations by how far off they are.

    `not_true`: no immigrant who came; by `not found`: who came and has no row.
    """
    measures: Measures = {"persons": lambda key: True} | {
        word: lambda key, word=word: key[1] == word for word in (*ERRORS, "not_found")
    }
    shares: Shares = {"share_right": lambda n: (n["same_day"], n["persons"])}
    return [
        *by_group(cells, FIRST, "source", 0, measures, shares),
        *together(cells, FIRST, measures, shares),
    ]
