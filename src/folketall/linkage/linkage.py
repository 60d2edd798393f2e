"""Linkage of the Aliens Register to the Population Register (L2-L6).

Links that the registers state are controlled against birth date and sex, compared, and improved
by an exact and a probabilistic match of the numbers left. Every DUF number gets a row; one has
one person, a person may have several (L6).
"""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.linkage.keyed import with_person
from folketall.linkage.names import normalised_name
from folketall.model.table import conform
from folketall.model.tables import PERMIT_CASE, PERSON_LINK


def duf_numbers(udb_persons: DataFrame, cases: DataFrame, duf_links: DataFrame) -> DataFrame:
    """Every DUF number of a person, a case or a link: (duf)."""
    parts = [df.select("duf") for df in (udb_persons, cases, duf_links)]
    return reduce(DataFrame.unionByName, parts).distinct()


def candidates(
    duf_links: DataFrame,
    udb_persons: DataFrame,
    keys: DataFrame,
    attributes: DataFrame,
    *,
    accept_score: int,
    accept_both: int,
) -> DataFrame:
    """Candidate links of every DUF number, scored and judged (L2, L3).

    Args:
        duf_links: accepted rows of cpr/duf_link, known at K.
        udb_persons: one row a DUF number: duf, pin, birth_date, sex.
        keys: PERSON_KEY.
        attributes: person_id, birth_date, sex of the Population Register.

    Returns:
        One row a DUF number and person: duf, person_id, newest_pin, in_cpr (registration_date of
        the newest CPR link, null when CPR does not give it), in_udb, score, acceptable.
    """
    newest = keys.where("age_of_pin = 0").select("person_id", F.col("pin").alias("newest_pin"))
    cpr = attributes.select(
        "person_id", F.col("birth_date").alias("cpr_birth"), F.col("sex").alias("cpr_sex")
    )
    udb = udb_persons.select(
        "duf", F.col("birth_date").alias("udb_birth"), F.col("sex").alias("udb_sex")
    )
    both = F.col("in_cpr").isNotNull() & F.col("in_udb")
    least = F.when(both, F.lit(accept_both)).otherwise(F.lit(accept_score))
    return (
        _stated_links(duf_links, udb_persons, keys)
        .join(newest, "person_id", "left")
        .join(cpr, "person_id", "left")
        .join(udb, "duf", "left")
        .withColumn("score", link_score("cpr_birth", "udb_birth", "cpr_sex", "udb_sex"))
        .withColumn("acceptable", F.col("score") >= least)
        .select("duf", "person_id", "newest_pin", "in_cpr", "in_udb", "score", "acceptable")
    )


def _stated_links(duf_links: DataFrame, udb_persons: DataFrame, keys: DataFrame) -> DataFrame:
    """One row a DUF number and person that a register states together: in_cpr, in_udb."""
    by_cpr = with_person(duf_links, keys, "pin").select(
        "duf",
        "person_id",
        F.col("registration_date").alias("in_cpr"),
        F.lit(None).cast("boolean").alias("in_udb"),
    )
    by_udb = with_person(udb_persons.where("pin is not null"), keys, "pin").select(
        "duf", "person_id", F.lit(None).cast("date").alias("in_cpr"), F.lit(True).alias("in_udb")
    )
    return (
        by_cpr.unionByName(by_udb)
        .groupBy("duf", "person_id")
        .agg(
            F.max("in_cpr").alias("in_cpr"),
            F.coalesce(F.max("in_udb"), F.lit(False)).alias("in_udb"),
        )
    )


def link_score(birth: str, other_birth: str, sex: str, other_sex: str) -> Column:
    """L3: birth date part 0-4 plus sex part 0 or 2."""
    a, b = F.col(birth), F.col(other_birth)
    year_gap = F.abs(F.year(a) - F.year(b))
    swapped = (F.dayofmonth(a) == F.month(b)) & (F.month(a) == F.dayofmonth(b))
    new_year = (F.date_format(a, "MM-dd") == "01-01") | (F.date_format(b, "MM-dd") == "01-01")
    by_birth = (
        F.when(a == b, 4)
        .when((year_gap == 0) & (swapped | (F.month(a) == F.month(b)) | new_year), 3)
        .when(year_gap == 0, 2)
        .when(year_gap == 1, 1)
        .otherwise(0)
    )
    by_sex = F.when(F.col(sex) == F.col(other_sex), 2).otherwise(0)
    return by_birth + by_sex


