"""What was released, and what the audit found."""

from __future__ import annotations

from pyspark.sql.types import ArrayType, StructField, StructType

from folketall.model.table import Room, Table, column
from folketall.model.tables.columns import DATE, LONG, REAL, TEXT, TRUTH

LEDGER = Table(
    "ledger",
    "What was released, of cubes protected by suppress; nothing is ever taken out (X4).",
    ("release", "cube", "period", "geography", "level", "region"),
    StructType(
        [
            column("release", LONG, "Number of the release, from 1."),
            column("fingerprint", TEXT, "What it was made from."),
            column("vintage", DATE, "The K of the run."),
            column("cube", TEXT, "Name of the cube."),
            column("period", TEXT, "Year of the 1 January."),
            column("geography", TEXT, "Year of the boundaries."),
            column("level", TEXT, "Level of the region."),
            column("region", TEXT, "Region code."),
            column(
                "cells",
                ArrayType(
                    StructType(
                        [
                            StructField("code", TEXT),
                            StructField("value", REAL),
                            StructField("count", REAL),
                        ]
                    )
                ),
                "Codes of the dimensions with | between, what was published, and the true count.",
            ),
            column("digest", TEXT, "Of the cube's whole period in these boundaries."),
        ]
    ),
    Room.CUBE,
    entered="release",
)
VERDICT = Table(
    "audit",
    "What the audit found in the published cells, and whether they may leave (X3, X4).",
    ("period", "name"),
    StructType(
        [
            column("period", TEXT, "Year of the 1 January."),
            column("name", TEXT, "What was examined."),
            column("passed", TRUTH, "The promise is kept; if not, nothing is released."),
            column("summary", TEXT, "The verdict in one line."),
            column("figures", TEXT, "The certificate: every figure, as JSON."),
        ]
    ),
    Room.CUBE,
)
