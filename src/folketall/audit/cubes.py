"""The cubes of a release as an attacker sees them: everything of a period in one system.

What a cell sums is taken from the declaration of its cube and from the lists of regions, as anyone
outside may read them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema

from folketall.audit.audit import audit_tables
from folketall.audit.published import Division, Flags, Ints, PublishedTable
from folketall.audit.verdict import Promise, Verdict
from folketall.cubes.declared import CUBES, NATION, NATION_CODE, UNKNOWN, Cube
from folketall.cubes.regions import RegionsOfYear
from folketall.model.cells import Cells, packed, part_of, unpacked
from folketall.model.errors import StatisticsError
from folketall.model.tables import CELL_KEY, DIMENSIONS, REFUGEE_POPULATION, VERDICT

REFUGEES = tuple(name for name, cube in CUBES.items() if cube.source is REFUGEE_POPULATION)
"""Cubes that count the same persons."""
CELL = ("cube", "period", "geography", "level", "region", "code")


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that is published of a period, as an attacker has it."""

    period: str
    packed: tuple[bytes, ...]
    """The cells, packed: all periods wait for their turn."""
    lists: pd.DataFrame
    """geography, piece, level, region: what every region is made of."""

    @property
    def cells(self) -> pa.Table:
        """CELL, value (null where protected) and count: what the audit may know of empty cells."""
        return pa.concat_tables([unpacked(content) for content in self.packed])


def attackers_tables(published: Iterable[Cells], counts: Iterable[Cells]) -> Iterator[pa.Table]:
    """CELL, value and count of every cube, period and boundary year.

    Args:
        published: PUBLISHED_CUBE.
        counts: CUBE, of the same cubes.

    Raises:
        StatisticsError: cells that are published are not those counted.
    """
    counted = {part_of(part): packed(part) for part in counts}
    for part in published:
        key = part_of(part)
        mine = unpacked(counted.pop(key)) if key in counted else None
        if mine is None or not _same_cells(part, mine):
            raise StatisticsError(f"{' '.join(key)}: the published cells are not those counted")
        yield attackers_table(mine, part)


def shown_by_period(tables: Iterable[pa.Table], regions: RegionsOfYear) -> list[Shown]:
    """Put together what is published of a period.

    Args:
        tables: as `attackers_tables` gives them, of cubes that count the same persons.
        regions: by the year of the boundaries.
    """
    found: dict[str, list[bytes]] = {}
    years: dict[str, set[str]] = {}
    for table in tables:
        period = table["period"][0].as_py()
        found.setdefault(period, []).append(packed(table))
        years.setdefault(period, set()).update(pc.unique(table["geography"]).to_pylist())
    return [
        Shown(period, tuple(parts), _lists(sorted(years[period]), regions))
        for period, parts in sorted(found.items())
    ]


def audit_shown(shown: Shown, *, promise: Promise, sample: int | None) -> bytes:
    """Attack all that is published of a period at once (X3): a VERDICT row, as JSON.

    Args:
        shown: what is published.
        promise: what the protection was to hold.
        sample: primaries whose interval is examined, evenly spread; None: all.
    """
    verdict = audit_period(
        coded(shown.cells), shown.lists, period=shown.period, promise=promise, sample=sample
    )
    return json.dumps(verdict_rows(shown.period, [verdict]).to_pylist()[0]).encode()


def _same_cells(one: Cells, two: Cells) -> bool:
    return one.num_rows == two.num_rows and all(
        one[name].cast(pa.string()).equals(two[name].cast(pa.string())) for name in CELL_KEY
    )


def _lists(geographies: Sequence[str], regions: RegionsOfYear) -> pd.DataFrame:
    """Each municipality of a boundary year is its own piece."""
    rows = [(geography, *row) for geography in geographies for row in regions[int(geography)]]
    return pd.DataFrame(rows, columns=["geography", "piece", "level", "region"])


def attackers_table(counts: Cells, published: Cells) -> pa.Table:
    """CELL, value and count of the cells of a cube and period, before protection and after."""
    texts = {name: counts[name].cast(pa.string()) for name in (*CELL[:-1], *DIMENSIONS)}
    own = [texts[name] for name in DIMENSIONS if texts[name].null_count < len(counts)]
    code = pc.binary_join_element_wise(*own, "|") if own else pa.array([""] * len(counts))
    columns = {name: texts[name] for name in CELL[:-1]} | {"code": code}
    return pa.table({**columns, "value": published["value"], "count": counts["value"]})


def is_among(cells: pa.Table, asked: pa.Table) -> Flags:
    """Whether each cell is one of those asked for, by CELL."""
    mine, its = (
        pc.binary_join_element_wise(*[table[name].cast(pa.string()) for name in CELL], "\x1f")
        for table in (cells, asked)
    )
    if isinstance(its, pa.ChunkedArray):
        its = its.combine_chunks()
    found: Flags = pc.is_in(mine, value_set=its).to_numpy()
    return found


Attack = Callable[[pa.Table, pa.Table], pa.Table]


def by_period(shown: DataFrame, lists: DataFrame, attack: Attack, schema: str) -> DataFrame:
    """Whatever is found in each period's cells, given the lists of its boundary years."""
    at = shown.where(F.col("level") == NATION).select("period", "geography").distinct()
    # Named anew: the two sides of the cogroup below come from the same columns.
    names = ("period", "geography", "piece", "level", "region")
    of_period = at.join(lists, "geography").select(*names).toDF(*names)
    both = shown.groupBy("period").cogroup(of_period.groupBy("period"))
    return both.applyInArrow(attack, schema)


