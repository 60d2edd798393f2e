"""Disclosure control of tables of the size that statistical offices publish, timed and audited.

    .venv/bin/python bench/disclosure.py                    # all cases, as a table
    .venv/bin/python bench/disclosure.py --case "39 165"    # those whose name has this
    .venv/bin/python bench/disclosure.py --write            # its lines in bench/disclosure.md too

Municipalities, their sizes and divisions are Norway's of 2024; the counts are drawn, with a fixed
seed, so that small counts fall where they fall in life. Each case has a process of its own. The
check is the audit room, which shares no code with the protection.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd

from folketall.audit.counts import audit_counts
from folketall.audit.verdict import Promise, Verdict
from folketall.protection.small_count_rounding import deviations, small_count_rounding
from folketall.suppression.cells import Flags
from folketall.suppression.linking import linked
from folketall.suppression.structure import Structure, is_primary, structure_of
from folketall.suppression.suppression import protect_counts

PERSONS = 740_000
"""So many that the table of the issue has about 5 000 small counts."""
YEAR = "2024"


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
    people = _list("population_municipality_2024codes_1986_2026.csv", "calibration")
    people = people.query("year == @YEAR").rename(columns={"code_2024": "region"})
    joined = joined.merge(people[["region", "population"]].astype({"population": int}))
    return joined.assign(centrality=centrality.astype(str)).sort_values("region")


def _list(name: str, kind: str = "geography") -> pd.DataFrame:
    folder = resources.files("folketall.classifications") / kind
    return pd.read_csv(StringIO((folder / name).read_text("utf-8")), dtype=str)


def hierarchies(of: pd.DataFrame, divisions: Sequence[str]) -> list[Mapping[str, str]]:
    return [
        {code: f"{name}-{parent}" for code, parent in zip(of["region"], of[name], strict=True)}
        for name in divisions
    ]


def persons(of: pd.DataFrame, sizes: Mapping[str, int], seed: int = 2024) -> pd.DataFrame:
    """Inner counts of municipality by the given dimensions."""
    random = np.random.default_rng(seed)
    size = of["population"].to_numpy(float)
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


@dataclass(frozen=True)
class Drawn:
    """Tables as they come in: what the protection is given, and what the audit is told."""

    structures: Sequence[Structure]
    inner: pd.DataFrame
    trees: Mapping[str, list[Mapping[str, str]]]
    dimensions: Sequence[str]


def one_table(ages: int = 1, counties: int = 15, divisions: str = "county") -> Drawn:
    """2 sexes × 6 country groups × 4 durations (× age groups) by municipality."""
    of = places()
    of = of[of["county"].isin(sorted(of["county"].unique())[:counties])]
    sizes = {"sex": 2, "country_group": 6, "duration": 4} | ({"age": ages} if ages > 1 else {})
    inner = persons(of, sizes)
    trees = {"region": hierarchies(of, divisions.split("+"))}
    return Drawn([structure_of(inner, trees)], inner, trees, ["region", *sizes])


def cubes() -> Drawn:
    """Three cubes of the same persons that share margins and have no common inner cells."""
    of = places()
    sizes = {"sex": 2, "country_group": 6, "duration": 4, "age": 5}
    everyone = persons(of, sizes)
    trees = {"region": hierarchies(of, ["county", "centrality"])}
    kept = (("sex", "country_group"), ("sex", "age"), ("country_group", "duration"))
    inner = [
        everyone.groupby(["region", *names], as_index=False)["n"].sum().assign(table=str(number))
        for number, names in enumerate(kept)
    ]
    structures = [
        structure_of(one[["region", *names, "n"]], trees, table=str(number))
        for number, (one, names) in enumerate(zip(inner, kept, strict=True))
    ]
    return Drawn(structures, pd.concat(inner, ignore_index=True), trees, ["region", *sizes])


CASES = {
    "39 165 cells, singletons sum, width 0": (one_table, {}, "sum", 0),
    "39 165 cells, owner, width 0": (one_table, {}, "owner", 0),
    "39 165 cells, the defaults": (one_table, {}, "owner", 2),
    "156 660 cells, sum, width 0": (one_table, {"ages": 3}, "sum", 0),
    "156 660 cells, the defaults": (one_table, {"ages": 3}, "owner", 2),
    "a million cells, sum, width 0": (one_table, {"ages": 25}, "sum", 0),
    "a million cells, the defaults": (one_table, {"ages": 25}, "owner", 2),
    "5 counties, the defaults": (one_table, {"counties": 5}, "owner", 2),
    "10 counties, the defaults": (one_table, {"counties": 10}, "owner", 2),
    "county and centrality, the defaults": (
        one_table, {"divisions": "county+centrality"}, "owner", 2,
    ),
    "three cubes together, the defaults": (cubes, {}, "owner", 2),
    "three cubes apart, the defaults": (cubes, {}, "owner", 2),
    "rounding of 39 165 cells": (one_table, {}, "", 0),
    "rounding of 744 000 cells": (one_table, {"ages": 18}, "", 0),
}  # fmt: skip
SAMPLE = 200
"""Small counts whose interval the audit examines."""


def run(name: str) -> str:
    """A line of the table."""
    draw, options, singletons, width = CASES[name]
    drawn = draw(**options)
    if not singletons:
        return line(name, *rounded(drawn.structures[0]))
    together = len(drawn.structures) == 1 or "apart" not in name
    tables = [linked(drawn.structures)] if together and len(drawn.structures) > 1 else None
    began = time.process_time()
    done = [
        protect_counts(one, threshold=3, singletons=singletons, min_width=width)
        for one in tables or drawn.structures
    ]
    took = time.process_time() - began
    primary, hidden, narrow = (
        np.concatenate([getattr(one, which) for one in done])
        for which in ("primary", "suppressed", "narrow")
    )
    verdict = audited(drawn, hidden, Promise(3, False, singletons, width))
    said = f"{said_of(verdict)}; {narrow.sum()} left narrow" if width else said_of(verdict)
    figures = f"{primary.sum()} | {(hidden & ~primary).sum()}"
    return line(name, len(hidden), figures, took, said)


def line(name: str, cells: int, figures: str, took: float, said: str) -> str:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return f"| {name} | {cells} | {figures} | {took:.1f} | {memory:.1f} | {said} |"


def rounded(table: Structure) -> tuple[int, str, float, str]:
    began = time.process_time()
    found = small_count_rounding(table.counts, table.cells, base=3)
    took = time.process_time() - began
    off = deviations(table.counts, found, table.cells)
    shown = table.cells.values(found)
    small = int(((shown > 0) & (shown < 3)).sum())
    said = f"largest deviation {off.max()}, mean {off.mean():.2f}; {small} of 1 or 2 are shown"
    return len(off), f"{is_primary(table.values, 2, False).sum()} | ", took, said


def audited(drawn: Drawn, hidden: Flags, promise: Promise) -> Verdict:
    """What the audit room says of all tables together."""
    labels = pd.concat([one.labels for one in drawn.structures], ignore_index=True)
    values = np.concatenate([one.values for one in drawn.structures])
    cells = labels.assign(
        n=pd.Series(values, dtype="Int64").mask(pd.Series(hidden)),
        primary=is_primary(values, promise.threshold, promise.zeros),
    )
    return audit_counts(
        cells,
        dimensions=drawn.dimensions,
        hierarchies=drawn.trees,
        promise=promise,
        counts=drawn.inner,
        sample=SAMPLE if promise.min_width else 0,
        exactly=0,
    )


def said_of(verdict: Verdict) -> str:
    if verdict.passed:
        return "safe"
    return "FAILS: " + "; ".join(verdict.faults)


HEAD = """| case | cells | primary | secondary | CPU s | GiB | audit |
|---|---|---|---|---|---|---|
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--case", default="", help="part of a name")
    parser.add_argument(
        "--write", action="store_true", help="replace these lines of bench/disclosure.md"
    )
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        sys.stdout.write(run(arguments.inside) + "\n")
        return 0
    sys.stdout.write(HEAD)
    for name in (name for name in CASES if arguments.case in name):
        command = [sys.executable, __file__, "--inside", name]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        measured = done.stdout or f"| {name} | ended with {done.returncode} | | | | | |\n"
        sys.stdout.write(measured)
        sys.stdout.flush()
        if arguments.write:
            write(name, measured)
    return 0


def write(name: str, measured: str) -> None:
    """Put the line of a case where its former one stands; the text around stays as it is."""
    path = Path(__file__).with_suffix(".md")
    lines = path.read_text("utf-8").splitlines(keepends=True)
    at = [number for number, one in enumerate(lines) if one.startswith(f"| {name} |")]
    if at:
        lines[at[0]] = measured
    else:
        last = max(number for number, one in enumerate(lines) if one.startswith("|"))
        lines.insert(last + 1, measured)
    path.write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
