"""What several commands have in common: how one is added, and the options of settings."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from pyspark.sql import SparkSession

from folketall.model.errors import UsageError
from folketall.storage.address import Kind, is_folder, kind_of

Add = Callable[[str, Callable[[argparse.Namespace], None], str, str], argparse.ArgumentParser]
"""Adds a command: its name, function, text and an example."""
Session = Callable[[int, str | None], SparkSession]
"""The session for so many rows, of a command on this warehouse or none."""


def add_settings(parser: argparse.ArgumentParser) -> None:
    """The options that settings are chosen by."""
    parser.add_argument("--conf", type=Path, help="TOML file of settings, as in conf/")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="set one setting; overrides --conf; `folketall settings` lists the settings",
    )


def add_warehouse(parser: argparse.ArgumentParser) -> None:
    """The option that names the warehouse."""
    parser.add_argument(
        "--warehouse",
        required=True,
        help="where the Delta tables are: a folder, an address such as s3a://bucket/w, or "
        "catalog.schema (a folder of such a name is ./catalog.schema)",
    )


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the words of a command in one line."""

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong; of words that it does not know only the options' names are said.

        Raises:
            UsageError: always.
        """
        if message.startswith("unrecognized arguments:"):
            words = [word.partition("=")[0] for word in message.split()[2:]]
            named = [word for word in words if word.startswith("-")]
            message = f"no such option {', '.join(named)}" if named else "there is a word too many"
        raise UsageError(f"{message}; `{self.prog} --help` says more")


def folder_to_read(path: Path | str, option: str) -> None:
    """Stop unless a folder is there, where the path is one of this machine.

    Raises:
        UsageError: it is not, or may not be read.
    """
    here = kind_of(str(path)) is not Kind.ADDRESS
    if here and not os.path.isdir(path):
        raise UsageError(f"{option} {path}: there is no such folder")
    if here and not os.access(path, os.R_OK | os.X_OK):
        raise UsageError(f"{option} {path}: the folder may not be read; see who owns it")


def warehouse_is_there(warehouse: str) -> bool:
    """Whether there may be tables: of an address and a schema only Spark can tell."""
    if not is_folder(warehouse):
        return True
    return os.path.isdir(warehouse) and any(Path(warehouse).glob("*/_delta_log"))


def warehouse_to_read(warehouse: str, *tables: str) -> None:
    """Stop unless the warehouse and its tables are there, as far as can be told without Spark.

    Raises:
        UsageError: naming what is not there.
    """
    if not is_folder(warehouse):
        return
    folder_to_read(warehouse, "--warehouse")
    if not warehouse_is_there(warehouse):
        raise UsageError(
            f"--warehouse {warehouse}: the folder holds no tables; `folketall run` writes them"
        )
    missing = [name for name in tables if not (Path(warehouse) / name / "_delta_log").is_dir()]
    if missing:
        raise UsageError(
            f"{', '.join(missing)} is not in the warehouse {warehouse}; "
            "run the steps before it first"
        )


def warehouse_to_write(warehouse: str) -> None:
    """Stop where the warehouse cannot be a folder that is written to.

    Raises:
        UsageError: saying why.
    """
    if is_folder(warehouse):
        folder_to_write(Path(warehouse), "--warehouse")


def folder_to_write(folder: Path, option: str) -> None:
    """Stop where this cannot be a folder that is written to; it need not be there yet.

    Raises:
        UsageError: saying why.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{option} {folder}: it is a file, and a folder is needed")
    there = next(above for above in (folder, *folder.absolute().parents) if above.exists())
    if not there.is_dir():
        raise UsageError(f"{option} {folder}: {there} is a file, and a folder is needed")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(f"{option} {folder}: {there} may not be written; see who owns it")


def year(text: str, option: str) -> int:
    """A year of the statistics.

    Raises:
        UsageError: the text is none.
    """
    if not re.fullmatch(r"(19|20)[0-9]{2}|2100", text):
        raise UsageError(f"{option} {text}: write a year, such as 2025")
    return int(text)
