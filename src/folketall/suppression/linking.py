"""Several tables side by side, and what everyone knows that they have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations

import numpy as np
import pandas as pd

from folketall.model.errors import UsageError
from folketall.suppression.cells import Cells, Flags, Ints
from folketall.suppression.structure import TOTAL, Structure


@dataclass(frozen=True, slots=True)
class Pair:
    """What two tables of the same persons have in common."""

    one: int
    two: int
    shared: Mapping[str, Sequence[tuple[str, str]]]
    """Dimension that both have to codes of the two that count the same."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A table whose persons, of some codes, are those of other tables together."""

    whole: int
    parts: tuple[int, ...]
    codes: Mapping[str, str]
    """Of the whole, the codes of dimensions that the parts do not have."""
    shared: Mapping[str, Sequence[tuple[str, ...]]]
    """Dimension that all have to codes of the whole and of each part that count the same."""


def linked(
    structures: Sequence[Structure],
    pairs: Sequence[Pair] | None = None,
    wholes: Sequence[Whole] = (),
) -> Structure:
    """Put several tables of the same persons side by side.

    The tables need have no common inner cells. Cells that have codes in common of the dimensions
    that two tables share, and `total` of the others, are the same number: a relation that everyone
    knows. Blocks are taken as they are, so give tables that are divided alike.

    Args:
        structures: the tables.
        pairs: what they have in common; if not given, the codes of equal name, `total` too.
        wholes: what is the sum of several tables.

    Raises:
        UsageError: two tables have different totals where they should have the same, or parts are
            not their whole.
    """
    counts = np.concatenate([s.counts for s in structures])
    offset = np.cumsum([0, *(len(s.cells) for s in structures)])
    given = _alike(structures) if pairs is None else pairs
    labels = [s.labels for s in structures]
    found = [
        _same_cells([labels[pair.one], labels[pair.two]], pair.shared)
        + offset[[pair.one, pair.two]]
        for pair in given
    ]
    sums = [
        _same_cells([labels[n] for n in (one.whole, *one.parts)], one.shared, one.codes)
        + offset[[one.whole, *one.parts]]
        for one in wholes
    ]
    same = [np.concatenate([np.zeros((0, 2), np.int64), *found]), *sums]
    cells = reduce(Cells.beside, (s.cells for s in structures))
    relations = reduce(Cells.and_then, map(cells.differences, same))
    if relations.values(counts).any():
        raise UsageError("linked tables of the same persons have different totals")
    coordinates = reduce(Cells.beside, (s.coordinates or s.cells for s in structures))
    return Structure(
        counts,
        cells,
        np.concatenate([s.block for s in structures]),
        relations,
        pd.concat([s.labels for s in structures], ignore_index=True),
        coordinates,
        reduce(Cells.and_then, map(coordinates.differences, same)),
        np.concatenate([s.block if s.place is None else s.place for s in structures]),
        np.concatenate([_last_of(s) for s in structures]),
        np.concatenate([s.open for s in structures]),
        np.concatenate([s.given for s in structures]),
        home=np.concatenate([_home_of(s) for s in structures]),
    )


def with_sums(structure: Structure, pairs: Ints) -> Structure:
    """The structure and, as further cells, sums of two of its cells each.

    Args:
        pairs: a row a new cell: the numbers of the two. They must have no inner cell in common.
    """
    coordinates = structure.coordinates or structure.cells
    last = _last_of(structure)
    labels = pd.DataFrame(index=range(len(pairs)), columns=structure.labels.columns, dtype=object)
    return replace(
        structure,
        cells=structure.cells.and_then(structure.cells.sums(pairs)),
        coordinates=coordinates.and_then(coordinates.sums(pairs)),
        labels=pd.concat([structure.labels, labels], ignore_index=True),
        last=np.concatenate((last, last[pairs].all(axis=1))),
    )


def _last_of(structure: Structure) -> Flags:
    return np.zeros(len(structure.cells), np.bool_) if structure.last is None else structure.last


def _home_of(structure: Structure) -> Ints:
    of = (structure.home, structure.place, structure.block)
    return next(one for one in of if one is not None)


def _alike(structures: Sequence[Structure]) -> list[Pair]:
    """Every pair, with the codes of equal name of the dimensions that both have."""
    found = []
    for (i, one), (j, two) in combinations(enumerate(structures), 2):
        names = [n for n in one.labels.columns if n in two.labels.columns and n != "table"]
        codes = {n: sorted({*one.labels[n]} & {*two.labels[n]}) for n in names}
        found.append(Pair(i, j, {name: [(c, c) for c in of] for name, of in codes.items()}))
    return found


def _same_cells(
    labels: Sequence[pd.DataFrame],
    shared: Mapping[str, Sequence[tuple[str, ...]]],
    codes: Mapping[str, str] | None = None,
) -> Ints:
    """Rows of cells, one of each table, that have the same codes of what the tables share.

    Other dimensions are at their total; of the first table, at the codes given.
    """
    kept = []
    for number, of in enumerate(labels):
        wanted = np.ones(len(of), np.bool_)
        keys: dict[str, pd.Series] = {}
        for name in of.columns:
            if name in shared:
                place = {codes_of[number]: at for at, codes_of in enumerate(shared[name])}
                keys[name] = of[name].map(place)
                wanted &= keys[name].notna().to_numpy()
            elif name != "table":
                at = (codes or {}).get(name, TOTAL) if number == 0 else TOTAL
                wanted &= of[name].eq(at).to_numpy()
        rows = pd.DataFrame(keys, index=of.index).loc[wanted]
        kept.append(rows.assign(**{f"cell{number}": np.flatnonzero(wanted)}))
    cells = [f"cell{number}" for number in range(len(labels))]
    if not shared:
        return np.array([[of[cell].iloc[0] for of, cell in zip(kept, cells, strict=True)]])
    both = reduce(lambda one, two: one.merge(two, on=list(shared)), kept)
    found: Ints = both[cells].to_numpy(np.int64)
    return found
