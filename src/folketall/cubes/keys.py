"""What records add to a cell: themselves, and for `cell_key` a key each (X1).

A record's key is drawn from its identifier and the office's secret, and a cell's is the sum of its
records' keys: so it depends on who is counted, and on no cube, level or run.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.cubes.declared import Cube

KEYS = 2**32
"""Keys are from 0 to this, less one; sums are modulo this."""
N, KEY = "n", "key"


@dataclass(frozen=True, slots=True)
class Keyed:
    """The cubes whose records' keys are summed; the others cost nothing."""

    cubes: Collection[str] = ()
    secret: str = field(default="", repr=False)
    """`keys.secret`."""

    def record(self, cube: Cube, identifier: str) -> list[Column]:
        """What a row adds to its cell: `n`, and its `key` where the cube needs one (X1).

        Args:
            cube: that counts it.
            identifier: the column that names what is counted.
        """
        key = record_key(identifier, secret=self.secret).alias(KEY)
        return [F.lit(1).alias(N), *([key] if cube.name in self.cubes else [])]


UNKEYED = Keyed()


def record_key(identifier: str, *, secret: str) -> Column:
    """The key of each record, from its identifier and the secret alone (X1)."""
    digest = F.sha2(F.concat_ws("\0", F.lit(secret), F.col(identifier).cast("string")), 256)
    return F.conv(F.substring(digest, 1, 8), 16, 10).cast("long")


def figures(rows: DataFrame) -> list[str]:
    """The columns that are added up: `n`, and `key` where the rows have it."""
    return [name for name in (N, KEY) if name in rows.columns]


def summed(rows: DataFrame) -> DataFrame:
    """Add up the figures of the rows that are alike in all else."""
    # Modulo at every stage, so that no sum of sums outgrows a long.
    sums = {N: F.sum(N), KEY: F.pmod(F.sum(KEY), F.lit(KEYS))}
    alike = [name for name in rows.columns if name not in sums]
    return rows.groupBy(*alike).agg(*[sums[name].alias(name) for name in figures(rows)])
