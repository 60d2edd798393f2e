"""Independent jobs side by side: planning one goes well with running another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

One = TypeVar("One")
Result = TypeVar("Result")


def at_once(work: Callable[[One], Result], things: Iterable[One], jobs: int = 2) -> list[Result]:
    """The work's result for each thing, in their order; so many at a time.

    Raises:
        Exception: what the first that failed raised; those under way end, no other is begun.
    """
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(work, thing) for thing in things]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
