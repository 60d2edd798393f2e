"""By which method each cube is protected, and which methods it may have (X1)."""

from __future__ import annotations

from typing import Any

SUPPRESS, ROUND_UP, LEAVE_EMPTY = "suppress", "round_up", "leave_empty"
SMALL_COUNT_ROUNDING, CELL_KEY = "small_count_rounding", "cell_key"
PUBLISH = "publish"
"""No method that can be chosen: what is public is published as it is (X0)."""
METHODS = (SUPPRESS, ROUND_UP, LEAVE_EMPTY, SMALL_COUNT_ROUNDING, CELL_KEY)
CUBE_METHODS = {
    "refugees_by_category": SUPPRESS,
    "refugees_by_residence": SUPPRESS,
    "refugees_by_citizenship": SUPPRESS,
    "refugees_by_age": SUPPRESS,
    "population_by_background": SUPPRESS,
    "migrations_by_age": ROUND_UP,
    "migrations_by_background": ROUND_UP,
    "migrations_by_marital_status": ROUND_UP,
    "migrations_by_country": ROUND_UP,
    "migrations_between_regions": ROUND_UP,
    "migrations_administrative": ROUND_UP,
    "population_accounts": ROUND_UP,
}
"""Cubes of counts and the method each is protected by when nothing else is said (X1)."""
STOCKS = (
    "refugees_by_category",
    "refugees_by_residence",
    "refugees_by_citizenship",
    "refugees_by_age",
    "population_by_background",
)
"""Cubes in which every region's count is the sum of its municipalities'.

A flow's is not: a move between two municipalities of a county is none of the county's (M4).
"""
OF_STOCKS = (SUPPRESS, SMALL_COUNT_ROUNDING)
"""Methods that take all levels of region as sums of the lowest."""
SUMMED = "population_accounts"
"""The cube that is summed from counts."""
_WHY_NOT = {
    **dict.fromkeys(OF_STOCKS, "flows do not add up over regions (M4)"),
    CELL_KEY: "it is summed from counts and not from records, which have keys",
}


def allowed(*, stock: bool, summed: bool) -> tuple[str, ...]:
    """The methods that a cube may have (X1).

    Args:
        stock: it counts persons, and every region's count is the sum of its municipalities'.
        summed: it is summed from counts and not from records.
    """
    without = (*(() if stock else OF_STOCKS), *((CELL_KEY,) if summed else ()))
    return tuple(method for method in METHODS if method not in without)


def methods_for(cube: str) -> tuple[str, ...]:
    """The methods that one of CUBE_METHODS may have (X1)."""
    return allowed(stock=cube in STOCKS, summed=cube == SUMMED)


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
