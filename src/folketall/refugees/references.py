"""The reference person of family migrants (P1-P3).

The reference is the person stated in the case, if possible; else, of those related in the
Population Register, the spouse, then a parent, a child, a sibling. Possible is whoever was
resident on some day from the immigration until the limit after it.
"""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.model.table import conform
from folketall.model.tables import REFERENCE_PERSON

RELATIONS = ("spouse", "parent", "child", "sibling")
"""In order of precedence (P2)."""


def family_migrants(
    reasons: DataFrame, first_immigrations: DataFrame, permit_cases: DataFrame
) -> DataFrame:
    """Immigrants with reason family, with what their selected case states.

    Returns:
        person_id, arrived (first immigration), stated_id, family_type.
    """
    stated = permit_cases.select("case_id", F.col("reference_id").alias("stated_id"), "family_type")
    return (
        reasons.where("reason = 'family'")
        .join(first_immigrations, "person_id")
        .join(stated, "case_id", "left")
        .select(
            "person_id",
            F.col("first_immigration_date").alias("arrived"),
            "stated_id",
            "family_type",
        )
    )


def first_residences(spells: DataFrame, first_immigrations: DataFrame) -> DataFrame:
    """First residence of everyone who ever was resident: first immigration, else first spell.

    Returns:
        person_id, first_residence, first_immigration_date.
    """
    first_spell = spells.groupBy("person_id").agg(F.min("from_date").alias("first_day"))
    both = first_spell.join(
        first_immigrations.select("person_id", "first_immigration_date"), "person_id", "full"
    )
    return both.select(
        "person_id",
        F.coalesce("first_immigration_date", "first_day").alias("first_residence"),
        "first_immigration_date",
    )


def related_persons(
    migrants: DataFrame, people: DataFrame, marriages: DataFrame, *, marriage_after_months: int
) -> DataFrame:
    """Persons related to each migrant in the Population Register (P2).

    Args:
        migrants: person_id, arrived.
        people: PERSON.
        marriages: as `marriages.marriages` returns them.

    Returns:
        One row a migrant and relative: person_id, other_id, rank (place of the closest relation
        in RELATIONS, from 0), married_date (start of the earliest marriage that qualifies).
    """
    lines = people.select("person_id", "mother_id", "father_id")
    qualifies = (F.col("married_date") <= F.add_months("arrived", marriage_after_months)) & (
        F.col("ended_date").isNull() | (F.col("ended_date") >= F.col("arrived"))
    )
    spouses = migrants.join(marriages, "person_id").where(qualifies)
    parts = [
        spouses.select(
            "person_id",
            F.col("spouse_id").alias("other_id"),
            "married_date",
            F.lit(0).alias("rank"),
        )
    ]
    # One row a person and parent, whichever of the two it is: siblings need one in common (P2).
    pairs = lines.select(
        "person_id", F.explode(F.array("mother_id", "father_id")).alias("parent_id")
    ).where("parent_id is not null")
    own = pairs.join(migrants.select("person_id"), "person_id", "left_semi")
    children = pairs.select(
        F.col("parent_id").alias("person_id"), F.col("person_id").alias("child")
    )
    siblings = pairs.select("parent_id", F.col("person_id").alias("sibling"))
    parts += [
        _relatives(own, "parent_id", 1),
        _relatives(migrants.select("person_id").join(children, "person_id"), "child", 2),
        _relatives(own.join(siblings, "parent_id"), "sibling", 3),
    ]
    every = reduce(DataFrame.unionByName, parts).where("other_id <> person_id")
    return every.groupBy("person_id", "other_id").agg(
        F.min("rank").alias("rank"), F.min("married_date").alias("married_date")
    )


def _relatives(rows: DataFrame, other: str, rank: int) -> DataFrame:
    return rows.select(
        "person_id",
        F.col(other).alias("other_id"),
        F.lit(None).cast("date").alias("married_date"),
        F.lit(rank).alias("rank"),
    )


def possible_references(
    migrants: DataFrame, related: DataFrame, spells: DataFrame, *, accompany_days: int
) -> DataFrame:
    """Those related or stated who were resident in time (P).

    Args:
        migrants: as `family_migrants` returns them.
        related: as `related_persons` returns them.
        spells: RESIDENCE_SPELL.

    Returns:
        person_id, other_id, stated, rank, married_date: one row a migrant and possible reference.
    """
    stated = migrants.where("stated_id is not null and stated_id <> person_id").select(
        "person_id", F.col("stated_id").alias("other_id"), F.lit(True).alias("stated")
    )
    pairs = related.join(stated, ["person_id", "other_id"], "full").join(
        migrants.select("person_id", "arrived"), "person_id"
    )
    stays = spells.select(F.col("person_id").alias("other_id"), "from_date", "to_date")
    in_time = (F.col("from_date") <= F.date_add("arrived", accompany_days)) & (
        F.col("to_date").isNull() | (F.col("to_date") > F.col("arrived"))
    )
    columns = ["person_id", "other_id", "stated", "rank", "married_date"]
    return (
        pairs.join(stays, "other_id")
        .where(in_time)
        .select(*columns)
        .distinct()
        .withColumn("stated", F.coalesce("stated", F.lit(False)))
    )


def reference_persons(migrants: DataFrame, possible: DataFrame, residences: DataFrame) -> DataFrame:
    """Choose at most one reference for every family migrant (P1-P3).

    Args:
        migrants: as `family_migrants` returns them.
        possible: as `possible_references` returns them.
        residences: as `first_residences` returns them, with `draw` (L7).

    Returns:
        REFERENCE_PERSON, one row a migrant; source `none` when nobody was found.
    """
    first = residences.select(F.col("person_id").alias("other_id"), "first_residence", "draw")
    # Stated goes before related; then relation, earliest first residence, lowest draw (P2, L7).
    preference = F.struct(
        (~F.col("stated")).alias("not_stated"),
        F.coalesce(F.when(~F.col("stated"), F.col("rank")), F.lit(0)).alias("order"),
        "first_residence",
        "draw",
        "other_id",
        "rank",
        "married_date",
    )
    chosen = (
        possible.join(first, "other_id").groupBy("person_id").agg(F.min(preference).alias("best"))
    )
    relation = F.coalesce(*[F.when(F.col("best.rank") == i, r) for i, r in enumerate(RELATIONS)])
    stated = ~F.col("best.not_stated")
    rows = migrants.join(chosen, "person_id", "left").select(
        "person_id",
        F.col("best.other_id").alias("reference_id"),
        F.when(stated, F.lit("stated")).otherwise(relation).alias("relation"),
        F.when(F.col("best").isNull(), "none").when(stated, "udb").otherwise("cpr").alias("source"),
        relation.alias("cpr_relation"),
        F.col("best.married_date").alias("married_date"),
        F.col("best.first_residence").alias("first_residence"),
    )
    return conform(rows, REFERENCE_PERSON)
