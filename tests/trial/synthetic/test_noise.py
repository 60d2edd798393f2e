"""Noise is what it is said to be, and there is none where none is wanted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from folketall.model import deliveries as d
from folketall.model.errors import UsageError
from folketall_trial.synthetic import names, noise, rows
from folketall_trial.synthetic.making import make
from folketall_trial.synthetic.plan import plan_of

CONF = Path(__file__).parents[3] / "conf" / "noise.toml"


def linked(made):
    """Persons of the Aliens Register with the true person behind each number."""
    udb = made.delivered("udb", "person").merge(made.truth("duf"), on="duf")
    pins = made.truth("pin").rename(columns={"person_no": "by_pin"})
    udb = udb.merge(pins, on="pin", how="left")
    true = made.truth("person").set_index("person_no")
    true = true.assign(birth=true["birth_date"].astype(str), sex=true["sex"].astype(str))
    return udb.join(true[["birth"]], on="person_no")


def test_who_left_without_a_word_is_struck_out_on_a_day_of_clean_up(noisy):
    event = noisy.delivered("cpr", "event")
    struck = event[event["cause"] == "administrative"]["event_date"].str[:4]
    assert len(struck)
    assert set(struck) <= {"1993", "1994", "1995", "1997", "1998", *map(str, range(2012, 2025, 2))}


def test_every_annulment_undoes_a_move_reported_before(noisy):
    event = noisy.delivered("cpr", "event")
    undone = event[event["action"] == "annulment"]["event_id"]
    assert len(undone)
    assert set(undone) <= set(event[event["action"] == "new"]["event_id"])


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
