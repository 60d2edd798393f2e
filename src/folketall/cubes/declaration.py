"""The declaration of cubes by level, read from TOML and checked all at once (Q1)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any

from folketall.cubes.declared import (
    ACCOUNT_TERMS,
    ACCOUNTS,
    ADMINISTRATIVE,
    BETWEEN,
    LEVELS,
    MIGRATION_MEASURES,
    MIGRATIONS,
    MOVES,
    NATION,
    REFUGEES,
    RESIDENTS,
    SHARE_MEASURES,
    TOTAL,
    UNKNOWN,
    Cube,
    Dimension,
    LevelTable,
)
from folketall.cubes.groupings import Grouping, common_refinement, groupings
from folketall.model.errors import UsageError

OF_PERSONS = ("sex", "age", "citizenship", "country_group", "marital_status")
COUNTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    RESIDENTS: ((*OF_PERSONS, "immigrant"), ("persons",)),
    REFUGEES: ((*OF_PERSONS, "category", "years_of_residence"), ("persons", *SHARE_MEASURES)),
    MIGRATIONS: (
        (*OF_PERSONS, "country"),
        (*MIGRATION_MEASURES, *BETWEEN, ADMINISTRATIVE, MOVES),
    ),
    ACCOUNTS: ((), ACCOUNT_TERMS),
}
"""What can be counted: the dimensions and the measures that it has."""
OF_REFUGEES_ALONE = frozenset({"foreign"})
"""Groupings without Norway, the background of nobody who is an immigrant (F1)."""
CUBE_KEYS = {"title", "counts", "measures", "nation_measures", "levels"}
LEVEL_KEYS = {"at", "crossed", "other_region", "sparse"}


Named = Mapping[str, Mapping[str, Grouping]]
"""Dimension to its groupings by name."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A cube as a file declares it, and the groupings that its levels may name."""

    name: str
    given: Any
    named: Named


def read_cubes(path: Path | None = None) -> dict[str, Cube]:
    """Read a declaration of cubes; everything that is wrong is said at once (Q1).

    Args:
        path: of the TOML file; None: the one that the package ships.

    Raises:
        UsageError: naming every fault of the file.
    """
    return cubes_from(read_declared(path))


