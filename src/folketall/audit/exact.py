"""What can be computed exactly from everything published, and what one of the counted can (X2, X3).

A suppressed cell that changes along a random vector which leaves every published cell as it is
cannot be computed: the vector is the proof. One that does not change along it can be computed (but
for one case in 10**15, two primes together), and then its value is what it is in any solution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from folketall.audit.echelon import PRIMES, Residues
from folketall.audit.published import Flags, Ints, PublishedTable
from folketall.audit.solutions import Solutions, evaluated, random_solutions
from folketall.audit.system import System, public_alone

VECTORS = 2
"""Two null vectors, for the ratio of two coordinates tells which cells move together."""


@dataclass(frozen=True)
class Exact:
    """What the equations give away; all by target of the system."""

    computable: Flags
    value: Ints
    """The count where it is computable."""
    contradictions: int
    freedom: int
    group: Ints
    """Cells of equal number are multiples of each other, given all that is published."""


def exact_disclosures(system: System, *, seed: int = 1, groups: bool = True) -> Exact:
    """Find every target that can be computed from the equations (X3).

    Args:
        system: everything published together.
        seed: of the draws.
        groups: whether cells that move together are asked for, too. If not, one prime is enough
            where it finds nothing: a cell that moved is not computable.
    """
    drawn: list[Solutions] = []
    moved: list[Residues] = []
    still = np.ones(len(system.targets), np.bool_)
    for prime in PRIMES:
        if drawn and not groups and not still.any():
            break
        drawn.append(random_solutions(system, prime, vectors=VECTORS, seed=seed))
        moved.append(evaluated(system.targets, drawn[-1].null, prime))
        still &= ~moved[-1].any(axis=1)
    one = evaluated(system.targets, drawn[0].one[:, None], drawn[0].prime)[:, 0]
    return Exact(
        computable=still,
        value=np.where(still, one + system.constant, -1).astype(np.int64),
        contradictions=max(each.contradictions for each in drawn),
        freedom=drawn[0].freedom,
        group=_groups(moved, drawn, still),
    )


def _groups(moved: Sequence[Residues], drawn: Sequence[Solutions], still: Flags) -> Ints:
    ratios = [
        _ratio(values[:, 0], values[:, 1], one.prime)
        for values, one in zip(moved, drawn, strict=True)
    ]
    _, group = np.unique(np.column_stack(ratios), axis=0, return_inverse=True)
    found = group.reshape(-1) + 1
    found[still] = 0
    return found


def _ratio(over: Residues, under: Residues, prime: int) -> Ints:
    """Over / under modulo the prime; -1 where under is zero."""
    inverse = _power(under.astype(np.int64) % prime, prime - 2, prime)
    ratio = over.astype(np.int64) % prime * inverse % prime
    return np.where(under == 0, -1, ratio)


def _power(base: Ints, exponent: int, prime: int) -> Ints:
    found = np.ones_like(base)
    while exponent:
        if exponent & 1:
            found = found * base % prime
        base = base * base % prime
        exponent >>= 1
    return found


def true_counts(system: System, tables: Sequence[PublishedTable]) -> Ints:
    """The true count of every target; -1 where the audit was not told."""
    found = np.full(len(system.targets), -1)
    for number, table in enumerate(tables):
        if table.count is not None:
            mine = system.table == number
            found[mine] = table.count[system.row[mine]]
    return found


def known_to_an_owner(system: System, exact: Exact, count: Ints, primary: Flags) -> Ints:
    """Primaries that one who is the one person of a cell can compute (X2, `owner`).

    The owner knows one more count: its own, 1. That gives away exactly the cells which are
    multiples of its cell given the published ones. Cells with the same persons in any case
    (tables have them in common, or all others of them are known to be empty) are the same cell.
    What public counts alone tell the owner is no matter of what is published besides (X0).

    Returns:
        (owner's target, target it learns) rows.
    """
    lone = np.flatnonzero((count == 1) & ~exact.computable)
    same = _alike(system)
    order = np.argsort(exact.group, kind="stable")
    first = np.searchsorted(exact.group[order], exact.group[lone])
    last = np.searchsorted(exact.group[order], exact.group[lone], side="right")
    pairs = []
    seen: set[int] = set()
    for owner, begin, end in zip(lone.tolist(), first, last, strict=True):
        if end - begin > 1 and same[owner] not in seen:
            seen.add(int(same[owner]))
            others = order[begin:end]
            learnt = others[primary[others] & (same[others] != same[owner])]
            pairs += [(owner, int(other)) for other in learnt]
    found = np.array(pairs, np.int64).reshape(-1, 2)
    if not len(found) or not len(system.given):
        return found
    told = exact_disclosures(public_alone(system)).group
    anyhow = (told[found[:, 0]] == told[found[:, 1]]) & (told[found[:, 1]] > 0)
    kept: Ints = found[~anyhow]
    return kept


def _alike(system: System) -> Ints:
    """Targets with equal numbers count the same persons, whatever is published.

    They move together along random vectors that leave alone what tables have in common.
    """
    unpublished = replace(
        system,
        equations=system.equations.take(system.common),
        figure=np.zeros(len(system.common), np.int64),
    )
    drawn = random_solutions(unpublished, PRIMES[0], vectors=VECTORS, seed=2)
    moved = evaluated(system.targets, drawn.null, drawn.prime)
    _, found = np.unique(moved, axis=0, return_inverse=True)
    return found.reshape(-1)
