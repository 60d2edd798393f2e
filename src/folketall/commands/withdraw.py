"""`folketall withdraw`: take a delivery back (V5)."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from datetime import date

from folketall.commands.console import say
from folketall.commands.options import Add, Session, add_warehouse
from folketall.model.deliveries import SOURCES
from folketall.model.errors import UsageError
from folketall.registers.withdrawal import withdraw
from folketall.storage.folders import local_path
from folketall.storage.holding import held
from folketall.storage.opening import open_warehouse


def add_withdraw(add: Add, session: Session) -> None:
    """Add the command."""

    def command(arguments: argparse.Namespace) -> None:
        _withdraw(arguments, session)

    parser = add(
        "withdraw",
        command,
        "Take a delivery back: its rows count no more, and what was before it does again. The act "
        "is kept with its reason, and the same delivery is not taken again.",
        "folketall withdraw cpr 2025-02-01 --why 'test extract' --warehouse warehouse",
    )
    parser.add_argument("source", metavar="SOURCE", help=", ".join(SOURCES))
    parser.add_argument("date", metavar="DATE", help="delivered on, YYYY-MM-DD")
    parser.add_argument("--why", required=True, metavar="TEXT", help="the reason, kept with it")
    add_warehouse(parser)


def _withdraw(arguments: argparse.Namespace, session: Session) -> None:
    source, root = arguments.source, arguments.warehouse
    if source not in SOURCES:
        raise UsageError(f"SOURCE must be one of {', '.join(SOURCES)}")
    try:
        day = date.fromisoformat(arguments.date)
    except ValueError:
        raise UsageError("DATE must be a date YYYY-MM-DD") from None
    if not arguments.why.strip():
        raise UsageError("--why must say the reason")
    home = local_path(root)
    if home and not (home / "delivery").is_dir():
        raise UsageError(f"{root} is no warehouse with deliveries; name the one that holds it")
    with held(home) if home else nullcontext():
        withdraw(open_warehouse(session(0, root), root), source, day, arguments.why.strip())
    say(f"{source}/{day} is withdrawn; run the line again for figures without it.")
