"""A warehouse table declared once, in words, and the check that a DataFrame keeps the promise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pyspark.sql import DataFrame
from pyspark.sql.types import DataType, StructField, StructType

Keep = Callable[[DataFrame], DataFrame]
"""The same rows, computed at once and kept: the caller of a room says where they are."""


class Room(StrEnum):
    """Who may read a table: the more a row tells of a person, the smaller the circle."""

    REGISTER = "register"  # as delivered, with PINs and names
    KEY = "key"  # PIN to person_id
    PERSON = "person"  # person-level without PINs
    CUBE = "cube"  # unprotected figures
    PUBLIC = "public"  # protected figures


class TableMismatchError(ValueError):
    """A DataFrame does not have the columns its table promises."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table and the promise it makes to its readers."""

    name: str
    meaning: str
    grain: tuple[str, ...]
    schema: StructType
    room: Room = Room.PERSON
    partition: str | None = None
    """The column the files are laid out by, where readers want one part."""
    entered: str | None = None
    """The column that says with which release a row was entered. Such a table need not be there; a
    step reads of it what was entered before its own release."""

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.schema)


def column(name: str, kind: DataType, meaning: str) -> StructField:
    """Declare a column together with the sentence that goes into the data catalogue."""
    return StructField(name, kind, True, {"comment": meaning})


def conform(df: DataFrame, table: Table) -> DataFrame:
    """Return `df` with exactly the columns of `table`, in its order.

    Casting is left to the caller: a silent cast turns a wrong join into nulls.

    Raises:
        TableMismatchError: naming every missing, extra and wrongly typed column at once.
    """
    promised = {field.name: field.dataType for field in table.schema}
    actual = {field.name: field.dataType for field in df.schema}
    faults = [f"missing {name}" for name in promised if name not in actual]
    faults += [f"unexpected {name}" for name in actual if name not in promised]
    faults += [
        f"{name} is {actual[name].simpleString()}, promised {kind.simpleString()}"
        for name, kind in promised.items()
        if name in actual and actual[name] != kind
    ]
    if faults:
        raise TableMismatchError(f"{table.name}: " + "; ".join(faults))
    return df.select(*promised)
