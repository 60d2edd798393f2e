"""The command `synthesise`: a register that is nobody's."""

from __future__ import annotations

import argparse
from pathlib import Path

from folketall.commands.console import say, timed
from folketall.commands.options import Add, Session, folder_to_write
from folketall.model.errors import UsageError


def add_synthesise(add: Add, session: Session) -> None:
    """The command that makes a synthetic register."""
    parser = add(
        "synthesise",
        lambda arguments: synthesise(session, arguments),
        "Make a synthetic register in the delivery formats: all sources and tables, nobody real.",
        "folketall synthesise --persons 50000 --seed 1 --to deliveries",
    )
    parser.add_argument("--persons", type=int, required=True, help="persons ever in the register")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other people (1)")
    parser.add_argument("--to", type=Path, required=True, help="folder for the deliveries")
    parser.add_argument(
        "--format", choices=("csv", "parquet"), help="csv, from half a million persons on parquet"
    )
    parser.add_argument(
        "--noise", default="default", help="none, default, or a TOML file such as conf/noise.toml"
    )
    parser.add_argument("--truth", type=Path, help="folder for what is true, to evaluate with")


def synthesise(session: Session, arguments: argparse.Namespace) -> None:
    """Write the register, and say what was written.

    Raises:
        UsageError: too few persons, or a folder that holds deliveries.
    """
    from folketall_trial.synthetic import register

    if arguments.persons < 100:
        raise UsageError("--persons must be at least 100, for families and towns to exist")
    if any((arguments.to / source).exists() for source in ("cpr", "udb", "census", "reason_files")):
        raise UsageError(f"{arguments.to} holds deliveries already; choose another folder")
    folder_to_write(arguments.to, "--to")
    if arguments.truth is not None:
        folder_to_write(arguments.truth, "--truth")
    with timed(f"{arguments.persons} persons, seed {arguments.seed}"):
        summary = register.synthesise(
            session(0, None),
            arguments.persons,
            arguments.seed,
            arguments.to,
            format=arguments.format,
            noise=arguments.noise,
            truth=arguments.truth,
        )
    say(str(summary))
