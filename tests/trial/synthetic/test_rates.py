"""Every kind of noise is there at its rate: counted in what was delivered, held against the truth.

Two registers of the same people, one without noise. Rare kinds are made more frequent, so that
there is something to count.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from folketall.classifications import read_rows
from folketall.model import deliveries as d
from folketall_trial.synthetic import names, noise
from tests.trial.synthetic.conftest import build

RATES = {kind: max(rate, 0.02) for kind, rate in noise.default().items()} | {"late_code": 0.1}
UNSPECIFIC = ("refugee", "unspecified", "")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Kind to (how many were found, of how many), with bounds where these are not all or only."""
    made = build(tmp_path_factory.mktemp("rates"), 20_000, 11, RATES)
    clean = build(tmp_path_factory.mktemp("plain"), 20_000, 11, noise.none())
    return (
        numbers(made) | persons(made, clean) | events(made, clean) | links(made)
        | aliens(made) | cases(made) | files(made) | bad(made)
    )  # fmt: skip


@pytest.mark.parametrize("kind", RATES)
def test_each_kind_is_there_at_its_rate(found, kind):
    count, of, *bounds = found[kind]
    low, high = bounds or (1.0, 1.0)
    expected = RATES[kind] * of
    error = 4 * np.sqrt(expected)
    assert count > 0
    assert low * expected - error <= count <= high * expected + error, (count, expected)
    # It would be seen if the kind were twice or half as frequent.
    assert expected > 16


def people(made):
    """Persons of the truth by number."""
    person = made.truth("person").set_index("person_no")
    return person.assign(**{name: person[name].astype(object) for name in person.columns})


def whose(made, rows):
    """Rows with the true person of their PIN."""
    return rows.merge(made.truth("pin"), on="pin")


def day(column):
    text = column.astype(str)
    return pd.to_datetime(text.where(text > "1800"), errors="coerce")


def numbers(made):
    person, pins = people(made), made.truth("pin")
    d_number = pins[pins["pin"].str[0].astype(int) >= 4]["person_no"].nunique()
    change = made.delivered("cpr", "pin_change")
    other = (change["old_pin"].str[0].astype(int) < 4).sum()
    return {
        "d_number": (d_number, person["immigrant"].sum()),
        # Who died or left before, or came late in the numbers of the day, has no change.
        "renumbered": (other, (~person["immigrant"].astype(bool)).sum(), 0.85, 1.1),
    }


def persons(made, clean):
    person, first = people(made), whose(made, made.delivered("cpr", "person"))
    first = first.drop_duplicates("person_no").set_index("person_no")
    before = whose(clean, clean.delivered("cpr", "person")).drop_duplicates("person_no")
    before = before.set_index("person_no").loc[first.index]
    foreign = person.loc[first.index]["immigrant"].astype(bool)
    parents = (before[["mother_pin", "father_pin"]] != "").to_numpy()
    told = (first[["mother_pin", "father_pin"]] != "").to_numpy()
    moved = foreign & (first["birth_date"] != before["birth_date"])
    late = pd.concat(
        [
            pd.read_csv(place, dtype=str)["pin"]
            for place in sorted(made.to.glob("cpr/2025-03-*/person.csv"))
        ]
    )
    full = pd.read_csv(made.to / "cpr/2025-02-01/person.csv", dtype=str)["pin"]
    return {
        # Not of those for whom the first day of the year is too late.
        "first_of_january": (moved.sum(), foreign.sum(), 0.85, 1.1),
        "birth_country_unknown": (
            (foreign & first["birth_country"].isin(["", "990"])).sum(), foreign.sum(),
        ),
        "parent_missing": ((parents & ~told).sum(), parents.sum()),
        "updated": (late.isin(full).sum(), len(full), 0.85, 1.0),
    }  # fmt: skip


