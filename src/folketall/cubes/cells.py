"""The cell of a row: the place of its inner codes among those that a cube declares.

A cell is one number while it is counted, which is several times as fast to group and exchange as
its codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import prod
from operator import add

from pyspark.sql import Column
from pyspark.sql import functions as F

from folketall.cubes.declared import UNKNOWN, Cube, Dimension
from folketall.cubes.groupings import LONGEST, OLDEST

YEARS = {"age": OLDEST, "years_of_residence": LONGEST}
"""Dimensions whose elements are numbers of whole years, to the last that is told apart."""


def place(cube: Cube) -> Column:
    """The place of a row's inner codes among the cube's, counted from 0.

    The row has the elements that `groups.element` gives. One that the cube does not declare stops
    the run: it would have no cell to be counted in.
    """
    parts = [
        _index(cube, dimension) * stride
        for dimension, stride in zip(cube.dimensions, strides(cube), strict=True)
    ]
    return reduce(add, parts, F.lit(0)).cast("int").alias("place")


def strides(cube: Cube) -> list[int]:
    """How far apart two neighbouring codes of each dimension are; the last dimension's is 1."""
    sizes = [len(dimension.inner) for dimension in cube.dimensions]
    return [prod(sizes[later:]) for later in range(1, len(sizes) + 1)]


def _index(cube: Cube, dimension: Dimension) -> Column:
    """The place of the inner code that the row's element lies in."""
    at = {element: place for place, of in enumerate(dimension.elements) for element in of}
    value = F.col(dimension.name)
    if dimension.name in YEARS:
        by_year = [at[str(year)] for year in range(YEARS[dimension.name] + 1)]
        found = _listed(by_year, value + 1)
        return F.coalesce(found, F.lit(at[UNKNOWN])) if UNKNOWN in at else found
    found = position(list(at), value)
    fault = F.concat(
        F.lit(f"{cube.name}: {dimension.name} has no code "), F.coalesce(value, F.lit("null"))
    )
    known = F.when(found >= 0, found).otherwise(F.raise_error(fault).cast("int"))
    inner = list(at.values())
    return known if inner == list(range(len(inner))) else _listed(inner, known + 1)


def _listed(numbers: Sequence[int], at: Column) -> Column:
    """The number at a place of a list, counted from 1."""
    every = F.split(F.lit(",".join(map(str, numbers))), ",").cast("array<int>")
    return F.try_element_at(every, at.cast("int"))


def position(codes: Sequence[str], code: Column) -> Column:
    """The place of a code among `codes`, counted from 0; -1 where it is not one of them."""
    # An array from one text: one expression instead of hundreds.
    every = F.split(F.lit("|".join(codes)), "[|]")
    return F.array_position(every, code).cast("int") - 1
