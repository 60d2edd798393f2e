"""Every table of the warehouse: its columns, its grain and what the columns mean.

The names, columns and keys marked so in CONTRACT.md are public. Tables not named there are the
line's own; they may change.
"""

from __future__ import annotations

from folketall.model.tables.cubes import CELL_KEY, CUBE, DIMENSIONS, INNER_CELL, PUBLISHED_CUBE
from folketall.model.tables.linkage import (
    CENSUS_ROW,
    CITIZENSHIP_ROW,
    EARLIER_REASON,
    EVENT_VERSION,
    MARITAL_STATUS_ROW,
    PERMIT_CASE,
    PERSON_AT,
    PERSON_DRAW,
    PERSON_KEY,
    PERSON_LINK,
    PERSON_RECORD,
)
from folketall.model.tables.population import (
    ACCOUNT,
    FIRST_IMMIGRATION,
    HISTORY_EVENT,
    HISTORY_VIEW,
    MIGRATION,
    PERSON,
    POPULATION,
    RESIDENCE_SPELL,
)
from folketall.model.tables.quality import INCONSISTENCY, QUALITY, note_table
from folketall.model.tables.refugees import (
    FAMILY_UNIFICATION,
    REASON_FOR_IMMIGRATION,
    REFERENCE_PERSON,
    REFUGEE_POPULATION,
)
from folketall.model.tables.registers import (
    DELIVERY,
    REGISTER_NOTE,
    REGISTERS,
    REJECTED_ROW,
    WITHDRAWAL,
)
from folketall.model.tables.releases import LEDGER, VERDICT

__all__ = [
    "ACCOUNT",
    "CELL_KEY",
    "CENSUS_ROW",
    "CITIZENSHIP_ROW",
    "CUBE",
    "DELIVERY",
    "DIMENSIONS",
    "EARLIER_REASON",
    "EVENT_VERSION",
    "FAMILY_UNIFICATION",
    "FIRST_IMMIGRATION",
    "HISTORY_EVENT",
    "HISTORY_VIEW",
    "INCONSISTENCY",
    "INNER_CELL",
    "LEDGER",
    "MARITAL_STATUS_ROW",
    "MIGRATION",
    "PERMIT_CASE",
    "PERSON",
    "PERSON_AT",
    "PERSON_DRAW",
    "PERSON_KEY",
    "PERSON_LINK",
    "PERSON_RECORD",
    "POPULATION",
    "PUBLISHED_CUBE",
    "QUALITY",
    "REASON_FOR_IMMIGRATION",
    "REFERENCE_PERSON",
    "REFUGEE_POPULATION",
    "REGISTERS",
    "REGISTER_NOTE",
    "REJECTED_ROW",
    "RESIDENCE_SPELL",
    "VERDICT",
    "WITHDRAWAL",
    "note_table",
]
