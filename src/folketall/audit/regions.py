"""Regions of all levels and boundary years as sums of pieces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

import numpy as np
import pandas as pd

from folketall.audit.published import Division, Ints
from folketall.cubes.declared import NATION, NATION_CODE, UNKNOWN


def region_division(cells: pd.DataFrame, lists: pd.DataFrame) -> Division:
    """Every region of every boundary year as a sum of pieces; `unknown` is a piece, too (G3)."""
    nowhere = (lists["level"] == "municipality") & (lists["region"] == UNKNOWN)
    unknown = str(lists["piece"][nowhere].min()) if nowhere.any() else UNKNOWN
    finest = tuple(sorted({*lists["piece"], unknown}))
    place = {code: number for number, code in enumerate(finest)}
    members: dict[str, set[int]] = {}
    columns = ("geography", "level", "region", "piece")
    for geography, level, region, piece in zip(*(lists[c] for c in columns), strict=True):
        members.setdefault(f"{geography}|{level}|{region}", set()).add(place[piece])
    own = cells[["geography", "level", "region"]].drop_duplicates()
    for geography, level, region in own.itertuples(index=False):
        found = members.setdefault(f"{geography}|{level}|{region}", set())
        if level == NATION and region == NATION_CODE:
            found |= set(range(len(finest)))
        elif region == UNKNOWN:
            found.add(place[unknown])
    return Division(
        "region",
        finest,
        {code: sorted(of) for code, of in members.items() if of},
        home=home_of(finest, lists),
    )


def home_of(finest: Sequence[str], lists: pd.DataFrame) -> tuple[tuple[int, ...], ...]:
    """Blocks: the counties of the first boundary year, and the pieces."""
    first = lists["geography"].min()
    county = lists[(lists["level"] == "county") & (lists["geography"] == first)]
    of = dict(zip(county["piece"], county["region"], strict=True))
    names = [of.get(piece, UNKNOWN) for piece in finest]
    number = {name: at for at, name in enumerate(sorted(set(names)))}
    return tuple(number[name] for name in names), tuple(range(len(finest)))


def numbers(cells: pd.DataFrame, columns: Sequence[str], number: Mapping[str, int]) -> Ints:
    """The number of each row's joined code; each different one is looked up once."""
    parts = [pd.factorize(cells[name]) for name in columns]
    key = reduce(lambda total, part: total * len(part[1]) + part[0], parts, np.int64(0))
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    rows = zip(*(cells[name].iloc[first] for name in columns), strict=True)
    return np.array([number["|".join(map(str, row))] for row in rows], np.int64)[which]


def merged(places: Division, used: Ints) -> Division:
    """The regions in use, over as few finest pieces as tell them apart."""
    codes = [places.codes[number] for number in np.unique(used).tolist()]
    told: dict[int, list[int]] = {piece: [] for piece in range(len(places.finest))}
    for number, code in enumerate(codes):
        for piece in places.members[code]:
            told[piece].append(number)
    county = places.home[0] if places.home else (0,) * len(places.finest)
    classes: dict[tuple[int, ...], list[int]] = {}
    for piece, of in told.items():
        classes.setdefault((county[piece], *of), []).append(piece)
    members: dict[str, list[int]] = {code: [] for code in codes}
    home: tuple[list[int], list[int]] = ([], [])
    for at, (key, pieces) in enumerate(classes.items()):
        for number in key[1:]:
            members[codes[number]].append(at)
        home[0].append(key[0])
        # A piece by itself is at home where other tables have it.
        home[1].append(pieces[0] if len(pieces) == 1 else len(places.finest) + pieces[0])
    finest = tuple(places.finest[pieces[0]] for pieces in classes.values())
    elements = tuple(frozenset(places.finest[p] for p in of) for of in classes.values())
    return Division("region", finest, members, elements, tuple(map(tuple, home)))
