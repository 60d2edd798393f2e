"""`round_up` and `leave_empty`: every small count is changed by itself (X1).

Neither promises anything about what can be computed from margins: they are the office's own
treatment of migrations, where small flows are no secret once three is added up.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from folketall.model.cells import Cells
from folketall.model.tables import PUBLISHED_CUBE

ROUNDED, SUPPRESSED = "rounded", "suppressed"
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]


def round_up(cells: Cells, *, threshold: int) -> Cells:
    """Counts from 1 to below the threshold become the threshold (X1: 1 and 2 become 3).

    Args:
        cells: in the shape of CUBE.
        threshold: the smallest count that is shown.

    Returns:
        PUBLISHED_CUBE: a row for every row; `net` is computed from the published terms (X5).
    """

    def small(value: Reals) -> Flags:
        return (value >= 1) & (value <= threshold - 1)

    def shown(value: Reals) -> Reals:
        return np.where(small(value), float(threshold), value)

    return _each_by_itself(cells, shown, small, ROUNDED)


def leave_empty(cells: Cells, *, threshold: int) -> Cells:
    """Counts from 1 to the threshold are left empty (X1).

    Args:
        cells: in the shape of CUBE.
        threshold: the largest count that is not shown.

    Returns:
        PUBLISHED_CUBE: a row for every row; `net` is empty where a term of it is (X5).
    """

    def small(value: Reals) -> Flags:
        return (value >= 1) & (value <= threshold)

    def shown(value: Reals) -> Reals:
        return np.where(small(value), np.nan, value)

    return _each_by_itself(cells, shown, small, SUPPRESSED)


def nothing_published(cells: Cells) -> Cells:
    """Every cell is left empty: what no method was chosen for."""
    return decided(cells, np.full(cells.num_rows, np.nan), np.ones(cells.num_rows, np.bool_))


def decided(cells: Cells, value: Reals, changed: Flags, status: str = SUPPRESSED) -> Cells:
    """The cells as they are published.

    Args:
        cells: in the shape of CUBE.
        value: to publish; NaN is left empty, and then `suppressed`.
        changed: which cells have a status.
        status: of those changed and not empty.

    Returns:
        PUBLISHED_CUBE.
    """
    empty = np.isnan(value)
    codes = list(dict.fromkeys((SUPPRESSED, status)))
    code = np.where(empty, 0, len(codes) - 1).astype(np.int32)
    said = pa.DictionaryArray.from_arrays(pa.array(code, mask=~(empty | changed)), pa.array(codes))
    columns = {name: cells[name] for name in cells.column_names}
    columns |= {"value": pa.array(value, mask=empty), "status": said}
    return pa.table({name: columns[name] for name in PUBLISHED_CUBE.columns})


def _each_by_itself(
    cells: Cells,
    shown: Callable[[Reals], Reals],
    small: Callable[[Reals], Flags],
    status: str,
) -> Cells:
    """Change small counts; a net is never changed itself but computed from its terms (X5).

    The terms come with the net, so that no cell has to look for another; a net whose terms are
    missing is NaN, and so empty.
    """
    value, plus, minus = (_reals(cells, name) for name in ("value", "plus", "minus"))
    net = _is_net(cells)
    published = np.where(net, shown(plus) - shown(minus), shown(value))
    changed = np.where(net, small(plus) | small(minus), small(value))
    return decided(cells, published, changed, status)


def _is_net(cells: Cells) -> Flags:
    measure = cells["measure"].combine_chunks()
    codes = measure.dictionary.to_pylist()
    net = np.array([code == "net" for code in codes])
    found: Flags = net[measure.indices.to_numpy()]
    return found


def _reals(cells: Cells, name: str) -> Reals:
    """A column of figures; NaN where there is none."""
    found: Reals = cells[name].to_numpy()
    return found
