"""What can be computed exactly: by hand, against a slow attacker with fractions, and weakened."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folketall.audit.audit import audit_tables
from folketall.audit.counts import audit_counts
from folketall.audit.echelon import PRIMES, echelon
from folketall.audit.exact import exact_disclosures
from folketall.audit.system import joint_system
from folketall.audit.verdict import Promise
from folketall.protection.counts import protect_frames
from tests.audit.tables import division, table
from tests.protection.attacker import Knowledge

PEER = Promise(singletons="none", min_width=0)
M = division("m", "ABD", county="ABD")
C = division("c", ["as", "fa"], total=["as", "fa"])
EMPTY = {
    ("A", "as"): None, ("A", "fa"): None, ("A", "total"): 16,
    ("B", "as"): None, ("B", "fa"): None, ("B", "total"): 15,
    ("D", "as"): 20, ("D", "fa"): 11, ("D", "total"): 31,
    ("county", "as"): 31, ("county", "fa"): 31, ("county", "total"): 62,
}  # fmt: skip
FULL = {**EMPTY, ("A", "as"): 2, ("A", "fa"): 14, ("B", "as"): 9, ("B", "fa"): 6}


def verdict(cells, **more):
    drawn = table("t", (M, C), cells, FULL, {("A", "as")})
    return audit_tables([drawn], name="t", promise=more.pop("promise", Promise()), **more)


@pytest.mark.rule("X3")
def test_the_example_of_the_page_is_safe():
    found = verdict(EMPTY)
    assert found.passed
    assert (found.unknowns, found.freedom, found.primary) == (4, 1, 1)


@pytest.mark.rule("X3")
@pytest.mark.parametrize("cell", [key for key, value in EMPTY.items() if value is None])
def test_any_empty_cell_of_it_published_fails(cell):
    found = verdict({**EMPTY, cell: FULL[cell]})
    assert not found.passed
    if cell == ("A", "as"):
        assert found.published.cells == ("t m=A c=as",)
    else:
        assert found.disclosed.cells == ("t m=A c=as is 2",)


@pytest.mark.rule("X3")
@pytest.mark.parametrize(
    ("promise", "lacking"),
    [
        (PEER, ()),
        (Promise(singletons="none", min_width=2), ()),
        (Promise(singletons="sum", min_width=0), ("sums of single persons",)),
        (
            Promise(singletons="owner", min_width=0),
            ("what the one person of a cell can compute", "sums of single persons"),
        ),
    ],
)
def test_what_was_promised_and_not_examined_is_not_passed(promise, lacking):
    """Without the true counts nobody can tell who is alone in a cell."""
    drawn = table("t", (M, C), EMPTY, None, {("A", "as")})
    found = audit_tables([drawn], name="t", promise=promise)
    assert not found.faults
    assert found.lacking == lacking
    assert found.passed == (not lacking)
    assert ("t: passed" in found.summary) == (not lacking)
    assert all(one in found.summary for one in lacking)
    assert verdict(EMPTY, promise=promise).passed


@pytest.mark.rule("X3")
def test_intervals_promised_and_not_sought_are_not_passed():
    promise = Promise(singletons="none", min_width=2)
    found = verdict(EMPTY, promise=promise, sample=0)
    assert found.lacking == ("intervals of the small counts",)
    assert not found.passed
    assert "intervals of 1 of 1 small counts" in verdict(EMPTY, promise=promise).summary


@pytest.mark.rule("X3")
def test_figures_that_contradict_each_other_are_told():
    found = verdict({**EMPTY, ("county", "as"): 32})
    assert found.contradictions > 0
    assert "contradict" in found.summary


@pytest.mark.rule("X3")
def test_contradicting_totals_with_nothing_empty_are_told():
    assert verdict({**FULL, ("county", "total"): 63}).contradictions == 1


@pytest.mark.rule("X3")
def test_an_empty_margin_of_published_cells_is_computable():
    drawn = table("t", (C,), {("as",): 1, ("fa",): 1, ("total",): None})
    found = audit_tables([drawn], name="t", promise=PEER)
    assert found.disclosed.cells == ("t c=total",)


@pytest.mark.rule("X3")
def test_a_published_zero_empties_what_it_counts():
    cells = {("as",): None, ("fa",): None, ("total",): 0}
    found = audit_tables([table("t", (C,), cells)], name="t", promise=PEER)
    assert (found.unknowns, found.computable.number) == (0, 2)


@pytest.mark.rule("X2")
def test_linked_tables_give_each_other_away():
    sex = division("s", "12", total="12")
    one = table("one", (C,), {("as",): None, ("fa",): 9, ("total",): None})
    two = table("two", (sex,), {("1",): 5, ("2",): 6, ("total",): None})
    assert audit_tables([one], name="one", promise=PEER).passed
    found = audit_tables([one, two], name="both", promise=PEER)
    assert "one c=as is 2" in found.disclosed.cells


@pytest.mark.rule("X2")
def test_overlapping_divisions_give_each_other_away():
    m = division("m", "ABCD", AB="AB", CD="CD", BC="BC", total="ABCD")
    cells = {"A": 9, "B": None, "C": None, "D": 9, "AB": None, "CD": None, "total": 30}
    safe = table("t", (m,), {(code,): n for code, n in cells.items()})
    assert audit_tables([safe], name="t", promise=PEER).passed
    told = table("t", (m,), {(code,): n for code, n in {**cells, "AB": 10}.items()})
    found = audit_tables([told], name="t", promise=PEER)
    assert "t m=B is 1" in found.disclosed.cells


@pytest.mark.rule("X2")
def test_the_one_person_of_a_cell_learns_the_other():
    counts = {("as",): 1, ("fa",): 2, ("total",): 3 + 9, ("ot",): 9}
    c = division("c", ["as", "fa", "ot"], total=["as", "fa", "ot"])
    cells = {("as",): None, ("fa",): None, ("ot",): 9, ("total",): 12}
    drawn = table("t", (c,), cells, counts, {("as",), ("fa",)})
    found = audit_tables([drawn], name="t", promise=Promise(min_width=0))
    assert found.owners.cells == ("t c=fa, by t c=as",)
    assert not found.passed
    assert audit_tables([drawn], name="t", promise=PEER).passed


@pytest.mark.rule("X2")
def test_the_one_person_of_a_region_is_known_to_be_the_same_in_every_table():
    region, sex = division("r", "AB"), division("s", "12", total="12")
    hidden = {("A", "1"): 1, ("A", "total"): 1}
    counts = hidden | {("A", "2"): 0, ("B", "1"): 9, ("B", "2"): 0, ("B", "total"): 9}
    cells = counts | dict.fromkeys(hidden)
    one = table("one", (region, sex), cells, counts, set(hidden))
    of_two = {(r, {"1": "as", "2": "fa"}.get(s, s)): n for (r, s), n in counts.items()}
    primary = {("A", "as"), ("A", "total")}
    category = division("c", ["as", "fa"], total=["as", "fa"])
    two = table("two", (region, category), of_two | dict.fromkeys(primary), of_two, primary)
    promise = Promise(min_width=0)
    assert audit_tables([one, two], name="both", promise=promise).owners.number == 0
    # Not so where the tables have not the region in common: the sum of both is published.
    other = division("q", "AB")
    apart = table("two", (other, category), of_two | dict.fromkeys(primary), of_two, primary)
    assert audit_tables([one, apart], name="both", promise=promise).owners.number == 4


@pytest.mark.rule("X2")
def test_known_sums_of_single_persons_say_that_each_is_one():
    c = division("c", ["as", "fa", "ot"], total=["as", "fa", "ot"])
    cells = {("as",): None, ("fa",): None, ("ot",): 9, ("total",): 11}
    counts = {("as",): 1, ("fa",): 1, ("ot",): 9, ("total",): 11}
    drawn = table("t", (c,), cells, counts, {("as",), ("fa",)})
    found = audit_tables([drawn], name="t", promise=Promise(singletons="sum", min_width=0))
    assert found.sums.number == 2
    assert not found.passed
    zeros = Promise(singletons="sum", min_width=0, zeros=True)
    assert audit_tables([drawn], name="t", promise=zeros).sums.number == 0


SEX = division("s", "12", total="12")


@pytest.mark.rule("X3")
def test_a_region_with_one_child_is_that_child():
    oslo = division("m", "AB", Oslo="A", Viken="B", total="AB")
    cells = {("Oslo",): None, ("A",): None, ("Viken",): None, ("B",): None, ("total",): 5}
    counts = {("Oslo",): 2, ("A",): 2, ("Viken",): 3, ("B",): 3, ("total",): 5}
    assert audit_tables([table("t", (oslo,), cells, counts)], name="t", promise=PEER).passed
    # The county is safe only if its one municipality is.
    told = table("t", (oslo,), {**cells, ("Oslo",): 2}, counts)
    assert audit_tables([told], name="t", promise=PEER).disclosed.number == 3


@pytest.mark.rule("X3")
def test_an_empty_region_and_all_zeros():
    m = division("m", "AB", none="", total="AB")
    cells = {(place, s): 0 for place in ("A", "B", "none", "total") for s in ("1", "2", "total")}
    found = audit_tables([table("t", (m, SEX), cells, cells)], name="t", promise=Promise())
    assert (found.passed, found.unknowns, found.suppressed) == (True, 0, 0)
    empty = {**cells, ("A", "1"): None, ("A", "total"): None}
    assert audit_tables([table("t", (m, SEX), empty)], name="t", promise=PEER).passed


@pytest.mark.rule("X3")
@pytest.mark.parametrize(("value", "safe"), [(None, True), (2, False), (9, True)])
def test_a_cube_of_one_cell(value, safe):
    one = division("m", "A")
    drawn = table("t", (one,), {("A",): value}, {("A",): value or 2})
    assert audit_tables([drawn], name="t", promise=PEER).passed == safe


@pytest.mark.rule("X3")
def test_all_primary_and_all_empty():
    cells = dict.fromkeys(FULL)
    found = audit_tables([table("t", (M, C), cells, FULL, set(FULL))], name="t", promise=PEER)
    assert (found.passed, found.primary, found.freedom) == (True, 12, 6)
    told = {**cells, ("county", "total"): 62}
    drawn = table("t", (M, C), told, FULL, set(FULL) - {("county", "total")})
    assert audit_tables([drawn], name="t", promise=PEER).passed


SHAPES = st.tuples(
    st.integers(1, 5), st.integers(1, 3), st.integers(1, 3), st.integers(0, 2**32 - 1)
)


def random_table(shape):
    """A table of m × c × s with two overlapping divisions of m; each cell empty by chance."""
    *sizes, seed = shape
    draws = np.random.default_rng(seed)
    codes = [
        [f"{letter}{n}" for n in range(size)] for letter, size in zip("mcs", sizes, strict=True)
    ]
    sums = [{"total": of} for of in codes]
    for letter in "xy":
        group = draws.integers(0, 2, sizes[0])
        for number in set(group.tolist()):
            sums[0][f"{letter}{number}"] = [
                c for c, g in zip(codes[0], group, strict=True) if g == number
            ]
    ds = [division(name, of, **more) for name, of, more in zip("mcs", codes, sums, strict=True)]
    inner = draws.poisson(2.0, sizes)
    keys, counts = [], {}
    for index in np.ndindex(*[len(d.codes) for d in ds]):
        key = tuple(d.codes[i] for d, i in zip(ds, index, strict=True))
        members = [list(d.members[c]) for d, c in zip(ds, key, strict=True)]
        counts[key] = int(inner[np.ix_(*members)].sum())
        keys.append(key)
    share = draws.random()
    cells = {key: None if counts[key] and draws.random() < share else counts[key] for key in keys}
    home = [draws.integers(0, 2, sizes[0]).tolist(), list(range(sizes[0]))]
    return ds, inner, cells, counts, home


@pytest.mark.rule("X3")
@settings(max_examples=200, deadline=None)
@given(SHAPES)
def test_the_same_is_computable_as_by_fractions(shape):
    ds, inner, cells, counts, home = random_table(shape)
    columns = {}
    for key in cells:
        column = np.zeros(inner.shape, np.int64)
        column[np.ix_(*[list(d.members[c]) for d, c in zip(ds, key, strict=True)])] = 1
        columns[key] = column[inner > 0]
    known = Knowledge([columns[key] for key, value in cells.items() if value is not None])
    expected = {key for key, value in cells.items() if value is None and known.knows(columns[key])}
    drawn = table("t", ds, cells)
    keys = list(cells)
    for blocks in ([], home):
        system = joint_system([drawn], home=blocks, blocks_by="m", zeros_public=True)
        exact = exact_disclosures(system)
        found = {
            keys[row]: value
            for row, value in zip(
                system.row[exact.computable], exact.value[exact.computable], strict=True
            )
        }
        found |= {keys[row]: value for _, row, value in system.implied}
        assert set(found) == expected
        assert all(counts[key] == value for key, value in found.items())
        assert exact.contradictions == 0


def a_table(draws, towns=24, counties=4, mean=3.0):
    rows = [(f"t{t:02}", s, g) for t in range(towns) for s in "12" for g in "xyz"]
    size = draws.lognormal(0, 1, towns)
    weight = {"x": 2.0, "y": 0.7, "z": 0.3}
    inner = pd.DataFrame(rows, columns=["region", "sex", "group"])
    inner["n"] = [draws.poisson(mean * size[int(r[1:])] * weight[g]) for r, _, g in rows]
    county = {f"t{t:02}": f"c{t % counties}" for t in range(towns)}
    return inner, {"region": [county]}


@pytest.mark.rule("X3")
@pytest.mark.parametrize("seed", [1, 2])
def test_protected_patterns_are_safe_and_each_cell_less_is_caught(seed):
    inner, trees = a_table(np.random.default_rng(seed))
    names = ["region", "sex", "group"]
    cells = protect_frames(
        {"t": inner}, dimensions=names, hierarchies=trees, method="suppress",
        singletons="none", min_width=0,
    )  # fmt: skip
    true = {"t": inner}
    values = protect_frames(
        true, dimensions=names, hierarchies=trees, method="round_up", threshold=1
    )["n"]
    args = {"dimensions": names, "hierarchies": trees, "promise": PEER}
    assert audit_counts(cells, **args).passed
    empty = np.flatnonzero(cells["n"].isna())
    assert len(empty) > 40
    for row in empty:
        weakened = cells.copy()
        weakened.loc[row, "n"] = values[row]
        found = audit_counts(weakened, **args)
        assert not found.passed, cells.loc[row].to_dict()


@pytest.mark.rule("X3")
@pytest.mark.parametrize("prime", PRIMES)
def test_the_moduli_are_prime(prime):
    assert prime < 2**25
    assert all(prime % n for n in range(2, int(prime**0.5) + 1))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 70), st.integers(1, 50), st.integers(0, 2**32 - 1))
def test_echelon_form_is_one(rows, columns, seed):
    prime = PRIMES[0]
    draws = np.random.default_rng(seed)
    rank = int(draws.integers(0, min(rows, columns) + 1))
    left, right = draws.integers(-3, 4, (rows, rank)), draws.integers(-3, 4, (rank, columns))
    matrix = (left @ right).astype(float)
    done = echelon(matrix, prime, columns=columns)
    assert np.linalg.matrix_rank(matrix) == len(done.pivots)
    assert (done.rows[:, done.pivots] == np.eye(len(done.pivots))).all()
    again = echelon(np.concatenate((done.rows, matrix)), prime, columns=columns)
    assert len(again.pivots) == len(done.pivots)
