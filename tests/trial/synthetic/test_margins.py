"""The register agrees with the published figures, whatever its size and seed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from folketall.classifications import NORDIC, countries, read_rows
from folketall_trial.synthetic import calibration, origins
from folketall_trial.synthetic.calibration import CATEGORIES, GROUPS
from folketall_trial.synthetic.fitting import rounded, whole_shares
from folketall_trial.synthetic.plan import FIRST, LAST, plan_of

STOCK, BEFORE = pd.Timestamp("2025-01-01"), pd.Timestamp("2024-01-01")


def residents(made, day=STOCK):
    """Who is resident on a 1 January by the truth, with municipality."""
    stay = made.truth("residence")
    start, end = pd.to_datetime(stay["from_date"]), pd.to_datetime(stay["to_date"])
    now = stay[(start < day) & (end.isna() | (end >= day))]
    return now.merge(made.truth("person"), on="person_no")


def whole_years(days):
    days = pd.to_datetime(days)
    return STOCK.year - days.dt.year - ((days.dt.month > 1) | (days.dt.day > 1))


def refugees(made, day=STOCK):
    """Residents with refugee background, with category, group, years and citizenship in 2025."""
    found = residents(made, day)
    found = found[~(pd.to_datetime(found["first_immigration_date"]) >= day)]
    reason = made.truth("person").set_index("person_no")["reason"].astype(object)
    to_refugee = found["reference_no"].map(reason) == "refugee"
    found = found.assign(
        category=np.where(
            found["reason"] == "refugee",
            found["detail"].astype(object),
            "family_"
            + found["family_type"].astype(object).replace("accompanying", "reunification"),
        ),
        group=found["country_background"].astype(object).map(countries()),
        years=pd.cut(
            whole_years(found["first_immigration_date"]), [-1, 4, 9, 19, 999], labels=False
        ),
    )
    found = found[(found["reason"] == "refugee") | ((found["reason"] == "family") & to_refugee)]
    rows = made.delivered("cpr", "citizenship")
    rows = rows[rows["from_date"].astype(str) < "2025-01-01"].sort_values("from_date")
    last = rows.merge(made.truth("pin"), on="pin").groupby("person_no")["country"].last()
    return found.assign(norwegian=found["person_no"].map(last) == "000")


def published_changes():
    """Change on the year, per cent, by category; sums too."""
    rows = read_rows("published/refugee_background_2025")
    return {r["category"]: float(r["value"]) for r in rows if r["measure"] == "change_on_year"}


def a_year_before(plan):
    """Refugees by category."""
    found = plan.figures
    return (found.refugees[:, 1:].sum(axis=1) + found.ended.sum(axis=1)).sum((0, 1)).tolist()


def with_sums(counts):
    """By category, with the sums of the published table."""
    found = dict(zip(CATEGORIES, counts, strict=True))
    sums = {"total": sum(counts), "principal": sum(counts[:4]), "family": sum(counts[4:])}
    return found | sums


@pytest.mark.rule("S3")
def test_the_stock_of_the_year_before_is_as_the_published_change_says(clean):
    before, now = refugees(clean, BEFORE), refugees(clean)
    counted = before["category"].value_counts()
    counted = [counted.get(name, 0) for name in CATEGORIES]
    assert counted == a_year_before(clean.plan)
    category, *_ = calibration.published(20_000 / calibration.FULL)
    change = np.array([published_changes()[name] for name in CATEGORIES])
    assert np.abs(counted - category / (1 + change / 100)).max() <= 0.5
    # Some came, and of those who are no longer there the register says so.
    assert len(set(now["person_no"]) - set(before["person_no"])) > 30
    ended = set(before["person_no"]) - set(now["person_no"])
    assert len(ended) >= 5
    event = clean.delivered("cpr", "event").merge(clean.truth("pin"), on="pin")
    event = event[event["event_type"].isin(["emigration", "death"])]
    assert ended <= set(event[event["event_date"].str[:4] == "2024"]["person_no"])


@pytest.mark.rule("S3")
def test_the_three_published_tables_come_out_cell_by_cell(clean):
    category, years, citizens = calibration.published(20_000 / calibration.FULL)
    found = refugees(clean)
    counted = found["category"].value_counts()
    assert [counted.get(name, 0) for name in CATEGORIES] == category.tolist()
    for place, group in enumerate(GROUPS):
        mine = found[found["group"] == group]
        assert [int((mine["years"] == n).sum()) for n in range(4)] == years[place].tolist()
        cells = [
            int(((mine["norwegian"] == norwegian) & (mine["sex"] == sex)).sum())
            for norwegian in (True, False)
            for sex in "12"
        ]
        assert cells == citizens[place].tolist()


def test_residents_by_municipality_age_and_sex(clean):
    found = residents(clean)
    figures = clean.plan.figures
    place = found["municipality"].astype(str).map(figures.municipalities.index)
    counted = np.zeros_like(figures.residents)
    age = np.minimum(whole_years(found["birth_date"]), calibration.AGES - 1)
    np.add.at(counted, (place, found["sex"].astype(int) - 1, age), 1)
    assert (counted == figures.residents).all()
    assert found["person_no"].is_unique


def test_immigrants_and_refugees_are_in_their_municipalities(clean):
    found = residents(clean)
    scale = 20_000 / calibration.FULL
    assert found["immigrant"].sum() == round(calibration.IMMIGRANTS * scale)
    by_sex = refugees(clean)["sex"].astype(int).value_counts().sort_index().to_numpy()
    assert (by_sex == clean.plan.figures.refugee_places.sum(axis=1)).all()


def test_another_seed_has_the_same_margins_and_other_people(clean, noisy):
    assert (clean.plan.figures.residents == noisy.plan.figures.residents).all()
    assert (clean.plan.figures.refugees == noisy.plan.figures.refugees).all()
    same = clean.truth("person")["birth_date"] == noisy.truth("person")["birth_date"]
    assert same.mean() < 0.2


def test_the_whole_country_in_numbers():
    plan = plan_of(calibration.FULL, 1)
    assert plan.sizes.sum() == calibration.FULL
    assert plan.figures.residents.sum() == 5_594_340
    assert plan.figures.refugees.sum() == 333_514
    category, years, citizens = calibration.published(1.0)
    assert (plan.figures.refugees.sum(axis=(0, 1, 2)) == category).all()
    held = plan.figures.refugees.sum(axis=(2, 3))
    assert (held[:, 0] + held[:, 1] == years[:, 0]).all()
    assert (held[:, 2:] == years[:, 1:]).all()
    assert (plan.figures.refugees.sum(axis=(1, 3)) == citizens).all()
    # As printed: shares of all immigrants and of the population.
    shares = [round(100 * n / calibration.IMMIGRANTS, 1) for n in (333_514, *category)]
    assert shares == [34.6, 12.1, 5.4, 8.8, 0.8, 2.1, 5.4, 0.0]
    assert round(100 * 333_514 / plan.figures.residents.sum(), 1) == 6.0
    before = with_sums(a_year_before(plan))
    now = with_sums(category.tolist())
    changes = {name: round(100 * (now[name] - n) / n, 1) for name, n in before.items()}
    assert changes == published_changes()
    # Every day of birth has numbers enough for all who are born on it.
    assert plan.slots.max() < 330
    assert LAST - FIRST == 125


def test_shards_hold_everybody_once():
    plan = plan_of(300_000, 1)
    counted = np.zeros_like(plan.figures.residents)
    refugees, others = 0, 0
    for number in range(plan.shards):
        shard = plan.shard(number)
        np.add.at(counted, (shard.municipality, shard.sex, shard.age), 1)
        refugees, others = refugees + len(shard.refugee_cell), others + len(shard.immigrant_sex)
    assert (counted == plan.figures.residents).all()
    assert refugees == plan.figures.refugees.sum()
    assert others == plan.figures.immigrant_places.sum()


def test_controlled_rounding_keeps_rows_and_columns():
    table = np.array([[0.5, 0.5, 1.0], [1.5, 0.25, 0.25], [0.0, 2.25, 0.75]])
    rows, columns = np.array([2, 2, 3]), np.array([2, 3, 2])
    whole = rounded(table, rows, columns)
    assert (whole.sum(axis=1) == rows).all()
    assert (whole.sum(axis=0) == columns).all()
    assert (np.abs(whole - table) < 1).all()
    assert whole[2, 0] == 0


def test_whole_shares_sum_up():
    assert whole_shares(np.array([1.0, 1.0, 1.0]), 10).tolist() == [4, 3, 3]
    assert whole_shares(np.array([0.0, 0.0]), 3).sum() == 3


def test_no_refugee_comes_from_where_nobody_needs_a_permit():
    assert not {f"{code:03d}" for code in origins.refugees().codes} & NORDIC
