"""Every table of the warehouse: its columns, its grain and what the columns mean.

The names, columns and keys marked so in CONTRACT.md are public. Tables not named there are the
line's own; they may change.
"""

from __future__ import annotations

from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
)

from folketall.model.deliveries import DELIVERED_TABLES, DeliveredTable, Kind
from folketall.model.table import Room, Table, column

TEXT, DATE, INT, LONG, TRUTH, REAL = (
    StringType(),
    DateType(),
    IntegerType(),
    LongType(),
    BooleanType(),
    DoubleType(),
)
PERSON_ID = column("person_id", LONG, "The person; the same under every PIN it has had.")
MUNICIPALITY = column("municipality", TEXT, "Municipality code, 4 digits; 9999 unknown.")
SEX = column("sex", TEXT, "1 male, 2 female, unknown.")
AGE = column("age", INT, "Whole years; null when the birth date is unknown.")
MARITAL = column("marital_status", TEXT, "Status code 1-9, or unknown (K2).")
CITIZENSHIP = column("citizenship", TEXT, "Country code, or unknown (K2).")
BACKGROUND = column("country_background", TEXT, "Country background (F1); 000 Norway.")
IMMIGRANT = column("immigrant", TRUTH, "Rule F1.")

_STORED: dict[Kind, DataType] = {
    Kind.DATE: DATE,
    Kind.EVENT_DATE: DATE,
    Kind.YEAR: INT,
    Kind.NUMBER: REAL,
}


def register_table(delivered: DeliveredTable) -> Table:
    """The raw register: accepted rows as delivered, typed, with the delivery they came in."""
    fields = [
        column(c.name, _STORED.get(c.kind, TEXT), f"As delivered ({c.kind}).")
        for c in delivered.columns
    ]
    return Table(
        delivered.register,
        f"Accepted rows of {delivered.source}/{delivered.name}, every delivery.",
        (),
        StructType([*fields, column("delivered_on", DATE, "Date of the delivery.")]),
        Room.REGISTER,
        partition="delivered_on",
    )


REGISTERS = {table: register_table(table) for table in DELIVERED_TABLES}

