"""`refugees_share`: change on the year and shares, from published counts only (X5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from folketall.model.cells import CODED, Cells
from folketall.model.tables import PUBLISHED_CUBE
from folketall.protection.rounding import SUPPRESSED

SHARES = "refugees_share"
CHANGE, OF_IMMIGRANTS, OF_POPULATION = (
    "change_on_year",
    "share_of_immigrants",
    "share_of_population",
)
LEVELS = ("nation", "county")
DECIMALS = 10
REFUGEES, POPULATION = "refugees_by_category", "population_by_background"
PLACE = ["period", "geography", "level", "region"]
Sum = Sequence[tuple[str, str, int]]
"""(level, region, 1 or -1) of the figures of the year before that are added or taken away."""
Territories = Mapping[str, Mapping[str, Sequence[Sequence[Sum]]]]
"""Boundary year to its counties, each in parts; of a part, the sums that give its figure."""
_Published = Mapping[tuple[str, ...], tuple[float, str | None]]


def is_share_term(part: Cells) -> bool:
    """Whether shares are computed from this part."""
    return part["cube"][0].as_py() in (REFUGEES, POPULATION)


def derived_shares(parts: Sequence[Cells], territories: Territories) -> Iterator[Cells]:
    """Per cent: change since the year before, share of the immigrants and of the population.

    Args:
        parts: PUBLISHED_CUBE: refugees_by_category and population_by_background.
        territories: what the counties of each year are made of in the regions of the year before,
            as `geography.territories.counties_from` gives it.

    Yields:
        PUBLISHED_CUBE of `refugees_share`, a table a period: nation and counties, every category
        and margin. Empty, status `suppressed`, where a term is not published, is missing (nothing
        published tells last year's figure of the county as it is this year) or the figure to divide
        by is zero; `rounded` or `perturbed` where a term is.
    """
    rows = pd.concat([_frame(part) for part in parts]) if parts else None
    if rows is None or not (rows["cube"] == REFUGEES).any():
        return
    every = rows.loc[rows["cube"] == REFUGEES, [*PLACE, "category", "value", "status"]]
    counts = every[every["level"].isin(LEVELS)]
    bases = {
        CHANGE: _year_before(counts, every, territories),
        OF_IMMIGRANTS: _residents(rows, "true"),
        OF_POPULATION: _residents(rows, "total"),
    }
    shares = pd.concat([_per_cent(counts, name, base) for name, base in bases.items()])
    for _, one in shares.groupby("period", sort=True):
        yield _cells(one)


def rows_for_shares(part: Cells) -> Cells:
    """The cells that shares are made of: nation and counties; refugees of municipalities too."""
    level = part["level"].combine_chunks()
    needed = (*LEVELS, "municipality") if part["cube"][0].as_py() == REFUGEES else LEVELS
    wanted = np.isin(level.dictionary.to_pylist(), needed)[level.indices.to_numpy()]
    return part.filter(pa.array(wanted))


def _frame(part: Cells) -> pd.DataFrame:
    """The same as a frame of texts and figures."""
    columns = ["cube", *PLACE, "category", "immigrant", "sex", "age", "measure", "value", "status"]
    rows: pd.DataFrame = rows_for_shares(part).select(columns).to_pandas()
    texts = {name: rows[name].astype(object) for name in columns if name != "value"}
    rows = rows.assign(**texts)
    return rows[rows["measure"] == "persons"]


def _year_before(
    counts: pd.DataFrame, every: pd.DataFrame, territories: Territories
) -> pd.DataFrame:
    """X5: last year's published figure of the territory that each place has this year."""
    keys = [*PLACE, "category"]
    published = dict(
        zip(
            every[keys].itertuples(index=False, name=None),
            every[["value", "status"]].itertuples(index=False, name=None),
            strict=True,
        )
    )
    found = [
        _last_year(published, territories, *row)
        for row in counts[keys].itertuples(index=False, name=None)
    ]
    values, said = zip(*found, strict=True)
    return counts[keys].assign(
        value=np.array(values, np.float64), status=pd.Series(said, counts.index, object)
    )


def _last_year(
    published: _Published,
    territories: Territories,
    period: str,
    geography: str,
    level: str,
    region: str,
    category: str,
) -> tuple[float, str | None]:
    """Value and status: a number only where published figures of last year add up to it."""
    year = str(int(period) - 1)
    own = geography == period
    # Boundaries of the period follow it; those of one year stay, and the nation's are the same.
    parts: Sequence[Sequence[Sum]] = (
        territories.get(geography, {}).get(region, ())
        if own and level == "county"
        else [[[(level, region, 1)]]]
    )
    value, said = 0.0 if parts else np.nan, None
    for sums in parts:
        terms = [[(sign, *published.get((year, year if own else geography, *at, category), _ABSENT))
                  for *at, sign in one] for one in sums]  # fmt: skip
        known = [one for one in terms if not any(np.isnan(figure) for _, figure, _ in one)]
        if not known:
            return np.nan, SUPPRESSED
        value += sum(sign * figure for sign, figure, _ in known[0])
        said = said or next((status for *_, status in known[0] if status), None)
    return value, said


_ABSENT = (np.nan, None)


def _residents(rows: pd.DataFrame, immigrant: str) -> pd.DataFrame:
    """Residents of every place: all, or the immigrants."""
    wanted = (
        (rows["cube"] == POPULATION)
        & (rows["immigrant"] == immigrant)
        & (rows["sex"] == "total")
        & (rows["age"] == "total")
    )
    return rows.loc[wanted, [*PLACE, "value", "status"]]


def _per_cent(counts: pd.DataFrame, measure: str, base: pd.DataFrame) -> pd.DataFrame:
    keys = [name for name in (*PLACE, "category") if name in base.columns]
    rows = counts.merge(base, on=keys, how="left", suffixes=("", "_base"))
    below = rows["value_base"]
    over = rows["value"] - below if measure == CHANGE else rows["value"]
    # A share of nothing is no figure, and dividing by zero an error.
    figure = (100 * over / below.where(below != 0)).round(DECIMALS)
    # A term that is suppressed leaves no figure; what is left is rounded or perturbed.
    own = rows["status"]
    said = own.where(own.notna(), rows["status_base"]).astype(object)
    status = said.where(said.notna(), None).mask(figure.isna(), SUPPRESSED)
    return rows.assign(measure=measure, value=figure, status=status)


def _cells(rows: pd.DataFrame) -> Cells:
    given = {name: pa.array(rows[name], pa.string()).cast(CODED)
             for name in (*PLACE, "category", "measure", "status")}  # fmt: skip
    given["cube"] = pa.array([SHARES] * len(rows)).cast(CODED)
    given["value"] = pa.array(rows["value"], pa.float64(), from_pandas=True)
    absent = pa.nulls(len(rows), CODED)
    return pa.table({name: given.get(name, absent) for name in PUBLISHED_CUBE.columns})
