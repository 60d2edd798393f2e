"""Folders of files beside the tables, on this machine or at an address that Spark reaches."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pyspark.sql import SparkSession

from folketall.model.errors import UsageError
from folketall.storage.address import is_folder
from folketall.storage.checksums import sha256

_UNFINISHED = ".unfinished"


def local_path(root: str) -> Path | None:
    """The folder as a path from the root of the machine; None of what only Spark reaches."""
    return Path(root).absolute() if is_folder(root) else None


class Folder(Protocol):
    """Files that appear under their names when they are whole."""

    @property
    def address(self) -> str:
        """Where it is, as its user would say."""

    def names(self) -> list[str]:
        """Names of the files in it."""

    def text(self, name: str) -> str | None:
        """A small file's text; None where there is no such file, or it is no text."""

    def sha256(self, name: str) -> str | None:
        """The checksum of a file; None where there is no such file."""

    def making(self) -> Any:
        """A context: a folder on this machine to make files in; gone afterwards."""

    def put(self, file: Path) -> None:
        """Give a file that is whole its place; one of that name is replaced."""

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A folder that this process sees."""

    path: Path

    @property
    def address(self) -> str:
        return str(self.path)

    def names(self) -> list[str]:
        return sorted(file.name for file in self.path.glob("*") if file.is_file())

    def text(self, name: str) -> str | None:
        try:
            return (self.path / name).read_text("utf-8")
        except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
            return None

    def sha256(self, name: str) -> str | None:
        file = self.path / name
        return sha256(file) if file.is_file() else None

    @contextmanager
    def making(self) -> Iterator[Path]:
        made = self.path / _UNFINISHED
        # Left by a run that was stopped; nobody reads it.
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)

    def put(self, file: Path) -> None:
        os.replace(file, self.path / file.name)

    def remove(self, name: str) -> None:
        (self.path / name).unlink(missing_ok=True)


class FarFolder:
    """A folder at an address, through the file systems that Spark knows."""

    def __init__(self, spark: SparkSession, address: str) -> None:
        self.address = address.rstrip("/")
        try:
            # Not there through Spark Connect.
            jvm: Any = spark._jvm
            settings: Any = spark._jsc.hadoopConfiguration()
        except Exception:
            jvm = None
        if jvm is None:
            raise UsageError(
                f"files cannot be written to {address} through Spark Connect; run the step release "
                "as a job on the cluster"
            )
        self._path: Any = jvm.org.apache.hadoop.fs.Path
        self._system: Any = self._path(self.address).getFileSystem(settings)

    def names(self) -> list[str]:
        if not self._system.exists(self._path(self.address)):
            return []
        entries = self._system.listStatus(self._path(self.address))
        return sorted(entry.getPath().getName() for entry in entries if entry.isFile())

    def text(self, name: str) -> str | None:
        with self._fetched(name) as file:
            try:
                return file.read_text("utf-8") if file else None
            except UnicodeDecodeError:
                return None

    def sha256(self, name: str) -> str | None:
        with self._fetched(name) as file:
            return sha256(file) if file else None

    @contextmanager
    def _fetched(self, name: str) -> Iterator[Path | None]:
        source = self._of(name)
        if not self._system.exists(source):
            yield None
            return
        with tempfile.TemporaryDirectory(prefix="folketall-") as place:
            target = Path(place) / "file"
            # Raw: without a file of Hadoop's own checksums beside it.
            self._system.copyToLocalFile(False, source, self._path(f"file://{target}"), True)
            yield target

    @contextmanager
    def making(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="folketall-") as place:
            yield Path(place)

    def put(self, file: Path) -> None:
        source = self._path(f"file://{file.resolve()}")
        self._system.copyFromLocalFile(True, True, source, self._of(file.name))

    def remove(self, name: str) -> None:
        self._system.delete(self._of(name), False)

    def _of(self, name: str) -> Any:
        return self._path(f"{self.address}/{name}")
