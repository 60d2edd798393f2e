"""An evaluation as tables in the terminal, a CSV and a picture, all from the same few rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.table import Table

from folketall_trial.evaluation.results import FIELDS, TOTAL

Row = Mapping[str, Any]
TITLES = {
    "linkage": "Linkage: DUF numbers",
    "reason": "Reason for first immigration",
    "reason_detail": "Reason and detail",
    "reference": "Reference persons",
    "relation": "Relation to the reference",
    "type": "Type of family unification",
    "first_immigration": "First immigrations",
    "figures": "Published and true figures",
}
SHARES = ("precision", "recall", "share_right", "share_right_detail", "off")


def ordered(rows: Iterable[Row]) -> list[Row]:
    """Rows in a fixed order: parts as they are read, then by what they say; the total last."""
    parts = list(TITLES)
    return sorted(
        rows,
        key=lambda r: (
            parts.index(r["part"]),
            r["by"] == "confusion",
            r["by"] == "all",
            r["by"],
            *[str(r[name] or "") for name in ("group", "true", "found", "measure")],
        ),
    )


def csv_text(rows: Iterable[Row]) -> str:
    """FIELDS with a header; shares with six decimals, counts with none."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(FIELDS)
    for row in ordered(rows):
        decimals = 6 if row["measure"] in SHARES else 0
        value = f"{row['value']:.{decimals}f}"
        writer.writerow([*[row[name] or "" for name in FIELDS[:-1]], value])
    return out.getvalue()


def evaluation_tables(rows: Iterable[Row]) -> list[Table]:
    """The tables of every part: figures by group, then confusions; of figures the newest year."""
    every = ordered(rows)
    tables = []
    for part, title in TITLES.items():
        own = [row for row in every if row["part"] == part]
        if part == "figures":
            newest = max((row["by"] for row in own), default="")
            own = [row for row in own if row["by"] == newest]
        total = [row for row in own if row["by"] == "all"]
        splits = dict.fromkeys(r["by"] for r in own if r["by"] not in ("all", "confusion"))
        for by in splits:
            split = [row for row in own if row["by"] == by]
            tables.append(_by_group(f"{title}, {by}", [*split, *total]))
        confused = [row for row in own if row["by"] == "confusion"]
        if confused:
            tables.append(_confusion(f"{title}: true in rows, found in columns", confused))
    return tables


def _by_group(title: str, rows: Sequence[Row]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    measures = _measures(rows)
    for measure in measures:
        table.add_column(measure.replace("_", " "), justify="right")
    values = {(row["group"], row["measure"]): row["value"] for row in rows}
    for group in dict.fromkeys(row["group"] for row in rows):
        style = "bold" if group == TOTAL else None
        cells = [_figure(values.get((group, measure)), measure) for measure in measures]
        table.add_row(group.replace("_", " "), *cells, style=style)
    return table


def _measures(rows: Sequence[Row]) -> list[str]:
    """Counts before shares, each in order of size of the whole."""
    found = dict.fromkeys(row["measure"] for row in rows)
    first = ("true", "published", "persons", "right", "same_day")
    order = {name: place for place, name in enumerate(first)}
    return sorted(found, key=lambda name: (name in SHARES, order.get(name, 9), name))


def _confusion(title: str, rows: Sequence[Row]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    words = sorted({row[side] for row in rows for side in ("true", "found")})
    for word in words:
        table.add_column(word, justify="right")
    values = {(row["true"], row["found"]): row["value"] for row in rows}
    for true in (word for word in words if any(row["true"] == word for row in rows)):
        table.add_row(true, *[_figure(values.get((true, word)), "persons") for word in words])
    return table


def _figure(value: float | None, measure: str) -> str:
    if value is None:
        return ""
    if measure in SHARES:
        return f"{100 * value:.2f} %"
    return f"{value:,.0f}".replace(",", " ")
