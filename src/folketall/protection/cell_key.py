"""`cell_key`: noise that belongs to the persons counted, not to the table (X1).

Every record has a key, drawn once from its identifier. A cell's key is the sum of its records'
keys, modulo KEYS; the noise is read from a table by the count and that key. So the same persons get
the same noise in every cube, at every level and in every run; asking again tells nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from folketall.cubes.keys import KEY, KEYS
from folketall.model.cells import FIGURES, KEYS_OF_FIGURES, Cells, part_of
from folketall.model.errors import UsageError
from folketall.protection.rounding import Reals, perturbed, reals, with_net

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Noise:
    """The perturbation table: for each count up to `top`, the chances of each change.

    Counts above `top` have the chances of `top`. Row 0 changes nothing: zero stays zero.
    """

    changes: tuple[int, ...]
    chances: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        for count, row in enumerate(self.chances):
            if len(row) != len(self.changes) or min(row) < 0 or abs(sum(row) - 1) > 1e-9:
                raise ValueError(f"the chances of count {count} are no chances of the changes")
            below = [c for c, p in zip(self.changes, row, strict=True) if p and count + c < 0]
            if below or (count == 0 and row[self.changes.index(0)] < 1):
                raise ValueError(f"count {count} may not become {count + min(below, default=1)}")

    @property
    def ends(self) -> NDArray[np.float64]:
        """By count, where the keys of each change end, as shares of all keys."""
        return np.cumsum(np.array(self.chances), axis=1)


def unbiased_noise(*, largest: int = 2, least_shown: int = 3) -> Noise:
    """A table whose noise is zero on average, at most `largest`, and never shows 1 … least_shown-1.

    Args:
        largest: change of counts from `least_shown` + `largest` on: all changes are as likely.
        least_shown: smaller counts become 0 or this, in proportion, so that they are right on
            average.
    """
    reach = max(largest, least_shown - 1)
    changes = tuple(range(-reach, reach + 1))
    rows = [_certain(changes, {0: 1.0})]
    for count in range(1, least_shown):
        up = count / least_shown
        rows.append(_certain(changes, {-count: 1 - up, least_shown - count: up}))
    for count in range(least_shown, least_shown + largest):
        room = min(largest, count - least_shown)
        rows.append(_even(changes, room))
    rows.append(_even(changes, largest))
    return Noise(changes, tuple(rows))


def _even(changes: tuple[int, ...], room: int) -> tuple[float, ...]:
    return _certain(changes, dict.fromkeys(range(-room, room + 1), 1 / (2 * room + 1)))


def _certain(changes: tuple[int, ...], chance: dict[int, float]) -> tuple[float, ...]:
    return tuple(chance.get(change, 0.0) for change in changes)


def record_keys(identifiers: pd.Series, *, secret: str) -> pd.Series:
    """The key of every record, from its identifier alone (X1).

    Args:
        identifiers: of the records.
        secret: kept by the office; another secret, other keys.
    """
    key = hashlib.blake2b(secret.encode(), digest_size=8).hexdigest()
    drawn = pd.util.hash_array(identifiers.astype(str).to_numpy(object), hash_key=key)
    return pd.Series((drawn >> np.uint64(32)).astype(np.int64), index=identifiers.index)


def perturb(counts: Ints, keys: Ints, noise: Noise) -> Ints:
    """Counts with the noise of their keys (X1).

    Args:
        counts: persons of each cell.
        keys: the sum of their record keys, modulo KEYS or not.
        noise: the perturbation table.

    Returns:
        The counts to publish; those of zero persons are zero.
    """
    share = (keys % KEYS) / KEYS
    ends = noise.ends[np.minimum(counts, len(noise.chances) - 1)]
    change = np.array(noise.changes)[
        np.minimum((share[:, None] >= ends).sum(axis=1), ends.shape[1] - 1)
    ]
    found: Ints = np.where(counts == 0, 0, counts + change)
    return found


def cell_key(cells: Cells, *, threshold: int) -> Cells:
    """Counts with the noise of the records they count (X1).

    Args:
        cells: in the shape of CUBE, whole counts, with the sums of the records' keys.
        threshold: the smallest count that is shown, but 0.

    Returns:
        PUBLISHED_CUBE: a row for every row, all `perturbed`; `net` is computed from the published
        terms (X5).

    Raises:
        UsageError: the keys were not summed when the cells were counted.
    """
    if cells[KEY].null_count:
        raise UsageError(f"cell_key: {part_of(cells)[0]} has no keys; run the step cube again")
    noise = unbiased_noise(least_shown=threshold)
    shown = [
        _with_noise(reals(cells, figure), reals(cells, key), noise)
        for figure, key in zip(FIGURES, KEYS_OF_FIGURES, strict=True)
    ]
    return perturbed(cells, with_net(cells, shown))


def _with_noise(counts: Reals, keys: Reals, noise: Noise) -> Reals:
    """The counts perturbed; where there is none there will be none, and a net is no count."""
    shown = counts.copy()
    at = np.flatnonzero(counts >= 0)
    shown[at] = perturb(counts[at].astype(np.int64), keys[at].astype(np.int64), noise)
    return shown
