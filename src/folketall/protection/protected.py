"""The gate to the public: cubes in, a ProtectedCube out, and nothing else makes one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass
from functools import reduce
from operator import and_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.model.errors import UsageError
from folketall.model.table import conform
from folketall.model.tables import CELL_KEY, CUBE, PUBLISHED_CUBE
from folketall.protection.rounding import SUPPRESSED, leave_empty, round_up
from folketall.protection.shares import derived_shares
from folketall.protection.stock import suppress_stock
from folketall.protection.suppression import OWNER
from folketall.storage.delta import Warehouse

SUPPRESS, ROUND_UP, LEAVE_EMPTY = "suppress", "round_up", "leave_empty"
STOCKS = (
    "refugees_by_category",
    "refugees_by_residence",
    "refugees_by_citizenship",
    "refugees_by_age",
    "population_by_background",
)
"""Cubes in which every region's count is the sum of its municipalities': `suppress` needs that.

A flow's is not: a move between two municipalities of a county is none of the county's (M4).
"""
EMPTIED = ("value", "status")
_SEAL = object()


@dataclass(frozen=True, slots=True)
class ProtectedCube:
    """Cells after disclosure control: the only thing that the release room takes.

    `cells` is PUBLISHED_CUBE. Only this module can make one, from cells that it protected.
    """

    cells: DataFrame
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("only folketall.protection makes a ProtectedCube: use protect()")


def protect(
    cube: DataFrame,
    *,
    methods: Mapping[str, str],
    threshold: int,
    zeros: bool,
    regions: DataFrame,
    singletons: str = OWNER,
    min_width: int = 2,
) -> ProtectedCube:
    """Protect every cube by its method (X1).

    Args:
        cube: CUBE; a row per cell, margins and zero cells too.
        methods: cube to `suppress`, `round_up` or `leave_empty`.
        threshold: `protect.threshold`; counts from 1 to this are small. `round_up` rounds those
            below it.
        zeros: `protect.zeros`, of `suppress`: zeros are primary too.
        regions: (period, municipality, level, region), of the boundary years.
        singletons: `protect.singletons`, of `suppress`.
        min_width: `protect.min_width`, of `suppress`.

    Returns:
        A cell for every cell. Those of a cube without a method are all suppressed: what is
        computed from cubes (X5) is computed from published ones, by `with_shares`.

    Raises:
        UsageError: a method that there is not, or `suppress` for flows.
    """
    by_method = _cubes_of_methods(methods)
    cells = cube.transform(conform, CUBE)
    parts = [
        cells.where(_is_one_of(by_method[ROUND_UP])).transform(round_up, threshold=threshold),
        cells.where(_is_one_of(by_method[LEAVE_EMPTY])).transform(leave_empty, threshold=threshold),
        # The dearest part, and read twice: the shares are computed from it (X5).
        cells.where(_is_one_of(by_method[SUPPRESS]))
        .transform(
            suppress_stock,
            regions,
            threshold=threshold,
            zeros=zeros,
            singletons=singletons,
            min_width=min_width,
        )
        .persist(),
        cells.where(~_is_one_of(methods)).transform(_nothing_published),
    ]
    used = [part for part, wanted in zip(parts, _used(by_method), strict=True) if wanted]
    return ProtectedCube(reduce(DataFrame.unionByName, used), _SEAL)


def left_empty(protected: ProtectedCube, cells: DataFrame) -> ProtectedCube:
    """The same with more cells left empty (X4).

    Args:
        protected: cells after disclosure control.
        cells: columns of their key (null where a cube lacks a dimension), one row a cell.
    """
    keys = [name for name in CELL_KEY if name in cells.columns]
    asked, own = F.broadcast(cells.alias("asked")), protected.cells.alias("own")
    same = reduce(and_, [F.col(f"own.{k}").eqNullSafe(F.col(f"asked.{k}")) for k in keys])
    gone = F.col("asked.cube").isNotNull()
    left = own.join(asked, same, "left").select(
        *[F.col(f"own.{name}") for name in PUBLISHED_CUBE.columns if name not in EMPTIED],
        F.when(~gone, F.col("own.value")).alias("value"),
        F.when(gone, SUPPRESSED).otherwise(F.col("own.status")).alias("status"),
    )
    return ProtectedCube(left.transform(conform, PUBLISHED_CUBE), _SEAL)


def with_shares(protected: ProtectedCube) -> ProtectedCube:
    """Add the cells of `refugees_share`, computed from the published ones (X5)."""
    others = protected.cells.where(F.col("cube") != "refugees_share")
    return ProtectedCube(others.unionByName(derived_shares(protected.cells)), _SEAL)


def published(warehouse: Warehouse) -> ProtectedCube:
    """The cells that were protected and stored: the table PUBLISHED_CUBE, and no other."""
    return ProtectedCube(warehouse.read(PUBLISHED_CUBE).transform(conform, PUBLISHED_CUBE), _SEAL)


def _cubes_of_methods(methods: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {SUPPRESS: [], ROUND_UP: [], LEAVE_EMPTY: []}
    for cube, method in sorted(methods.items()):
        if method not in found:
            raise UsageError(f"protect.method.{cube} = {method}: one of {', '.join(found)}")
        if method == SUPPRESS and cube not in STOCKS:
            raise UsageError(
                f"protect.method.{cube} = suppress: flows do not add up over regions (M4); "
                f"use {ROUND_UP} or {LEAVE_EMPTY}"
            )
        found[method].append(cube)
    return found


def _used(by_method: Mapping[str, list[str]]) -> list[bool]:
    given = [bool(by_method[method]) for method in (ROUND_UP, LEAVE_EMPTY, SUPPRESS)]
    return [*given, True]


def _is_one_of(cubes: Iterable[str]) -> Column:
    return F.col("cube").isin(sorted(cubes))


def _nothing_published(cells: DataFrame) -> DataFrame:
    empty = {"value": F.lit(None).cast("double"), "status": F.lit(SUPPRESSED)}
    hidden = cells.withColumns(empty).select(*PUBLISHED_CUBE.columns)
    return hidden.transform(conform, PUBLISHED_CUBE)
