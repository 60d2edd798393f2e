"""What a run is told of its deliveries, by the real command: days, choices, secret, withdrawal."""

from __future__ import annotations

from datetime import date

import pytest

from tests.command.conftest import command
from tests.support.deliveries import write_delivery
from tests.support.pins import synthetic_pin

pytestmark = pytest.mark.command


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Deliveries, one with a PIN of somebody who could exist, taken into a warehouse."""
    place = tmp_path_factory.mktemp("choices")
    for day, plus in (("2024-01-20", 80), ("2024-03-01", 0)):
        pin = synthetic_pin(date(1980, 5, 1), 1, plus)
        write_delivery(
            place / "deliveries", "cpr", day, tables={"person": [{"pin": pin, "registration_date": "1980-05-02"}]}
        )  # fmt: skip
    said = run(place, "--to", "intake")
    assert said.status == 0, said.err
    return place


def run(place, *words: object, years: str = "2023:2024", env=None):
    return command(
        "run", "--deliveries", place / "deliveries", "--warehouse", place / "warehouse",
        "--years", years, *words, env=env,
    )  # fmt: skip


@pytest.mark.parametrize("first", ["intake", "person_key"])
@pytest.mark.parametrize(
    ("words", "years", "said_of"),
    [
        (("--set", "run.known_at=2030-01-01"), "2023:2024", "2024-03-01"),
        ((), "2023:2025", "asked for is 2024"),
        (("--set", "run.known_at=2023-12-31"), "2023:2024", "asked for is 2023"),
        (("--set", "pin.check=off"), "2023:2024", "FOLKETALL_SECRET"),
    ],
)
def test_a_day_not_reached_and_a_public_secret_are_refused_before_spark(
    place, first, words, years, said_of
):
    said = run(place, "--from", first, *words, years=years)
    assert said.status == 2, said.err
    assert said_of in said.last
    assert len(said.err.strip().splitlines()) == 1


def test_a_delivery_after_today_is_refused(place):
    said = run(place, "--set", "run.today=2024-02-01")
    assert said.status == 3
    assert "cpr/2024-03-01" in said.last


def test_a_secret_on_the_command_line_is_refused_and_not_repeated(place):
    said = run(place, "--set", "keys.secret=hunter2hunter2")
    assert said.status == 2
    assert "hunter2" not in said.out + said.err


def test_other_choices_without_the_deliveries_are_refused(place):
    said = run(place, "--from", "person_key", "--set", "validation.announced=3")
    assert said.status == 2, said.err
    assert "cpr/2024-01-20: validation.announced was 12 and is 3" in said.last


def test_real_pins_need_a_secret_until_they_are_withdrawn(place):
    said = run(place, "--to", "person_key")
    assert said.status == 2, said.err
    assert "FOLKETALL_SECRET" in said.last
    assert not (place / "warehouse" / "person_key").exists()
    said = run(place, "--to", "person_key", env={"FOLKETALL_SECRET": "one of this office"})
    assert said.status == 0, said.err
    away = ("withdraw", "cpr", "2024-03-01", "--warehouse", place / "warehouse", "--why", "a test")
    said = command(*away)
    assert said.status == 0, said.err
    said = command(*away)
    assert said.status == 2
    assert "cpr/2024-03-01" in said.last
    said = run(place, "--to", "person_key")
    assert said.status == 0, said.err
    assert "1 withdrawn" in said.err
