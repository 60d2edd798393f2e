"""Municipality codes through time: G1, G2, G3 on the real lists, and against an obvious twin."""

from __future__ import annotations

import itertools
import random
from datetime import date, timedelta

import pytest

from folketall.classifications import read_rows
from folketall.geography.lists import is_valid
from folketall.geography.municipalities import (
    CODE_SHIFTED,
    add_months,
    code_paths,
    code_readings,
    lead,
    successor,
)

DAY = timedelta(days=1)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.rule("G1")
@pytest.mark.parametrize(
    ("code", "on", "to", "expected", "split"),
    [
        # Halden was renumbered with its county, twice.
        ("0101", "2019-12-31", "2019-12-31", "0101", False),
        ("0101", "2019-12-31", "2020-01-01", "3001", False),
        ("0101", "2019-12-31", "2023-12-31", "3001", False),
        ("0101", "2019-12-31", "2024-01-01", "3101", False),
        # Oslo stays Oslo.
        ("0301", "1990-01-01", "2026-01-01", "0301", False),
        # Ålesund gave up Haram again: the larger part decides.
        ("1507", "2023-12-31", "2023-12-31", "1507", False),
        ("1507", "2023-12-31", "2024-01-01", "1508", True),
        # Old Haram was taken in by Ålesund, and is its own again; who lived in Ålesund when it was
        # divided is assigned, and so is one from a part that did not come back.
        ("1534", "2019-12-31", "2023-12-31", "1507", False),
        ("1534", "2019-12-31", "2024-01-01", "1580", False),
        ("1504", "2019-12-31", "2024-01-01", "1508", False),
        ("1529", "2019-12-31", "2024-01-01", "1508", True),
        # Taken in by a neighbour in the 1960s, and its own again in 1976 or 1977.
        ("0612", "1963-12-31", "1976-12-31", "0601", False),
        ("0612", "1963-12-31", "2019-01-01", "0612", False),
        ("0601", "1963-12-31", "2019-01-01", "0605", True),
        ("1859", "1963-12-31", "2019-01-01", "1859", False),
        # Os was 0435, and so was Tolga-Os that it became a part of.
        ("0435", "1965-12-31", "2019-01-01", "0441", False),
        ("0435", "1966-01-01", "2019-01-01", "0436", True),
        # Sula has the code of Borgund, and is another.
        ("1531", "1967-12-31", "2019-01-01", "1504", True),
        # Rindal changed county.
        ("1567", "2018-12-31", "2019-01-01", "5061", False),
        # Snillfjord was divided among three; most went to Orkland.
        ("1613", "2017-12-31", "2019-12-31", "5012", False),
        ("5012", "2019-12-31", "2020-01-01", "5059", True),
        # Tysfjord: the larger weight is the later code's.
        ("1850", "2019-12-31", "2020-01-01", "1875", True),
        # No weights: Ringsaker goes on under its code, nobody is assigned.
        ("0412", "1991-12-31", "1992-01-01", "0412", False),
        # No weights and Varteig is no more: the smallest successor, noted.
        ("0114", "1991-12-31", "1992-01-01", "0105", True),
        # Reused codes: Åsgårdstrand and Tønsberg, Svelvik and Borre, Svolvær and Narvik.
        ("0704", "1964-12-31", "1966-01-01", "0717", False),
        ("0704", "1988-01-01", "2020-01-01", "3803", False),
        ("1806", "1963-12-31", "2020-01-01", "1865", False),
        ("1806", "2020-01-01", "2026-01-01", "1806", False),
        ("9999", "1950-01-01", "2026-01-01", "9999", False),
        # Not valid on its day.
        ("0101", "2020-01-01", "2020-01-01", "9999", False),
        ("2111", "2020-01-01", "2020-01-01", "9999", False),
    ],
)
def test_codes_are_led_step_by_step(code, on, to, expected, split):
    assert lead(code, day(on), day(to)) == (expected, split)


@pytest.mark.rule("G1")
@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ({"B": None}, ("B", False)),
        ({"A": None, "B": None}, ("A", False)),
        ({"C": None, "B": None}, ("B", True)),
        ({"A": 0.3, "B": 0.7}, ("B", True)),
        ({"A": 0.7, "B": 0.3}, ("A", True)),
        ({"C": 0.5, "B": 0.5}, ("B", True)),
        ({"B": None, "C": 0.2}, ("C", True)),
    ],
)
def test_a_split_is_decided_by_weight_then_by_the_code_itself_then_by_the_smallest(
    weights, expected
):
    assert successor("A", weights) == expected


def reading(code: str, on: date) -> tuple[str, str | None, bool] | None:
    found = [
        (row.read_as, row.note, row.split)
        for row in code_readings()
        if row.code == code and row.from_date <= on and (row.to_date is None or on < row.to_date)
    ]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.rule("G3")
