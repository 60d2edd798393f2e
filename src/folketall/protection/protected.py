"""The gate to the public: cubes in, a ProtectedCube out, and nothing else makes one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import InitVar, dataclass
from functools import partial

import numpy as np

from folketall.cubes.declared import ACCOUNTS, Cube
from folketall.model.cells import Cells, packed, part_of, unpacked
from folketall.model.errors import UsageError
from folketall.model.methods import (
    CELL_KEY,
    LEAVE_EMPTY,
    PUBLISH,
    ROUND_UP,
    SUPPRESS,
    TOGETHER,
    allowed,
    method_among,
)
from folketall.model.tables import PUBLISHED_CUBE
from folketall.protection.cell_key import cell_key
from folketall.protection.pairs import without_empty_pairs
from folketall.protection.parts import Places
from folketall.protection.rounding import decided, leave_empty, nothing_published, publish, round_up
from folketall.protection.shares import (
    SHARES,
    Territories,
    derived_shares,
    is_share_term,
    rows_for_shares,
)
from folketall.protection.together import PERSONS, Together, decide, grouped, with_decision
from folketall.storage.warehouse import Warehouse
from folketall.suppression.cells import Flags
from folketall.suppression.suppression import OWNER

Mapper = Callable[[Callable[[Together], bytes], Sequence[Together]], list[bytes]]
"""Runs a function for each of some tables, side by side or not, and keeps their order."""
Pair = tuple[Cells, Cells]
"""A cube and period before protection and after."""
Beside = Callable[[Sequence[Pair]], Sequence[Flags]]
"""By part and row, what more must be left empty."""
_SEAL = object()


@dataclass(frozen=True, slots=True)
class ProtectedCube:
    """Cells after disclosure control: the only thing that the release room takes.

    `parts` are cells of PUBLISHED_CUBE, of a cube and period each; they can be gone through once.
    Only this module can make one, from cells that it protected.
    """

    parts: Iterable[Cells]
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("only folketall.protection makes a ProtectedCube: use protect()")


def protect(
    cube: Iterable[Cells],
    *,
    inner: Iterable[Cells],
    cubes: Mapping[str, Cube],
    methods: Mapping[str, str],
    threshold: int,
    zeros: bool,
    places: Mapping[str, Places],
    territories: Territories,
    at_end: Mapping[str, Places] | None = None,
    singletons: str = OWNER,
    min_width: int = 2,
    public: bool = True,
    mapper: Mapper | None = None,
    beside: Beside | None = None,
) -> ProtectedCube:
    """Protect every cube by its method (X1), and compute shares from what is published (X5).

    Args:
        cube: CUBE, margins and zero cells too; a table a cube and period. With those of
            TOGETHER in front, their long decisions go on beside the others.
        inner: INNER_CELL, what the cells of TOGETHER are sums of.
        cubes: the declaration.
        methods: cube to one of METHODS.
        threshold: `protect.threshold`; counts from 1 to this are small. What rounds or perturbs
            shows none below it.
        zeros: `protect.zeros`, of `suppress`: zeros are primary too.
        places: geography to municipality to its regions on 1 January, in the order of DIVISIONS.
        territories: the counties of each boundary year in the regions of the year before (X5).
        at_end: the same on 31 December, of migrations; none if there are none.
        singletons: `protect.singletons`, of `suppress`.
        min_width: `protect.min_width`, of `suppress`.
        public: whether residents by sex and age, without any other attribute, are published as
            they are (X0).
        mapper: where the periods are suppressed or rounded: by default one after another.
        beside: what more must be left empty of suppressed cubes, given what is out already (X4).

    Returns:
        A cell for every cell. Those of a cube without a method are all suppressed, but the shares:
        they are computed anew from published cells.

    Raises:
        UsageError: a method that there is not, or that the cube cannot have.
    """
    _check(methods, cubes)
    inner_parts = [packed(part) for part in inner]
    one_by_one: dict[str, Callable[[Cells], Cells]] = {
        PUBLISH: publish,
        ROUND_UP: partial(round_up, threshold=threshold),
        LEAVE_EMPTY: partial(leave_empty, threshold=threshold),
        CELL_KEY: partial(cell_key, threshold=threshold),
    }
    work = partial(
        decide,
        threshold=threshold,
        zeros=zeros,
        singletons=singletons,
        min_width=min_width,
        public=public,
    )

    def decisions_of(tables: Sequence[Together]) -> list[bytes]:
        return mapper(work, tables) if mapper else [work(table) for table in tables]

    def cells() -> Iterator[Cells]:
        together: list[bytes] = []
        begun: tuple[list[Together], Future[list[bytes]]] | None = None
        with ThreadPoolExecutor(1) as beside_the_others:

            def begin() -> tuple[list[Together], Future[list[bytes]]]:
                its_inner = map(unpacked, inner_parts)
                tables = grouped(
                    map(unpacked, together), its_inner, methods, cubes, places, at_end or {}
                )
                return tables, beside_the_others.submit(decisions_of, tables)

            for part in cube:
                name = part["cube"][0].as_py()
                if methods.get(name) in TOGETHER:
                    together.append(packed(part))
                    begun = None  # What was begun did not have this part.
                elif name != SHARES:
                    begun = begun or begin()
                    yield one_by_one.get(methods.get(name, ""), nothing_published)(part)
            tables, decisions = begun or begin()
        yield from _decided(tables, decisions.result(), beside)

    return ProtectedCube(_with_shares(_without_pairs(cells(), cubes), territories), _SEAL)


def _decided(
    tables: Sequence[Together], decisions: Sequence[bytes], beside: Beside | None
) -> Iterator[Cells]:
    """The cells of every table; those that are suppressed with more empty (X4).

    What is out already is of the same period: one period after another is held against it.
    """
    suppressed: dict[str, list[tuple[Together, bytes]]] = {}
    for table, decision in zip(tables, decisions, strict=True):
        if beside and table.method == SUPPRESS and table.kind == PERSONS:
            suppressed.setdefault(table.period, []).append((table, decision))
        else:
            yield from with_decision(table, decision)
    for _, decided_tables in sorted(suppressed.items()):
        shown = [
            pair
            for table, decision in decided_tables
            for pair in zip(table.parts, with_decision(table, decision), strict=True)
        ]
        assert beside is not None
        yield from _left_empty(shown, beside(shown))


def _left_empty(shown: Sequence[Pair], more: Sequence[Flags]) -> Iterator[Cells]:
    """Suppressed cubes with more cells empty (X4)."""
    for (counts, part), gone in zip(shown, more, strict=True):
        hidden = gone | part["value"].is_null().to_numpy()
        yield decided(counts, np.where(hidden, np.nan, counts["value"].to_numpy()))


def _without_pairs(cells: Iterable[Cells], cubes: Mapping[str, Cube]) -> Iterator[Cells]:
    """All cells but pairs of regions that would tell by being there that somebody moved."""
    for part in cells:
        cube = cubes[part_of(part)[0]] if part.num_rows else None
        yield without_empty_pairs(part, cube) if cube and cube.other_region else part


def _with_shares(cells: Iterable[Cells], territories: Territories) -> Iterator[Cells]:
    """All cells, and after them those of `refugees_share`, computed from them (X5)."""
    terms = []
    for part in cells:
        if is_share_term(part):
            # All other cells of all periods need not be kept.
            terms.append(rows_for_shares(part))
        yield part
    yield from derived_shares(terms, territories)


def published(warehouse: Warehouse) -> ProtectedCube:
    """The cells that were protected and stored: the table PUBLISHED_CUBE, and no other."""
    return ProtectedCube(warehouse.cells(PUBLISHED_CUBE), _SEAL)


def _check(methods: Mapping[str, str], cubes: Mapping[str, Cube]) -> None:
    for cube, method in sorted(methods.items()):
        counts = cubes[cube].counts
        if method == PUBLISH and counts == ACCOUNTS:
            continue
        try:
            method_among(allowed(summed=counts == ACCOUNTS), method)
        except ValueError as fault:
            raise UsageError(f"protect.method.{cube} = {method} must be {fault}") from None