def read_declared(path: Path | None = None) -> list[Declared]:
    """Read what a file declares, as `read_cubes` does.

    Raises:
        UsageError: naming every fault of the file.
    """
    where = str(path or "cubes.toml of the package")
    try:
        if path is None:
            text = files("folketall.cubes").joinpath("cubes.toml").read_text("utf-8")
        else:
            text = path.read_text("utf-8")
        given = tomllib.loads(text)
    except OSError:
        raise UsageError(f"cubes: {where} cannot be read; name a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise UsageError(f"cubes: {where} is not TOML: {fault}") from None
    found = [Declared(name, cube, groupings()) for name, cube in given.items()]
    faults = [fault for one in found for fault in faults_of(one)]
    if not found:
        faults = ["it declares no cube"]
    if faults:
        raise UsageError(f"cubes: {where}: " + "; ".join(faults))
    return found


def cubes_from(declared: Sequence[Declared]) -> dict[str, Cube]:
    """Cubes that are counted side by side, by name (Q1).

    Args:
        declared: without faults.
    """
    used = _groupings_in_use(declared)
    return {one.name: _cube(one, used[one.given["counts"]]) for one in declared}


def _groupings_in_use(declared: Sequence[Declared]) -> dict[str, dict[str, list[Grouping]]]:
    """What is counted to its dimensions and all groupings that some cube has of each.

    Inner codes are the same in all cubes of the same persons: so they can be held side by side.
    """
    found: dict[str, dict[str, dict[str, Grouping]]] = {}
    for one in declared:
        of = found.setdefault(one.given["counts"], {})
        for level in one.given["levels"]:
            for dimension in level.keys() - LEVEL_KEYS:
                name, groupings_of = level[dimension], of.setdefault(dimension, {})
                grouping = one.named[dimension][name]
                # Two files may give one name to different groupings.
                if grouping not in groupings_of.values():
                    key = name if name not in groupings_of else f"{name} of {one.name}"
                    groupings_of[key] = grouping
    return {
        counts: {name: [used[key] for key in sorted(used)] for name, used in of.items()}
        for counts, of in found.items()
    }


@cache
def shipped_cubes() -> Mapping[str, Cube]:
    """The cubes of the contract."""
    return read_cubes()


def _cube(declared: Declared, in_use: Mapping[str, Sequence[Grouping]]) -> Cube:
    given, named = declared.given, declared.named
    by = [{key: value for key, value in one.items() if key not in LEVEL_KEYS}
          for one in given["levels"]]  # fmt: skip
    names = dict.fromkeys(chain.from_iterable(by))
    used = {
        dimension: [named[dimension][name]
                    for name in dict.fromkeys(one[dimension] for one in by if dimension in one)]
        for dimension in names
    }  # fmt: skip
    return Cube(
        declared.name,
        given["title"],
        given["counts"],
        tuple(given["measures"]),
        tuple(given.get("nation_measures", ())),
        tuple(_dimension(dimension, of, in_use[dimension]) for dimension, of in used.items()),
        tuple(_table(one, mine, named) for one, mine in zip(given["levels"], by, strict=True)),
    )


def _table(given: Mapping[str, Any], by: Mapping[str, str], named: Named) -> LevelTable:
    of = {dimension: named[dimension][name] for dimension, name in by.items()}
    return LevelTable(
        tuple(level for level in LEVELS if level in given["at"]),
        {dimension: tuple(one.codes) for dimension, one in of.items()},
        {dimension: tuple(one.margins) for dimension, one in of.items() if one.margins},
        given.get("crossed", True),
        given.get("other_region", False),
        given.get("sparse", False),
    )


def _dimension(name: str, used: Sequence[Grouping], in_use: Sequence[Grouping]) -> Dimension:
    """A dimension of a cube that shows it in some of the groupings in use.

    Its inner codes are the common refinement of all that are in use, of the elements it has.
    """
    own = used[0].elements
    inner = [of for of in common_refinement(in_use) if own.issuperset(of)]
    named = {of: code for grouping in in_use for code, of in grouping.codes.items()}
    at = {element: place for place, of in enumerate(inner) for element in of}

    def places(elements: Sequence[str]) -> tuple[int, ...]:
        return tuple(sorted({at[element] for element in elements}))

    codes = {code: places(of) for one in used for code, of in one.codes.items()}
    # What is not known comes after all that is, however many groupings there are.
    codes |= {UNKNOWN: codes.pop(UNKNOWN)} if UNKNOWN in codes else {}
    margins = {code: places(of) for one in used for code, of in one.margins.items()}
    every = {TOTAL: tuple(range(len(inner)))}
    return Dimension(
        name,
        tuple(named.get(of, of[0] if len(of) == 1 else f"{of[0]}-{of[-1]}") for of in inner),
        tuple(inner),
        {**codes, **margins, **every},
    )


def faults_of(declared: Declared) -> list[str]:
    """Everything that is wrong with one cube."""
    name, given = declared.name, declared.given
    if not name.isidentifier() or name != name.lower():
        return [f"{name!r} is no name; use small letters, digits and _"]
    if not isinstance(given, Mapping):
        return [f"{name} must be a table"]
    found = [f"{name}: {key} is no key of a cube" for key in sorted(set(given) - CUBE_KEYS)]
    if not isinstance(given.get("title"), str):
        found.append(f"{name}: title must be a text")
    counts = given.get("counts")
    if not isinstance(counts, str) or counts not in COUNTS:
        return [*found, f"{name}: counts must be one of {', '.join(COUNTS)}"]
    columns, measures = COUNTS[counts]
    for key in ("measures", "nation_measures"):
        asked = given.get(key, [] if key == "nation_measures" else None)
        found += _listed(f"{name}: {key}", asked, measures, empty=key == "nation_measures")
    tables = given.get("levels")
    if not isinstance(tables, list) or not tables:
        return [*found, f"{name}: levels must be a list of tables, [[{name}.levels]]"]
    for number, one in enumerate(tables, 1):
        found += _of_table(f"{name}: levels {number}", one, counts, columns, declared.named)
    return found or _together(name, given, declared.named)


def _together(name: str, given: Mapping[str, Any], named: Named) -> list[str]:
    """What is wrong with a cube whose keys are right one by one."""
    found = []
    measures, tables = given["measures"], given["levels"]
    pairs = [bool(one.get("other_region", False)) for one in tables]
    if (
        (MOVES in measures) != any(pairs)
        or len(set(pairs)) > 1
        or (any(pairs) and measures != [MOVES])
    ):
        found.append(f"{name}: moves, and nothing else, are counted with other_region = true")
    if any(pairs) and any(set(one) - LEVEL_KEYS for one in tables):
        found.append(f"{name}: moves between regions have no other dimension")
    if any(pairs) and any(NATION in one["at"] for one in tables):
        found.append(f"{name}: the nation has no other region")
    if any(one.get("sparse") and not one.get("other_region") for one in tables):
        found.append(f"{name}: only moves between regions can be sparse")
    shares = set(measures) & set(SHARE_MEASURES)
    if shares and set(measures) - shares:
        found.append(f"{name}: shares are computed from other cubes; count persons in another")
    if (
        "net" in measures
        and not {"in", "out"} <= {*measures}
        and not {"immigration", "emigration"} <= {*measures}
    ):
        found.append(f"{name}: net needs in and out, or immigration and emigration")
    if ADMINISTRATIVE in measures and len(measures) > 1:
        found.append(f"{name}: {ADMINISTRATIVE} is counted by itself")
    for dimension in dict.fromkeys(key for one in tables for key in one if key not in LEVEL_KEYS):
        of = {one[dimension] for one in tables if dimension in one}
        if len({named[dimension][grouping].elements for grouping in of}) > 1:
            found.append(
                f"{name}: {', '.join(sorted(of))} of {dimension} leave out different codes"
            )
    return found


def _of_table(
    where: str, one: Any, counts: str, columns: tuple[str, ...], named: Named
) -> list[str]:
    if not isinstance(one, Mapping):
        return [f"{where} must be a table"]
    found = _listed(f"{where}: at", one.get("at"), LEVELS, empty=False)
    for key, value in one.items():
        if key == "at":
            continue
        if key in LEVEL_KEYS:
            if not isinstance(value, bool):
                found.append(f"{where}: {key} must be true or false")
            elif key == "other_region" and value and counts != "migrations":
                found.append(f"{where}: only migrations have an other_region")
        elif key not in columns:
            has = ", ".join(columns) or "none"
            found.append(f"{where}: {counts} have no dimension {key}; they have {has}")
        elif not isinstance(value, str) or value not in named[key]:
            has = ", ".join(named[key])
            found.append(f"{where}: {key} has no grouping {value}; it has {has}")
        elif value in OF_REFUGEES_ALONE and counts != REFUGEES:
            found.append(
                f"{where}: {key} = {value} leaves out Norway, where most {counts} are from"
            )
    return found


def _listed(where: str, value: Any, allowed: tuple[str, ...], *, empty: bool) -> list[str]:
    if not isinstance(value, list) or not (value or empty):
        return [f"{where} must be a list of some of {', '.join(allowed)}"]
    wrong = [one for one in value if one not in allowed]
    found = [f"{where}: there is no {one}; there are {', '.join(allowed)}" for one in wrong]
    if len({repr(one) for one in value}) < len(value):
        found.append(f"{where} names one twice")
    return found