def registered_links(candidate_links: DataFrame) -> DataFrame:
    """Compare the candidates of each DUF number and take at most one (L4).

    Returns:
        One row a DUF number that has an acceptable candidate: duf, person_id, method, score.
    """
    # The smallest struct wins, and its last fields are identifiers.
    preference = F.struct(
        (~F.col("acceptable")).alias("refused"),
        (-F.col("score")).alias("low_score"),
        F.col("in_cpr").isNull().alias("not_by_cpr"),
        (-F.unix_date("in_cpr")).alias("age_of_link"),
        "newest_pin",
        "person_id",
        "in_udb",
    )
    chosen = candidate_links.groupBy("duf").agg(
        F.min(preference).alias("best"), F.count(F.lit(1)).alias("persons")
    )
    method = (
        F.when(F.col("persons") > 1, "conflict_resolved")
        .when(~F.col("best.not_by_cpr") & F.col("best.in_udb"), "both_registers")
        .when(~F.col("best.not_by_cpr"), "cpr_only")
        .otherwise("udb_only")
    )
    score = (-F.col("best.low_score")).cast("double")
    return chosen.where("not best.refused").select(
        "duf", "best.person_id", method.alias("method"), score.alias("score")
    )


def exact_matches(left: DataFrame, persons: DataFrame) -> DataFrame:
    """Match the DUF numbers left on birth date, sex and normalised name (L5).

    Args:
        left: duf, given_name, family_name, birth_date, sex of the numbers not yet linked.
        persons: person_id and the same columns of the Population Register.

    Returns:
        duf, person_id, method, score, where exactly one person fits exactly one number left.
    """
    on = ["name", "birth_date", "sex"]
    numbers = _one_of_a_kind(left, on, "duf")
    people = _one_of_a_kind(persons, on, "person_id")
    return numbers.join(people, on).select(
        "duf", "person_id", F.lit("exact_match").alias("method"), F.lit(6.0).alias("score")
    )


def _one_of_a_kind(rows: DataFrame, on: list[str], identifier: str) -> DataFrame:
    named = rows.withColumn("name", normalised_name("given_name", "family_name"))
    return (
        named.dropna(subset=on)
        .groupBy(*on)
        .agg(F.min(identifier).alias(identifier), F.count(F.lit(1)).alias("alike"))
        .where("alike = 1")
        .drop("alike")
    )


def sure_links(registered: DataFrame, udb_persons: DataFrame, newest_rows: DataFrame) -> DataFrame:
    """The links that the registers state, and those of the exact match (L4, L5).

    Args:
        registered: as `registered_links` returns them.
        udb_persons: one row a DUF number, with names.
        newest_rows: as `newest_person_rows` returns them, with names.

    Returns:
        duf, person_id, method, score.
    """
    return registered.unionByName(exact_matches(not_linked(udb_persons, registered), newest_rows))


def not_linked(udb_persons: DataFrame, links: DataFrame) -> DataFrame:
    """The rows of the DUF numbers that none of the links is of."""
    return udb_persons.join(links, "duf", "left_anti")


def person_links(numbers: DataFrame, links: DataFrame) -> DataFrame:
    """Every DUF number with its person, or said to be unlinked (L6).

    Args:
        numbers: (duf), every number.
        links: duf, person_id, method, score; one row a number at most.

    Returns:
        PERSON_LINK, one row a DUF number.
    """
    rows = numbers.join(links, "duf", "left").withColumn(
        "method", F.coalesce("method", F.lit("unlinked"))
    )
    return conform(rows.select(*PERSON_LINK.columns), PERSON_LINK)


def refused_links(candidate_links: DataFrame, links: DataFrame) -> DataFrame:
    """Candidates not taken (L4, link_refused): duf, person_id, in_cpr."""
    taken = links.select("duf", "person_id")
    return candidate_links.select("duf", "person_id", "in_cpr").join(
        taken, ["duf", "person_id"], "left_anti"
    )


def permit_cases(cases: DataFrame, links: DataFrame, keys: DataFrame) -> DataFrame:
    """Decided cases of linked numbers, with persons for DUF numbers and PINs.

    Args:
        cases: one row a case_id, as delivered.
        links: PERSON_LINK.
        keys: PERSON_KEY.

    Returns:
        PERMIT_CASE. The reference is the person of reference_pin or, when that is null, of
        reference_duf (P1).
    """
    linked = links.where("person_id is not null").select("duf", "person_id")
    by_duf = linked.select(
        F.col("duf").alias("reference_duf"), F.col("person_id").alias("id_by_duf")
    )
    rows = (
        with_person(
            cases.where("decision_date is not null")
            .join(linked, "duf")
            .withColumn("by_pin", F.col("reference_pin").isNotNull()),
            keys,
            "reference_pin",
            "id_by_pin",
        )
        .join(by_duf, "reference_duf", "left")
        .withColumn(
            "reference_id",
            F.when(F.col("by_pin"), F.col("id_by_pin")).otherwise(F.col("id_by_duf")),
        )
    )
    return conform(rows.select(*PERMIT_CASE.columns), PERMIT_CASE)
