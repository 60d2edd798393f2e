"""Drawn tables of the size that statistical offices publish, protected and timed.

    .venv/bin/python bench/disclosure.py                               # 39 165 cells
    .venv/bin/python bench/disclosure.py --ages 3 --singletons sum --min-width 0
    .venv/bin/python bench/disclosure.py --divisions county,economic_region,centrality,part
    .venv/bin/python bench/disclosure.py --cubes                       # three cubes, shared margins

Municipalities and their divisions are Norway's of 2024; the counts are drawn, with a fixed seed,
so that about every eighth cell is small.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from importlib import resources
from io import StringIO

import numpy as np
import pandas as pd

from folketall.protection.structure import Structure, linked, structure_of
from folketall.protection.suppression import SINGLETONS, protect_counts

DIVISIONS = ("county", "economic_region", "centrality", "part")
PERSONS = 540_000
SPREAD = 1.3
"""Standard deviation of the logarithm of a municipality's size."""


def places() -> pd.DataFrame:
    """A row a municipality of 2024: `region` and the code of each division."""
    of = _list("region_hierarchy_2024.csv").query("municip_code != '9999'")
    of = of.rename(
        columns={"municip_code": "region", "county_code": "county", "georegion_code": "part"}
    )
    labour = _list("region_ba_2024.csv").rename(
        columns={"code": "region", "ba_region_code": "economic_region"}
    )
    joined = of[["region", "county", "part"]].merge(labour[["region", "economic_region"]])
    # Drawn: the bench needs a division across counties, not the standard.
    centrality = 1 + np.random.default_rng(6).choice(
        6, len(joined), p=[0.03, 0.06, 0.14, 0.2, 0.3, 0.27]
    )
    return joined.assign(centrality=centrality.astype(str)).sort_values("region")


def _list(name: str) -> pd.DataFrame:
    folder = resources.files("folketall.classifications") / "geography"
    return pd.read_csv(StringIO((folder / name).read_text("utf-8")), dtype=str)


def hierarchies(of: pd.DataFrame, divisions: Sequence[str]) -> list[Mapping[str, str]]:
    return [
        {code: f"{name}-{parent}" for code, parent in zip(of["region"], of[name], strict=True)}
        for name in divisions
    ]


def persons(of: pd.DataFrame, sizes: Mapping[str, int], seed: int = 2024) -> pd.DataFrame:
    """Inner counts of municipality by the given dimensions."""
    random = np.random.default_rng(seed)
    size = random.lognormal(0, SPREAD, len(of))
    inner = int(np.prod(list(sizes.values())))
    profile = [random.dirichlet(np.full(n, 4.0)) for n in sizes.values()]
    mean = profile[0]
    for one in profile[1:]:
        mean = np.multiply.outer(mean, one).ravel()
    share = random.gamma(2.0, 0.5, (len(of), inner)) * mean
    share /= share.sum(axis=1, keepdims=True)
    counts = random.poisson(PERSONS * (size / size.sum())[:, None] * share)
    places_, codes = np.indices(counts.shape)
    columns = {"region": of["region"].to_numpy()[places_.ravel()]}
    left = codes.ravel()
    for name, n in reversed(list(sizes.items())):
        left, code = np.divmod(left, n)
        columns[name] = np.char.add("c", code.astype(str)).astype(object)
    ordered = {name: columns[name] for name in ("region", *sizes)}
    return pd.DataFrame({**ordered, "n": counts.ravel()})


def table(
    ages: int = 1, divisions: Sequence[str] = ("county",), counties: int | None = None
) -> Structure:
    """2 sexes × 6 country groups × 4 durations (× age groups) by municipality."""
    of = places()
    if counties:
        of = of[of["county"].isin(sorted(of["county"].unique())[:counties])]
    sizes = {"sex": 2, "country_group": 6, "duration": 4}
    sizes |= {"age": ages} if ages > 1 else {}
    return structure_of(persons(of, sizes), {"region": hierarchies(of, divisions)})


