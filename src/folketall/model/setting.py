"""What a setting is, and how what is given for one is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from folketall.model.secrets import Secret

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One choice: what it is called, what it may be, and which rule it steers."""

    name: str
    default: T
    rule: str
    unit: str
    meaning: str
    read: Callable[[Any], T]
    """Turn a TOML value or a word from the command line into the value, or raise ValueError."""


def whole(low: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, (bool, float)):
            raise ValueError(f"a whole number of at least {low}")
        try:
            number = int(value)
        except (TypeError, ValueError):
            raise ValueError(f"a whole number of at least {low}") from None
        if number < low:
            raise ValueError(f"a whole number of at least {low}")
        return number

    return read


def share(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError("a number from 0 to 1") from None
    if isinstance(value, bool) or not 0 <= number <= 1:
        raise ValueError("a number from 0 to 1")
    return number


def choice(*words: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in words:
            raise ValueError("one of " + ", ".join(words))
        return str(value)

    return read


def truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise ValueError("true or false")


def day(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("a date YYYY-MM-DD") from None


def day_or_empty(value: Any) -> date | None:
    return None if value == "" else day(value)


def month_day(value: Any) -> str:
    try:
        month, day = str(value).split("-")
        date(2000, int(month), int(day))
    except ValueError:
        raise ValueError("a day of the year MM-DD") from None
    return f"{int(month):02d}-{int(day):02d}"


def _parts(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",")] if value.strip() else []
    if isinstance(value, Sequence):
        return list(value)
    raise ValueError("a list")


def two_days(value: Any) -> tuple[date, date]:
    parts = [day(part) for part in _parts(value)]
    if len(parts) != 2 or parts[0] > parts[1]:
        raise ValueError("two dates, the first and the last")
    return parts[0], parts[1]


def prefixes(value: Any) -> tuple[str, ...]:
    parts = tuple(str(part) for part in _parts(value))
    if any(len(part) != 2 or not part.isdigit() for part in parts):
        raise ValueError("two-digit county codes")
    return parts


def some_of(*words: str) -> Callable[[Any], tuple[str, ...]]:
    def read(value: Any) -> tuple[str, ...]:
        parts = tuple(str(part) for part in _parts(value))
        if not set(parts) <= set(words):
            raise ValueError("some of " + ", ".join(words) + ", or nothing")
        return tuple(word for word in words if word in parts)

    return read


def month_limits(value: Any) -> Mapping[str, int]:
    """`stay` and `other` in months, and a limit for each country code named."""
    if isinstance(value, str):
        try:
            value = dict(part.split(":") for part in _parts(value))
        except ValueError:
            raise ValueError("limits such as stay:6,101:3,other:6") from None
    if not isinstance(value, Mapping) or not {"stay", "other"} <= set(value):
        raise ValueError("limits in months for stay, other and country codes")
    return MappingProxyType({str(key): whole(0)(months) for key, months in value.items()})


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a text")
    return value


def secret(value: Any) -> Secret:
    if not isinstance(value, str) or 0 < len(value) < 8:
        raise ValueError("a text of at least 8 characters")
    return Secret(value)
