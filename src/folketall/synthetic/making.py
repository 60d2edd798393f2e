"""All tables of one shard, from the plan to rows: the kernel that Spark's tasks run."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from folketall.synthetic import cpr, events, other_sources, rows, udb
from folketall.synthetic.draws import Draws
from folketall.synthetic.families import families
from folketall.synthetic.identity import identity
from folketall.synthetic.localities import localities
from folketall.synthetic.noise import Noise
from folketall.synthetic.paths import paths
from folketall.synthetic.people import people
from folketall.synthetic.plan import Plan
from folketall.synthetic.truth import truth


def make(plan: Plan, number: int, noise: Noise) -> tuple[Iterator[rows.Rows], dict[str, pa.Table]]:
    """Make one shard: rows of every delivered table, one after another, and the truth."""
    draws = Draws(plan.seed)
    shard = plan.shard(number)
    who = people(shard, draws)
    kin = families(who, draws)
    places = localities()
    steps = paths(who, kin, places, draws)
    named = identity(who, kin, draws, noise, number, plan.shards)
    grounds = udb.ground(who, kin, draws)
    becomes = cpr.naturalised(who, kin, draws)
    true = events.happened(who, kin, steps, places, draws)
    aside, first = events.set_aside(who, kin, steps, places, draws)

    def delivered() -> Iterator[rows.Rows]:
        yield cpr.person(who, kin, named, draws, noise)
        yield cpr.pin_change(named)
        yield events.reported(who, true, aside, named, places, draws, noise)
        yield cpr.citizenship(who, kin, named, draws, becomes)
        yield cpr.marital_status(who, kin, named, draws)
        yield cpr.duf_link(who, kin, named, draws, noise)
        yield udb.person(who, kin, named, draws, noise)
        yield udb.case(who, kin, named, draws, noise, grounds, becomes)
        yield other_sources.census(who, kin, named, steps, places, draws)
        yield from other_sources.reason_files(who, kin, named, draws, noise, grounds)

    spoilt = (rows.spoilt(made, draws, noise) for made in delivered())
    return spoilt, truth(who, kin, named, true, grounds, first)
