"""Citizenship and marital status on a day, as known at another (K2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.population.packing import DAYS, days, packed, unpacked

UNKNOWN = "unknown"
Ranking = tuple[Callable[[], Column], Callable[[Column], Column]]
"""A value as a rank, and back: of rows that are equal in both dates the higher rank counts."""
_NORWAY, _RANKS = 1_000, 1 << 10
STATUSES = ("1", "5", "7", "4", "8", "6", "2", "3", "9")
"""K2: of several marital statuses of one day the one that comes last here counts."""


def citizenship_rank() -> Column:
    """K2, ties: 000 before others, then the smaller code; unknown last (0)."""
    code = F.expr("try_cast(country AS INT)")
    return F.when(code == 0, _NORWAY).otherwise(F.coalesce(_NORWAY - code, F.lit(0)))


def citizenship_of(rank: Column) -> Column:
    """The country code of a rank; null where it is unknown."""
    code = F.lpad((_NORWAY - rank).cast("string"), 3, "0")
    return F.when(rank == _NORWAY, "000").when(rank > 0, code)


def marital_rank() -> Column:
    """K2, ties: the status that comes last; the spouse is settled in MARITAL_STATUS_ROW.

    Who is divorced and marries on one day is married, and a partnership made a marriage is one.
    """
    return F.coalesce(F.array_position(F.array(*map(F.lit, STATUSES)), F.col("status")), F.lit(0))


def marital_status_of(rank: Column) -> Column:
    """The status of a rank; null where it is unknown."""
    return F.when(rank > 0, F.element_at(F.array(*map(F.lit, STATUSES)), rank.cast("int")))


CITIZENSHIP: Ranking = (citizenship_rank, citizenship_of)
MARITAL_STATUS: Ranking = (marital_rank, marital_status_of)


def values_on(
    requests: DataFrame,
    attributes: Mapping[str, tuple[DataFrame, Ranking]],
    *,
    request: list[str],
    later: bool = False,
) -> DataFrame:
    """Values on a day, as known at a day: equi-join, filter, one aggregate for all (K2).

    Args:
        requests: what is asked.
        attributes: name in the result, to rows (person_id, from_date, registration_date and what
            the ranking names) and their ranking; of rows that are equal in both dates the higher
            rank counts.
        request: the columns of `requests` which identify a row and hold person_id, on_date and
            known_at.
        later: where nothing is known on the day, take the earliest row of the 12 months after
            it (M3).

    Returns:
        The columns `request` and a column an attribute, one row a request; `unknown` where
        nothing is known.
    """
    registered = [
        rows.select(
            "person_id",
            F.col("from_date").alias("_since"),
            F.col("registration_date").alias("_registered"),
            rank().alias("_rank"),
            F.lit(name).alias("_of"),
        )
        for name, (rows, (rank, _)) in attributes.items()
    ]
    joined = requests.join(reduce(DataFrame.unionByName, registered), "person_id", "left")
    found = {name: _packed_row(F.col("_of") == name, later=later) for name in attributes}
    values = {
        name: value_of(unpacked(F.col(f"_{name}"), ranks=_RANKS))
        for name, (_, (_, value_of)) in attributes.items()
    }
    return (
        joined.groupBy(*request)
        .agg(*[row.alias(f"_{name}") for name, row in found.items()])
        .select(
            *request,
            *[F.coalesce(value, F.lit(UNKNOWN)).alias(name) for name, value in values.items()],
        )
    )


def _packed_row(wanted: Column, *, later: bool) -> Column:
    """The row that counts on the day, of those wanted, as a packed number."""
    since, registered_on = F.col("_since"), F.col("_registered")
    known = wanted & (registered_on <= F.col("known_at"))
    begun = known & (since <= F.col("on_date"))
    # One number a row, the latest date in front: numbers are compared in a hash table, where
    # structs would have to be sorted.
    row = packed(days(since), days(registered_on), F.col("_rank"), ranks=_RANKS)
    found = F.max(F.when(begun, row))
    if not later:
        return found
    soon = known & since.between(F.date_add("on_date", 1), F.add_months("on_date", 12))
    nearness = DAYS - 1 - days(since)
    next_row = packed(nearness, days(registered_on), F.col("_rank"), ranks=_RANKS)
    # A row whose value is unknown still is the one known on the day.
    return F.coalesce(found, F.max(F.when(soon, next_row)))
