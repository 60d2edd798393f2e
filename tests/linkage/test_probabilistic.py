"""L5, its probabilistic part: what weights make of misspelt names and wrong dates."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from folketall.linkage import linkage, weights
from folketall.linkage.probabilistic import Chance, possible_holders, probabilistic_matches
from tests.support.drawings import drawn, lines, scattered, shuffled_into
from tests.support.frames import frame

BENCH = Path(__file__).parents[2] / "bench" / "linkage.py"
NAMES = ["Abebe", "Bikila", "Tadesse", "Mohamed", "Omar", "Yusuf", "Amina", "Halima", "Fatima", "Zahra", "Goran", "Milan", "Ivana", "Jelena", "Nguyen", "Thi", "Linh", "Rosa", "Carmen", "Pablo", "Tamara", "Olena", "Dmytro", "Iryna", "Saman", "Reza", "Shirin", "Laleh", "Haile", "Senait"]  # fmt: skip
CITIZENSHIPS = ("346", "246", "564", "456", "154", "155", "575", "725", "148", "241")


def people(count: int = 300) -> list[list[str]]:
    """Persons with names, dates and citizenships in fixed, irregular turns."""
    size = len(NAMES)
    return [
        [
            str(n + 1),
            NAMES[n * 7 % size] + NAMES[n * 11 % 13].lower(),
            NAMES[n * 17 % size] + NAMES[n // 7 % size].lower(),
            f"{1950 + n * 13 % 50}-{1 + n * 5 % 12:02}-{1 + n * 19 % 28:02}",
            str(1 + n % 2),
            CITIZENSHIPS[n % len(CITIZENSHIPS)],
        ]
        for n in range(count)
    ]


def text(rows: list[list[str]]) -> str:
    return "\n".join(" | ".join(row) for row in rows)


def changed(row: list[str], duf: str, **new: str) -> list[str]:
    names = ("duf", "given", "family", "born", "sex", "country")
    return [{**dict(zip(names, row, strict=True)), "duf": duf, **new}[name] for name in names]


PEOPLE = people()
LINKED = [changed(row, f"linked{row[0]}") for row in PEOPLE[:200]]
P = {row[0]: row for row in PEOPLE}
# The 201st and later have no DUF number from L4.
LEFT = [
    changed(P["201"], "misspelt", given=P["201"][1].replace("e", "i").replace("a", "e", 1)),
    changed(P["202"], "swapped_names", given=P["202"][2], family=P["202"][1]),
    changed(P["203"], "day_off", born=P["203"][3][:-1] + str((int(P["203"][3][-1]) + 1) % 9)),
    changed(P["204"], "no_sex", sex=""),
    changed(P["10"], "second_of_10", family=P["10"][2] + "i"),
    changed(P["205"], "nobody", given="Unheard", family="Ofhere", born="1931-07-17", country="101"),
    changed(P["206"], "nameless", given="", family=""),
]
EXPECTED = """
day_off       | 203
misspelt      | 201
no_sex        | 204
second_of_10  | 10
swapped_names | 202
"""
_NUMBERS = "duf string, given_name string, family_name string, birth_date date, sex string, citizenship string"


def newest_rows(spark, rows):
    """Persons of the Population Register, all born abroad."""
    df = frame(spark, _NUMBERS.replace("duf string", "person_id bigint"), text(rows))
    return df.drop("citizenship").selectExpr("*", "'346' as birth_country", "person_id as draw")


def chance(spark, rows, **given) -> Chance:
    citizenships = frame(
        spark,
        "person_id bigint, country string, from_date date",
        "\n".join(f"{row[0]} | {row[5]} | 2000-01-01" for row in rows),
    )
    return Chance(citizenships, **{"probability": 0.95, "sample": 150, "seed": 1, **given})


def matched(spark, left, *, persons=PEOPLE, order=lambda df: df, **given):
    registered = frame(
        spark, "duf string, person_id bigint", "\n".join(f"linked{n} | {n}" for n in range(1, 201))
    )
    numbers = order(frame(spark, _NUMBERS, text([*LINKED, *left])))
    return probabilistic_matches(
        numbers.join(registered, "duf", "left_anti"),
        registered,
        numbers,
        order(newest_rows(spark, persons)),
        chance(spark, persons, **given),
    )


@pytest.mark.rule("L5")
def test_names_and_dates_gone_wrong_are_matched(spark):
    found = matched(spark, LEFT)
    assert drawn(found, "duf", "person_id") == lines(EXPECTED)
    assert {(row["method"], row["score"] >= 0.95) for row in found.collect()} == {
        ("probabilistic", True)
    }


@pytest.mark.rule("L5")
def test_the_same_rows_in_another_order_give_the_same_scores(spark):
    first = matched(spark, LEFT)
    with shuffled_into(spark):
        again = matched(spark, LEFT, order=scattered)
        assert drawn(again, "duf", "person_id", "score") == drawn(
            first, "duf", "person_id", "score"
        )


@pytest.mark.rule("L5")
def test_a_person_without_a_number_from_l4_goes_first(spark):
    """Two persons fit the number; the better one has a number already."""
    twin = changed(P["10"], "301", given=P["10"][1] + "a")
    left = [changed(P["10"], "second")]
    # The 220th is called nearly the same as the 10th, in so small a register as good as him.
    others = [row for row in PEOPLE if row[0] != "220"]
    without = matched(spark, left, persons=others)
    beside = matched(spark, left, persons=[*others, twin])
    assert drawn(without, "duf", "person_id") == ["second | 10"]
    assert drawn(beside, "duf", "person_id") == ["second | 301"]


@pytest.mark.rule("L5")
def test_only_those_who_may_need_a_permit_are_looked_at(spark):
    persons = frame(
        spark,
        "person_id bigint, birth_country string",
        """
        1 | 000
        2 | 000
        3 | 346
        4 |
        5 | 000
        """,
    )
    citizenships = frame(
        spark,
        "person_id bigint, country string, from_date date",
        """
        1 | 000 | 1990-01-01
        2 | 000 | 2010-01-01
        2 | 564 | 1990-01-01
        3 | 246 | 2000-01-01
        3 | 346 | 1999-01-01
        3 | 148 | 1999-01-01
        """,
    )
    found = possible_holders(persons, citizenships)
    assert drawn(found, "person_id", "citizenship") == lines("""
        2 | 564
        3 | 148
        4 |
        """)


PAIRS = """
a | 1 | 20
a | 2 | 19
b | 1 | 21
c | 3 | 12
c | 4 | 12
d | 5 | 11
d | 6 | 15
e | 6 | 15
f | 7 | 30
f | 8 | 10
g | 8 | 10
"""


@pytest.mark.rule("L5")
def test_one_person_for_one_number_by_total_weight():
    """1 goes to b, so a gets 2; c fits two alike; 6 goes to d, the first; 7 has a number: last."""
    cells = [[cell.strip() for cell in line.split("|")] for line in PAIRS.split("\n") if line]
    scored = pa.table(
        {
            "duf": [duf for duf, _, _ in cells],
            "person_id": pa.array([int(person) for _, person, _ in cells], pa.int64()),
            "score": [0.99] * len(cells),
            "weight": [float(weight) for *_, weight in cells],
        }
    )
    persons = pa.table(
        {"id": pa.array(range(1, 9), pa.int64()), "taken": [n == 7 for n in range(1, 9)]}
    )
    for rows in (scored, scored.take(list(reversed(range(len(cells)))))):
        found = weights.one_to_one(rows, persons)
        assert dict(zip(*[found[name].to_pylist() for name in ("duf", "person_id")], strict=True)) == {
            "a": 2, "b": 1, "d": 6, "f": 8,
        }  # fmt: skip


@pytest.mark.rule("L5")
def test_what_l4_and_the_exact_match_leave_is_matched(spark):
    candidates = frame(
        spark,
        "duf string, person_id long, newest_pin string, in_cpr date, in_udb boolean, score int,"
        "acceptable boolean",
        "\n".join(f"linked{n} | {n} | p{n} | 2010-01-01 | true | 6 | true" for n in range(1, 201)),
    )
    exact = changed(P["210"], "exact")
    udb = frame(spark, _NUMBERS, text([*LINKED, *LEFT, exact]))
    registered, people = linkage.registered_links(candidates), newest_rows(spark, PEOPLE)
    sure = linkage.sure_links(registered, udb, people)
    left = linkage.not_linked(udb, sure)
    matches = probabilistic_matches(left, registered, udb, people, chance(spark, PEOPLE))
    found = linkage.person_links(udb.select("duf"), sure.unionByName(matches)).localCheckpoint()
    # Given and family name changed about are an exact match.
    wanted = [line for line in lines(EXPECTED) if line != "swapped_names | 202"]
    assert drawn(found.where("method = 'probabilistic'"), "duf", "person_id") == wanted
    others = found.where("method in ('exact_match', 'unlinked')")
    assert drawn(others, "duf", "person_id") == lines(
        "exact | 210\nswapped_names | 202\nnameless |\nnobody |"
    )


@pytest.fixture(scope="module")
def bench():
    spec = importlib.util.spec_from_file_location("bench_linkage", BENCH)
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench_linkage"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.rule("L3", "L4", "L5")
def test_febrl4_is_linked_without_a_wrong_link(spark, bench):
    found = bench.measured(spark)
    assert not found.wrong
    assert found.recall >= bench.RECALL, found
    assert found.numbers == 5000
