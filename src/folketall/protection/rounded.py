"""`small_count_rounding`: one cube and period, every level and margin the sum of rounded counts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from folketall.cubes.declared import MIGRATIONS, Cube
from folketall.model.tables import CELL_KEY
from folketall.protection.joint import joint
from folketall.protection.joint_flows import joint_flows
from folketall.protection.layout import refuse_other_sums
from folketall.protection.parts import Places
from folketall.protection.small_count_rounding import small_count_rounding

Reals = NDArray[np.float64]


def rounded_table(
    table: pd.DataFrame,
    inner: pd.DataFrame,
    cubes: Mapping[str, Cube],
    places: Places,
    threshold: int,
) -> Reals:
    """One cube and period with small inner cells rounded, and every margin the sum of these (X1).

    Args:
        table: CUBE, of one cube and period.
        inner: INNER_CELL, of the same.
        cubes: the declaration.
        places: one that is not there is unknown at every level (G3).
        threshold: inner counts from 1 to below this become 0 or this.

    Returns:
        The figure of every row; NaN where it is no sum of inner cells. A net is the difference of
        rounded figures.
    """
    cube = cubes[str(table["cube"].iloc[0])]
    lay = joint_flows if cube.counts == MIGRATIONS else joint
    counts, cells, cell = lay(table, inner, cube, places)
    refuse_other_sums(table, cells.values(counts), cell)
    values = cells.values(small_count_rounding(counts, cells, base=threshold)).astype(float)
    shown = np.where(cell < 0, np.nan, values[cell])
    return shown if cube.net_of is None else _with_nets(table, cube.net_of, shown)


def _with_nets(table: pd.DataFrame, terms: tuple[str, str], shown: Reals) -> Reals:
    """Nets as differences of the figures beside them (X5)."""
    keys = [name for name in CELL_KEY if name != "measure"]
    cell = table.groupby(keys, dropna=False, sort=False).ngroup().to_numpy()
    measure = table["measure"].to_numpy(str)
    found = shown.copy()
    net = measure == "net"
    sums = []
    for term in terms:
        of = np.full(cell.max(initial=-1) + 1, np.nan)
        of[cell[measure == term]] = shown[measure == term]
        sums.append(of)
    found[net] = (sums[0] - sums[1])[cell[net]]
    return found
