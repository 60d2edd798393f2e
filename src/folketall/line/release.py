"""The last step of the line: what passed the audit goes into the ledger, and files are written."""

from __future__ import annotations

import time

from folketall.line.code import digest_of_functions
from folketall.line.cubes import suppressed_cubes
from folketall.line.fingerprints import Fingerprints, hashed
from folketall.line.step import Choices, Done
from folketall.line.steps import RELEASE
from folketall.model.tables import PUBLISHED_CUBE, VERDICT
from folketall.protection.protected import published
from folketall.release import gate
from folketall.release.files import write_release
from folketall.storage.folders import Folder
from folketall.storage.private import for_others_too
from folketall.storage.warehouse import Warehouse

PUBLISHED = "published"
"""The folder of the published files, in the warehouse."""


def files_of(warehouse: Warehouse) -> Folder:
    """The folder of the published files."""
    return warehouse.files(PUBLISHED)


def release(
    warehouse: Warehouse, choices: Choices, prints: Fingerprints, released: gate.Releases
) -> Done:
    """Let out what was protected and audited.

    Args:
        warehouse: that holds it.
        choices: the run's.
        prints: the run's.
        released: what the ledger held when the run began.

    Raises:
        UsageError: it was not audited.
        StatisticsError: it did not pass.
    """
    start = time.monotonic()
    gate.stop_unless_audited(warehouse, prints.of_table[VERDICT.name])
    gate.enter(
        warehouse,
        suppressed_cubes(choices.settings),
        released,
        own=prints.release,
        vintage=choices.known_at,
    )
    mark = hashed(prints.of_table[PUBLISHED_CUBE.name], RELEASE, digest_of_functions(write_release))
    # What is published is readable as the user's own umask says; the tables are not.
    with for_others_too():
        written = write_release(published(warehouse), files_of(warehouse), mark=mark)
    does = "write the files"
    if written.mended:
        does += f" (again, for they had been changed: {', '.join(written.mended)})"
    seconds = time.monotonic() - start
    return Done(RELEASE, does, written.changed, None, written.bytes, seconds)
