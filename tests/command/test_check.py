"""Changed bytes are noticed, by `folketall check` and by the next run, and made again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.command.conftest import QUICK, YEARS, command

pytestmark = pytest.mark.command


@pytest.fixture
def house(whole_run, tmp_path) -> Path:
    return Path(shutil.copytree(whole_run.warehouse, tmp_path / "w"))


def check(house):
    return command("check", "--warehouse", house)


def run(whole_run, house, *more):
    return command(
        "run", "--deliveries", whole_run.deliveries, "--warehouse", house, "--years", YEARS,
        *QUICK, *more,
    )  # fmt: skip


def spoil(folder: Path) -> None:
    """Change one byte in the middle of a table's file, and nothing of its name or size."""
    file = sorted(folder.rglob("part-*.parquet"))[0]
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def test_a_sound_warehouse_passes_and_a_changed_byte_is_named_with_its_step(house):
    sound = check(house)
    assert sound.status == 0, sound.err
    assert sound.out.startswith("Examined in ")
    assert "Nothing was left out" in sound.out
    spoil(house / "population")
    found = check(house)
    assert found.status == 4
    assert "population" in found.last
    assert "The step population makes it again" in found.out


def test_figures_are_not_made_from_changed_bytes(whole_run, house):
    spoil(house / "population")
    shutil.rmtree(house / "cube")
    said = run(whole_run, house)
    assert said.status == 4, said.err
    assert "population" in said.last
    assert not (house / "cube").exists()


def test_a_changed_file_of_the_release_is_named_and_written_anew(whole_run, house):
    file = house / "published" / "refugees_by_category.csv"
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b",0,", b",1,", 1))
    found = check(house)
    assert found.status == 4
    assert "refugees_by_category.csv" in found.last
    again = run(whole_run, house)
    assert again.status == 0, again.err
    assert "refugees_by_category.csv" in again.err
    assert file.read_bytes() == whole
    (house / "published" / "made_from.json").write_text('{"mark": "', "utf-8")
    assert check(house).status == 4
    again = run(whole_run, house)
    assert again.status == 0, again.err
    assert check(house).status == 0
    assert file.read_bytes() == whole


def test_there_is_nothing_to_check_where_there_is_no_warehouse(tmp_path):
    said = check(tmp_path / "nosuch")
    assert said.status == 2
    assert len(said.err.splitlines()) == 1
