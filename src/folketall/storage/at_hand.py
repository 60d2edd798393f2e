"""Small tables of a warehouse in a folder, read before there is a session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from folketall.model.table import Table


def rows_at_hand(root: str, table: Table) -> list[dict[str, Any]]:
    """The rows of a small table; none where it is not there, or the warehouse is an address."""
    path = Path(root) / table.name
    if ":" in root or not (path / "_delta_log").is_dir():
        return []
    try:
        rows: list[dict[str, Any]] = DeltaTable(path).to_pyarrow_table().to_pylist()
    except (DeltaError, OSError):
        return []  # What is wrong with it is told by whoever works with it.
    return rows
