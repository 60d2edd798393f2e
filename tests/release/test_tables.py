"""Tables in the terminal; the office's own three against its own page."""

from __future__ import annotations

import pytest
from rich.console import Console

from folketall.cubes.countries import foreign_groups
from folketall.model.errors import UsageError
from folketall.model.tables import CELL_KEY, PUBLISHED_CUBE
from folketall.release.figures import figure
from folketall.release.refugee_tables import cells_shown, refugee_tables
from folketall.release.show import drawn_tables
from folketall.release.tables import chosen_cells, cube_table
from tests.cubes.drawn import CUBES


def row(cube, value, status=None, *, period="2025", region="0", measure="persons", **codes):
    named = {
        "cube": cube,
        "period": period,
        "geography": period,
        "level": "nation" if region == "0" else "county",
        "region": region,
        "measure": measure,
        **codes,
    }
    return {name: named.get(name) for name in CELL_KEY} | {"value": value, "status": status}


def text(*tables, width=150):
    console = Console(width=width, record=True, quiet=False, file=open("/dev/null", "w"))  # noqa: SIM115
    for table in tables:
        console.print(table)
    return console.export_text()


def words(shown):
    """The cells of every line that has any."""
    split = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.splitlines()]
    return [cells for cells in split if cells]


# The page of 1 January 2025, as the office published it.
PAGE = """
    total               | 333514 | 5.8  | 34.6 | 6.0
    principal           | 261466 | 6.7  | 27.1 | 4.7
    asylum              | 117043 | 0.8  | 12.1 | 2.1
    resettlement        | 51706  | 2.7  | 5.4  | 0.9
    other               | 84931  | 20.2 | 8.8  | 1.5
    unspecified         | 7786   | -0.9 | 0.8  | 0.1
    family              | 72048  | 2.6  | 7.5  | 1.3
    family_enlargement  | 20290  | 3.5  | 2.1  | 0.4
    family_reunification| 51711  | 2.3  | 5.4  | 0.9
    family_unspecified  | 47     | 2.2  | 0.0  | 0.0"""


def page_rows():
    for line in PAGE.strip().splitlines():
        category, *figures = (cell.strip() for cell in line.split("|"))
        count, *shares = map(float, figures)
        yield row("refugees_by_category", count, category=category)
        names = ("change_on_year", "share_of_immigrants", "share_of_population")
        for name, share in zip(names, shares, strict=True):
            yield row("refugees_share", share, measure=name, category=category)


def test_the_first_table_is_laid_out_as_the_office_does():
    table, _, _ = refugee_tables(page_rows(), year=2025)
    assert words(text(table)) == [
        ["Total", "333 514", "5.8", "34.6", "6.0"],
        ["Principal applicants", "261 466", "6.7", "27.1", "4.7"],
        ["Asylum seekers", "117 043", "0.8", "12.1", "2.1"],
        ["Resettlement refugees", "51 706", "2.7", "5.4", "0.9"],
        ["Other refugees", "84 931", "20.2", "8.8", "1.5"],
        ["Unspecified", "7 786", "-0.9", "0.8", "0.1"],
        ["By family connection to refugee", "72 048", "2.6", "7.5", "1.3"],
        ["Family enlargement", "20 290", "3.5", "2.1", "0.4"],
        ["Family reunification", "51 711", "2.3", "5.4", "0.9"],
        ["Family unspecified", "47", "2.2", "0.0", "0.0"],
    ]
    assert "2024 - 2025" in text(table)


def test_the_second_table_has_residence_by_country_background():
    rows = [
        row("refugees_by_residence", 18641.0, years_of_residence="0-4", country_group="Asia"),
        row(
            "refugees_by_residence",
            None,
            "suppressed",
            years_of_residence="20+",
            country_group="Asia",
        ),
    ]
    _, table, _ = refugee_tables(rows, year=2025)
    lines = words(text(table))
    assert [line[0] for line in lines] == list(foreign_groups())
    assert lines[3] == ["Asia", "18 641", "..", "..", ":"]


def test_the_third_table_has_sex_by_citizenship():
    rows = [
        row("refugees_by_citizenship", number, citizenship=c, sex=sex, country_group=group)
        for number, (c, sex, group) in enumerate(
            [("norwegian", "total", "total"), ("norwegian", "1", "Asia"), ("foreign", "2", "Asia")],
            1,
        )
    ]
    _, _, table = refugee_tables(rows, year=2025)
    lines = words(text(table))
    assert len(lines) == 14
    assert lines[0] == ["Refugees with Norwegian citizenship, total", "1", "..", ".."]
    assert lines[4] == ["Asia", "..", "2", ".."]
    assert lines[7][0] == "Refugees with foreign citizenship, total"
    assert lines[11] == ["Asia", "..", "..", "3"]


