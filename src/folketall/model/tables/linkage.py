"""PINs and DUF numbers to persons, and the registers by person."""

from __future__ import annotations

from pyspark.sql.types import StructType

from folketall.model.table import Room, Table, column
from folketall.model.tables.columns import DATE, INT, LONG, PERSON_ID, REAL, TEXT, TRUTH

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
