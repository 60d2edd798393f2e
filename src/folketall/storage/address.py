"""How the address of a warehouse is read: a folder, an address with a scheme, or `catalog.schema`.

It is told by the text alone, never by what is on the disk: one text means one thing on every
machine. A folder whose name looks like `catalog.schema` is written `./my.folder`.
"""

from __future__ import annotations

import re
from enum import Enum

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_NAME = re.compile(r"([A-Za-z_]\w*)\.([A-Za-z_]\w*)", re.ASCII)


class Kind(Enum):
    """What a warehouse's address is."""

    FOLDER = "a folder of this machine"
    ADDRESS = "an address that Spark reaches, such as s3a://, hdfs://, abfss:// or file:/"
    SCHEMA = "catalog.schema: a schema of a catalog that Spark knows"


def kind_of(warehouse: str) -> Kind:
    """What the text names."""
    if _SCHEME.match(warehouse):
        return Kind.ADDRESS
    return Kind.SCHEMA if _NAME.fullmatch(warehouse) else Kind.FOLDER


def is_folder(warehouse: str | None) -> bool:
    """Whether a warehouse is a folder of this machine, which can be looked at without Spark."""
    return warehouse is not None and kind_of(warehouse) is Kind.FOLDER


def catalog_and_schema(warehouse: str) -> tuple[str, str]:
    """The two names in `catalog.schema`."""
    catalog, _, schema = warehouse.partition(".")
    return catalog, schema
