"""`folketall protect` and `folketall audit` as a user runs them: any table of counts."""

from __future__ import annotations

import csv
import json
import random

import pytest

from tests.command.conftest import command

pytestmark = pytest.mark.command

COUNTS = """region,sex,n
a1,1,2
a1,2,14
a2,1,9
a2,2,6
b1,1,20
b1,2,11
b2,1,0
b2,2,25
"""
COUNTIES = "code,parent\na1,A\na2,A\nb1,B\nb2,B\n"
OTHERS = "code,parent\na1,U\nb1,U\na2,V\nb2,V\n"


@pytest.fixture
def place(tmp_path):
    for name, text in (("counts", COUNTS), ("counties", COUNTIES), ("others", OTHERS)):
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    return tmp_path


def protect(place, *more, method="suppress", to="out.csv"):
    trees = [f"region={place}/counties.csv", f"region={place}/others.csv"]
    words = [word for tree in trees for word in ("--hierarchy", tree)]
    return command(
        "protect", place / "counts.csv", "--dimensions", "region,sex", *words,
        "--method", method, "--to", place / to, *more,
    )  # fmt: skip


@pytest.mark.rule("X2", "X3")
def test_protected_audited_weakened_and_caught(place):
    assert protect(place).status == 0
    out = place / "out.csv"
    lines = out.read_text("utf-8").splitlines()
    assert lines[0] == "region,sex,n,status,primary"
    assert len(lines) == 1 + 9 * 3
    assert "a1,1,,suppressed,true" in lines
    assert "b2,1,0,,false" in lines
    good = command("audit", out, "--counts", place / "counts.csv")
    assert good.status == 0, good.err
    assert "out: passed" in good.out.splitlines()[0]
    assert json.loads((place / "out.csv.audit.json").read_text("utf-8"))["passed"]
    blind = command("audit", out)
    assert blind.status == 4
    first = blind.out.splitlines()[0]
    assert "NOT PASSED: not examined: what the one person of a cell can compute" in first
    assert "examined: published figures and what can be computed from them" in first
    assert not json.loads((place / "out.csv.audit.json").read_text("utf-8"))["passed"]
    weak = [line.replace("a1,2,,suppressed", "a1,2,14,") for line in lines]
    assert weak != lines
    out.write_text("\n".join(weak) + "\n", "utf-8")
    bad = command("audit", out)
    assert bad.status == 4
    assert "can be computed" in bad.last
    assert not json.loads((place / "out.csv.audit.json").read_text("utf-8"))["passed"]


@pytest.mark.rule("X1")
def test_the_same_input_gives_the_same_bytes_in_any_order(place):
    assert protect(place, method="small_count_rounding").status == 0
    head, *rows = COUNTS.splitlines()
    (place / "counts.csv").write_text("\n".join([head, *rows[::-1]]) + "\n", "utf-8")
    assert protect(place, method="small_count_rounding", to="again.csv").status == 0
    assert (place / "out.csv").read_bytes() == (place / "again.csv").read_bytes()


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        (("20", "-1"), 3, "whole number"),
        (("a1,2,14", "a1,1,14"), 3, "line 3"),
        (("region,sex,n", "region,kind,n"), 3, "no column sex"),
        (("b1,1,20", ",1,20"), 3, "region is empty"),
    ],
)
def test_bad_counts_are_refused_by_line(place, change, status, said):
    (place / "counts.csv").write_text(COUNTS.replace(*change), "utf-8")
    found = protect(place)
    assert found.status == status
    assert said in found.last
    assert not (place / "out.csv").exists()


def run(place, counts, *trees, dimensions="region", method="leave_empty", more=(), to="out.csv"):
    """`protect` of texts: the counts, and hierarchies of region, one file each."""
    (place / "in.csv").write_text(counts, "utf-8")
    words = []
    for number, tree in enumerate(trees):
        (place / f"tree{number}.csv").write_text("code,parent\n" + tree, "utf-8")
        words += ["--hierarchy", f"region={place}/tree{number}.csv"]
    return command(
        "protect", place / "in.csv", "--dimensions", dimensions, *words, "--method", method,
        "--to", place / to, *more,
    )  # fmt: skip


def cells(place, to="out.csv"):
    with (place / to).open(encoding="utf-8", newline="") as file:
        return {row["region"]: row["n"] for row in csv.DictReader(file)}


