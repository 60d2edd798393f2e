"""A declaration of cubes is read and checked all at once; `folketall cubes` lists it (Q1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from folketall.commands import cli
from folketall.cubes.declaration import read_cubes, shipped_cubes
from folketall.model.errors import UsageError
from tests.cubes.drawn import OWN

ROOT = Path(__file__).parents[2]


def test_the_office_s_copy_is_the_one_that_is_shipped():
    shipped = ROOT / "src" / "folketall" / "cubes" / "cubes.toml"
    assert (ROOT / "conf" / "cubes.toml").read_bytes() == shipped.read_bytes()
    assert read_cubes(ROOT / "conf" / "cubes.toml") == shipped_cubes()


def listed(capsys, *arguments):
    status = cli.main(["cubes", *arguments])
    return status, capsys.readouterr()


@pytest.mark.rule("Q1")
def test_a_cube_of_an_office_s_own_is_listed_with_its_cells(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    file = tmp_path / "own.toml"
    file.write_text(OWN, "utf-8")
    status, said = listed(capsys, "--set", f"cubes.file={file}")
    assert status == 0
    assert "refugees_by_marital_status" in said.out
    assert "suppress" in said.out
    counties = 16
    assert f"{11 * 4 * (1 + counties)} cells in 2024" in said.out


@pytest.mark.rule("Q1")
def test_everything_that_is_wrong_is_said_at_once(tmp_path, capsys):
    wrong = OWN.replace('"county"', '"parish"').replace('"status"', '"colour"')
    wrong = wrong.replace('["persons"]', '["people"]').replace('sex = "sex"', 'country = "country"')
    file = tmp_path / "wrong.toml"
    file.write_text(wrong + "\n[Other]\ncounts = 3\n", "utf-8")
    status, said = listed(capsys, "--set", f"cubes.file={file}")
    assert status == 2
    for word in ("parish", "colour", "people", "no dimension country", "'Other' is no name"):
        assert word in said.err


@pytest.mark.rule("Q1")
@pytest.mark.parametrize(
    ("counts", "measures", "level", "word"),
    [
        ("migrations", '["moves"]', "", "moves, and nothing else, are counted with other_region"),
        ("migrations", '["in"]', "other_region = true", "counted with other_region"),
        ("migrations", '["in"]', "sparse = true", "only moves between regions can be sparse"),
        ("migrations", '["net", "in"]', "", "net needs in and out"),
        ("migrations", '["emigration_administrative", "in"]', "", "is counted by itself"),
        ("refugees", '["persons", "change_on_year"]', "", "shares are computed from other cubes"),
        ("residents", '["persons"]', 'country_group = "foreign"', "leaves out Norway"),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path, counts, measures, level, word):
    file = tmp_path / "x.toml"
    file.write_text(
        f'[own]\ntitle = "t"\ncounts = "{counts}"\nmeasures = {measures}\n'
        f'[[own.levels]]\nat = ["county"]\n{level}\n',
        "utf-8",
    )
    with pytest.raises(UsageError, match=word):
        read_cubes(file)


@pytest.mark.rule("Q1", "X1")
def test_methods_are_held_against_the_declaration(tmp_path, capsys):
    file = tmp_path / "own.toml"
    file.write_text(OWN + OWN.replace("refugees_by_marital_status", "flows").replace(
        '"refugees"', '"migrations"').replace('["persons"]', '["in", "out"]'), "utf-8")  # fmt: skip
    own = ("--set", f"cubes.file={file}")
    alone = ("--set", "protect.method.flows=suppress", "--set", "protect.public=residents")
    status, said = listed(capsys, *own, *alone)
    assert status == 2
    assert "flows = suppress: migrations are suppressed beside public accounts" in said.err
    status, said = listed(capsys, *own, "--set", "protect.method.nothing=round_up")
    assert status == 2
    assert "no cube nothing is declared" in said.err
    status, said = listed(capsys, *own, "--set", "protect.method.flows=leave_empty")
    assert status == 0
    assert "leave_empty" in said.out


def test_a_file_that_is_no_declaration_is_refused(tmp_path):
    file = tmp_path / "x.toml"
    for text, word in (("a = ", "is not TOML"), ("a = 1", "a must be a table"), ("", "no cube")):
        file.write_text(text, "utf-8")
        with pytest.raises(UsageError, match=word):
            read_cubes(file)
    with pytest.raises(UsageError, match="cannot be read"):
        read_cubes(tmp_path / "none.toml")