DELIVERY = Table(
    "delivery",
    "Deliveries taken. A row here is what makes a delivery's rows count.",
    ("source", "delivered_on"),
    StructType(
        [
            column("source", TEXT, "cpr, udb, census, reason_files."),
            column("delivered_on", DATE, "Date of the delivery."),
            column("mode", TEXT, "full or increment."),
            column("digest", TEXT, "SHA-256 over the manifest's checksums and row counts."),
            column("rows", LONG, "Rows delivered."),
            column("rejected", LONG, "Rows refused (V1, V3)."),
            column("real_pins", LONG, "PINs in it that are valid and not synthetic."),
            column(
                "choices",
                TEXT,
                "What its rows were checked with (V5, JSON): settings, and code lists by content; "
                "{} while they are being read anew.",
            ),
        ]
    ),
    Room.REGISTER,
)
WITHDRAWAL = Table(
    "withdrawal",
    "Deliveries taken back (V5): their rows count no more, the act stays.",
    ("source", "delivered_on", "digest"),
    StructType(
        [
            column("source", TEXT, "cpr, udb, census, reason_files."),
            column("delivered_on", DATE, "Date of the delivery."),
            column("digest", TEXT, "Which delivery under that source and date."),
            column("why", TEXT, "The reason given."),
        ]
    ),
    Room.REGISTER,
)
REJECTED_ROW = Table(
    "rejected_row",
    "Rows refused on the way in, whole: raw register data, PINs and all.",
    (),
    StructType(
        [
            column("source", TEXT, "Source of the delivery."),
            column("delivered_on", DATE, "Date of the delivery."),
            column("table", TEXT, "Delivered table."),
            column("row", TEXT, "The row as delivered (JSON, the contract's columns)."),
            column("rule", TEXT, "V1 or V3."),
            column("why", TEXT, "First failing column and its fault."),
        ]
    ),
    Room.REGISTER,
    partition="delivered_on",
)
REGISTER_NOTE = Table(
    "register_note",
    "Oddities noted on the way in; still with the PIN, so it stays with the raw registers.",
    (),
    StructType(
        [
            column("source", TEXT, "Source of the delivery."),
            column("delivered_on", DATE, "Date of the delivery."),
            column("table", TEXT, "Delivered table."),
            column("rule", TEXT, "V1, V2, V3 or V4."),
            column("what", TEXT, "bad_pin, bad_duf, unknown_code, cause_ignored, announced."),
            column("pin", TEXT, "PIN of the row's own person, if it has one."),
            column("key", TEXT, "Event, case or DUF number of the row; null where only the PIN."),
        ]
    ),
    Room.REGISTER,
    partition="delivered_on",
)
DRAW = column(
    "draw", LONG, "What is drawn or tied goes by it (L7): 63 bits of the first PIN's keyed hash."
)
AGE_OF_PIN = column(
    "age_of_pin", INT, "0 the newest PIN of the person, 1 the one before, ... (L1)."
)
NUMBER = column("number", LONG, "The PIN's number, given once and to no other PIN (L7).")
PERSON_KEY = Table(
    "person_key",
    "Every PIN ever seen and its person as all deliveries know it (L1, L7). It only grows.",
    ("pin",),
    StructType(
        [
            column("pin", TEXT, "Personal identification number."),
            PERSON_ID,
            DRAW,
            NUMBER,
            AGE_OF_PIN,
        ]
    ),
    Room.KEY,
)
PERSON_AT = Table(
    "person_at",
    "PINs, by number, whose person or place in the chain the run's K knows otherwise than "
    "person_key (K4, L7); empty where the run's K is the newest.",
    ("number",),
    StructType([NUMBER, PERSON_ID, AGE_OF_PIN]),
)
PERSON_DRAW = Table(
    "person_draw",
    "The draw of every person, as chains are known at the run's K (L7).",
    ("person_id",),
    StructType([PERSON_ID, DRAW]),
)
INCONSISTENCY_FIELDS = [
    column("rule", TEXT, "Id of the rule in METHOD.md."),
    column("what", TEXT, "The oddity, in the rule's word."),
    PERSON_ID,
    column("source_table", TEXT, "Delivered table, such as event or case."),
    column("source_key", TEXT, "Event, case or DUF number, or PIN hash."),
]
INCONSISTENCY = Table(
    "inconsistency", "Oddities noted, by rule.", (), StructType(INCONSISTENCY_FIELDS)
)


def note_table(step: str) -> Table:
    """The oddities that one step noted; `inconsistency` is all of them together."""
    return Table(
        f"note_{step}", f"Oddities noted by the step {step}.", (), StructType(INCONSISTENCY_FIELDS)
    )


