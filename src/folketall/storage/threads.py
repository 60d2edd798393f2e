"""Independent jobs side by side: planning one goes well with running another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
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


def a_few_ahead(
    work: Callable[[One], Result], things: Iterable[One], jobs: int = 2
) -> Iterator[Result]:
    """The work's result for each thing, in their order, while the next things are made.

    A thing is taken only when the work on one before it is done: few are held at a time.

    Raises:
        Exception: what making a thing or the work on it raised.
    """
    with ThreadPoolExecutor(jobs) as pool:
        waiting: list[Future[Result]] = []
        for thing in things:
            waiting.append(pool.submit(work, thing))
            if len(waiting) > jobs:
                yield waiting.pop(0).result()
        for one in waiting:
            yield one.result()
