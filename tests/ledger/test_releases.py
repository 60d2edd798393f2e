"""The ledger in Spark: what is entered, what a release beside it must leave empty, and pieces."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import functions as F

from folketall.audit.cubes import CELL, attackers_tables
from folketall.audit.verdict import Verdict
from folketall.ledger.pieces import fewest_pieces, region_pieces
from folketall.ledger.releases import entries, packed_regions, with_released
from folketall.ledger.repair import audit_with_ledger, cells_to_hide
from folketall.model.tables import CUBE, DIMENSIONS, LEDGER, PUBLISHED_CUBE
from folketall.release.gate import before
from tests.cubes.drawn import CUBES
from tests.ledger.drawn import OLD, PROMISE, TOWNS, lists, released
from tests.support.cells import parts_of

BEFORE = {town: [20] * 7 for town in TOWNS}
AFTER = {**BEFORE, "m1": [21, *[20] * 6]}


def rows(counts, table):
    drawn = released(1, "2019", OLD, {town: np.array(of) for town, of in counts.items()})
    found = []
    for one in drawn.itertuples():
        known = {**dict.fromkeys(DIMENSIONS), "category": one.code, "measure": "persons"}
        known |= {"cube": one.cube, "period": "2019", "geography": "2019"}
        known |= {"level": one.level, "region": one.region}
        value = drawn["count"][one.Index] if table is CUBE else one.value
        known["value"] = None if pd.isna(value) else float(value)
        found.append({name: known.get(name) for name in table.schema.names})
    return found


def tables(counts):
    published, true = rows(counts, PUBLISHED_CUBE), rows(counts, CUBE)
    return attackers_tables(parts_of(published, PUBLISHED_CUBE), parts_of(true, CUBE))


def entered(spark, ledger, counts, fingerprint):
    packed = spark.createDataFrame(packed_regions(tables(counts)))
    return entries(packed, ledger, fingerprint=fingerprint, vintage=date(2020, 1, 1))


@pytest.mark.rule("X4")
def test_a_revision_is_entered_and_its_small_changes_are_left_empty(spark):
    none = spark.createDataFrame([], LEDGER.schema)
    first = entered(spark, none, BEFORE, "a").localCheckpoint()
    assert {row["release"] for row in first.select("release").collect()} == {1}
    assert first.count() == 1 + len(OLD) + 1
    assert entered(spark, first, BEFORE, "b").isEmpty()
    assert {r["release"] for r in entered(spark, first, AFTER, "b").collect()} == {2}

    (new,) = tables(AFTER)
    shown = spark.createDataFrame(new)
    places = spark.createDataFrame(lists("2019", OLD))
    beside = with_released(shown, first)
    (verdict,) = audit_with_ledger(beside, places, CUBES, promise=PROMISE).collect()
    assert not verdict["passed"]
    assert Verdict.read(json.loads(verdict["figures"])).differences.number == 9
    hide = cells_to_hide(beside, places, CUBES, promise=PROMISE).localCheckpoint()
    assert {(row["region"], row["code"]) for row in hide.collect()} == {
        (region, code) for region in ("0", "c1", "m1") for code in ("asylum", "principal", "total")
    }
    kept = shown.join(hide, list(CELL), "left_anti")
    gone = shown.join(hide, list(CELL), "left_semi").withColumn("value", F.lit(None).cast("double"))
    again = with_released(kept.unionByName(gone), first)
    (verdict,) = audit_with_ledger(again, places, CUBES, promise=PROMISE).collect()
    assert verdict["passed"]


@pytest.mark.rule("X4")
def test_a_release_made_once_more_knows_what_it_knew():
    every = ((1, "a"), (2, "b"), (3, "c"))
    assert before(every, "b") == ((1, "a"),)
    assert before(every, "d") == every


@pytest.mark.rule("G1", "X4")
def test_merged_and_split_municipalities_are_sums_of_the_same_pieces():
    rows = pd.DataFrame(
        region_pieces([2019, 2020, 2024]), columns=["geography", "piece", "level", "region"]
    )

    def pieces(geography, code):
        at = (rows["geography"] == geography) & (rows["level"] == "municipality")
        return set(rows["piece"][at & (rows["region"] == code)])

    # Aalesund took in four in 2020 and let one go in 2024.
    merged = set.union(*(pieces("2019", code) for code in ("1504", "1523", "1529", "1534", "1546")))
    assert pieces("2020", "1507") == merged == pieces("2024", "1508") | pieces("2024", "1580")
    assert not pieces("2024", "1508") & pieces("2024", "1580")
    one_year = fewest_pieces(rows[rows["geography"] == "2024"])
    assert len(set(one_year["piece"])) == 358
