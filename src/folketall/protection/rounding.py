"""`round_up` and `leave_empty`: every small count is changed by itself (X1).

Neither promises anything about what can be computed from margins: they are the office's own
treatment of migrations, where small flows are no secret once three is added up.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from folketall.model.cells import FIGURES, Cells
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

    def shown(value: Reals) -> Reals:
        return np.where((value >= 1) & (value < threshold), float(threshold), value)

    return with_net(cells, [shown(reals(cells, name)) for name in FIGURES], ROUNDED)


def leave_empty(cells: Cells, *, threshold: int) -> Cells:
    """Counts from 1 to the threshold are left empty (X1).

    Args:
        cells: in the shape of CUBE.
        threshold: the largest count that is not shown.

    Returns:
        PUBLISHED_CUBE: a row for every row; `net` is empty where a term of it is (X5).
    """

    def shown(value: Reals) -> Reals:
        return np.where((value >= 1) & (value <= threshold), np.nan, value)

    return with_net(cells, [shown(reals(cells, name)) for name in FIGURES], SUPPRESSED)


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


def with_net(cells: Cells, shown: Sequence[Reals], status: str) -> Cells:
    """Cells that were changed one by one; a net is computed from its terms as shown (X5).

    The terms come with the net, so that no cell has to look for another; a net whose terms are
    missing is NaN, and so empty.

    Args:
        cells: in the shape of CUBE.
        shown: what each of FIGURES becomes; NaN is left empty.
        status: of what is not empty and changed, or whose terms did.

    Returns:
        PUBLISHED_CUBE: a row for every row.
    """
    own, plus, minus = (
        (figure, figure != reals(cells, name)) for name, figure in zip(FIGURES, shown, strict=True)
    )
    net = _is_net(cells)
    published = np.where(net, plus[0] - minus[0], own[0])
    return decided(cells, published, np.where(net, plus[1] | minus[1], own[1]), status)


def _is_net(cells: Cells) -> Flags:
    measure = cells["measure"].combine_chunks()
    codes = measure.dictionary.to_pylist()
    net = np.array([code == "net" for code in codes])
    found: Flags = net[measure.indices.to_numpy()]
    return found


def reals(cells: Cells, name: str) -> Reals:
    """A column of figures; NaN where there is none."""
    found: Reals = cells[name].to_numpy()
    return found
