"""Published cubes as CSV files."""

from __future__ import annotations

from datetime import date

import pytest

from folketall.geography.regions import regions
from folketall.model.errors import UsageError
from folketall.model.spreadsheets import as_text
from folketall.model.tables import CELL_KEY, PUBLISHED_CUBE
from folketall.protection import protected as gate
from folketall.release.csv_files import header, write_csv
from tests.cubes.drawn import CUBES
from tests.support.cells import parts_of

SEAL = gate._SEAL


def cell(cube, period, region, measure, value, status=None, **codes):
    named = {
        "cube": cube,
        "period": period,
        "geography": period,
        "level": "nation" if region == "0" else "county",
        "region": region,
        "measure": measure,
        **codes,
    }
    key = {name: named.get(name) for name in CELL_KEY}
    return {**key, "value": value, "status": status}


CELLS = [
    cell("refugees_by_age", "2025", "0", "persons", 1234567.0, age="0-4", sex="1"),
    cell("refugees_by_age", "2025", "0", "persons", None, "suppressed", age="90+", sex="1"),
    cell("refugees_by_age", "2024", "0", "persons", 3.0, "rounded", age="90+", sex="1"),
    cell("refugees_by_age", "2025", "03", "persons", 0.0, age="0-4", sex="total"),
    cell("refugees_share", "2025", "0", "change_on_year", -0.25, category="total"),
    cell("refugees_share", "2025", "0", "share_of_population", 6.0, category="total"),
]


def published(cells):
    return gate.ProtectedCube(parts_of(cells, PUBLISHED_CUBE), SEAL)


def test_a_file_a_cube_with_only_its_own_dimensions(tmp_path):
    written = write_csv(published(CELLS), tmp_path / "csv")
    assert [file.name for file in written] == ["refugees_by_age.csv", "refugees_share.csv"]
    assert (tmp_path / "csv" / "refugees_by_age.csv").read_text() == (
        "period,geography,level,region,sex,age,measure,value,status\n"
        "2024,2024,nation,0,1,90+,persons,3,rounded\n"
        "2025,2025,county,03,total,0-4,persons,0,\n"
        "2025,2025,nation,0,1,0-4,persons,1234567,\n"
        "2025,2025,nation,0,1,90+,persons,,suppressed\n"
    )
    assert (tmp_path / "csv" / "refugees_share.csv").read_text() == (
        "period,geography,level,region,category,measure,value,status\n"
        "2025,2025,nation,0,total,change_on_year,-0.25,\n"
        "2025,2025,nation,0,total,share_of_population,6,\n"
    )
    assert sorted(f.name for f in (tmp_path / "csv").iterdir()) == [f.name for f in written]


def test_the_bytes_do_not_depend_on_the_order_nor_on_an_unfinished_run(tmp_path):
    write_csv(published(CELLS), tmp_path / "a")
    left_behind = tmp_path / "b" / ".unfinished" / "parts"
    left_behind.mkdir(parents=True)
    (left_behind / "part-0").write_text("half a li")
    write_csv(published(CELLS[::-1]), tmp_path / "b")
    first, second = (
        {file.name: file.read_bytes() for file in (tmp_path / place).iterdir()} for place in "ab"
    )
    assert first == second


def test_a_cube_as_it_is_before_protection_is_refused(tmp_path):
    with pytest.raises(UsageError, match="only protected cubes"):
        write_csv(published(CELLS).parts, tmp_path / "csv")
    assert not (tmp_path / "csv").exists()


def test_no_declared_code_needs_quotes():
    codes = {code for cube in CUBES.values() for d in cube.dimensions for code in d.all_codes}
    codes |= {name for cube in CUBES.values() for name in (*cube.levels, *cube.measures)}
    codes |= {code for row in regions(date(2025, 1, 1)) for code in row}
    assert len(codes) > 500
    assert not [code for code in codes if set(code) & set(',"\n\r')]
    # Nor would a spreadsheet take one for a formula.
    assert not [code for code in codes if as_text(code) != code]


@pytest.mark.parametrize("cube", CUBES.values(), ids=lambda cube: cube.name)
def test_every_cube_has_a_header_with_its_dimensions(cube):
    rows = parts_of([cell(cube.name, "2025", "0", cube.measures[0], 1.0,
                          **dict.fromkeys(cube.dimension_names, "total"))], PUBLISHED_CUBE)  # fmt: skip
    names = header(rows[0])
    assert set(cube.dimension_names) == set(names) - {
        "period",
        "geography",
        "level",
        "region",
        "measure",
        "value",
        "status",
    }
    assert names[-3:] == ["measure", "value", "status"]
