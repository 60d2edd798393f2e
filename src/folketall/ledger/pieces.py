"""What the regions of several boundary years are made of together (G1, X4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache

import pandas as pd

from folketall.geography.lists import UNKNOWN_MUNICIPALITY
from folketall.geography.municipalities import Split, lead, splits
from folketall.geography.regions import regions

Row = tuple[str, str, str, str]


def region_pieces(years: Sequence[int]) -> list[Row]:
    """(geography, piece, level, region) of every boundary year, over the same pieces.

    A piece is what was one municipality in each of the years: 1507 that became 1508 and 1580 is two
    pieces. Municipalities that come from none of the year before are pieces of their own.

    Args:
        years: of the boundaries, those of 1 January.
    """
    of_year = {year: _by_municipality(year) for year in sorted(set(years))}
    paths: list[dict[int, str]] = []
    for year, places in of_year.items():
        longer = []
        for path in paths:
            before = max(path)
            for code in _becomes(path[before], before, year) & set(places) or {""}:
                longer.append({**path, year: code} if code else path)
        reached = {path[year] for path in longer if year in path}
        paths = longer + [{year: code} for code in places if code not in reached]
    rows = []
    for path in paths:
        piece = "/".join(f"{year}:{code}" for year, code in path.items())
        for year, code in path.items():
            rows += [(str(year), piece, level, region) for level, region in of_year[year][code]]
    return rows


def _by_municipality(year: int) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for row in regions(date(year, 1, 1)):
        found.setdefault(row.municipality, []).append((row.level, row.region))
    return found


def _becomes(code: str, year: int, other: int) -> set[str]:
    """The municipalities that one becomes, all of them where it was split."""
    if code == UNKNOWN_MUNICIPALITY:
        return {code}
    start, end = date(year, 1, 1), date(other, 1, 1)
    found = {lead(code, start, end)[0]}
    for one in _splits_between(start, end):
        if lead(code, start, date(one.day.year - 1, 12, 31))[0] == one.code:
            found.add(lead(one.successor, one.day, end)[0])
    return found


@cache
def _splits_between(start: date, end: date) -> tuple[Split, ...]:
    return tuple(one for one in splits() if start < one.day <= end)


def fewest_pieces(lists: pd.DataFrame) -> pd.DataFrame:
    """The same with one piece for all that are always together: fewer unknown counts.

    Args:
        lists: (geography, piece, level, region).
    """
    named = lists["geography"] + "|" + lists["level"] + "|" + lists["region"]
    together = named.groupby(lists["piece"]).agg(lambda of: "\n".join(sorted(of)))
    kept = set(together.index[~together.duplicated()])
    return lists[lists["piece"].isin(kept)].reset_index(drop=True)
