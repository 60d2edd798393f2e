"""What a delivery's rows were checked with, kept with it, and held against a run's (V5)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date

from folketall.model.deliveries import DELIVERED_TABLES, Kind
from folketall.registers.validation import Checks
from folketall.registers.verdicts import Limits

READING = "{}"
"""Stands in place of the choices while a delivery is read anew: no run's choices are these."""


def told(checks: Checks, source: str, limits: Limits) -> str:
    """V5: every choice that the rows of a source depend on, as JSON; code lists by content."""
    columns = [c for table in DELIVERED_TABLES if table.source == source for c in table.columns]
    kinds = {column.kind for column in columns}
    said = {
        "pin.check": checks.pin_check,
        "validation.max_rejected_share": str(limits.max_rejected_share),
        "validation.min_rejected": str(limits.min_rejected),
        "validation.max_unknown_share": str(limits.max_unknown_share),
    }
    if Kind.DUF in kinds:
        said["duf.check"] = checks.duf_check
    if Kind.EVENT_DATE in kinds:
        said["validation.announced"] = str(checks.announced)
    lists = {column.codelist for column in columns if column.codelist}
    lists |= {"country"} & {column.kind.value for column in columns}
    lists |= {"municipality"} & {column.kind.value for column in columns}
    for name in sorted(lists & set(checks.codes)):
        content = json.dumps(sorted(checks.codes[name])).encode()
        said[f"code list {name}"] = f"content {hashlib.sha256(content).hexdigest()[:12]}"
    return json.dumps(said, sort_keys=True)


def other_choices(kept: Mapping[tuple[str, date], str | None], now: Mapping[str, str]) -> list[str]:
    """V5: for each delivery checked with other choices than a run has: which, and how they differ.

    Args:
        kept: the choices kept with each delivery.
        now: the run's, by source.
    """
    faults = []
    for (source, day), said in sorted(kept.items()):
        if said == now[source]:
            continue
        was, is_now = json.loads(said or READING), json.loads(now[source])
        differ = [
            f"{name} was {was.get(name, 'not kept')} and is {is_now.get(name, 'not used')}"
            for name in sorted({*was, *is_now})
            if was.get(name) != is_now.get(name)
        ]
        unread = "its rows were being read anew when a run ended" if said == READING else ""
        faults.append(f"{source}/{day}: {unread or '; '.join(differ)}")
    return faults
