"""Small tables of a warehouse in a folder, read before there is a session."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.exceptions import DeltaError

from folketall.model.errors import StatisticsError
from folketall.model.table import Table
from folketall.storage.commits import files_of, opened
from folketall.storage.folders import local_path


def rows_at_hand(root: str, table: Table) -> list[dict[str, Any]]:
    """The rows of a small table; none where it is not there, or the warehouse is an address."""
    home = local_path(root)
    try:
        stored = opened(home / table.name) if home else None
        # One file after another and without threads: they may outlive a command that ends at once.
        return [
            row
            for file in (sorted(files_of(stored)) if stored else ())
            for row in pq.ParquetFile(file).read(use_threads=False).to_pylist()
        ]
    except (DeltaError, OSError, StatisticsError, pa.ArrowException):
        return []  # What is wrong with it is told by whoever works with it.
