"""The command `folketall`: by hand, as a spark-submit job and as a scheduled wheel task.

Exit status: 0 done, 2 wrong use or settings (also a file that cannot be read or written, a full
disk, a warehouse that another run holds), 3 input refused, 4 a check of the statistics failed, 5
too early to publish, 128 + n ended by signal n; any other is a fault of ours.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import SparkSession

from folketall.check_command import add_check
from folketall.count_commands import add_count_commands
from folketall.ending import ended, on_signal, watching, write_traceback
from folketall.evaluation_command import add_checks, add_compare, add_evaluate
from folketall.model.errors import FolketallError, UsageError
from folketall.model.settings import SETTINGS, Settings, read_settings
from folketall.options import add_settings
from folketall.session import FEW_ROWS, JAVA_LOG, local_session
from folketall.storage.private import private_folder, scratch_of
from folketall.synthesis_command import add_synthesise
from folketall.withdraw_command import add_withdraw

Command = Callable[[argparse.Namespace], None]
if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit status is returned, and one line on stderr says what was wrong."""
    _print_nothing_but_ours()
    arguments = _parser().parse_args(argv)
    with private_folder() as scratch:
        _Session.scratch = scratch
        try:
            with watching():
                arguments.command(arguments)
        except BaseException as fault:
            return _said(fault, verbose=arguments.verbose)
        finally:
            _Session.stop()
    return 0


def _print_nothing_but_ours() -> None:
    """Keep to ourselves what libraries and threads print: it may hold values of persons."""
    logging.basicConfig(level=logging.CRITICAL + 1, format="%(message)s")
    logging.getLogger("folketall").setLevel(logging.WARNING)
    logging.getLogger().setLevel(logging.CRITICAL + 1)
    warnings.simplefilter("ignore")
    threading.excepthook = lambda _: None
    sys.unraisablehook = lambda _: None
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, on_signal)


def _said(fault: BaseException, *, verbose: bool) -> int:
    if isinstance(fault, SystemExit):
        raise fault
    log = None
    if verbose and not isinstance(fault, FolketallError):
        log = write_traceback(fault, _Session.scratch / JAVA_LOG if _Session.scratch else None)
    status, line = ended(fault, log)
    sys.stderr.write(f"{line}\n")
    return status


class _Session:
    """The session of the command that runs, where it is of our own making."""

    scratch: Path | None = None
    """The private folder of its temporary files."""
    own: SparkSession | None = None

    @classmethod
    def start(cls, rows: int = 0) -> SparkSession:
        if SparkSession.getActiveSession() is not None:
            return local_session(rows)
        cls.own = local_session(rows, cls.scratch)
        return cls.own

    @classmethod
    def stop(cls) -> None:
        """Stop it while its folder is still there: Spark deletes its files when it stops."""
        own, cls.own = cls.own, None
        if own is not None and "PYSPARK_GATEWAY_PORT" not in os.environ:
            with suppress(Exception):  # Java may be gone already.
                own.stop()


