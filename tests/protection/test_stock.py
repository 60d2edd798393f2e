"""`suppress` on cubes: the rows of every level against the joint attacker."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from folketall.model.errors import StatisticsError
from folketall.model.tables import CUBE, INNER_CELL
from folketall.protection.together import decide, grouped, with_decision
from tests.protection.attacker import disclosed
from tests.protection.cells import declared, inner_of, regions, stock_rows
from tests.support.cells import parts_of, rows_of

PLACES = {
    "0301": {"region": "5", "county": "03", "economic_region": "e1"},
    "1101": {"region": "3", "county": "11", "economic_region": "e1"},
    "1103": {"region": "3", "county": "11", "economic_region": "e2"},
    "1806": {"region": "1", "county": "18", "economic_region": "e2"},
    "1804": {"region": "1", "county": "18", "economic_region": "e3"},
    "unknown": {"region": "unknown", "county": "unknown", "economic_region": "unknown"},
}
MAPPING = """
    0301 | 03 | 5
    1101 | 11 | 3
    1103 | 11 | 3
    1806 | 18 | 1
    1804 | 18 | 1
    """
INNER = ("asylum", "resettlement", "family_enlargement")
CATEGORY = {
    "category": {
        **{code: (code,) for code in INNER},
        "principal": INNER[:2],
        "family": INNER[2:],
        "total": INNER,
    }
}
AGE_SEX = {
    "sex": {"1": ("1",), "2": ("2",), "total": ("1", "2")},
    "age": {"0-4": ("0-4",), "5-9": ("5-9",), "90+": ("90+",), "total": ("0-4", "5-9", "90+")},
}


TOY = {
    "refugees_by_category": declared("refugees_by_category", CATEGORY),
    "refugees_by_age": declared("refugees_by_age", AGE_SEX),
    "refugees_by_citizenship": declared("refugees_by_citizenship", {"sex": AGE_SEX["sex"]}),
}


def suppressed(rows, places, *, zeros=False):
    """The rows as they are published."""
    done = []
    methods = {row["cube"]: "suppress" for row in rows}
    inner = parts_of(inner_of(rows, TOY), INNER_CELL)
    for table in grouped(parts_of(rows, CUBE), inner, methods, TOY, places, {}):
        done += with_decision(table, decide(table, threshold=3, zeros=zeros))
    return rows_of(done)


def drawn(name, dimensions, period, seed, mean=3.0, places=PLACES):
    random = np.random.default_rng(seed)
    inner = [[c for c, of in codes.items() if of == (c,)] for codes in dimensions.values()]
    counts = {}
    for municipality in places:
        for keys in np.array(np.meshgrid(*inner)).reshape(len(inner), -1).T:
            counts[(municipality, *keys.tolist())] = int(random.poisson(mean))
    return stock_rows(name, dimensions, counts, places, period), counts


def disclosed_rows(rows, dimensions, counts, places):
    """The attacker's view of published rows: which small counts they can compute."""
    cells = [key for key, n in counts.items() if n]
    columns, hidden, small = [], [], []
    for row in rows:
        wanted = [dimensions[d][getattr(row, d)] for d in dimensions]
        columns.append(
            [
                (row.level == "nation" or row.region in (c[0], places[c[0]].get(row.level)))
                and all(k in w for k, w in zip(c[1:], wanted, strict=True))
                for c in cells
            ]
        )
        truth = sum(counts[c] for c, inside in zip(cells, columns[-1], strict=True) if inside)
        hidden.append(row.value is None)
        small.append(1 <= truth <= 3)
        assert row.value in (None, truth)
        assert (row.value is None) == (row.status == "suppressed")
    hidden, small = np.array(hidden), np.array(small)
    assert hidden[small].all()
    return disclosed(columns, np.flatnonzero(~hidden), np.flatnonzero(small)), hidden.mean()


def persons_of(seed, period, mean):
    """Persons with everything the four cubes count: (municipality, category, sex, age)."""
    random = np.random.default_rng(seed)
    everyone = list(product(PLACES, INNER, ("1", "2"), ("0-4", "5-9", "90+")))
    return {
        keys: int(n) for keys, n in zip(everyone, random.poisson(mean, len(everyone)), strict=True)
    }


CUBES = {
    "refugees_by_category": (CATEGORY, (1,)),
    "refugees_by_age": (AGE_SEX, (2, 3)),
    "refugees_by_citizenship": ({"sex": AGE_SEX["sex"]}, (2,)),
}


def counted(persons, kept):
    counts = {}
    for keys, n in persons.items():
        key = (keys[0], *(keys[k] for k in kept))
        counts[key] = counts.get(key, 0) + n
    return counts


def counts_inside(row, dimensions, kept, keys):
    """Whether a person with `keys` is counted in the cell."""
    here = row.level == "nation" or row.region in (keys[0], PLACES[keys[0]].get(row.level))
    codes = zip(dimensions, kept, strict=True)
    return here and all(keys[k] in dimensions[d][getattr(row, d)] for d, k in codes)


