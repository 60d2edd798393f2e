"""Which delivered rows count: the newest full delivery and what came after it (K3, K4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.model.deliveries import DeliveredTable
from folketall.model.errors import InputRefusedError

LIMITED_BY_REGISTRATION = "cpr"
"""CPR rows known at K are told by their registration date, not by their delivery."""


Taken = tuple[str, date, str]
"""A delivery taken: source, delivered_on, mode."""


def counted_dates(taken: Iterable[Taken], *, source: str, known_at: date | None) -> list[date]:
    """K3: the dates of the deliveries of a source that count.

    The last full delivery and the increments after it; the increments alone where there is no
    full one. For sources other than cpr only those delivered on or before `known_at`.
    """
    limited = known_at is not None and source != LIMITED_BY_REGISTRATION
    sent = [
        (day, mode)
        for of_source, day, mode in taken
        if of_source == source and not (limited and known_at and day > known_at)
    ]
    last_full = max((day for day, mode in sent if mode == "full"), default=date.min)
    return sorted(day for day, _ in sent if day >= last_full)


def counted(
    register: DataFrame, taken: Iterable[Taken], *, source: str, known_at: date | None
) -> DataFrame:
    """K3: the rows of a register table that count.

    Args:
        register: one row per accepted row of every delivery, with `delivered_on`.
        taken: every delivery taken; rows of others, such as a killed run leaves, never count.
        source: the source of the register table.
        known_at: K; None means everything delivered. Of cpr all deliveries count at any K.

    Returns:
        The rows of `register` that count, columns unchanged.
    """
    dates = counted_dates(taken, source=source, known_at=known_at)
    # Literals: only the parts of these deliveries are read, and nothing is joined.
    return register.where(F.col("delivered_on").isin(dates)) if dates else register.limit(0)


def newest_by_key(rows: DataFrame, table: DeliveredTable) -> DataFrame:
    """Of each key the row of the latest delivery; of several, the one that sorts last.

    Args:
        rows: one row per delivered row of a table with a key, with `delivered_on`.
        table: the table they belong to.

    Returns:
        One row per key, columns unchanged.
    """
    if table.key is None:
        raise ValueError(f"{table.name} has no key")
    # Tables with a key hold texts and ISO dates only, which sort as their text does; in a
    # struct null sorts first.
    newest = F.max(F.struct("delivered_on", *table.column_names)).alias("newest")
    return (
        rows.groupBy(F.col(table.key).alias("_key"))
        .agg(newest)
        .select(*[F.col(f"newest.`{name}`").alias(name) for name in rows.columns])
    )


def default_known_at(taken: Iterable[Taken]) -> date | None:
    """K4: the date of the newest delivery; None where there is none."""
    return max((day for _, day, _ in taken), default=None)


def day_faults(
    taken: Iterable[Taken], *, known_at: date | None, years: tuple[int, int]
) -> str | None:
    """K4: why no run can be made at this K, or of these years; None where it can.

    Figures of a day that no register has reached do not exist.

    Args:
        taken: the deliveries there are, or are about to be taken.
        known_at: ``run.known_at``; None: the newest delivery.
        years: first and last year whose 1 January is counted.
    """
    newest = default_known_at(taken)
    if newest is None:
        return None
    if known_at is not None and known_at > newest:
        return (
            f"run.known_at = {known_at} is after the newest delivery, of {newest}; set no later day"
        )
    reached = known_at or newest
    if date(years[1], 1, 1) > reached:
        return (
            f"--years {years[0]}:{years[1]}: the run knows the registers as of {reached}; the last "
            f"year that can be asked for is {reached.year}"
        )
    return None


def refuse_later_than(taken: Iterable[Taken], today: date | None) -> None:
    """V5: refuse deliveries dated after `run.today`; with none, nothing is checked.

    Raises:
        InputRefusedError: naming each.
    """
    later = sorted(f"{source}/{day}" for source, day, _ in taken if today and day > today)
    if later:
        raise InputRefusedError(
            f"delivery {', '.join(later)}: dated after run.today = {today}; have it delivered "
            "under its right date, and withdraw it (folketall withdraw) if it was taken"
        )
