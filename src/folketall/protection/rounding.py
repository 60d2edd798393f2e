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

ROUNDED, PERTURBED, SUPPRESSED = "rounded", "perturbed", "suppressed"
"""What `status` says (X1): 3 stands for three or fewer; every cell of the cube may have been
changed; left empty. No status tells of a single cell whether it was changed.
"""
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]


def publish(cells: Cells) -> Cells:
    """Public counts as they are (X0)."""
    return decided(cells, cells["value"].to_numpy())


def round_up(cells: Cells, *, threshold: int) -> Cells:
    """Counts from 1 to the threshold are all shown as the threshold (X1: 1, 2 and 3 as 3).

    Args:
        cells: in the shape of CUBE.
        threshold: the smallest count that is shown; it stands for itself or fewer.

    Returns:
        PUBLISHED_CUBE: a row for every row. Every count shown as the threshold is `rounded`,
        also where it was the threshold. `net` is computed from the published terms (X5), and is
        `rounded` where one of them is.
    """

    def small(name: str) -> Flags:
        value = reals(cells, name)
        found: Flags = (value >= 1) & (value <= threshold)
        return found

    shown = [np.where(small(name), float(threshold), reals(cells, name)) for name in FIGURES]
    own, plus, minus = (small(name) for name in FIGURES)
    return decided(
        cells, with_net(cells, shown), np.where(_is_net(cells), plus | minus, own), ROUNDED
    )


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

    return decided(cells, with_net(cells, [shown(reals(cells, name)) for name in FIGURES]))


def nothing_published(cells: Cells) -> Cells:
    """Every cell is left empty: what no method was chosen for."""
    return decided(cells, np.full(cells.num_rows, np.nan))


def perturbed(cells: Cells, value: Reals) -> Cells:
    """The cells of a cube that any method may have changed: all have the same status (X1).

    Args:
        cells: in the shape of CUBE.
        value: to publish; NaN is left empty.

    Returns:
        PUBLISHED_CUBE: every cell that is not empty is `perturbed`, changed or not.
    """
    return decided(cells, value, np.ones(cells.num_rows, np.bool_), PERTURBED)


def decided(
    cells: Cells, value: Reals, marked: Flags | None = None, status: str = SUPPRESSED
) -> Cells:
    """The cells as they are published.

    Args:
        cells: in the shape of CUBE.
        value: to publish; NaN is left empty, and then `suppressed`.
        marked: which of the cells that are not empty have a status; None: none of them.
        status: of those marked.

    Returns:
        PUBLISHED_CUBE.
    """
    empty = np.isnan(value)
    with_status = empty if marked is None else empty | marked
    codes = list(dict.fromkeys((SUPPRESSED, status)))
    code = np.where(empty, 0, len(codes) - 1).astype(np.int32)
    said = pa.DictionaryArray.from_arrays(pa.array(code, mask=~with_status), pa.array(codes))
    columns = {name: cells[name] for name in cells.column_names}
    columns |= {"value": pa.array(value, mask=empty), "status": said}
    return pa.table({name: columns[name] for name in PUBLISHED_CUBE.columns})


def with_net(cells: Cells, shown: Sequence[Reals]) -> Reals:
    """The figures of cells changed one by one; a net is computed from its terms as shown (X5).

    The terms come with the net, so that no cell has to look for another; a net whose terms are
    missing is NaN, and so empty.

    Args:
        cells: in the shape of CUBE.
        shown: what each of FIGURES becomes; NaN is left empty.

    Returns:
        A figure for every row.
    """
    own, plus, minus = shown
    found: Reals = np.where(_is_net(cells), plus - minus, own)
    return found


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
