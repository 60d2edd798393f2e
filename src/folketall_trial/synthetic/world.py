"""The people of one shard, as arrays with one entry a person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NATIVE, REFUGEE, IMMIGRANT, NATIVE_GONE, IMMIGRANT_GONE, REFUGEE_GONE, NEWBORN, ARRIVING = range(8)
"""Who somebody is: residents on 1 January 2025, then those who were or came later."""
NOBODY = -1
NORWAY, UNKNOWN_COUNTRY = 0, 990


@dataclass(slots=True)
class People:
    """Each person's own facts."""

    number: Ints
    """Over the whole register."""
    kind: Ints
    place: Ints
    """Municipality of 2024 in which the person lives, or lived last."""
    female: Bools
    cohort: Ints
    birth: Ints
    pin_date: Ints
    """Day of birth as in the PIN, digits DDMMYY."""
    slot: Ints
    cell: Ints
    """Of refugees who are residents, or were a year before: flat cell of the plan's tables;
    else -1."""
    reason: Ints
    """Of other immigrants: work, family, education and other, unspecified; else -1."""
    stop: Ints
    """The first day on which nothing more happens here: of death or emigration; NEVER."""
    death: Ints

    def __len__(self) -> int:
        return len(self.number)

    @property
    def ended(self) -> Bools:
        """Refugees who were residents a year before, and are no more."""
        return (self.kind == REFUGEE_GONE) & (self.cell >= 0)

    @property
    def refugee(self) -> Bools:
        """Came as refugee, or to one."""
        return (self.kind == REFUGEE) | (self.kind == REFUGEE_GONE)

    @property
    def immigrant(self) -> Bools:
        return ~self.native

    @property
    def native(self) -> Bools:
        return (self.kind == NATIVE) | (self.kind == NATIVE_GONE) | (self.kind == NEWBORN)


@dataclass(slots=True)
class Families:
    """Who belongs to whom, and when immigrants came; places in the shard, NOBODY if none."""

    mother: Ints
    father: Ints
    partner: Ints
    """The other parent of one's children."""
    reference: Ints
    """To whom an immigrant came by family: stated in the case."""
    relation: Ints
    """Of the reference: place in RELATIONS; NOBODY."""
    country: Ints
    """Of birth and background of immigrants; NORWAY for natives."""
    arrival: Ints
    """First immigration; NEVER for natives."""
    family: Ints
    """How an immigrant came by family: place in FAMILY_TYPES; NOBODY when for another reason."""
    married: Ints
    separated: Ints
    divorced: Ints
    widowed: Ints


RELATIONS = ("spouse", "parent", "child", "sibling", "stated")
SPOUSE, PARENT, CHILD, SIBLING, STATED = range(5)
FAMILY_TYPES = ("accompanying", "reunification", "enlargement", "unspecified")
ACCOMPANYING, REUNIFICATION, ENLARGEMENT, UNSPECIFIED = range(4)