def cubes(divisions: Sequence[str] = ("county", "centrality")) -> Structure:
    """Three cubes of the same persons that share margins and have no common inner cells."""
    of = places()
    everyone = persons(of, {"sex": 2, "country_group": 6, "duration": 4, "age": 5})
    kept = (("sex", "country_group"), ("sex", "age"), ("country_group", "duration"))
    tables = [
        structure_of(
            everyone.groupby(["region", *names], as_index=False)["n"].sum(),
            {"region": hierarchies(of, divisions)},
            table=" ".join(names),
        )
        for names in kept
    ]
    return linked(tables)


def main() -> int:
    arguments = options()
    began = time.process_time()
    divisions = arguments.divisions.split(",")
    whole = (
        cubes(divisions)
        if arguments.cubes
        else table(arguments.ages, divisions, arguments.counties)
    )
    laid = time.process_time()
    done = protect_counts(
        whole,
        threshold=3,
        zeros=arguments.zeros,
        singletons=arguments.singletons,
        min_width=arguments.min_width,
    )
    took = time.process_time()
    safe = (
        not computable(whole, done.suppressed, arguments.zeros)[done.primary].any()
        if arguments.audit
        else None
    )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    secondary = int((done.suppressed & ~done.primary).sum())
    sys.stdout.write(
        f"{len(whole.cells)} cells, {int(done.primary.sum())} primary, {secondary} secondary; "
        f"CPU s: {laid - began:.1f} to lay out, {took - laid:.1f} to protect; {memory:.1f} GiB; "
        f"audit: {'not asked' if safe is None else 'safe' if safe else 'DISCLOSED'}\n"
    )
    return 0 if safe in (None, True) else 4


def computable(whole: Structure, suppressed: np.ndarray, zeros: bool) -> np.ndarray:
    """Cells that the published ones give away: by plain elimination of its own, cell by cell."""
    prime = 2**31 - 1
    columns = [
        dict(zip(whole.cells.rows[a:b].tolist(), [1] * (b - a), strict=True))
        for a, b in zip(whole.cells.start, whole.cells.start[1:], strict=False)
    ]
    unknown = set(range(len(whole.counts))) if zeros else set(np.flatnonzero(whole.counts).tolist())
    pivots: dict[int, dict[int, int]] = {}

    def left(column: dict[int, int]) -> dict[int, int]:
        rest = {row: value for row, value in column.items() if row in unknown}
        while hit := [row for row in rest if row in pivots]:
            for row in hit:
                if factor := rest.get(row, 0):
                    for at, value in pivots[row].items():
                        rest[at] = (rest.get(at, 0) - factor * value) % prime
                        if not rest[at]:
                            del rest[at]
        return rest

    related = whole.relations
    for a, b in zip(related.start.tolist(), related.start[1:].tolist(), strict=False):
        signs = related.signs[a:b].tolist() if related.signs is not None else [1] * (b - a)
        columns.append(dict(zip(related.rows[a:b].tolist(), signs, strict=True)))
    told = range(len(whole.cells), len(columns))
    order = [
        *told,
        *sorted(np.flatnonzero(~suppressed).tolist(), key=lambda cell: len(columns[cell])),
    ]
    for cell in order:
        if rest := left(columns[cell]):
            row = min(rest)
            inverse = pow(rest[row], -1, prime)
            pivots[row] = {at: value * inverse % prime for at, value in rest.items()}
    found = np.zeros(len(whole.cells), bool)
    for cell in np.flatnonzero(suppressed).tolist():
        found[cell] = not left(columns[cell])
    return found


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--ages", type=int, default=1)
    parser.add_argument("--counties", type=int)
    parser.add_argument("--divisions", default="county", help=",".join(DIVISIONS))
    parser.add_argument("--cubes", action="store_true")
    parser.add_argument("--zeros", action="store_true")
    parser.add_argument("--singletons", default="owner", choices=SINGLETONS)
    parser.add_argument("--min-width", type=int, default=2)
    parser.add_argument("--audit", action="store_true", help="a plain check of its own, slow")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
