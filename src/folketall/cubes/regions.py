"""From municipalities to every level of region, in the boundaries of one year.

The regions are declared in plain Python, so they can be numbered before any register is read:
cells are then counted and exchanged by number, and get their codes at the very end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.cubes.declared import LEVELS, NATION, NATION_CODE, UNKNOWN

REGION_KEY = ("period", "geography", "level", "region")
RegionsOfYear = Mapping[int, Sequence[tuple[str, str, str]]]
"""Year of boundaries to its (municipality, level, region), as `geography.regions.regions` gives."""


@dataclass(frozen=True, slots=True)
class Regions:
    """Every declared region of every year with its number, and the numbers of a municipality."""

    keys: tuple[tuple[str, str, str, str], ...]
    """REGION_KEY of each region; its place in the tuple is its number."""
    places: tuple[tuple[str, str, tuple[int, ...]], ...]
    """(geography, municipality, its region's number at each level)."""
    unknown: Mapping[str, tuple[int, ...]]
    """Geography to the numbers of a municipality that no list knows."""

    @property
    def years(self) -> list[int]:
        return [int(geography) for geography in self.unknown]

    def by_period(self) -> Iterator[range]:
        """The numbers of each period's regions, which follow one another."""
        first = 0
        for _, keys in groupby(self.keys, key=lambda key: key[:2]):
            last = first + len(list(keys))
            yield range(first, last)
            first = last


def numbered(regions: RegionsOfYear, *, period_before: int = 0) -> Regions:
    """Number the regions of all years, `unknown` of each level among them.

    Args:
        regions: by the year of the boundaries.
        period_before: years by which the period is earlier than the boundaries (the accounts).
    """
    keys: dict[tuple[str, str, str, str], int] = {}
    places: list[tuple[str, str, tuple[int, ...]]] = []
    unknown: dict[str, tuple[int, ...]] = {}
    for year, rows in sorted(regions.items()):
        period, geography = str(year - period_before), str(year)

        def number(level: str, region: str, *, of: tuple[str, str] = (period, geography)) -> int:
            return keys.setdefault((*of, level, region), len(keys))

        # G3: who lives in an unknown municipality lives in the nation all the same.
        unknown[geography] = tuple(
            number(level, NATION_CODE if level == NATION else UNKNOWN) for level in LEVELS
        )
        codes: dict[str, dict[str, str]] = {}
        for municipality, level, region in rows:
            codes.setdefault(municipality, {})[level] = region
        for municipality, at in sorted(codes.items()):
            at[NATION] = NATION_CODE
            found = tuple(number(level, at.get(level, UNKNOWN)) for level in LEVELS)
            places.append((geography, municipality, found))
    return Regions(tuple(keys), tuple(places), unknown)


def with_regions(df: DataFrame, regions: Regions, code: str, prefix: str) -> DataFrame:
    """Add one column a level, `<prefix>_<level>`: the number of the region.

    A municipality that is not in the list, 9999 among them, is in `unknown` (G3).

    Args:
        df: has `geography` and the column named by `code`; no row is lost or doubled.
        regions: the numbered regions.
        code: name of the column with the municipality.
        prefix: of the names of the new columns.
    """
    columns = [f"{prefix}_{level}" for level in LEVELS]
    schema = "_geography string, _code string, " + ", ".join(f"{name} int" for name in columns)
    at = df.sparkSession.createDataFrame([(g, m, *found) for g, m, found in regions.places], schema)
    fits = (F.col("geography") == F.col("_geography")) & (F.col(code) == F.col("_code"))
    joined = df.join(F.broadcast(at), fits, "left").drop("_geography", "_code")
    numbers = ", ".join(f"'{year}', array{at}" for year, at in regions.unknown.items())
    unknown = F.expr(f"map({numbers})")[F.col("geography")]
    return joined.withColumns(
        {name: F.coalesce(name, unknown[place]) for place, name in enumerate(columns)}
    )
