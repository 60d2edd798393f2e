"""The synthetic register is whole, lawful in form, and the same wherever it is made."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter, defaultdict
from datetime import date, timedelta
from importlib.resources import files

import pytest

from folketall.model import deliveries as d
from folketall.model.errors import UsageError
from folketall.synthetic.draws import Draws
from folketall.synthetic.people import people
from folketall.synthetic.register import synthesise

SMALL = 900


@pytest.fixture(scope="module")
def noisy(spark, tmp_path_factory):
    to = tmp_path_factory.mktemp("noisy")
    return synthesise(spark, 5000, 7, to)


@pytest.fixture(scope="module")
def clean(spark, tmp_path_factory):
    to = tmp_path_factory.mktemp("clean")
    return synthesise(spark, SMALL, 3, to, noise=0.0)


def rows(summary, table):
    """All rows of a table, over its deliveries."""
    found = []
    for source, day, name in sorted(summary.rows):
        if (source, name) == (table.source, table.name):
            with (summary.to / source / day.isoformat() / f"{name}.csv").open(
                encoding="utf-8"
            ) as lines:
                found += list(csv.DictReader(lines))
    return found


def checksums(summary):
    return {
        place.relative_to(summary.to).as_posix(): hashlib.sha256(place.read_bytes()).hexdigest()
        for place in sorted(summary.to.rglob("*"))
        if place.is_file()
    }


def valid_pin(pin):
    digits = [int(digit) for digit in pin]
    first = sum(w * x for w, x in zip((3, 7, 6, 1, 8, 9, 4, 5, 2, 1), digits, strict=False))
    second = sum(w * x for w, x in zip((5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1), digits, strict=False))
    return len(pin) == 11 and first % 11 == 0 and second % 11 == 0


def newest(events):
    """K1 in a few lines: the newest row of each event; annulled ones left out."""
    kept = {}
    for row in events:
        rank = (row["registration_date"], ["new", "correction", "annulment"].index(row["action"]))
        if row["event_id"] not in kept or rank > kept[row["event_id"]][0]:
            kept[row["event_id"]] = rank, row
    return [row for _, row in kept.values() if row["action"] != "annulment"]


def test_every_table_is_there_with_rows_and_the_manifest_counts_them(noisy):
    for table in d.DELIVERED_TABLES:
        found = rows(noisy, table)
        assert found, table.register
        assert tuple(found[0]) == table.column_names
    for place in noisy.to.rglob("manifest.json"):
        said = json.loads(place.read_text())
        assert said["source"] == place.parent.parent.name
        assert said["delivered_on"] == place.parent.name
        for name, table in said["tables"].items():
            content = (place.parent / f"{name}.csv").read_bytes()
            assert table["sha256"] == {f"{name}.csv": hashlib.sha256(content).hexdigest()}
            assert table["rows"] == content.count(b"\n") - 1


def test_the_increments_bring_something_of_every_kind(noisy):
    last = date(2025, 3, 15)
    for name in ("person", "pin_change", "event", "marital_status"):
        assert noisy.rows["cpr", last, name] > 0


@pytest.mark.parametrize(
    ("table", "column"),
    [
        (table, column)
        for table in d.DELIVERED_TABLES
        for column in table.columns
        if column.codes and column.name != "status"
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_every_code_occurs(noisy, table, column):
    assert set(column.codes) <= {row[column.name] for row in rows(noisy, table)}


def test_marital_statuses_of_both_spouses(noisy):
    found = rows(noisy, d.MARITAL_STATUS)
    assert {"1", "2", "3", "4", "5"} <= {row["status"] for row in found}
    spouses = {
        (r["pin"], r["spouse_pin"]) for r in found if r["status"] in "26" and r["spouse_pin"]
    }
    mutual = sum((b, a) in spouses for a, b in spouses)
    assert mutual > 0.85 * len(spouses)


@pytest.mark.rule("V1", "V3")
def test_bad_rows_are_far_below_what_refuses_a_delivery(noisy):
    for table in d.DELIVERED_TABLES:
        found = rows(noisy, table)
        bad = 0
        for row in found:
            annulled = row.get("action") == "annulment"
            for column in table.columns:
                value = row[column.name]
                if annulled and not value:
                    continue
                bad += column.kind == d.Kind.OWN_PIN and not valid_pin(value)
                bad += (
                    column.kind == d.Kind.STRUCTURAL and bool(value) and value not in column.codes
                )
                bad += column.required and not value
        assert bad <= max(5, 0.01 * len(found)), table.register
    assert any(not valid_pin(r["pin"]) for r in rows(noisy, d.EVENT) if r["pin"])


@pytest.mark.rule("V1")
def test_every_pin_is_valid_synthetic_and_of_one_person(clean):
    own = [row["pin"] for row in rows(clean, d.CPR_PERSON)]
    assert all(valid_pin(pin) for pin in own)
    assert all(81 <= int(pin[2:4]) <= 92 for pin in own)
    persons = {
        (row["pin"], row["birth_date"], row["given_name"]) for row in rows(clean, d.CPR_PERSON)
    }
    assert len({pin for pin, _, _ in persons}) == len(persons)
    changed = {row["old_pin"] for row in rows(clean, d.PIN_CHANGE)}
    assert any(int(pin[0]) >= 4 for pin in changed)
    assert SMALL * 0.97 <= len(set(own) - changed) <= SMALL


@pytest.mark.rule("V2")
def test_every_duf_number_is_valid_and_unique(clean):
    dufs = [row["duf"] for row in rows(clean, d.UDB_PERSON)]
    for duf in dufs:
        weighed = sum(
            int(x) * w for x, w in zip(duf[:10], (4, 6, 3, 2, 4, 6, 3, 2, 7, 5), strict=True)
        )
        assert len(duf) == 12
        assert int(duf[10:]) == weighed % 11
    assert len(set(dufs)) == len(dufs)


def test_parents_are_older_and_nothing_happens_outside_a_life(clean):
    person = {row["pin"]: row for row in rows(clean, d.CPR_PERSON)}
    families = 0
    for row in person.values():
        for parent in ("mother_pin", "father_pin"):
            if row[parent]:
                families += 1
                gap = date.fromisoformat(row["birth_date"]) - date.fromisoformat(
                    person[row[parent]]["birth_date"]
                )
                assert gap > timedelta(days=12 * 365)
    assert families > SMALL / 4
    newer = {row["old_pin"]: row["new_pin"] for row in rows(clean, d.PIN_CHANGE)}
    lives = defaultdict(list)
    for row in newest(rows(clean, d.EVENT)):
        lives[newer.get(row["pin"], row["pin"])].append(row)
    for pin, events in lives.items():
        deaths = [row["event_date"] for row in events if row["event_type"] == "death"]
        assert len(deaths) <= 1
        if deaths:
            assert max(row["event_date"] for row in events) == deaths[0]
        born = person[pin]["birth_date"]
        assert min(row["event_date"] for row in events) >= born


@pytest.mark.rule("G3")
def test_codes_are_valid_on_their_dates_but_for_deliberate_late_ones(clean, noisy):
    valid = defaultdict(list)
    with (files("folketall.classifications") / "geography/municipalities.csv").open() as lines:
        for row in csv.DictReader(lines):
            valid[row["code"]].append((row["valid_from"], row["valid_to"] or "9999"))

    def wrong(found):
        counted = [
            row
            for row in found
            # Svalbard (2111) is no municipality.
            if row["municipality"] not in ("", "2111") and row["action"] != "annulment"
        ]
        return [
            row
            for row in counted
            if not any(a <= row["event_date"] < b for a, b in valid[row["municipality"]])
        ], len(counted)

    unlawful, _ = wrong(newest(rows(clean, d.EVENT)))
    assert not unlawful
    late, counted = wrong(rows(noisy, d.EVENT))
    assert 0 < len(late) < 0.02 * counted


def test_nearly_everyone_lives_in_norway_at_some_time(clean):
    seen = {row["pin"] for row in rows(clean, d.EVENT)}
    known = {row["pin"] for row in rows(clean, d.CPR_PERSON)}
    changed = {row["old_pin"] for row in rows(clean, d.PIN_CHANGE)}
    assert len(known - changed - seen) < 0.03 * len(known)


@pytest.mark.rule("G1")
def test_reforms_reach_everyone_who_lives_there(clean):
    reforms = Counter(
        row["event_date"] for row in rows(clean, d.EVENT) if row["cause"] == "boundary_change"
    )
    assert {"2017-01-01", "2018-01-01", "2020-01-01", "2024-01-01"} <= reforms.keys()
    assert reforms["2020-01-01"] > SMALL / 4


def test_other_partitions_give_the_same_files(spark, clean, tmp_path):
    before = {
        name: spark.conf.get(name)
        for name in ("spark.sql.shuffle.partitions", "spark.sql.adaptive.enabled")
    }
    spark.conf.set("spark.sql.shuffle.partitions", "5")
    spark.conf.set("spark.sql.adaptive.enabled", "true")
    try:
        again = synthesise(spark, SMALL, 3, tmp_path / "again", noise=0.0)
    finally:
        for name, value in before.items():
            spark.conf.set(name, value)
    assert checksums(again) == checksums(clean)


def test_another_seed_gives_other_persons(spark):
    def births(seed):
        return [row.birth for row in people(spark, Draws(seed), 60, 1).select("birth").collect()]

    assert births(1) == births(1)
    assert births(1) != births(2)


def test_parquet_holds_the_same_rows(spark, clean, tmp_path):
    other = synthesise(spark, SMALL, 3, tmp_path / "parquet", format="parquet", noise=0.0)
    assert other.rows == clean.rows
    folder = other.to / "cpr/2025-02-01/event.parquet"
    said = json.loads((folder.parent / "manifest.json").read_text())["tables"]["event"]
    assert set(said["sha256"]) == {f"event.parquet/{part.name}" for part in folder.iterdir()}
    assert spark.read.parquet(str(folder)).count() == said["rows"]


def test_wrong_use_is_said(spark, clean, tmp_path):
    with pytest.raises(UsageError, match="at least 1"):
        synthesise(spark, 0, 1, tmp_path)
    with pytest.raises(UsageError, match="csv or parquet"):
        synthesise(spark, 10, 1, tmp_path, format="xml")
    with pytest.raises(UsageError, match="already holds"):
        synthesise(spark, 10, 1, clean.to)
