"""Are reasons, references, types and first immigrations right (C, P, T, F)?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall_trial.evaluation.results import (
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
PRESENT = "present"
_JUDGED = {
    "rule": "string", "reason": "string", "detail": "string", "source": "string",
    "relation": "string", "type": "string", "reference_id": "bigint",
    "first_immigration_date": "date",
}  # fmt: skip
_RIGHT: Shares = {"share_right": lambda n: (n["right"], n["persons"])}


def beside_truth(
    tables: Mapping[str, DataFrame], identities: DataFrame, persons: DataFrame
) -> DataFrame:
    """Rows of four tables, one under the other, with the true person beside each.

    Args:
        tables: by part: REASON_FOR_IMMIGRATION, REFERENCE_PERSON, FAMILY_UNIFICATION and
            FIRST_IMMIGRATION.
        identities: as `identities` returns them.
        persons: the truth's persons.

    Returns:
        person_no, part, the columns that are judged (null in the others' rows), `hit` (the
        reference is the true one) and the truth's columns, each named `true_...`. Whoever is in
        the warehouse has a row with the part PRESENT.
    """
    parts = [
        tables[part].select(
            "person_id",
            F.lit(part).alias("part"),
            *[
                (F.col(n) if n in tables[part].columns else F.lit(None)).cast(kind).alias(n)
                for n, kind in _JUDGED.items()
            ],
        )
        for part in (REASON, REFERENCE, TYPE, FIRST)
    ]
    rows = reduce(DataFrame.unionByName, parts).join(
        identities.where("main").select("person_id", "person_no"), "person_id"
    )
    present = identities.select("person_no", F.lit(PRESENT).alias("part"))
    true = persons.select(
        "person_no", *[F.col(n).alias(f"true_{n}") for n in persons.columns if n != "person_no"]
    )
    behind = identities.groupBy(F.col("person_id").alias("reference_id")).agg(
        F.collect_list("person_no").alias("behind")
    )
    hit = F.array_contains("behind", F.col("true_reference_no"))
    return (
        rows.unionByName(present, allowMissingColumns=True)
        .join(true, "person_no")
        .join(behind, "reference_id", "left")
        .withColumn("hit", F.coalesce(hit, F.lit(False)))
        .drop("behind")
    )


def person_cells(beside: DataFrame) -> list[DataFrame]:
    """Reasons, references, types and first immigrations, `counted`.

    Persons whom the truth gives no reason, such as those who are no immigrants, are passed over;
    references and types are those of whom the true reason is family.

    Args:
        beside: as `beside_truth` returns it, materialised.
    """
    came = F.coalesce(
        F.col("true_immigrant") & F.col("true_first_immigration_date").isNotNull(), F.lit(False)
    )
    keys = {
        REASON: ("rule", "true_reason", "true_detail", "reason", "detail"),
        REFERENCE: ("source", _reference_verdict(), "true_relation", "relation"),
        TYPE: ("source", "true_family_type", "type"),
        FIRST: ("source", _first_error(came)),
    }
    key = F.lit(None).cast("array<string>")
    for part, words in keys.items():
        key = F.when(F.col("part") == part, F.array(*words)).otherwise(key)
    judged = beside.where(
        f"part = '{FIRST}' or (part = '{REASON}' and true_reason is not null) "
        f"or (part in ('{REFERENCE}', '{TYPE}') and true_reason = 'family' "
        f"and (part = '{REFERENCE}' or true_family_type is not null))"
    )
    cells = judged.groupBy("part", key.alias("key")).agg(F.count(F.lit(1)).alias("value"))
    missing = (
        beside.where(F.col("part").isin(FIRST, PRESENT) & came)
        .groupBy("person_no")
        .agg(F.max(F.col("part") == FIRST).alias("found"))
        .where("not found")
        .select(F.lit("not found").alias("source"), F.lit("not_found").alias("error"))
    )
    return [
        cells.select("part", "key", F.col("value").cast("double")),
        counted(missing, FIRST, "source", "error"),
    ]


def _reference_verdict() -> Column:
    """What was found of a person's reference."""
    true, given = F.col("true_reference_no").isNotNull(), F.col("reference_id").isNotNull()
    return (
        F.when(F.col("hit"), "right")
        .when(true & given, "another")
        .when(true, "not_found")
        .when(given, "found_though_none")
        .otherwise("rightly_none")
    )


def _first_error(came: Column) -> Column:
    """How far off a first immigration is."""
    days = F.abs(F.datediff("first_immigration_date", "true_first_immigration_date"))
    return (
        F.when(~came, "not_true")
        .when(days == 0, "same_day")
        .when(days <= 31, "within_31_days")
        .when(days <= 366, "within_a_year")
        .otherwise("further_off")
    )


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


def type_figures(cells: Cells) -> list[Row]:
    """Types of family unification: how many are right by source, and their confusion."""
    measures: Measures = {"persons": lambda key: True, "right": lambda key: key[1] == key[2]}
    return [
        *by_group(cells, TYPE, "source", 0, measures, _RIGHT),
        *together(cells, TYPE, measures, _RIGHT),
        *confusion(cells, TYPE, lambda key: key[1], lambda key: key[2]),
    ]


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
