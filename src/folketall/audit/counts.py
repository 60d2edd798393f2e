"""Tables of counts by any dimensions and hierarchies: what a file of `folketall protect` holds.

Written from CONTRACT.md alone, as someone would who only has the file and the hierarchies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from folketall.audit.audit import EXACTLY, audit_tables
from folketall.audit.published import Division, PublishedTable
from folketall.audit.system import joint_system
from folketall.audit.verdict import Found, Promise, Verdict
from folketall.model.errors import InputRefusedError

TOTAL = "total"
Parents = Mapping[str, str]
"""Code to parent, as a hierarchy file has it; no parent, or `total`, at the top."""


def audit_counts(
    cells: pd.DataFrame,
    *,
    dimensions: Sequence[str],
    hierarchies: Mapping[str, Sequence[Parents]],
    promise: Promise,
    name: str = "counts",
    counts: pd.DataFrame | None = None,
    sample: int | None = None,
    exactly: int = EXACTLY,
) -> Verdict:
    """Attack a protected table of counts, or several linked ones (X3).

    Args:
        cells: every cell: the dimensions as text (null where a linked table lacks one), `n` (null
            where protected) and, if there, `primary`, and `table` where several are linked.
        dimensions: their names.
        hierarchies: dimension to its hierarchies.
        promise: what the protection was to hold.
        name: of the verdict.
        counts: the inner cells with their true `n`, if the audit may know them: then what single
            persons know is examined too.
        sample: primaries whose interval is examined; None: all.
        exactly: how many of them are followed to their ends.

    Raises:
        InputRefusedError: the cells are not those of the dimensions and hierarchies.
    """
    tables, by, every = _tables(cells, dimensions, hierarchies, counts)
    return audit_tables(
        tables,
        name=name,
        promise=promise,
        home=_home(every[by], hierarchies.get(by, ())) if by else [],
        blocks_by=by,
        sample=sample,
        exactly=exactly,
    )


def audit_rounded(
    cells: pd.DataFrame,
    *,
    dimensions: Sequence[str],
    hierarchies: Mapping[str, Sequence[Parents]],
    promise: Promise,
    additive: bool,
    name: str = "counts",
    **_: object,
) -> Verdict:
    """Examine a table that is rounded or has noise: no small count shown, and sums that hold (X1).

    Args:
        cells: as for `audit_counts`; no cell is empty.
        dimensions: their names.
        hierarchies: dimension to its hierarchies.
        promise: of which the threshold counts: what is shown is 0 or at least that.
        additive: whether every margin is the sum of its cells.
        name: of the verdict.
    """
    tables, _by, _every = _tables(cells, dimensions, hierarchies, None)
    small = [
        label
        for table in tables
        for label in table.labels(
            np.flatnonzero(table.known & (table.value > 0) & (table.value < promise.threshold))
        )
    ]
    system = joint_system(tables, zeros_public=True)
    # Nothing is left empty, so single persons and intervals are no part of what is promised.
    promise = replace(promise, singletons="none", min_width=0)
    said = "sums: the method keeps none" if not additive else "sums: every margin examined"
    return Verdict(
        name=name,
        promise=promise,
        cells=sum(len(table.value) for table in tables),
        suppressed=sum(int((~table.known).sum()) for table in tables),
        primary=None,
        unknowns=0,
        equations=len(system.equations),
        freedom=0,
        contradictions=int((system.figure != 0).sum()) if additive else 0,
        published=Found.of(small),
        not_examined=(said,),
    )


def _tables(
    cells: pd.DataFrame,
    dimensions: Sequence[str],
    hierarchies: Mapping[str, Sequence[Parents]],
    counts: pd.DataFrame | None,
) -> tuple[list[PublishedTable], str, dict[str, Division]]:
    """The tables, the dimension that makes blocks, and all dimensions."""
    of = cells["table"].fillna("") if "table" in cells else pd.Series("", index=cells.index)
    every = {
        name: _division(name, cells[name].dropna().astype(str), hierarchies.get(name, ()))
        for name in dimensions
    }
    tables = [_table(str(key), mine, dimensions, every, counts) for key, mine in cells.groupby(of)]
    shared = [n for n in dimensions if all(n in _names(t) for t in tables)]
    by = max(shared, key=lambda n: (n in hierarchies, len(every[n].finest)), default="")
    return tables, by, every


def _names(table: PublishedTable) -> list[str]:
    return [division.name for division in table.divisions]


def _division(name: str, codes: pd.Series, trees: Sequence[Parents]) -> Division:
    """What each code sums, read off the hierarchies by walking up from every finest code."""
    parents = {above for tree in trees for above in tree.values() if above} | {TOTAL}
    children = {code for tree in trees for code in tree}
    finest = sorted((set(codes) | children) - parents)
    members: dict[str, set[int]] = {TOTAL: set(range(len(finest)))}
    for place, code in enumerate(finest):
        members[code] = {place}
        # A parent in one hierarchy may be a code in another: levels may come apart.
        ahead, seen = [code], set[str]()
        while ahead:
            at = ahead.pop()
            above = {tree[at] for tree in trees if tree.get(at)} - seen
            for parent in above:
                members.setdefault(parent, set()).add(place)
            seen |= above
            ahead += above
    if lost := sorted(set(codes) - set(members)):
        raise InputRefusedError(f"{name} = {lost[0]} is in no hierarchy and sums nothing")
    return Division(name, tuple(finest), {code: sorted(of) for code, of in members.items()})


def _table(
    key: str,
    cells: pd.DataFrame,
    dimensions: Sequence[str],
    every: Mapping[str, Division],
    counts: pd.DataFrame | None,
) -> PublishedTable:
    own = [name for name in dimensions if cells[name].notna().any()]
    divisions = tuple(every[name] for name in own)
    codes = tuple(
        cells[name].astype(str).map(every[name].number).to_numpy(np.int64) for name in own
    )
    if cells.duplicated(own).any():
        raise InputRefusedError(f"{key or 'the table'} has a cell twice")
    known = cells["n"].notna().to_numpy()
    primary = None
    if "primary" in cells:
        primary = cells["primary"].astype(str).str.lower().isin(("true", "1")).to_numpy()
    found = PublishedTable(
        name=key or "table",
        divisions=divisions,
        codes=codes,
        value=cells["n"].fillna(0).to_numpy().astype(np.int64),
        known=known,
        primary=primary,
    )
    return found if counts is None else _told(found, key, counts)


def _told(table: PublishedTable, key: str, counts: pd.DataFrame) -> PublishedTable:
    """The same with true counts: sums of the inner cells that the office holds."""
    mine = counts[counts["table"] == key] if "table" in counts else counts
    inner = np.zeros(table.shape, np.int64)
    places = []
    for division in table.divisions:
        place = {code: number for number, code in enumerate(division.finest)}
        places.append(mine[division.name].astype(str).map(place).to_numpy(np.int64))
    np.add.at(inner, tuple(places), mine["n"].to_numpy(np.int64))
    for axis, division in enumerate(table.divisions):
        inner = _summed(inner, axis, division)
    return PublishedTable(
        table.name,
        table.divisions,
        table.codes,
        table.value,
        table.known,
        inner[table.codes] if table.codes else inner.reshape(1),
        table.primary,
    )


def _summed(inner: np.ndarray, axis: int, division: Division) -> np.ndarray:
    """Every code of one dimension, from its finest ones."""
    moved = np.moveaxis(inner, axis, 0)
    sums = np.stack([moved[list(of)].sum(axis=0) for of in division.members.values()])
    return np.moveaxis(sums, 0, axis)


def _home(division: Division, trees: Sequence[Parents]) -> list[list[int]]:
    """Blocks within blocks: by the parents in the first hierarchy, and the finest codes."""
    levels: list[list[int]] = []
    chains = [_chain(code, trees[0]) if trees else [] for code in division.finest]
    for depth in range(max((len(chain) for chain in chains), default=0)):
        names = ["/".join(chain[: depth + 1]) for chain in chains]
        number = {name: place for place, name in enumerate(sorted(set(names)))}
        levels.append([number[name] for name in names])
    return [*levels, list(range(len(division.finest)))]


def _chain(code: str, tree: Parents) -> list[str]:
    """The parents of a code, outermost first, without the total."""
    found: list[str] = []
    at = tree.get(code)
    while at and at != TOTAL and len(found) <= len(tree):
        found.insert(0, at)
        at = tree.get(at)
    return found
