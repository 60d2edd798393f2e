"""By which method each cube is protected (X1)."""

from __future__ import annotations

from typing import Any

METHODS = ("suppress", "round_up", "leave_empty")
OF_FILES = ("small_count_rounding", "cell_key")
"""Methods of `folketall protect` only: see docs/method/disclosure.md."""
CUBE_METHODS = {
    "refugees_by_category": "suppress",
    "refugees_by_residence": "suppress",
    "refugees_by_citizenship": "suppress",
    "refugees_by_age": "suppress",
    "population_by_background": "round_up",
    "migrations_by_age": "round_up",
    "migrations_by_background": "round_up",
    "migrations_by_marital_status": "round_up",
    "migrations_by_country": "round_up",
    "migrations_between_regions": "round_up",
    "migrations_administrative": "round_up",
    "population_accounts": "round_up",
}
"""Cubes of counts and the method each is protected by when nothing else is said (X1)."""


def method_of_cube(value: Any) -> str:
    """Read the method of a cube.

    Raises:
        ValueError: there is no such method, or it is none for cubes.
    """
    if value in OF_FILES:
        raise ValueError(
            f"one of {', '.join(METHODS)}; {value} is for tables of counts (folketall protect): "
            "cubes of the same persons would differ in their totals, or need keys of records"
        )
    if value not in METHODS:
        raise ValueError("one of " + ", ".join(METHODS))
    return str(value)
