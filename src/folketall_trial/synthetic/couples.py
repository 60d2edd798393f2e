"""Who has children with whom, and whose child everyone is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from folketall_trial.synthetic.draws import Draws, rank_within
from folketall_trial.synthetic.world import (
    IMMIGRANT,
    NATIVE,
    NATIVE_GONE,
    NOBODY,
    REFUGEE,
    REFUGEE_GONE,
    People,
)

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
YEAR = 365.25
OTHERS = 7
"""The circle of immigrants who are no refugees; 0 natives, 1 + country group refugees."""
NO_CIRCLE = -1
LEAST_GAP, MOST_GAP = 16.0, 46.0
"""Years between a mother and her child."""
_SPAN = 1 << 18
_BEFORE = 40_000


def circles(people: People, groups: Ints, draws: Draws) -> Ints:
    """Among whom a person finds a partner: no refugee has one who came for another reason.

    So nobody who came by family to somebody else is taken for a refugee's relative.
    """
    circle = np.full(len(people), NO_CIRCLE)
    circle[(people.kind == NATIVE) | (people.kind == NATIVE_GONE)] = 0
    refugees = people.refugee
    circle[refugees] = 1 + groups[refugees]
    others = np.flatnonzero(people.kind == IMMIGRANT)
    share = np.array((0.12, 0.4, 0.1, 0.35))[people.reason[others]]
    to_natives = draws.chance("to a native", share, people.number[others])
    circle[others] = np.where(to_natives, 0, OTHERS)
    return circle


def partners(people: People, circle: Ints, draws: Draws, wishes: tuple[Bools, Bools, Ints]) -> Ints:
    """Each person's partner: of the same circle and place, of about the same age.

    Args:
        people: everybody.
        circle: among whom a person finds one.
        draws: the draws.
        wishes: who is to find one among whom before anybody else does, and a number that is to be
            the same for both.
    """
    lived = (np.minimum(people.stop, 20_200) - people.birth) / YEAR > 21
    wishing, wished, same = wishes
    free = (circle != NO_CIRCLE) & lived & (people.kind != REFUGEE_GONE)
    free &= wishing | draws.chance("has a partner", 0.93, people.number)
    partner = np.full(len(people), NOBODY)
    # Women look for somewhat older men.
    noise = draws.whole("partner age", -700, 700, people.number)
    about = people.birth - 820 * people.female + noise
    near = people.place * 8 + circle
    everyone = np.ones(len(people), dtype=bool)
    # Where few live, the partner lives elsewhere.
    turns = [
        (women, men, where * 8 + same, width)
        for where, width in ((near, 1800), (near, 4400), (circle, 4400))
        for women, men in ((wishing, wished), (wished, wishing))
    ] + [(everyone, everyone, near, width) for width in (900, 2200)]
    for turn, (women, men, keys, width) in enumerate(turns):
        key = keys * 4096 + (about + _BEFORE + turn * 333) // width
        her = np.flatnonzero(free & women & people.female)
        him = np.flatnonzero(free & men & ~people.female)
        order = draws.bits(f"partner {turn}", people.number)
        left = key[her] * _SPAN + rank_within(key[her], order[her])
        right = key[him] * _SPAN + rank_within(key[him], order[him])
        _, a, b = np.intersect1d(left, right, assume_unique=True, return_indices=True)
        partner[her[a]], partner[him[b]] = him[b], her[a]
        free &= partner == NOBODY
    return partner


def mothers(
    people: People,
    mother: Ints,
    children: Ints,
    women: Ints,
    keys: tuple[Ints, Ints],
    draws: Draws,
    purpose: str,
    may: Callable[[Ints, Ints], Bools],
    tries: int = 4,
) -> None:
    """Find mothers among the women of the same key, into `mother`.

    Args:
        people: everybody.
        mother: is filled in.
        children: who needs one.
        women: who may be one.
        keys: of the children and of the women.
        draws: the draws.
        purpose: of the draws.
        may: whether each of some children may have each of as many women as mother.
        tries: so many ages are tried for every child.
    """
    if not len(women) or not len(children):
        return
    births = people.birth[women]
    order = np.lexsort((births, keys[1]))
    women = women[order]
    line = keys[1][order] * _SPAN + births[order] + _BEFORE
    left, key = children, keys[0]
    for turn in range(tries):
        who = people.number[left]
        spread = draws.unit(f"{purpose} a", who, turn) + draws.unit(f"{purpose} b", who, turn)
        gap = 28.5 + (spread + draws.unit(f"{purpose} c", who, turn) - 1.5) * 10.5
        target = people.birth[left] - np.floor(gap * YEAR).astype(np.int64)
        at = np.searchsorted(line, key * _SPAN + target + _BEFORE)
        at = np.clip(at + draws.whole(f"{purpose} near", -2, 1, who, turn), 0, len(line) - 1)
        found = women[at]
        years = (people.birth[left] - people.birth[found]) / YEAR
        good = (line[at] // _SPAN == key) & (years >= LEAST_GAP) & (years <= MOST_GAP)
        good &= may(left, found)
        good[good] &= _spaced(people.birth, mother, left[good], found[good])
        mother[left[good]] = found[good]
        left, key = left[~good], key[~good]
        if not len(left):
            return


def _spaced(birth: Ints, mother: Ints, children: Ints, found: Ints) -> Bools:
    """Whether each child comes at a good distance from its brothers and sisters."""
    has = np.flatnonzero(mother != NOBODY)
    has = has[np.isin(mother[has], found)]
    who = np.r_[has, children]
    whose = np.r_[mother[has], found]
    new = np.arange(len(who)) >= len(has)
    order = np.lexsort((who, birth[who], whose))
    who, whose, is_new = who[order], whose[order], new[order]
    close = (whose[1:] == whose[:-1]) & (birth[who[1:]] - birth[who[:-1]] < 300)
    bad = np.zeros(len(who), dtype=bool)
    bad[1:] |= close & is_new[1:]
    bad[:-1] |= close & ~is_new[1:]
    refused = who[bad & is_new]
    return ~np.isin(children, refused)


def fathers(people: People, mother: Ints, partner: Ints) -> Ints:
    """The mother's partner, if he lived then and was old enough."""
    father = np.where(mother != NOBODY, partner[mother], NOBODY)
    known = father != NOBODY
    older = people.birth - people.birth[father] > 16 * YEAR
    alive = people.death[father] > people.birth - 250
    return np.where(known & older & alive, father, NOBODY)


