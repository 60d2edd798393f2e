"""The probabilistic match of L5: who goes in, and the one task that Splink runs in.

Names are normalised before, and only the columns that are compared leave Spark's side: for a
worker of the same job, never for the driver. `folketall.linkage.weights` does the matching.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame, GroupedData
from pyspark.sql import functions as F

from folketall.classifications import NORWAY
from folketall.linkage import weights
from folketall.linkage.keyed import with_person
from folketall.linkage.names import normalised

_MATCHES = "duf string, person_id bigint, score double"


@dataclass(frozen=True, slots=True)
class Chance:
    """What the probabilistic match of L5 needs besides the numbers left and the persons."""

    citizenships: DataFrame
    """Citizenship as registered: person_id, country, from_date."""
    probability: float
    """Least match probability, 0-1 (`link.probability`)."""
    sample: int
    """Rows of each side that the weights are learnt from (`link.sample`)."""
    seed: int
    """Another seed, another sample (`link.seed`)."""
    texts: tuple[str, ...] = ()
    """Further text columns that both registers have, compared as they stand."""


def registered_citizenships(rows: DataFrame, keys: DataFrame) -> DataFrame:
    """The citizenships of persons: person_id, country, from_date, of accepted register rows."""
    return with_person(rows, keys, "pin").select("person_id", "country", "from_date")


def possible_holders(newest_rows: DataFrame, citizenships: DataFrame) -> DataFrame:
    """Persons who can have a DUF number, with their first foreign citizenship (L5).

    One who was born in Norway and never was a foreign citizen has never needed a permit. An
    unknown country of birth counts as abroad.

    Args:
        newest_rows: as `newest_person_rows` returns them, with names; and `draw` (L7).
        citizenships: person_id, country, from_date.

    Returns:
        The rows with the column `citizenship`, null where none is known.
    """
    first = (
        citizenships.where(F.col("country") != NORWAY)
        .groupBy("person_id")
        .agg(F.min(F.struct("from_date", "country"))["country"].alias("citizenship"))
    )
    abroad = F.col("birth_country").isNull() | (F.col("birth_country") != NORWAY)
    return newest_rows.join(first, "person_id", "left").where(
        abroad | F.col("citizenship").isNotNull()
    )


def probabilistic_matches(
    left: DataFrame,
    registered: DataFrame,
    udb_persons: DataFrame,
    newest_rows: DataFrame,
    chance: Chance,
) -> DataFrame:
    """Match the DUF numbers left on names, birth date, sex and citizenship (L5).

    Persons without a DUF number from L4 first, one person for one DUF number, best total weight
    first.

    Args:
        left: UDB rows of the numbers not linked, one row a DUF number.
        registered: what L4 linked: duf, person_id; the weights are learnt from a sample of them.
        udb_persons: every UDB row.
        newest_rows: as `newest_person_rows` returns them, with names; and `draw` (L7).
        chance: settings and citizenships.

    Returns:
        duf, person_id, method, score (the match probability).
    """
    # A keyed hash and not a sample of Spark's: that follows the partitions.
    order = F.xxhash64(F.concat_ws("|", F.lit(str(chance.seed)), "duf"))
    # Persons go by their draw: the order of ids tells when each was given (L7).
    drawn = newest_rows.select(F.col("person_id").alias("linked_id"), F.col("draw").alias("linked"))
    known = registered.withColumnRenamed("person_id", "linked_id").join(drawn, "linked_id")
    known = known.select("duf", "linked")
    sampled = (
        udb_persons.join(known, "duf").orderBy(order, "duf").limit(chance.sample)
    ).withColumn("left", F.lit(False))
    others = left.withColumns({"linked": F.lit(None).cast("long"), "left": F.lit(True)})
    numbers = _one_task(
        sampled.unionByName(others.select(*sampled.columns)),
        [F.col("duf").alias("id"), "linked", "left"],
        chance.texts,
    )
    holders = registered.select("person_id").distinct()
    people = possible_holders(newest_rows, chance.citizenships).join(
        holders.withColumn("has_one", F.lit(True)), "person_id", "left"
    )
    persons = _one_task(
        people,
        [F.col("draw").alias("id"), F.col("has_one").isNotNull().alias("taken"), "person_id"],
        chance.texts,
    )
    matched = partial(
        _matches,
        probability=chance.probability,
        sample=chance.sample,
        texts=chance.texts,
    )
    method = F.lit("probabilistic").alias("method")
    rows = numbers.cogroup(persons).applyInArrow(matched, _MATCHES)
    return rows.select("duf", "person_id", method, "score")


def _one_task(rows: DataFrame, own: Sequence[Column | str], texts: Sequence[str]) -> GroupedData:
    """The columns that are compared, all rows for one worker."""
    # One long expression for both names, not two.
    names = F.transform(F.array("given_name", "family_name"), normalised)
    return (
        rows.withColumn("names", names)
        .select(
            F.lit(1).alias("task"),
            *own,
            F.col("names")[0].alias("given"),
            F.col("names")[1].alias("family"),
            "birth_date",
            "sex",
            "citizenship",
            *texts,
        )
        .groupBy("task")
    )


def _matches(
    numbers: pa.Table, persons: pa.Table, *, probability: float, sample: int, texts: Sequence[str]
) -> pa.Table:
    """In the worker: both tables whole, each person under its draw (L7)."""
    matches = weights.matches(
        numbers.drop_columns(["task"]),
        persons.drop_columns(["task", "person_id"]),
        probability=probability,
        sample=sample,
        texts=texts,
    )
    place = pc.index_in(matches["person_id"], persons["id"].combine_chunks())
    person_id = persons["person_id"].take(place)
    return matches.set_column(matches.schema.get_field_index("person_id"), "person_id", person_id)
