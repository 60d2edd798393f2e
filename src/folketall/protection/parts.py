"""What cubes publish, in parts of the same fineness: their rows, regions and dimensions (Q1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from folketall.cubes.declared import NATION, TOTAL, UNKNOWN, Cube, LevelTable
from folketall.suppression.cells import Ints

DIVISIONS = ("county", "region", "economic_region", "centrality")
"""Levels that divide the municipalities; the work is shared out by the first."""
MUNICIPALITY = "municipality"
REGION = "place"
Places = Mapping[str, Sequence[str]]
"""Municipality to its regions, in the order of DIVISIONS."""


@dataclass(frozen=True)
class Municipalities:
    """Everyone's municipality, and the region that it lies in at every level."""

    codes: tuple[str, ...]
    at: Mapping[str, tuple[str, ...]]
    """Level to the region of each municipality."""

    @property
    def number(self) -> Mapping[str, int]:
        return {code: place for place, code in enumerate(self.codes)}


@dataclass(frozen=True)
class Part:
    """What a cube publishes at levels of the same fineness, by dimensions that are crossed."""

    cube: Cube
    table: LevelTable
    dimensions: tuple[str, ...]
    at: Ints
    """The rows of the table."""
    rows: pd.DataFrame = field(repr=False)
    regions: Mapping[frozenset[int], tuple[str, ...]] = field(default_factory=dict)
    """Of counts that do not add up over regions (M4): the municipalities of each region to the
    names that it has, `level region`. Of others none."""

    @property
    def flat(self) -> bool:
        """Whether its counts do not add up over regions."""
        return bool(self.regions)

    def codes(self, name: str) -> tuple[str, ...]:
        return self.table.codes(name) if name in self.dimensions else (TOTAL,)


def municipalities(table: pd.DataFrame, inner: pd.DataFrame, places: Places) -> Municipalities:
    lowest = table.loc[table["level"] == MUNICIPALITY, "region"]
    # 9999 is where nobody knows: `unknown`, as people in codes that no list has (G3).
    ends = (*inner["region"].unique(), *inner["other_region"].dropna().unique())
    codes = sorted({*lowest, *ends, *places, UNKNOWN} - {"9999"})
    nowhere = (UNKNOWN,) * len(DIVISIONS)
    at = {
        level: tuple(places.get(code, nowhere)[number] for code in codes)
        for number, level in enumerate(DIVISIONS)
    }
    return Municipalities(tuple(codes), {**at, MUNICIPALITY: tuple(codes)})


def parts_of(table: pd.DataFrame, cubes: Mapping[str, Cube]) -> list[Part]:
    """Every row in the first table of its cube that has it."""
    found = []
    names = table["cube"].to_numpy(str)
    for name in sorted(set(names.tolist())):
        cube = cubes[name]
        left = names == name
        for one in cube.tables:
            for dimensions in one.parts():
                mine = left & np.isin(table["level"].to_numpy(str), one.levels)
                for own in cube.dimensions:
                    shown = one.codes(own.name) if own.name in dimensions else (TOTAL,)
                    mine &= table[own.name].isin(shown).to_numpy()
                left &= ~mine
                at = np.flatnonzero(mine)
                found.append(Part(cube, one, dimensions, at, table.iloc[at]))
    return found


def classes_of(every: Municipalities, levels: Sequence[str]) -> Ints:
    """Of every municipality its class: those that no region of the levels tells apart.

    Counties are always told apart: the work is shared out by them.
    """
    own = [every.at[level] for level in (DIVISIONS[0], *levels) if level != NATION]
    keys = pd.Series(list(zip(*own, strict=True)), dtype=object)
    found: Ints = pd.factorize(keys)[0].astype(np.int64)
    return found


def region_name(number: int) -> str:
    """The code of a region whose counts are not the sums of its municipalities'."""
    return f"region no. {number}"


def class_name(number: int) -> str:
    """The code of a class of municipalities."""
    return f"class {number}"
