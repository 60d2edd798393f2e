"""Step: DUF numbers to persons."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.line.step import Job
from folketall.line.work.inputs import (
    anything,
    counted_rows,
    keys_of_run,
    registered,
    whole,
    with_draws,
)
from folketall.linkage import keyed, linkage
from folketall.linkage.probabilistic import Chance, registered_citizenships
from folketall.model import deliveries as d
from folketall.model import tables as t
from folketall.model.tables import note_table
from folketall.registers.known import newest_by_key
from folketall.storage.threads import at_once

LINK_NOTES = note_table("person_link")


def person_link(job: Job) -> Mapping[str, DataFrame]:
    key = keys_of_run(job)
    duf_links = registered(job, d.DUF_LINK)
    # Each is read several times below.
    udb, permits, newest = at_once(
        lambda rows: rows.localCheckpoint(),
        [
            newest_by_key(counted_rows(job, d.UDB_PERSON), d.UDB_PERSON),
            newest_by_key(counted_rows(job, d.CASE), d.CASE),
            with_draws(
                job,
                keyed.newest_person_rows(
                    counted_rows(job, d.CPR_PERSON), key, known_at=job.known_at
                ),
            ),
        ],
    )
    candidates = linkage.candidates(
        duf_links,
        udb,
        key,
        newest,
        accept_score=whole(job, "link.accept_score"),
        accept_both=whole(job, "link.accept_both"),
    ).localCheckpoint()
    links = linkage.person_links(
        linkage.duf_numbers(udb, permits, duf_links), candidates, udb, newest, _chance(job)
    ).localCheckpoint()
    refused = linkage.refused_links(candidates, links).select(
        F.lit("L4").alias("rule"),
        F.lit("link_refused").alias("what"),
        "person_id",
        F.when(F.col("in_cpr").isNotNull(), "duf_link").otherwise("person").alias("source_table"),
        F.col("duf").alias("source_key"),
    )
    return {
        t.PERSON_LINK.name: links,
        t.PERMIT_CASE.name: linkage.permit_cases(permits, links, key),
        LINK_NOTES.name: refused,
    }


def _chance(job: Job) -> Chance | None:
    """L5's probabilistic match, where the settings have it."""
    if not job.setting("link.probabilistic"):
        return None
    citizenships = registered_citizenships(registered(job, d.CITIZENSHIP), keys_of_run(job))
    return Chance(
        citizenships,
        probability=anything(job, "link.probability"),
        sample=whole(job, "link.sample"),
        seed=whole(job, "link.seed"),
    )
