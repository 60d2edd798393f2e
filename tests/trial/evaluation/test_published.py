"""`compare published`: the tables of 2025 as printed, and ours against them."""

from __future__ import annotations

import csv

import pytest

from folketall.classifications import read_rows
from folketall.commands import cli
from folketall.cubes.declared import FAMILY, PRINCIPAL
from folketall.model import tables as t
from folketall.model.errors import UsageError
from folketall.storage.opening import open_warehouse
from folketall_trial.evaluation.published import compared, holds, verdict
from tests.cubes.drawn import CUBES
from tests.trial.evaluation.drawn import cells

PRINTED = read_rows("published/refugee_background_2025")
RESIDENTS = 5_594_340


def ours(factor: float = 1.0, **other: float) -> list[dict]:
    """Our cells, as printed times a factor; `asylum=1` changes that category."""
    rows = []
    for row in PRINTED:
        value = float(row["value"])
        value = value if row["cube"] == "refugees_share" else value * factor
        rows.append({**row, "value": other.get(row["category"], value)})
    return rows


def value(cube, **codes):
    wanted = [r for r in PRINTED if r["cube"] == cube and all(r[k] == v for k, v in codes.items())]
    return sum(float(row["value"]) for row in wanted)


def test_every_printed_cell_is_declared():
    for row in PRINTED:
        cube = CUBES[row["cube"]]
        assert row["measure"] in cube.measures
        for name in cube.dimension_names:
            if name in row and row["cube"] != "population_by_background":
                assert row[name] in cube.dimension(name).all_codes
    assert len(PRINTED) == 10 + 30 + 28 + 42 + 1


def test_the_printed_tables_add_up():
    for of, parts in (("principal", PRINCIPAL), ("family", FAMILY)):
        one = value("refugees_by_category", category=of)
        assert one == sum(value("refugees_by_category", category=part) for part in parts)
    total = value("refugees_by_category", category="total")
    assert total == value("refugees_by_residence") == 333_514
    for citizenship in ("norwegian", "foreign"):
        chosen = {"citizenship": citizenship}
        whole = value("refugees_by_citizenship", **chosen, country_group="total", sex="total")
        assert 2 * whole == value("refugees_by_citizenship", **chosen, sex="total")
        assert 2 * value("refugees_by_citizenship", **chosen, sex="total") == value(
            "refugees_by_citizenship", **chosen
        )


def test_equal_cells_hold():
    found = compared(ours(), scale=False)
    assert len(found) == 110
    assert holds(found)
    assert verdict(found).startswith(
        "110 of 110 cells equal; of 49 cells over 1000 the furthest is 0"
    )


@pytest.mark.parametrize(
    ("found", "within", "is_held"),
    [
        (117_043, None, True),
        (117_044, None, False),
        (117_043 * 1.01 // 1, 1.0, True),
        (117_043 * 1.01 // 1 + 1, 1.0, False),
    ],
)
def test_one_cell_off(found, within, is_held):
    rows = [
        row
        if row["category"] != "asylum" or row["cube"] == "refugees_share"
        else {**row, "value": found}
        for row in ours()
    ]
    assert holds(compared(rows, scale=False), within) is is_held


def test_small_cells_and_shares_are_not_held_to_a_distance():
    cells_off = compared(ours(family_unspecified=4.0), scale=False)
    assert not holds(cells_off)
    assert holds(cells_off, 0.0)


def test_a_smaller_register_is_held_against_its_part():
    exact = compared(ours(0.01), scale=True)
    assert {cell.expected for cell in exact if cell.codes.get("category") == "asylum"} >= {1170.43}
    assert holds(exact, 0.0)
    whole = [
        {**r, "value": r["value"] if r["cube"] == "refugees_share" else round(r["value"])}
        for r in ours(0.01)
    ]
    # The residents are rounded too.
    assert all(cell.equal for cell in compared(whole, scale=True) if cell.published < 100_000)
    assert not holds(compared(ours(0.01), scale=False))


def test_what_is_not_for_publication_is_not_equal():
    hidden = [
        {**row, "value": None} if row["category"] == "family_unspecified" else row for row in ours()
    ]
    found = compared(hidden, scale=False)
    assert not holds(found)
    assert "4 not for publication" in verdict(found)


def test_no_figures_of_the_year():
    with pytest.raises(UsageError, match="1 January 2025"):
        compared([], scale=False)
    without = [row for row in ours() if row["cube"] != "population_by_background"]
    with pytest.raises(UsageError, match="residents"):
        compared(without, scale=True)


UNPROTECTED = """
    population_by_background | 2025 |          | total | total | total |  | persons | 5594340
    population_by_background | 2025 |          | total | total | true  |  | persons | 963913
    refugees_by_category     | 2024 | asylum   |       |       |       |  | persons | 116100
    refugees_by_category     | 2025 | asylum   |       |       |       |  | persons | 117043
    refugees_by_category     | 2025 | total    |       |       |       |  | persons | 333514
"""


@pytest.mark.command
def test_the_command_says_what_differs_and_fails_only_when_strict(
    spark, tmp_path, monkeypatch, capfd
):
    monkeypatch.setattr(cli, "_session", lambda *_: spark)
    house = open_warehouse(spark, str(tmp_path / "warehouse"))
    house.replace(cells(spark, UNPROTECTED, t.CUBE), t.CUBE, "drawn")
    words = ["compare", "published", "--warehouse", house.root, "--unprotected"]
    assert cli.main([*words, "--to", str(tmp_path)]) == 0
    said = capfd.readouterr().out
    assert "not to leave the office" in said
    assert "cells equal" in said
    with (tmp_path / "published_2025.csv").open(encoding="utf-8", newline="") as file:
        rows = {(r["cube"], r["category"], r["measure"]): r for r in csv.DictReader(file)}
    assert rows["refugees_by_category", "asylum", "persons"]["equal"] == "true"
    # Shares are computed of the cells, and equal as printed.
    for measure in ("change_on_year", "share_of_immigrants", "share_of_population"):
        assert rows["refugees_share", "asylum", measure]["equal"] == "true", measure
    assert rows["refugees_by_category", "other", "persons"]["ours"] == ""
    assert cli.main([*words, "--strict"]) == 4
    assert "are not met" in capfd.readouterr().err
    assert cli.main(["compare", "published", "--warehouse", house.root]) == 2
    assert "published_cube" in capfd.readouterr().err
