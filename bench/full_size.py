"""Protect one full-size year of the shipped cubes, and say what it costs and what is left empty.

    .venv/bin/python bench/full_size.py flows                # migrations of 2024
    .venv/bin/python bench/full_size.py stocks               # persons of 1 January 2024
    .venv/bin/python bench/full_size.py flows --share 0.1 --singletons none --min-width 0

Nobody's register: persons and migrations are drawn at random over the real municipalities, in
proportion to their real residents, with as many of each kind as the office published for 2024.
Moves between municipalities go to near ones (the same economic region or county) twice in three.
The cubes are counted by the same code as a run's.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Mapping, Sequence
from datetime import date
from importlib import resources
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession

from folketall.classifications import countries
from folketall.cubes.counted import Counting
from folketall.cubes.declaration import shipped_cubes
from folketall.cubes.declared import MIGRATIONS, REFUGEES, RESIDENTS, Cube
from folketall.cubes.flows import migration_cubes, moves_in_boundaries
from folketall.cubes.stock import stock_cubes
from folketall.geography.frames import paths_frame
from folketall.geography.regions import divisions, regions
from folketall.model.cells import unpacked
from folketall.protection.parts import DIVISIONS
from folketall.protection.together import Together, decide, grouped

YEAR = 2024
KINDS = {
    "immigration": 66_077,
    "emigration": 31_968,
    "internal": 253_292,
    "intramunicipal": 420_000,
}
"""Migrations of 2024; those within municipalities are not published and about as many."""
RESIDENTS_2024, IMMIGRANTS, REFUGEES_AND_FAMILY = 5_550_203, 931_081, 346_000
CATEGORIES = {
    "asylum": 0.36,
    "resettlement": 0.16,
    "other": 0.24,
    "unspecified": 0.02,
    "family_enlargement": 0.06,
    "family_reunification": 0.16,
}
"""As shares of persons with refugee background on 1 January 2025."""
NORWAY = "000"
Drawn = Mapping[str, NDArray[Any]]


def municipalities() -> pd.DataFrame:
    """Code, residents, county and economic region of every municipality of the year."""
    path = "calibration/population_municipality_2024codes_1986_2026.csv"
    text = (resources.files("folketall.classifications") / path).read_text("utf-8")
    found = pd.read_csv(StringIO(text), dtype={"code_2024": str})
    found = found[found["year"] == YEAR]
    of = divisions(date(YEAR, 12, 31), DIVISIONS)
    found = found[found["code_2024"].isin(of)]
    at = [dict(zip(DIVISIONS, of[code], strict=True)) for code in found["code_2024"]]
    return pd.DataFrame(
        {
            "code": found["code_2024"].to_numpy(),
            "residents": found["population"].to_numpy(float),
            "county": [one["county"] for one in at],
            "near": [one["economic_region"] for one in at],
        }
    )


def _countries(random: np.random.Generator, size: int) -> NDArray[np.object_]:
    """A few countries have most, most have few."""
    codes = sorted(code for code in countries() if code != NORWAY)
    share = 1 / (1 + random.permutation(len(codes))) ** 1.2
    return np.array(codes, object)[random.choice(len(codes), size, p=share / share.sum())]


def _ages(random: np.random.Generator, size: int, young: float) -> NDArray[np.int64]:
    """A share of young adults and their children, and everybody."""
    some = random.random(size) < young
    near = np.clip(random.normal(28, 9, size), 0, 100)
    return np.where(some, near, random.integers(0, 95, size)).astype(np.int64)


def _entered(
    random: np.random.Generator, of: pd.DataFrame, left: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The municipality moved to: of the economic region, the county or anywhere, a third each."""
    size = of["residents"].to_numpy()
    found = random.choice(len(of), len(left), p=size / size.sum())
    how = random.integers(0, 3, len(left))
    for which, name in ((0, "near"), (1, "county")):
        for _, inside in of.reset_index(drop=True).groupby(name):
            members = inside.index.to_numpy()
            at = np.flatnonzero((how == which) & np.isin(left, members))
            share = size[members] / size[members].sum()
            found[at] = random.choice(members, len(at), p=share)
    return found


def _people(random: np.random.Generator, foreign: NDArray[np.bool_], young: float) -> Drawn:
    size = len(foreign)
    born = _countries(random, size)
    norwegian = ~foreign | (random.random(size) < 0.3)
    age = _ages(random, size, young)
    marital = np.where(age < 20, "1", random.choice(["1", "2", "3", "4", "5"], size))
    return {
        "age": age,
        "sex": random.choice(["1", "2"], size),
        "marital_status": marital,
        "citizenship": np.where(norwegian, NORWAY, born),
        "country_background": np.where(foreign, born, NORWAY),
    }


def migrations(share: float, seed: int = 1) -> pd.DataFrame:
    """MIGRATION of the year: a share of all migrations."""
    random, of = np.random.default_rng(seed), municipalities()
    codes, size = of["code"].to_numpy(object), of["residents"].to_numpy()
    found = []
    for kind, number in KINDS.items():
        n = int(number * share)
        left = random.choice(len(of), n, p=size / size.sum())
        entered = left if kind != "internal" else _entered(random, of, left)
        same = (left == entered) & (kind == "internal")
        abroad = kind in ("immigration", "emigration")
        foreign = random.random(n) < (0.85 if abroad else 0.25)
        rows = pd.DataFrame(_people(random, foreign, 0.6))
        rows["kind"] = kind
        rows["from_municipality"] = None if kind == "immigration" else codes[left]
        rows["to_municipality"] = None if kind == "emigration" else codes[entered]
        rows["country"] = _countries(random, n) if abroad else None
        rows["administrative"] = (kind == "emigration") & (random.random(n) < 0.05)
        found.append(rows[~same])
    every = pd.concat(found, ignore_index=True)
    day = date(YEAR, 6, 1)
    return every.assign(
        year=YEAR,
        event_id=[f"{n:08}" for n in range(len(every))],
        person_id=np.arange(len(every)),
        event_date=day,
        registration_date=day,
    )


