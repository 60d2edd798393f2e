"""V5: what intake was told is kept with the delivery; a delivery can be taken back."""

from __future__ import annotations

import json
import shutil
from datetime import date

import pytest

from folketall.model import deliveries as d
from folketall.model.errors import InputRefusedError, UsageError
from folketall.model.tables import DELIVERY, REGISTER_NOTE, REJECTED_ROW
from folketall.registers import withdrawal
from folketall.registers.known import day_faults, refuse_later_than
from folketall.registers.taken import deliveries_taken
from folketall.registers.told import READING
from folketall.storage.opening import open_warehouse
from tests.support.deliveries import packaged_codes, write_delivery
from tests.support.intake import register_rows, take_all
from tests.support.pins import duf, synthetic_pin

CODES = packaged_codes()
ANNA, REAL = synthetic_pin(date(1990, 5, 17), 100), synthetic_pin(date(1990, 5, 17), 100, 0)
PEOPLE = [synthetic_pin(date(1950, 1, n), 300) for n in range(1, 31)]
CASES = [
    {"case_id": str(n), "duf": duf(2010, n), "case_type": "first_permit", "outcome": "granted",
     "decision_date": "2010-05-01", "reason": "own_word"} for n in range(5)
]  # fmt: skip


@pytest.fixture
def house(spark, tmp_path):
    return open_warehouse(spark, str(tmp_path / "warehouse"))


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "deliveries"
    people = [{"pin": pin, "registration_date": "2020-01-01"} for pin in (ANNA, REAL)]
    write_delivery(place, "cpr", "2025-02-01", tables={"person": people})
    write_delivery(place, "udb", "2025-01-15", tables={"case": CASES})
    return place


def pins(house):
    return sorted(row["pin"] for row in register_rows(house, d.CPR_PERSON).collect())


def reasons(house):
    return {row["reason"] for row in register_rows(house, d.CASE).collect()}


@pytest.mark.rule("V5")
def test_an_offices_own_code_list_reads_the_raw_rows_anew(house, folder):
    take_all(house, folder, codes=CODES)
    assert reasons(house) == {None}
    own = {**CODES, "reason": {*CODES["reason"], "own_word"}}
    taken = take_all(house, folder, codes=own)
    assert {one.name: one.taken for one in taken} == {
        "udb/2025-01-15": True,
        "cpr/2025-02-01": False,
    }
    assert reasons(house) == {"own_word"}
    assert register_rows(house, d.CASE).count() == 5
    assert house.read(REGISTER_NOTE).where("what = 'unknown_code'").isEmpty()
    assert house.read(DELIVERY).count() == 2
    assert not any(one.taken for one in take_all(house, folder, codes=own))


@pytest.mark.rule("V5")
def test_each_choice_of_a_source_is_its_own(house, folder):
    take_all(house, folder, codes=CODES)
    again = take_all(house, folder, codes=CODES, announced=6)
    assert [one.name for one in again if one.taken] == ["cpr/2025-02-01"]
    again = take_all(house, folder, codes=CODES, announced=6, duf_check="off")
    assert len([one for one in again if one.taken]) == 2
    again = take_all(house, folder, codes=CODES, announced=6, duf_check="off", pin_check="strict")
    assert pins(house) == [REAL]
    assert house.read(REJECTED_ROW).count() == 1


@pytest.mark.rule("V5")
def test_a_delivery_not_at_hand_refuses_other_choices(house, folder):
    take_all(house, folder, codes=CODES)
    shutil.rmtree(folder / "udb")
    with pytest.raises(UsageError) as caught:
        take_all(house, folder, codes=CODES, duf_check="off")
    said = str(caught.value)
    assert "udb/2025-01-15: duf.check was note and is off" in said
    assert "--deliveries" in said
    assert register_rows(house, d.CASE).count() == 5
    assert caught.value.status == 2


@pytest.mark.rule("V5")
@pytest.mark.parametrize("after", range(7))
def test_a_kill_while_reading_anew_leaves_nothing_that_counts_twice(
    house, folder, monkeypatch, after
):
    take_all(house, folder, codes=CODES)
    own = {**CODES, "reason": {*CODES["reason"], "own_word"}}
    calls = []

    def killing(name):
        work = getattr(type(house), name)

        def killed(self, *words):
            calls.append(name)
            if len(calls) > after:
                raise KeyboardInterrupt
            work(self, *words)

        return killed

    with monkeypatch.context() as patch:
        for name in ("replace", "append", "delete_part"):
            patch.setattr(type(house), name, killing(name))
        with pytest.raises(KeyboardInterrupt):
            take_all(house, folder, codes=own)
    kept = {row["source"]: row["choices"] for row in deliveries_taken(house).collect()}
    assert after == 0 or kept["udb"] == READING
    take_all(house, folder, codes=own)
    assert reasons(house) == {"own_word"}
    assert register_rows(house, d.CASE).count() == 5
    assert register_rows(house, d.CPR_PERSON).count() == 2


