"""Zeros: which everyone knows, and which are left empty because they would tell a small count."""

from __future__ import annotations

import numpy as np

from folketall.suppression.cells import Flags, Ints
from folketall.suppression.structure import Structure


def secret_zeros(structure: Structure, *, all_levels: bool = True) -> Flags:
    """Cells of zero that are left empty: they tell a small count, or give away those that do.

    Where two persons live and no immigrant, two others do: so says the public count. A zero
    that has such a zero among its terms says the same, by itself or by a relation.

    Args:
        structure: everything that is published together.
        all_levels: whether zeros of larger regions are left empty because they have such a zero
            among their terms. If not, they are published, and the others hide among what is left.
    """
    cells, zero = structure.cells, structure.open & ~structure.given & (structure.values == 0)
    found: Flags = np.zeros(len(cells), np.bool_)
    few = np.zeros(len(cells), np.bool_) if structure.few is None else (structure.few > 0) & zero
    if not few.any():
        return found
    told = structure.given & (structure.values == 0)
    hopeless = _told(structure, told if all_levels else told | (zero & ~few))
    secret = np.zeros(len(structure.counts), np.bool_)
    found |= few
    while True:
        before = int(secret.sum())
        secret[cells.rows[found[cells.cell]]] = True
        secret &= ~hopeless
        secret |= _on_the_other_side(structure, secret, hopeless)
        has_secret = np.bincount(cells.cell[secret[cells.rows]], minlength=len(cells)) > 0
        found = zero & has_secret
        if int(secret.sum()) == before:
            return found


def _on_the_other_side(structure: Structure, secret: Flags, known: Flags) -> Flags:
    """What must be as secret as what it adds up to: of relations that are zero.

    Where some of it is seen by nobody, that is enough; what is known anyhow is no help.
    """
    rows, cell, signs = _relation_entries(structure)
    number = len(structure.relations)
    visible = np.zeros(len(structure.counts), np.bool_)
    visible[structure.cells.rows[structure.open[structure.cells.cell]]] = True
    zero = np.bincount(cell[structure.counts[rows] != 0], minlength=number) == 0
    found = np.zeros(len(structure.counts), np.bool_)
    for side in (signs > 0, signs < 0):
        has = np.bincount(cell[side & secret[rows]], minlength=number) > 0
        theirs = np.bincount(cell[~side & secret[rows]], minlength=number) > 0
        asked = (zero & has & ~theirs)[cell] & ~side & ~known[rows]
        unseen = np.bincount(cell[asked & ~visible[rows]], minlength=number) > 0
        found[rows[asked & (~visible[rows] | ~unseen[cell])]] = True
    return found


def _relation_entries(structure: Structure) -> tuple[Ints, Ints, Ints]:
    """Of every entry of the relations its inner cell, relation and sign."""
    signs = structure.relations.signs
    if signs is None:
        signs = np.ones(len(structure.relations.rows), np.int64)
    return structure.relations.rows, structure.relations.cell, signs


def public_zeros(structure: Structure) -> Flags:
    """Inner cells that public counts tell to be zero, even where zeros are protected."""
    return _told(structure, structure.given & (structure.values == 0))


def known_zeros(structure: Structure, secret: Flags) -> Flags:
    """Inner cells that everyone knows to be zero, where zeros are public.

    Args:
        structure: everything that is published together.
        secret: zeros that are left empty, as `secret_zeros` gives them.
    """
    seen = structure.open | structure.given
    return _told(structure, seen & (structure.values == 0) & ~secret)


def _told(structure: Structure, zero: Flags) -> Flags:
    """Inner cells that are zero, given cells that are.

    A zero says so of all its terms, and so does a relation one side of which is zero.
    """
    known = np.zeros(len(structure.counts), np.bool_)
    known[structure.cells.rows[zero[structure.cells.cell]]] = True
    rows, cell, signs = _relation_entries(structure)
    while True:
        before = known.copy()
        for side in (signs > 0, signs < 0):
            left = np.bincount(cell[side & ~known[rows]], minlength=len(structure.relations))
            known[rows[(left[cell] == 0) & ~side]] = True
        if (known == before).all():
            return known
