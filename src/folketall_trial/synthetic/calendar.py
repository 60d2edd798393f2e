"""Days as numbers since 1970, and when the register was delivered."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

CPR_FULL = date(2025, 2, 1)
CPR_INCREMENTS = (date(2025, 3, 1), date(2025, 3, 15))
UDB_FULL = date(2025, 3, 1)
CENSUS_FULL = date(2024, 1, 15)
REASON_FILES_FULL = date(2024, 1, 15)
END = date(2025, 3, 14)
"""The last day of the synthetic world; the newest delivery comes the day after."""
CENSUS_DAYS = (date(1960, 11, 1), date(1970, 11, 1))
_EPOCH = date(1970, 1, 1)


def day(year: int, month: int, day_of_month: int) -> int:
    return (date(year, month, day_of_month) - _EPOCH).days


def number(when: date) -> int:
    return (when - _EPOCH).days


STOCK = day(2025, 1, 1)
"""The stock that the register is made to agree with."""
BEFORE = day(2024, 1, 1)
"""The stock that the change on the year is counted from."""
PENDING = (day(1987, 3, 1), day(1994, 1, 31))
"""H2: asylum seekers were registered as residents while their cases were pending."""
WAIT = (90, 500)
"""Days that they waited: at least, at most."""
LAST = number(END)
DELIVERED = tuple(number(when) for when in (CPR_FULL, *CPR_INCREMENTS))


def new_year(years: Ints) -> Ints:
    """1 January of each year."""
    return (years - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)


def year_of(days: Ints) -> Ints:
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def cpr_delivery(registered: Ints) -> Ints:
    """Which CPR delivery brings a row registered on the day; as many as there are: none does."""
    return np.searchsorted(np.array(DELIVERED), registered, side="right")