def persons(share: float, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """POPULATION and REFUGEE_POPULATION of 1 January: a share of all residents."""
    random, of = np.random.default_rng(seed), municipalities()
    n, size = int(RESIDENTS_2024 * share), of["residents"].to_numpy()
    immigrant = random.random(n) < IMMIGRANTS / RESIDENTS_2024
    residents = pd.DataFrame(_people(random, immigrant, 0.3))
    where = random.choice(len(of), n, p=size / size.sum())
    residents["municipality"] = of["code"].to_numpy(object)[where]
    residents["immigrant"] = immigrant
    residents["reference_date"] = date(YEAR, 1, 1)
    residents["person_id"] = np.arange(n)
    of_immigrants = REFUGEES_AND_FAMILY / IMMIGRANTS
    refugees = residents[immigrant & (random.random(n) < of_immigrants)].copy()
    refugees["category"] = random.choice(
        list(CATEGORIES), len(refugees), p=list(CATEGORIES.values())
    )
    refugees["years_of_residence"] = random.integers(0, 30, len(refugees))
    return residents, refugees


def _frame(spark: SparkSession, rows: pd.DataFrame) -> DataFrame:
    return spark.createDataFrame(pa.Table.from_pandas(rows, preserve_index=False))


def flows(spark: SparkSession, share: float) -> tuple[Counting, bool]:
    cubes = [cube for cube in shipped_cubes().values() if cube.counts == MIGRATIONS]
    moves = moves_in_boundaries(_frame(spark, migrations(share)), paths_frame(spark)).cache()
    at = {YEAR: regions(date(YEAR, 12, 31))}
    return Counting.of(migration_cubes(cubes, moves, at), DataFrame.cache), True


def stocks(spark: SparkSession, share: float) -> tuple[Counting, bool]:
    cubes: dict[str, list[Cube]] = {}
    for cube in shipped_cubes().values():
        if not cube.derived:
            cubes.setdefault(cube.counts, []).append(cube)
    at = {YEAR: regions(date(YEAR, 1, 1))}
    of = zip((RESIDENTS, REFUGEES), persons(share), strict=True)
    counted = [
        one
        for name, rows in of
        for one in stock_cubes(cubes[name], _frame(spark, rows).cache(), at)
    ]
    return Counting.of(counted, DataFrame.cache), False


def tables(counting: Counting, *, at_end: bool) -> Sequence[Together]:
    """What is protected together."""
    declared = {cube.name: cube for cube in shipped_cubes().values() if not cube.derived}
    methods = dict.fromkeys(declared, "suppress")
    day = date(YEAR, 12, 31) if at_end else date(YEAR, 1, 1)
    of = {str(YEAR): divisions(day, DIVISIONS)}
    return grouped(counting.cells(), counting.inner(), methods, declared, of, of)


def empty(table: Together, hidden: NDArray[np.bool_]) -> pd.DataFrame:
    """By cube and level: cells that count somebody, those left empty, and what they hold."""
    columns = ["cube", "level", "value"]
    rows = pd.concat(
        [part.select(columns).to_pandas().astype({"cube": str, "level": str})
         for part in map(unpacked, table.packed)]
    )  # fmt: skip
    rows = rows.assign(hidden=hidden, held=np.abs(rows["value"]), some=rows["value"] != 0)
    rows["lost"], rows["gone"] = rows["held"] * rows["hidden"], rows["hidden"] & rows["some"]
    found = rows.groupby(["level", "cube"]).agg(
        cells=("value", "size"), empty=("hidden", "sum"), counting=("some", "sum"),
        gone=("gone", "sum"), held=("held", "sum"), lost=("lost", "sum"),
    )  # fmt: skip
    found["% cells"] = (100 * found["empty"] / found["cells"]).round(1)
    found["% counting"] = (100 * found["gone"] / found["counting"]).round(1)
    found["% held"] = (100 * found["lost"] / found["held"]).round(2)
    return found.drop(columns=["held", "lost", "gone", "counting"])


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ask.add_argument("what", choices=("flows", "stocks"))
    ask.add_argument("--share", type=float, default=1.0)
    ask.add_argument("--singletons", default="owner")
    ask.add_argument("--min-width", type=int, default=2)
    given = ask.parse_args()
    from folketall.storage.session import local_session

    spark = local_session()
    counting, at_end = {"flows": flows, "stocks": stocks}[given.what](spark, given.share)
    found = tables(counting, at_end=at_end)
    spark.stop()
    for table in found:
        start, cpu = time.time(), time.process_time()
        decision = decide(
            table, threshold=3, zeros=False,
            singletons=given.singletons, min_width=given.min_width,
        )  # fmt: skip
        took = time.time() - start, time.process_time() - cpu
        of = empty(table, np.unpackbits(np.frombuffer(decision, np.uint8)).astype(bool)[
            : sum(part.num_rows for part in table.parts)])  # fmt: skip
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"{table.kind}: {of['cells'].sum()} cells; {took[0]:.0f} s, {took[1]:.0f} CPU s, "
              f"{memory:.1f} GiB", flush=True)  # fmt: skip
        print(of.to_string(), flush=True)


if __name__ == "__main__":
    main()
