"""Steps: reasons for immigration, reference persons and family unification."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.classifications import NORDIC, codelist, countries
from folketall.line.step import Job
from folketall.line.work.inputs import anything, whole, with_draws
from folketall.model import tables as t
from folketall.population import attributes
from folketall.refugees import cases, earlier_files, marriages, reasons, references, unification
from folketall.refugees import stock as refugee_stock


def reason_for_immigration(job: Job) -> Mapping[str, DataFrame]:
    arrived = job[t.FIRST_IMMIGRATION]
    selected = cases.selected_cases(
        arrived,
        _usable_cases(job),
        max_age_years=whole(job, "case.max_age"),
        after_months=whole(job, "case.after"),
        after_months_asylum_counted=whole(job, "case.after_asylum_counted"),
        asylum_counted=anything(job, "residence.asylum_counted"),
    )
    earlier = job[t.EARLIER_REASON]
    found = reasons.found_reasons(
        selected, earlier_files.reasons_of_2006(earlier), earlier_files.reasons_of_1995(earlier)
    ).localCheckpoint()
    citizenship = attributes.values_on(
        arrived.select(
            "person_id",
            F.col("first_immigration_date").alias("on_date"),
            F.lit(job.known_at).alias("known_at"),
        ),
        {"citizenship": (job[t.CITIZENSHIP_ROW], attributes.CITIZENSHIP)},
        request=["person_id", "on_date", "known_at"],
        later=True,
    ).select("person_id", "citizenship")
    closed = reasons.reasons_for_immigration(
        found,
        with_draws(job, job[t.PERSON]),
        citizenship,
        under_age=whole(job, "inherit.under_age"),
        impute_from=anything(job, "impute.from"),
        min_donors=whole(job, "impute.min_donors"),
        seed=whole(job, "impute.seed"),
        country_groups=countries(),
        nordic=sorted(NORDIC),
    )
    return {t.REASON_FOR_IMMIGRATION.name: closed}


def _family_migrants(job: Job) -> DataFrame:
    return references.family_migrants(
        job[t.REASON_FOR_IMMIGRATION], job[t.FIRST_IMMIGRATION], job[t.PERMIT_CASE]
    )


def reference_person(job: Job) -> Mapping[str, DataFrame]:
    # Each is read several times below.
    migrants = _family_migrants(job).localCheckpoint()
    related = references.related_persons(
        migrants,
        job[t.PERSON],
        marriages.marriages(job[t.MARITAL_STATUS_ROW], known_at=job.known_at),
        marriage_after_months=whole(job, "reference.marriage_after"),
    ).localCheckpoint()
    possible = references.possible_references(
        migrants, related, job[t.RESIDENCE_SPELL], accompany_days=whole(job, "reference.accompany")
    )
    residences = references.first_residences(job[t.RESIDENCE_SPELL], job[t.FIRST_IMMIGRATION])
    found = references.reference_persons(migrants, possible, with_draws(job, residences))
    return {t.REFERENCE_PERSON.name: found}


def family_unification(job: Job) -> Mapping[str, DataFrame]:
    classified = unification.family_unifications(
        _family_migrants(job),
        job[t.REFERENCE_PERSON],
        job[t.PERSON],
        job[t.FIRST_IMMIGRATION],
        marriage_limit_days=whole(job, "unification.marriage_limit"),
        accompany_days=whole(job, "unification.accompany"),
    )
    return {t.FAMILY_UNIFICATION.name: classified}


def refugee_population(job: Job) -> Mapping[str, DataFrame]:
    of_refugees = refugee_stock.backgrounds(
        job[t.REASON_FOR_IMMIGRATION],
        job[t.REFERENCE_PERSON],
        job[t.FAMILY_UNIFICATION],
        job[t.FIRST_IMMIGRATION],
        _usable_cases(job),
        any_case=bool(job.setting("refugee.any_case")),
    )
    found = refugee_stock.refugee_population(job[t.POPULATION], of_refugees)
    return {t.REFUGEE_POPULATION.name: found}


def _usable_cases(job: Job) -> DataFrame:
    directory = str(job.setting("codes.directory"))
    lists = {
        name: {
            row["code"]: (row["reason"], row["detail"] or None) for row in codelist(name, directory)
        }
        for name in ("reason", "legal_basis", "permit_type")
    }
    return cases.usable_cases(
        job[t.PERMIT_CASE],
        reasons=lists["reason"],
        legal_bases=lists["legal_basis"],
        permit_types=lists["permit_type"],
    )
