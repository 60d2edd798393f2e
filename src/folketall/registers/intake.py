"""Take deliveries into the warehouse, each whole or not at all.

A delivery counts from the moment its row is in DELIVERY, which is written last: what a killed
run left before that is written over by the next.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from pathlib import Path

from pyspark import StorageLevel
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from folketall.model.deliveries import DELIVERED_TABLES, SOURCES, DeliveredTable
from folketall.model.errors import InputRefusedError, UsageError
from folketall.model.table import Table
from folketall.model.tables import DELIVERY, REGISTER_NOTE, REGISTERS, REJECTED_ROW, WITHDRAWAL
from folketall.registers.known import refuse_later_than
from folketall.registers.manifest import Delivery, read_deliveries
from folketall.registers.reading import DELIVERED_ON, read_delivered
from folketall.registers.told import READING, other_choices, told
from folketall.registers.validation import Checks, Codes, check_rows, refuse_repeats
from folketall.registers.verdicts import Limits, Verdict, notes_of, refuse, rejected_rows, verdicts
from folketall.storage.delta import Warehouse
from folketall.storage.threads import at_once

log = logging.getLogger(__name__)
INTAKE_TABLES = (*REGISTERS.values(), REJECTED_ROW, REGISTER_NOTE)
Found = Mapping[DeliveredTable, Mapping[date, Verdict]]
"""The verdict on each table of each delivery, by the delivery's date."""


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
    codes: Codes,
    pin_check: str = "synthetic",
    duf_check: str = "note",
    announced: int = 12,
    max_rejected_share: float = 0.02,
    min_rejected: int = 20,
    max_unknown_share: float = 0.05,
    today: date | None = None,
) -> list[TakenDelivery]:
    """Take every delivery under a folder, in order of date and source.

    All manifests are checked before anything is stored.

    Raises:
        UsageError: there is no such folder.
        InputRefusedError: deliveries are refused, or none is from the population register.
    """
    deliveries = read_deliveries(folder)
    gone = withdrawn(warehouse)
    stored = _stored(deliveries_taken(warehouse).collect())
    here = [d for d in deliveries if _named(d) not in gone]
    refuse_later_than([(d.source, d.delivered_on, d.mode) for d in here], today)
    _refuse_before_taking(folder, here, stored)
    return take(
        warehouse,
        deliveries,
        checks=Checks(codes, pin_check, duf_check, announced),
        max_rejected_share=max_rejected_share,
        min_rejected=min_rejected,
        max_unknown_share=max_unknown_share,
    )


