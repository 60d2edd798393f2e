"""What a run did, on one screen."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table


def counted(df: DataFrame, *by: str) -> dict[tuple[str, ...], int]:
    """Count the rows of a table by a few columns: a handful of figures."""
    rows = df.groupBy(*by).agg(F.count(F.lit(1)).alias("n")).orderBy(*by).collect()
    return {tuple(str(row[name]) for name in by): int(row["n"]) for row in rows}


def cells_by_cube(published: DataFrame) -> dict[str, tuple[int, int]]:
    """Cube to how many cells are published, and how many of all have been protected."""
    rows = (
        published.groupBy("cube")
        .agg(F.count("value").alias("published"), F.count("status").alias("protected"))
        .orderBy("cube")
        .collect()
    )
    return {row["cube"]: (int(row["published"]), int(row["protected"])) for row in rows}


def run_summary(
    *,
    persons: int,
    links: Mapping[tuple[str, ...], int],
    reasons: Mapping[tuple[str, ...], int],
    oddities: Mapping[tuple[str, ...], int],
    cells: Mapping[str, tuple[int, int]],
    places: Mapping[str, str],
) -> RenderableType:
    """Lay out the small figures of a run.

    Args:
        persons: persons in the warehouse.
        links: (method,) to DUF numbers.
        reasons: (rule,) to immigrants.
        oddities: (rule, what) to rows noted.
        cells: cube to cells published and cells protected.
        places: what is where: words to folder or file.
    """
    counts = [
        _counts("Links by method", ("Method",), links),
        _counts("Reasons by rule", ("Rule",), reasons),
        _counts("Noted by rule", ("Rule", "What"), oddities),
    ]
    where = Table.grid(padding=(0, 2))
    for what, place in places.items():
        where.add_row(what, place)
    return Group(
        f"\n[bold]{_whole(persons)}[/bold] persons\n",
        Columns(counts, padding=(0, 3)),
        Padding(_cells(cells), (1, 0)),
        where,
    )


def _counts(title: str, names: tuple[str, ...], counts: Mapping[tuple[str, ...], int]) -> Table:
    table = Table(title=title, title_justify="left", show_footer=True)
    for place, name in enumerate(names):
        table.add_column(name, footer="" if place else "Total")
    table.add_column("Number", justify="right", footer=_whole(sum(counts.values())))
    for key, number in counts.items():
        table.add_row(*key, _whole(number))
    return table


def _cells(cells: Mapping[str, tuple[int, int]]) -> Table:
    table = Table(title="Cells by cube", title_justify="left", show_footer=True)
    published, protected = (sum(found[i] for found in cells.values()) for i in (0, 1))
    table.add_column("Cube", footer="Total")
    table.add_column("Published", justify="right", footer=_whole(published))
    table.add_column("Protected", justify="right", footer=_whole(protected))
    for cube, (shown, kept) in cells.items():
        table.add_row(cube, _whole(shown), _whole(kept))
    return table


def _whole(number: int) -> str:
    return f"{number:,}".replace(",", " ")
