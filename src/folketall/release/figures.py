"""Published cells as figures on paper, and where to find them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from folketall.model.tables import CELL_KEY

Row = Mapping[str, Any]
"""One row of PUBLISHED_CUBE."""
SUPPRESSED, MISSING = ":", ".."
MARKS = {"rounded": "r", "perturbed": "p"}
BREAK = "| "
BREAKS = "| break in the series: the region has other boundaries than the year before"
SYMBOLS = ": not for publication   .. missing   r rounded   p perturbed"


def figure(row: Row | None, decimals: int = 0) -> str:
    """A cell as the office prints it: thousands apart, `:` where it is not for publication."""
    if row is None:
        return MISSING
    if row["value"] is None:
        return SUPPRESSED
    text = f"{row['value']:,.{decimals}f}".replace(",", " ")
    if float(text.replace(" ", "")) == 0:
        text = text.removeprefix("-")
    mark = MARKS.get(row["status"] or "", "")
    return f"{text} {mark}" if mark else text


@dataclass(frozen=True, slots=True)
class Cells:
    """Published cells of one place and period, by what they are."""

    by_key: Mapping[tuple[str | None, ...], Row]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Cells:
        return cls({tuple(row[name] for name in CELL_KEY): row for row in rows})

    def find(self, **key: str) -> Row | None:
        """The one cell with this whole key; columns that are not named are null."""
        return self.by_key.get(tuple(key.get(name) for name in CELL_KEY))
