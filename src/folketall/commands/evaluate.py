"""The commands `evaluate` and `compare`: their options, and what they print and write."""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame
from rich.table import Table as RichTable

from folketall.commands.console import print_tables, say
from folketall.commands.options import (
    Add,
    Session,
    add_warehouse,
    folder_to_read,
    folder_to_write,
    warehouse_to_read,
)
from folketall.linkage.keys import keys_at
from folketall.model import tables as t
from folketall.model.errors import StatisticsError, UsageError
from folketall.storage.opening import open_warehouse
from folketall.storage.warehouse import Warehouse
from folketall_trial.evaluation import figures, linkage, persons, published, report
from folketall_trial.evaluation.results import Row, by_part
from folketall_trial.evaluation.truth import Truth, identities, read_truth

CSV_FILE, PICTURE, COMPARISON = "evaluation.csv", "evaluation.png", "published_2025.csv"


def add_evaluate(add: Add, session: Session) -> None:
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
    add_warehouse(parser)
    parser.add_argument("--to", type=Path, help="folder for the CSV and the picture")


def add_compare(add: Add, session: Session) -> None:
    """The command that holds our figures against others."""
    parser = add(
        "compare",
        lambda arguments: compare(session, arguments),
        "Compare our figures with the office's: the three tables of 1 January 2025, published, "
        "ours and the difference, cell by cell.",
        "folketall compare published --warehouse warehouse --strict",
    )
    parser.add_argument("what", choices=("published",), help="what ours are compared with")
    add_warehouse(parser)
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


def add_checks(parser: argparse.ArgumentParser) -> None:
    """The same two at the end of a run, in its session: without another start."""
    parser.add_argument(
        "--compare",
        action="store_true",
        help="at the end compare with the office's tables of 2025, scaled to our residents",
    )
    parser.add_argument(
        "--truth",
        metavar="DIR",
        help="at the end hold the run against the truth that `synthesise --truth` wrote",
    )


def evaluate(session: Session, arguments: argparse.Namespace) -> None:
    """Print the evaluation, and write it with `--to`."""
    folder_to_read(arguments.truth, "--truth")
    warehouse_to_read(arguments.warehouse, t.PERSON_KEY.name)
    if arguments.to is not None:
        folder_to_write(arguments.to, "--to")
    spark = session(0, arguments.warehouse)
    truth = read_truth(spark, arguments.truth)
    rows = show_evaluation(open_warehouse(spark, arguments.warehouse), truth)
    if arguments.to is None:
        return
    from folketall_trial.evaluation.picture import draw

    arguments.to.mkdir(parents=True, exist_ok=True)
    (arguments.to / CSV_FILE).write_text(report.csv_text(rows), encoding="utf-8")
    draw(report.ordered(rows), arguments.to / PICTURE)
    say(f"Written: {arguments.to / CSV_FILE} and {arguments.to / PICTURE}")


def show_evaluation(house: Warehouse, truth: Truth) -> list[Row]:
    """Print the evaluation's tables; returns its figures."""
    rows = evaluation(house, truth)
    print_tables(report.evaluation_tables(rows))
    if not house.exists(t.PUBLISHED_CUBE.name):
        say(f"The warehouse has no {t.PUBLISHED_CUBE.name} yet: the persons alone are judged.")
    return rows


def evaluation(house: Warehouse, truth: Truth) -> list[Row]:
    """Every figure of an evaluation: a few hundred rows, from a few jobs.

    Without published figures in the warehouse, those of the persons alone.
    """
    # The run's tables have the persons of its K, which may be earlier than the key table's (L7).
    known = keys_at(house.read(t.PERSON_KEY), house.read(t.PERSON_AT))
    who = identities(truth.pin, known).localCheckpoint()
    tables = {
        persons.REASON: t.REASON_FOR_IMMIGRATION,
        persons.REFERENCE: t.REFERENCE_PERSON,
        persons.TYPE: t.FAMILY_UNIFICATION,
        persons.FIRST: t.FIRST_IMMIGRATION,
    }
    rows = {part: house.read(table) for part, table in tables.items()}
    beside = persons.beside_truth(rows, who, truth.person).localCheckpoint()
    links = linkage.judged_links(house.read(t.PERSON_LINK), truth.duf, who)
    parts = [linkage.linkage_cells(links), *persons.person_cells(beside)]
    if house.exists(t.PUBLISHED_CUBE.name):
        shown = figures.published_figures(house.read(t.PUBLISHED_CUBE)).localCheckpoint()
        periods = shown.select("period").distinct()
        true = figures.true_figures(truth.person, truth.residence, truth.move, periods)
        parts += figures.figure_cells(true, shown)
    cells = reduce(DataFrame.unionByName, parts).collect()
    found = defaultdict(dict, by_part(row.asDict() for row in cells))
    return [
        *linkage.linkage_figures(found[linkage.PART]),
        *persons.reason_figures(found[persons.REASON]),
        *persons.reference_figures(found[persons.REFERENCE]),
        *persons.type_figures(found[persons.TYPE]),
        *persons.first_immigration_figures(found[persons.FIRST]),
        *figures.figure_figures(found[figures.TRUE], found[figures.PUBLISHED]),
    ]


def compare(session: Session, arguments: argparse.Namespace) -> None:
    """Print the comparison, write it with `--to`, and fail with `--strict` where it does not hold.

    Raises:
        StatisticsError: with `--strict`, cells differ.
    """
    if arguments.within is not None and arguments.within < 0:
        raise UsageError("--within must be a number of per cent from 0 on")
    table = t.CUBE if arguments.unprotected else t.PUBLISHED_CUBE
    warehouse_to_read(arguments.warehouse, table.name)
    if arguments.to is not None:
        folder_to_write(arguments.to, "--to")
    house = open_warehouse(session(0, arguments.warehouse), arguments.warehouse)
    cells = show_comparison(
        house,
        protected=not arguments.unprotected,
        scale=arguments.scale,
        within=arguments.within,
    )
    if arguments.to is not None:
        arguments.to.mkdir(parents=True, exist_ok=True)
        with (arguments.to / COMPARISON).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(published.CSV_FIELDS)
            writer.writerows(cell.row for cell in cells)
    if arguments.strict and not published.holds(cells, arguments.within):
        said = published.verdict(cells, arguments.within)
        raise StatisticsError(f"the published tables of {published.YEAR} are not met: {said}")


def show_comparison(
    house: Warehouse, *, protected: bool = True, scale: bool, within: float | None = None
) -> list[published.Compared]:
    """Print the comparison's tables and what they come to; returns its cells."""
    table = t.PUBLISHED_CUBE if protected else t.CUBE
    ours = house.cells(table, (*published.CUBES_COMPARED, published.POPULATION))
    rows = published.nation_cells(ours, protected=protected)
    cells = published.compared(rows, scale=scale)
    print_tables(_tables(cells, protected))
    say(published.verdict(cells, within))
    return cells


def _tables(cells: list[published.Compared], protected: bool) -> list[RichTable]:
    title = "as published by us" if protected else "UNPROTECTED: not to leave the office"
    return published.comparison_tables(cells, title)
