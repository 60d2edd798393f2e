"""Step: DUF numbers to persons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.line.step import Job
from folketall.line.work.inputs import counted_rows, keys_of_run, registered, with_draws
from folketall.linkage import keyed, linkage
from folketall.linkage.probabilistic import Chance, probabilistic_matches, registered_citizenships
from folketall.model import deliveries as d
from folketall.model import tables as t
from folketall.model.sections import Link
from folketall.model.settings import of
from folketall.model.tables import note_table
from folketall.registers.known import newest_by_key
from folketall.storage.threads import at_once

LINK_NOTES = note_table("person_link")


@dataclass(frozen=True, slots=True)
class LinkSettings:
    accept_score: int = of(Link.accept_score)
    accept_both: int = of(Link.accept_both)
    probabilistic: bool = of(Link.probabilistic)
    probability: float = of(Link.probability)
    sample: int = of(Link.sample)
    seed: int = of(Link.seed)


def person_link(job: Job[LinkSettings]) -> Mapping[str, DataFrame]:
    key = keys_of_run(job)
    duf_links = registered(job, d.DUF_LINK, job.known_at)
    newest = keyed.newest_person_rows(counted_rows(job, d.CPR_PERSON), key, known_at=job.known_at)
    # Each is read several times below.
    udb, permits, newest = at_once(
        job.keep,
        [
            newest_by_key(counted_rows(job, d.UDB_PERSON), d.UDB_PERSON),
            newest_by_key(counted_rows(job, d.CASE), d.CASE),
            with_draws(job, newest),
        ],
    )
    candidates = job.keep(
        linkage.candidates(
            duf_links,
            udb,
            key,
            newest,
            accept_score=job.settings.accept_score,
            accept_both=job.settings.accept_both,
        )
    )
    found = _links(job, linkage.registered_links(candidates), udb, newest)
    numbers = linkage.duf_numbers(udb, permits, duf_links)
    links = job.keep(linkage.person_links(numbers, found))
    return {
        t.PERSON_LINK.name: links,
        t.PERMIT_CASE.name: linkage.permit_cases(permits, links, key),
        LINK_NOTES.name: linkage.refused_links(candidates, links).select(
            F.lit("L4").alias("rule"),
            F.lit("link_refused").alias("what"),
            "person_id",
            F.when(F.col("in_cpr").isNotNull(), "duf_link")
            .otherwise("person")
            .alias("source_table"),
            F.col("duf").alias("source_key"),
        ),
    }


def _links(
    job: Job[LinkSettings], registered_links: DataFrame, udb: DataFrame, newest: DataFrame
) -> DataFrame:
    """L4 and L5, the probabilistic match where the settings have it and a number is left."""
    sure = linkage.sure_links(registered_links, udb, newest)
    if not job.settings.probabilistic:
        return sure
    # Asked first whether there are any, then matched: not computed twice.
    left = job.keep(linkage.not_linked(udb, sure))
    if left.isEmpty():
        return sure
    rows = registered(job, d.CITIZENSHIP, job.known_at)
    chance = Chance(
        registered_citizenships(rows, keys_of_run(job)),
        probability=job.settings.probability,
        sample=job.settings.sample,
        seed=job.settings.seed,
    )
    matched = probabilistic_matches(left, registered_links, udb, newest, chance)
    return sure.unionByName(matched)