def verdict_rows(period: str, verdicts: Sequence[Verdict]) -> pa.Table:
    """Verdicts as rows of VERDICT."""
    return pa.table(
        {
            "period": [period] * len(verdicts),
            "name": [one.name for one in verdicts],
            "passed": [one.passed for one in verdicts],
            "summary": [one.summary for one in verdicts],
            "figures": [json.dumps(one.figures()) for one in verdicts],
        },
        schema=to_arrow_schema(VERDICT.schema),
    )


VERDICTS = VERDICT.schema.simpleString()[7:-1].replace(":", " ")


def coded(cells: pa.Table) -> pd.DataFrame:
    """With texts as categories: each is looked at once and not in every row."""
    columns = [
        column.dictionary_encode() if pa.types.is_string(column.type) else column
        for column in cells.columns
    ]
    return pa.table(columns, names=cells.column_names).to_pandas()


def audit_period(
    cells: pd.DataFrame,
    lists: pd.DataFrame,
    *,
    period: str,
    promise: Promise,
    sample: int | None,
) -> Verdict:
    """Attack the cubes of one period.

    Args:
        cells: cube, geography, level, region, code (of the dimensions, `|` between), value (null
            where protected) and count (null where not told).
        lists: geography, piece, level, region.
        period: of the verdict's name.
        promise: what the protection was to hold.
        sample: primaries whose interval is examined; None: all.
    """
    places = region_division(cells, lists)
    tables = [
        _table(CUBES[str(name)], mine, places)
        for name, mine in cells.groupby("cube", sort=True, observed=True)
    ]
    told = bool(cells["count"].notna().all())
    return audit_tables(
        tables if told else [_untold(table) for table in tables],
        name=f"refugees {period}",
        promise=promise,
        home=home_of(places, lists),
        blocks_by="region",
        sample=sample,
    )


def _untold(table: PublishedTable) -> PublishedTable:
    return PublishedTable(table.name, table.divisions, table.codes, table.value, table.known)


def region_division(cells: pd.DataFrame, lists: pd.DataFrame) -> Division:
    """Every region of every boundary year as a sum of pieces; `unknown` is a piece, too (G3)."""
    nowhere = (lists["level"] == "municipality") & (lists["region"] == UNKNOWN)
    unknown = str(lists["piece"][nowhere].min()) if nowhere.any() else UNKNOWN
    finest = tuple(sorted({*lists["piece"], unknown}))
    place = {code: number for number, code in enumerate(finest)}
    members: dict[str, set[int]] = {}
    columns = ("geography", "level", "region", "piece")
    for geography, level, region, piece in zip(*(lists[c] for c in columns), strict=True):
        members.setdefault(f"{geography}|{level}|{region}", set()).add(place[piece])
    own = cells[["geography", "level", "region"]].drop_duplicates()
    for geography, level, region in own.itertuples(index=False):
        found = members.setdefault(f"{geography}|{level}|{region}", set())
        if level == NATION and region == NATION_CODE:
            found |= set(range(len(finest)))
        elif region == UNKNOWN:
            found.add(place[unknown])
    return Division("region", finest, {code: sorted(of) for code, of in members.items() if of})


def _table(cube: Cube, cells: pd.DataFrame, places: Division) -> PublishedTable:
    """A cube's cells with their codes as numbers."""
    value = cells["value"]
    return cube_table(
        cube,
        places,
        numbers(cells, ("geography", "level", "region"), places.number),
        cells["code"],
        value=np.rint(value.fillna(0).to_numpy()).astype(np.int64),
        known=value.notna().to_numpy(),
        count=np.rint(cells["count"].fillna(0).to_numpy()).astype(np.int64),
    )


def cube_table(
    cube: Cube,
    places: Division,
    where: Ints,
    codes: pd.Series,
    *,
    value: Ints,
    known: Flags,
    count: Ints | None = None,
    primary: Flags | None = None,
    signed: bool = False,
) -> PublishedTable:
    """Cells of a cube as a table.

    Args:
        cube: its declaration says what the codes of its dimensions sum.
        places: the regions.
        where: by cell, the number of its region.
        codes: by cell, the codes of its dimensions with `|` between.
        value, known, count, primary, signed: of the table.
    """
    divisions = tuple(
        Division(
            one.name,
            one.codes,
            {code: [one.codes.index(c) for c in one.inner_of(code)] for code in one.all_codes},
        )
        for one in sorted(cube.dimensions, key=lambda one: DIMENSIONS.index(one.name))
    )
    number, different = pd.factorize(codes)
    split = [str(code).split("|") for code in different]
    own = [
        np.array([division.number[code[at]] for code in split], np.int64)[number]
        for at, division in enumerate(divisions)
    ]
    every = (places, *divisions)
    return PublishedTable(cube.name, every, (where, *own), value, known, count, primary, signed)


def numbers(cells: pd.DataFrame, columns: Sequence[str], number: Mapping[str, int]) -> Ints:
    """The number of each row's joined code; each different one is looked up once."""
    parts = [pd.factorize(cells[name]) for name in columns]
    key = reduce(lambda total, part: total * len(part[1]) + part[0], parts, np.int64(0))
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    rows = zip(*(cells[name].iloc[first] for name in columns), strict=True)
    return np.array([number["|".join(map(str, row))] for row in rows], np.int64)[which]


def home_of(places: Division, lists: pd.DataFrame) -> list[list[int]]:
    """Blocks: the counties of the first boundary year, and the pieces."""
    first = lists["geography"].min()
    county = lists[(lists["level"] == "county") & (lists["geography"] == first)]
    of = dict(zip(county["piece"], county["region"], strict=True))
    names = [of.get(piece, UNKNOWN) for piece in places.finest]
    number = {name: at for at, name in enumerate(sorted(set(names)))}
    return [[number[name] for name in names], list(range(len(places.finest)))]
