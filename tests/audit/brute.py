"""All counts that agree with what is published, one by one: for small tables only."""

from __future__ import annotations

from itertools import product

import numpy as np


def all_counts(equations, figures, least, most):
    """Every vector of whole numbers from least to most that fits."""
    rows = np.array(equations)
    return [
        x
        for x in product(*[range(low, most + 1) for low in least])
        if (rows @ np.array(x) == figures).all()
    ]
