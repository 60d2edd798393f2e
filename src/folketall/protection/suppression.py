"""Secondary suppression of one structure: inner cells and published cells in, statuses out.

Pure numpy: the door through which any table of counts can be protected.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from folketall.protection.elimination import Elimination, Flags, Ints
from folketall.protection.structure import Cells


@dataclass(frozen=True, slots=True)
class Suppressed:
    """What was decided for a structure."""

    cells: Flags
    """True where a cell is suppressed, primary or secondary."""
    remainder: Ints
    """By column, what stays unknown of each cell asked for in `watch`: zero where it is known;
    a sum of watched cells is known where their columns add up to zero."""


def first_published(values: Ints, width: Ints, rank: Ints | None = None) -> Ints:
    """The order in which cells ask to be published (X2).

    Low rank first (the nation); then large before small, sums of many before few, then as given.
    """
    position = np.arange(len(values))
    keys = (position, -width, -values)
    return np.lexsort(keys if rank is None else (*keys, rank))


def collapse(columns: NDArray[np.generic]) -> tuple[Ints, Ints]:
    """The first of each set of equal columns, and for every column which of those it equals."""
    if columns.shape[1] == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    packed = np.packbits(columns.T != 0, axis=1)
    # One more byte, so that a structure without inner cells has columns to compare.
    packed = np.ascontiguousarray(np.pad(packed, ((0, 0), (0, 1))))
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    return first, which.reshape(-1)


def protect_structure(
    inner: Ints,
    cells: Cells,
    primary: Flags,
    *,
    order: Ints | None = None,
    zeros: bool = False,
    secret: Ints | None = None,
    known: Ints | None = None,
    watch: Ints | None = None,
) -> Suppressed:
    """Suppress as few cells as the order allows, so that no primary can be computed (X2).

    Args:
        inner: count of every inner cell.
        cells: the cells that would be published, as sums of inner cells.
        primary: the cells that must not be known.
        order: the cells in the order in which they ask to be published; default
            `first_published`.
        zeros: whether zeros are protected. If not, a zero inner cell is known to all and
            protects nothing.
        secret: inner × n matrix of further sums that must not be known, published or not.
        known: inner × n matrix of sums that everyone knows, such as the difference of two totals
            of the same persons.
        watch: cells whose remainder is wanted.

    Returns:
        Safe: no primary cell and no secret is in the span of the published and known. Minimal:
        publishing any one secondary cell more would reveal a primary or a secret.
    """
    unknown_rows = np.ones(len(inner), np.bool_) if zeros else inner != 0
    columns = cells.dense()[unknown_rows]
    if order is None:
        order = first_published(cells.values(inner), np.diff(cells.start))
    first, which = collapse(columns)
    forced = np.zeros(len(first), np.bool_)
    np.logical_or.at(forced, which, primary)
    forced &= columns[:, first].any(axis=0)
    none = np.zeros((len(inner), 0), np.int64)
    more = [(none if sums is None else sums)[unknown_rows] for sums in (secret, known)]
    matrix = np.concatenate((columns[:, first], *more), axis=1)
    elimination = Elimination(matrix, matrix.shape[0])
    ends = np.cumsum([len(first), more[0].shape[1], more[1].shape[1]])
    elimination.suppress(np.arange(ends[1], ends[2]), np.zeros(0, np.int64))
    asked = in_order(which[order])
    protected = np.concatenate((np.flatnonzero(forced), np.arange(ends[0], ends[1])))
    forced[elimination.suppress(asked[~forced[asked]], protected)] = True
    watched = which[watch] if watch is not None else np.zeros(0, np.int64)
    return Suppressed(forced[which], elimination.reduced(watched))


def in_order(numbers: Ints) -> Ints:
    """Each number once, where it occurs first."""
    found, first = np.unique(numbers, return_index=True)
    kept: Ints = found[np.argsort(first)]
    return kept