# --- Person-keyed registers: what the rooms after the key table read -------------------------
PERSON_RECORD = Table(
    "person_record",
    "The person row that counts (L1), with person ids for PINs and without names.",
    ("person_id",),
    StructType(
        [
            PERSON_ID,
            column("known", TRUTH, "False when there are events but no person row (L1)."),
            column("birth_date", DATE, "Birth date, from its own column."),
            column("sex", TEXT, "1 male, 2 female, null."),
            column("birth_country", TEXT, "Own birth country, as delivered."),
            column("mother_id", LONG, "The mother's person."),
            column("father_id", LONG, "The father's person."),
            column("mother_birth_country", TEXT, "As delivered."),
            column("father_birth_country", TEXT, "As delivered."),
            column("mothers_mother_birth_country", TEXT, "As delivered."),
            column("mothers_father_birth_country", TEXT, "As delivered."),
            column("fathers_mother_birth_country", TEXT, "As delivered."),
            column("fathers_father_birth_country", TEXT, "As delivered."),
        ]
    ),
)
EVENT_VERSION = Table(
    "event_version",
    "What was known of each event, and when (K1): the version of an event known at K is the row "
    "with known_from <= K < known_to; annulled events have none from then on.",
    ("event_id", "known_from"),
    StructType(
        [
            PERSON_ID,
            column("event_id", TEXT, "Event."),
            column("event_type", TEXT, "birth, immigration, move, emigration, death."),
            column("event_date", DATE, "Date of the event."),
            column("registration_date", DATE, "First registration of the event (K1)."),
            column("known_from", DATE, "First day on which this version is the one known."),
            column("known_to", DATE, "First day on which it no longer is; null while it is."),
            column("municipality", TEXT, "As reported."),
            column("country", TEXT, "From or to."),
            column("cause", TEXT, "ordinary when empty."),
        ]
    ),
)
CITIZENSHIP_ROW = Table(
    "citizenship_row",
    "Citizenships as registered.",
    (),
    StructType(
        [
            PERSON_ID,
            column("from_date", DATE, "First day."),
            column("registration_date", DATE, "Day of registration."),
            column("country", TEXT, "Country code."),
        ]
    ),
)
MARITAL_STATUS_ROW = Table(
    "marital_status_row",
    "Marital statuses as registered; of rows alike but for the spouse, the one K2 takes.",
    (),
    StructType(
        [
            PERSON_ID,
            column("from_date", DATE, "First day."),
            column("registration_date", DATE, "Day of registration."),
            column("status", TEXT, "Status code 1-9."),
            column("spouse_id", LONG, "The spouse's person."),
        ]
    ),
)
CENSUS_ROW = Table(
    "census_row",
    "Residents of the censuses.",
    (),
    StructType(
        [
            PERSON_ID,
            column("census_year", TEXT, "1960 or 1970."),
            column(
                "immigration_year", INT, "Year of immigration as delivered; F3 tells which can be."
            ),
        ]
    ),
)
EARLIER_REASON = Table(
    "earlier_reason",
    "Reasons of the files made earlier.",
    (),
    StructType(
        [
            PERSON_ID,
            column("file", TEXT, "reason_1995_ed2004 or reason_2006."),
            column("reason", TEXT, "Reason."),
            column("detail", TEXT, "Detail of the reason refugee."),
            column("reliability", REAL, "0-1; of reason_2006."),
        ]
    ),
)
PERSON_LINK = Table(
    "person_link",
    "DUF numbers and their persons (L2-L6).",
    ("duf",),
    StructType(
        [
            column("duf", TEXT, "DUF number."),
            column("person_id", LONG, "The person; null when unlinked."),
            column(
                "method",
                TEXT,
                "both_registers, cpr_only, udb_only, conflict_resolved, exact_match, "
                "probabilistic, unlinked.",
            ),
            column("score", REAL, "L3's score; for probabilistic the match probability."),
        ]
    ),
)
PERMIT_CASE = Table(
    "permit_case",
    "Decided cases of linked DUF numbers, with persons for DUF numbers and PINs.",
    ("case_id",),
    StructType(
        [
            PERSON_ID,
            column("case_id", TEXT, "Case."),
            column("case_type", TEXT, "As delivered."),
            column("outcome", TEXT, "As delivered."),
            column("application_date", DATE, "Date of application."),
            column("decision_date", DATE, "The case's date."),
            column("reason", TEXT, "Code of reason.csv."),
            column("legal_basis", TEXT, "Code of legal_basis.csv."),
            column("permit_type", TEXT, "Code of permit_type.csv."),
            column("reference_id", LONG, "The reference person stated, when linked."),
            column("family_type", TEXT, "Type of family unification stated."),
        ]
    ),
)

# --- Histories ------------------------------------------------------------------------------
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

# --- Refugees -------------------------------------------------------------------------------
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

# --- Flows ----------------------------------------------------------------------------------
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
QUALITY = Table(
    "quality",
    "Counts for the quality report that belong to no person row, such as events counted in no "
    "year's figures (M2 too_late).",
    ("rule", "what", "year"),
    StructType(
        [
            column("rule", TEXT, "Rule id."),
            column("what", TEXT, "What is counted."),
            column("year", INT, "Year of the event."),
            column("count", LONG, "How many."),
        ]
    ),
)

# --- Cubes ----------------------------------------------------------------------------------
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