def events(made, clean):
    rows = made.delivered("cpr", "event")
    new = rows[rows["action"] == "new"]
    once = new.drop_duplicates("event_id")
    moves = once["event_type"].isin(["move", "immigration", "emigration"])
    usual = once[moves & (once["cause"] != "boundary_change")]
    usual = usual[(usual["event_date"] > "1800") & (usual["registration_date"] > "1800")]
    lag = (day(usual["registration_date"]) - day(usual["event_date"])).dt.days
    own = usual["event_type"].isin(["move", "immigration"]) & usual["cause"].isin(["", "ordinary"])
    action = rows["action"].value_counts()
    plain = clean.delivered("cpr", "event")
    true = whose(clean, plain)
    deaths = true[true["event_type"] == "death"].set_index("person_no")["event_date"]
    after = whose(made, usual[usual["municipality"] == "0301"])
    gone = after["person_no"].map(deaths)
    leaves = plain[plain["event_type"] == "emigration"]
    struck = (usual["event_type"] == "emigration") & (usual["cause"] != "administrative")
    placed = once[(once["municipality"] != "") & (once["cause"] != "boundary_change")]
    again = (usual["event_type"] == "immigration").sum()
    again -= (plain["event_type"] == "immigration").sum()
    last = leaves["cause"].isin(["", "ordinary"]).sum()
    return {
        "late": ((lag >= 30).sum(), len(usual)),
        # Also those announced for after the last delivery.
        "announced": ((lag < 0).sum(), (usual["event_type"] == "move").sum(), 0.85, 1.5),
        "corrected": (action["correction"], own.sum()),
        # Only where a person stays on for some months.
        "annulled": (action["annulment"], len(placed), 0.5, 0.75),
        "repeated": (len(new) - len(once), len(rows)),
        "immigrates_again": (again, len(placed), 0.5, 0.75),
        "after_death": ((after["event_date"] > gone).sum(), len(deaths), 0.85, 1.05),
        # Not those who came back.
        "unreported": (len(leaves) - struck.sum(), last, 0.6, 1.1),
        "late_code": (*outdated(placed), 0.5, 1.1),
        "unknown_code": ((placed["municipality"] == "0999").sum(), len(placed)),
    }


def outdated(placed):
    """Of the events in the months after the reform of 2020: those with a code from before.

    More than half of all persons got a new code.
    """
    listed = read_rows("geography/municipalities")
    ended = {row["code"] for row in listed if row["valid_to"] == "2020-01-01"}
    soon = placed[placed["event_date"].between("2020-01-02", "2020-10-26")]
    return soon["municipality"].isin(ended).sum(), len(soon)


def links(made):
    told = whose(made, made.delivered("cpr", "duf_link"))
    numbers_of = made.truth("duf")
    told = told.merge(numbers_of, on="duf", suffixes=("", "_true"))
    wrong = (told["person_no"] != told["person_no_true"]).sum()
    return {
        "link_missing": (len(numbers_of) - len(made.delivered("cpr", "duf_link")), len(numbers_of)),
        # Only of those who have a mother or a partner here.
        "link_to_relative": (wrong, len(told), 0.15, 0.6),
    }


def aliens(made):
    person = people(made)
    udb = made.delivered("udb", "person").merge(made.truth("duf"), on="duf")
    true = person.loc[udb["person_no"]].reset_index()
    given, birth = udb["birth_date"], day(true["birth_date"])
    born = day(given)
    pins = made.truth("pin").rename(columns={"person_no": "by_pin"})
    by_pin = udb.merge(pins, on="pin", how="left")["by_pin"]
    wrong = (by_pin.notna() & (by_pin != udb["person_no"])).sum()
    one, many = udb["person_no"].nunique(), len(udb)
    words, _, _, count = names.spellings()
    cpr = whose(made, made.delivered("cpr", "person")).drop_duplicates("person_no")
    name = udb["person_no"].map(cpr.set_index("person_no")["given_name"])
    other = name.map(dict(zip(words[:count], words[count : 2 * count], strict=True)))
    two = name.notna() & (name != other)
    swapped = (birth.dt.day <= 12) & (birth.dt.day != birth.dt.month)
    turned = swapped & (born.dt.day == birth.dt.month) & (born.dt.month == birth.dt.day)
    january = (born.dt.month == 1) & (born.dt.day == 1)
    away = (birth.dt.month > 1) | (birth.dt.day > 1)
    spelt = (udb["given_name"] == other) & two
    slips = udb["family_name"].isin(set(words[2 * count :]) - set(words[: 2 * count])).sum()
    return {
        "pin_missing": ((udb["pin"] == "").sum(), many),
        # Both kinds; some have no relative here.
        "pin_of_relative": (wrong, 2 * many, 0.5, 0.9),
        "pin_wrong": (wrong, 2 * many, 0.5, 0.9),
        "second_duf": (many - one, one),
        "day_and_month": (turned.sum(), swapped.sum()),
        "udb_first_of_january": ((january & away).sum(), away.sum()),
        "other_year": (((birth - born).dt.days == 365).sum(), many),
        "birth_missing": ((given == "").sum(), many),
        "sex_missing": ((udb["sex"] == "").sum(), many),
        # Most names are spelt in one way only.
        "spelt_otherwise": (spelt.sum(), two.sum()),
        "misspelt": (slips, many, 0.9, 1.0),
    }


