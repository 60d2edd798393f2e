"""The commands `export` and `show`: what there is in a warehouse, as files and on the screen."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from pyspark.errors import AnalysisException

from folketall.commands.options import (
    Add,
    Session,
    add_settings,
    add_warehouse,
    folder_to_write,
    warehouse_to_read,
    year,
)
from folketall.model.errors import UsageError
from folketall.model.settings import read_settings


def add_reading_commands(add: Add, session: Session) -> None:
    """Add both commands."""
    _add_export(add, session)
    _add_show(add, session)


def _add_export(add: Add, session: Session) -> None:
    parser = add(
        "export",
        lambda arguments: export(session, arguments),
        "Write tables of the warehouse as one file each, with a header.",
        "folketall export published_cube population --warehouse warehouse --to files",
    )
    parser.add_argument("tables", nargs="+", metavar="TABLE")
    add_warehouse(parser)
    parser.add_argument("--to", type=Path, required=True, help="folder for the files")
    parser.add_argument("--format", choices=("csv", "parquet"), default="csv")
    parser.add_argument("--version", type=int, help="Delta version (default the newest)")


def _add_show(add: Add, session: Session) -> None:
    parser = add(
        "show",
        lambda arguments: show(session, arguments),
        "Show published figures as a table. Without --cube: the three tables of the statistics "
        "page, in its layout.",
        "folketall show --warehouse warehouse --cube refugees_by_category --level county",
    )
    add_warehouse(parser)
    parser.add_argument("--cube", help="a published cube")
    parser.add_argument("--period", help="year (default the newest, of a series all)")
    parser.add_argument("--level", default="nation", help="level of region (default nation)")
    parser.add_argument("--region", help="one region code")
    parser.add_argument("--measure", help="one measure")
    parser.add_argument(
        "--across", help="dimension whose codes become columns; period gives a time series"
    )
    parser.add_argument(
        "--where", action="append", default=[], metavar="DIMENSION=CODE", help="only this code"
    )
    add_settings(parser)


def export(session: Session, arguments: argparse.Namespace) -> None:
    """Write tables as files.

    Raises:
        UsageError: a table or version that is not there, or a folder that cannot be written.
    """
    from folketall.commands.console import say
    from folketall.release.files import export_table
    from folketall.storage.opening import open_warehouse

    wrong = [name for name in arguments.tables if not re.fullmatch(r"\w+", name)]
    if wrong:
        raise UsageError(f"{', '.join(wrong)}: no name of a table")
    if arguments.version is not None and arguments.version < 0:
        raise UsageError("--version must not be negative")
    warehouse_to_read(arguments.warehouse, *arguments.tables)
    folder_to_write(arguments.to, "--to")
    warehouse = open_warehouse(session(0, arguments.warehouse), arguments.warehouse)
    for name in arguments.tables:
        try:
            rows = warehouse.read_version(name, arguments.version)
        except AnalysisException as fault:
            if arguments.version is None:
                raise
            asked = f"{name} has no version {arguments.version} in {arguments.warehouse}"
            raise UsageError(f"{asked}, or its files are gone") from fault
        path = export_table(rows, name, arguments.to, arguments.format)
        say(f"{name}: {path}")


def show(session: Session, arguments: argparse.Namespace) -> None:
    """Show published figures.

    Raises:
        UsageError: what was asked for is not there, or too much to look at.
    """
    from folketall.commands.console import pair, show_cells
    from folketall.cubes.declared import LEVELS
    from folketall.line.cubes import cubes_of

    cubes = cubes_of(read_settings(arguments.conf, arguments.set))
    if arguments.cube is not None and arguments.cube not in cubes:
        raise UsageError(f"no cube {arguments.cube}; the cubes are {', '.join(cubes)}")
    if arguments.level not in LEVELS:
        raise UsageError(f"no level {arguments.level}; the levels are {', '.join(LEVELS)}")
    if arguments.period is not None:
        year(arguments.period, "--period")
    for text in arguments.where:
        pair(text)
    warehouse_to_read(arguments.warehouse, "published_cube")
    show_cells(session(0, arguments.warehouse), cubes, arguments)