@pytest.mark.parametrize(
    ("code", "on", "expected"),
    [
        ("0101", "2019-12-31", ("0101", None, False)),
        # Late: led from its last valid day, until 12 months after it.
        ("0101", "2020-01-01", ("3001", CODE_SHIFTED, False)),
        ("0101", "2020-12-31", ("3001", CODE_SHIFTED, False)),
        ("0101", "2021-01-01", None),
        ("1507", "2024-12-31", ("1508", CODE_SHIFTED, True)),
        # Early: the one predecessor, from 12 months before the first valid day.
        ("3001", "2018-12-31", None),
        ("3001", "2019-01-01", ("0101", CODE_SHIFTED, False)),
        ("3001", "2019-12-31", ("0101", CODE_SHIFTED, False)),
        ("3001", "2020-01-01", ("3001", None, False)),
        ("1580", "2023-01-01", ("1507", CODE_SHIFTED, False)),
        # Early, but several became Drammen.
        ("3005", "2019-12-31", None),
        # Reused: late for Åsgårdstrand; Tønsberg has two predecessors; then Tønsberg.
        ("0704", "1965-12-31", ("0717", CODE_SHIFTED, False)),
        ("0704", "1966-01-01", None),
        ("0704", "1987-12-31", None),
        ("0704", "1988-01-01", ("0704", None, False)),
        # A year between two validities is late before it is early.
        ("0402", "1964-07-01", ("0421", CODE_SHIFTED, False)),
        ("9999", "1900-01-01", ("9999", None, False)),
        ("2111", "2020-01-01", None),
        ("0000", "2020-01-01", None),
    ],
)
def test_codes_outside_their_validity_are_read_within_twelve_months(code, on, expected):
    assert reading(code, day(on)) == expected


@pytest.mark.rule("G3")
def test_every_reading_is_a_code_valid_on_its_days_and_no_day_has_two():
    rows = sorted(code_readings())
    for row in rows:
        if row.code != "9999":
            assert is_valid(row.read_as, row.from_date), row
            assert row.to_date is None or is_valid(row.read_as, row.to_date - DAY), row
    for one, following in itertools.pairwise(rows):
        if one.code == following.code:
            assert (one.to_date or date.max) <= following.from_date, one


def test_months_are_added_as_spark_adds_them():
    assert add_months(day("2019-12-31"), 12) == day("2020-12-31")
    assert add_months(day("2020-02-29"), 12) == day("2021-02-28")
    assert add_months(day("2020-01-01"), -12) == day("2019-01-01")
    assert add_months(day("2020-03-31"), -1) == day("2020-02-29")


# --- the twin: walk the days of change, one by one, on the raw lists ------------------------
def slow_valid(code: str, on: str) -> bool:
    return any(
        row["code"] == code
        and row["valid_from"] <= on
        and (not row["valid_to"] or on < row["valid_to"])
        for row in MUNICIPALITIES
    )


def slow_name(code: str, on: str) -> str:
    return next(
        row["name"]
        for row in MUNICIPALITIES
        if row["code"] == code
        and row["valid_from"] <= on
        and (not row["valid_to"] or on < row["valid_to"])
    )


def together(row: dict[str, str], change_date: str) -> bool:
    """Whether others became the same municipality that day."""
    return any(
        other["change_date"] == change_date
        and other["new_code"] == row["new_code"]
        and other["old_code"] != row["old_code"]
        for other in CHANGES
    )


def slow_lead(code: str, on: str, to: str) -> tuple[str, bool]:
    if not slow_valid(code, on):
        return "9999", False
    assigned = False
    lost: list[str] = []  # names of the municipalities taken in on the way
    for change_date in CHANGE_DATES:
        if not on < change_date <= to:
            continue
        rows = [r for r in CHANGES if r["change_date"] == change_date and r["old_code"] == code]
        news = sorted({row["new_code"] for row in rows})
        back = [new for name in lost for new in news if slow_name(new, change_date) == name]
        here = slow_name(code, str(day(change_date) - DAY))
        if any(together(row, change_date) for row in rows):
            lost = [*lost, here]
        weighted = [row for row in rows if row["weight_old_to_new"]]
        if len(news) > 1 and back:
            code = back[0]
        elif len(news) > 1 and weighted:
            best = max(float(row["weight_old_to_new"]) for row in weighted)
            code = min(r["new_code"] for r in weighted if float(r["weight_old_to_new"]) == best)
            assigned = True
        elif len(news) > 1 and code not in news:
            code, assigned = news[0], True
        elif len(news) == 1:
            code = news[0]
    return code, assigned


MUNICIPALITIES = read_rows("geography/municipalities")
CHANGES = read_rows("geography/municipality_changes")
CHANGE_DATES = sorted({row["change_date"] for row in CHANGES})


@pytest.mark.rule("G1")
def test_leading_agrees_with_walking_the_list_of_changes():
    draw = random.Random(1)
    codes = [*sorted({row["code"] for row in MUNICIPALITIES}), "0000", "2111"]
    edges = [date.fromisoformat(text) + shift for text in CHANGE_DATES for shift in (-DAY, 0 * DAY)]
    compared = valid = 0
    while valid < 400:
        on, to = sorted(draw.choices(edges, k=2))
        on, code = max(on, day("1838-01-01")), draw.choice(codes)
        slow = slow_lead(code, str(on), str(to))
        assert lead(code, on, to) == slow, (code, on, to)
        compared += 1
        valid += slow[0] != "9999"
    assert compared > valid


@pytest.mark.rule("G1")
def test_every_valid_code_leads_to_a_valid_code_on_every_later_day():
    for path in code_paths():
        if path.code == "9999":
            continue
        for edge in (path.seg_from, path.seg_to - DAY if path.seg_to else day("2026-12-31")):
            assert is_valid(path.led_code, edge), path


@pytest.mark.rule("G1")
def test_paths_of_a_code_neither_overlap_nor_leave_days_out():
    by_start: dict[tuple, list] = {}
    for path in code_paths():
        by_start.setdefault((path.code, path.code_from, path.code_to), []).append(path)
    for (_, code_from, _), paths in by_start.items():
        assert paths[0].seg_from == code_from
        assert paths[-1].seg_to is None
        assert all(a.seg_to == b.seg_from for a, b in itertools.pairwise(paths))
    starts = sorted(by_start, key=lambda key: key[:2])
    for one, following in itertools.pairwise(starts):
        assert one[0] != following[0] or one[2] <= following[1]
