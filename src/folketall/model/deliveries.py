"""What the registers deliver: every source, table and column of CONTRACT.md, in its order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a delivered text stands for, and so how it is checked on the way in."""

    OWN_PIN = "own_pin"  # V1: the row is refused when it fails
    OTHER_PIN = "other_pin"  # V1: becomes null, noted
    DUF = "duf"  # V2: noted
    DATE = "date"  # V3
    EVENT_DATE = "event_date"  # V3, with room for announced moves
    STRUCTURAL = "structural"  # V3: an unknown code refuses the row
    CODE = "code"  # V3: an unknown code becomes null, noted
    COUNTRY = "country"  # as CODE, through countries.csv
    MUNICIPALITY = "municipality"  # G3 reads it later
    YEAR = "year"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Delivered:
    """One column as delivered."""

    name: str
    kind: Kind
    required: bool = False
    codes: tuple[str, ...] = ()
    """The codes allowed, where the contract itself lists them."""
    codelist: str = ""
    """The code list that holds them, where an office may replace it (`codes/<name>.csv`)."""


@dataclass(frozen=True, slots=True)
class DeliveredTable:
    """One table of a source, with the column that identifies a row, if any."""

    source: str
    name: str
    columns: tuple[Delivered, ...]
    key: str | None = None

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def register(self) -> str:
        """The name of the warehouse table that keeps it."""
        return f"register_{self.source}_{self.name}"


def _own(name: str = "pin") -> Delivered:
    return Delivered(name, Kind.OWN_PIN, required=True)


def _other(name: str) -> Delivered:
    return Delivered(name, Kind.OTHER_PIN)


def _date(name: str, *, required: bool = False) -> Delivered:
    return Delivered(name, Kind.DATE, required)


def _country(name: str, *, required: bool = False) -> Delivered:
    return Delivered(name, Kind.COUNTRY, required)


def _text(name: str, *, required: bool = False) -> Delivered:
    return Delivered(name, Kind.TEXT, required)


def _one_of(name: str, *codes: str, required: bool = True) -> Delivered:
    return Delivered(name, Kind.STRUCTURAL, required, codes)


REGISTERED = _date("registration_date", required=True)
SEX = _one_of("sex", "1", "2", required=False)
REASONS = ("refugee", "family", "labour", "education", "other", "unspecified")
"""In the contract's order, which settles ties (C3)."""
DETAILS = ("asylum", "resettlement", "other", "unspecified")
"""Of the reason refugee, in the contract's order."""

CPR_PERSON = DeliveredTable(
    "cpr",
    "person",
    (
        _own(),
        _text("given_name"),
        _text("family_name"),
        _date("birth_date"),
        SEX,
        _country("birth_country"),
        _other("mother_pin"),
        _other("father_pin"),
        _country("mother_birth_country"),
        _country("father_birth_country"),
        _country("mothers_mother_birth_country"),
        _country("mothers_father_birth_country"),
        _country("fathers_mother_birth_country"),
        _country("fathers_father_birth_country"),
        REGISTERED,
    ),
    key="pin",
)
PIN_CHANGE = DeliveredTable("cpr", "pin_change", (_own("old_pin"), _own("new_pin"), REGISTERED))
EVENT = DeliveredTable(
    "cpr",
    "event",
    (
        _text("event_id", required=True),
        _one_of("action", "new", "correction", "annulment"),
        # The next three are required unless the action is an annulment; intake knows.
        _own(),
        _one_of("event_type", "birth", "immigration", "move", "emigration", "death"),
        Delivered("event_date", Kind.EVENT_DATE, required=True),
        REGISTERED,
        Delivered("municipality", Kind.MUNICIPALITY),
        _country("country"),
        _one_of(
            "cause",
            "ordinary",
            "administrative",
            "boundary_change",
            "temporary",
            "posted_abroad",
            "asylum_pending",
            "embassy_or_nato",
            required=False,
        ),
    ),
)
CITIZENSHIP = DeliveredTable(
    "cpr",
    "citizenship",
    (
        _own(),
        _country("country", required=True),
        _date("from_date", required=True),
        REGISTERED,
    ),
)
MARITAL_STATUS = DeliveredTable(
    "cpr",
    "marital_status",
    (
        _own(),
        _one_of("status", *"123456789"),
        _date("from_date", required=True),
        _other("spouse_pin"),
        REGISTERED,
    ),
)
DUF_LINK = DeliveredTable(
    "cpr", "duf_link", (_own(), Delivered("duf", Kind.DUF, required=True), REGISTERED)
)
UDB_PERSON = DeliveredTable(
    "udb",
    "person",
    (
        Delivered("duf", Kind.DUF, required=True),
        _other("pin"),
        _text("given_name"),
        _text("family_name"),
        _date("birth_date"),
        SEX,
        _country("citizenship"),
    ),
    key="duf",
)
CASE = DeliveredTable(
    "udb",
    "case",
    (
        _text("case_id", required=True),
        Delivered("duf", Kind.DUF, required=True),
        Delivered("origin", Kind.CODE, codes=("udb", "fremkon", "refugee_register")),
        _one_of(
            "case_type",
            "first_permit",
            "renewal",
            "settlement",
            "visit",
            "citizenship",
            "expulsion",
        ),
        _date("application_date"),
        _date("decision_date"),
        _one_of("outcome", "granted", "rejected", "withdrawn", "pending"),
        Delivered("reason", Kind.CODE, codelist="reason"),
        Delivered("legal_basis", Kind.CODE, codelist="legal_basis"),
        Delivered("permit_type", Kind.CODE, codelist="permit_type"),
        Delivered("reference_duf", Kind.DUF),
        _other("reference_pin"),
        Delivered("family_type", Kind.CODE, codes=("reunification", "accompanying", "enlargement")),
    ),
    key="case_id",
)
CENSUS_RESIDENT = DeliveredTable(
    "census",
    "resident",
    (
        _one_of("census_year", "1960", "1970"),
        _own(),
        Delivered("municipality", Kind.MUNICIPALITY),
        _country("birth_country"),
        Delivered("immigration_year", Kind.YEAR),
    ),
)
REASON_1995_ED2004 = DeliveredTable(
    "reason_files",
    "reason_1995_ed2004",
    (
        _own(),
        Delivered("reason", Kind.CODE, required=True, codes=REASONS),
        Delivered("detail", Kind.CODE, codes=DETAILS),
    ),
    key="pin",
)
REASON_2006 = DeliveredTable(
    "reason_files",
    "reason_2006",
    (
        _own(),
        Delivered("reason", Kind.CODE, required=True, codes=REASONS),
        Delivered("detail", Kind.CODE, codes=DETAILS),
        Delivered("reliability", Kind.NUMBER),
    ),
)

DELIVERED_TABLES = (
    CPR_PERSON,
    PIN_CHANGE,
    EVENT,
    CITIZENSHIP,
    MARITAL_STATUS,
    DUF_LINK,
    UDB_PERSON,
    CASE,
    CENSUS_RESIDENT,
    REASON_1995_ED2004,
    REASON_2006,
)
SOURCES = tuple(dict.fromkeys(table.source for table in DELIVERED_TABLES))
