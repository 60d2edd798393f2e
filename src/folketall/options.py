"""What several commands have in common: how one is added, and the options of settings."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

Add = Callable[[str, Callable[[argparse.Namespace], None], str, str], argparse.ArgumentParser]
"""Adds a command: its name, function, text and an example."""


def add_settings(parser: argparse.ArgumentParser) -> None:
    """The options that settings are chosen by."""
    parser.add_argument("--conf", type=Path, help="TOML file of settings, as in conf/")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="one setting, before those of --conf; `folketall settings` lists them",
    )
