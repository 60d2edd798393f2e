"""Residence histories, persons, residents, migrations and accounts."""

from __future__ import annotations

from pyspark.sql.types import StructType

from folketall.model.table import Table, column
from folketall.model.tables.columns import (
    AGE,
    BACKGROUND,
    CITIZENSHIP,
    DATE,
    IMMIGRANT,
    INT,
    LONG,
    MARITAL,
    MUNICIPALITY,
    PERSON_ID,
    SEX,
    TEXT,
    TRUTH,
)

HISTORY_EVENT = Table(
    "history_event",
    "Events in order (H3), each with its fate and the state before and after. One history a person "
    "and view: view 0 is the run's K; others exist only where an earlier K saw otherwise (K4).",
    ("view", "person_id", "event_id"),
    StructType(
        [
            PERSON_ID,
            column("view", INT, "0 the run's K; R: the stock on 1 January R; -Y: flows of year Y."),
            column("position", INT, "Order in the history (H3), from 1."),
            column("event_id", TEXT, "Event."),
            column(
                "effect",
                TEXT,
                "birth, immigration, emigration, move, boundary_change, death, opened (a move of "
                "one who was not resident).",
            ),
            column("event_date", DATE, "Date of the event."),
            column("registration_date", DATE, "First registration (K1)."),
            column("previous_date", DATE, "Date of the previous kept event."),
            column("previous_municipality", TEXT, "Municipality left; null if not resident."),
            MUNICIPALITY,
            column("next_date", DATE, "Date of the next kept event; null if none."),
            column("opened_by", TEXT, "While resident: effect of the event that opened the stay."),
            column("country", TEXT, "From or to."),
            column("cause", TEXT, "Cause as reported."),
            column("event_type", TEXT, "Event type as reported."),
            column(
                "fate",
                TEXT,
                "kept; set_aside (H1), asylum_pending (H2), after_death (H3), ignored (H5). Only "
                "kept events have a position, an effect and a state.",
            ),
            column("note", TEXT, "The oddity noted (H3, H5), or null."),
            column("code_note", TEXT, "code_shifted, code_unknown (G3), or null."),
        ]
    ),
)
HISTORY_VIEW = Table(
    "history_view",
    "Persons whose history to a view's horizon an earlier K saw otherwise (K4): their history is "
    "in history_event under that view too, if anything was known of it.",
    ("view", "person_id"),
    StructType([PERSON_ID, column("view", INT, "As in history_event.")]),
)
RESIDENCE_SPELL = Table(
    "residence_spell",
    "Spells of residence in one municipality (H4), at the run's K.",
    ("person_id", "from_date"),
    StructType(
        [
            PERSON_ID,
            column("from_date", DATE, "First day."),
            column("to_date", DATE, "First day after; null while open."),
            MUNICIPALITY,
            column("opened_by", TEXT, "Effect of the event that opened it."),
        ]
    ),
)
PERSON = Table(
    "person",
    "Persons, at the run's K.",
    ("person_id",),
    StructType(
        [
            PERSON_ID,
            column("birth_date", DATE, "Birth date."),
            column("sex", TEXT, "1 male, 2 female, null."),
            column("birth_country", TEXT, "Own birth country, as delivered."),
            column("mother_id", LONG, "The mother's person."),
            column("father_id", LONG, "The father's person."),
            IMMIGRANT,
            BACKGROUND,
        ]
    ),
)
FIRST_IMMIGRATION = Table(
    "first_immigration",
    "First immigration of every immigrant ever resident (F2, F3).",
    ("person_id",),
    StructType(
        [
            PERSON_ID,
            column("first_immigration_date", DATE, "First immigration."),
            column("registration_date", DATE, "Of the event; null for other sources."),
            column("source", TEXT, "event, census, residence."),
        ]
    ),
)
POPULATION = Table(
    "population",
    "Residents on 1 January (S1, S2).",
    ("reference_date", "person_id"),
    StructType(
        [
            column("reference_date", DATE, "1 January."),
            PERSON_ID,
            MUNICIPALITY,
            AGE,
            SEX,
            MARITAL,
            CITIZENSHIP,
            BACKGROUND,
            IMMIGRANT,
        ]
    ),
    partition="reference_date",
)
MIGRATION = Table(
    "migration",
    "Counted migrations (M1-M3, M6).",
    ("year", "event_id"),
    StructType(
        [
            column("year", INT, "Year whose figures count it (M2)."),
            column("event_id", TEXT, "Event."),
            PERSON_ID,
            column("kind", TEXT, "immigration, emigration, internal, intramunicipal."),
            column("event_date", DATE, "Date of the move."),
            column("registration_date", DATE, "First registration (K1)."),
            column("from_municipality", TEXT, "Municipality left, in codes of the event's date."),
            column("to_municipality", TEXT, "Municipality moved to, in codes of the event's date."),
            column("country", TEXT, "Country of immigration or emigration."),
            AGE,
            SEX,
            MARITAL,
            CITIZENSHIP,
            BACKGROUND,
            column("administrative", TRUTH, "Out-registration by the register itself (M6)."),
        ]
    ),
    partition="year",
)
ACCOUNT = Table(
    "account",
    "The terms of the population accounts (S4) by municipality of 1 January R+1.",
    ("reference_year", "municipality", "other_municipality", "term"),
    StructType(
        [
            column("reference_year", INT, "R: from 1 January R to 1 January R+1."),
            MUNICIPALITY,
            column("other_municipality", TEXT, "The other end of in, out, boundary_in/_out."),
            column("term", TEXT, "stock_start, births, ... , stock_end."),
            column("persons", LONG, "Count."),
        ]
    ),
)
