"""The files of a release lie where the warehouse is: in its folder, or at its address."""

from __future__ import annotations

import pytest

from folketall.protection import protected as gate
from folketall.release.files import changed_files, read_mark, write_release
from folketall.storage.folders import FarFolder
from folketall.storage.opening import open_warehouse
from tests.release.test_csv_files import CELLS, published

FILES = ["made_from.json", "refugees_by_age.csv", "refugees_share.csv"]


@pytest.fixture(params=["folder", "address"])
def place(request, spark, tmp_path, monkeypatch):
    """The published files of a warehouse, and the folder where they must come to lie."""
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "w"
    name = str(root) if request.param == "folder" else root.as_uri()
    folder = open_warehouse(spark, name).files("published")
    assert isinstance(folder, FarFolder) == (request.param == "address")
    return folder, root / "published"


def visible(folder):
    return sorted(file.name for file in folder.iterdir() if not file.name.startswith("."))


def test_files_are_written_there_and_nowhere_else(place, tmp_path):
    folder, home = place
    done = write_release(published(CELLS), folder, mark="one")
    assert done.changed
    assert visible(home) == FILES
    assert visible(tmp_path) == ["w"], "no folder with the name of a scheme"
    assert not write_release(published(CELLS), folder, mark="one").changed


def test_a_file_that_was_changed_is_written_anew_and_said(place):
    folder, home = place
    write_release(published(CELLS), folder, mark="one")
    whole = (home / FILES[1]).read_bytes()
    for crc in home.glob(".*.crc"):
        crc.unlink()
    (home / FILES[1]).write_bytes(whole + b"one line more\n")
    assert changed_files(folder, read_mark(folder)) == [FILES[1]]
    again = write_release(published(CELLS), folder, mark="one")
    assert again.mended == (FILES[1],)
    assert (home / FILES[1]).read_bytes() == whole


def test_a_half_written_mark_is_no_mark(place):
    folder, home = place
    write_release(published(CELLS), folder, mark="one")
    for crc in home.glob(".*.crc"):
        crc.unlink()
    (home / "made_from.json").write_text('{"mark": "one", "files"', "utf-8")
    assert read_mark(folder) is None
    assert write_release(published(CELLS), folder, mark="one").changed
    assert read_mark(folder).made_from == "one"


def test_files_of_cubes_that_are_no_longer_released_go(place):
    folder, home = place
    write_release(published(CELLS), folder, mark="one")
    ages = [row for row in CELLS if row["cube"] == "refugees_by_age"]
    write_release(gate.ProtectedCube(published(ages).parts, gate._SEAL), folder, mark="two")
    assert visible(home) == FILES[:2]
