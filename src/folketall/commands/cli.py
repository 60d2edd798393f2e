"""The command `folketall`: by hand, as a spark-submit job and as a scheduled wheel task.

Exit status: 0 done, 2 wrong use or settings, 3 input refused, 4 a check of the statistics
failed; 128 + n when the signal n stopped it.
"""

from __future__ import annotations

import argparse
import logging
import sys
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql import SparkSession

from folketall.commands.check import add_check
from folketall.commands.counts import add_count_commands
from folketall.commands.cubes import add_cubes
from folketall.commands.evaluate import add_checks, add_compare, add_evaluate
from folketall.commands.faults import told, written_down
from folketall.commands.options import (
    Parser,
    add_settings,
    add_warehouse,
    folder_to_read,
    warehouse_to_read,
    warehouse_to_write,
)
from folketall.commands.process import STOPPED, begin, java_log, say_fault, stopped_by_signals
from folketall.commands.reading import add_reading_commands
from folketall.commands.schedule import add_schedule
from folketall.commands.synthesise import add_synthesise
from folketall.commands.withdraw import add_withdraw
from folketall.model.errors import FolketallError, UsageError
from folketall.model.sections import SETTINGS
from folketall.model.settings import Settings, read_settings
from folketall.storage.holding import refuse_if_held
from folketall.storage.session import FEW_ROWS, java_ended, local_session

Command = Callable[[argparse.Namespace], None]
if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[Parser]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit status is returned, and one line on stderr says what was wrong."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # Engine messages may hold values of persons; what went wrong is said below, without them.
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    asked: argparse.Namespace | None = None
    try:
        with stopped_by_signals():
            asked = _parser().parse_args(argv)
            command: Command = asked.command
            command(asked)
            sys.stdout.flush()
    except Exception as fault:
        return _failed(fault, asked)
    except KeyboardInterrupt:
        say_fault(STOPPED)
        return 130
    return 0


def entry() -> None:
    """The command as schedulers call it: they look at exceptions, not at what is returned."""
    status = main()
    if status:
        raise SystemExit(status)


def _failed(fault: Exception, asked: argparse.Namespace | None) -> int:
    """Say what went wrong: never the text of an engine, which may hold values of persons."""
    unsaid = not isinstance(fault, FolketallError)
    status, line = told(fault, java_ended=unsaid and java_ended())
    if getattr(asked, "verbose", False):
        line += written_down(fault, getattr(asked, "warehouse", None), java_log())
    say_fault(line)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
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
    add_synthesise(add_command, _session)
    _add_run(commands)
    add_reading_commands(add_command, _session)
    for add in (_add_steps, _add_settings):
        add(commands)
    add_evaluate(add_command, _session)
    add_compare(add_command, _session)
    add_check(add_command, _session)
    add_count_commands(add_command)
    add_withdraw(add_command, _session)
    add_cubes(add_command)
    add_schedule(add_command)
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
    parser.set_defaults(command=command)
    parser.add_argument(
        "--verbose",
        action="store_true",
        help="when it fails, write all that is known to a file that only you may read",
    )
    return parser


def _add_run(commands: _Commands) -> None:
    from folketall.line.steps import INTAKE, RELEASE, STEP_NAMES

    parser = _add(
        commands,
        "run",
        _run,
        "Run the line: from deliveries to protected cubes of both statistics. A step whose inputs "
        "have not changed is left alone; a run that was cut off goes on where it was.",
        "folketall run --deliveries deliveries --warehouse warehouse --years 2015:2025",
    )
    parser.add_argument("--deliveries", type=Path, help="folder with <source>/<date>/manifest.json")
    add_warehouse(parser)
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


def _add_steps(commands: _Commands) -> None:
    text = "List the steps: what each does, reads and writes."
    _add(commands, "steps", _steps, text, "folketall steps")


def _add_settings(commands: _Commands) -> None:
    text = "List the settings: rule, unit, default and meaning."
    _add(commands, "settings", _settings, text, "folketall settings")


def _session(rows: int = 0, warehouse: str | None = None) -> SparkSession:
    begin(warehouse)
    return local_session(rows)


def _chosen(arguments: argparse.Namespace) -> Settings:
    return read_settings(arguments.conf, arguments.set)


def _run(arguments: argparse.Namespace) -> None:
    from folketall.line.asked import parse_years, refuse_before_spark, selected
    from folketall.line.steps import INTAKE
    from folketall.registers.manifest import read_deliveries
    from folketall_trial.evaluation.published import YEAR

    if arguments.at_once < 1:
        raise UsageError("--at-once must be at least 1")
    settings = _chosen(arguments)
    years = parse_years(arguments.years)
    warehouse_to_write(arguments.warehouse)
    if arguments.truth:
        folder_to_read(arguments.truth, "--truth")
    if arguments.compare and not years[0] <= int(YEAR) <= years[1]:
        raise UsageError(f"--compare needs the figures of {YEAR}; run with --years that have it")
    # How many there are is only known where they are read.
    rows, deliveries = FEW_ROWS, []
    if INTAKE not in selected(arguments.first, arguments.last):
        warehouse_to_read(arguments.warehouse)
    else:
        if arguments.deliveries is None:
            raise UsageError("name the folder with --deliveries, or begin later with --from")
        # What can be told of the deliveries without Spark is told before it starts.
        deliveries = read_deliveries(arguments.deliveries)
        rows = sum(delivery.rows for delivery in deliveries)
    beyond = selected(arguments.first, arguments.last) != [INTAKE]
    refuse_before_spark(settings, years, arguments.warehouse, deliveries, keys=beyond)
    refuse_if_held(arguments.warehouse)
    _run_line(arguments, settings, years, rows)


def _run_line(
    arguments: argparse.Namespace, settings: Settings, years: tuple[int, int], rows: int
) -> None:
    from folketall.commands.console import Progress, show_both_statistics, summarise
    from folketall.commands.evaluate import show_comparison, show_evaluation
    from folketall.line.run import Line
    from folketall.storage.opening import open_warehouse
    from folketall_trial.evaluation.truth import read_truth

    spark = _session(rows, arguments.warehouse)
    warehouse = open_warehouse(spark, arguments.warehouse)
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


def _steps(_: argparse.Namespace) -> None:
    from folketall.commands.console import steps_table

    steps_table()


def _settings(_: argparse.Namespace) -> None:
    from folketall.commands.console import table

    rows = [
        (s.name, str(s.default if s.default is not None else ""), s.unit, s.rule, s.meaning)
        for s in SETTINGS
    ]
    table("Settings", ("name", "default", "unit", "rule", "meaning"), rows)


if __name__ == "__main__":
    sys.exit(main())