@pytest.mark.rule("V5")
def test_a_delivery_withdrawn_counts_no_more_and_is_not_taken_again(house, folder):
    write_delivery(
        folder, "cpr", "2099-01-01", tables={"person": [{"pin": PEOPLE[0], "registration_date": "2020-01-01"}]}
    )  # fmt: skip
    take_all(house, folder, codes=CODES)
    withdrawal.withdraw(house, "cpr", date(2099, 1, 1), "a test extract")
    assert pins(house) == sorted((ANNA, REAL))
    assert {row["delivered_on"].year for row in deliveries_taken(house).collect()} == {2025}
    (act,) = house.read_version("withdrawal").collect()
    assert (act["source"], act["why"]) == ("cpr", "a test extract")
    taken = take_all(house, folder, codes=CODES)
    assert [one.name for one in taken if one.withdrawn] == ["cpr/2099-01-01"]
    assert pins(house) == sorted((ANNA, REAL))
    with pytest.raises(UsageError, match="holds no delivery cpr/2099-01-01"):
        withdrawal.withdraw(house, "cpr", date(2099, 1, 1), "again")
    shutil.rmtree(folder / "cpr" / "2099-01-01")
    write_delivery(
        folder, "cpr", "2099-01-01", tables={"person": [{"pin": PEOPLE[1], "registration_date": "2020-01-01"}]}
    )  # fmt: skip
    take_all(house, folder, codes=CODES)
    assert pins(house) == sorted((ANNA, REAL, PEOPLE[1]))


@pytest.mark.rule("V5")
def test_a_withdrawal_that_was_cut_off_is_finished(house, folder, monkeypatch):
    take_all(house, folder, codes=CODES)
    with monkeypatch.context() as patch:
        patch.setattr(withdrawal, "finish_withdrawals", lambda warehouse: None)
        withdrawal.withdraw(house, "udb", date(2025, 1, 15), "wrong year")
    assert [row["source"] for row in deliveries_taken(house).collect()] == ["cpr"]
    take_all(house, folder, codes=CODES)
    assert register_rows(house, d.CASE).isEmpty()
    assert house.read(DELIVERY).count() == 1


@pytest.mark.rule("V3")
def test_a_column_of_unknown_codes_refuses_the_delivery(house, tmp_path):
    rows = [{"pin": pin, "registration_date": "2020-01-01", "birth_country": "0"} for pin in PEOPLE]
    write_delivery(tmp_path / "d", "cpr", "2025-02-01", tables={"person": rows})
    with pytest.raises(InputRefusedError, match="column birth_country: 30 of 30 codes are unknown"):
        take_all(house, tmp_path / "d", codes=CODES)
    taken = take_all(house, tmp_path / "d", codes=CODES, max_unknown_share=1.0)
    assert taken[0].taken


@pytest.mark.rule("V3")
def test_municipalities_that_lost_their_zero_refuse_the_delivery(house, tmp_path):
    rows = [{"census_year": "1960", "pin": pin, "municipality": "301"} for pin in PEOPLE]
    write_delivery(tmp_path / "d", "cpr", "2025-02-01")
    write_delivery(tmp_path / "d", "census", "2025-02-01", tables={"resident": rows})
    codes = {**CODES, "municipality": ("0301", "9999")}
    with pytest.raises(InputRefusedError, match="column municipality: 30 of 30 codes are unknown"):
        take_all(house, tmp_path / "d", codes=codes)


def test_pins_of_people_who_could_exist_are_counted(house, folder):
    take_all(house, folder, codes=CODES)
    found = {row["source"]: row["real_pins"] for row in house.read(DELIVERY).collect()}
    assert found == {"cpr": 1, "udb": 0}
    choices = {row["source"]: json.loads(row["choices"]) for row in house.read(DELIVERY).collect()}
    assert choices["cpr"]["pin.check"] == "synthetic"
    assert "code list reason" in choices["udb"]


@pytest.mark.rule("K4")
def test_figures_of_a_day_that_no_register_has_reached_do_not_exist():
    taken = [("cpr", date(2025, 3, 1), "full"), ("udb", date(2024, 1, 1), "full")]
    assert day_faults(taken, known_at=None, years=(2015, 2025)) is None
    assert day_faults(taken, known_at=date(2025, 3, 1), years=(2015, 2025)) is None
    assert "2025-03-01" in str(day_faults(taken, known_at=date(2025, 3, 2), years=(2015, 2025)))
    assert "asked for is 2025" in str(day_faults(taken, known_at=None, years=(2015, 2026)))
    early = day_faults(taken, known_at=date(2023, 12, 31), years=(2015, 2024))
    assert "asked for is 2023" in str(early)


@pytest.mark.rule("V5")
def test_a_delivery_of_a_day_to_come_is_refused():
    taken = [("cpr", date(2099, 1, 1), "full"), ("cpr", date(2025, 1, 1), "full")]
    refuse_later_than(taken, None)
    with pytest.raises(InputRefusedError, match="cpr/2099-01-01: dated after"):
        refuse_later_than(taken, date(2025, 1, 1))
