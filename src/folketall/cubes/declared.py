"""Every cube as a value: its levels, and for each how fine its dimensions are (Q1).

Cells are declared and not discovered: zero cells exist, a cube has the same shape each period, and
disclosure control knows what it protects. The declaration itself is read by `declaration`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

TOTAL = "total"
UNKNOWN = "unknown"
NATION = "nation"
NATION_CODE = "0"
LEVELS = (NATION, "region", "county", "economic_region", "centrality", "municipality")
RESIDENTS, REFUGEES, MIGRATIONS, ACCOUNTS = "residents", "refugees", "migrations", "accounts"
"""What a cube can count."""
STOCKS = (RESIDENTS, REFUGEES)
"""What is counted on 1 January: every region's count is the sum of its municipalities'."""
IMMIGRANT = "immigrant"
PUBLIC_BY = ("age", "sex")
"""Dimensions by which residents are published as they are, whatever is protected (X0)."""

PRINCIPAL = ("asylum", "resettlement", "other", "unspecified")
FAMILY = ("family_enlargement", "family_reunification", "family_unspecified")
AGE_GROUPS = (*(f"{low}-{low + 4}" for low in range(0, 90, 5)), "90+")
MIGRATION_MEASURES = (
    "in",
    "out",
    "net",
    "immigration",
    "emigration",
    "in_internal",
    "out_internal",
    "intramunicipal",
)
ADMINISTRATIVE = "emigration_administrative"
MOVES = "moves"
INTERNAL = "internal"
"""Of inner cells: moves from one municipality to another."""
BETWEEN = ("between_counties", "between_municipalities")
SHARE_MEASURES = ("change_on_year", "share_of_immigrants", "share_of_population")
"""Computed from published cells and not counted (X5)."""
ACCOUNT_TERMS = (
    "stock_start",
    "births",
    "deaths",
    "immigrations",
    "emigrations",
    "in",
    "out",
    "opened_otherwise",
    "boundary_in",
    "boundary_out",
    "stock_end",
)


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension of a cube: its inner codes, which every grouping in use is made of."""

    name: str
    inner: tuple[str, ...]
    elements: tuple[tuple[str, ...], ...]
    """Of each inner code, what it stands for: single years of age, groups of countries, ..."""
    codes: Mapping[str, tuple[int, ...]]
    """Every code that some level publishes to the places of the inner codes that it sums: inner
    codes and groups in order, then the margins, `total` last."""

    @property
    def all_codes(self) -> tuple[str, ...]:
        return tuple(self.codes)


@dataclass(frozen=True)
class LevelTable:
    """What a cube publishes at some of its levels (Q1)."""

    levels: tuple[str, ...]
    shown: Mapping[str, tuple[str, ...]]
    """Dimension to the codes that partition it here. Dimensions that are not shown have a total."""
    margins: Mapping[str, tuple[str, ...]]
    """Dimension to its margins below the total."""
    crossed: bool = True
    """All dimensions together; if not, each by itself."""
    other_region: bool = False
    sparse: bool = False

    def codes(self, dimension: str) -> tuple[str, ...]:
        """Every code of a dimension in this table, the total last."""
        return (*self.shown.get(dimension, ()), *self.margins.get(dimension, ()), TOTAL)

    def parts(self) -> list[tuple[str, ...]]:
        """The dimensions of each table of crossed dimensions that this one consists of."""
        return [tuple(self.shown)] if self.crossed or not self.shown else [(n,) for n in self.shown]


@dataclass(frozen=True)
class Cube:
    """One cube: what is counted, by what, and at which levels of region."""

    name: str
    title: str
    counts: str
    """RESIDENTS, REFUGEES, MIGRATIONS or ACCOUNTS."""
    measures: tuple[str, ...]
    nation_measures: tuple[str, ...]
    """Measures that only the nation has (M4)."""
    dimensions: tuple[Dimension, ...]
    tables: tuple[LevelTable, ...]

    @cached_property
    def levels(self) -> tuple[str, ...]:
        return tuple(level for level in LEVELS if self.at(level))

    def at(self, level: str) -> list[LevelTable]:
        """The tables that the cube has at a level."""
        return [table for table in self.tables if level in table.levels]

    @property
    def other_region(self) -> bool:
        """Whether it has pairs of regions of the same level."""
        return any(table.other_region for table in self.tables)

    @property
    def dimension_names(self) -> tuple[str, ...]:
        names = tuple(dimension.name for dimension in self.dimensions)
        return (*names, "other_region") if self.other_region else names

    @property
    def derived(self) -> bool:
        """Whether it is computed from published cubes (X5)."""
        return set(self.measures) <= set(SHARE_MEASURES)

    @property
    def net_of(self) -> tuple[str, str] | None:
        """The measures that `net` is the difference of, where the cube has one."""
        if "net" not in self.measures:
            return None
        return ("in", "out") if "in" in self.measures else ("immigration", "emigration")

    def measures_at(self, level: str) -> tuple[str, ...]:
        return (*self.measures, *(self.nation_measures if level == NATION else ()))

    def dimension(self, name: str) -> Dimension:
        return next(found for found in self.dimensions if found.name == name)

    def keys(self, level: str) -> Iterator[tuple[str, ...]]:
        """The cells of a region of the level, margins too: a code of each dimension, each once."""
        names = [dimension.name for dimension in self.dimensions]
        seen = set()
        for table in self.at(level):
            for part in table.parts():
                codes = [table.codes(n) if n in part else (TOTAL,) for n in names]
                for key in product(*codes):
                    if key not in seen:
                        seen.add(key)
                        yield key

    def cells_per_region(self, level: str) -> int:
        """Declared cells of one region and period; without `other_region`."""
        return sum(1 for _ in self.keys(level)) * len(self.measures_at(level))