def take(
    warehouse: Warehouse,
    deliveries: Sequence[Delivery],
    *,
    checks: Checks,
    max_rejected_share: float = 0.02,
    min_rejected: int = 20,
    max_unknown_share: float = 0.05,
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
    stored, gone = _stored(kept), withdrawn(warehouse)
    faults = [fault for delivery in deliveries if (fault := _other_than_stored(delivery, stored))]
    if faults:
        raise InputRefusedError(" | ".join(faults))
    here = [delivery for delivery in deliveries if _named(delivery) not in gone]
    now = {
        source: told(
            checks,
            source,
            max_rejected_share=max_rejected_share,
            min_rejected=min_rejected,
            max_unknown_share=max_unknown_share,
        )
        for source in SOURCES
    }
    anew = {key for key, said in _choices(kept).items() if said != now[key[0]]}
    refuse_other_choices(kept, now, at_hand={(d.source, d.delivered_on) for d in here})
    new = [d for d in here if (d.source, d.delivered_on) not in stored.keys() - anew]
    # Read and checked once: the verdict, the rows, what is refused and what is noted are all
    # taken from it. All deliveries of a table together: its long checks are planned once.
    tables = _tables(new)
    checked = dict(
        zip(tables, at_once(lambda t: _checked(warehouse, new, t, checks), tables), strict=True)
    )
    places = tuple(checks.codes.get("municipality", ()))
    found = dict(at_once(lambda t: (t, _verdicts(checked[t], t, new, places)), tables))
    limits = Limits(max_rejected_share, min_rejected, max_unknown_share)
    good, refused = _before_the_first_refused(new, found, limits)
    _store(warehouse, good, checked, found, kept, now)
    if refused:
        raise refused
    taken = {d.name: TakenDelivery(d.name, True, d.rows, _by_reason(found, d)) for d in new}
    left = {d.name: TakenDelivery(d.name, False, d.rows, {}, _named(d) in gone) for d in deliveries}
    return [(left | taken)[d.name] for d in deliveries]


def _named(delivery: Delivery) -> tuple[str, date, str]:
    return delivery.source, delivery.delivered_on, delivery.digest


def _choices(kept: Sequence[Row]) -> dict[tuple[str, date], str | None]:
    return {(row["source"], row["delivered_on"]): row["choices"] for row in kept}


def refuse_other_choices(
    kept: Sequence[Row], now: Mapping[str, str], *, at_hand: Collection[tuple[str, date]] = ()
) -> None:
    """V5: refuse a run whose choices are not those that the stored deliveries were checked with.

    Args:
        kept: rows of DELIVERY.
        now: the run's choices by source, as `told` says them.
        at_hand: deliveries that are read anew.

    Raises:
        UsageError: naming each delivery, and each setting as it was and as it is.
    """
    absent = {key: said for key, said in _choices(kept).items() if key not in at_hand}
    if faults := other_choices(absent, now):
        raise UsageError(
            f"the warehouse holds deliveries that were checked otherwise: {' | '.join(faults)}. "
            "Run intake with --deliveries naming the folder that has them, and they are read "
            "anew; or set what was set then"
        )


def register_rows(warehouse: Warehouse, delivered: DeliveredTable) -> DataFrame:
    """The raw register as stored, every delivery; without rows where nothing was delivered."""
    return _read_or_empty(warehouse, REGISTERS[delivered])


def deliveries_taken(warehouse: Warehouse) -> DataFrame:
    """The table DELIVERY without those withdrawn (V5); without rows where nothing was taken."""
    rows, key = _delivery_table(warehouse), list(WITHDRAWAL.grain)
    if not warehouse.exists(WITHDRAWAL.name):
        return rows
    return rows.join(warehouse.read(WITHDRAWAL).select(*key), key, "left_anti").select(
        *DELIVERY.columns
    )


def withdrawn(warehouse: Warehouse) -> set[tuple[str, date, str]]:
    """V5: source, date and digest of the deliveries taken back."""
    rows = _read_or_empty(warehouse, WITHDRAWAL).collect()
    return {(row["source"], row["delivered_on"], row["digest"]) for row in rows}


def withdraw(warehouse: Warehouse, source: str, day: date, why: str) -> None:
    """V5: take a delivery back. From the first commit its rows count no more; then they go.

    Raises:
        UsageError: it is not there.
    """
    rows = [r for r in deliveries_taken(warehouse).collect() if _key(r) == (source, day)]
    if not rows:
        unfinished = {(of, on) for of, on, _ in withdrawn(warehouse)} & {
            _key(row) for row in _delivery_table(warehouse).collect()
        }
        if (source, day) not in unfinished:
            raise UsageError(
                f"the warehouse holds no delivery {source}/{day}; `folketall export delivery` "
                "lists those it holds"
            )
    for row in rows:
        act = warehouse.spark.createDataFrame(
            [(source, day, row["digest"], why)], WITHDRAWAL.schema
        )
        warehouse.append(act, WITHDRAWAL, row["digest"])
    finish_withdrawals(warehouse)


def finish_withdrawals(warehouse: Warehouse) -> None:
    """Remove the rows of deliveries that were withdrawn, if any are there still."""
    gone = withdrawn(warehouse)
    every = _delivery_table(warehouse).collect() if gone else []
    left = [row for row in every if (*_key(row), row["digest"]) not in gone]
    if len(left) == len(every):
        return
    for table in INTAKE_TABLES:
        _remove_rows_not_of(warehouse, table, _stored(left))
    _replace_deliveries(warehouse, left, " ".join(row["digest"] for row in left))


def _replace_deliveries(
    warehouse: Warehouse, rows: Sequence[Row | tuple[object, ...]], mark: str
) -> None:
    whole = warehouse.spark.createDataFrame([tuple(row) for row in rows], DELIVERY.schema)
    warehouse.replace(whole, DELIVERY, mark)


def _delivery_table(warehouse: Warehouse) -> DataFrame:
    rows = _read_or_empty(warehouse, DELIVERY)
    # A warehouse made before a column was: nothing is known of it.
    added = [f for f in DELIVERY.schema if f.name not in rows.columns]
    return rows.withColumns({f.name: F.lit(None).cast(f.dataType) for f in added})


def _read_or_empty(warehouse: Warehouse, table: Table) -> DataFrame:
    return warehouse.read(table) if warehouse.exists(table.name) else warehouse.empty(table)


def _key(row: Row) -> tuple[str, date]:
    return row["source"], row["delivered_on"]


def _stored(kept: Sequence[Row]) -> dict[tuple[str, date], str]:
    return {_key(row): row["digest"] for row in kept}


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
        for why, number in sorted(_of(verdicts, delivery).rejected.items())
    }


