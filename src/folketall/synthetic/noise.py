"""Rows that no register should deliver and every one does: well under 1 % of each table."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.model.deliveries import Delivered, DeliveredTable, Kind
from folketall.synthetic.draws import Draws

REFUSED = 0.002
"""The share of rows that V1 and V3 refuse."""
NOTED = 0.004
"""The share of values that V1–V3 note and mend."""
_WRONG = {Kind.OTHER_PIN: "12345678901", Kind.CODE: "??", Kind.COUNTRY: "888"}


def with_bad_rows(df: DataFrame, table: DeliveredTable, draws: Draws, noise: float) -> DataFrame:
    """Spoil a few rows and values of a delivered table, all columns being text."""
    if noise == 0:
        return df
    key = F.xxhash64(*[F.coalesce(F.col(name), F.lit("")) for name in table.column_names])
    fault = draws.unit(f"refused {table.register}", "row_key")
    spoilt = df.withColumn("row_key", key).withColumn("fault", fault)
    required = [column for column in table.columns if _spoilable(column)]
    columns = {}
    for place, column in enumerate(required):
        # Each spoilable column takes its own stretch of the draws: one fault a row.
        low, high = (REFUSED * noise * (place + k) / len(required) for k in (0, 1))
        bad = (F.col("fault") >= low) & (F.col("fault") < high)
        columns[column.name] = F.when(bad, _refused(column)).otherwise(F.col(column.name))
    for column in table.columns:
        if column.kind in _WRONG or (column.kind == Kind.DUF and table.key != column.name):
            wrong = draws.chance(f"noted {column.name}", NOTED * noise, "row_key")
            columns[column.name] = F.when(
                wrong & F.col(column.name).isNotNull(), _noted(column)
            ).otherwise(F.col(column.name))
    return spoilt.withColumns(columns).drop("row_key", "fault")


def _spoilable(column: Delivered) -> bool:
    return column.kind in (Kind.OWN_PIN, Kind.DATE, Kind.EVENT_DATE, Kind.STRUCTURAL) and (
        column.required or column.name in ("sex", "birth_date")
    )


def _refused(column: Delivered) -> Column:
    value = F.col(column.name)
    if column.kind == Kind.OWN_PIN:
        other_digit = (F.substring(value, 11, 1).cast("int") + 1) % 10
        return F.concat(F.substring(value, 1, 10), other_digit.cast("string"))
    if column.kind == Kind.STRUCTURAL:
        return F.lit("X")
    if column.required and column.kind == Kind.DATE:
        return F.lit(None).cast("string")
    return F.concat(F.lit("17"), F.substring(value, 3, 8))


def _noted(column: Delivered) -> Column:
    if column.kind == Kind.DUF:
        return F.concat(F.substring(column.name, 1, 10), F.lit("99"))
    return F.lit(_WRONG[column.kind])
