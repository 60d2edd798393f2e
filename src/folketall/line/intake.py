"""The first step of the line: deliveries are checked and taken. It reads files and not tables."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pyspark import StorageLevel
from pyspark.sql import DataFrame

from folketall.classifications import CODELISTS, codelist, country_codes, read_rows
from folketall.line.step import Done
from folketall.line.steps import INTAKE
from folketall.model import sections as s
from folketall.model.deliveries import SOURCES
from folketall.model.errors import UsageError
from folketall.model.settings import Settings, made, of
from folketall.model.tables import REGISTER_NOTE, REJECTED_ROW
from folketall.registers.intake import take_all
from folketall.registers.told import told
from folketall.registers.validation import Checks, Codes
from folketall.registers.verdicts import Limits
from folketall.storage.warehouse import Warehouse


def read_codes(settings: Settings) -> Codes:
    """The code lists that intake checks against: countries, and reasons as the office has them."""
    directory = settings[s.Codes.directory]
    lists = {name: tuple(row["code"] for row in codelist(name, directory)) for name in CODELISTS}
    places = (*sorted({row["code"] for row in read_rows("geography/municipalities")}), "9999")
    return {"country": tuple(sorted(country_codes())), "municipality": places, **lists}


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    codes: Codes = made(read_codes)
    pin_check: str = of(s.Pin.check)
    duf_check: str = of(s.Duf.check)
    announced: int = of(s.Validation.announced)
    max_rejected_share: float = of(s.Validation.max_rejected_share)
    min_rejected: int = of(s.Validation.min_rejected)
    max_unknown_share: float = of(s.Validation.max_unknown_share)
    today: date | None = of(s.Run.today)

    @property
    def checks(self) -> Checks:
        return Checks(self.codes, self.pin_check, self.duf_check, self.announced)

    @property
    def limits(self) -> Limits:
        return Limits(self.max_rejected_share, self.min_rejected, self.max_unknown_share)


def told_now(settings: Settings) -> dict[str, str]:
    """V5: what the rows of each source would be checked with in a run with these settings."""
    own = settings.own(IntakeSettings)
    return {source: told(own.checks, source, own.limits) for source in SOURCES}


def intake(warehouse: Warehouse, deliveries: Path | None, settings: Settings) -> Done:
    """Take every delivery under a folder.

    Raises:
        UsageError: there is no such folder.
        InputRefusedError: deliveries are refused.
    """
    if deliveries is None:
        raise UsageError("intake needs --deliveries, the folder the deliveries lie in")
    start = time.monotonic()
    own = settings.own(IntakeSettings)
    taken = take_all(
        warehouse, deliveries, checks=own.checks, limits=own.limits, today=own.today, keep=_on_disk
    )
    for table in (REJECTED_ROW, REGISTER_NOTE):
        # Their readers find them also where nothing ever was refused or noted.
        if not warehouse.exists(table.name):
            warehouse.replace(warehouse.empty(table), table, "")
    rows = sum(delivery.rows for delivery in taken if delivery.taken)
    new = sum(delivery.taken for delivery in taken)
    back = sum(delivery.withdrawn for delivery in taken)
    does = f"take deliveries: {new} new of {len(taken)}"
    does += f", {back} withdrawn and left out" if back else ""
    return Done(INTAKE, does, new > 0, rows, None, time.monotonic() - start)


def _on_disk(rows: DataFrame) -> DataFrame:
    # Not in memory: read twice, and for a whole country there is more of it than of memory.
    return rows.localCheckpoint(storageLevel=StorageLevel.DISK_ONLY)
