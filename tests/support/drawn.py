"""Drawn tables of persons: names where the warehouse has a person_id, and whole histories.

A name is its own person_id, written in base 38, so that names and their ids sort alike and a test
says who it means.
"""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import LongType, StructType

from folketall.model.tables import HISTORY_EVENT
from tests.support.frames import frame

_LETTERS = " _0123456789abcdefghijklmnopqrstuvwxyz"
_LONGEST = 12
HISTORY = "who | effect | date | municipality | registered | cause | country | view | fate"


def person(name: str) -> int:
    """The person_id of a name: at most twelve of a-z, 0-9 and _."""
    assert len(name) <= _LONGEST, name
    number = 0
    for letter in name.ljust(_LONGEST):
        number = number * len(_LETTERS) + _LETTERS.index(letter)
    return number


def name(person_id: int | None) -> str | None:
    """The name of a person_id."""
    if person_id is None:
        return None
    letters = []
    for _ in range(_LONGEST):
        person_id, letter = divmod(person_id, len(_LETTERS))
        letters.append(_LETTERS[letter])
    return "".join(reversed(letters)).rstrip()


def cells(drawing: str) -> list[list[str | None]]:
    """The cells of a drawing; blank is None."""
    lines = [line for line in drawing.splitlines() if line.strip()]
    return [[cell.strip() or None for cell in line.split("|")] for line in lines]


def named(spark: SparkSession, columns: str, drawing: str = "") -> DataFrame:
    """As `frame`, with names in the bigint columns."""
    is_person = [isinstance(field.dataType, LongType) for field in StructType.fromDDL(columns)]
    rows = [
        [
            str(person(cell)) if whose and cell else cell or ""
            for whose, cell in zip(is_person, row, strict=True)
        ]
        for row in cells(drawing)
    ]
    return frame(spark, columns, "\n".join("|".join(row) for row in rows))


def history(spark: SparkSession, drawing: str) -> DataFrame:
    """HISTORY_EVENT from the columns of `HISTORY`, in the order drawn; the last five may be left out.

    Registered is the day of the event, the view that of the run and the fate kept, unless drawn.
    An event_id is the name and a running number, such as anna1.
    """
    rows: list[dict[str, object]] = []
    last: dict[tuple[int, str | None], dict[str, object]] = {}
    count: dict[tuple[int, str | None], int] = {}
    for line in cells(drawing):
        who, effect, day, place, registered, cause, country, view, fate = [*line, *[None] * 9][:9]
        assert who
        assert day
        key = (int(view or 0), who)
        count[key] = count.get(key, 0) + 1
        row: dict[str, object] = {
            "person_id": person(who),
            "view": key[0],
            "event_id": f"{who}{count[key]}",
            "event_date": date.fromisoformat(day),
            "registration_date": date.fromisoformat(registered or day),
            "country": country,
            "cause": cause or "ordinary",
            "event_type": effect,
            "fate": fate or "kept",
        }
        if row["fate"] == "kept":
            before = last.get(key, {})
            row |= {
                "effect": effect,
                "position": int(str(before.get("position", 0))) + 1,
                "municipality": place,
                "previous_date": before.get("event_date"),
                "previous_municipality": before.get("municipality"),
            }
            before["next_date"] = row["event_date"]
            last[key] = row
        rows.append(row)
    tuples = [tuple(row.get(column) for column in HISTORY_EVENT.columns) for row in rows]
    return spark.createDataFrame(tuples, HISTORY_EVENT.schema)
