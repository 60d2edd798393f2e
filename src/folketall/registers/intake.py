"""Take deliveries into the warehouse, each whole or not at all.

A delivery counts from the moment its row is in DELIVERY, which is written last: what a killed
run left before that is written over by the next.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.model.deliveries import DELIVERED_TABLES, SOURCES, DeliveredTable
from folketall.model.errors import InputRefusedError
from folketall.model.table import Keep
from folketall.registers.known import refuse_later_than
from folketall.registers.manifest import Delivery, read_deliveries
from folketall.registers.reading import DELIVERED_ON, read_delivered
from folketall.registers.storing import Found, store, verdict_of, with_rows
from folketall.registers.taken import (
    choices_kept,
    deliveries_taken,
    refuse_other_choices,
    stored_digests,
    withdrawn,
)
from folketall.registers.told import told
from folketall.registers.validation import Checks, check_rows
from folketall.registers.verdicts import Limits, Verdict, refuse, verdicts
from folketall.registers.withdrawal import finish_withdrawals
from folketall.storage.threads import at_once
from folketall.storage.warehouse import Warehouse

log = logging.getLogger(__name__)
NO_OTHER_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class TakenDelivery:
    """What became of one delivery."""

    name: str
    taken: bool
    """False when it was there already, and nothing was written."""
    rows: int
    rejected: Mapping[str, int]
    """Refused rows by `table: why`."""
    withdrawn: bool = False
    """It was taken back before, and stays so (V5)."""


def take_all(
    warehouse: Warehouse,
    folder: Path | str,
    *,
    checks: Checks,
    keep: Keep,
    limits: Limits = NO_OTHER_LIMITS,
    today: date | None = None,
) -> list[TakenDelivery]:
    """Take every delivery under a folder, in order of date and source.

    All manifests are checked before anything is stored.

    Args:
        warehouse: where they are stored.
        folder: that they lie in.
        checks: what their rows are checked with.
        keep: where rows are that were checked once and are read twice.
        limits: what a delivery may hold of rows refused.
        today: a delivery dated after it is refused.

    Raises:
        UsageError: there is no such folder.
        InputRefusedError: deliveries are refused, or none is from the population register.
    """
    deliveries = read_deliveries(folder)
    gone = withdrawn(warehouse)
    stored = stored_digests(deliveries_taken(warehouse).collect())
    here = [d for d in deliveries if _named(d) not in gone]
    refuse_later_than([(d.source, d.delivered_on, d.mode) for d in here], today)
    _refuse_before_taking(folder, here, stored)
    return take(warehouse, deliveries, checks=checks, keep=keep, limits=limits)


def take(
    warehouse: Warehouse,
    deliveries: Sequence[Delivery],
    *,
    checks: Checks,
    keep: Keep,
    limits: Limits = NO_OTHER_LIMITS,
) -> list[TakenDelivery]:
    """Take deliveries whose files were checked. One that is stored already changes nothing.

    One that is stored and was checked with other choices is read anew (V5), and its rows replace
    those stored. One that was withdrawn is left alone.

    Returns:
        What became of each, in the order given.

    Raises:
        InputRefusedError: a wrong row count, too many refused rows (V3), or another delivery
            under the same source and date. Nothing of that delivery and of those after it is
            stored; those before it are.
        UsageError: a delivery that is not among these was checked with other choices.
    """
    finish_withdrawals(warehouse)
    kept = deliveries_taken(warehouse).collect()
    stored, gone = stored_digests(kept), withdrawn(warehouse)
    faults = [fault for delivery in deliveries if (fault := _other_than_stored(delivery, stored))]
    if faults:
        raise InputRefusedError(" | ".join(faults))
    here = [delivery for delivery in deliveries if _named(delivery) not in gone]
    now = {source: told(checks, source, limits) for source in SOURCES}
    anew = {key for key, said in choices_kept(kept).items() if said != now[key[0]]}
    refuse_other_choices(kept, now, at_hand={(d.source, d.delivered_on) for d in here})
    new = [d for d in here if (d.source, d.delivered_on) not in stored.keys() - anew]
    checked, found = _checked_and_judged(warehouse, new, checks, keep)
    good, refused = _before_the_first_refused(new, found, limits)
    store(warehouse, good, checked, found, kept, now)
    if refused:
        raise refused
    taken = {d.name: TakenDelivery(d.name, True, d.rows, _by_reason(found, d)) for d in new}
    left = {d.name: TakenDelivery(d.name, False, d.rows, {}, _named(d) in gone) for d in deliveries}
    return [(left | taken)[d.name] for d in deliveries]


def _checked_and_judged(
    warehouse: Warehouse, deliveries: Sequence[Delivery], checks: Checks, keep: Keep
) -> tuple[Mapping[DeliveredTable, DataFrame], Found]:
    """The checked rows of every table, and the verdict on each.

    Read and checked once: the verdict, the rows, what is refused and what is noted are all taken
    from it. All deliveries of a table together: its long checks are planned once.
    """
    tables = _tables(deliveries)
    rows = at_once(lambda t: keep(_checked(warehouse, deliveries, t, checks)), tables)
    checked = dict(zip(tables, rows, strict=True))
    places = tuple(checks.codes.get("municipality", ()))
    found = at_once(lambda t: (t, _verdicts(checked[t], t, deliveries, places)), tables)
    return checked, dict(found)


def _named(delivery: Delivery) -> tuple[str, date, str]:
    return delivery.source, delivery.delivered_on, delivery.digest


def _other_than_stored(delivery: Delivery, stored: Mapping[tuple[str, date], str]) -> str | None:
    digest = stored.get((delivery.source, delivery.delivered_on), delivery.digest)
    if digest == delivery.digest:
        return None
    return (
        f"delivery {delivery.name}: a different delivery under the same source and date is stored "
        "already. Nothing of it is stored; deliver it under a new date"
    )


def _by_reason(found: Found, delivery: Delivery) -> dict[str, int]:
    return {
        f"{table.name}: {why}": number
        for table, verdicts in found.items()
        if table.source == delivery.source
        for why, number in sorted(verdict_of(verdicts, delivery).rejected.items())
    }


def _tables(deliveries: Sequence[Delivery]) -> list[DeliveredTable]:
    """The tables that some delivery has rows of."""
    return [table for table in DELIVERED_TABLES if with_rows(deliveries, table)]


def _checked(
    warehouse: Warehouse, deliveries: Sequence[Delivery], table: DeliveredTable, checks: Checks
) -> DataFrame:
    parts = [
        read_delivered(warehouse.spark, delivery.tables[table.name], table).withColumn(
            DELIVERED_ON, F.lit(delivery.delivered_on)
        )
        for delivery in with_rows(deliveries, table)
    ]
    return check_rows(reduce(DataFrame.union, parts), table, checks=checks)


def _verdicts(
    checked: DataFrame,
    table: DeliveredTable,
    deliveries: Sequence[Delivery],
    places: Sequence[str],
) -> dict[date, Verdict]:
    full = [d.delivered_on for d in with_rows(deliveries, table) if d.mode == "full"]
    return verdicts(checked, table, repeats_on=full if table.key else [], places=places)


def _before_the_first_refused(
    deliveries: Sequence[Delivery], found: Found, limits: Limits
) -> tuple[list[Delivery], InputRefusedError | None]:
    good: list[Delivery] = []
    for delivery in deliveries:
        mine = {t: verdict_of(v, delivery) for t, v in found.items() if with_rows([delivery], t)}
        _report_extra(delivery)
        try:
            refuse(delivery, mine, limits)
        except InputRefusedError as fault:
            return good, fault
        good.append(delivery)
    return good, None


def _refuse_before_taking(
    folder: Path | str, deliveries: Sequence[Delivery], stored: Mapping[tuple[str, date], str]
) -> None:
    faults = [fault for d in deliveries if (fault := _other_than_stored(d, stored))]
    if faults:
        raise InputRefusedError(" | ".join(faults))
    if "cpr" not in {d.source for d in deliveries} | {source for source, _ in stored}:
        raise InputRefusedError(
            f"{folder} holds no delivery of cpr, the population register; put one at "
            "cpr/<date>/manifest.json in it"
        )


def _report_extra(delivery: Delivery) -> None:
    for name, file in delivery.tables.items():
        if file.extra:
            log.warning(
                "delivery %s: table %s: columns not read: %s",
                delivery.name,
                name,
                ", ".join(file.extra),
            )
