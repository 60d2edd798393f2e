"""Rows of a delivered table as columns of numbers, spoilt a little, and then as Arrow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from folketall.classifications import country_codes
from folketall.model.deliveries import Delivered, DeliveredTable, Kind
from folketall_trial.synthetic.draws import NEVER, Draws
from folketall_trial.synthetic.noise import Noise
from folketall_trial.synthetic.numbers import dates, texts

Ints = NDArray[np.int64]
NONE = -1
"""No number, no word."""
_REFUSED_YEARS = 300 * 365


@dataclass(frozen=True, slots=True)
class Column:
    """Values as numbers: of a word in the list, of days, or digits of so many places."""

    values: Ints
    words: tuple[str, ...] = ()
    width: int = 0
    """Digits of an identity number; 0 for days and words."""

    def arrow(self) -> pa.Array:
        """The column as Arrow has it: text, or a date."""
        if self.width:
            return texts(np.maximum(self.values, 0), self.width, self.values < 0)
        if not self.words:
            return dates(self.values)
        index = pa.array(self.values.astype(np.int32), mask=self.values < 0)
        return pa.DictionaryArray.from_arrays(index, pa.array(self.words, pa.string()))


def pin(values: Ints) -> Column:
    return Column(values, width=11)


def duf(values: Ints) -> Column:
    return Column(values, width=12)


def days(values: Ints) -> Column:
    return Column(values)


def word(values: Ints, *words: str) -> Column:
    return Column(values, words)


@cache
def _country_words() -> tuple[tuple[str, ...], Ints]:
    codes = tuple(sorted(country_codes()))
    place = np.full(1000, NONE)
    place[[int(code) for code in codes]] = np.arange(len(codes))
    return codes, place


def country(values: Ints) -> Column:
    """Country codes as numbers; NONE is null."""
    words, place = _country_words()
    return Column(np.where(values < 0, NONE, place[np.maximum(values, 0)]), words)


def municipality(values: Ints) -> Column:
    """Municipality codes as numbers; NONE is null."""
    found, at = np.unique(values, return_inverse=True)
    words = tuple(f"{max(code, 0):04d}" for code in found)
    return Column(np.where(values < 0, NONE, at.reshape(values.shape)), words or ("0000",))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table; `delivery` says which of its source's brings each row."""

    table: DeliveredTable
    columns: Mapping[str, Column]
    delivery: Ints
    key: Ints
    """Tells the rows apart, for draws."""


def arrow(rows: Rows) -> pa.Table:
    """All rows, typed: dates are dates, everything else is text."""
    arrays = [rows.columns[name].arrow() for name in rows.table.column_names]
    return pa.table(dict(zip(rows.table.column_names, arrays, strict=True)))


def spoilt(rows: Rows, draws: Draws, noise: Noise) -> Rows:
    """Some rows that the checks refuse, and some values that they make null."""
    if noise["bad_row"] == 0 and noise["bad_value"] == 0:
        return rows
    columns = dict(rows.columns)
    name = rows.table.register
    able = [column for column in rows.table.columns if _refusable(column)]
    bad = draws.chance(f"bad row {name}", noise["bad_row"], rows.key)
    which = draws.whole(f"bad column {name}", 0, len(able) - 1, rows.key)
    for place, column in enumerate(able):
        columns[column.name] = _refused(columns[column.name], column, bad & (which == place))
    for column in rows.table.columns:
        if column.kind in (Kind.OTHER_PIN, Kind.CODE, Kind.COUNTRY):
            wrong = draws.chance(f"bad {name} {column.name}", noise["bad_value"], rows.key)
            columns[column.name] = _nulled(columns[column.name], wrong & ~bad)
    return replace(rows, columns=columns)


def _refusable(column: Delivered) -> bool:
    return column.kind in (Kind.OWN_PIN, Kind.DATE, Kind.EVENT_DATE, Kind.STRUCTURAL) and (
        column.required or column.name in ("sex", "birth_date")
    )


def _refused(column: Column, said: Delivered, where: NDArray[np.bool_]) -> Column:
    values = column.values
    where = (
        where & (values != NONE) & (values < NEVER if not (column.width or column.words) else True)
    )
    if column.width:
        wrong = values // 10 * 10 + (values + 1) % 10
        return replace(column, values=np.where(where, wrong, values))
    if column.words:
        words = (*column.words, "X")
        return replace(column, values=np.where(where, len(words) - 1, values), words=words)
    empty = said.required and said.kind == Kind.DATE
    wrong = np.full_like(values, NEVER) if empty else values - _REFUSED_YEARS
    return replace(column, values=np.where(where, wrong, values))


def _nulled(column: Column, where: NDArray[np.bool_]) -> Column:
    where = where & (column.values != NONE)
    if column.width:
        return replace(column, values=np.where(where, 12_345_678_901, column.values))
    words = (*column.words, "888" if len(column.words) > 200 else "??")
    return replace(column, values=np.where(where, len(words) - 1, column.values), words=words)
