"""The cubes of a run, the method that each is protected by, and what that promises (Q1, X1, X3)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from folketall.audit.verdict import Promise
from folketall.cubes.declaration import read_cubes, shipped_cubes
from folketall.cubes.declared import ACCOUNTS, MIGRATIONS, RESIDENTS, STOCKS, Cube
from folketall.model.errors import UsageError
from folketall.model.methods import (
    CELL_KEY,
    CUBE_METHODS,
    PUBLISH,
    ROUND_UP,
    SUPPRESS,
    allowed,
    method_among,
)
from folketall.model.sections import Cubes, Protect
from folketall.model.settings import Settings

METHOD = "protect.method."


def cubes_of(settings: Settings) -> Mapping[str, Cube]:
    """The cubes that the run's declaration has, by name (Q1).

    Raises:
        UsageError: naming every fault of the file.
    """
    file = settings[Cubes.file]
    return read_cubes(Path(file)) if file else shipped_cubes()


def methods_of(settings: Settings) -> dict[str, str]:
    """Cube to method, of every cube that is counted (X1).

    Raises:
        UsageError: naming every cube that cannot have its method, or is not declared.
    """
    cubes, faults, found = cubes_of(settings), [], {}
    public = settings[Protect.public]
    for name, cube in cubes.items():
        if cube.derived:
            continue
        if cube.counts == ACCOUNTS and ACCOUNTS in public:
            found[name] = PUBLISH  # X0
            continue
        summed = cube.counts == ACCOUNTS
        value = settings.values.get(METHOD + name, ROUND_UP if summed else SUPPRESS)
        try:
            found[name] = method_among(allowed(summed=summed), value)
        except ValueError as fault:
            faults.append(f"{METHOD}{name} = {value} must be {fault}")
        if cube.counts == MIGRATIONS and value == SUPPRESS and ACCOUNTS not in public:
            faults.append(
                f"{METHOD}{name} = {value}: migrations are suppressed beside public accounts; "
                "name accounts in protect.public (X0)"
            )
    for setting in settings.values:
        name = setting.removeprefix(METHOD)
        if setting.startswith(METHOD) and name not in {*cubes, *CUBE_METHODS}:
            faults.append(f"{setting}: no cube {name} is declared")
    if faults:
        raise UsageError("settings: " + "; ".join(faults))
    return found


def suppressed_cubes(settings: Settings) -> list[str]:
    """Cubes of persons that are protected, audited and entered together (X2 to X4)."""
    cubes = cubes_of(settings)
    return [
        name
        for name, method in methods_of(settings).items()
        if method == SUPPRESS and cubes[name].counts in STOCKS
    ]


def suppressed_flows(settings: Settings) -> list[str]:
    """Cubes of migrations that are protected and audited together, without pairs of regions."""
    cubes = cubes_of(settings)
    return [
        name
        for name, method in methods_of(settings).items()
        if method == SUPPRESS and cubes[name].counts == MIGRATIONS and not cubes[name].other_region
    ]


def keyed_cubes(settings: Settings) -> list[str]:
    """Cubes that are counted with the keys of their records (X1)."""
    return sorted(name for name, method in methods_of(settings).items() if method == CELL_KEY)


def promise_of(settings: Settings) -> Promise:
    """What the settings promise of suppression (X2, X3)."""
    return Promise(
        threshold=settings[Protect.threshold],
        zeros=settings[Protect.zeros],
        singletons=settings[Protect.singletons],
        min_width=settings[Protect.min_width],
        public=RESIDENTS in settings[Protect.public],
    )
