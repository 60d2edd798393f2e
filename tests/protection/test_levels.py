"""Q1, X2: cubes that are fine at some levels and coarse at others, on many random registers.

The attacker knows of every municipality and inner code that it exists, and adds and subtracts
whatever is published; what is finer than any published cell is unknown all the same.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from folketall.audit.cubes import audit_period
from folketall.audit.verdict import Promise
from folketall.cubes.declared import TOTAL
from folketall.model.tables import CUBE, DIMENSIONS, INNER_CELL
from folketall.protection.parts import DIVISIONS
from folketall.protection.rounded import rounded_table
from folketall.protection.stock import StockCounts, hidden_cells
from tests.protection.attacker import Knowledge
from tests.protection.cells import declared

# 03 is a county of one municipality; the labour markets e1 and e2 cut counties.
PLACES = {
    "0301": {"county": "03", "region": "5", "economic_region": "e1", "centrality": "1"},
    "1101": {"county": "11", "region": "3", "economic_region": "e1", "centrality": "1"},
    "1103": {"county": "11", "region": "3", "economic_region": "e2", "centrality": "2"},
    "1804": {"county": "18", "region": "3", "economic_region": "e2", "centrality": "2"},
    "1806": {"county": "18", "region": "3", "economic_region": "e3", "centrality": "2"},
    "unknown": dict.fromkeys(("county", "region", "economic_region", "centrality"), "unknown"),
}
UPPER, LOWER = "nation__county__region__centrality", "economic_region__municipality"
SEX = {"1": ("1",), "2": ("2",), TOTAL: ("1", "2")}
AGES = ("a", "b", "c", "d")
AGE = {
    **{one: (one,) for one in AGES},
    "ab": ("a", "b"),
    "cd": ("c", "d"),
    "bc": ("b", "c"),
    TOTAL: AGES,
}
IMMIGRANT = {"true": ("true",), "false": ("false",), TOTAL: ("true", "false")}
GROUPS = {"x": ("x",), "y": ("y",), TOTAL: ("x", "y")}
CUBES = {
    "by_age": declared(
        "by_age", {"sex": SEX, "age": AGE},
        **{UPPER: {"sex": ("1", "2"), "age": AGES}, LOWER: {"sex": ("1", "2"), "age": ("ab", "cd")}},
    ),
    "by_group": declared(
        "by_group", {"sex": SEX, "country_group": GROUPS},
        **{UPPER: {"sex": ("1", "2"), "country_group": ("x", "y")}, LOWER: {"sex": ("1", "2")}},
    ),
    "crosswise": declared(
        # Groups that do not nest: the two levels have nothing but the whole in common.
        "crosswise", {"age": AGE},
        **{UPPER: {"age": ("a", "bc", "d")}, LOWER: {"age": ("ab", "cd")}},
    ),
    "residents": declared(
        "residents", {"immigrant": IMMIGRANT, "sex": SEX, "age": AGE}, counts="residents",
        **{UPPER: {"immigrant": ("true", "false"), "sex": ("1", "2"), "age": AGES},
           LOWER: {"immigrant": ("true", "false"), "sex": ("1", "2"), "age": ("ab", "cd")},
           "municipality": {"sex": ("1", "2"), "age": AGES}},
    ),
}  # fmt: skip
WHO = ("native", "immigrant", "refugee")
KINDS = list(product(PLACES, ("1", "2"), AGES, ("x", "y"), WHO))
AT = {"sex": 1, "age": 2, "country_group": 3, "immigrant": 4}


def persons(seed):
    """(municipality, sex, age, group, who) to persons; few kinds, so that many are alone."""
    random = np.random.default_rng(seed)
    mean = random.choice([0.3, 1.0, 3.0])
    counts = random.poisson(mean, len(KINDS)) * (
        random.random(len(KINDS)) < random.choice([0.4, 1])
    )
    return counts.astype(np.int64)


def _code(dimension, kind):
    value = kind[AT[dimension]]
    return value if dimension != "immigrant" else str(value != "native").lower()


def inside(cube, row):
    """Of every kind of person, whether a cell counts it."""
    found = np.ones(len(KINDS), np.bool_)
    if cube.counts == "refugees":
        found &= np.array([k[4] == "refugee" for k in KINDS])
    if row["level"] != "nation":
        of = [k[0] if row["level"] == "municipality" else PLACES[k[0]][row["level"]] for k in KINDS]
        found &= np.array(of) == row["region"]
    for d in cube.dimensions:
        codes = {d.inner[n] for n in d.codes[row[d.name]]}
        found &= np.array([_code(d.name, k) in codes for k in KINDS])
    return found


def parted(seed):
    """The same where hardly anybody is b or c: groups that lie crosswise part there."""
    gone = np.array([kind[2] in ("b", "c") for kind in KINDS])
    return np.where(
        gone & (np.random.default_rng(seed).random(len(KINDS)) < 0.95), 0, persons(seed)
    )


def table(counts, names):
    rows, columns = [], []
    for name in names:
        cube = CUBES[name]
        for level in cube.levels:
            regions = {"nation": ["0"], "municipality": list(PLACES)}.get(
                level, sorted({of.get(level, "") for of in PLACES.values()})
            )
            for region, key in product(regions, cube.keys(level)):
                row = {"cube": name, "period": "2024", "geography": "2024", "level": level,
                       "region": region, "measure": "persons", **dict.fromkeys(DIMENSIONS),
                       **dict(zip((d.name for d in cube.dimensions), key, strict=True))}  # fmt: skip
                mine = inside(cube, row)
                rows.append({**row, "value": float(counts[mine].sum())})
                columns.append(mine)
    frame = pd.DataFrame(rows, columns=CUBE.columns).assign(persons="refugees")
    return frame, np.array(columns)


def inner(counts, names):
    rows = {}
    for name, (kind, n) in product(names, zip(KINDS, counts, strict=True)):
        own = [d.name for d in CUBES[name].dimensions]
        if CUBES[name].counts == "refugees" and kind[4] != "refugee":
            continue
        key = (
            name,
            kind[0],
            *(_code(d, kind) if d in own else None for d in DIMENSIONS if d in AT),
        )
        rows[key] = rows.get(key, 0) + n
    dims = [d for d in DIMENSIONS if d in AT]
    return pd.DataFrame(
        [
            {"cube": k[0], "period": "2024", "geography": "2024", "region": k[1],
             **dict.fromkeys(DIMENSIONS), **dict(zip(dims, k[2:], strict=True)), "value": float(n)}
            for k, n in rows.items() if n
        ],
        columns=INNER_CELL.columns,
    )  # fmt: skip


def stock(counts, names):
    frame, columns = table(counts, names)
    at = {m: tuple(of[level] for level in DIVISIONS) for m, of in PLACES.items()}
    cubes = {name: CUBES[name] for name in names}
    return StockCounts(frame, inner(counts, names), cubes, at), columns


def public(frame):
    """X0: residents by region, sex and age."""
    return ((frame["cube"] == "residents") & (frame["immigrant"] == TOTAL)).to_numpy()


def attacked(columns, truth, hidden, given):
    """Small counts that come out; nobody is where a published cell is zero."""
    known = (columns[~hidden & (truth == 0)]).any(axis=0)
    facts = columns[:, ~known].astype(int)
    knowledge = Knowledge(facts[~hidden])
    small = np.flatnonzero((truth >= 1) & (truth <= 3) & ~given)
    return [cell for cell in small if knowledge.knows(facts[cell])]


def regions():
    rows = [("2024", m, level, "0" if level == "nation" else m if level == "municipality" else of[level])
            for m, of in PLACES.items() for level in ("nation", *DIVISIONS, "municipality")]  # fmt: skip
    return pd.DataFrame(rows, columns=["geography", "piece", "level", "region"])


def audited(frame, hidden, names, told=None):
    cells = frame.assign(
        code=[
            "|".join(
                r[d] for d in DIMENSIONS if d in {one.name for one in CUBES[r["cube"]].dimensions}
            )
            for _, r in frame.iterrows()
        ],
        count=frame["value"],
        value=frame["value"].mask(hidden),
    )
    promise = Promise(singletons="owner", min_width=2)
    return audit_period(
        cells, regions(), CUBES, period="2024", promise=promise, sample=None, inner=told
    )


SETS = (
    ("by_age",),
    ("by_group",),
    ("crosswise",),
    ("by_age", "by_group", "crosswise"),
    ("residents",),
    ("by_age", "residents"),
    ("by_group", "residents"),
)


@pytest.mark.rule("Q1", "X0", "X2", "X3")
@pytest.mark.parametrize("names", SETS, ids="+".join)
def test_no_small_count_comes_out_of_fine_and_coarse_levels_together(names):
    secondary = 0
    for counts, seed in [(draw(seed), seed) for seed in range(6) for draw in (persons, parted)]:
        of, columns = stock(counts, names)
        truth = of.rows["value"].to_numpy().astype(np.int64)
        hidden = hidden_cells(of, 3, zeros=False)
        given = public(of.rows)
        small = (truth >= 1) & (truth <= 3) & ~given
        assert hidden[small].all()
        assert not hidden[given].any()
        assert "residents" in names or not hidden[truth == 0].any()
        assert attacked(columns, truth, hidden, given) == [], seed
        secondary += int((hidden & ~small).sum())
        verdict = audited(of.rows, hidden, names, of.inner)
        assert verdict.passed, (seed, verdict.summary)
        assert verdict.contradictions == 0
        assert verdict.sums.number == 0, "examined, because the true inner counts are told"
    assert secondary > 0


@pytest.mark.rule("X0", "X2")
def test_a_finer_zero_of_the_county_does_not_tell_whether_the_one_person_is_an_immigrant():
    """Of the men of c or d in 1804 there is one, of d; the county has no immigrant man of d."""
    counts = persons(2)
    for n, (place, sex, age, _, who) in enumerate(KINDS):
        if sex != "1" or PLACES[place]["county"] != "18":
            continue
        if place == "1804" and age in ("c", "d"):
            counts[n] = 0
        if age == "d":
            counts[n] = 0 if who != "native" else 3 * (place == "1806")
        if place == "1806" and age == "c":
            counts[n] = 5
    counts[KINDS.index(("1804", "1", "d", "x", "native"))] = 1
    of, columns = stock(counts, ("by_age", "residents"))
    truth = of.rows["value"].to_numpy().astype(np.int64)
    hidden = hidden_cells(of, 3, zeros=False)
    assert attacked(columns, truth, hidden, public(of.rows)) == []
    rows = of.rows
    at = (rows["level"] == "county") & (rows["region"] == "18") & (rows["sex"] == "1")
    at &= (rows["age"] == "d") & (rows["immigrant"] == "true")
    assert (truth[at] == 0).all()
    assert hidden[at].all()


@pytest.mark.rule("Q1", "X3")
@pytest.mark.parametrize("names", SETS, ids="+".join)
def test_the_audit_finds_what_the_attacker_does_when_one_cell_less_is_empty(names):
    found = 0
    for counts, seed in [(draw(seed), seed) for seed in range(5) for draw in (persons, parted)]:
        of, columns = stock(counts, names)
        truth = of.rows["value"].to_numpy().astype(np.int64)
        hidden = hidden_cells(of, 3, zeros=False, singletons="none", min_width=0)
        weak = hidden.copy()
        cells = np.flatnonzero(hidden & (truth > 3))
        if not len(cells):
            continue
        weak[np.random.default_rng(seed).choice(cells)] = False
        out = attacked(columns, truth, weak, public(of.rows))
        assert out, "no cell is empty for nothing"
        verdict = audited(of.rows, weak, names, of.inner)
        assert verdict.disclosed.number >= len(out)
        assert not verdict.passed
        found += 1
    assert found


@pytest.mark.rule("Q1", "X1")
@pytest.mark.parametrize("name", list(CUBES))
def test_rounded_levels_add_up_over_the_inner_cells_of_all(name):
    cube = CUBES[name]
    for seed in range(4):
        of, _ = stock(persons(seed), (name,))
        shown = rounded_table(of.rows, of.inner, of.cubes, of.places, 3)
        assert not ((shown > 0) & (shown < 3)).any()
        value = {
            (r.level, r.region, *(getattr(r, d.name) for d in cube.dimensions)): n
            for r, n in zip(of.rows.itertuples(), shown, strict=True)
        }
        total = (TOTAL,) * len(cube.dimensions)
        for level in cube.levels:
            regions_of = {key[1] for key in value if key[0] == level}
            assert sum(value[level, r, *total] for r in regions_of) == value["nation", "0", *total]
        for place, d in enumerate(cube.dimensions):
            for one in cube.tables:
                for level, region in {key[:2] for key in value if key[0] in one.levels}:
                    key = list(total)
                    parts = []
                    for code in one.shown.get(d.name, ()):
                        key[place] = code
                        parts.append(value[level, region, *key])
                    assert not parts or sum(parts) == value[level, region, *total]