def _of(verdicts: Mapping[date, Verdict], delivery: Delivery) -> Verdict:
    return verdicts.get(delivery.delivered_on, Verdict(0, {}, 0, 0))


def _tables(deliveries: Sequence[Delivery]) -> list[DeliveredTable]:
    """The tables that some delivery has rows of."""
    return [table for table in DELIVERED_TABLES if _with_rows(deliveries, table)]


def _with_rows(deliveries: Sequence[Delivery], table: DeliveredTable) -> list[Delivery]:
    return [
        delivery
        for delivery in deliveries
        if delivery.source == table.source
        and table.name in delivery.tables
        and delivery.tables[table.name].rows
    ]


def _checked(
    warehouse: Warehouse, deliveries: Sequence[Delivery], table: DeliveredTable, checks: Checks
) -> DataFrame:
    parts = [
        read_delivered(warehouse.spark, delivery.tables[table.name], table).withColumn(
            DELIVERED_ON, F.lit(delivery.delivered_on)
        )
        for delivery in _with_rows(deliveries, table)
    ]
    rows = check_rows(reduce(DataFrame.union, parts), table, checks=checks)
    # Not in memory: read twice, and for a whole country there is more of it than of memory.
    return rows.localCheckpoint(storageLevel=StorageLevel.DISK_ONLY)


def _verdicts(
    checked: DataFrame,
    table: DeliveredTable,
    deliveries: Sequence[Delivery],
    places: Sequence[str],
) -> dict[date, Verdict]:
    full = [d.delivered_on for d in _with_rows(deliveries, table) if d.mode == "full"]
    return verdicts(checked, table, repeats_on=full if table.key else [], places=places)


def _before_the_first_refused(
    deliveries: Sequence[Delivery], found: Found, limits: Limits
) -> tuple[list[Delivery], InputRefusedError | None]:
    good: list[Delivery] = []
    for delivery in deliveries:
        mine = {t: _of(v, delivery) for t, v in found.items() if _with_rows([delivery], t)}
        _report_extra(delivery)
        try:
            refuse(delivery, mine, **limits._asdict())
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


