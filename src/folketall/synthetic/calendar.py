"""When the register was delivered, and the last day it knows of."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column
from pyspark.sql import functions as F

CPR_FULL = date(2025, 2, 1)
CPR_INCREMENTS = (date(2025, 3, 1), date(2025, 3, 15))
UDB_FULL = date(2025, 3, 1)
CENSUS_FULL = date(2024, 1, 15)
REASON_FILES_FULL = date(2024, 1, 15)
END = date(2025, 3, 14)
"""The last day of the synthetic world; the newest delivery comes the day after."""
UDB_END = date(2025, 2, 28)
CENSUS_DAYS = (date(1960, 11, 1), date(1970, 11, 1))


def cpr_delivery(registered: Column) -> Column:
    """The delivery that brings a row registered on the day; null when it comes after them all."""
    chosen = F.when(registered < F.lit(CPR_FULL), F.lit(CPR_FULL))
    for delivered in CPR_INCREMENTS:
        chosen = chosen.when(registered < F.lit(delivered), F.lit(delivered))
    return chosen.otherwise(F.lit(None).cast("date"))
