"""How a command ends: its exit status, one line for people, and nothing that a register holds.

Messages of Spark, Java, Arrow and DuckDB quote the value that they failed on. None of them is
printed: what went wrong is said in words of ours. With `--verbose` the whole traceback goes into a
file that only its owner may read.
"""

from __future__ import annotations

import errno
import os
import re
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from folketall.model.errors import FolketallError, StatisticsError, UsageError

GO_ON = "run the same again and it goes on where it was"
OUR_FAULT = 1
_SYSTEM = {
    errno.ENOSPC: "no space is left on the disk; make room, and",
    errno.EDQUOT: "the disk quota is used up; make room, and",
    errno.EACCES: "permission is denied; change the rights of the file or folder, and",
    errno.EPERM: "permission is denied; change the rights of the file or folder, and",
    errno.EROFS: "the disk can only be read; name a place that can be written, and",
    errno.ENOTDIR: "a file is where a folder must be; name another place, and",
    errno.EISDIR: "a folder is where a file must be; name another place, and",
    errno.EEXIST: "a file is where a folder must be; name another place, and",
    errno.ENOENT: "a file or folder is not there; look at the paths given, and",
    errno.ENAMETOOLONG: "a name is too long; name a shorter path, and",
    errno.EMFILE: "too many files are open; raise the limit (ulimit -n), and",
    errno.ENOMEM: "there is no memory left; free some, and",
}
"""What the operating system refuses: a matter of the place, not a fault of ours (status 2)."""
_IN_JAVA = (
    (r"No space left on device|Disk quota exceeded|not enough space", errno.ENOSPC),
    (r"Permission denied|AccessControlException|AccessDeniedException", errno.EACCES),
    (r"Read-only file system", errno.EROFS),
    (r"Not a directory|ParentNotDirectoryException|Mkdirs failed", errno.ENOTDIR),
)
_MEMORY = re.compile(r"OutOfMemoryError|SparkOutOfMemoryError|Cannot allocate memory|MemoryError")
MORE_MEMORY = (
    "Java ran out of memory or was killed; give it more with FOLKETALL_MEMORY=8g, or ask for fewer "
    f"--years at a time, and {GO_ON}"
)


class Interrupted(BaseException):
    """The process was asked to end; no handler of errors is to take it for one of them."""

    def __init__(self, number: int) -> None:
        self.status = 128 + number
        super().__init__(number)


def on_signal(number: int, _frame: FrameType | None) -> None:
    """End in order: Spark's work is cancelled, temporary files go, and one line is said."""
    session = SparkSession.getActiveSession()
    if session is not None:
        # In a thread: the main one may hold the very connection that the order would go through.
        threading.Thread(target=_cancel, args=(session,), daemon=True).start()
    raise Interrupted(number)


def _cancel(session: SparkSession) -> None:
    try:
        session.sparkContext.cancelAllJobs()
    except Exception:
        return  # Java may be gone already, and then there is nothing to cancel.


def ended(fault: BaseException, log: Path | None) -> tuple[int, str]:
    """The exit status of a command that a fault ended, and the line to print.

    Args:
        fault: what ended it.
        log: the file that has the traceback, where one was written.
    """
    status, said = _status(fault)
    said = " ".join(said.split())
    return status, f"folketall: {said}{f' (everything about it: {log})' if log else ''}"


def _status(fault: BaseException) -> tuple[int, str]:
    """Exit status and words; no word of the fault's own but of our faults."""
    if isinstance(fault, FolketallError):
        return fault.status, str(fault)
    if isinstance(fault, Interrupted):
        return fault.status, f"stopped; {GO_ON}"
    if isinstance(fault, KeyboardInterrupt):
        return 130, f"stopped; {GO_ON}"
    chain = list(_chain(fault))
    for one in chain:
        if isinstance(one, FolketallError):
            return one.status, str(one)
        if isinstance(one, OSError) and one.errno in _SYSTEM:
            place = f"{one.filename}: " if isinstance(one.filename, str) else ""
            return UsageError.status, f"{place}{_SYSTEM[one.errno]} {GO_ON}"
    return _of_the_engine(chain)


