"""The lists of the package, and an office's own in their place."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import folketall
from folketall.classifications import (
    CODELISTS,
    NORDIC,
    codelist,
    countries,
    country_codes,
    country_groups,
    read_rows,
)
from folketall.model.deliveries import DETAILS, REASONS
from folketall.model.errors import UsageError


def test_rows_are_texts_without_blank_rows_and_blanks_around():
    rows = read_rows("geography/municipalities")
    assert {row["code"] for row in rows} >= {"0301", "9999"}
    assert all(value == value.strip() for row in rows for value in row.values())
    assert all(row["municip_code"] for row in read_rows("geography/region_hierarchy_2024"))


def test_a_reader_cannot_shorten_the_list_for_the_next():
    read_rows("codes/reason").clear()
    assert read_rows("codes/reason")


def test_countries_have_one_published_group_each():
    groups = countries()
    assert groups["000"] == "Norway"
    assert groups["148"] == "Europe except EU/EFTA/UK and new EU countries after 2004"
    assert groups["990"] == "Unknown and other"
    assert country_codes() == set(groups)
    assert len(country_groups()) == 8
    assert all(len(code) == 3 for code in groups)


@pytest.mark.rule("C7")
def test_nordic_countries_are_norway_and_its_six_neighbours():
    names = {row["name_en"] for row in read_rows("countries/countries") if row["code"] in NORDIC}
    assert names == {
        "Norway", "Denmark", "Greenland", "Finland", "Faroe Islands", "Iceland", "Sweden",
    }  # fmt: skip


@pytest.mark.parametrize("name", CODELISTS)
def test_packaged_code_lists_speak_the_words_of_the_method(name):
    for row in codelist(name):
        assert row["reason"] in REASONS
        assert row["detail"] in (DETAILS if row["reason"] == "refugee" else ("",))


def _office(folder: Path, text: str) -> str:
    (folder / "reason.csv").write_text(text, encoding="utf-8")
    return str(folder)


def test_an_office_has_its_own_list(tmp_path):
    office = _office(tmp_path, "code,reason,detail\nA1,refugee,asylum\nF,family,\n")
    assert codelist("reason", office) == [
        {"code": "A1", "reason": "refugee", "detail": "asylum", "description": ""},
        {"code": "F", "reason": "family", "detail": "", "description": ""},
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,reason\nA,family\n", "column detail is missing"),
        ("code,reason,detail\n", "has no rows"),
        ("code,reason,detail\nA,flight,\n", "reason 'flight' is not"),
        ("code,reason,detail\nA,family,asylum\n", "detail 'asylum' is not for family"),
        ("code,reason,detail\nA,refugee,mercy\n", "refugee has asylum"),
        ("code,reason,detail\nA,family,\nA,labour,\n", "occurs twice"),
    ],
)
def test_a_faulty_list_is_refused_by_name(tmp_path, text, said):
    with pytest.raises(UsageError, match=said):
        codelist("reason", _office(tmp_path, text))


def test_a_missing_list_is_refused_by_name(tmp_path):
    with pytest.raises(UsageError, match=r"permit_type\.csv"):
        codelist("permit_type", str(tmp_path))
    with pytest.raises(UsageError, match="there are reason"):
        codelist("reasons")


def test_lists_are_read_from_a_zipped_package(tmp_path):
    package = Path(folketall.__file__).parent
    zipped = tmp_path / "folketall.zip"
    with zipfile.ZipFile(zipped, "w") as into:
        for path in package.rglob("*"):
            if path.suffix in (".py", ".csv") and "calibration" not in path.parts:
                into.write(path, path.relative_to(package.parent))
    asked = (
        f"import sys; sys.path.insert(0, {str(zipped)!r})\n"
        "import folketall; assert '.zip' in folketall.__file__\n"
        "from datetime import date\n"
        "from folketall.classifications import codelist\n"
        "from folketall.geography.municipalities import lead\n"
        "print(len(codelist('reason')), *lead('0101', date(2019, 1, 1), date(2024, 1, 1)))\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert said.stdout.split() == ["10", "3101", "False"]