def entry() -> None:
    """The command as schedulers call it: they look at exceptions, not at what is returned."""
    status = main()
    if status:
        raise SystemExit(status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="folketall",
        description="Population statistics from person registers: persons with refugee background "
        "and migrations, from deliveries to protected cubes.",
        epilog="Start with `make demo`, or:\n"
        "  folketall synthesise --persons 10000 --seed 1 --to D\n"
        "  folketall run --deliveries D --warehouse W --years 2015:2025\n"
        "  folketall show --warehouse W",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    add_command = partial(_add, commands)
    add_synthesise(add_command, _Session.start)
    for add in (_add_run, _add_export, _add_show, _add_steps, _add_settings):
        add(commands)
    add_evaluate(add_command, _Session.start)
    add_compare(add_command, _Session.start)
    add_check(add_command, _Session.start)
    add_count_commands(add_command)
    add_withdraw(add_command, _Session.start)
    return parser


def _add(
    commands: _Commands, name: str, command: Command, text: str, example: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        help=text.split(".")[0].lower(),
        description=text,
        epilog=f"Example: {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--verbose",
        action="store_true",
        help="write everything about a fault to a private file; it may hold personal data",
    )
    parser.set_defaults(command=command)
    return parser


def _add_run(commands: _Commands) -> None:
    from folketall.steps import INTAKE, RELEASE, STEP_NAMES

    parser = _add(
        commands,
        "run",
        _run,
        "Run the line: from deliveries to protected cubes of both statistics. A step whose inputs "
        "have not changed is left alone; a run that was cut off goes on where it was.",
        "folketall run --deliveries deliveries --warehouse warehouse --years 2015:2025",
    )
    parser.add_argument("--deliveries", type=Path, help="folder with <source>/<date>/manifest.json")
    parser.add_argument("--warehouse", required=True, help="folder of the Delta tables")
    parser.add_argument(
        "--years", required=True, help="a:b, such as 2015:2025: stocks of 1 January and flows"
    )
    add_settings(parser)
    step_names = ", ".join(STEP_NAMES)
    parser.add_argument(
        "--from", dest="first", default=INTAKE, metavar="STEP", help=f"first step: {step_names}"
    )
    parser.add_argument(
        "--to", dest="last", default=RELEASE, metavar="STEP", help="last step; the same names"
    )
    parser.add_argument(
        "--at-once", type=int, default=2, metavar="N", help="steps side by side (default 2)"
    )
    parser.add_argument(
        "--show", action="store_true", help="at the end show the tables of both statistics"
    )
    add_checks(parser)


def _add_export(commands: _Commands) -> None:
    parser = _add(
        commands,
        "export",
        _export,
        "Write tables of the warehouse as one file each, with a header.",
        "folketall export published_cube population --warehouse warehouse --to files",
    )
    parser.add_argument("tables", nargs="+", metavar="TABLE")
    parser.add_argument("--warehouse", required=True, help="folder of the Delta tables")
    parser.add_argument("--to", type=Path, required=True, help="folder for the files")
    parser.add_argument("--format", choices=("csv", "parquet"), default="csv")
    parser.add_argument("--version", type=int, help="Delta version (default the newest)")


def _add_show(commands: _Commands) -> None:
    parser = _add(
        commands,
        "show",
        _show,
        "Show published figures as a table. Without --cube: the three tables of the statistics "
        "page, in its layout.",
        "folketall show --warehouse warehouse --cube refugees_by_category --level county",
    )
    parser.add_argument("--warehouse", required=True, help="folder of the Delta tables")
    parser.add_argument("--cube", help="a published cube")
    parser.add_argument("--period", help="year (default the newest)")
    parser.add_argument("--level", default="nation", help="level of region (default nation)")
    parser.add_argument("--region", help="one region code")
    parser.add_argument("--measure", help="one measure")
    parser.add_argument("--across", help="dimension whose codes become columns")
    parser.add_argument(
        "--where", action="append", default=[], metavar="DIMENSION=CODE", help="only this code"
    )


def _add_steps(commands: _Commands) -> None:
    text = "List the steps: what each does, reads and writes."
    _add(commands, "steps", _steps, text, "folketall steps")


def _add_settings(commands: _Commands) -> None:
    text = "List the settings: rule, unit, default and meaning."
    _add(commands, "settings", _settings, text, "folketall settings")


def _chosen(arguments: argparse.Namespace) -> Settings:
    return read_settings(arguments.conf, arguments.set)


def _run(arguments: argparse.Namespace) -> None:
    from folketall.asked import refuse_before_spark
    from folketall.evaluation.published import YEAR
    from folketall.line import parse_years, selected
    from folketall.registers.manifest import read_deliveries
    from folketall.steps import INTAKE

    if arguments.at_once < 1:
        raise UsageError("--at-once must be at least 1")
    settings = _chosen(arguments)
    years = parse_years(arguments.years)
    if arguments.compare and not years[0] <= int(YEAR) <= years[1]:
        raise UsageError(f"--compare needs the figures of {YEAR}; run with --years that have it")
    # How many there are is only known where they are read.
    rows, deliveries = FEW_ROWS, []
    if INTAKE in selected(arguments.first, arguments.last):
        if arguments.deliveries is None:
            raise UsageError("name the folder with --deliveries, or begin later with --from")
        # What can be told of the deliveries without Spark is told before it starts.
        deliveries = read_deliveries(arguments.deliveries)
        rows = sum(delivery.rows for delivery in deliveries)
    beyond = selected(arguments.first, arguments.last) != [INTAKE]
    refuse_before_spark(settings, years, arguments.warehouse, deliveries, keys=beyond)
    with scratch_of(arguments.warehouse) as scratch:
        _Session.scratch = scratch
        try:
            _run_line(arguments, settings, years, rows)
        finally:
            _Session.stop()


def _run_line(
    arguments: argparse.Namespace, settings: Settings, years: tuple[int, int], rows: int
) -> None:
    from folketall.console import Progress, show_both_statistics, summarise
    from folketall.evaluation.truth import read_truth
    from folketall.evaluation_command import show_comparison, show_evaluation
    from folketall.line import Line
    from folketall.storage.delta import Warehouse

    spark = _Session.start(rows)
    warehouse = Warehouse(spark, arguments.warehouse)
    # A truth that is not there is told before the run, not after it.
    truth = read_truth(spark, arguments.truth) if arguments.truth else None
    progress = Progress()
    line = Line(
        spark, warehouse, settings, years, arguments.deliveries, progress, arguments.at_once
    )
    line.run(arguments.first, arguments.last)
    summarise(line, progress)
    if arguments.show:
        show_both_statistics(warehouse)
    if arguments.compare:
        show_comparison(warehouse, scale=True)
    if truth:
        show_evaluation(warehouse, truth)


def _export(arguments: argparse.Namespace) -> None:
    from folketall.console import say
    from folketall.release.files import export_table
    from folketall.storage.delta import Warehouse

    warehouse = Warehouse(_Session.start(), arguments.warehouse)
    for name in arguments.tables:
        if not re.fullmatch(r"\w+", name):
            raise UsageError(f"{name!r} is no name of a table")
        rows = warehouse.read_version(name, arguments.version)
        path = export_table(rows, name, arguments.to, arguments.format)
        say(f"{name}: {path}")


def _show(arguments: argparse.Namespace) -> None:
    from folketall.console import show

    show(_Session.start(), arguments)


def _steps(_: argparse.Namespace) -> None:
    from folketall.console import steps_table

    steps_table()


def _settings(_: argparse.Namespace) -> None:
    from folketall.console import table

    rows = [
        (s.name, str(s.default if s.default is not None else ""), s.unit, s.rule, s.meaning)
        for s in SETTINGS
    ]
    table("Settings", ("name", "default", "unit", "rule", "meaning"), rows)


if __name__ == "__main__":
    sys.exit(main())
