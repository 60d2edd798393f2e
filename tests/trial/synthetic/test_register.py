"""The synthetic register is whole, lawful in form, and the same wherever it is made."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from folketall.model import deliveries as d
from folketall.model.errors import UsageError
from folketall_trial.synthetic import noise
from folketall_trial.synthetic.register import synthesise
from folketall_trial.synthetic.truth import TABLES
from tests.support.pins import is_pin
from tests.trial.synthetic.conftest import build

SMALL = 1000


def checksums(to):
    return {
        place.relative_to(to).as_posix(): hashlib.sha256(place.read_bytes()).hexdigest()
        for place in sorted(to.rglob("*"))
        if place.is_file()
    }


def test_every_table_is_there_and_the_manifest_counts_it(noisy):
    for table in d.DELIVERED_TABLES:
        found = noisy.delivered(table.source, table.name)
        assert len(found), table.register
        assert tuple(found.columns) == table.column_names
    for place in noisy.to.rglob("manifest.json"):
        said = json.loads(place.read_text())
        assert said["source"] == place.parent.parent.name
        for name, table in said["tables"].items():
            content = (place.parent / f"{name}.csv").read_bytes()
            assert table["sha256"] == {f"{name}.csv": hashlib.sha256(content).hexdigest()}
            assert table["rows"] == content.count(b"\n") - 1


@pytest.mark.rule("V1")
def test_every_pin_is_valid_synthetic_and_of_one_person(clean, noisy):
    for made in (clean, noisy):
        pins = made.truth("pin")
        assert pins["pin"].is_unique
        assert all(is_pin(pin) for pin in pins["pin"])
        # Nobody real has a month above 80.
        assert pins["pin"].str[2:4].astype(int).between(81, 92).all()
    assert clean.truth("pin")["person_no"].is_unique


@pytest.mark.rule("V2")
def test_every_duf_number_is_valid_and_unique(noisy):
    dufs = noisy.truth("duf")["duf"]
    weights = (4, 6, 3, 2, 4, 6, 3, 2, 7, 5)
    for duf in dufs:
        weighed = sum(int(x) * w for x, w in zip(duf[:10], weights, strict=True))
        assert int(duf[10:]) == weighed % 11
    assert dufs.is_unique


def test_families_are_consistent(clean):
    person = clean.delivered("cpr", "person").set_index("pin")
    born = pd.to_datetime(person["birth_date"])
    linked = 0
    for parent in ("mother_pin", "father_pin"):
        told = person[person[parent] != ""]
        linked += len(told)
        gap = born[told.index].to_numpy() - born[told[parent]].to_numpy()
        assert (gap / np.timedelta64(365, "D") >= 12).all()
    assert linked > 0.9 * len(person)
    assert (person.loc[person["mother_pin"][person["mother_pin"] != ""], "sex"] == "2").all()


def test_no_two_spouses_at_once(clean):
    status = clean.delivered("cpr", "marital_status").sort_values(["pin", "from_date"])
    married = status["status"] == "2"
    assert married.sum() > 1000
    following = married & married.groupby(status["pin"]).shift(1, fill_value=False)
    assert not following.any()
    pairs = set(zip(status["pin"][married], status["spouse_pin"][married], strict=True))
    told = {pair for pair in pairs if pair[1]}
    assert sum((b, a) in told for a, b in told) > 0.95 * len(told)


def test_nothing_happens_outside_a_life(clean):
    event = clean.delivered("cpr", "event")
    person = clean.delivered("cpr", "person").set_index("pin")
    event = event.assign(born=event["pin"].map(person["birth_date"]))
    # Of the last days the person row comes after the last delivery.
    event = event[event["born"].notna()]
    early = event[event["event_date"] < event["born"]]
    assert early.empty, early.head()
    died = event[event["event_type"] == "death"].set_index("pin")["event_date"]
    assert died.index.is_unique
    dead = event[event["pin"].isin(died.index)]
    assert (dead["event_date"] <= dead["pin"].map(died)).all()
    counts = event[event["event_type"] == "birth"]["pin"].value_counts()
    assert counts.max() == 1


@pytest.mark.rule("G3")
def test_codes_are_valid_on_their_dates(clean):
    event = clean.delivered("cpr", "event")
    event = event[(event["municipality"] != "") & (event["municipality"] != "2111")]
    with (files("folketall.classifications") / "geography/municipalities.csv").open() as lines:
        valid = pd.read_csv(lines, dtype=str, keep_default_na=False)
    joined = event.merge(valid, left_on="municipality", right_on="code")
    inside = (joined["valid_from"] <= joined["event_date"]) & (
        (joined["valid_to"] == "") | (joined["event_date"] < joined["valid_to"])
    )
    assert joined[inside]["event_id"].nunique() == len(event)


@pytest.mark.rule("G1")
def test_reforms_reach_everyone_who_lives_there(clean):
    event = clean.delivered("cpr", "event")
    days = event[event["cause"] == "boundary_change"]["event_date"].value_counts()
    assert days["2020-01-01"] > 3000
    assert {"2017-01-01", "2018-01-01", "2024-01-01"} <= set(days.index)


def test_shards_in_any_order_give_the_same_files(tmp_path):
    rates = noise.default()
    one = build(tmp_path / "one", 20_000, 5, rates)
    build(tmp_path / "other", 20_000, 5, rates, order=[1, 0])
    assert one.plan.shards == 2
    assert checksums(tmp_path / "one") == checksums(tmp_path / "other")


def test_the_door_writes_what_the_kernel_makes(spark, tmp_path):
    rates = noise.default()
    summary = synthesise(spark, SMALL, 5, tmp_path / "in", truth=tmp_path / "truth")
    again = build(tmp_path / "again", SMALL, 5, rates)
    assert checksums(tmp_path / "in") == checksums(tmp_path / "again" / "in")
    assert checksums(tmp_path / "truth") == checksums(tmp_path / "again" / "truth")
    assert dict(summary.rows) == again.rows


def test_parquet_holds_the_same_rows(tmp_path):
    csv = build(tmp_path / "csv", SMALL, 3, noise.default())
    other = build(tmp_path / "parquet", SMALL, 3, noise.default(), file_format="parquet")
    assert other.rows == csv.rows
    for table in d.DELIVERED_TABLES:
        left = csv.delivered(table.source, table.name)
        right = other.delivered(table.source, table.name)
        right = right.where(right.notna(), "").astype(str)
        pd.testing.assert_frame_equal(left, right, check_dtype=False)


def test_the_truth_has_the_names_that_the_evaluation_reads(clean):
    columns = {name: tuple(clean.truth(name).columns) for name in TABLES}
    assert columns == {
        "person": (
            "person_no", "birth_date", "sex", "birth_country", "country_background", "immigrant",
            "first_immigration_date", "reason", "detail", "reference_no", "relation",
            "family_type",
        ),
        "pin": ("pin", "person_no"),
        "duf": ("duf", "person_no"),
        "residence": ("person_no", "from_date", "to_date", "municipality"),
        "move": (
            "person_no", "kind", "event_date", "from_municipality", "to_municipality", "country",
        ),
    }  # fmt: skip


@pytest.mark.rule("P1", "T1")
def test_refugees_families_have_references_who_were_here(clean):
    person = clean.truth("person").set_index("person_no")
    family = person[person["family_type"].notna()]
    reference = person.loc[family["reference_no"].astype(int)]
    came = pd.to_datetime(family["first_immigration_date"]).to_numpy()
    before = pd.to_datetime(reference["first_immigration_date"]).to_numpy()
    assert ((before <= came) | ~reference["immigrant"].to_numpy()).all()
    assert (reference.index != family.index).all()


@pytest.mark.rule("P2")
def test_most_of_them_come_to_a_spouse_a_parent_or_a_child(clean):
    person = clean.truth("person").set_index("person_no")
    family = person[person["family_type"].notna()]
    to = person["reason"].astype(object).reindex(family["reference_no"].astype(int))
    family = family[(to == "refugee").to_numpy()]
    # Where few live many find nobody near: here 28 in a hundred, of 100 000 persons 10.
    assert (family["relation"] != "stated").mean() > 0.65
    cpr = clean.delivered("cpr", "person").merge(clean.truth("pin"), on="pin")
    number = clean.truth("pin").set_index("pin")["person_no"]
    parents = {
        column: cpr.set_index("person_no")[column].map(number)
        for column in ("mother_pin", "father_pin")
    }
    for relation, child, parent in (
        ("parent", family.index, family["reference_no"]),
        ("child", family["reference_no"], family.index),
    ):
        mine = (family["relation"] == relation).to_numpy()
        assert mine.sum()
        told = np.zeros(len(family), dtype=bool)
        for of in parents.values():
            told |= of.reindex(np.asarray(child, dtype=int)).to_numpy() == np.asarray(parent)
        # Or to the mother's husband.
        assert told[mine].mean() > 0.9


def test_wrong_use_is_said(tmp_path, clean):
    with pytest.raises(UsageError, match="at least 100"):
        synthesise(None, 0, 1, tmp_path)
    with pytest.raises(UsageError, match="csv or parquet"):
        synthesise(None, 100, 1, tmp_path, format="xml")
    with pytest.raises(UsageError, match="already holds"):
        synthesise(None, 100, 1, clean.to)
    with pytest.raises(UsageError, match="already holds a truth"):
        synthesise(None, 100, 1, tmp_path, truth=clean.truth_at)
