"""What is public of residents anyway, and what that makes of the cells beside it (X0)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from folketall.cubes.declared import IMMIGRANT, NATION, PUBLIC_BY, RESIDENTS, TOTAL, Cube
from folketall.protection.parts import MUNICIPALITY, Municipalities
from folketall.suppression.cells import Flags, Ints

REFUGEE = "refugee"


def is_public(table: pd.DataFrame, cubes: Mapping[str, Cube]) -> Flags:
    """X0: residents by region, sex and age, without any other attribute.

    Args:
        table: CUBE.
        cubes: the declaration.
    """
    return _residents_by(table, cubes, PUBLIC_BY)


def _residents_by(
    table: pd.DataFrame, cubes: Mapping[str, Cube], dimensions: Sequence[str]
) -> Flags:
    """Rows of residents that are at the total of all dimensions but these."""
    counted = [name for name, cube in cubes.items() if cube.counts == RESIDENTS]
    found: Flags = table["cube"].isin(counted).to_numpy(np.bool_)
    for name in {d for cube in counted for d in cubes[cube].dimension_names} - {*dimensions}:
        found &= table[name].isin([TOTAL]).to_numpy() | table[name].isna().to_numpy()
    return found


def few(
    table: pd.DataFrame, cubes: Mapping[str, Cube], threshold: int, every: Municipalities
) -> Ints:
    """Of every row the public count that it is part of, where that is small (X0, X1).

    The count is of the region, by sex and age; 0 where it is not small. A zero of a larger region
    that tells one beside a small count is left empty like that: it has more than the threshold.
    """
    by = ["level", "region", *PUBLIC_BY]
    own = table[["level", "region"]].assign(
        **{name: table[name].fillna(TOTAL).astype(str) for name in PUBLIC_BY}
    )
    public = is_public(table, cubes)
    whole = own[public].assign(of=table["value"][public]).drop_duplicates(by)
    of = own.merge(whole, on=by, how="left")["of"].to_numpy()
    found = np.where(~public & (of >= 1) & (of <= threshold), of, 0).astype(np.int64)
    found[telling_zeros(table, cubes, found, every)] = threshold + 1
    return found


def telling_zeros(
    table: pd.DataFrame, cubes: Mapping[str, Cube], small: Ints, every: Municipalities
) -> Flags:
    """Zeros of larger regions that tell one which a municipality leaves empty (X0, X2).

    Of the men of 65 or more in a municipality there is one, and by the public ages he is 80-84.
    That no man of 80-84 in the county is an immigrant says that this one is not.

    Args:
        table: CUBE.
        cubes: the declaration.
        small: as `few` returns it.
        every: the municipalities and their regions.
    """
    found: Flags = np.zeros(len(table), np.bool_)
    if not small.any():
        return found
    rows = _Zeros.of(table, cubes)
    lowest = rows.level == MUNICIPALITY
    hidden = rows.where(lowest & (small[rows.at] > 0))
    nobody: dict[str, set[Kind]] = {}
    for _, region, _, kinds in rows.where(lowest & rows.public):
        nobody.setdefault(region, set()).update(kinds)
    secret: dict[tuple[str, str, str], set[Kind]] = {}
    place = every.number
    for _, region, who, kinds in hidden:
        left = kinds - nobody.get(region, set())
        above = [(NATION, "0"), *((level, at[place[region]]) for level, at in every.at.items())]
        # Where nobody is an immigrant, nobody is a refugee.
        for of, one in product(above, ("true", who) if who == REFUGEE else (who,)):
            secret.setdefault((*of, one), set()).update(left)
    if secret:
        for at, region, who, kinds in rows.where(~lowest & (small[rows.at] == 0) & ~rows.public):
            there = secret.get((str(table["level"].iat[at]), region, who), set())
            found[at] = not there.isdisjoint(kinds)
    return found


Kind = tuple[str, str]
"""Sex and single year of age."""


@dataclass(frozen=True, slots=True)
class _Zeros:
    """Cells that count nobody: whom they would."""

    at: Ints
    level: NDArray[np.object_]
    public: Flags
    rows: Sequence[tuple[int, str, str, frozenset[Kind]]]
    """The row, its region, whom it counts ("true" and "false" of residents) and of which kinds."""

    @classmethod
    def of(cls, table: pd.DataFrame, cubes: Mapping[str, Cube]) -> _Zeros:
        at = np.flatnonzero((table["value"] == 0).to_numpy())
        mine = table.iloc[at]
        kinds = _KindsOf(cubes)
        immigrant = mine[IMMIGRANT].fillna(REFUGEE)
        rows = [
            (int(n), str(region), str(who), kinds(cube, sex, age))
            for n, region, who, cube, sex, age in zip(
                at, mine["region"], immigrant, mine["cube"], mine["sex"], mine["age"], strict=True
            )
        ]
        level = mine["level"].to_numpy(object)
        return cls(at, level, is_public(mine, cubes), rows)

    def where(self, wanted: Flags) -> list[tuple[int, str, str, frozenset[Kind]]]:
        return [self.rows[n] for n in np.flatnonzero(wanted).tolist()]


class _KindsOf:
    """The kinds that a cell counts, by its cube and its codes of sex and age."""

    def __init__(self, cubes: Mapping[str, Cube]) -> None:
        self._cubes = cubes
        self._every = {
            name: {one for cube in cubes.values() for one in self._elements(cube, name, TOTAL)}
            for name in PUBLIC_BY
        }
        self._found: dict[tuple[str, str, str], frozenset[Kind]] = {}

    def __call__(self, cube: str, sex: str, age: str) -> frozenset[Kind]:
        key = (cube, str(sex), str(age))
        if key not in self._found:
            of = {"sex": key[1], "age": key[2]}
            own = {n: self._elements(self._cubes[cube], n, code) for n, code in of.items()}
            sexes, ages = (own[name] or self._every[name] for name in ("sex", "age"))
            self._found[key] = frozenset(product(sexes, ages))
        return self._found[key]

    @staticmethod
    def _elements(cube: Cube, name: str, code: str) -> set[str]:
        if name not in cube.dimension_names:
            return set()
        of = cube.dimension(name)
        return {one for n in of.codes[code] for one in of.elements[n]}


def mirrors(table: pd.DataFrame, cubes: Mapping[str, Cube]) -> tuple[Ints, Ints]:
    """Rows of those who are no immigrants and of those who are: together they are public."""
    mine = _residents_by(table, cubes, (IMMIGRANT, *PUBLIC_BY))
    by = ["cube", "level", "region", *PUBLIC_BY]
    rows = table.loc[mine, [*by, IMMIGRANT]].fillna("").assign(at=np.flatnonzero(mine))
    both = rows[rows[IMMIGRANT] == "false"].merge(rows[rows[IMMIGRANT] == "true"], on=by)
    return both["at_x"].to_numpy(np.int64), both["at_y"].to_numpy(np.int64)
