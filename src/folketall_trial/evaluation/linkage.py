"""Are the links of DUF numbers right (L)? Precision and recall by method and by period."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall_trial.evaluation.results import (
    Cells,
    Measures,
    Row,
    Shares,
    by_group,
    counted,
    together,
)

PART = "linkage"
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
    behind = identities.groupBy("person_no").agg(F.collect_list("person_id").alias("ids"))
    judged = links.join(numbers, "duf", "left").join(behind, "person_no", "left")
    present = F.col("ids").isNotNull()
    verdict = (
        F.when(F.col("person_no").isNull(), NO_TRUTH)
        .when(F.array_contains("ids", F.col("person_id")), RIGHT)
        .when(F.col("person_id").isNotNull(), WRONG)
        .when(present, MISSED)
        .otherwise(RIGHTLY_NONE)
    )
    return judged.select(
        "duf",
        "method",
        period().alias("period"),
        verdict.alias("verdict"),
        present.alias("findable"),
    )


def period() -> Column:
    """The period a DUF number was given in: its first four digits are the year."""
    year = F.substring("duf", 1, 4).try_cast("int")
    found = F.lit(LATEST)
    for before, word in reversed(PERIODS):
        found = F.when(year < before, word).otherwise(found)
    return found


def linkage_cells(judged: DataFrame) -> DataFrame:
    """Numbers by method, period, verdict and whether they can be found, `counted`."""
    return counted(judged, PART, "method", "period", "verdict", "findable")


def linkage_figures(cells: Cells) -> list[Row]:
    """Precision and recall, by method and by period.

    By method `recall` is that method's share of all that could be found, so that the methods add
    up to the whole.
    """
    measures: Measures = {
        word: lambda key, word=word: key[2] == word  # type: ignore[misc]
        for word in (RIGHT, WRONG, MISSED, RIGHTLY_NONE, NO_TRUTH)
    }
    findable: Measures = {"findable": lambda key: key[3] == "true"}
    of_all = sum(n or 0.0 for key, n in cells.items() if key[3] == "true")
    precise: Shares = {"precision": lambda n: (n[RIGHT], n[RIGHT] + n[WRONG])}
    of_own: Shares = {"recall": lambda n: (n[RIGHT], n["findable"])}
    of_whole: Shares = {"recall": lambda n: (n[RIGHT], of_all)}
    return [
        *by_group(cells, PART, "method", 0, measures, precise | of_whole),
        *by_group(cells, PART, "period", 1, measures | findable, precise | of_own),
        *together(cells, PART, measures | findable, precise | of_own),
    ]
