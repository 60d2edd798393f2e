"""`folketall protect` and `folketall audit` as a user runs them: any table of counts."""

from __future__ import annotations

import json

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


def test_wrong_use_is_said(place):
    assert protect(place, method="hide").status == 2
    assert protect(place, "--set", "protect.singletons=some").status == 2
    assert protect(place, method="cell_key").status == 3
    assert command("audit", place / "counts.csv").status == 3
