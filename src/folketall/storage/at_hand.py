"""Small tables of a warehouse in a folder, read before there is a session."""

from __future__ import annotations

from typing import Any

from deltalake.exceptions import DeltaError

from folketall.model.errors import StatisticsError
from folketall.model.table import Table
from folketall.storage.commits import opened
from folketall.storage.folders import local_path


def rows_at_hand(root: str, table: Table) -> list[dict[str, Any]]:
    """The rows of a small table; none where it is not there, or the warehouse is an address."""
    home = local_path(root)
    try:
        stored = opened(home / table.name) if home else None
        rows: list[dict[str, Any]] = stored.to_pyarrow_table().to_pylist() if stored else []
    except (DeltaError, OSError, StatisticsError):
        return []  # What is wrong with it is told by whoever works with it.
    return rows