@pytest.mark.rule("X1", "X2")
def test_all_levels_and_all_cubes_of_the_same_persons_together_disclose_nothing():
    mapping = regions(MAPPING, ("2023", "2024", "2025"))
    registers = {str(2023 + n): persons_of(n, str(2023 + n), (0.15, 0.6, 2.5)[n]) for n in range(3)}
    drawn_rows = [
        row
        for period, persons in registers.items()
        for name, (dimensions, kept) in CUBES.items()
        for row in stock_rows(name, dimensions, counted(persons, kept), PLACES, period)
    ]
    rows = suppressed(drawn_rows, mapping)
    assert len(rows) == len(drawn_rows)
    for period, persons in registers.items():
        mine = [r for r in rows if r.period == period]
        # Nobody is where a published cell is zero.
        possible = [k for k in persons if not empty_somewhere(k, persons)]
        facts = [[counts_inside(r, *CUBES[r.cube], k) for k in possible] for r in mine]
        truth = [
            sum(n for k, n in persons.items() if counts_inside(r, *CUBES[r.cube], k)) for r in mine
        ]
        hidden = np.array([r.value is None for r in mine])
        small = np.array([1 <= n <= 3 for n in truth])
        assert hidden[small].all()
        assert not hidden.all()
        assert all(r.value in (None, n) for r, n in zip(mine, truth, strict=True))
        assert all((r.value is None) == (r.status == "suppressed") for r in mine)
        assert disclosed(facts, np.flatnonzero(~hidden), np.flatnonzero(small)) == []
    for level in ("region", "economic_region"):
        assert any(r.value is not None for r in rows if r.level == level)


def empty_somewhere(keys, persons):
    """Whether some cube has a zero for the municipality and codes of `keys`."""
    return any(
        counted(persons, kept)[(keys[0], *(keys[k] for k in kept))] == 0
        for _, kept in CUBES.values()
    )


@pytest.mark.rule("X2")
def test_cubes_of_the_same_persons_with_different_totals_are_refused():
    one, _ = drawn("refugees_by_category", CATEGORY, "2024", 1)
    two, _ = drawn("refugees_by_age", AGE_SEX, "2024", 2)
    with pytest.raises(StatisticsError, match="cubes of the same persons have different totals"):
        suppressed(one + two, regions(MAPPING))


@pytest.mark.rule("X2")
def test_a_part_of_the_country_may_cut_a_county():
    places = {**PLACES, "1103": {**PLACES["1103"], "region": "5"}}
    mapping = regions(MAPPING.replace("1103 | 11 | 3", "1103 | 11 | 5"))
    cells, counts = drawn("refugees_by_category", CATEGORY, "2024", 1, 9, places)
    rows = suppressed(cells, mapping)
    assert any(r.value is not None for r in rows if r.level == "region")
    assert any(r.value is not None for r in rows if r.level == "county")
    assert disclosed_rows(rows, CATEGORY, counts, places)[0] == []


@pytest.mark.rule("X2")
def test_the_pattern_does_not_depend_on_order():
    mapping = regions(MAPPING)
    cells, _ = drawn("refugees_by_age", AGE_SEX, "2024", 5)

    def pattern(rows):
        done = suppressed(rows, mapping)
        return sorted((r.level, r.region, r.sex, r.age, r.value) for r in done if r.value)

    shuffled = [cells[n] for n in np.random.default_rng(1).permutation(len(cells))]
    assert pattern(shuffled) == pattern(cells)


@pytest.mark.rule("X1")
def test_zeros_are_published_unless_they_are_protected():
    mapping = regions(MAPPING)
    counts = {("0301", "asylum"): 9, ("1101", "asylum"): 8, ("1101", "resettlement"): 7}
    rows = stock_rows("refugees_by_category", CATEGORY, counts, PLACES, "2024")
    cells = [row for row in rows if row["level"] != "economic_region"]
    assert not [r for r in suppressed(cells, mapping) if r.value is None]
    assert not [r for r in suppressed(cells, mapping, zeros=True) if r.value == 0]


@pytest.mark.rule("X2")
def test_cells_that_do_not_add_up_are_refused():
    cells, _ = drawn("refugees_by_category", CATEGORY, "2024", 1)
    wrong = [{**row, "value": 1.0} if row["level"] == "nation" else row for row in cells]
    with pytest.raises(
        StatisticsError, match=r"2024 2024 persons at refugees_by_category nation 0: a cell is not"
    ):
        suppressed(wrong, regions(MAPPING))


def test_every_cell_is_kept_in_its_place():
    cells, _ = drawn("refugees_by_age", AGE_SEX, "2024", 2)
    done = suppressed(cells, regions(MAPPING))
    assert [(r.level, r.region, r.sex, r.age) for r in done] == [
        (row["level"], row["region"], row["sex"], row["age"]) for row in cells
    ]
