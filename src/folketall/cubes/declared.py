"""Every cube as a value: its dimensions with their codes, margins, levels and measures.

Keys are declared and not discovered: zero cells exist, a cube has the same shape each period, and
disclosure control knows what it protects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from folketall.cubes.countries import NORWAY_GROUP, foreign_countries, foreign_groups
from folketall.model.table import Table
from folketall.model.tables import ACCOUNT, MIGRATION, POPULATION, REFUGEE_POPULATION

TOTAL = "total"
UNKNOWN = "unknown"
NATION = "nation"
NATION_CODE = "0"
LEVELS = (NATION, "region", "county", "economic_region", "centrality", "municipality")


@dataclass(frozen=True, slots=True)
class Dimension:
    """One dimension of a cube: inner codes, and the margins that sum them."""

    name: str
    codes: tuple[str, ...]
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Margins below the total: (code, the inner codes it sums)."""

    @property
    def all_codes(self) -> tuple[str, ...]:
        """Inner codes, then margins, the total last."""
        return (*self.codes, *(name for name, _ in self.groups), TOTAL)

    def margins_of(self, code: str) -> tuple[str, ...]:
        """Every margin that an inner code is part of."""
        return (*(name for name, inner in self.groups if code in inner), TOTAL)

    def inner_of(self, code: str) -> tuple[str, ...]:
        """The inner codes that a code sums: itself, those of its group, or all."""
        if code == TOTAL:
            return self.codes
        return dict(self.groups).get(code, (code,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cube:
    """One cube: what is counted, by what, and at which levels of region."""

    name: str
    title: str
    statistic: str
    """refugees or migrations: what is published, and so protected, together (X2)."""
    source: Table | None
    """The table that is counted; None where the cube is computed from published cubes (X5)."""
    dimensions: tuple[Dimension, ...] = ()
    measures: tuple[str, ...] = ("persons",)
    nation_measures: tuple[str, ...] = ()
    """Measures that only the nation has (M4)."""
    levels: tuple[str, ...] = LEVELS
    net_of: tuple[str, str] | None = None
    """The measures that `net` is the difference of, where the cube has one."""
    other_region: bool = False
    """Also by the region at the other end, of the same level; its codes are the level's regions."""
    sparse_levels: tuple[str, ...] = ()
    """Levels at which only the total of `other_region` is declared; see docs/decisions/0005."""

    @property
    def dimension_names(self) -> tuple[str, ...]:
        names = tuple(dimension.name for dimension in self.dimensions)
        return (*names, "other_region") if self.other_region else names

    @property
    def derived(self) -> bool:
        return self.source is None

    def dimension(self, name: str) -> Dimension:
        return next(found for found in self.dimensions if found.name == name)

    def cells_per_region(self, level: str) -> int:
        """Declared cells of one region and period; without `other_region`."""
        keys = 1
        for dimension in self.dimensions:
            keys *= len(dimension.all_codes)
        nation = len(self.nation_measures) if level == NATION else 0
        return keys * (len(self.measures) + nation)


PRINCIPAL = ("asylum", "resettlement", "other", "unspecified")
FAMILY = ("family_enlargement", "family_reunification", "family_unspecified")
AGE_GROUPS = (*(f"{low}-{low + 4}" for low in range(0, 90, 5)), "90+")

CATEGORY = Dimension(
    "category", (*PRINCIPAL, *FAMILY), (("principal", PRINCIPAL), ("family", FAMILY))
)
RESIDENCE = Dimension("years_of_residence", ("0-4", "5-9", "10-19", "20+"))
# A background that is not known is 990 (F1), which the office publishes in "Unknown and other".
FOREIGN_GROUP = Dimension("country_group", foreign_groups())
COUNTRY_GROUP = Dimension("country_group", (NORWAY_GROUP, *foreign_groups()))
CITIZENSHIP = Dimension("citizenship", ("norwegian", "foreign", UNKNOWN))
SEX = Dimension("sex", ("1", "2", UNKNOWN))
AGE = Dimension("age", (*AGE_GROUPS, UNKNOWN))
IMMIGRANT = Dimension("immigrant", ("true", "false"))
MARITAL_STATUS = Dimension("marital_status", (*"123456789", UNKNOWN))
COUNTRY = Dimension("country", (*foreign_countries(), UNKNOWN))

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
BETWEEN = ("between_counties", "between_municipalities")
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


def _refugees(name: str, title: str, *dimensions: Dimension) -> Cube:
    return Cube(
        name=name,
        title=f"Persons with refugee background, by {title}. 1 January",
        statistic="refugees",
        source=REFUGEE_POPULATION,
        dimensions=dimensions,
    )


def _migrations(name: str, title: str, *dimensions: Dimension) -> Cube:
    return Cube(
        name=name,
        title=f"Migrations, by {title}",
        statistic="migrations",
        source=MIGRATION,
        dimensions=dimensions,
        measures=MIGRATION_MEASURES,
        nation_measures=BETWEEN,
        net_of=("in", "out"),
    )


_DECLARED: Sequence[Cube] = (
    _refugees("refugees_by_category", "category", CATEGORY),
    _refugees(
        "refugees_by_residence",
        "years of residence and country background",
        RESIDENCE,
        FOREIGN_GROUP,
    ),
    _refugees(
        "refugees_by_citizenship",
        "citizenship, sex and country background",
        CITIZENSHIP,
        SEX,
        FOREIGN_GROUP,
    ),
    _refugees("refugees_by_age", "age and sex", AGE, SEX),
    Cube(
        name="refugees_share",
        title="Persons with refugee background: change and shares. Per cent. 1 January",
        statistic="refugees",
        source=None,
        dimensions=(CATEGORY,),
        measures=("change_on_year", "share_of_immigrants", "share_of_population"),
        levels=(NATION, "county"),
    ),
    Cube(
        name="population_by_background",
        title="Population, by immigrant background, sex and age. 1 January",
        statistic="refugees",
        source=POPULATION,
        dimensions=(IMMIGRANT, SEX, AGE),
    ),
    _migrations("migrations_by_age", "sex and age at the end of the year", SEX, AGE),
    _migrations(
        "migrations_by_background",
        "country background, citizenship and sex",
        COUNTRY_GROUP,
        CITIZENSHIP,
        SEX,
    ),
    _migrations("migrations_by_marital_status", "marital status and sex", MARITAL_STATUS, SEX),
    Cube(
        name="migrations_by_country",
        title="Immigration and emigration, by country and sex",
        statistic="migrations",
        source=MIGRATION,
        dimensions=(COUNTRY, SEX),
        measures=("immigration", "emigration", "net"),
        net_of=("immigration", "emigration"),
        levels=(NATION, "county"),
    ),
    Cube(
        name="migrations_administrative",
        title="Administrative out-registrations, by sex",
        statistic="migrations",
        source=MIGRATION,
        dimensions=(SEX,),
        measures=("emigration_administrative",),
    ),
    Cube(
        name="migrations_between_regions",
        title="Moves between regions",
        statistic="migrations",
        source=MIGRATION,
        measures=("moves",),
        levels=LEVELS[1:],
        other_region=True,
        sparse_levels=("economic_region", "municipality"),
    ),
    Cube(
        name="population_accounts",
        title="Population accounts",
        statistic="migrations",
        source=ACCOUNT,
        measures=ACCOUNT_TERMS,
    ),
)
CUBES = {cube.name: cube for cube in _DECLARED}
"""By name, in the order of the contract."""
