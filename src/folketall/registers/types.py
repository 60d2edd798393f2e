"""Which types a Parquet column may have: codes and numbers of persons are text (CONTRACT, "In").

A code kept as a number has lost its leading zeros; nothing tells which it had.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from pyarrow import types as of

from folketall.model.deliveries import Delivered, DeliveredTable, Kind

_UTC = ("UTC", "Etc/UTC", "GMT", "Z", "+00:00")
_DATES = (Kind.DATE, Kind.EVENT_DATE)


def type_faults(schema: pa.Schema, table: DeliveredTable) -> Iterator[str]:
    """Every column of the contract whose type cannot be what the column holds."""
    for column in table.columns:
        # A column that is missing, or there twice, is told elsewhere.
        if schema.names.count(column.name) != 1:
            continue
        kind = schema.field(column.name).type
        if not _may_be(column, kind):
            yield f"column {column.name} is {kind}, and must be {_wanted(column)}"


def may_be_number(column: Delivered) -> bool:
    """Whether a number says the same as its text: shares and years."""
    return column.kind in (Kind.YEAR, Kind.NUMBER) or column.name.endswith("_year")


def _may_be(column: Delivered, kind: pa.DataType) -> bool:
    if of.is_dictionary(kind):
        kind = kind.value_type
    if of.is_string(kind) or of.is_large_string(kind) or of.is_string_view(kind):
        return True
    if of.is_null(kind):
        return True  # Holds nothing.
    if column.kind in _DATES:
        if of.is_timestamp(kind):
            # An instant has another date in another zone: only where none can be meant.
            return kind.tz is None or kind.tz in _UTC
        return bool(of.is_date(kind))
    if may_be_number(column):
        return bool(of.is_integer(kind) or of.is_floating(kind) or of.is_decimal(kind))
    return False


def _wanted(column: Delivered) -> str:
    if column.kind in _DATES:
        return "a date, a timestamp without time zone or text YYYY-MM-DD"
    if may_be_number(column):
        return "a number or text"
    return "text: a code kept as anything else loses its form"