def native_mothers(
    people: People, mother: Ints, arrival: Ints, draws: Draws, resident_place: Ints
) -> None:
    """Mothers of those born in Norway: some of them immigrants, who had come by then."""
    from folketall_trial.synthetic.world import NEWBORN

    born_here = (people.kind == NATIVE) | (people.kind == NATIVE_GONE) | (people.kind == NEWBORN)
    children = np.flatnonzero(born_here & (people.cohort >= 1916))
    steps = np.array((1970, 1980, 1990, 2000, 2010))
    share = np.array((0.004, 0.012, 0.03, 0.06, 0.11, 0.17))
    of_immigrants = draws.chance(
        "of immigrants",
        share[np.searchsorted(steps, people.cohort[children], side="right")],
        people.number[children],
    )

    def here(child: Ints, woman: Ints) -> Bools:
        born = people.birth[child]
        came = (arrival[woman] + 120 <= born) | people.native[woman]
        return np.asarray(came & (people.stop[woman] > born + 1))

    women = np.flatnonzero(people.female & ((people.kind == REFUGEE) | (people.kind == IMMIGRANT)))
    some = children[of_immigrants]
    keys = resident_place[some], resident_place[women]
    mothers(people, mother, some, women, keys, draws, "immigrant mother", here, 2)
    women = np.flatnonzero(people.female & ((people.kind == NATIVE) | (people.kind == NATIVE_GONE)))
    left = children[mother[children] == NOBODY]
    # Who is grown has often left the place where the mother lives.
    stays = (people.cohort[left] > 2004) | draws.chance("stays", 0.55, people.number[left])
    for near, tries in ((True, 4), (False, 4)):
        some = left[stays] if near else left[mother[left] == NOBODY]
        scale = 1 if near else 0
        keys = resident_place[some] * scale, resident_place[women] * scale
        if not near:
            some = some[people.cohort[some] <= 2006]
            keys = np.zeros(len(some), dtype=np.int64), keys[1]
        mothers(people, mother, some, women, keys, draws, f"mother {near}", here, tries)


__all__ = ["circles", "fathers", "mothers", "native_mothers", "partners"]
