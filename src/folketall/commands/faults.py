"""What is said of a fault: one line and the exit status of the contract, and no register's value.

The texts of engines may quote the rows they failed at, so that no such text is ever repeated: it is
only searched for what the machine lacks. With `--verbose` all of it goes to a file.
"""

from __future__ import annotations

import errno
import os
import re
import traceback
from collections.abc import Iterator
from pathlib import Path

from folketall.model.errors import FolketallError, StatisticsError, UsageError
from folketall.storage.private import fault_file

OTHER = 1
"""Exit status of a fault of ours."""
AGAIN = "run the same again and it goes on where it was"
MORE_MEMORY = (
    "give Java more memory (FOLKETALL_MEMORY=8g) or the machine less else to do, or run fewer "
    f"years at a time; {AGAIN}"
)
JAVA_ENDED = f"Java ended in the middle of the work, most likely for want of memory; {MORE_MEMORY}"
JAVA_DID_NOT_START = (
    "Java did not start; see that the machine has the memory asked for, and FOLKETALL_MEMORY and "
    "FOLKETALL_JAVA_OPTIONS, where they are set, are what Java takes"
)
DISK_FULL = f"the disk is full; make room, then {AGAIN}"
_MACHINE = (
    (r"No space left on device|Disk quota exceeded|os error 28", DISK_FULL),
    (
        r"Permission denied|AccessControlException|AccessDeniedException|os error 13",
        "a file may not be read or written; see who owns the folders that were named",
    ),
    (
        r"Read-only file system|os error 30",
        "a folder that was named lies on a disk that is read-only",
    ),
    (r"JAVA_GATEWAY_EXITED", JAVA_DID_NOT_START),
    (
        r"OutOfMemoryError|Java heap space|GC overhead limit|SparkOutOfMemory|\bMemoryError\b|"
        r"Cannot allocate memory|UNABLE_TO_ACQUIRE_MEMORY|maxResultSize",
        f"there was not enough memory; {MORE_MEMORY}",
    ),
    (
        r"Python worker exited unexpectedly|PYTHON_WORKER_EXITED|Python worker.{0,40}crashed|"
        r"[Pp]ython daemon|Error from python worker|PythonWorkerFactory",
        f"a worker of Spark was killed, most likely for want of memory; {MORE_MEMORY}",
    ),
)
"""What the text of an engine's fault is searched for; only the line beside it is said."""
_BY_NUMBER = {
    errno.ENOSPC: DISK_FULL,
    errno.EDQUOT: DISK_FULL,
    errno.EACCES: "it may not be read or written; see who owns it",
    errno.EPERM: "it may not be read or written; see who owns it",
    errno.EROFS: "it lies on a disk that is read-only",
    errno.EISDIR: "it is a folder, and a file is needed",
    errno.ENOTDIR: "a part of the path is a file, and a folder is needed",
    errno.EEXIST: "it is a file, and a folder is needed",
    errno.ENOENT: "it is not there",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "the path leads in a circle",
    errno.EMFILE: "too many files are open; raise the limit (ulimit -n)",
    errno.ENOMEM: f"there was not enough memory; {MORE_MEMORY}",
    errno.EIO: "the disk failed",
    errno.ESTALE: "the network disk failed",
}


def told(fault: BaseException, *, java_ended: bool = False) -> tuple[int, str]:
    """The exit status of a fault, and the one line that is said.

    Args:
        fault: what a command raised.
        java_ended: whether our Java had ended by itself when it was raised.
    """
    if isinstance(fault, FolketallError):
        return fault.status, _one_line(str(fault))
    if java_ended:
        return UsageError.status, JAVA_ENDED
    chain = [*_chain(fault)]
    text = "\n".join(f"{type(one).__name__}: {one}" for one in chain)
    if ours := _ours(text):
        return StatisticsError.status, _one_line(ours)
    for one in chain:
        if isinstance(one, OSError) and one.errno in _BY_NUMBER:
            return UsageError.status, _of_a_file(one)
    for pattern, line in _MACHINE:
        if re.search(pattern, text):
            return UsageError.status, line
    kind = _kind(fault)
    return (
        OTHER,
        f"a fault of ours ({kind}); run it again with --verbose and send us what it writes",
    )


def _ours(text: str) -> str | None:
    """A check of ours that failed inside a worker comes with its own words, which hold no value."""
    found = re.search(r"StatisticsError: (.+)", text)
    found = found or re.search(r"\[USER_RAISED_EXCEPTION\] (.+?)(?:SQLSTATE|$)", text, re.M)
    return found.group(1) if found else None


def _of_a_file(fault: OSError) -> str:
    line = _BY_NUMBER[fault.errno or 0]
    named = isinstance(fault.filename, (str, bytes)) and line != DISK_FULL
    return f"{_one_line(os.fsdecode(fault.filename))}: {line}" if named else line


def _kind(fault: BaseException) -> str:
    """The name of the fault's kind, or of the condition that Spark gives it: no value is in it."""
    condition = getattr(fault, "getCondition", lambda: None)()
    kind = type(fault).__name__
    return condition if condition and re.fullmatch(r"[A-Z0-9_.]+", condition) else kind


def _chain(fault: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    todo: list[BaseException | None] = [fault]
    while todo:
        one = todo.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            todo += [one.__cause__, one.__context__]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def written_down(fault: BaseException, warehouse: str | None, java: Path | None) -> str:
    """Write all that is known of a fault to a private file.

    Args:
        fault: what a command raised.
        warehouse: in whose folder the file is made, where it has one.
        java: what Java and the workers wrote.

    Returns:
        What is added to the line: where the file is.
    """
    try:
        file = fault_file(warehouse)
        with file.open("w", encoding="utf-8", errors="backslashreplace") as out:
            out.writelines(traceback.format_exception(fault))
            if java is not None and java.exists():
                out.write(f"\nJava and its workers:\n{java.read_text('utf-8', 'replace')}")
    except Exception:
        return " (what is known of it could not be written down)"
    return f" (all that is known, which may hold personal data: {file})"
