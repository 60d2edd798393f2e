"""What `folketall show` shows: one cube, or the three tables of the statistics page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from rich.table import Table

from folketall.cubes.declared import NATION, Cube
from folketall.geography.regions import region_names
from folketall.model.errors import UsageError
from folketall.release.refugee_tables import cells_shown, refugee_tables
from folketall.release.tables import chosen_cells, cube_table

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
        period: year; None: the newest of the cube.
        level: level of region.
        region: one region code; None: all of the level.
        measure: one measure; None: all.
        across: dimension whose codes become columns.
        where: dimension to the one code wanted.

    Raises:
        UsageError: what was asked for is not declared, or not there, or too much to look at.
    """
    year = period or _newest(cells, cube or "refugees_by_category")
    if cube is None:
        return _of_statistics_page(cells, int(year), level, region or "0")
    if cube not in cubes:
        raise UsageError(f"there is no cube {cube}; there are {', '.join(cubes)}")
    wanted = chosen_cells(
        cells,
        cubes[cube],
        level=level,
        periods=(year,),
        regions=(region,) if region else (),
        measures=(measure,) if measure else (),
        codes={name: (code,) for name, code in where.items()},
    )
    rows = [row.asDict() for row in wanted.limit(MOST_CELLS + 1).collect()]
    if not rows:
        raise UsageError(f"no cell of {cube} is like that in {year}")
    if len(rows) > MOST_CELLS:
        raise UsageError(
            f"that is more than {MOST_CELLS} cells; choose with --region, --measure or --where, "
            f"or read published/{cube}.csv"
        )
    # The accounts of a year are in the boundaries of the next.
    names = region_names(date(int(rows[0]["geography"]), 1, 1), int(year))
    return [cube_table(rows, cubes[cube], columns=across or "measure", region_names=names)]


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
