"""Which numbers can be PINs and DUF numbers."""

from __future__ import annotations

import random
from datetime import date

import pytest
from pyspark.sql import functions as F

from folketall.registers.pins import duf_is_valid, pin_fault, pin_is_valid
from tests.support.pins import complete, duf, is_pin, synthetic_pin

BORN = date(1990, 5, 17)
ODD_TEXTS = [
    None,
    "",
    " ",
    "1",
    "1234567890",
    "123456789012",
    "abcdefghijk",
    "-1234567890",
    "+1234567890",
    "1234567890\n",
    "12345 67890",
    "１２３４５６７８９０１",
    "99999999999999999999999",
    "1e5",
    "NaN",
    "00000000000",
]


def answers(spark, texts, **how):
    """The answers of V1 in the order of the texts."""
    rows = spark.createDataFrame(list(enumerate(texts)), "place int, pin string")
    said = rows.select("place", pin_is_valid(F.col("pin"), **how).alias("valid")).collect()
    return [row["valid"] for row in sorted(said)]


def near_pins(seed: int, number: int) -> list[str]:
    """Numbers of which many are nearly PINs: dates near every limit, and digits one off."""
    draw = random.Random(seed)
    found = []
    while len(found) < number:
        day = draw.choice([0, 1, 28, 29, 30, 31, 32, 40, 41, 69, 70, 71, 72, 80])
        month = draw.choice([0, 1, 2, 4, 12, 13, 40, 41, 42, 52, 53, 80, 81, 82, 92, 93])
        pin = complete(
            f"{day:02}{month:02}{draw.randrange(100000):05}", draw.choice([0, 0, 0, 1, 3, 4])
        )
        if pin and draw.random() < 0.2:
            place = draw.randrange(11)
            pin = f"{pin[:place]}{draw.randrange(10)}{pin[place + 1 :]}"
        if pin:
            found.append(pin)
    return found


@pytest.mark.rule("V1")
@pytest.mark.parametrize(
    ("check", "wide"),
    [
        ("synthetic", False),
        ("synthetic", True),
        ("strict", False),
        ("strict", True),
        ("off", False),
    ],
)
def test_agrees_with_the_plain_twin_on_random_numbers(spark, check, wide):
    pins = near_pins(seed=20250201, number=4000) + ODD_TEXTS
    expected = [is_pin(pin, check, wide) for pin in pins]
    assert answers(spark, pins, check=check, wide_first_digit=wide) == expected
    if check != "off":
        assert 300 < sum(expected) < 3700


@pytest.mark.rule("V1")
def test_both_sides_of_each_limit(spark):
    def front(text: str) -> str:
        return next(p for n in range(100, 200) if (p := complete(f"{text}{n}")))

    synthetic = {
        synthetic_pin(BORN, 100): True,
        synthetic_pin(BORN, 100, day_plus=40): True,  # D-number
        synthetic_pin(BORN, 100, month_plus=40): True,  # H-number
        synthetic_pin(BORN, 100, month_plus=0): True,
        front("290201"): True,  # 29 February of a year without one
        front("300201"): False,
        front("310401"): False,
        front("300401"): True,
        front("310101"): True,
        front("320101"): False,
        front("410101"): True,
        front("400101"): False,
        front("011201"): True,
        front("011301"): False,
        front("014001"): False,
        front("015201"): True,
        front("015301"): False,
        front("018101"): True,
        front("018001"): False,
        front("019201"): True,
        front("019301"): False,
    }
    assert answers(spark, list(synthetic), check="synthetic", wide_first_digit=False) == list(
        synthetic.values()
    )


@pytest.mark.rule("V1")
def test_strict_takes_no_synthetic_month_and_off_takes_any_text(spark):
    texts = [synthetic_pin(BORN, 100), synthetic_pin(BORN, 100, month_plus=0), "x"]
    assert answers(spark, texts, check="strict", wide_first_digit=False) == [False, True, False]
    assert answers(spark, texts, check="off", wide_first_digit=False) == [True, True, True]


@pytest.mark.rule("V1")
def test_first_check_digit_is_wide_from_2032(spark):
    pins = [
        next(p for n in range(100, 200) if (p := complete(f"170190{n}", remainder)))
        for remainder in (0, 1, 3, 4)
    ]
    assert answers(spark, pins, check="strict", wide_first_digit=False) == [
        True,
        False,
        False,
        False,
    ]
    assert answers(spark, pins, check="strict", wide_first_digit=True) == [True, True, True, False]


@pytest.mark.rule("V1")
def test_the_reason_never_tells_the_number(spark):
    bad = ["123", complete("320101123") or "", synthetic_pin(BORN, 100)[:10] + "x"]
    rows = spark.createDataFrame([(pin,) for pin in bad], "pin string")
    said = rows.select(pin_fault(F.col("pin"), check="synthetic").alias("why")).collect()
    assert [row["why"] for row in said] == ["not 11 digits", "no date", "not 11 digits"]


@pytest.mark.rule("V2")
def test_duf_numbers(spark):
    good = [duf(2015, number) for number in range(0, 999999, 4567)]
    off_by_one = [f"{text[:10]}{(int(text[10:]) + 1) % 100:02}" for text in good]
    texts = [*good, *off_by_one, *ODD_TEXTS]
    rows = spark.createDataFrame(list(enumerate(texts)), "place int, duf string")
    said = rows.select("place", duf_is_valid(F.col("duf")).alias("valid")).collect()
    valid = [row["valid"] for row in sorted(said)]
    assert valid == [True] * len(good) + [False] * (len(off_by_one) + len(ODD_TEXTS))
