"""The cubes of a run and the method that each is protected by, from its settings (Q1, X1)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from folketall.cubes.declaration import read_cubes, shipped_cubes
from folketall.cubes.declared import ACCOUNTS, MIGRATIONS, STOCKS, Cube
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
from folketall.model.settings import Settings

METHOD = "protect.method."


def cubes_of(settings: Settings) -> Mapping[str, Cube]:
    """The cubes that the run's declaration has, by name (Q1).

    Raises:
        UsageError: naming every fault of the file.
    """
    file = settings["cubes.file"]
    return read_cubes(Path(file)) if file else shipped_cubes()


def declaration(settings: Settings) -> str:
    """What the cubes are made from besides code: a change of it makes them anew."""
    said = repr(sorted(cubes_of(settings).items()))
    return hashlib.sha256(said.encode()).hexdigest()


def methods_of(settings: Settings) -> dict[str, str]:
    """Cube to method, of every cube that is counted (X1).

    Raises:
        UsageError: naming every cube that cannot have its method, or is not declared.
    """
    cubes, faults, found = cubes_of(settings), [], {}
    public = settings["protect.public"]
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


def keyed_cubes(settings: Settings) -> list[str]:
    """Cubes that are counted with the keys of their records (X1)."""
    return sorted(name for name, method in methods_of(settings).items() if method == CELL_KEY)
