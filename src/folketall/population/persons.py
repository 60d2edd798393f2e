"""Persons with their background (F1) and first immigration (F2, F3)."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.linkage.keyed import year_can_be
from folketall.model.table import conform
from folketall.model.tables import FIRST_IMMIGRATION, PERSON

NORWAY, UNKNOWN = "000", "990"


def immigrated(history: DataFrame) -> DataFrame:
    """Who has an immigration and when the first was (F2).

    Args:
        history: HISTORY_EVENT of the run's view. Immigrations while resident are moves there.

    Returns:
        person_id, event_date, registration_date of the earliest kept immigration.
    """
    first = F.min(F.struct("event_date", "position", "registration_date"))
    return (
        history.where("effect = 'immigration'")
        .groupBy("person_id")
        .agg(first.alias("first"))
        .select("person_id", "first.event_date", "first.registration_date")
    )


def persons(records: DataFrame, immigrations: DataFrame) -> DataFrame:
    """Every person with immigrant and country background (F1).

    Args:
        records: PERSON_RECORD.
        immigrations: as `immigrated` returns them.

    Returns:
        PERSON, one row a row of `records`.
    """
    lines = records.select(
        "person_id",
        "birth_country",
        "mother_id",
        "father_id",
        "mother_birth_country",
        "father_birth_country",
    )
    own = lines.select("person_id", "birth_country")
    lines = _joined(lines, own, "mother_id", "mother")
    lines = _joined(lines, own, "father_id", "father")
    # Each person's parents' countries: what the grandparents of its children are read from.
    parents = lines.select(
        "person_id",
        _first_known("mother_own", "mother_birth_country").alias("mother_country"),
        _first_known("father_own", "father_birth_country").alias("father_country"),
    )
    rows = records.join(parents, "person_id")
    for parent in ("mother", "father"):
        above = parents.select(
            F.col("person_id").alias(f"{parent}_id"),
            F.col("mother_country").alias(f"{parent}s_mother"),
            F.col("father_country").alias(f"{parent}s_father"),
        )
        rows = rows.join(above, f"{parent}_id", "left")
    arrived = immigrations.select("person_id", F.lit(True).alias("has_immigrated"))
    return (
        rows.join(arrived, "person_id", "left")
        .withColumn("immigrant", is_immigrant())
        .withColumn("country_background", country_background())
        .select(*PERSON.columns)
        .transform(conform, PERSON)
    )


def _joined(lines: DataFrame, own: DataFrame, key: str, parent: str) -> DataFrame:
    record = own.select(
        F.col("person_id").alias(key), F.col("birth_country").alias(f"{parent}_own")
    )
    return lines.join(record, key, "left")


def known_country(country: str) -> Column:
    """The country where it is known: not null, not 990; else null."""
    return F.when(F.col(country) != UNKNOWN, F.col(country))


def _first_known(*countries: str) -> Column:
    return F.coalesce(*[known_country(country) for country in countries])


def _grandparents() -> list[Column]:
    return [
        _first_known(f"{parent}s_{other}", f"{parent}s_{other}_birth_country")
        for parent in ("mother", "father")
        for other in ("mother", "father")
    ]


def _abroad(country: Column) -> Column:
    """Unknown counts as abroad."""
    return F.coalesce(country != NORWAY, F.lit(True))


def born_abroad() -> Column:
    """F1: unknown counts as abroad only with an immigration."""
    return F.coalesce(
        known_country("birth_country") != NORWAY, F.coalesce("has_immigrated", F.lit(False))
    )


def is_immigrant() -> Column:
    """F1: born abroad, of parents and four grandparents born abroad; never without a person row."""
    ancestors = [F.col("mother_country"), F.col("father_country"), *_grandparents()]
    abroad = born_abroad() & F.col("known")
    for country in ancestors:
        abroad = abroad & _abroad(country)
    return abroad


def country_background() -> Column:
    """F1: own country of immigrants; the mother's of those born to two parents born abroad."""
    mother, father = F.col("mother_country"), F.col("father_country")
    of_immigrant = F.coalesce(
        known_country("birth_country"),
        F.when(mother != NORWAY, mother),
        F.when(father != NORWAY, father),
        F.lit(UNKNOWN),
    )
    no_norwegian_grandparent = F.lit(True)
    for country in _grandparents():
        no_norwegian_grandparent = no_norwegian_grandparent & _abroad(country)
    parents_abroad = F.coalesce((mother != NORWAY) & (father != NORWAY), F.lit(False))
    second_generation = ~born_abroad() & parents_abroad & no_norwegian_grandparent
    return (
        F.when(F.col("immigrant"), of_immigrant)
        .when(second_generation, mother)
        .otherwise(F.lit(NORWAY))
    )


def resident_since() -> Column:
    """F3: 1 July of the year of immigration where that can be, else the day of the census."""
    year = F.when(year_can_be(), F.col("immigration_year"))
    counted_on = F.make_date(F.col("census_year").cast("int"), F.lit(11), F.lit(1))
    return F.coalesce(F.make_date(year, F.lit(7), F.lit(1)), counted_on)


def first_immigrations(
    people: DataFrame, immigrations: DataFrame, spells: DataFrame, census: DataFrame
) -> DataFrame:
    """First immigration of every immigrant ever resident: the earliest evidence (F2, F3).

    Args:
        people: PERSON.
        immigrations: as `immigrated` returns them.
        spells: RESIDENCE_SPELL.
        census: CENSUS_ROW, as known at K.

    Returns:
        FIRST_IMMIGRATION. On one date the event goes before the census, the census before the
        residence; `registration_date` only of an event.
    """
    by_event = immigrations.select(
        "person_id", F.col("event_date").alias("day"), F.lit(0).alias("rank"), "registration_date"
    )
    by_census = census.select(
        "person_id",
        resident_since().alias("day"),
        F.lit(1).alias("rank"),
        F.lit(None).cast("date").alias("registration_date"),
    )
    first_spell = spells.groupBy("person_id").agg(
        F.min(F.struct("from_date", "opened_by")).alias("first")
    )
    by_residence = first_spell.where("first.opened_by <> 'immigration'").select(
        "person_id",
        F.col("first.from_date").alias("day"),
        F.lit(2).alias("rank"),
        F.lit(None).cast("date").alias("registration_date"),
    )
    evidence = by_event.unionByName(by_census).unionByName(by_residence)
    sources = F.array(F.lit("event"), F.lit("census"), F.lit("residence"))
    return (
        evidence.join(people.where("immigrant").select("person_id"), "person_id", "left_semi")
        .groupBy("person_id")
        .agg(F.min(F.struct("day", "rank", "registration_date")).alias("first"))
        .select(
            "person_id",
            F.col("first.day").alias("first_immigration_date"),
            "first.registration_date",
            F.element_at(sources, F.col("first.rank") + 1).alias("source"),
        )
        .transform(conform, FIRST_IMMIGRATION)
    )
