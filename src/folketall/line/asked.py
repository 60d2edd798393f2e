"""What is asked of a run: read, and held against its deliveries before Spark starts."""

from __future__ import annotations

from collections.abc import Sequence

from folketall.line.cubes import methods_of
from folketall.line.steps import STEP_NAMES
from folketall.model.errors import UsageError
from folketall.model.secrets import secret_fault
from folketall.model.sections import Keys, Pin, Run
from folketall.model.settings import Settings
from folketall.model.tables import DELIVERY, WITHDRAWAL
from folketall.registers.known import day_faults, refuse_later_than
from folketall.registers.manifest import Delivery
from folketall.storage.at_hand import rows_at_hand


def refuse_before_spark(
    settings: Settings,
    years: tuple[int, int],
    warehouse: str,
    deliveries: Sequence[Delivery],
    *,
    keys: bool,
) -> None:
    """Refuse what can be seen to be wrong from the deliveries and the warehouse's list of them.

    Args:
        settings: the run's.
        years: first and last year asked for.
        warehouse: folder or address; of an address nothing is known before Spark.
        deliveries: those at hand; none where the run does not take any.
        keys: whether the run goes beyond intake, and so gives persons their keys.

    Raises:
        UsageError: K or a year that no register has reached (K4), or a secret that is public; cubes
            that cannot be made as declared (Q1), or protected as asked (X1).
        InputRefusedError: a delivery dated after run.today (V5).
    """
    named = ("source", "delivered_on", "digest")
    back = {tuple(row[n] for n in named) for row in rows_at_hand(warehouse, WITHDRAWAL)}
    held = [
        (row["source"], row["delivered_on"], row["mode"])
        for row in rows_at_hand(warehouse, DELIVERY)
        if tuple(row[n] for n in named) not in back
    ]
    held += [
        (d.source, d.delivered_on, d.mode)
        for d in deliveries
        if (d.source, d.delivered_on, d.digest) not in back
    ]
    methods_of(settings)
    refuse_later_than(set(held), settings[Run.today])
    fault = day_faults(held, known_at=settings[Run.known_at], years=years)
    if keys and not fault:
        fault = secret_fault(settings[Keys.secret], settings[Pin.check])
    if fault:
        raise UsageError(fault)


def selected(first: str, last: str) -> list[str]:
    """The names of the steps from `first` to `last`.

    Raises:
        UsageError: there is no such step, or they are the wrong way round.
    """
    names = list(STEP_NAMES)
    unknown = [name for name in (first, last) if name not in names]
    if unknown:
        raise UsageError(f"no step {', '.join(unknown)}; the steps are {', '.join(names)}")
    if names.index(first) > names.index(last):
        raise UsageError(f"the step {first} comes after {last}; the steps are {', '.join(names)}")
    return names[names.index(first) : names.index(last) + 1]


def parse_years(text: str) -> tuple[int, int]:
    """`a:b` as two years, the first not after the last; `a` alone is both.

    Raises:
        UsageError: it is neither.
    """
    first, _, last = text.partition(":")
    try:
        years = int(first), int(last or first)
    except ValueError:
        raise UsageError(f"--years {text}: write it as 2015:2025") from None
    if not 1900 <= years[0] <= years[1] <= 2100:
        raise UsageError(f"--years {text}: the first must not be after the last, as in 2015:2025")
    return years
