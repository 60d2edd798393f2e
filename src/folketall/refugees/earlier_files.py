"""Reasons of the files made earlier (C3, C4)."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.model.deliveries import DETAILS, REASONS


def reasons_of_2006(rows: DataFrame) -> DataFrame:
    """C3: refugee before the others, then the most reliable, then the contract's order.

    Args:
        rows: EARLIER_REASON.

    Returns:
        person_id, c3: struct(reason, detail, case_id null), one row a person with a reason there.
    """
    chosen = F.struct(
        (F.col("reason") != "refugee").alias("not_refugee"),
        (-F.col("reliability")).alias("unreliability"),
        *contract_order(),
    )
    return _chosen(rows.where("file = 'reason_2006'"), chosen, "c3")


def reasons_of_1995(rows: DataFrame) -> DataFrame:
    """C4: the reason of the 2004 edition; of several PINs' rows the first in the contract's order.

    Args:
        rows: EARLIER_REASON.

    Returns:
        person_id, c4: struct(reason, detail, case_id null).
    """
    return _chosen(rows.where("file = 'reason_1995_ed2004'"), F.struct(*contract_order()), "c4")


def contract_order() -> list[Column]:
    """The contract's order of reasons and details, then both themselves."""
    reasons = F.array(*[F.lit(reason) for reason in REASONS])
    details = F.array(*[F.lit(detail) for detail in DETAILS])
    return [
        F.array_position(reasons, F.col("reason")).alias("reason_order"),
        F.coalesce(F.array_position(details, F.col("detail")), F.lit(len(DETAILS))).alias(
            "detail_order"
        ),
        F.col("reason"),
        F.col("detail"),
    ]


def _chosen(rows: DataFrame, preference: Column, name: str) -> DataFrame:
    return (
        rows.where("reason is not null and reason <> 'unspecified'")
        .withColumn(
            "detail",
            F.when(F.col("reason") == "refugee", F.coalesce("detail", F.lit("unspecified"))),
        )
        .groupBy("person_id")
        .agg(F.min(preference).alias("best"))
        .select(
            "person_id",
            F.struct(
                "best.reason", "best.detail", F.lit(None).cast("string").alias("case_id")
            ).alias(name),
        )
    )
