"""What flow cubes of a year have in common: the same migrations, so the same totals (M4, X2)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy import sparse

from folketall.audit.flow_atoms import Atoms, Matrix
from folketall.audit.published import Division, Ints
from folketall.audit.ties import groups_of_both
from folketall.cubes.declared import ADMINISTRATIVE


def tied(atoms: Sequence[Atoms]) -> Matrix:
    """Cubes that count the same migrations have the same totals by what they have in common."""
    first = np.cumsum([0, *(one.size for one in atoms)]).tolist()
    found: list[tuple[Ints, Ints, Ints]] = []
    rows: int = 0
    columns = int(first[-1])
    for one, two in combinations(range(len(atoms)), 2):
        for kind, its in _shared(atoms[one], atoms[two]):
            keys, size = _keys(atoms[one].divisions(kind), atoms[two].divisions(its))
            for at, name, key, way in ((one, kind, keys[0], 1), (two, its, keys[1], -1)):
                column = first[at] + atoms[at].first[name] + np.arange(len(key))
                found.append((key + rows, column, np.full(len(key), way, np.int64)))
            if kind != its:
                # Administrative out-registrations are some of the emigrations (M6).
                extra = np.arange(size, dtype=np.int64)
                sign = np.full(size, 1 if kind == ADMINISTRATIVE else -1)
                found.append((extra + rows, columns + extra, sign))
                columns += size
            rows += size
    if not found:
        return sparse.csr_matrix((0, columns))
    row, column, sign = (np.concatenate(of) for of in zip(*found, strict=True))
    return sparse.csr_matrix((sign.astype(float), (row, column)), (rows, columns))


def _shared(one: Atoms, two: Atoms) -> list[tuple[str, str]]:
    both = [(kind, kind) for kind in one.places if kind in two.places]
    part = (ADMINISTRATIVE, "emigration")
    crossing = [of for of in (part, part[::-1]) if of[0] in one.places and of[1] in two.places]
    return both + crossing


def _keys(one: list[Division], two: list[Division]) -> tuple[tuple[Ints, Ints], int]:
    """Of all finest counts of two cubes, the number of the total that both can sum."""
    its = {division.name: division for division in two}
    groups = {d.name: groups_of_both(d, its[d.name]) for d in one if d.name in its}
    size = int(np.prod([number for _, _, number in groups.values()], dtype=np.int64))
    keys = []
    for side, divisions in enumerate((one, two)):
        shape = [len(division.finest) for division in divisions]
        places = np.indices(shape).reshape(len(shape), -1)
        key = np.zeros(places.shape[1], np.int64)
        names = [division.name for division in divisions]
        for name, group in groups.items():
            key = key * group[2] + np.asarray(group[side])[places[names.index(name)]]
        keys.append(key)
    return (keys[0], keys[1]), size
