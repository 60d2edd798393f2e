"""Regions of several boundary years: which are the same, and which areas all of them can sum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from folketall.audit.published import Division, Ints


def one_code_each(places: Division) -> tuple[Division, Ints]:
    """Regions of the same pieces as one code; and the number of that code, by old number."""
    members: dict[str, Sequence[int]] = {}
    first: dict[tuple[int, ...], int] = {}
    same = []
    for code, of in places.members.items():
        pieces = tuple(of)
        if pieces not in first:
            first[pieces] = len(members)
            members[code] = of
        same.append(first[pieces])
    found = Division(places.name, places.finest, members, places.elements, places.home)
    return found, np.array(same, np.int64)


def whole_parts(places: Division, lists: pd.DataFrame, level: str) -> Ints:
    """Of every piece, the smallest area around it that the level's regions of all years can sum."""
    lowest = lists[lists["level"] == level]
    place = {code: number for number, code in enumerate(places.finest)}
    pieces = lowest["piece"].map(place).to_numpy(np.int64)
    groups = pd.factorize(lowest["geography"].astype(str) + "|" + lowest["region"].astype(str))[0]
    part = np.arange(len(places.finest))
    while True:
        least = np.full(groups.max(initial=-1) + 1, len(part))
        np.minimum.at(least, groups, part[pieces])
        after = part.copy()
        np.minimum.at(after, pieces, least[groups])
        if (after == part).all():
            return np.asarray(np.unique(part, return_inverse=True)[1]).reshape(-1)
        part = after
