"""The commands `evaluate` and `compare`: their options, and what they print and write."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from rich.table import Table as RichTable

from folketall.console import print_tables, say
from folketall.evaluation import figures, persons, published, report
from folketall.evaluation.linkage import judged_links, linkage_figures
from folketall.evaluation.truth import identities, read_truth
from folketall.model import tables as t
from folketall.model.errors import StatisticsError, UsageError
from folketall.model.table import Table
from folketall.options import Add
from folketall.storage.delta import Warehouse

CSV_FILE, PICTURE, COMPARISON = "evaluation.csv", "evaluation.png", "published_2025.csv"


def add_evaluate(add: Add, session: Callable[[], SparkSession]) -> None:
    """The command that holds a run over a synthetic register against its truth."""
    parser = add(
        "evaluate",
        lambda arguments: evaluate(session, arguments),
        "Hold a run against the truth of its synthetic register: links, reasons, references, "
        "types, first immigrations and published figures. With --to also "
        f"{CSV_FILE} and {PICTURE}.",
        "folketall evaluate --truth truth --warehouse warehouse --to evaluation",
    )
    parser.add_argument("--truth", required=True, help="folder that `synthesise --truth` wrote")
    parser.add_argument("--warehouse", required=True, help="folder of the Delta tables")
    parser.add_argument("--to", type=Path, help="folder for the CSV and the picture")


def add_compare(add: Add, session: Callable[[], SparkSession]) -> None:
    """The command that holds our figures against others."""
    parser = add(
        "compare",
        lambda arguments: compare(session, arguments),
        "Compare our figures with the office's: the three tables of 1 January 2025, published, "
        "ours and the difference, cell by cell.",
        "folketall compare published --warehouse warehouse --strict",
    )
    parser.add_argument("what", choices=("published",), help="what ours are compared with")
    parser.add_argument("--warehouse", required=True, help="folder of the Delta tables")
    parser.add_argument(
        "--unprotected",
        action="store_true",
        help="our cells before protection, for an exact comparison: what is printed and written "
        "then must not leave the office",
    )
    parser.add_argument(
        "--scale",
        action="store_true",
        help="for a smaller register: expect the published counts in proportion to our residents",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="exit status 4 unless every cell is equal, or those over 1 000 as near as --within",
    )
    parser.add_argument(
        "--within", type=float, metavar="PER_CENT", help="how far cells over 1 000 may be off"
    )
    parser.add_argument("--to", type=Path, help=f"folder for {COMPARISON}")


def evaluate(session: Callable[[], SparkSession], arguments: argparse.Namespace) -> None:
    """Print the evaluation, and write it with `--to`."""
    spark = session()
    rows = [
        row.asDict() for row in evaluation(spark, arguments.truth, arguments.warehouse).collect()
    ]
    print_tables(report.evaluation_tables(rows))
    if arguments.to is None:
        return
    from folketall.evaluation.picture import draw

    arguments.to.mkdir(parents=True, exist_ok=True)
    (arguments.to / CSV_FILE).write_text(report.csv_text(rows), encoding="utf-8")
    draw(report.ordered(rows), arguments.to / PICTURE)
    say(f"Written: {arguments.to / CSV_FILE} and {arguments.to / PICTURE}")


def evaluation(spark: SparkSession, truth_folder: Path | str, warehouse: str) -> DataFrame:
    """Every figure of an evaluation, in the columns of `results.FIELDS`: a few hundred rows."""
    truth, house = read_truth(spark, truth_folder), Warehouse(spark, warehouse)
    who = identities(truth.pin, house.read(t.PERSON_KEY)).localCheckpoint()
    cells = house.read(t.PUBLISHED_CUBE)
    judged = judged_links(house.read(t.PERSON_LINK), truth.duf, who).localCheckpoint()

    def beside(table: Table) -> DataFrame:
        return persons.with_truth(house.read(table), who, truth.person).localCheckpoint()

    shown = figures.published_figures(cells).localCheckpoint()
    years = sorted(int(row["period"]) for row in shown.select("period").distinct().collect())
    true = figures.true_figures(truth.person, truth.residence, truth.move, years=years)
    parts = [
        linkage_figures(judged),
        persons.reason_figures(beside(t.REASON_FOR_IMMIGRATION)),
        persons.reference_figures(beside(t.REFERENCE_PERSON), who),
        persons.type_figures(beside(t.FAMILY_UNIFICATION)),
        persons.first_immigration_figures(house.read(t.FIRST_IMMIGRATION), who, truth.person),
        figures.figure_figures(true, shown),
    ]
    return reduce(DataFrame.unionByName, parts)


def compare(session: Callable[[], SparkSession], arguments: argparse.Namespace) -> None:
    """Print the comparison, write it with `--to`, and fail with `--strict` where it does not hold.

    Raises:
        StatisticsError: with `--strict`, cells differ.
    """
    if arguments.within is not None and arguments.within < 0:
        raise UsageError("--within must be a number of per cent from 0 on")
    house = Warehouse(session(), arguments.warehouse)
    protected = not arguments.unprotected
    table = t.PUBLISHED_CUBE if protected else t.CUBE
    ours = house.cells(table, (*published.CUBES_COMPARED, published.POPULATION))
    rows = published.nation_cells(ours, protected=protected)
    cells = published.compared(rows, scale=arguments.scale)
    said = published.verdict(cells, arguments.within)
    print_tables(_tables(cells, protected))
    say(said)
    if arguments.to is not None:
        arguments.to.mkdir(parents=True, exist_ok=True)
        with (arguments.to / COMPARISON).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(published.CSV_FIELDS)
            writer.writerows(cell.row for cell in cells)
    if arguments.strict and not published.holds(cells, arguments.within):
        raise StatisticsError(f"the published tables of {published.YEAR} are not met: {said}")


def _tables(cells: list[published.Compared], protected: bool) -> list[RichTable]:
    title = "as published by us" if protected else "UNPROTECTED: not to leave the office"
    return published.comparison_tables(cells, title)
