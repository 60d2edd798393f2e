"""How a command lives and ends: its private folder, its Java, and the signals that stop it."""

from __future__ import annotations

import atexit
import os
import signal
import socketserver
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from folketall.commands.faults import AGAIN, JAVA_ENDED
from folketall.model.errors import UsageError
from folketall.storage.private import keep_private, let_go, private_folder
from folketall.storage.session import JAVA_LOG, end_java, watch_java

STOPPED = f"stopped; {AGAIN}"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def begin(warehouse: str | None) -> None:
    """Make the private folder before Java starts; with the command Java and the folder end.

    Args:
        warehouse: the command works on; what it writes there only the owner reads, but for the
            published files. None: it works on nobody's data.
    """
    if warehouse is not None:
        keep_private()
    folder = private_folder(warehouse)
    # pyspark's own server prints a traceback when Java has ended before it.
    socketserver.BaseServer.handle_error = _say_nothing  # type: ignore[assignment]
    threading.excepthook = _say_nothing
    # Under spark-submit Java is not ours: where its temporary files are is the cluster's business.
    tempfile.tempdir = str(folder)
    atexit.register(end_java)
    threading.Thread(target=_watch, name="wait for Java", daemon=True).start()


def _say_nothing(*_: object) -> None:
    """What goes wrong beside the command is no matter of its user's, and may quote rows."""


def java_log() -> Path | None:
    """What Java and Spark's workers wrote, where there is a private folder."""
    folder = Path(tempfile.gettempdir())
    return folder / JAVA_LOG if (folder / JAVA_LOG).exists() else None


def say_fault(line: str) -> None:
    """The one line on stderr, unless nobody reads it any more."""
    with suppress(OSError, ValueError):
        sys.stderr.write(f"folketall: {line}\n")
        sys.stderr.flush()


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Inside, a signal to stop ends the process at once, with its line and 128 + its number.

    Every table is whole at every moment, so there is nothing that has to be brought to an end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        # One who started it with nohup wants it to outlive the terminal.
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, _: FrameType | None) -> None:
    _end(STOPPED, 128 + number)


def _watch() -> None:
    watch_java(lambda: _end(JAVA_ENDED, UsageError.status))


def _end(line: str, status: int) -> None:
    with suppress(OSError):
        os.write(2, f"folketall: {line}\n".encode())
    end_java()
    let_go()
    os._exit(status)