def _of_the_engine(chain: list[BaseException]) -> tuple[int, str]:
    """A fault inside Spark, Java or a library."""
    text = "\n".join(_text(one) for one in chain)
    # A check of ours that failed inside a worker comes with its own words, which hold no value.
    ours = re.search(r"StatisticsError: (.+)", text)
    ours = ours or re.search(r"\[USER_RAISED_EXCEPTION\] (.+?)(?:SQLSTATE|$)", text, re.MULTILINE)
    if ours:
        return StatisticsError.status, ours.group(1)
    for pattern, number in _IN_JAVA:
        if re.search(pattern, text):
            return UsageError.status, f"{_SYSTEM[number]} {GO_ON}"
    gone = any(isinstance(one, (ConnectionError, EOFError)) or _is_lost(one) for one in chain)
    if gone or _MEMORY.search(text) or any(isinstance(one, MemoryError) for one in chain):
        return UsageError.status, MORE_MEMORY
    if "Python worker exited unexpectedly" in text or "crashed" in text:
        return UsageError.status, f"a worker of Spark was killed, perhaps for memory; {GO_ON}"
    if "JAVA_GATEWAY_EXITED" in text:
        return UsageError.status, (
            "Java did not start, or was killed while it did; see that `java -version` says 17 or "
            f"later and that memory is free (FOLKETALL_MEMORY=2g asks for less), and {GO_ON}"
        )
    first = chain[0]
    kind = first.getCondition() if isinstance(first, PySparkException) else None
    return OUR_FAULT, (
        f"an unforeseen fault ({kind or type(first).__name__}); with --verbose it is written to a "
        "private file, which may hold personal data"
    )


def _is_lost(fault: BaseException) -> bool:
    """Whether Java could no longer be reached."""
    return isinstance(fault, Py4JError) and not isinstance(fault, Py4JJavaError)


def _text(fault: BaseException) -> str:
    try:
        return str(fault)
    except Exception:
        return ""  # Java's text is asked of Java, which may be gone.


def _chain(fault: BaseException) -> Iterator[BaseException]:
    """The fault and what caused it."""
    seen: set[int] = set()
    at: BaseException | None = fault
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or at.__context__


def write_traceback(fault: BaseException, java: Path | None) -> Path:
    """Write everything about a fault into a new file that only its owner may read.

    Args:
        fault: what ended the command.
        java: what Java printed, where that was kept.
    """
    folder = Path(tempfile.mkdtemp(prefix="folketall-verbose-", dir=_outside()))
    file = folder / "traceback.txt"
    number = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(number, "w", encoding="utf-8", errors="replace") as target:
        target.write("".join(traceback.format_exception(fault)))
        if java is not None and java.exists():
            target.write(
                f"\nWhat Java and the workers printed:\n{java.read_text('utf-8', 'replace')}"
            )
    return file


def _outside() -> str:
    """The machine's place for temporary files: a run's own folder is gone at its end."""
    return os.environ.get("FOLKETALL_LOGS") or "/var/tmp"


@contextmanager
def watching(seconds: float = 10.0) -> Iterator[None]:
    """End the command when Java has ended under it: some calls would wait for ever."""
    stop = threading.Event()
    watcher = threading.Thread(target=_watch, args=(stop, seconds), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()


def _watch(stop: threading.Event, seconds: float) -> None:
    while not stop.wait(1.0):
        if _java_has_ended():
            # Whoever is told of it by an exception says it better.
            if not stop.wait(seconds):
                sys.stderr.write(f"folketall: {MORE_MEMORY}\n")
                sys.stderr.flush()
                os._exit(UsageError.status)
            return


def _java_has_ended() -> bool:
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    process = getattr(gateway, "proc", None)
    return process is not None and process.poll() is not None
