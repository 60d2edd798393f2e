"""Are the links of DUF numbers right (L)? Precision and recall by method and by period."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.evaluation.results import by_and_total, count_if, share

RIGHT, WRONG, MISSED, RIGHTLY_NONE, NO_TRUTH = (
    "right",
    "wrong",
    "missed",
    "rightly_unlinked",
    "no_truth",
)
PERIODS = ((1991, "1990 and earlier"), (2004, "1991-2003"), (2016, "2004-2015"))
"""Before UDB has anything; Fremkon and the Refugee Register; UDB."""
LATEST = "2016 and later"


def judged_links(links: DataFrame, numbers: DataFrame, identities: DataFrame) -> DataFrame:
    """Hold every DUF number's link against the truth.

    Args:
        links: PERSON_LINK.
        numbers: duf, person_no of the truth.
        identities: as `identities` returns them.

    Returns:
        duf, method, period, verdict, findable. A link is `right` when the person has a PIN of
        the true person, `wrong` otherwise; an unlinked number is `missed` when the true person is
        in the Population Register (`findable`), `rightly_unlinked` when not. `no_truth`: the
        number is nobody's, such as one mistyped; it is counted apart.
    """
    pairs = identities.select("person_no", "person_id", F.lit(True).alias("hit"))
    present = identities.select("person_no").distinct().withColumn("present", F.lit(True))
    judged = (
        links.join(numbers, "duf", "left")
        .join(pairs, ["person_no", "person_id"], "left")
        .join(present, "person_no", "left")
    )
    verdict = (
        F.when(F.col("person_no").isNull(), NO_TRUTH)
        .when(F.col("hit"), RIGHT)
        .when(F.col("person_id").isNotNull(), WRONG)
        .when(F.col("present"), MISSED)
        .otherwise(RIGHTLY_NONE)
    )
    return judged.select(
        "duf",
        "method",
        period().alias("period"),
        verdict.alias("verdict"),
        F.coalesce("present", F.lit(False)).alias("findable"),
    )


def period() -> Column:
    """The period a DUF number was given in: its first four digits are the year."""
    year = F.substring("duf", 1, 4).try_cast("int")
    found = F.lit(LATEST)
    for before, word in reversed(PERIODS):
        found = F.when(year < before, word).otherwise(found)
    return found


def linkage_figures(judged: DataFrame) -> DataFrame:
    """Precision and recall, by method and by period.

    Returns:
        FIELDS. By method `recall` is that method's share of all that could be found, so that the
        methods add up to the whole.
    """
    counts = [
        count_if(F.col("verdict") == word).alias(word)
        for word in (RIGHT, WRONG, MISSED, RIGHTLY_NONE, NO_TRUTH)
    ]
    names = [RIGHT, WRONG, MISSED, RIGHTLY_NONE, NO_TRUTH, "findable"]
    shares = {
        "precision": share(RIGHT, F.col(RIGHT) + F.col(WRONG)),
        "recall": share(RIGHT, "findable"),
    }
    everyone = judged.where("findable").agg(F.count(F.lit(1)).alias("of_all"))
    by_period = by_and_total(
        judged,
        "linkage",
        "period",
        [*counts, count_if("findable").alias("findable")],
        names,
        shares,
    )
    with_all = judged.crossJoin(F.broadcast(everyone))
    by_method = by_and_total(
        with_all, "linkage", "method", [*counts, F.max("of_all").alias("findable")], names, shares
    ).where(F.col("by") == "method")
    return by_period.unionByName(by_method)
