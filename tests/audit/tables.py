"""Drawn tables for the audit: rows of text, `.` where a cell is empty."""

from __future__ import annotations

import numpy as np

from folketall.audit.published import Division, PublishedTable


def division(name, finest, **sums):
    """A dimension of finest codes, with sums of them: `total="abc"` or lists."""
    place = {code: number for number, code in enumerate(finest)}
    members = {code: [number] for code, number in place.items()}
    members |= {code: [place[one] for one in of] for code, of in sums.items()}
    return Division(name, tuple(finest), members)


def table(name, divisions, cells, counts=None, primary=None):
    """Cells as {(code, ...): value or None}, in the order given."""
    keys = list(cells)
    return PublishedTable(
        name=name,
        divisions=tuple(divisions),
        codes=tuple(
            np.array([d.number[key[place]] for key in keys], np.int64)
            for place, d in enumerate(divisions)
        ),
        value=np.array([cells[key] or 0 for key in keys], np.int64),
        known=np.array([cells[key] is not None for key in keys], np.bool_),
        count=None if counts is None else np.array([counts[key] for key in keys], np.int64),
        primary=None if primary is None else np.array([key in primary for key in keys], np.bool_),
    )
