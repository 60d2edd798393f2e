"""`folketall cubes`: check a declaration of cubes, and list what it declares (Q1)."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from datetime import date

from folketall.commands.options import add_settings
from folketall.model.settings import read_settings


def add_cubes(add: Callable[..., argparse.ArgumentParser]) -> None:
    parser = add(
        "cubes",
        _cubes,
        "Check the declaration of the cubes and list them. Each is shown level by level, with its "
        "dimensions, its method of protection and its number of cells in a period.",
        "folketall cubes --set cubes.file=conf/cubes.toml",
    )
    add_settings(parser)
    parser.add_argument(
        "--period", type=int, default=2024, help="year whose regions are counted (default 2024)"
    )


def _cubes(arguments: argparse.Namespace) -> None:
    from folketall.commands.console import say, table
    from folketall.line.cubes import cubes_of, methods_of

    settings = read_settings(arguments.conf, arguments.set)
    cubes, methods = cubes_of(settings), methods_of(settings)
    regions = regions_by_level(arguments.period)
    rows, total = [], 0
    for name, cube in cubes.items():
        for level in cube.levels:
            sparse = any(one.sparse for one in cube.at(level))
            pairs = regions[level] if cube.other_region and not sparse else 1
            cells = cube.cells_per_region(level) * regions[level] * pairs
            total += cells
            shown = [_said(one.shown, crossed=one.crossed) for one in cube.at(level)]
            more = ["other region" + (", where somebody moved" if sparse else "")]
            said = "; ".join([*filter(None, shown), *(more if cube.other_region else [])])
            rows.append((name, level, said, methods.get(name, "computed"), f"{cells}"))
    columns = ("cube", "level", "dimensions", "method", "cells")
    table(f"Cubes, and cells of {arguments.period}", columns, rows)
    say(f"{total} cells in {arguments.period}, but for pairs of regions that are sparse")


def _said(shown: Mapping[str, tuple[str, ...]], *, crossed: bool) -> str:
    """`sex (3) × age (20)`: each dimension with its number of codes; a comma: each by itself."""
    return (" × " if crossed else ", ").join(
        f"{name} ({len(codes)})" for name, codes in shown.items()
    )


def regions_by_level(year: int) -> dict[str, int]:
    """The number of regions of each level on 1 January, `unknown` among them."""
    from folketall.geography.regions import region_codes

    return {level: len(codes) for level, codes in region_codes(date(year, 1, 1)).items()}
