"""Every kind of noise is there at its rate, and none where none is wanted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from folketall.model import deliveries as d
from folketall.model.errors import UsageError
from folketall.synthetic import names, noise, rows
from folketall.synthetic.making import make
from folketall.synthetic.plan import plan_of

CONF = Path(__file__).parents[2] / "conf" / "noise.toml"


def near(found, rate, of):
    """Within four standard errors, and one row."""
    return abs(found - rate * of) <= 4 * np.sqrt(rate * of) + 1


def linked(made):
    """Persons of the Aliens Register with the true person behind each number."""
    udb = made.delivered("udb", "person").merge(made.truth("duf"), on="duf")
    pins = made.truth("pin").rename(columns={"person_no": "by_pin"})
    udb = udb.merge(pins, on="pin", how="left")
    true = made.truth("person").set_index("person_no")
    true = true.assign(birth=true["birth_date"].astype(str), sex=true["sex"].astype(str))
    return udb.join(true[["birth"]], on="person_no")


def test_links_fail_at_their_rates(noisy):
    udb, rates = linked(noisy), noise.default()
    persons = udb["person_no"].nunique()
    assert near(len(udb) - persons, rates["second_duf"], persons)
    assert near((udb["pin"] == "").sum(), rates["pin_missing"], len(udb))
    wrong = (udb["by_pin"].notna()) & (udb["by_pin"] != udb["person_no"])
    assert 0 < wrong.sum() <= (rates["pin_wrong"] + rates["pin_of_relative"]) * len(udb) * 2 + 4
    told = noisy.delivered("cpr", "duf_link")["duf"].isin(udb["duf"]).sum()
    assert near(len(udb) - told, rates["link_missing"], len(udb))


def test_birth_dates_and_names_differ_at_their_rates(noisy):
    udb, rates = linked(noisy), noise.default()
    missing = (udb["birth_date"] == "").sum()
    assert near(missing, rates["birth_missing"], len(udb))
    other = (udb["birth_date"] != "") & (udb["birth_date"] != udb["birth"])
    expected = rates["day_and_month"] * 0.36 + rates["udb_first_of_january"] + rates["other_year"]
    assert near(other.sum(), expected, len(udb))
    assert near((udb["sex"] == "").sum(), rates["sex_missing"], len(udb))
    spelt = noisy.delivered("cpr", "person").drop_duplicates("pin").set_index("pin")
    same = udb[udb["pin"].isin(spelt.index) & (udb["by_pin"] == udb["person_no"])]
    slips = same["family_name"].to_numpy() != spelt.loc[same["pin"], "family_name"].to_numpy()
    assert 0.02 < slips.mean() < 0.3


def test_events_are_late_corrected_annulled_and_repeated(noisy):
    event, rates = noisy.delivered("cpr", "event"), noise.default()
    action = event["action"].value_counts()
    assert action["correction"] > 100
    assert action["annulment"] > 50
    twice = event.duplicated().sum()
    assert near(twice, rates["repeated"], len(event))
    # Bad rows apart: three hundred years early, or empty.
    told = event[(event["event_date"] > "1800") & (event["registration_date"] > "1800")]
    lag = pd.to_datetime(told["registration_date"], errors="coerce") - pd.to_datetime(
        told["event_date"], errors="coerce"
    )
    days = lag.dt.days
    assert (days < 0).sum() > 20
    assert (days > 365).sum() > 20
    assert (event["cause"] == "administrative").sum() > 0
    # No emigration is struck out by the administration but on a day of clean-up.
    struck = event[event["cause"] == "administrative"]["event_date"].str[:4]
    assert set(struck) <= {"1993", "1994", "1995", "1997", "1998", *map(str, range(2012, 2025, 2))}


def test_numbers_change_at_their_rates(noisy):
    change = noisy.delivered("cpr", "pin_change")
    d_numbers = change["old_pin"].str[0].astype(int) >= 4
    assert d_numbers.sum() > 500
    assert (~d_numbers).sum() > 10


def test_cases_are_silent_vague_and_without_reference(noisy):
    case, rates = noisy.delivered("udb", "case"), noise.default()
    permits = case[
        case["case_type"].isin(["first_permit", "renewal"]) & (case["outcome"] == "granted")
    ]
    assert near((permits["reason"] == "").sum(), rates["reason_missing"], len(permits))
    first = permits[permits["case_type"] == "first_permit"]
    assert 0.02 < first["reason"].isin(["refugee", "unspecified"]).mean() < 0.3
    person = noisy.truth("duf").merge(noisy.truth("person"), on="person_no")
    known = person[person["reference_no"].notna()]["duf"]
    family = permits[(permits["reason"] == "family") & permits["duf"].isin(known)]
    silent = (family["reference_pin"] == "") & (family["reference_duf"] == "")
    assert 0.005 < silent.mean() < rates["reference_missing"] + 0.02
    assert 0 < (family["family_type"] == "").mean() < rates["type_missing"]


def wrong_pins(pins):
    """How many fail V1; the same arithmetic as `is_pin`, on whole columns."""
    digits = np.array([list(pin) for pin in pins.unique()], dtype="U1").astype(int)
    if not len(digits):
        return 0
    first = digits[:, :10] @ np.array((3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    second = digits @ np.array((5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11
    return int(((first != 0) | (second != 0)).sum())


@pytest.mark.rule("V1", "V3")
def test_bad_rows_are_far_below_what_refuses_a_delivery(noisy, clean):
    for made, wanted in ((noisy, True), (clean, False)):
        bad = {}
        for table in d.DELIVERED_TABLES:
            rows = made.delivered(table.source, table.name)
            for column in table.columns:
                values = rows[column.name]
                said = values[values != ""]
                if column.kind == d.Kind.OWN_PIN:
                    bad[table.register] = bad.get(table.register, 0) + wrong_pins(said)
                if column.kind == d.Kind.STRUCTURAL:
                    more = (~said.isin(column.codes)).sum()
                    bad[table.register] = bad.get(table.register, 0) + more
            assert bad.get(table.register, 0) <= max(5, 0.01 * len(rows)), table.register
        assert (sum(bad.values()) > 10) == wanted


def test_no_noise_is_none(clean):
    assert not len(clean.delivered("cpr", "pin_change"))
    event = clean.delivered("cpr", "event")
    assert set(event["action"]) == {"new"}
    assert event["event_id"].is_unique
    udb = linked(clean)
    assert (udb["by_pin"] == udb["person_no"]).all()
    assert (udb["birth_date"] == udb["birth"]).all()
    early = pd.to_datetime(event["registration_date"]) < pd.to_datetime(event["event_date"])
    assert not early.any()


def test_the_file_of_rates_is_the_default():
    assert dict(noise.read(CONF)) == dict(noise.default())
    assert CONF.read_text(encoding="utf-8") == noise.written(noise.default())


@pytest.mark.parametrize(
    "text",
    ["x = 1", '["udb.person.pin"]\nunheard_of = 0.1', '["udb.person.pin"]\npin_missing = 2', "="],
)
def test_wrong_files_of_rates_are_refused(tmp_path, text):
    place = tmp_path / "noise.toml"
    place.write_text(text)
    with pytest.raises(UsageError):
        noise.read(place)


def test_spellings_differ_from_the_name():
    words, _, _, count = names.spellings()
    assert len(words) == 3 * count
    for name, slip in zip(words[:count], words[2 * count :], strict=True):
        assert name != slip
    assert words[words.index("Mohammed") + count] == "Muhammad"
    assert not any(set(word) & set(',"\n') for word in words)


def test_one_persons_rows_of_both_censuses_are_told_apart(monkeypatch):
    """Else a draw that spoils the one always spoils the other."""
    monkeypatch.setattr(rows, "spoilt", lambda made, draws, noise: made)
    delivered, _ = make(plan_of(3000, 1), 0, noise.none())
    (census,) = [made for made in delivered if made.table.name == "resident"]
    assert set(np.asarray(census.columns["census_year"].values)) == {0, 1}
    assert len(np.unique(census.key)) == len(census.key)
