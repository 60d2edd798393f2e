"""Cells before protection and after."""

from __future__ import annotations

from pyspark.sql.types import StructField, StructType

from folketall.model.table import Room, Table, column
from folketall.model.tables.columns import REAL, TEXT

DIMENSIONS = (
    "category",
    "years_of_residence",
    "country_group",
    "citizenship",
    "sex",
    "age",
    "immigrant",
    "marital_status",
    "country",
    "other_region",
)
"""Every dimension of every cube; null in the rows of cubes that do not have it."""
_CELL_FIELDS: list[StructField] = [
    column("cube", TEXT, "Name of the cube."),
    column("period", TEXT, "Year: of the flows, or of the 1 January of the stock."),
    column("geography", TEXT, "Year of the boundaries."),
    column("level", TEXT, "nation, region, county, economic_region, centrality, municipality."),
    column("region", TEXT, "Region code; 0 the nation, unknown."),
    *[
        column(name, TEXT, "Dimension; total the margin, unknown where missing.")
        for name in DIMENSIONS
    ],
    column("measure", TEXT, "What is counted."),
    column("value", REAL, "The figure."),
]
CELL_KEY = ("cube", "period", "geography", "level", "region", *DIMENSIONS, "measure")
CUBE = Table(
    "cube",
    "Cells before protection: never leaves the office.",
    CELL_KEY,
    StructType(
        [
            *_CELL_FIELDS,
            column("plus", REAL, "Of a net: the figure it is counted up from."),
            column("minus", REAL, "Of a net: the figure taken off."),
            column(
                "key",
                REAL,
                "For cell_key (X1): the keys of the records counted, summed modulo 2^32.",
            ),
            column("plus_key", REAL, "The same of plus."),
            column("minus_key", REAL, "The same of minus."),
        ]
    ),
    Room.CUBE,
    partition="cube",
)
INNER_CELL = Table(
    "inner_cell",
    "What the cells of stocks and flows are sums of: municipality by the inner codes of every "
    "dimension, moves between municipalities by both. Counts of zero have no row. Never leaves "
    "the office.",
    ("cube", "period", "geography", "region", *DIMENSIONS, "measure"),
    StructType(
        [
            column("cube", TEXT, "Name of the cube."),
            column("period", TEXT, "Year: of the flows, or of the 1 January of the stock."),
            column("geography", TEXT, "Year of the boundaries."),
            column("region", TEXT, "Municipality, or unknown; of a move the one that is left."),
            *[column(name, TEXT, "Inner code of the dimension (Q1).") for name in DIMENSIONS],
            column(
                "measure",
                TEXT,
                "persons; immigration, emigration, intramunicipal; emigration_administrative; "
                "internal, a move from the region to other_region.",
            ),
            column("value", REAL, "Persons or moves."),
        ]
    ),
    Room.CUBE,
    partition="cube",
)
PUBLISHED_CUBE = Table(
    "published_cube",
    "Cells after protection.",
    CELL_KEY,
    StructType(
        [*_CELL_FIELDS, column("status", TEXT, "Null published; suppressed, rounded, perturbed.")]
    ),
    Room.PUBLIC,
    partition="cube",
)
