"""What the counties of one year are made of in the regions of another: for figures of both (X5)."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import NamedTuple

from folketall.geography.lists import UNKNOWN_MUNICIPALITY
from folketall.geography.municipalities import Split, lead, splits
from folketall.geography.regions import divisions, regions


class Term(NamedTuple):
    """A figure of the earlier year that is added (1) or taken away (-1)."""

    level: str
    region: str
    sign: int


Sum = tuple[Term, ...]
Territory = tuple[tuple[Sum, ...], ...]
"""Parts that make up a county, each with the sums that give its figure, those of fewest first."""


def becomes(code: str, start: date, end: date) -> set[str]:
    """Rule G1: the municipalities that one of `start` becomes by `end`, all where it was split."""
    if code == UNKNOWN_MUNICIPALITY:
        return {code}
    found = {lead(code, start, end)[0]}
    for one in _splits_between(start, end):
        if lead(code, start, date(one.day.year - 1, 12, 31))[0] == one.code:
            found.add(lead(one.successor, one.day, end)[0])
    return found


@cache
def _splits_between(start: date, end: date) -> tuple[Split, ...]:
    return tuple(one for one in splits() if start < one.day <= end)


def counties_from(start: date, end: date) -> dict[str, Territory]:
    """Rules G1 and X5: the counties of `end` in figures of counties and municipalities of `start`.

    A county that a municipality was divided between is not among them: who of it lived where is in
    no figure of the earlier day.
    """
    old = {code: county for code, (county,) in divisions(start, ["county"]).items()}
    new = {code: county for code, (county,) in divisions(end, ["county"]).items()}
    into = {code: {new[to] for to in becomes(code, start, end) if to in new} for code in old}
    divided = {county for counties in into.values() if len(counties) != 1 for county in counties}
    return {
        county: tuple(_sums(was, county, old, into) for was in sorted(_sources(county, old, into)))
        for county in sorted(set(new.values()) - divided)
    }


def _sources(county: str, old: dict[str, str], into: dict[str, set[str]]) -> set[str]:
    """The earlier counties that a county has municipalities of."""
    return {old[code] for code, counties in into.items() if county in counties}


def _sums(was: str, county: str, old: dict[str, str], into: dict[str, set[str]]) -> tuple[Sum, ...]:
    """The part of the county `was` that is in `county`: what came, or all without what did not."""
    own = sorted(code for code in old if old[code] == was)
    came = tuple(Term("municipality", code, 1) for code in own if county in into[code])
    left = tuple(Term("municipality", code, -1) for code in own if county not in into[code])
    whole = (Term("county", was, 1), *left)
    return tuple(sorted((came, whole), key=len)) if left else (whole,)


def breaks(level: str, start: tuple[date, int], end: tuple[date, int]) -> set[str]:
    """Rule G1: the regions whose figures of two periods are not of the same municipalities.

    Args:
        level: of the regions.
        start: the earlier boundaries and the year that the figures are of, as in `regions`.
        end: the later ones.

    Returns:
        Codes that both have, of different territory or, by centrality, of another standard.
    """
    old, new = (
        {one.municipality: one.region for one in regions(*at) if one.level == level}
        for at in (start, end)
    )
    moved: set[str] = set()
    for code, region in old.items():
        for successor in becomes(code, start[0], end[0]) & set(new):
            if new[successor] != region:
                moved |= {region, new[successor]}
    return moved & set(old.values()) & set(new.values())
