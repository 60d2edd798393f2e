"""All that is published of a period against its small counts."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

from tests.attack.algebra import change_of, direction, random_changes
from tests.attack.cells import FLOWS, STOCKS, TOTAL, Unknowns, nation_ties, ties

REST = "rest"


class System:
    """The cells of the stocks, or of the flows, of one period."""

    def __init__(self, cells, regions, threshold):
        self.cells = cells
        self.unknowns = Unknowns(cells, regions)
        self.threshold = threshold
        self.small = [c for c in cells if 1 <= c.true <= threshold and c.measure != "net"]
        self.suppressed = [c for c in self.small if c.published is None]
        self.ties = ties(self.unknowns)
        self.wide = [*nation_ties(self.unknowns)]
        self.nested = list(_nested(self.unknowns))

    def attack(self, known):
        """The changes that `known` cells leave open, and the unknowns that are 0.

        Args:
            known: the cells that the attacker has read.
        """
        zeros = self._zeros(known)
        local, by_county, wide = defaultdict(list), defaultdict(list), []
        for cell in known:
            row = self.unknowns.row(cell, zeros)
            self._sort(cell.level, cell.region, row, (local, by_county, wide))
        for place, row in self.ties:
            level = "municipality" if place in self.unknowns.regions else "nation"
            self._sort(level, place, _without(row, zeros), (local, by_county, wide))
        wide += [_without(row, zeros) for row in self.wide]
        stages = [list(local.values()), list(by_county.values()), [wide]]
        names = {name for blocks in stages for rows in blocks for row in rows for name in row}
        for cell in self.cells:
            if cell.published is None:
                names.update(self.unknowns.row(cell, zeros))
        return random_changes(stages, names, seed=1), zeros

    def _sort(self, level, region, row, into):
        local, by_county, wide = into
        places = {name[2] for name in row}
        if len(places) == 1 and (place := next(iter(places))) in self.unknowns.regions:
            local[place].append(row)
            return
        of = self.unknowns.regions
        counties = {of[p]["county"] if p in of else p.removeprefix("county ") for p in places}
        if len(counties) == 1 and (county := next(iter(counties))) in self._counties():
            by_county[county].append(row)
        elif row:
            wide.append(row)

    def _counties(self):
        return {at["county"] for at in self.unknowns.regions.values()}

    def _zeros(self, known):
        """What is 0 because sums of it are, followed through all ties to the end."""
        zeros = set()
        for cell in known:
            if cell.published == 0 and cell.measure != "net":
                row = self.unknowns.row(cell)
                if all(factor > 0 for factor in row.values()):
                    zeros.update(row)
        mixed = [self.unknowns.row(c, zeros) for c in known if c.published == 0]
        rows = [*mixed, *(row for _, row in self.ties), *self.wide, *self.nested]
        while True:
            before = len(zeros)
            rows = [left for row in rows if (left := _without(row, zeros))]
            for row in rows:
                if len({factor > 0 for factor in row.values()}) == 1:
                    zeros.update(row)
            if len(zeros) == before:
                return zeros

    def findings(self):
        """{cube: {what: cells}}, of suppressed small counts."""
        published = [c for c in self.cells if c.published is not None]
        public = [c for c in published if is_public(c)]
        alone, none = self.attack(public)
        changes, zeros = self.attack(published)
        found = defaultdict(lambda: defaultdict(list))
        owners, owners_alone = self._owners(changes, zeros), self._owners(alone, none)
        for cell in self.suppressed:
            row = self.unknowns.row(cell, zeros)
            change = change_of(row, changes)
            found[cell.cube]["suppressed"].append(cell)
            by_public = change_of(self.unknowns.row(cell, none), alone)
            if not any(by_public) or _others(owners_alone, by_public):
                found[cell.cube]["told"].append(cell)
            elif not any(change):
                found[cell.cube]["known"].append(cell)
            elif _others(owners, change):
                found[cell.cube]["owner"].append(cell)
        for cell in self.small:
            found[cell.cube]["small"].append(cell)
            if cell.published is not None and not is_public(cell):
                found[cell.cube]["open"].append(cell)
        return found

    def _owners(self, changes, zeros):
        """{direction: the changes of cells that count one person}: that one knows the direction."""
        found = defaultdict(set)
        for cell in self.cells:
            if cell.published is None and cell.true == 1 and cell.measure != "net":
                change = change_of(self.unknowns.row(cell, zeros), changes)
                if any(change):
                    found[direction(change)].add(change)
        return found


def _others(owners, change):
    """Whether one who is not in the cell itself knows it; the same change is the same persons."""
    return bool(owners.get(direction(change), set()) - {change})


def is_public(cell):
    """Residents by region, sex and age; of flows what the accounts say: the totals of regions (X0)."""
    if cell.cube == "population_by_background":
        return cell.codes[0] == TOTAL
    return (
        cell.cube in FLOWS
        and set(cell.codes) == {TOTAL}
        and cell.cube != "migrations_administrative"
    )


def _without(row, zeros):
    return {name: factor for name, factor in row.items() if name not in zeros}


def _nested(unknowns):
    """Rows that are 0 with a rest that is never negative: refugees are immigrants, M6's are emigrants."""
    if unknowns.has("refugees_by_age") and unknowns.has("population_by_background"):
        codes = product(*(unknowns.of("refugees_by_age", d, TOTAL) for d in ("sex", "age")))
        for place, inner in product(unknowns.regions, list(codes)):
            yield {
                ("population_by_background", "persons", place, ("true", *inner)): 1,
                ("refugees_by_age", "persons", place, inner): -1,
                (REST, "persons", place, inner): -1,
            }
    if unknowns.has("migrations_administrative") and unknowns.has("migrations_by_age"):
        sexes = unknowns.of("migrations_administrative", "sex", TOTAL)
        for place, sex in product(unknowns.regions, sexes):
            row = {("migrations_administrative", "emigration_administrative", place, (sex,)): -1}
            for age in unknowns.of("migrations_by_age", "age", TOTAL):
                row["migrations_by_age", "emigration", place, (sex, age)] = 1
            yield row | {(REST, "emigration", place, (sex,)): -1}


def systems(cells, regions, threshold):
    """The system of the stocks and that of the flows, where there are cells of them."""
    for cubes in (STOCKS, FLOWS):
        if own := [cell for cell in cells if cell.cube in cubes]:
            yield System(own, regions, threshold)
