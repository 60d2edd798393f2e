"""What an attacker has before them: tables of cells, some of them empty, and what each cell sums.

Plain data, so that any table of counts can be examined: the cubes of a release, a file that
`folketall protect` wrote, two boundary years side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Division:
    """A dimension: its finest codes, and what each code of a table sums.

    `region` may have codes of several levels and several boundary years; they are all sums of the
    same finest pieces.
    """

    name: str
    finest: tuple[str, ...]
    members: Mapping[str, Sequence[int]]
    """Code to the places, in `finest`, of the codes that it sums; the finest ones too."""
    elements: tuple[frozenset[str], ...] | None = None
    """What each finest code stands for, where tables of the same persons divide differently; if
    not given, for itself."""
    home: tuple[tuple[int, ...], ...] = ()
    """Level × finest code: the nested blocks that the calculation is divided into."""

    @cached_property
    def codes(self) -> tuple[str, ...]:
        return tuple(self.members)

    @cached_property
    def number(self) -> Mapping[str, int]:
        """Code to its place in `codes`."""
        return {code: place for place, code in enumerate(self.codes)}

    @cached_property
    def above(self) -> Ints:
        """Finest code × n: the numbers of the codes that count it, filled up with -1."""
        found: list[list[int]] = [[] for _ in self.finest]
        for number, code in enumerate(self.codes):
            for place in self.members[code]:
                found[place].append(number)
        width = max((len(one) for one in found), default=0)
        filled = [one + [-1] * (width - len(one)) for one in found]
        return np.array(filled, np.int64).reshape(len(self.finest), width)


@dataclass(frozen=True)
class PublishedTable:
    """The cells of one table; cells are rows, in the order given.

    Several tables with equal names of divisions count the same persons (they are linked).
    """

    name: str
    divisions: tuple[Division, ...]
    codes: tuple[Ints, ...]
    """By division, the number of each row's code."""
    value: Ints
    """What is published; without meaning where nothing is."""
    known: Flags
    """Whether it is published."""
    count: Ints | None = None
    """The true count, where the audit may know it; exact disclosure never needs it."""
    primary: Flags | None = None
    """Cells that must not be known; None: those whose count, where it comes out, is small."""
    inner: Ints | None = None
    """The true counts of the finest cells, where the audit may know them."""
    signed: bool = False
    persons: str = ""
    """Who is counted: tables of the same persons have totals in common."""
    public: Flags | None = None
    """Cells that are published as they are, whatever is protected (X0): no secret."""
    limit: Ints | None = None
    """Of every cell, a public count that it is part of: nobody can know it to be more."""
    """Values may be below zero, as differences are: zero then says nothing of its terms."""

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(division.finest) for division in self.divisions)

    def labels(self, rows: Ints) -> list[str]:
        """`name code code ...` of some rows, for people."""
        return [
            " ".join(
                [self.name]
                + [
                    f"{division.name}={division.codes[codes[row]]}"
                    for division, codes in zip(self.divisions, self.codes, strict=True)
                ]
            )
            for row in rows
        ]
