"""What everyone knows of cubes besides their cells: which sums of them are the same persons.

Cubes of the same persons have the same totals by every group of municipalities, and of codes of a
dimension, that both can sum. Persons with refugee background are among the immigrants, and these
among the residents (X0).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd

from folketall.cubes.declared import (
    ADMINISTRATIVE,
    IMMIGRANT,
    REFUGEES,
    RESIDENTS,
    TOTAL,
    Cube,
    Dimension,
    LevelTable,
)
from folketall.protection.parts import (
    REGION,
    Municipalities,
    Part,
    class_name,
    classes_of,
    region_name,
)
from folketall.suppression.cells import Ints
from folketall.suppression.linking import Pair, Whole

OTHERS = "the others"
"""What nobody publishes, and everyone knows to be no fewer than none."""
AMONG = {REFUGEES: RESIDENTS, ADMINISTRATIVE: "emigration"}
"""Who are among whom: of residents, among the immigrants."""


class Links:
    """What tables of the same persons have in common: groups that both can sum."""

    wholes: Sequence[Whole]
    """Immigrants, as those with refugee background and the others."""

    def __init__(
        self, every: Municipalities, parts: Sequence[Part], inner: Mapping[str, pd.DataFrame]
    ) -> None:
        self.every, self.parts, self.inner = every, list(parts), dict(inner)
        self.classes = [classes_of(every, part.table.levels) for part in parts]
        """Of each part, the class of every municipality: those that no region of it tells apart.
        A part whose counts do not add up over regions has its regions in their place."""
        self.groups: list[dict[str, dict[str, tuple[int, ...]]]] = []
        """Of each part and dimension, groups of codes that are shared: name to their places."""
        self._names: dict[tuple[str, tuple[Hashable, ...]], str] = {}
        self._add_crossings()
        triples = self._add_others()
        self.groups = [{} for _ in self.parts]
        self.wholes = [self._whole(*triple) for triple in triples]
        self._shared = [
            self._pair(one, two)
            for one, two in combinations(range(len(self.parts)), 2)
            if self._same_persons(one, two) and self._have_common_regions(one, two)
        ]

    def _same_persons(self, one: int, two: int) -> bool:
        return self.parts[one].cube.counts == self.parts[two].cube.counts

    def _have_common_regions(self, one: int, two: int) -> bool:
        of = self.parts[one], self.parts[two]
        return not of[0].flat or bool(of[0].regions.keys() & of[1].regions.keys())

    def _hidden(self, cube: Cube, shown: Mapping[str, tuple[str, ...]], classes: Ints) -> int:
        """Add a part that nobody publishes, and give its number."""
        rows = self.parts[0].rows.iloc[:0]
        table = LevelTable((), shown, {})
        self.parts.append(Part(cube, table, tuple(shown), np.zeros(0, np.int64), rows))
        self.classes.append(classes)
        return len(self.parts) - 1

    def _add_crossings(self) -> None:
        """Where two parts divide the same crosswise, what they cross in.

        Groups of 0-15 and of 15-19 have only their sum in common with what lies around them. But
        where nobody is 15 they part there, and who adds and subtracts knows it.
        """
        made: set[tuple[Hashable, ...]] = set()
        for one, two in combinations(range(len(self.parts)), 2):
            if not self._same_persons(one, two) or self.parts[one].flat:
                continue
            names = self._in_both(one, two)
            nest = {n: _nest(self._elements(n, one), self._elements(n, two)) for n in names}
            if all(nest.values()):
                continue
            cube = self.parts[one].cube
            classes = self._common_classes(one, two, nested=nest[REGION])
            key = (cube.counts, *names, tuple(classes.tolist()))
            if key not in made:
                made.add(key)
                shown = {name: cube.dimension(name).inner for name in names[1:]}
                inner = replace(cube, dimensions=tuple(map(_with_inner_codes, cube.dimensions)))
                self._hidden(inner, shown, classes)

    def _add_others(self) -> list[tuple[int, int, int]]:
        """Immigrants without refugee background: persons whom nobody counts, but who are there.

        Persons with refugee background are immigrants; cell by cell there are no more of them.

        Returns:
            Numbers of parts: of immigrants, of persons with refugee background, of the others.
        """
        pairs = [
            (some, whole)
            for whole, of_all in enumerate(self.parts)
            for some, of_some in enumerate(self.parts)
            if AMONG.get(of_some.cube.counts) == of_all.cube.counts
            and (of_all.cube.counts != RESIDENTS or IMMIGRANT in of_all.dimensions)
        ]
        # The finest first: coarser ones say what these say already.
        sizes = {pair: self._size(*pair) for pair in pairs}
        found: list[tuple[int, int, int]] = []
        seen: list[tuple[frozenset[str], int, int]] = []
        for pair in sorted(pairs, key=lambda one: (-sizes[one][1] * sizes[one][2], one)):
            names, classes, codes = sizes[pair]
            if any(names <= n and classes <= c and codes <= k for n, c, k in seen):
                continue
            seen.append((names, classes, codes))
            found.append((pair[1], pair[0], self._others(*pair)))
        return found

    def _size(self, refugees: int, residents: int) -> tuple[frozenset[str], int, int]:
        """The dimensions that two parts share, and how many classes and codes of them."""
        names = self._in_both(refugees, residents)
        number = {n: len(_groups(self._elements(n, refugees), self._elements(n, residents)))
                  for n in names}  # fmt: skip
        codes = int(np.prod([size for n, size in number.items() if n != REGION]))
        return frozenset(names), number[REGION], codes

    def _others(self, refugees: int, residents: int) -> int:
        names = self._in_both(refugees, residents)[1:]
        dimensions, shown = [], {}
        for name in names:
            groups = _groups(self._elements(name, refugees), self._elements(name, residents))
            codes = tuple(f"part {n}" for n in range(len(groups)))
            at = {code: (n,) for n, code in enumerate(codes)} | {TOTAL: tuple(range(len(codes)))}
            elements = tuple(tuple(map(str, of)) for of in groups)
            dimensions.append(Dimension(name, codes, elements, at))
            shown[name] = codes
        name = f"others {len(self.parts)}"
        cube = Cube(name, name, OTHERS, ("persons",), (), tuple(dimensions), ())
        number = self._hidden(cube, shown, self._common_classes(refugees, residents, nested=True))
        whole = self.parts[residents].cube
        there = self._recoded(whole, dimensions, immigrant=whole.counts == RESIDENTS)
        away = self._recoded(self.parts[refugees].cube, dimensions, immigrant=False)
        self.inner[name] = pd.concat([there, away.assign(value=-away["value"])])
        return number

    def _recoded(
        self, cube: Cube, dimensions: Sequence[Dimension], *, immigrant: bool
    ) -> pd.DataFrame:
        """The inner cells of a cube, in the codes of other dimensions of the same elements."""
        mine = self.inner[cube.name]
        if immigrant:
            mine = mine[mine[IMMIGRANT] == "true"]
        codes = {}
        for one in dimensions:
            of = {e: code for code, es in zip(one.inner, one.elements, strict=True) for e in es}
            own = cube.dimension(one.name)
            inner = {code: of[es[0]] for code, es in zip(own.inner, own.elements, strict=True)}
            codes[one.name] = mine[one.name].map(inner)
        return mine[["region", "value"]].assign(**codes)

    def _whole(self, residents: int, refugees: int, others: int) -> Whole:
        of = (residents, refugees, others)
        shared = {}
        for name in self._in_both(others, residents):
            elements = {part: self._elements(name, part) for part in of}
            groups = _groups(elements[others], elements[residents])
            shared[name] = [
                tuple(self._code(name, part, group, elements[part]) for part in of)
                for group in groups
            ]
        immigrants = {IMMIGRANT: "true"} if self.parts[residents].cube.counts == RESIDENTS else {}
        return Whole(residents, (refugees, others), immigrants, shared)

    def _common_classes(self, one: int, two: int, *, nested: bool) -> Ints:
        """Municipalities that both tell apart, or neither where one is within the other."""
        first, second = self.classes[one], self.classes[two]
        if nested:
            group = _joined(dict(enumerate(first.tolist())), dict(enumerate(second.tolist())))
            keys = [(group[n], 0) for n in range(len(first))]
        else:
            keys = list(zip(first.tolist(), second.tolist(), strict=True))
        found: Ints = pd.factorize(pd.Series(keys, dtype=object))[0].astype(np.int64)
        return found

    def _in_both(self, one: int, two: int) -> tuple[str, ...]:
        names = self.parts[one].dimensions
        return (REGION, *(name for name in names if name in self.parts[two].dimensions))

    def _pair(self, one: int, two: int) -> Pair:
        shared = {name: self._group(name, one, two) for name in self._in_both(one, two)}
        return Pair(one, two, shared)

    def _codes(self, name: str, part: int) -> Sequence[str]:
        of = self.parts[part]
        if name == REGION and of.flat:
            return [region_name(number) for number in range(len(of.regions))]
        if name == REGION:
            return [class_name(number) for number in range(self.classes[part].max(initial=-1) + 1)]
        return of.table.shown[name]

    def _elements(self, name: str, part: int) -> dict[Hashable, int]:
        """Every element of a dimension to the place of the code that has it."""
        if name == REGION and self.parts[part].flat:
            return {region: number for number, region in enumerate(self.parts[part].regions)}
        if name == REGION:
            return dict(enumerate(self.classes[part].tolist()))
        of = self.parts[part].cube.dimension(name)
        return {
            element: number
            for number, code in enumerate(self._codes(name, part))
            for place in of.codes[code]
            for element in of.elements[place]
        }

    def _group(self, name: str, one: int, two: int) -> list[tuple[str, str]]:
        """The finest groups that both parts can sum, as a code of each."""
        of = {part: self._elements(name, part) for part in (one, two)}
        if name == REGION and self.parts[one].flat:
            both = of[one].keys() & of[two].keys()
            of = {part: {e: n for e, n in at.items() if e in both} for part, at in of.items()}
        return [
            (self._code(name, one, elements, of[one]), self._code(name, two, elements, of[two]))
            for elements in _groups(of[one], of[two])
        ]

    def _code(
        self, name: str, part: int, elements: list[Hashable], of: Mapping[Hashable, int]
    ) -> str:
        """The code of a group in a part: its own, or one that is made for the group."""
        mine = sorted({of[element] for element in elements if element in of})
        if len(mine) == 1:
            return self._codes(name, part)[mine[0]]
        key = (name, tuple(sorted(elements, key=str)))
        said = self._names.setdefault(key, f"group {len(self._names)}")
        self.groups[part].setdefault(name, {})[said] = tuple(mine)
        return said

    def areas(self) -> Ints:
        """Of every municipality the area that all parts can sum."""
        whole = [n for n, part in enumerate(self.parts) if not part.flat]
        area: dict[Hashable, int] = {n: n for n in range(len(self.every.codes))}
        for number in whole:
            area = _joined(area, dict(enumerate(self.classes[number].tolist())))
        return np.array([area[n] for n in range(len(area))], np.int64)

    def pairs(self) -> list[Pair]:
        """What the parts have in common, pair by pair.

        Where a pair shares nothing but regions, a chain of others may say the same already.
        """
        order = sorted(self._shared, key=lambda p: (-len(p.shared), -len(p.shared[REGION])))
        kept: list[Pair] = []
        for pair in order:
            if len(pair.shared) > 1 or not _chained(pair, kept):
                kept.append(pair)
        return kept


def _groups(first: Mapping[Hashable, int], second: Mapping[Hashable, int]) -> list[list[Hashable]]:
    """The finest groups of elements that both codings can sum."""
    found: dict[int, list[Hashable]] = {}
    for element, number in _joined(first, second).items():
        found.setdefault(number, []).append(element)
    return list(found.values())


def _with_inner_codes(one: Dimension) -> Dimension:
    """The dimension with its inner codes among those that it may be shown in."""
    return replace(one, codes={**{c: (n,) for n, c in enumerate(one.inner)}, **one.codes})


def _nest(first: Mapping[Hashable, int], second: Mapping[Hashable, int]) -> bool:
    """Whether of each group that both can sum one of them has a single code."""
    codes: dict[int, tuple[set[int], set[int]]] = {}
    for element, number in _joined(first, second).items():
        own = codes.setdefault(number, (set(), set()))
        for side, of in zip(own, (first, second), strict=True):
            side |= {of[element]} if element in of else set()
    return all(min(map(len, of)) <= 1 for of in codes.values())


def _chained(pair: Pair, kept: Sequence[Pair]) -> bool:
    """Whether kept pairs over regions as fine lead from one part of the pair to the other."""
    fine = [p for p in kept if len(p.shared[REGION]) >= len(pair.shared[REGION])]
    reached = {pair.one}
    while True:
        more = {p.two for p in fine if p.one in reached} | {p.one for p in fine if p.two in reached}
        if more <= reached:
            return pair.two in reached
        reached |= more


def _joined(first: Mapping[Hashable, int], second: Mapping[Hashable, int]) -> dict[Hashable, int]:
    """Elements that a code of either has together are in one group; so are those of such codes."""
    group = {element: number for number, element in enumerate(dict.fromkeys([*first, *second]))}
    while True:
        before = dict(group)
        for of in (first, second):
            least: dict[int, int] = {}
            for element, code in of.items():
                least[code] = min(least.get(code, group[element]), group[element])
            group.update({element: least[code] for element, code in of.items()})
        if group == before:
            return group
