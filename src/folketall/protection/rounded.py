"""`small_count_rounding`: one cube and period, every level and margin the sum of rounded counts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from folketall.cubes.declared import MIGRATIONS, Cube
from folketall.protection.joint import joint
from folketall.protection.joint_flows import joint_flows
from folketall.protection.layout import refuse_other_sums
from folketall.protection.parts import Places
from folketall.protection.rows import terms_of_nets
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
    net, plus, minus = terms_of_nets(table, cubes)
    shown[net] = shown[plus] - shown[minus]
    return shown
