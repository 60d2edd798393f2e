"""Write tables as deliveries: one sorted file or folder a table, and the manifest."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.model.deliveries import DeliveredTable

CSV, PARQUET = "csv", "parquet"
_CHUNK = 1 << 20
NEWLINE = b"\n"


@dataclass(frozen=True, slots=True)
class Written:
    """A table of a delivery: rows, and the checksum of each file by its path."""

    rows: int
    sha256: Mapping[str, str]


@dataclass(slots=True)
class Deliveries:
    """The deliveries under one folder, as they are being written."""

    to: Path
    format: str
    modes: Mapping[tuple[str, date], str]
    """Which deliveries there are: source and day, full or increment."""
    tables: dict[tuple[str, date], dict[str, Written]] = field(default_factory=dict)

    def write(self, df: DataFrame, table: DeliveredTable) -> None:
        """Write a table into all deliveries of its source, by the column `delivery` (a date).

        Rows keep the order they have in each partition of `df`, so the files are the same
        whenever the partitions are.
        """
        scratch = self.to / f".{table.register}"
        writer = (
            df.withColumn("place", F.monotonically_increasing_id())
            .sortWithinPartitions("delivery", "place")
            .select("delivery", *table.column_names)
            .write.partitionBy("delivery")
            .mode("overwrite")
        )
        if self.format == CSV:
            writer.option("compression", "none").option("emptyValue", "").csv(str(scratch))
        else:
            writer.parquet(str(scratch))
        for source, day in self.modes:
            if source == table.source:
                self._gather(scratch / f"delivery={day}", df, table, day)
        shutil.rmtree(scratch)

    def _gather(self, parts: Path, df: DataFrame, table: DeliveredTable, day: date) -> None:
        folder = self.to / table.source / day.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        found = sorted(parts.glob("part-*"))
        if self.format == CSV:
            written = _one_csv(found, folder / f"{table.name}.csv", table.column_names)
        else:
            target = folder / f"{table.name}.parquet"
            if not found:
                empty = df.sparkSession.createDataFrame([], df.select(*table.column_names).schema)
                empty.coalesce(1).write.mode("overwrite").parquet(str(parts))
                found = sorted(parts.glob("part-*"))
            written = _parquet_folder(found, target)
        self.tables.setdefault((table.source, day), {})[table.name] = written

    def finish(self) -> None:
        """Write the manifests: a delivery is there when its manifest is."""
        for (source, day), tables in self.tables.items():
            said = {
                "source": source,
                "delivered_on": day.isoformat(),
                "mode": self.modes[source, day],
                "tables": {
                    name: {"rows": table.rows, "sha256": dict(table.sha256)}
                    for name, table in tables.items()
                },
            }
            place = self.to / source / day.isoformat() / "manifest.json"
            place.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")


def _one_csv(parts: list[Path], target: Path, names: tuple[str, ...]) -> Written:
    """Put a header and the parts, in their order, into one file; count and sum on the way."""
    digest, rows = hashlib.sha256(), 0
    header = ",".join(names).encode() + NEWLINE
    with target.open("wb") as out:
        out.write(header)
        digest.update(header)
        for part in parts:
            with part.open("rb") as lines:
                while chunk := lines.read(_CHUNK):
                    out.write(chunk)
                    digest.update(chunk)
                    # No value holds a line break, so lines are rows.
                    rows += chunk.count(NEWLINE)
    return Written(rows, {target.name: digest.hexdigest()})


def _parquet_folder(parts: list[Path], target: Path) -> Written:
    import pyarrow.parquet as pq

    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    rows, sums = 0, {}
    for number, part in enumerate(parts):
        place = target / f"part-{number:05d}.parquet"
        shutil.move(part, place)
        rows += pq.ParquetFile(place).metadata.num_rows
        with place.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        sums[f"{target.name}/{place.name}"] = digest
    return Written(rows, sums)
