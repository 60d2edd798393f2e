"""Deliveries as they lie in their folder: found, and held against what their manifests say.

Nothing here needs Spark. Every fault of a delivery is said at once, so that the office that
made it mends it once.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from folketall.model.deliveries import DELIVERED_TABLES, SOURCES, DeliveredTable
from folketall.model.errors import InputRefusedError, UsageError
from folketall.registers.files import DeliveredFile, check_table

MANIFEST = "manifest.json"
MODES = ("full", "increment")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery that is what its manifest says."""

    source: str
    delivered_on: date
    mode: str
    tables: Mapping[str, DeliveredFile]
    digest: str
    """SHA-256 over source, date, mode, row counts and checksums."""

    @property
    def name(self) -> str:
        return f"{self.source}/{self.delivered_on}"

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


def read_deliveries(folder: Path | str) -> list[Delivery]:
    """Find and check every delivery under a folder, in order of date and source.

    Raises:
        UsageError: there is no such folder.
        InputRefusedError: there is no delivery in it, or some are refused; all faults in one line.
    """
    root = Path(folder)
    if not root.is_dir():
        raise UsageError(f"{root} is no folder; name the one that holds <source>/<date>/{MANIFEST}")
    deliveries, refused = [], []
    for home in delivery_folders(root):
        try:
            deliveries.append(read_delivery(home))
        except InputRefusedError as fault:
            refused.append(str(fault))
    if refused:
        raise InputRefusedError(_together(refused))
    if not deliveries:
        raise InputRefusedError(
            f"{root} holds no delivery; put one at <source>/<date>/{MANIFEST} in it, "
            f"the source being one of {', '.join(SOURCES)}"
        )
    return sorted(deliveries, key=lambda delivery: (delivery.delivered_on, delivery.source))


def delivery_folders(root: Path) -> Iterator[Path]:
    """The folders that hold a manifest, or should: those of a known source named by a date."""
    for source in sorted(path for path in root.iterdir() if path.is_dir()):
        for home in sorted(path for path in source.iterdir() if path.is_dir()):
            dated = source.name in SOURCES and _date(home.name) is not None
            if dated or (home / MANIFEST).exists():
                yield home


def read_delivery(home: Path) -> Delivery:
    """Check one delivery: its manifest, and each file's presence, checksum and header.

    Raises:
        InputRefusedError: naming every fault at once.
    """
    faults: list[str] = []
    said = _manifest(home, faults)
    source, delivered_on = said.get("source"), _date(said.get("delivered_on"))
    if not faults:
        faults += _head_faults(home, said)
    tables = said.get("tables")
    if not faults and not isinstance(tables, dict):
        faults.append(f"{MANIFEST} has no tables")
    files: dict[str, DeliveredFile] = {}
    if not faults and isinstance(tables, dict):
        files = _tables(home, str(source), said["mode"], tables, faults)
    if faults or delivered_on is None:
        raise InputRefusedError(
            f"delivery {home.parent.name}/{home.name}: {'; '.join(faults)}. Nothing of it is "
            "stored; have it made and delivered anew"
        )
    return Delivery(str(source), delivered_on, said["mode"], files, _digest(said))


def _together(refused: list[str]) -> str:
    return " | ".join(refused)


def _manifest(home: Path, faults: list[str]) -> dict[str, Any]:
    path = home / MANIFEST
    try:
        said = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        faults.append(f"{MANIFEST} is missing")
        return {}
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as fault:
        faults.append(f"{MANIFEST} is not readable JSON ({_first_line(fault)})")
        return {}
    if not isinstance(said, dict):
        faults.append(f"{MANIFEST} is not a JSON object")
        return {}
    return said


def _head_faults(home: Path, said: Mapping[str, Any]) -> Iterator[str]:
    source, delivered_on, mode = said.get("source"), said.get("delivered_on"), said.get("mode")
    if source not in SOURCES:
        yield f"source {source!r} is not one of {', '.join(SOURCES)}"
    elif source != home.parent.name:
        yield f"the manifest says source {source}, the folder {home.parent.name}"
    if _date(delivered_on) is None:
        yield f"delivered_on {delivered_on!r} is not a date YYYY-MM-DD"
    elif delivered_on != home.name:
        yield f"the manifest says delivered_on {delivered_on}, the folder {home.name}"
    if mode not in MODES:
        yield f"mode {mode!r} is not full or increment"


def _tables(
    home: Path, source: str, mode: str, said: Mapping[str, Any], faults: list[str]
) -> dict[str, DeliveredFile]:
    known = {table.name: table for table in DELIVERED_TABLES if table.source == source}
    faults += [f"table {name}: unknown in source {source}" for name in said if name not in known]
    if mode == "full":
        faults += [
            f"table {name}: missing, and a full delivery has every table of its source"
            for name in known
            if name not in said
        ]
    faults += [
        f"table {path.stem}: {path.name} is there, but not in the manifest"
        for path in sorted(home.iterdir())
        if path.stem in known and path.stem not in said and path.suffix in (".csv", ".parquet")
    ]
    files: dict[str, DeliveredFile] = {}
    for table in (known[name] for name in known if name in said):
        found = _table(home, table, said[table.name], faults)
        if found is not None:
            files[table.name] = found
    return files


def _table(home: Path, table: DeliveredTable, said: Any, faults: list[str]) -> DeliveredFile | None:
    rows = said.get("rows") if isinstance(said, dict) else None
    checksums = said.get("sha256") if isinstance(said, dict) else None
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 0:
        faults.append(f"table {table.name}: rows {rows!r} is not a whole number")
        return None
    if not isinstance(checksums, dict) or not all(
        isinstance(value, str) for value in checksums.values()
    ):
        faults.append(f"table {table.name}: sha256 is not a list of files and checksums")
        return None
    found, wrong = check_table(home, table, rows=rows, checksums=checksums)
    faults += [f"table {table.name}: {fault}" for fault in wrong]
    return found


def _digest(said: Mapping[str, Any]) -> str:
    tables = {
        name: {
            "rows": table["rows"],
            "sha256": {path: text.lower() for path, text in table["sha256"].items()},
        }
        for name, table in said["tables"].items()
    }
    content = {key: said[key] for key in ("source", "delivered_on", "mode")} | {"tables": tables}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _date(text: Any) -> date | None:
    # fromisoformat also takes 20250201 and 2025-W05-6; the contract has one form.
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _first_line(fault: Exception) -> str:
    return (str(fault).splitlines() or [type(fault).__name__])[0]
