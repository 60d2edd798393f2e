"""The cubes of a release as an attacker sees them: everything of a period in one system.

What a cell sums is taken from the declaration of its cube and from the lists of regions, as anyone
outside may read them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema

from folketall.audit.audit import audit_tables
from folketall.audit.published import Flags
from folketall.audit.regions import numbers, region_division
from folketall.audit.tables import CubeCells, cube_tables
from folketall.audit.verdict import Promise, Verdict
from folketall.cubes.declared import NATION, Cube
from folketall.cubes.regions import RegionsOfYear
from folketall.model.cells import Cells, packed, part_of, plain, unpacked
from folketall.model.errors import StatisticsError
from folketall.model.tables import CELL_KEY, DIMENSIONS, VERDICT

CELL = ("cube", "period", "geography", "level", "region", "code")


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that is published of a period, as an attacker has it."""

    period: str
    packed: tuple[bytes, ...]
    """The cells, packed: all periods wait for their turn."""
    inner: tuple[bytes, ...]
    """INNER_CELL, packed: the true counts of what the cells are sums of."""
    cubes: Mapping[str, Cube]
    lists: pd.DataFrame
    """geography, piece, level, region: what every region is made of."""

    @property
    def cells(self) -> pa.Table:
        """CELL, value (null where protected) and count: what the audit may know of empty cells."""
        return pa.concat_tables([unpacked(content) for content in self.packed])

    @property
    def finest(self) -> pd.DataFrame:
        """INNER_CELL of all cubes; none where the true counts are not told."""
        parts = [plain(unpacked(content)).to_pandas() for content in self.inner]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


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


def shown_by_period(
    tables: Iterable[pa.Table],
    regions: RegionsOfYear,
    cubes: Mapping[str, Cube],
    inner: Iterable[Cells] = (),
) -> list[Shown]:
    """Put together what is published of a period.

    Args:
        tables: as `attackers_tables` gives them, of cubes that count the same persons.
        regions: by the year of the boundaries.
        cubes: the declaration.
        inner: INNER_CELL, of the same cubes.
    """
    finest: dict[str, list[bytes]] = {}
    for part in inner:
        if part.num_rows:
            finest.setdefault(part_of(part)[1], []).append(packed(part))
    found: dict[str, list[bytes]] = {}
    years: dict[str, set[str]] = {}
    for table in tables:
        period = table["period"][0].as_py()
        found.setdefault(period, []).append(packed(table))
        years.setdefault(period, set()).update(pc.unique(table["geography"]).to_pylist())
    return [
        Shown(
            period,
            tuple(parts),
            tuple(finest.get(period, ())),
            cubes,
            _lists(sorted(years[period]), regions),
        )
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
        coded(shown.cells),
        shown.lists,
        shown.cubes,
        period=shown.period,
        promise=promise,
        sample=sample,
        inner=shown.finest,
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
    cubes: Mapping[str, Cube],
    *,
    period: str,
    promise: Promise,
    sample: int | None,
    inner: pd.DataFrame | None = None,
) -> Verdict:
    """Attack the cubes of one period.

    Args:
        cells: cube, geography, level, region, code (of the dimensions, `|` between), value (null
            where protected) and count (null where not told).
        lists: geography, piece, level, region.
        cubes: the declaration.
        period: of the verdict's name.
        promise: what the protection was to hold.
        sample: primaries whose interval is examined; None: all.
        inner: INNER_CELL: true counts of the finest cells, in the boundaries of `cells`.
    """
    places = region_division(cells, lists)
    place = numbers(cells, ("geography", "level", "region"), places.number)
    value = cells["value"]
    told = bool(cells["count"].notna().all())
    of = CubeCells(
        cells,
        place,
        np.rint(value.fillna(0).to_numpy()).astype(np.int64),
        value.notna().to_numpy(),
        np.rint(cells["count"].to_numpy()).astype(np.int64) if told else None,
    )
    made = cube_tables(of, places, cubes, inner, public=promise.public)
    return audit_tables(
        made.tables,
        wholes=made.wholes,
        name=f"persons {period}",
        promise=promise,
        sample=sample,
    )
