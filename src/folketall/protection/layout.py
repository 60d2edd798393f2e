"""The cells of a region: how the codes of the dimensions make sums of inner cells."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from folketall.cubes.declared import CATEGORY, TOTAL
from folketall.model.tables import DIMENSIONS
from folketall.protection.elimination import Ints


@dataclass(frozen=True, slots=True)
class Layout:
    """The cells that each region has, of one cube or of several of the same persons."""

    cell: Ints
    """The cell of every row of the table."""
    pattern: Ints
    """Cells × inner cells: 1 where the cell counts the inner one."""
    inner: Ints
    """The cell that each inner cell is by itself."""
    relations: Ints
    """Inner cells × differences of shared totals, which are zero."""


@dataclass(frozen=True, slots=True)
class _OneCube:
    cell: Ints
    pattern: Ints
    inner: Ints
    codes: dict[str, NDArray[np.str_]]
    """By dimension, the code of each inner cell."""


def layout(table: pd.DataFrame) -> Layout:
    """Lay the cells of all cubes in the table side by side."""
    names = sorted(table["cube"].unique())
    rows = [np.flatnonzero(table["cube"] == name) for name in names]
    cubes = [_one_cube(table.iloc[mine]) for mine in rows]
    cells = np.cumsum([0, *(len(cube.pattern) for cube in cubes)])
    inner = np.cumsum([0, *(len(cube.inner) for cube in cubes)])
    pattern = np.zeros((cells[-1], inner[-1]), np.int64)
    cell = np.zeros(len(table), np.int64)
    for number, cube in enumerate(cubes):
        pattern[cells[number] : cells[number + 1], inner[number] : inner[number + 1]] = cube.pattern
        cell[rows[number]] = cells[number] + cube.cell
    alone = [cells[number] + cube.inner for number, cube in enumerate(cubes)]
    return Layout(cell, pattern, np.concatenate(alone), _relations(cubes, inner))


def _one_cube(table: pd.DataFrame) -> _OneCube:
    pattern, inner = np.ones((1, 1), np.int64), np.zeros(1, np.int64)
    cell = np.zeros(len(table), np.int64)
    numbers: dict[str, tuple[Ints, NDArray[np.str_]]] = {}
    for name in DIMENSIONS:
        if table[name].notna().any():
            codes, values = pd.factorize(table[name], sort=True)
            own, sums = _sums(name, [str(value) for value in values])
            pattern = np.kron(pattern, sums)
            cell = cell * len(values) + codes
            inner = np.add.outer(inner * len(values), own).ravel()
            numbers[name] = own, np.array([str(value) for value in values])
    sizes = [len(own) for own, _ in numbers.values()]
    places = np.indices(sizes).reshape(len(sizes), len(inner))
    codes_of = {
        name: values[own[place]]
        for (name, (own, values)), place in zip(numbers.items(), places, strict=True)
    }
    return _OneCube(cell, pattern, inner, codes_of)


def _sums(dimension: str, codes: list[str]) -> tuple[Ints, Ints]:
    """Which codes of a dimension are inner, and codes × inner codes: 1 where it is counted."""
    groups: dict[str, tuple[str, ...] | None] = {TOTAL: None}
    groups |= dict(CATEGORY.groups) if dimension == CATEGORY.name else {}
    inner = [number for number, code in enumerate(codes) if code not in groups]
    sums = np.zeros((len(codes), len(inner)), np.int64)
    for row, code in enumerate(codes):
        counted = groups.get(code, (code,))
        sums[row] = [counted is None or codes[one] in counted for one in inner]
    return np.array(inner, np.int64), sums


def _relations(cubes: list[_OneCube], start: Ints) -> Ints:
    """Cubes of the same persons have the same totals by the dimensions that both have."""
    found = []
    for (one, first), (two, second) in combinations(list(zip(cubes, start, strict=False)), 2):
        shared = sorted(set(one.codes) & set(two.codes))
        keys, others = _keys(one, shared), _keys(two, shared)
        for key in sorted(set(keys) & set(others)):
            relation = np.zeros(int(start[-1]), np.int64)
            relation[first + np.flatnonzero(keys == key)] = 1
            relation[second + np.flatnonzero(others == key)] = -1
            found.append(relation)
    return np.array(found, np.int64).reshape(-1, int(start[-1])).T


def _keys(cube: _OneCube, dimensions: list[str]) -> NDArray[np.str_]:
    keys = np.full(len(cube.inner), "", dtype=object)
    for name in dimensions:
        keys = keys + cube.codes[name].astype(object) + "|"
    return keys.astype(str)
