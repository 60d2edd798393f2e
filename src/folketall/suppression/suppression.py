"""Suppression of one structure: counts and cells in, what is left empty out (X1, X2).

Pure numpy and integers: the door through which any table of counts can be protected.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce

import numpy as np

from folketall.model.errors import UsageError
from folketall.suppression.cells import Cells, Flags, Ints
from folketall.suppression.elimination import Elimination
from folketall.suppression.order import HUGE, first_published, turns_of
from folketall.suppression.structure import Structure, is_primary
from folketall.suppression.widths import widened
from folketall.suppression.zeros import known_zeros, public_zeros, secret_zeros

OWNER, SUM, NONE = "owner", "sum", "none"
SINGLETONS = (OWNER, SUM, NONE)
"""`protect.singletons`: what the one person in a cell of 1 may not learn."""


@dataclass(frozen=True, slots=True)
class Protected:
    """What was decided, cell by cell."""

    primary: Flags
    """Small by itself."""
    suppressed: Flags
    """Left empty: primary, or needed so that no primary can be computed."""
    narrow: Flags
    """Primaries that could not be given `min_width`; the audit names them too."""
    told: Flags
    """Primaries that come out of what is public and of zeros alone, whatever else is left empty."""


def protect_counts(
    structure: Structure,
    *,
    threshold: int,
    zeros: bool = False,
    singletons: str = OWNER,
    min_width: int = 2,
    all_levels: bool = True,
) -> Protected:
    """Leave as few cells empty as the order allows, so that no primary can be computed (X2).

    Args:
        structure: everything that is published together.
        threshold: counts from 1 to this are primary.
        zeros: whether zeros are primary too. If not, a zero is known to all.
        singletons: `owner`, `sum` or `none`.
        min_width: no primary may be known to lie in an interval narrower than this; 0 is off.
        all_levels: as of `secret_zeros`. If not, and it does not do, it is done all the same.

    Returns:
        Safe: no primary is a sum of published cells, however many steps it takes. Minimal, but for
        `min_width`, and in large tables (`order.LARGE`) for singletons: publishing any one
        secondary cell more would reveal a primary. The same input gives the same cells.
    """
    if singletons not in SINGLETONS:
        raise UsageError(f"protect.singletons = {singletons}: one of {', '.join(SINGLETONS)}")
    values = structure.values
    turns = turns_of(structure.cells, structure.counts, structure.place, structure.block)
    begin = partial(_begun, structure, values, threshold, zeros, patient=not turns.last)
    primary, known, sources, told = begin(all_levels=all_levels)
    if not all_levels and (told & (values > 0)).any():
        # Too much is known from zeros of larger regions: they are left empty, too.
        primary, known, sources, told = begin(all_levels=True)
    chosen = sources.same[sources.same == np.arange(len(values))]
    elimination = sources.elimination
    if singletons != NONE:
        elimination.mark(
            _alone(structure, values, chosen, zeros, singletons), owners=singletons == OWNER
        )
    elimination.guard(chosen[primary[chosen]].tolist())
    if singletons != NONE and np.count_nonzero(structure.counts) > HUGE:
        elimination.hold()
    order = first_published(values, structure.cells.width, structure.last, turns.of)
    asked = order[sources.same[order] == order]
    suppressed = primary.copy()
    for turn in np.split(asked, np.flatnonzero(np.diff(turns.of[asked])) + 1):
        elimination.wake(turn.tolist())
        if len(turn) and int(turns.of[turn[0]]) in turns.last:
            elimination.narrow(turn.tolist())
        suppressed[elimination.offer(turn.tolist())] = True
    # Equal columns share one decision.
    suppressed &= sources.same >= 0
    suppressed |= (sources.same >= 0) & suppressed[np.maximum(sources.same, 0)]
    narrow = np.zeros(len(values), np.bool_)
    if min_width and primary.any():
        same = sources.same
        lower = _lower(structure, zeros)
        asked = primary & _may_be_narrow(structure, values)
        suppressed, narrow = widened(structure, suppressed, asked, same, known, lower, min_width)
    return Protected(primary, suppressed, narrow, told)


def _begun(
    structure: Structure,
    values: Ints,
    threshold: int,
    zeros: bool,
    *,
    patient: bool,
    all_levels: bool,
) -> tuple[Flags, Flags, _Sources, Flags]:
    """Primaries, inner cells known to be zero, the cells as vectors, and primaries told already.

    Args:
        all_levels: as of `secret_zeros`.
    """
    secret = secret_zeros(structure, all_levels=all_levels)
    primary = is_primary(values, threshold, zeros) | secret
    primary &= structure.open & ~structure.given
    known = public_zeros(structure) if zeros else known_zeros(structure, secret)
    sources = _sources(structure, values, primary, known, zeros, patient=patient)
    unknown = sources.elimination.unknown(len(values))[np.maximum(sources.same, 0)]
    told = primary & ((sources.same < 0) | ~unknown)
    return primary & (sources.same >= 0), known, sources, told


def _may_be_narrow(structure: Structure, values: Ints) -> Flags:
    """Cells whose intervals are looked at.

    A part of a public count of 1 is 0 or 1, and of none nothing can be known more narrowly. What is
    left out where it is empty may be none.
    """
    found: Flags = values > 0
    if structure.few is not None:
        found &= structure.few == 0 if structure.wide else structure.few != 1
    return found if structure.absent is None else found & ~structure.absent


def _lower(structure: Structure, zeros: bool) -> Ints:
    """What everyone knows each inner cell to be at least: of one that is published, 1.

    A zero would have been seen. But all parts of a small public count are left empty.
    """
    counts, cells = structure.counts, structure.cells
    least = np.zeros(len(counts), np.int64)
    single = cells.start[:-1][structure.open & (cells.width == 1)]
    least[cells.rows[single]] = int(not zeros)
    if structure.few is not None:
        least[cells.rows[(structure.few > 0)[cells.cell]]] = 0
    if structure.absent is not None:
        least[cells.rows[structure.absent[cells.cell]]] = 0
    return np.minimum(least, counts)


@dataclass(frozen=True, slots=True)
class _Sources:
    elimination: Elimination
    same: Ints
    """Of each cell, the one that stands for all cells of the same inner cells; -1 where a cell
    has no inner cell that is unknown, so that everyone knows it."""


def _sources(
    structure: Structure,
    values: Ints,
    primary: Flags,
    zero: Flags,
    zeros: bool,
    *,
    patient: bool,
) -> _Sources:
    """The cells as vectors, less what everyone knows: relations, and zeros if they are public.

    Those that are not primary are asleep.
    """
    unknown = ~zero
    ties = structure.relations if structure.ties is None else structure.ties
    columns = structure.coordinates
    known = np.zeros(0, np.int64)
    if columns is None:
        columns, ties = _less(structure.cells, unknown), _less(ties, unknown)
        short = columns.width
    else:
        short = columns.width
        if zero.any():
            inner = np.flatnonzero(structure.cells.width == 1)
            known = inner[zero[structure.cells.rows[structure.cells.start[inner]]]]
    known = np.union1d(known, np.flatnonzero(structure.given))
    same = _same(structure.cells, unknown, short, structure.open, structure.given)
    marks = int(((values == 1) | (values == int(not zeros))).sum())
    asked = np.ones(len(values) + len(ties), np.bool_)
    asked[: len(values)] = False
    asked[known] = asked[same[same >= 0]] = True
    vectors = _less(columns.and_then(ties), ~_zero(columns, known), asked)
    elimination = Elimination(vectors, extra=marks, patient=patient)
    waiting = asked[: len(values)] & ~primary
    waiting[known] = False
    elimination.sleep(np.flatnonzero(waiting).tolist())
    related = np.arange(len(values), len(values) + len(ties))
    elimination.tell(known[np.lexsort((known, short[known]))].tolist())
    elimination.tell(related.tolist())
    return _Sources(elimination, same)


def _alone(
    structure: Structure, values: Ints, chosen: Ints, zeros: bool, singletons: str
) -> list[int]:
    """The cells whose marks are set: of one person; for `sum`, inner ones at the least count.

    With zeros public an empty inner cell has at least 1, otherwise at least 0: a published sum
    that is as small as it can be gives all of its terms away.
    """
    found: list[int] = chosen[values[chosen] == 1].tolist()
    if zeros and singletons != OWNER:
        inner = (values[chosen] == 0) & (structure.cells.width[chosen] == 1)
        found = chosen[inner].tolist()
    return found


def _zero(columns: Cells, known: Ints) -> Flags:
    """Coordinates that are zero by themselves: known columns, of value 0, have no other.

    Most coordinates are. Told one by one, they would be taken out of each column in turn.
    """
    found = np.zeros(columns.inner, np.bool_)
    told = _less(columns, ~found, np.isin(np.arange(len(columns)), known))
    while True:
        left = _less(told, ~found)
        alone = left.rows[left.start[:-1][left.width == 1]]
        if not len(alone):
            return found
        found[np.flatnonzero(~found)[alone]] = True


def _less(cells: Cells, unknown: Flags, asked: Flags | None = None) -> Cells:
    """The cells over the unknown inner cells alone; of those not asked for, nothing."""
    kept = unknown[cells.rows]
    if asked is not None:
        kept &= asked[cells.cell]
    place = np.cumsum(unknown) - 1
    ends = np.concatenate(([0], np.cumsum(kept)))[cells.start]
    signs = None if cells.signs is None else cells.signs[kept]
    return Cells(int(unknown.sum()), ends, place[cells.rows[kept]], signs)


def _same(cells: Cells, unknown: Flags, short: Ints, shown: Flags, given: Flags) -> Ints:
    """For each cell, the shortest of those that sum the same unknown inner cells.

    -1 for one that everyone knows: it has no unknown inner cell, or those of a public cell. Also
    for one that nobody sees.
    """
    random = np.random.default_rng(len(unknown))
    prints = []
    for _ in range(2):
        weight = np.where(unknown, random.integers(1, 2**63, len(unknown), np.uint64), 0)
        sums = np.concatenate(
            (np.zeros(1, np.uint64), np.cumsum(weight[cells.rows], dtype=np.uint64))
        )
        prints.append(sums[cells.start[1:]] - sums[cells.start[:-1]])
    order = np.lexsort((np.arange(len(cells)), short, ~shown, ~given, *prints))
    differs = reduce(np.logical_or, (p[order][1:] != p[order][:-1] for p in prints))
    begins = np.concatenate(([True], differs))[: len(cells)]
    found = np.empty(len(cells), np.int64)
    found[order] = order[np.flatnonzero(begins)][np.cumsum(begins) - 1] if len(cells) else 0
    found[reduce(np.logical_and, (p == 0 for p in prints))] = -1
    found[~shown | given[found]] = -1
    return found
