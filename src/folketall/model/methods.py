"""By which method each cube is protected, and which methods it may have (X1)."""

from __future__ import annotations

from typing import Any

SUPPRESS, ROUND_UP, LEAVE_EMPTY = "suppress", "round_up", "leave_empty"
SMALL_COUNT_ROUNDING, CELL_KEY = "small_count_rounding", "cell_key"
PUBLISH = "publish"
"""No method that can be chosen: what is public is published as it is (X0)."""
METHODS = (SUPPRESS, ROUND_UP, LEAVE_EMPTY, SMALL_COUNT_ROUNDING, CELL_KEY)
CUBE_METHODS = dict.fromkeys(
    (
        "refugees_by_category",
        "refugees_by_residence",
        "refugees_by_citizenship",
        "refugees_by_age",
        "population_by_background",
        "migrations_by_age",
        "migrations_by_background",
        "migrations_by_marital_status",
        "migrations_by_country",
        "migrations_between_regions",
        "migrations_administrative",
    ),
    SUPPRESS,
) | {"population_accounts": ROUND_UP}
"""Cubes of counts and the method each is protected by when nothing else is said (X1)."""
TOGETHER = (SUPPRESS, SMALL_COUNT_ROUNDING)
"""Methods that take all levels of region together."""
SUMMED = "population_accounts"
"""The cube that is summed from counts."""
_WHY_NOT = {
    SUPPRESS: "the terms of the accounts are public together or not at all (X0)",
    SMALL_COUNT_ROUNDING: "it has no inner cells to round",
    CELL_KEY: "it is summed from counts and not from records, which have keys",
}


def allowed(*, summed: bool) -> tuple[str, ...]:
    """The methods that a cube may have (X1).

    Args:
        summed: it is summed from counts and not from records.
    """
    without = (SUPPRESS, SMALL_COUNT_ROUNDING, CELL_KEY) if summed else ()
    return tuple(method for method in METHODS if method not in without)


def methods_for(cube: str) -> tuple[str, ...]:
    """The methods that one of CUBE_METHODS may have (X1)."""
    return allowed(summed=cube == SUMMED)


def method_among(methods: tuple[str, ...], value: Any) -> str:
    """Read the method of a cube (X1).

    Args:
        methods: that it may have, as `allowed` gives them.
        value: as set.

    Raises:
        ValueError: it cannot have it, or there is no such method; says which it may have.
    """
    if value in methods:
        return str(value)
    said = "one of " + ", ".join(methods)
    raise ValueError(f"{said}: {_WHY_NOT[value]}" if value in METHODS else said)


def method_of_cube(cube: str, value: Any) -> str:
    """Read the method of one of CUBE_METHODS; see `method_among`."""
    return method_among(methods_for(cube), value)