def test_codes_that_do_not_fit_are_named_and_refused(place):
    """301 in the counts and 0301 in the hierarchy came out as county 03 = 0."""
    counts, tree = "region,n\n301,20\n1101,30\n", "0301,03\n1101,11\n"
    found = run(place, counts, tree)
    assert found.status == 3
    assert "301" in found.last
    assert "--allow-unknown" in found.last
    assert not (place / "out.csv").exists()
    other_way = run(place, "region,n\n1101,30\n", tree)
    assert other_way.status == 3
    assert "0301" in other_way.last
    assert run(place, counts, tree, more=["--allow-unknown"]).status == 0
    assert cells(place) | {"total": "50", "11": "30", "301": "20"} == cells(place)


def test_codes_and_names_are_trimmed(place):
    found = run(place, "region , n\n 0301, 20\n1101 ,30 \n", "0301 , 03\n 1101,11 \n")
    assert found.status == 0, found.err
    assert cells(place) == {"total": "50", "03": "20", "11": "30", "0301": "20", "1101": "30"}


def test_levels_may_come_apart(place):
    """District to municipality and municipality to county, in two files: county 32 is 104."""
    counts = "region,n\nd1,40\nd2,50\n3203,14\n0301,9\n"
    districts, counties = "d1,3201\nd2,3201\n", "3201,32\n3203,32\n0301,03\n"
    for trees in ((districts, counties), (counties, districts)):
        found = run(place, counts, *trees, more=["--allow-unknown"])
        assert found.status == 0, found.err
        assert cells(place)["3201"] == "90"
        assert cells(place)["32"] == "104"
        assert command("audit", place / "out.csv").status == 0


@pytest.mark.parametrize(
    ("counts", "line", "fields"),
    [
        ("region,n\na,5\nb,6,7\n", 3, "3 fields"),
        ("region,n\na,5,1\nb,6,1\n", 2, "3 fields"),
        ("region,n\na,5\n\nb\n", 4, "1 fields"),
    ],
)
def test_a_row_of_other_fields_than_the_header_is_refused_by_its_line(place, counts, line, fields):
    found = run(place, counts)
    assert found.status == 3
    assert f"line {line}" in found.last
    assert fields in found.last


@pytest.mark.parametrize("name", ["n", "status", "primary", "table", "key"])
def test_a_dimension_of_the_name_of_an_own_column_is_refused(place, name):
    found = run(place, f"region,{name},n\na,x,5\n", dimensions=f"region,{name}")
    assert found.status == 2
    assert name in found.last


def test_what_is_read_is_not_overwritten(place):
    for to in ("in.csv", "tree0.csv"):
        found = run(place, "region,n\na,5\nb,9\n", "a,A\nb,A\n", to=to)
        assert found.status == 2
        assert "is an input" in found.last
    assert (place / "in.csv").read_text("utf-8") == "region,n\na,5\nb,9\n"
    assert run(place, "region,n\na,5\nb,9\n").status == 0
    before = (place / "out.csv").read_bytes()
    found = command("audit", place / "out.csv", "--certificate", place / "out.csv")
    assert found.status == 2
    assert (place / "out.csv").read_bytes() == before


@pytest.mark.rule("X1")
def test_record_keys_that_do_not_fill_their_range_are_refused(place):
    """Keys from 0 to 255 changed every count by -2."""
    chance = random.Random(1)

    def counts(keys):
        rows = [(f"r{n}", n % 7 + 1) for n in range(40)]
        sums = [(code, n, sum(chance.randrange(keys) for _ in range(n))) for code, n in rows]
        return "region,n,key\n" + "".join(f"{code},{n},{key}\n" for code, n, key in sums)

    found = run(place, counts(256), method="cell_key")
    assert found.status == 3
    assert "4294967295" in found.last
    assert run(place, counts(2**31 // 8), method="cell_key").status == 3
    good = run(place, counts(2**32), method="cell_key")
    assert good.status == 0, good.err
    # One cell may have any key.
    assert run(place, "region,n,key\na,5,1234567\n", method="cell_key").status == 0
    assert "4294967295" in " ".join(command("protect", "--help").out.replace(",", "").split())


def test_codes_that_a_spreadsheet_would_run_are_marked_as_texts(place):
    counts = "region,n\n=1+1,20\n+a,30\n-5,40\n@b,50\n'c,60\n"
    assert run(place, counts, method="suppress").status == 0
    assert set(cells(place)) == {"total", "'=1+1", "'+a", "'-5", "'@b", "''c"}
    found = command("audit", place / "out.csv", "--counts", place / "in.csv")
    assert found.status == 0, found.err
    assert "passed" in found.out


def test_wrong_use_is_said(place):
    assert protect(place, method="hide").status == 2
    assert protect(place, "--set", "protect.singletons=some").status == 2
    assert protect(place, method="cell_key").status == 3
    assert command("audit", place / "counts.csv").status == 3