def _store(
    warehouse: Warehouse,
    deliveries: Sequence[Delivery],
    checked: Mapping[DeliveredTable, DataFrame],
    found: Found,
    kept: Sequence[Row],
    now: Mapping[str, str],
) -> None:
    """Write the rows of deliveries, what was refused and noted; at last that they are taken.

    Those read anew are marked before: whoever reads the warehouse after a kill sees that their
    rows cannot be used, and never two readings of one delivery.
    """
    if not deliveries:
        return
    mark = " ".join(delivery.digest for delivery in deliveries)
    mine = {(d.source, d.delivered_on) for d in deliveries}
    others = [row for row in kept if _key(row) not in mine]
    anew = len(others) < len(kept)
    if anew:
        reading = [
            row if _key(row) not in mine else Row(**{**row.asDict(), "choices": READING})
            for row in kept
        ]
        _replace_deliveries(warehouse, reading, "reading anew")
    rows: dict[DeliveredTable, DataFrame] = {}
    for table, df in checked.items():
        days = [d.delivered_on for d in _with_rows(deliveries, table)]
        again = [day for day in days if day in found[table] and found[table][day].repeats]
        rows[table] = _on(refuse_repeats(df, table, again) if again else df, days)
    writes = {
        REGISTERS[table].name: [
            df.where("fault IS NULL").select(*table.column_names, DELIVERED_ON)
        ]
        for table, df in rows.items()
        if any((v := _of(found[table], d)).rows > v.refused for d in deliveries)
    }  # fmt: skip
    writes[REJECTED_ROW.name] = [
        rejected_rows(df, t)
        for t, df in rows.items()
        if any(_of(found[t], d).refused for d in deliveries)
    ]
    writes[REGISTER_NOTE.name] = [
        notes_of(df, t) for t, df in rows.items() if any(_of(found[t], d).notes for d in deliveries)
    ]
    at_once(
        lambda table: _add(
            warehouse, writes.get(table.name, []), table, mark, _stored(others), anew=anew
        ),
        INTAKE_TABLES,
    )
    whole = [*others, *_delivery_rows(deliveries, found, now)]
    _replace_deliveries(warehouse, whole, mark)


def _on(df: DataFrame, days: Sequence[date]) -> DataFrame:
    return df.where(F.col(DELIVERED_ON).isin(list(days)))


def _add(
    warehouse: Warehouse,
    parts: list[DataFrame],
    table: Table,
    mark: str,
    stored: Mapping[tuple[str, date], str],
    *,
    anew: bool,
) -> None:
    if anew:
        _remove_rows_not_of(warehouse, table, stored)
    else:
        _remove_what_a_killed_run_left(warehouse, table, stored)
    if parts:
        warehouse.append(reduce(DataFrame.unionByName, parts), table, mark)


def _remove_what_a_killed_run_left(
    warehouse: Warehouse, table: Table, stored: Mapping[tuple[str, date], str]
) -> None:
    """Rows of deliveries that were never taken; their office may have mended them since."""
    last = warehouse.last_commit(table.name)
    if last is None or set((last.fingerprint or "?").split()) <= set(stored.values()):
        return  # Nothing was written since the last delivery that is taken.
    _remove_rows_not_of(warehouse, table, stored)


def _remove_rows_not_of(
    warehouse: Warehouse, table: Table, stored: Mapping[tuple[str, date], str]
) -> None:
    taken = [
        f"source = '{source}' AND delivered_on = DATE'{day}'"
        if "source" in table.columns
        else f"delivered_on = DATE'{day}'"
        for source, day in sorted(stored)
        if "source" in table.columns or source == _source_of(table)
    ]
    warehouse.delete_part(table, f"NOT ({' OR '.join(taken)})" if taken else "true")


def _source_of(register: Table) -> str:
    return next(d.source for d, table in REGISTERS.items() if table.name == register.name)


def _delivery_rows(
    deliveries: Sequence[Delivery], found: Found, now: Mapping[str, str]
) -> list[tuple[object, ...]]:
    return [
        (
            delivery.source,
            delivery.delivered_on,
            delivery.mode,
            delivery.digest,
            delivery.rows,
            sum(verdict.refused for verdict in mine),
            sum(verdict.real_pins for verdict in mine),
            now[delivery.source],
        )
        for delivery in deliveries
        for mine in [[_of(v, delivery) for t, v in found.items() if t.source == delivery.source]]
    ]