def test_tables_of_a_county_and_another_year():
    rows = [row("refugees_by_category", 7.0, period="2020", region="03", category="total")]
    table, _, _ = refugee_tables(rows, year=2020, level="county", region="03", name="Oslo")
    shown = text(table)
    assert words(shown)[0] == ["Total", "7", "..", "..", ".."]
    assert "1 January. Oslo" in shown
    assert "2019 - 2020" in shown


def test_figures_as_printed():
    assert figure({"value": 1234567.0, "status": None}) == "1 234 567"
    assert figure({"value": None, "status": "suppressed"}) == ":"
    assert figure({"value": 3.0, "status": "rounded"}) == "3 r"
    assert figure({"value": -0.04, "status": None}, decimals=1) == "0.0"
    assert figure(None) == ".."


def test_a_cube_with_one_dimension_across():
    rows = [
        row(
            "migrations_by_marital_status",
            n,
            region="03",
            period=period,
            measure="net",
            marital_status=m,
            sex="total",
        )
        for n, (m, period) in enumerate([("total", "2023"), ("1", "2024"), ("1", "2023")])
    ]
    table = cube_table(
        rows, CUBES["migrations_by_marital_status"], region_names={("county", "03"): "Oslo"}
    )
    shown = text(table)
    assert words(shown) == [["Total", "0", ".."], ["Unmarried", "2", "1"]]
    assert "Region: 03 Oslo" in shown
    assert "Measure: Net" in shown


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            {"cube": "refugees_by_age", "level": "municipality", "codes": {"age": ["5-9"]}},
            "age has no 5-9 at the level municipality; it has 0-4, 5-14",
        ),
        ({"cube": "refugees_share", "level": "municipality"}, "its levels: nation, county"),
        (
            {"cube": "refugees_by_age", "codes": {"category": ["asylum"]}},
            "its dimensions: age, sex",
        ),
        ({"cube": "refugees_by_age", "codes": {"sex": ["3"]}}, "sex has no 3 at the level nation"),
        (
            {"cube": "refugees_by_age", "measures": ["in"]},
            "measure has no in at the level nation; it has persons",
        ),
    ],
)
def test_what_is_not_declared_cannot_be_shown(asked, said):
    cube = CUBES[asked.pop("cube")]
    with pytest.raises(UsageError, match=said):
        chosen_cells(None, cube, **asked)


def test_a_cube_that_is_not_declared_cannot_be_shown():
    said = "there is no cube refugees; there are refugees_by_category"
    with pytest.raises(UsageError, match=said):
        drawn_tables(None, CUBES, cube="refugees", period="2025")


def test_cells_are_chosen_by_what_was_asked(spark):
    rows = [
        row("refugees_by_age", 1.0, age="0-4", sex="1"),
        row("refugees_by_age", 2.0, age="0-4", sex="2"),
        row("refugees_by_age", 3.0, period="2024", age="0-4", sex="1"),
        row("refugees_by_age", 4.0, region="03", age="0-4", sex="1"),
        row("refugees_by_category", 5.0, category="total"),
        row("refugees_by_category", 6.0, region="03", category="total"),
    ]
    cells = spark.createDataFrame([tuple(r.values()) for r in rows], PUBLISHED_CUBE.schema)
    chosen = chosen_cells(cells, CUBES["refugees_by_age"], periods=["2025"], codes={"sex": ["1"]})
    shown = cells_shown(cells, year=2025, level="county", region="03")
    marked = chosen.selectExpr("'chosen' AS what", "value").unionByName(
        shown.selectExpr("'shown' AS what", "value")
    )
    assert {tuple(r) for r in marked.collect()} == {("chosen", 1.0), ("shown", 6.0)}


@pytest.mark.rule("G1")
def test_a_series_has_every_year_and_a_mark_where_the_boundaries_changed(spark):
    """Rindal went from county 15 to 50 on 1 January 2019."""
    one = {"cube": "refugees_by_category", "category": "total"}
    rows = [
        row(value=n, period=str(2017 + place), region=region, **one)
        for region, of in {"11": (7, 8, 9), "15": (4, 5, 3), "50": (None, 2, 4)}.items()
        for place, n in enumerate(of)
        if n is not None
    ]
    rows = [{**one, "value": float(one["value"])} for one in rows]
    cells = spark.createDataFrame(rows, PUBLISHED_CUBE.schema)
    asked = {"cube": "refugees_by_category", "level": "county", "across": "period"}
    shown = text(*drawn_tables(cells, CUBES, **asked))
    assert words(shown) == [
        ["11 Rogaland", "7", "8", "9"],
        ["15 Møre og Romsdal", "4", "5", "| 3"],
        ["50 Trøndelag - Trööndelage", "..", "2", "| 4"],
    ]
    assert "| break in the series" in shown
    of_a_year = text(*drawn_tables(cells, CUBES, **asked, period="2018"))
    assert words(of_a_year)[0] == ["11 Rogaland", "8"]
    assert "break" not in of_a_year