def cases(made):
    case = made.delivered("udb", "case")
    permit = case[
        case["case_type"].isin(["first_permit", "renewal"]) & (case["outcome"] == "granted")
    ]
    numbers_of = made.truth("duf")
    first_numbers = numbers_of.drop_duplicates("person_no")
    person = people(made)
    permit = permit.merge(numbers_of, on="duf")
    true = person.loc[permit["person_no"]].reset_index()
    first = (permit["case_type"] == "first_permit").to_numpy()
    renewed = permit["duf"].isin(permit[~first]["duf"]).to_numpy()
    reason = permit["reason"].replace(
        {"asylum": "refugee", "humanitarian": "refugee", "resettlement": "refugee",
         "collective_protection": "refugee"}
    )  # fmt: skip
    said = ~permit["reason"].isin([*UNSPECIFIC, "??"]).to_numpy()
    wrong = said & (reason.to_numpy() != true["reason"].to_numpy())
    vague = first & renewed & permit["reason"].isin(["refugee", "unspecified"]).to_numpy()
    truly = true["detail"].eq("unspecified") | true["reason"].eq("unspecified")
    vague &= ~truly.to_numpy()
    near = true["relation"].isin(["spouse", "parent"]).to_numpy() & first
    silent = ((permit["reference_pin"] == "") & (permit["reference_duf"] == "")).to_numpy()
    family = true["family_type"].notna().to_numpy() & first
    typed = (permit["family_type"] != "").to_numpy()
    came = day(true["first_immigration_date"]).to_numpy()
    late = first & (day(permit["decision_date"]).to_numpy() > came + np.timedelta64(35, "D"))
    without = ~first_numbers["duf"].isin(case["duf"])
    return {
        "no_case": (without.sum(), len(first_numbers), 0.9, 1.3),
        "reason_missing": ((permit["reason"] == "").sum(), len(permit)),
        "reason_wrong": (wrong.sum(), len(permit), 0.8, 1.0),
        "reason_vague": (vague.sum(), (first & renewed & ~truly).sum(), 0.9, 1.0),
        "reference_missing": ((silent & near).sum(), near.sum(), 0.9, 1.1),
        # Only where the dates tell the type as well.
        "type_missing": ((~typed & family).sum(), family.sum(), 0.35, 0.6),
        "decided_late": (late.sum(), first.sum(), 0.9, 1.4),
    }


def files(made):
    file = made.delivered("reason_files", "reason_2006")
    refugees = file[file["reason"] == "refugee"]["pin"].unique()
    twice = file[file["pin"].duplicated()]["pin"].isin(refugees).sum()
    return {"second_reason": (twice, len(refugees))}


def bad(made):
    rows_bad = rows_of = values_bad = values_of = 0
    for table in (d.CENSUS_RESIDENT, d.CITIZENSHIP):
        rows = made.delivered(table.source, table.name)
        for column in table.columns:
            values = rows[column.name]
            if column.kind in (d.Kind.CODE, d.Kind.COUNTRY):
                values_bad += values.isin(["888", "??"]).sum()
                values_of += (values != "").sum()
    rows = made.delivered("cpr", "citizenship")
    pins = set(made.truth("pin")["pin"])
    dates = rows[["from_date", "registration_date"]]
    refused = (dates < "1800").any(axis=1) | ~rows["pin"].isin(pins)
    rows_bad, rows_of = refused.sum(), len(rows)
    return {"bad_row": (rows_bad, rows_of), "bad_value": (values_bad, values_of)}
