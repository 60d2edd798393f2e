"""Named groupings: how fine a dimension of a cube may be declared at a level (Q1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from folketall.cubes.countries import NORWAY_GROUP, foreign_countries, foreign_groups
from folketall.cubes.declared import FAMILY, PRINCIPAL, UNKNOWN

OLDEST = 90
"""Years: the age from which no grouping tells ages apart."""
LONGEST = 20
"""Years of residence from which no grouping tells them apart."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """Codes, and the elements that each stands for; margins below the total among them."""

    codes: Mapping[str, tuple[str, ...]]
    margins: Mapping[str, tuple[str, ...]]
    """Code to the elements it sums; every element lies in one of `codes` already."""

    @property
    def elements(self) -> frozenset[str]:
        return frozenset(element for of in self.codes.values() for element in of)


def _each(codes: Iterable[str]) -> Grouping:
    return Grouping({code: (code,) for code in codes}, {})


def _ages(*lows: int) -> Grouping:
    """Groups of whole years that begin at these ages, the last one open; and `unknown`."""
    return Grouping({**_years(lows, OLDEST), UNKNOWN: (UNKNOWN,)}, {})


def _years(lows: Sequence[int], last: int) -> dict[str, tuple[str, ...]]:
    """Groups of whole years that begin at these, the last one open."""
    ends = [*(low - 1 for low in lows[1:]), last]
    return {
        f"{low}+" if low == lows[-1] else f"{low}-{end}": tuple(map(str, range(low, end + 1)))
        for low, end in zip(lows, ends, strict=True)
    }


@cache
def groupings() -> Mapping[str, Mapping[str, Grouping]]:
    """Dimension to the groupings it may have, by name."""
    return {
        "age": {
            "five_year": _ages(*range(0, OLDEST + 1, 5)),
            "six_groups": _ages(0, 5, 15, 25, 45, 65),
            "five_groups": _ages(0, 16, 25, 45, 67),  # M5
        },
        "sex": {"sex": _each(("1", "2", UNKNOWN))},
        "immigrant": {"immigrant": _each(("true", "false"))},
        "citizenship": {"norwegian_foreign": _each(("norwegian", "foreign", UNKNOWN))},
        "country_group": {
            "every": _each((NORWAY_GROUP, *foreign_groups())),
            "foreign": _each(foreign_groups()),
        },
        "marital_status": {"status": _each((*"123456789", UNKNOWN))},
        "country": {"country": _each((*foreign_countries(), UNKNOWN))},
        "years_of_residence": {"four_groups": Grouping(_years((0, 5, 10, 20), LONGEST), {})},
        "category": {
            "category": Grouping(
                {code: (code,) for code in (*PRINCIPAL, *FAMILY)},
                {"principal": PRINCIPAL, "family": FAMILY},
            )
        },
    }


def common_refinement(used: Sequence[Grouping]) -> list[tuple[str, ...]]:
    """The coarsest groups of elements from which the codes of every grouping can be summed (Q1)."""
    where: dict[str, list[str]] = {}
    for number, grouping in enumerate(used):
        for code, elements in grouping.codes.items():
            for element in elements:
                where.setdefault(element, []).append(f"{number} {code}")
    found: dict[tuple[str, ...], list[str]] = {}
    for element, codes in where.items():
        found.setdefault(tuple(codes), []).append(element)
    return [tuple(elements) for elements in found.values()]
