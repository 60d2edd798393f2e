"""The reference lists that come with the package, and an office's own in their place.

Sources and licences are in the README beside the files. Codes are texts, never numbers.
"""

from __future__ import annotations

import csv
import io
from functools import cache
from importlib import resources
from pathlib import Path

from folketall.model.deliveries import DETAILS, REASONS
from folketall.model.errors import UsageError

NORWAY = "000"
UNKNOWN_COUNTRY = "990"
NORDIC = frozenset({NORWAY, "101", "102", "103", "104", "105", "106"})
"""Norway, Denmark, Greenland, Finland, the Faroes, Iceland, Sweden: no permit needed (C7)."""
CODELISTS = ("reason", "legal_basis", "permit_type")


def read_rows(name: str) -> list[dict[str, str]]:
    """Read a list of the package by its path without ending: `read_rows("geography/counties")`.

    Goes through the package's loader, so that it also works from a zipped package.
    """
    return list(_rows(name))


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    source = resources.files(__name__).joinpath(*f"{name}.csv".split("/"))
    return tuple(_parsed(source.read_bytes()))


def _parsed(content: bytes) -> list[dict[str, str]]:
    # A byte order mark, blanks around names and a row of commas occur in lists saved by hand.
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    tidy = [{key: (value or "").strip() for key, value in row.items() if key} for row in rows]
    return [row for row in tidy if any(row.values())]


@cache
def _country_groups() -> dict[str, str]:
    return {row["code"]: row["region_published_2024"] for row in _rows("countries/countries")}


def countries() -> dict[str, str]:
    """Give the published country group of every country code; 990 unknown is among them."""
    return dict(_country_groups())


def country_codes() -> frozenset[str]:
    """Give every valid country code."""
    return frozenset(_country_groups())


def country_groups() -> list[str]:
    """Give the published country groups, in order of name."""
    return sorted(set(_country_groups().values()))


def codelist(name: str, directory: str = "") -> list[dict[str, str]]:
    """Read `reason`, `legal_basis` or `permit_type`: rows of code, reason, detail, description.

    Args:
        name: one of CODELISTS.
        directory: the office's own folder of all three lists; empty reads the package's.

    Raises:
        UsageError: the office's list cannot be read, or says what the method has no word for.
    """
    if name not in CODELISTS:
        raise UsageError(f"code list {name}: there are {', '.join(CODELISTS)}")
    if not directory:
        return read_rows(f"codes/{name}")
    path = Path(directory) / f"{name}.csv"
    try:
        rows = _parsed(path.read_bytes())
    except (OSError, UnicodeDecodeError, csv.Error):
        raise UsageError(
            f"codes.directory: {path} cannot be read; put {name}.csv (UTF-8) there"
        ) from None
    faults = _faults(rows)
    if faults:
        raise UsageError(f"codes.directory: {path}: " + "; ".join(faults))
    return [{"description": ""} | row for row in rows]


def _faults(rows: list[dict[str, str]]) -> list[str]:
    if not rows:
        return ["has no rows"]
    missing = [column for column in ("code", "reason", "detail") if column not in rows[0]]
    if missing:
        return [f"column {column} is missing" for column in missing]
    faults = []
    seen: set[str] = set()
    for row in rows:
        if not row["code"] or row["code"] in seen:
            faults.append(f"code {row['code']!r} is empty or occurs twice")
        seen.add(row["code"])
        if row["reason"] not in REASONS:
            faults.append(f"{row['code']}: reason {row['reason']!r} is not {', '.join(REASONS)}")
        elif row["detail"] and (row["reason"] != "refugee" or row["detail"] not in DETAILS):
            faults.append(
                f"{row['code']}: detail {row['detail']!r} is not for {row['reason']}; refugee has "
                + ", ".join(DETAILS)
            )
    return faults
