"""Reasons for immigration, reference persons and persons with refugee background."""

from __future__ import annotations

from pyspark.sql.types import StructType

from folketall.model.table import Table, column
from folketall.model.tables.columns import DATE, INT, LONG, PERSON_ID, TEXT
from folketall.model.tables.population import POPULATION

REASON_FOR_IMMIGRATION = Table(
    "reason_for_immigration",
    "The reason for the first immigration (C0-C8).",
    ("person_id",),
    StructType(
        [
            PERSON_ID,
            column("reason", TEXT, "refugee, family, labour, education, other, unspecified."),
            column("detail", TEXT, "Of refugee: asylum, resettlement, other, unspecified."),
            column("case_id", TEXT, "The case it was taken from; null if none."),
            column("rule", TEXT, "C1 ... C8."),
        ]
    ),
)
REFERENCE_PERSON = Table(
    "reference_person",
    "The reference person of every immigrant with reason family (P1-P3).",
    ("person_id",),
    StructType(
        [
            PERSON_ID,
            column("reference_id", LONG, "The reference person; null if none was found."),
            column(
                "relation", TEXT, "What the reference is: spouse, parent, child, sibling, stated."
            ),
            column("source", TEXT, "udb, cpr, none."),
            column(
                "cpr_relation", TEXT, "The relation CPR shows, also for a stated reference (T2)."
            ),
            column("married_date", DATE, "Start of the earliest marriage with it that qualifies."),
            column("first_residence", DATE, "The reference's first residence."),
        ]
    ),
)
FAMILY_UNIFICATION = Table(
    "family_unification",
    "Type of family unification of every immigrant with reason family (T1-T3).",
    ("person_id",),
    StructType(
        [
            PERSON_ID,
            column("type", TEXT, "reunification, accompanying, enlargement, unspecified."),
            column("source", TEXT, "udb, dates, none."),
        ]
    ),
)
REFUGEE_POPULATION = Table(
    "refugee_population",
    "Persons with refugee background on 1 January (S3, S5).",
    ("reference_date", "person_id"),
    StructType(
        [
            *POPULATION.schema.fields,
            column(
                "category",
                TEXT,
                "asylum, resettlement, other, unspecified, family_enlargement, "
                "family_reunification, family_unspecified.",
            ),
            column("first_immigration_date", DATE, "First immigration (F2, F3)."),
            column("years_of_residence", INT, "Whole years since the first immigration."),
            column("rule", TEXT, "Rule of the reason; for family, of the person's own."),
        ]
    ),
    partition="reference_date",
)
