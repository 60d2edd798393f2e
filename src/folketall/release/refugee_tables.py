"""The three tables of "Persons with refugee background", in the office's own layout."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from rich.table import Table

from folketall.cubes.countries import foreign_groups
from folketall.cubes.declared import FAMILY, NATION, NATION_CODE, PRINCIPAL, TOTAL
from folketall.release.figures import SYMBOLS, Cells, Row, figure
from folketall.release.labels import label

CATEGORIES = (TOTAL, "principal", *PRINCIPAL, "family", *FAMILY)
RESIDENCE = {
    "0-4": "0-4 years of residence",
    "5-9": "5-9 years of residence",
    "10-19": "10-19 years of residence",
    "20+": "20 years and more of residence",
}
SEXES = {TOTAL: "Total", "1": "Males", "2": "Females"}
SHOWN_BY_CITIZENSHIP = foreign_groups()[:-1]
"""The office leaves "Unknown and other" out of the table by citizenship."""
CUBES_SHOWN = (
    "refugees_by_category",
    "refugees_share",
    "refugees_by_residence",
    "refugees_by_citizenship",
)


def cells_shown(
    published: DataFrame, *, year: int, level: str = NATION, region: str = NATION_CODE
) -> DataFrame:
    """The few published cells that the three tables of a place and year are made of."""
    return published.where(
        F.col("cube").isin(list(CUBES_SHOWN))
        & (F.col("period") == str(year))
        & (F.col("geography") == str(year))
        & (F.col("level") == level)
        & (F.col("region") == region)
    )


def refugee_tables(
    rows: Iterable[Row],
    *,
    year: int,
    level: str = NATION,
    region: str = NATION_CODE,
    name: str = "",
) -> list[Table]:
    """The three tables, from the rows of `cells_shown`.

    Args:
        rows: collected cells; one that is not there is printed as missing.
        year: of the 1 January.
        level: level of the region.
        region: its code.
        name: of the region, for the titles; none for the nation.
    """
    place = {"period": str(year), "geography": str(year), "level": level, "region": region}
    cells = Cells.of(rows)
    where = f". {name}" if name else ""
    return [
        _by_category(cells, place, year, where),
        _by_residence(cells, place, year, where),
        _by_citizenship(cells, place, year, where),
    ]


def _by_category(cells: Cells, place: dict[str, str], year: int, where: str) -> Table:
    table = _table(f"Persons with refugee background. 1 January{where}")
    for heading in (
        f"{year}\n",
        f"{year - 1} - {year}\nChange in per cent",
        f"{year}\nProportion of persons with refugee background of all immigrants. Per cent",
        f"{year}\nProportion of persons with refugee background of the whole population. Per cent",
    ):
        table.add_column(heading, justify="right", max_width=26)
    shares = ("change_on_year", "share_of_immigrants", "share_of_population")
    for category in CATEGORIES:
        count = cells.find(
            cube="refugees_by_category", **place, category=category, measure="persons"
        )
        found = [
            cells.find(cube="refugees_share", **place, category=category, measure=measure)
            for measure in shares
        ]
        table.add_row(
            _indented(category),
            figure(count),
            *[figure(share, decimals=1) for share in found],
            style="bold" if category in (TOTAL, "principal", "family") else None,
        )
    return table


def _by_residence(cells: Cells, place: dict[str, str], year: int, where: str) -> Table:
    table = _table(
        f"Persons with refugee background, by years of residence and country background{where}"
    )
    for heading in RESIDENCE.values():
        table.add_column(f"{year}\n{heading}", justify="right", max_width=12)

    def found(group: str) -> list[Row | None]:
        return [
            cells.find(
                cube="refugees_by_residence",
                **place,
                years_of_residence=years,
                country_group=group,
                measure="persons",
            )
            for years in RESIDENCE
        ]

    # Small regions have no more than the total.
    crossed = any(any(found(group)) for group in foreign_groups())
    for group in foreign_groups() if crossed else (TOTAL,):
        table.add_row(group if crossed else "Total", *map(figure, found(group)))
    return table


def _by_citizenship(cells: Cells, place: dict[str, str], year: int, where: str) -> Table:
    table = _table(f"Persons with refugee background by sex and citizenship{where}")
    for heading in SEXES.values():
        table.add_column(f"{year}\n{heading}", justify="right", max_width=12)
    for citizenship in ("norwegian", "foreign"):
        crossed = place["level"] not in ("economic_region", "municipality")
        for group in (TOTAL, *(SHOWN_BY_CITIZENSHIP if crossed else ())):
            found = [
                cells.find(
                    cube="refugees_by_citizenship",
                    **place,
                    citizenship=citizenship,
                    sex=sex,
                    country_group=group,
                    measure="persons",
                )
                for sex in SEXES
            ]
            word = label("citizenship", citizenship)
            word = word if citizenship == "norwegian" else word.lower()
            heading = f"Refugees with {word} citizenship, total"
            total = group == TOTAL
            table.add_row(
                heading if total else f"  {group}",
                *map(figure, found),
                style="bold" if total else None,
            )
    return table


def _indented(category: str) -> str:
    inner = category in (*PRINCIPAL, *FAMILY)
    return ("  " if inner else "") + label("category", category)


def _table(title: str) -> Table:
    table = Table(title=title, caption=SYMBOLS, title_justify="left", caption_justify="left")
    table.add_column("", min_width=30, max_width=58)
    return table
