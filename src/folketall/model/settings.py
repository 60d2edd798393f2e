"""The choices a run is made with: each with its unit, default and rule, read once and checked.

A setting is `section.name`. Files in `conf/` are TOML with one table a section; `--set
section.name=value` goes before the file, the file before the default.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from folketall.model.errors import UsageError
from folketall.model.methods import CUBE_METHODS, METHODS, method_of_cube, methods_for
from folketall.model.secrets import (
    PUBLIC_SECRET,
    Secret,
    fingerprint_of,
    safe_name,
    secret_at_hand,
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One choice: what it is called, what it may be, and which rule it steers."""

    name: str
    default: Any
    rule: str
    unit: str
    meaning: str
    read: Callable[[Any], Any]
    """Turn a TOML value or a word from the command line into the value, or raise ValueError."""


def _whole(low: int) -> Callable[[Any], int]:
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


def _share(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError("a number from 0 to 1") from None
    if isinstance(value, bool) or not 0 <= number <= 1:
        raise ValueError("a number from 0 to 1")
    return number


def _choice(*words: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in words:
            raise ValueError("one of " + ", ".join(words))
        return str(value)

    return read


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise ValueError("true or false")


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("a date YYYY-MM-DD") from None


def _day_or_empty(value: Any) -> date | None:
    return None if value == "" else _day(value)


def _month_day(value: Any) -> str:
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


def _two_days(value: Any) -> tuple[date, date]:
    parts = [_day(part) for part in _parts(value)]
    if len(parts) != 2 or parts[0] > parts[1]:
        raise ValueError("two dates, the first and the last")
    return parts[0], parts[1]


def _prefixes(value: Any) -> tuple[str, ...]:
    parts = tuple(str(part) for part in _parts(value))
    if any(len(part) != 2 or not part.isdigit() for part in parts):
        raise ValueError("two-digit county codes")
    return parts


def _some_of(*words: str) -> Callable[[Any], tuple[str, ...]]:
    def read(value: Any) -> tuple[str, ...]:
        parts = tuple(str(part) for part in _parts(value))
        if not set(parts) <= set(words):
            raise ValueError("some of " + ", ".join(words) + ", or nothing")
        return tuple(word for word in words if word in parts)

    return read


def _month_limits(value: Any) -> dict[str, int]:
    """`stay` and `other` in months, and a limit for each country code named."""
    if isinstance(value, str):
        try:
            value = dict(part.split(":") for part in _parts(value))
        except ValueError:
            raise ValueError("limits such as stay:6,101:3,other:6") from None
    if not isinstance(value, Mapping) or not {"stay", "other"} <= set(value):
        raise ValueError("limits in months for stay, other and country codes")
    return {str(key): _whole(0)(months) for key, months in value.items()}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a text")
    return value


def _secret(value: Any) -> Secret:
    if not isinstance(value, str) or 0 < len(value) < 8:
        raise ValueError("a text of at least 8 characters")
    return Secret(value)


SETTINGS = (
    Setting("run.known_at", None, "K4", "date", "Known-at date (K) of the run; if empty, the date of the newest delivery.", _day_or_empty),
    Setting("run.today", None, "V5", "date", "A delivery dated after it is refused; empty: not checked.", _day_or_empty),
    Setting("keys.secret", Secret(PUBLIC_SECRET), "L1", "text", "Secret that the order of person ids and PIN hashes are "
            "drawn with; an office keeps its own in keys.secret_file or FOLKETALL_SECRET.", _secret),
    Setting("keys.secret_file", "", "L1", "file", "File that holds the secret, and nothing else; empty: none.", _text),
    Setting("codes.directory", "", "C0", "folder", "An office's own reason.csv, legal_basis.csv and "
            "permit_type.csv; empty: those of the package.", _text),
    Setting("pin.check", "synthetic", "V1", "", "synthetic, strict or off.", _choice("synthetic", "strict", "off")),
    Setting("duf.check", "note", "V2", "", "note or off.", _choice("note", "off")),
    Setting("validation.announced", 12, "V3", "months", "How long after the delivery an event may lie.", _whole(0)),
    Setting("validation.max_rejected_share", 0.02, "V3", "share", "A delivery is refused if more than this "
            "share of a table's rows is rejected.", _share),
    Setting("validation.min_rejected", 20, "V3", "rows", "A delivery is never refused for fewer "
            "rejected rows, or fewer unknown codes in a column, than this.", _whole(0)),
    Setting("validation.max_unknown_share", 0.05, "V3", "share", "A delivery is refused if more "
            "than this share of the codes in a column is unknown.", _share),
    Setting("link.accept_score", 4, "L3", "score", "Lowest score at which a link from one register is accepted.", _whole(0)),
    Setting("link.accept_both", 2, "L3", "score", "Lowest score at which a link is accepted when both registers give the PIN.", _whole(0)),
    Setting("link.probabilistic", True, "L5", "", "Link the remaining DUF numbers by probabilistic matching.", _truth),
    Setting("link.probability", 0.95, "L5", "probability", "Lowest probability at which a match is accepted.", _share),
    Setting("link.sample", 1000, "L5", "rows", "Rows of each register from which the match weights are "
            "estimated.", _whole(1)),
    Setting("link.seed", 1, "L5", "", "Seed of that sample.", _whole(0)),
    Setting("residence.no_change_prefixes", ("21", "22", "23"), "H1", "codes", "Svalbard, Jan Mayen and "
            "the continental shelf.", _prefixes),
    Setting("residence.asylum_counted", (date(1987, 3, 1), date(1994, 1, 31)), "H2", "dates",
            "First and last day on which pending asylum seekers count.", _two_days),
    Setting("residence.short_stay", {"stay": 6, "101": 3, "106": 12, "103": 12, "other": 6}, "H6", "months",
            "A shorter stay, or absence in a country, is noted.", _month_limits),
    Setting("case.max_age", 5, "C1", "years", "How long before the first immigration a case is reliable.", _whole(0)),
    Setting("case.after", 24, "C2", "months", "How long after the registration a case is looked for.", _whole(0)),
    Setting("case.after_asylum_counted", 60, "C2", "months", "The same, when the first immigration is "
            "within H2's period.", _whole(0)),
    Setting("inherit.under_age", 18, "C6", "years", "Persons younger than this at first immigration inherit a reason.", _whole(0)),
    Setting("impute.from", date(1967, 1, 1), "C7", "date", "First immigrations from then on are imputed.", _day),
    Setting("impute.min_donors", 20, "C7", "persons", "With fewer donors than this, a wider donor group is used.", _whole(1)),
    Setting("impute.seed", 1, "C7", "", "Seed of the draw.", _whole(0)),
    Setting("reference.accompany", 120, "P", "days", "How long after the immigrant a reference may be "
            "resident first.", _whole(0)),
    Setting("reference.marriage_after", 12, "P2", "months", "How long after the first immigration a "
            "marriage may begin.", _whole(0)),
    Setting("unification.marriage_limit", 90, "T1", "days", "Married at most so long after the "
            "reference's first residence: reunification.", _whole(0)),
    Setting("unification.accompany", 120, "T2", "days", "First immigrations at most so far apart: "
            "accompanying.", _whole(0)),
    Setting("stock.known_at", "01-31", "S1", "MM-DD", "Day of the year at which the stock of its "
            "1 January is read.", _month_day),
    Setting("refugee.any_case", False, "S5", "", "Also those with a refugee case later.", _truth),
    Setting("migration.known_at", "02-29", "M2", "MM-DD", "Day of the following year at which a year's "
            "flows are read; 29 February is the last of the month.", _month_day),
    Setting("protect.threshold", 3, "X1", "persons", "Counts from 1 to this are primary.", _whole(1)),
    Setting("protect.zeros", False, "X1", "", "Zeros are primary too.", _truth),
    Setting("protect.public", ("residents", "accounts"), "X0", "", "What is published as it is: residents by region, "
            "sex and age; accounts.", _some_of("residents", "accounts")),
    Setting("protect.singletons", "owner", "X2", "", "What the one person in a cell may not learn: owner (no "
            "other small count), sum (no sum of such persons gives them away) or none.", _choice("owner", "sum", "none")),
    Setting("protect.min_width", 2, "X3", "persons", "No small count is known to lie in a narrower interval; "
            "0 is off.", _whole(0)),
    Setting("protect.audit_sample", 50, "X3", "persons", "Small counts of a period whose interval the audit "
            "examines, where min_width is not 0.", _whole(0)),
    Setting("cubes.file", "", "Q1", "file", "Declaration of the cubes, as conf/cubes.toml; empty: that of the "
            "package.", _text),
    *[
        Setting(f"protect.method.{cube}", method, "X1", "", f"{', '.join(methods_for(cube)[:-1])} or {methods_for(cube)[-1]}.",
                partial(method_of_cube, cube))
        for cube, method in CUBE_METHODS.items()
    ],
)  # fmt: skip
_BY_NAME = {setting.name: setting for setting in SETTINGS}
_OF_OWN_CUBES = re.compile(r"protect\.method\.[a-z][a-z0-9_]*")
"""The method of a cube that an office declares; whether there is such a cube is seen later."""
_FAMILIES = {"protect.method": [f"protect.method.{cube}" for cube in CUBE_METHODS]}
"""Names that set several settings at once."""


@dataclass(frozen=True)
class Settings:
    """Everything a run may depend on besides its deliveries: `settings["case.max_age"]`."""

    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def only(self, names: Sequence[str]) -> Settings:
        """The named settings alone; a name ending in a dot stands for all it begins.

        Reading another raises KeyError: a step that did not declare it is not rerun for it.
        """
        return Settings({name: self.values[name] for name in self._named(names)})

    def chosen(self, names: Sequence[str]) -> dict[str, str]:
        """The named settings as text; a name ending in a dot stands for all it begins."""
        return {name: fingerprint_of(self.values[name]) for name in self._named(names)}

    def _named(self, names: Sequence[str]) -> list[str]:
        return [
            name
            for name in sorted(self.values)
            if any(
                name == wanted or (wanted[-1] == "." and name.startswith(wanted))
                for wanted in names
            )
        ]


def read_settings(path: Path | None = None, overrides: Sequence[str] = ()) -> Settings:
    """Read the settings of a run; everything that is wrong is said at once, before Spark starts.

    Raises:
        UsageError: naming every unknown setting and every value that cannot be.
    """
    given: dict[str, Any] = {}
    faults: list[str] = []
    if path is not None:
        given |= _flat(_toml(path), faults, str(path))
    for place, pair in enumerate(overrides, 1):
        name, equals, value = pair.partition("=")
        if not equals:
            # The word itself is not repeated: it may be what was to be the secret.
            shown = name if name in _BY_NAME else f"number {place}"
            faults.append(f"--set {shown}: write it as name=value")
        elif name in _FAMILIES:
            given |= dict.fromkeys(_FAMILIES[name], value)
        elif name not in _BY_NAME and not _OF_OWN_CUBES.fullmatch(name):
            faults.append(_unknown("--set", name))
        elif name == "keys.secret" and value != PUBLIC_SECRET:
            faults.append(
                "--set keys.secret shows the secret to everyone on this machine; give it in the "
                "file that keys.secret_file names, or in the environment as FOLKETALL_SECRET"
            )
        else:
            given[name] = value
    if (found := secret_at_hand(given.get("keys.secret_file"), faults)) is not None:
        given["keys.secret"] = found
    if not given.get("cubes.file"):
        # The cubes are those of the package: another name is a slip.
        for name in [name for name in given if name not in _BY_NAME]:
            faults.append(_unknown("settings:", name))
            del given[name]
    values = {setting.name: setting.default for setting in SETTINGS}
    for name, value in given.items():
        try:
            values[name] = (_BY_NAME[name].read if name in _BY_NAME else _choice(*METHODS))(value)
        except ValueError as fault:
            # What was to be a secret is not repeated where logs are kept.
            shown = "..." if name.startswith("keys.") else repr(value)
            faults.append(f"{name} = {shown} must be {fault}")
    if faults:
        raise UsageError("settings: " + "; ".join(faults))
    return Settings(values)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise UsageError(
            f"settings: {path} cannot be read; name a TOML file, as in conf/"
        ) from None
    except UnicodeDecodeError:
        raise UsageError(f"settings: {path} is not TOML: it is not UTF-8") from None
    except tomllib.TOMLDecodeError as fault:
        # Its own words may quote the line, and the line may be the secret's.
        where = re.search(r"\(at ([a-z0-9, ]+)\)$", str(fault))
        said = f"look {where[1]}" if where else "look where a key is given twice"
        raise UsageError(f"settings: {path} is not TOML; {said}") from None


def _flat(
    found: Mapping[str, Any], faults: list[str], where: str, above: str = ""
) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in found.items():
        name = f"{above}{key}"
        if name in _BY_NAME or (_OF_OWN_CUBES.fullmatch(name) and isinstance(value, str)):
            flat[name] = value
        elif name in _FAMILIES and isinstance(value, str):
            flat |= dict.fromkeys(_FAMILIES[name], value)
        elif isinstance(value, Mapping):
            flat |= _flat(value, faults, where, f"{name}.")
        else:
            faults.append(_unknown(f"{where}:", name))
    return flat


def _unknown(where: str, name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name, [*_BY_NAME, *_FAMILIES], 1)
    return f"{where} {safe_name(name, near)} is no setting" + (
        f"; did you mean {near[0]}?" if near else ""
    )
