"""Read reported municipality codes (G3) and lead codes to later boundaries (G1) in registers.

Both join with a small table by code and take the one row whose dates fit, so that no row of the
register is lost or repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.geography.lists import UNKNOWN_MUNICIPALITY
from folketall.geography.municipalities import CODE_UNKNOWN

Expression = str | Column | date
"""A column by name or as an expression, or one date for all rows."""


def read_codes(
    df: DataFrame,
    readings: DataFrame,
    *,
    code: Expression,
    on: Expression,
    split_into: str | None = None,
) -> DataFrame:
    """Rule G3: add `read_as`, the code a reported one is read as, and `code_note`.

    Args:
        df: any grain; every row is kept once.
        readings: `frames.readings_frame`.
        code: the code as reported; null is read as 9999, without a note.
        on: the date the code was reported for.
        split_into: also add this boolean column: a late code was assigned at a split (G1).

    Returns:
        `df` with `read_as`, never null, and `code_note`: null, `code_shifted` or `code_unknown`.
    """
    rows = _prefixed(readings, "_r_")
    known = df.withColumns({"_code": _column(code), "_on": _column(on)})
    fits = (F.col("_code") == F.col("_r_code")) & _within("_on", "_r_from_date", "_r_to_date")
    named = F.col("_code").isNotNull() & (F.col("_code") != UNKNOWN_MUNICIPALITY)
    unread = named & F.col("_r_read_as").isNull()
    added = {
        "read_as": F.coalesce("_r_read_as", F.lit(UNKNOWN_MUNICIPALITY)),
        "code_note": F.when(unread, F.lit(CODE_UNKNOWN)).otherwise(F.col("_r_note")),
    }
    if split_into is not None:
        added[split_into] = F.coalesce("_r_split", F.lit(False))
    helpers = [*rows.columns, "_code", "_on"]
    return known.join(F.broadcast(rows), fits, "left").withColumns(added).drop(*helpers)


def lead_codes(
    df: DataFrame,
    paths: DataFrame,
    *,
    code: Expression,
    on: Expression,
    to: Expression,
    into: str,
    among: Sequence[date] | None = None,
) -> DataFrame:
    """Rule G1: add `into`, the code led from one date to a later one, and `<into>_split`.

    Args:
        df: any grain; every row is kept once.
        paths: `frames.paths_frame`.
        code: a code valid on `on`, as G3 gives it.
        on: the date the code is of.
        to: the date to lead it to, not before `on`.
        into: name of the new column; it may be an old one's.
        among: every day that `to` can be, where they are few: each row then looks at the paths
            to its day and at no others. Another day is read as a missing one.

    Returns:
        `df` with `into`: null where the code is null; 9999 where it was not valid or a date is
        missing; and `<into>_split`, never null: it was assigned at a split (`split_assigned`).
    """
    rows = _prefixed(paths, "_p_")
    known = df.withColumns({"_code": _column(code), "_on": _column(on), "_to": _column(to)})
    reaches = _within("_to", "_p_seg_from", "_p_seg_to")
    if among is not None:
        days = F.explode(F.array(*[F.lit(day) for day in among]).cast("array<date>"))
        there = _within("_p_to", "_p_seg_from", "_p_seg_to")
        rows = rows.withColumn("_p_to", days).where(there)
        reaches = F.col("_to") == F.col("_p_to")
    fits = (
        (F.col("_code") == F.col("_p_code"))
        & reaches
        & (F.col("_on") <= F.col("_to"))
        & _within("_on", "_p_code_from", "_p_code_to")
    )
    led = F.coalesce("_p_led_code", F.lit(UNKNOWN_MUNICIPALITY))
    added = {
        into: F.when(F.col("_code").isNotNull(), led),
        f"{into}_split": F.coalesce("_p_split", F.lit(False)),
    }
    helpers = [*rows.columns, "_code", "_on", "_to"]
    return known.join(F.broadcast(rows), fits, "left").withColumns(added).drop(*helpers)


def _prefixed(table: DataFrame, prefix: str) -> DataFrame:
    return table.select(*[F.col(name).alias(f"{prefix}{name}") for name in table.columns])


def _column(given: Expression) -> Column:
    if isinstance(given, Column):
        return given
    return F.col(given) if isinstance(given, str) else F.lit(given)


def _within(day: str, start: str, end: str) -> Column:
    return (F.col(day) >= F.col(start)) & (F.col(end).isNull() | (F.col(day) < F.col(end)))
