"""What tables have in common, published or not: totals of the same persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import sparse

from folketall.audit.part import Part
from folketall.audit.published import Division, Ints


@dataclass(frozen=True, slots=True)
class Whole:
    """A table whose persons, of one code, are those of other tables together."""

    whole: int
    parts: tuple[int, ...]
    code: tuple[str, str]
    """Division of the whole and its finest code."""


@dataclass(frozen=True, slots=True)
class Term:
    """Finest cells of a table that are added up, each to a total."""

    part: int
    finest: Ints
    key: Ints
    """The number of the total."""
    sign: int


@dataclass(frozen=True, slots=True)
class Tie:
    """Totals that are zero: what the terms with one sign add up to is what the others do."""

    terms: tuple[Term, ...]
    size: int


def ties_of(parts: Sequence[Part], wholes: Sequence[Whole] = ()) -> list[Tie]:
    """Every tie: of each two tables of the same persons, and of wholes and their parts."""
    pairs = [
        _pair(parts, one, two)
        for one, two in combinations(range(len(parts)), 2)
        if parts[one].table.persons == parts[two].table.persons
    ]
    return [*pairs, *(_whole(parts, one) for one in wholes)]


def _pair(parts: Sequence[Part], one: int, two: int) -> Tie:
    """The totals that two tables of the same persons have in common.

    Where they divide a dimension differently, by the finest groups that both can sum.
    """
    ours = {division.name: division for division in parts[one].table.divisions}
    its = {division.name: division for division in parts[two].table.divisions}
    groups = {name: groups_of_both(ours[name], its[name]) for name in sorted(ours) if name in its}
    size = {name: number for name, (_, _, number) in groups.items()}
    first = {name: of for name, (of, _, _) in groups.items()}
    second = {name: of for name, (_, of, _) in groups.items()}
    terms = [
        Term(part, np.arange(parts[part].size), _keys(parts[part], of, size), sign)
        for part, of, sign in ((one, first, 1), (two, second, -1))
    ]
    return Tie(tuple(terms), int(np.prod(list(size.values()), dtype=np.int64)))


def _whole(parts: Sequence[Part], one: Whole) -> Tie:
    """The totals of a whole by what all its parts divide by; the last part divides by no more."""
    last = parts[one.parts[-1]].table.divisions
    size = {division.name: len(division.finest) for division in last}
    terms = []
    for part, sign in ((one.whole, 1), *((at, -1) for at in one.parts)):
        own = {division.name: division for division in parts[part].table.divisions}
        groups = {division.name: _into(own[division.name], division) for division in last}
        key = _keys(parts[part], groups, size)
        finest = np.arange(parts[part].size)
        if part == one.whole:
            name, code = one.code
            axis = list(own).index(name)
            places = np.unravel_index(finest, parts[part].table.shape)[axis]
            finest = finest[places == own[name].finest.index(code)]
        terms.append(Term(part, finest, key[finest], sign))
    return Tie(tuple(terms), int(np.prod(list(size.values()), dtype=np.int64)))


def _into(fine: Division, coarse: Division) -> Ints:
    """Of every finest code of a division, the one of a coarser that has its elements."""
    at = {element: n for n, of in enumerate(_elements(coarse)) for element in of}
    return np.array([at[min(of)] for of in _elements(fine)], np.int64)


def _elements(division: Division) -> Sequence[frozenset[str]]:
    return division.elements or tuple(frozenset((code,)) for code in division.finest)


def groups_of_both(one: Division, two: Division) -> tuple[Ints, Ints, int]:
    """Of the finest codes of both, the group: codes that have an element in common are together."""
    own = [_elements(division) for division in (one, two)]
    place: dict[str, int] = {}
    entries: list[tuple[int, int]] = []
    for number, of in enumerate([*own[0], *own[1]]):
        entries += [(number, place.setdefault(element, len(place))) for element in of]
    codes = len(own[0]) + len(own[1])
    at = np.array(entries, np.int64).reshape(-1, 2)
    graph = sparse.csr_array((np.ones(len(at)), (at[:, 0], at[:, 1])), (codes, len(place)))
    both = sparse.block_array([[None, graph], [graph.T, None]])
    group = sparse.csgraph.connected_components(both, directed=False)[1]
    _, group = np.unique(group[:codes], return_inverse=True)
    return group[: len(own[0])], group[len(own[0]) :], int(group.max(initial=-1)) + 1


def _keys(part: Part, groups: Mapping[str, Ints], size: Mapping[str, int]) -> Ints:
    key = np.zeros(part.size, np.int64)
    divisions = part.table.divisions
    places = np.indices(part.table.shape).reshape(len(divisions), part.size)
    names = [division.name for division in divisions]
    for name, group in groups.items():
        key = key * size[name] + group[places[names.index(name)]]
    return key


def share_zeros(parts: Sequence[Part], ties: Sequence[Tie]) -> None:
    """What adds up to a total that is known to be zero is zero."""
    change = True
    while change:
        change = False
        for tie in ties:
            if any(parts[term.part].table.signed for term in tie.terms):
                continue
            for sign in (1, -1):
                left = np.zeros(tie.size, np.int64)
                for term in (term for term in tie.terms if term.sign == sign):
                    of = parts[term.part]
                    some = ~of.fixed[term.finest] | (of.figure[term.finest] != 0)
                    np.add.at(left, term.key[some], 1)
                for term in (term for term in tie.terms if term.sign != sign):
                    of = parts[term.part]
                    zero = term.finest[(left == 0)[term.key] & ~of.fixed[term.finest]]
                    of.fixed[zero] = True
                    change |= len(zero) > 0
