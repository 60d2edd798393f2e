"""`folketall compare published`: the office's tables of 1 January 2025 and ours, cell by cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich.table import Table

from folketall.classifications import read_rows
from folketall.cubes.declaration import shipped_cubes
from folketall.cubes.declared import NATION, NATION_CODE, TOTAL
from folketall.model.cells import Cells
from folketall.model.errors import UsageError
from folketall.protection.rounding import decided
from folketall.protection.shares import SHARES, derived_shares, is_share_term
from folketall.release.labels import label

YEAR = "2025"
LARGE = 1000
"""Cells over this are held against `within`."""
POPULATION = "population_by_background"
CUBES_COMPARED = (
    "refugees_by_category",
    SHARES,
    "refugees_by_residence",
    "refugees_by_citizenship",
)
_CODES = ("category", "years_of_residence", "country_group", "citizenship", "sex")
CSV_FIELDS = ("cube", *_CODES, "measure", "published", "expected", "ours", "difference", "equal")


@dataclass(frozen=True, slots=True)
class Compared:
    """One cell: what the office published, what that is at our size, and ours."""

    cube: str
    codes: Mapping[str, str]
    measure: str
    published: float
    expected: float
    ours: float | None
    """None where the cell is not for publication."""

    @property
    def decimals(self) -> int:
        return 1 if self.cube == SHARES else 0

    @property
    def difference(self) -> float | None:
        """Ours less the expected, as printed."""
        if self.ours is None:
            return None
        return round(round(self.ours, self.decimals) - self.expected, self.decimals)

    @property
    def equal(self) -> bool:
        """Equal as printed; of a smaller register, less than a half off."""
        return self.difference == 0

    def within(self, per_cent: float) -> bool:
        """Cells of persons over 1 000 are at most so far off; others are not held to it."""
        if self.cube == SHARES or self.published <= LARGE:
            return True
        return self.difference is not None and 100 * abs(self.difference) <= (
            per_cent * self.expected
        )

    @property
    def row(self) -> tuple[object, ...]:
        """The fields of `CSV_FIELDS`."""
        codes = [self.codes.get(name, "") for name in _CODES]
        ours = ["" if value is None else value for value in (self.ours, self.difference)]
        equal = str(self.equal).lower()
        return (self.cube, *codes, self.measure, self.published, self.expected, *ours, equal)


def nation_cells(cells: Iterable[Cells], *, protected: bool) -> list[dict[str, object]]:
    """Our cells of the nation on 1 January 2025, a few hundred rows.

    Args:
        cells: PUBLISHED_CUBE, or CUBE, which holds no shares: they are computed here, from figures
            that never leave the office.
        protected: which of the two.
    """
    parts = [nation for part in cells if (nation := _of_nation(part)).num_rows]
    if not protected:
        counted = [decided(p, p["value"].to_numpy(), np.zeros(p.num_rows, np.bool_)) for p in parts]
        parts = [*counted, *derived_shares([p for p in counted if is_share_term(p)], {})]
    rows: list[dict[str, object]] = [row for part in parts for row in part.to_pylist()]
    return [row for row in rows if row["period"] == YEAR and _is_wanted(row)]


def _of_nation(part: Cells) -> Cells:
    """The nation, of the year and the one before, each in its own boundaries."""
    wanted = pc.and_(pc.equal(part["level"], NATION), pc.equal(part["region"], NATION_CODE))
    years = pa.array([YEAR, str(int(YEAR) - 1)])
    wanted = pc.and_(wanted, pc.is_in(part["period"].cast(pa.string()), years))
    own = pc.equal(part["geography"].cast(pa.string()), part["period"].cast(pa.string()))
    return part.filter(pc.and_(wanted, own))


def _is_wanted(row: Mapping[str, object]) -> bool:
    whole = all(row[name] in (None, TOTAL) for name in ("sex", "age", "immigrant"))
    return row["cube"] in CUBES_COMPARED or (row["cube"] == POPULATION and whole)


def compared(rows: Iterable[Mapping[str, object]], *, scale: bool) -> list[Compared]:
    """Hold our cells against the published ones.

    Args:
        rows: the rows of `nation_cells`.
        scale: expect the published counts in proportion to our residents; for smaller registers.

    Raises:
        UsageError: the warehouse has no figures of 1 January 2025.
    """
    ours = {(row["cube"], *_key(row), row["measure"]): row["value"] for row in rows}
    printed = read_rows(f"published/refugee_background_{YEAR}")
    residents = float(next(row["value"] for row in printed if row["cube"] == POPULATION))
    mine = ours.get((POPULATION, *_key({}), "persons"))
    if not any(cube == "refugees_by_category" for cube, *_ in ours):
        raise UsageError(f"no figures of 1 January {YEAR}; run with --years that have it")
    if scale and not mine:
        raise UsageError(f"--scale needs the residents of 1 January {YEAR}, which are protected")
    size = float(str(mine)) / residents if scale else 1.0
    found = []
    for row in printed:
        if row["cube"] == POPULATION:
            continue
        value = float(row["value"])
        cell = ours.get((row["cube"], *_key(row), row["measure"]))
        expected = value if row["cube"] == SHARES else value * size
        codes = {name: row[name] for name in _CODES if row[name]}
        found.append(
            Compared(
                row["cube"], codes, row["measure"], value, expected,
                None if cell is None else float(str(cell)),
            )
        )  # fmt: skip
    return found


def _key(row: Mapping[str, object]) -> tuple[str, ...]:
    """The codes of a cell; a dimension the cube does not have is its total."""
    return tuple(str(row.get(name) or TOTAL) for name in _CODES)


def verdict(cells: Sequence[Compared], within: float | None = None) -> str:
    """In one line: how many cells are equal, and how far the others are off."""
    equal = sum(cell.equal for cell in cells)
    text = f"{equal} of {len(cells)} cells equal"
    hidden = sum(cell.ours is None for cell in cells)
    if hidden:
        text += f", {hidden} not for publication"
    large = [cell for cell in cells if cell.cube != SHARES and cell.published > LARGE]
    off = [100 * abs(c.difference) / c.expected for c in large if c.difference is not None]
    if off:
        text += f"; of {len(large)} cells over {LARGE} the furthest is {max(off):.2f} per cent off"
    if within is not None:
        outside = sum(not cell.within(within) for cell in cells)
        text += f", {outside} more than {within:g} per cent"
    return text


def holds(cells: Sequence[Compared], within: float | None = None) -> bool:
    """All cells are equal; or, with `within`, all over 1 000 are that near, in per cent."""
    if within is None:
        return all(cell.equal for cell in cells)
    return all(cell.within(within) for cell in cells)


def comparison_tables(cells: Sequence[Compared], title: str) -> list[Table]:
    """A table a cube: published (or expected at our size), ours, difference.

    Args:
        cells: as `compared` returns them.
        title: what ours is.
    """
    scaled = any(cell.expected != cell.published for cell in cells)
    tables = []
    for cube in CUBES_COMPARED:
        table = Table(title=f"{shipped_cubes()[cube].title}\n{title}", title_justify="left")
        table.add_column("")
        for heading in ("published", *(["expected"] if scaled else []), "ours", "difference"):
            table.add_column(heading, justify="right")
        for cell in (cell for cell in cells if cell.cube == cube):
            figures = [cell.published, *([cell.expected] if scaled else []), cell.ours]
            printed = [_figure(figure, cell.decimals) for figure in figures]
            off = "" if cell.equal else _figure(cell.difference, cell.decimals, sign=True)
            table.add_row(_words(cell), *printed, off)
        tables.append(table)
    return tables


def _words(cell: Compared) -> str:
    words = [label(name, code) for name, code in cell.codes.items()]
    return ", ".join([*words, *([label("measure", cell.measure)] if cell.cube == SHARES else [])])


def _figure(value: float | None, decimals: int, *, sign: bool = False) -> str:
    if value is None:
        return ":"
    text = f"{value:{'+' if sign else ''},.{decimals}f}".replace(",", " ")
    return text.removeprefix("-") if float(text.replace(" ", "")) == 0 else text
