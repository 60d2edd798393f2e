"""What `folketall show` shows: one cube, or the three tables of the statistics page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from types import MappingProxyType

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from rich.table import Table

from folketall.cubes.declared import NATION, Cube
from folketall.geography.regions import region_names
from folketall.geography.territories import breaks
from folketall.model.errors import UsageError
from folketall.release.figures import Row
from folketall.release.refugee_tables import cells_shown, refugee_tables
from folketall.release.tables import chosen_cells, cube_table

PERIOD = "period"
MOST_CELLS = 20_000
"""More than anyone looks at; the files hold them all."""


def drawn_tables(
    cells: DataFrame,
    cubes: Mapping[str, Cube],
    *,
    cube: str | None = None,
    period: str | None = None,
    level: str = NATION,
    region: str | None = None,
    measure: str | None = None,
    across: str | None = None,
    where: Mapping[str, str] = MappingProxyType({}),
) -> list[Table]:
    """Lay out the cells asked for.

    Args:
        cells: PUBLISHED_CUBE.
        cubes: the declaration.
        cube: name of the cube; None: the three tables of the statistics page.
        period: year; None: the newest of the cube, or all that it has where they go across.
        level: level of region.
        region: one region code; None: all of the level.
        measure: one measure; None: all.
        across: dimension whose codes become columns; `period` gives a time series.
        where: dimension to the one code wanted.

    Raises:
        UsageError: what was asked for is not declared, or not there, or too much to look at.
    """
    if cube is None:
        year = period or _newest(cells, "refugees_by_category")
        return _of_statistics_page(cells, int(year), level, region or "0")
    if cube not in cubes:
        raise UsageError(f"there is no cube {cube}; there are {', '.join(cubes)}")
    columns = across or "measure"
    # A series is of every period that there is, but for those that were asked for.
    periods = (period,) if period else () if columns == PERIOD else (_newest(cells, cube),)
    wanted = chosen_cells(
        cells,
        cubes[cube],
        level=level,
        periods=periods,
        regions=(region,) if region else (),
        measures=(measure,) if measure else (),
        codes={name: (code,) for name, code in where.items()},
    )
    rows = _collected(wanted, cube, periods)
    names, found = _names_and_breaks(rows, level)
    return [cube_table(rows, cubes[cube], columns=columns, region_names=names, breaks=found)]


def _collected(wanted: DataFrame, cube: str, periods: Sequence[str]) -> list[Row]:
    """The cells, if there are any and not too many to look at."""
    rows: list[Row] = [row.asDict() for row in wanted.limit(MOST_CELLS + 1).collect()]
    if not rows:
        raise UsageError(f"no cell of {cube} is like that in {' or '.join(periods) or 'any year'}")
    if len(rows) > MOST_CELLS:
        raise UsageError(
            f"that is more than {MOST_CELLS} cells; choose with --region, --measure or --where, "
            f"or read published/{cube}.csv"
        )
    return rows


def _names_and_breaks(
    rows: Sequence[Row], level: str
) -> tuple[dict[tuple[str, str], str], set[tuple[str, str]]]:
    """The names of all regions, the newest of each; and where a series is broken (G1)."""
    # The accounts of a year are in the boundaries of the next.
    of = sorted({(int(row["period"]), date(int(row["geography"]), 1, 1)) for row in rows})
    names: dict[tuple[str, str], str] = {}
    for year, day in of:
        names |= region_names(day, year)
    found = {
        (str(year), region)
        for (before, start), (year, end) in pairwise(of)
        for region in breaks(level, (start, before), (end, year))
    }
    return names, found


def _of_statistics_page(cells: DataFrame, year: int, level: str, region: str) -> list[Table]:
    shown = cells_shown(cells, year=year, level=level, region=region)
    rows = [row.asDict() for row in shown.collect()]
    if not rows:
        raise UsageError(f"no figures of {level} {region} for {year}")
    names = region_names(date(year, 1, 1))
    name = "" if level == "nation" else names.get((level, region), region)
    return refugee_tables(rows, year=year, level=level, region=region, name=name)


def _newest(cells: DataFrame, cube: str) -> str:
    found = cells.where(F.col("cube") == cube).agg(F.max("period")).collect()[0][0]
    if found is None:
        raise UsageError(f"there is no published cube {cube}; `folketall show --help` tells more")
    return str(found)
