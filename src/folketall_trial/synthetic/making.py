"""All tables of one shard, from the plan to rows: the kernel that Spark's tasks run."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from folketall_trial.synthetic import cases, cpr, events, other_sources, reports, rows, udb
from folketall_trial.synthetic.draws import Draws
from folketall_trial.synthetic.families import families
from folketall_trial.synthetic.identity import identity
from folketall_trial.synthetic.lives import Lives
from folketall_trial.synthetic.localities import localities
from folketall_trial.synthetic.noise import Noise
from folketall_trial.synthetic.paths import paths
from folketall_trial.synthetic.people import people
from folketall_trial.synthetic.plan import Plan
from folketall_trial.synthetic.truth import truth


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
    lives = Lives(who, kin, steps, named, grounds, becomes, places, draws, noise)
    true = events.happened(lives)
    aside, first = events.set_aside(lives)

    def delivered() -> Iterator[rows.Rows]:
        yield cpr.person(lives)
        yield cpr.pin_change(named)
        yield reports.reported(lives, true, aside)
        yield cpr.citizenship(lives)
        yield cpr.marital_status(lives)
        yield cpr.duf_link(lives)
        yield udb.person(lives)
        yield cases.case(lives)
        yield other_sources.census(lives)
        yield from other_sources.reason_files(lives)

    spoilt = (rows.spoilt(made, draws, noise) for made in delivered())
    return spoilt, truth(lives, true, first)
