"""The cubes of a release: everything of a period, boundary years and vintages together."""

from __future__ import annotations

import json
from itertools import product

import pandas as pd
import pytest

from folketall.audit.cubes import attackers_tables, audit_period, audit_shown, shown_by_period
from folketall.audit.verdict import Promise, Verdict
from folketall.model.errors import StatisticsError
from folketall.model.tables import CUBE, DIMENSIONS, PUBLISHED_CUBE
from tests.cubes.drawn import CUBES
from tests.support.cells import parts_of

PEER = Promise(singletons="none", min_width=0)
CITIES = {"a": 9, "b": 2, "c": 30}


def lists(geography, of):
    """`(level, region): pieces` as rows."""
    rows = [(geography, p, level, region) for (level, region), ps in of.items() for p in ps]
    return pd.DataFrame(rows, columns=["geography", "piece", "level", "region"])


def cells(geography, of, counts, empty=()):
    """refugees_by_category with everyone in `asylum`: the other categories are published zeros."""
    rows = []
    of = {("nation", "0"): set(counts), **of, ("municipality", "unknown"): set()}
    for ((level, region), pieces), code in product(
        of.items(), CUBES["refugees_by_category"].dimensions[0].all_codes
    ):
        count = sum(counts[p] for p in pieces) if code in ("asylum", "principal", "total") else 0
        value = None if (level, region) in empty and count else float(count)
        rows.append(("refugees_by_category", geography, level, region, code, value, float(count)))
    names = ["cube", "geography", "level", "region", "code", "value", "count"]
    return pd.DataFrame(rows, columns=names)


NEW = {("municipality", "x"): "ab", ("municipality", "y"): "c", ("county", "1"): "abc"}
OLD = {("municipality", "x"): "a", ("municipality", "y"): "bc", ("county", "1"): "abc"}


def attack(rows, regions, **more):
    given = {"period": "2024", "promise": PEER, "sample": None, **more}
    return audit_period(rows.reset_index(drop=True), regions, CUBES, **given)


@pytest.mark.rule("X3")
def test_a_municipality_that_a_county_gives_away():
    of = {("municipality", p): p for p in "abc"} | {("county", "1"): "ab", ("county", "2"): "c"}
    both = [("municipality", "a"), ("municipality", "b")]
    regions = lists("2024", of)
    assert attack(cells("2024", of, CITIES, both), regions).passed
    found = attack(cells("2024", of, CITIES, both[1:]), regions)
    assert found.disclosed.number == 3
    assert "region=2024|municipality|b" in found.disclosed.cells[0]


def test_a_cube_that_is_no_longer_declared_is_named():
    of = {("county", "1"): "abc"}
    with pytest.raises(
        StatisticsError, match="refugees_by_category was published and is no longer"
    ):
        audit_period(
            cells("2024", of, CITIES),
            lists("2024", of),
            {},
            period="2024",
            promise=PEER,
            sample=None,
        )


@pytest.mark.rule("X4")
def test_two_boundary_years_give_a_piece_away():
    new, old = cells("2024", NEW, CITIES), cells("2020", OLD, CITIES)
    regions = pd.concat([lists("2024", NEW), lists("2020", OLD)], ignore_index=True)
    piece = cells("2024", {("municipality", "b"): "b"}, CITIES, [("municipality", "b")])
    asked = piece[piece["region"] == "b"]
    more = lists("2024", {("municipality", "b"): "b"})
    regions = pd.concat([regions, more], ignore_index=True)
    apart = attack(pd.concat([new, asked]), regions)
    assert apart.disclosed.number == 0
    together = attack(pd.concat([new, old, asked]), regions)
    assert together.disclosed.number == 3


def rows_of(frame, period="2024"):
    dims = dict.fromkeys(DIMENSIONS)
    for row in frame.itertuples(index=False):
        yield {
            "cube": row.cube, "period": period, "geography": row.geography, "level": row.level,
            "region": row.region, **dims, "category": row.code, "measure": "persons",
            "value": None if pd.isna(row.value) else row.value, "count": row.count_,
        }  # fmt: skip


@pytest.mark.rule("X3")
def test_every_period_of_a_release():
    of = {("municipality", p): p for p in "abc"} | {("county", "1"): "ab", ("county", "2"): "c"}
    both = [("municipality", "a"), ("municipality", "b")]

    def parts(empty, table, period, value="value"):
        frame = cells(period, of, CITIES, empty).rename(columns={"count": "count_"})
        drawn = [{**row, "value": row[value]} for row in rows_of(frame, period)]
        return parts_of(drawn, table)

    published = [*parts(both, PUBLISHED_CUBE, "2024"), *parts(both[1:], PUBLISHED_CUBE, "2025")]
    counts = [part for year in ("2024", "2025") for part in parts((), CUBE, year, "count")]
    regions = {
        int(year): [tuple(row)[1:] for row in lists(year, of).itertuples(index=False)]
        for year in ("2024", "2025")
    }
    shown = shown_by_period(attackers_tables(published, counts), regions, CUBES)
    safe, caught = [
        Verdict.read(json.loads(json.loads(audit_shown(one, promise=PEER, sample=None))["figures"]))
        for one in shown
    ]
    assert (safe.name, safe.passed, safe.primary) == ("persons 2024", True, 3)
    assert (caught.name, caught.passed, caught.disclosed.number) == ("persons 2025", False, 3)
    with pytest.raises(StatisticsError, match="refugees_by_category 2024 2024: the published"):
        list(attackers_tables(published, [part.slice(1) for part in counts]))
