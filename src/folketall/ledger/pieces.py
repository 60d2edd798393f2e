"""What the regions of several boundary years are made of together (G1, X4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from folketall.geography.regions import regions
from folketall.geography.territories import becomes

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
            for code in becomes(path[before], _day(before), _day(year)) & set(places) or {""}:
                longer.append({**path, year: code} if code else path)
        reached = {path[year] for path in longer if year in path}
        paths = longer + [{year: code} for code in places if code not in reached]
    rows = []
    for path in paths:
        piece = "/".join(f"{year}:{code}" for year, code in path.items())
        for year, code in path.items():
            rows += [(str(year), piece, level, region) for level, region in of_year[year][code]]
    return rows


def _day(year: int) -> date:
    return date(year, 1, 1)


def _by_municipality(year: int) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for row in regions(_day(year)):
        found.setdefault(row.municipality, []).append((row.level, row.region))
    return found


def fewest_pieces(lists: pd.DataFrame) -> pd.DataFrame:
    """The same with one piece for all that are always together: fewer unknown counts.

    Args:
        lists: (geography, piece, level, region).
    """
    named = lists["geography"] + "|" + lists["level"] + "|" + lists["region"]
    together = named.groupby(lists["piece"]).agg(lambda of: "\n".join(sorted(of)))
    kept = set(together.index[~together.duplicated()])
    return lists[lists["piece"].isin(kept)].reset_index(drop=True)
