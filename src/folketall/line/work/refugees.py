"""Steps: reasons for immigration, reference persons, family unification; persons of all these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.classifications import CODELISTS, NORDIC, codelist, countries
from folketall.line.step import Job
from folketall.line.work.inputs import with_draws
from folketall.model import tables as t
from folketall.model.sections import (
    Case,
    Codes,
    Impute,
    Inherit,
    Reference,
    Refugee,
    Residence,
    Unification,
)
from folketall.model.settings import Settings, made, of
from folketall.population import attributes
from folketall.refugees import cases, earlier_files, marriages, reasons, references, unification
from folketall.refugees import stock as refugee_stock


def case_codes(settings: Settings) -> Mapping[str, cases.CodeList]:
    """C0: code to reason and detail, of each code list that the run uses."""
    return {
        name: {
            row["code"]: (row["reason"], row["detail"] or None)
            for row in codelist(name, settings[Codes.directory])
        }
        for name in CODELISTS
    }


@dataclass(frozen=True, slots=True)
class CaseSettings:
    codes: Mapping[str, cases.CodeList] = made(case_codes)


@dataclass(frozen=True, slots=True)
class ReasonSettings(CaseSettings):
    max_age: int = of(Case.max_age)
    after: int = of(Case.after)
    after_asylum_counted: int = of(Case.after_asylum_counted)
    asylum_counted: tuple[date, date] = of(Residence.asylum_counted)
    under_age: int = of(Inherit.under_age)
    impute_from: date = of(Impute.from_day)
    min_donors: int = of(Impute.min_donors)
    seed: int = of(Impute.seed)


@dataclass(frozen=True, slots=True)
class ReferenceSettings:
    accompany: int = of(Reference.accompany)
    marriage_after: int = of(Reference.marriage_after)


@dataclass(frozen=True, slots=True)
class UnificationSettings:
    marriage_limit: int = of(Unification.marriage_limit)
    accompany: int = of(Unification.accompany)


@dataclass(frozen=True, slots=True)
class RefugeeSettings(CaseSettings):
    any_case: bool = of(Refugee.any_case)


def reason_for_immigration(job: Job[ReasonSettings]) -> Mapping[str, DataFrame]:
    rows = job.keep(
        reasons.with_background(
            _found_reasons(job), with_draws(job, job[t.PERSON]), _citizenship_at_immigration(job)
        )
    )
    inherited = job.keep(reasons.inherited_reasons(rows, under_age=job.settings.under_age))
    drawn = job.keep(
        reasons.imputed_reasons(
            rows,
            inherited,
            impute_from=job.settings.impute_from,
            min_donors=job.settings.min_donors,
            seed=job.settings.seed,
            country_groups=countries(),
            nordic=sorted(NORDIC),
        )
    )
    closed = reasons.reasons_for_immigration(rows, inherited, drawn)
    return {t.REASON_FOR_IMMIGRATION.name: closed}


def _found_reasons(job: Job[ReasonSettings]) -> DataFrame:
    """C1 to C5."""
    selected = cases.selected_cases(
        job[t.FIRST_IMMIGRATION],
        _usable_cases(job),
        max_age_years=job.settings.max_age,
        after_months=job.settings.after,
        after_months_asylum_counted=job.settings.after_asylum_counted,
        asylum_counted=job.settings.asylum_counted,
    )
    earlier = job[t.EARLIER_REASON]
    of_2006 = earlier_files.reasons_of_2006(earlier)
    of_1995 = earlier_files.reasons_of_1995(earlier)
    return job.keep(reasons.found_reasons(selected, of_2006, of_1995))


def _citizenship_at_immigration(job: Job[object]) -> DataFrame:
    arrived = job[t.FIRST_IMMIGRATION].select(
        "person_id",
        F.col("first_immigration_date").alias("on_date"),
        F.lit(job.known_at).alias("known_at"),
    )
    return attributes.values_on(
        arrived,
        {"citizenship": (job[t.CITIZENSHIP_ROW], attributes.CITIZENSHIP)},
        request=["person_id", "on_date", "known_at"],
        later=True,
    ).select("person_id", "citizenship")


def _family_migrants(job: Job[object]) -> DataFrame:
    return references.family_migrants(
        job[t.REASON_FOR_IMMIGRATION], job[t.FIRST_IMMIGRATION], job[t.PERMIT_CASE]
    )


def reference_person(job: Job[ReferenceSettings]) -> Mapping[str, DataFrame]:
    # Each is read several times below.
    migrants = job.keep(_family_migrants(job))
    related = job.keep(
        references.related_persons(
            migrants,
            job[t.PERSON],
            marriages.marriages(job[t.MARITAL_STATUS_ROW], known_at=job.known_at),
            marriage_after_months=job.settings.marriage_after,
        )
    )
    possible = references.possible_references(
        migrants, related, job[t.RESIDENCE_SPELL], accompany_days=job.settings.accompany
    )
    residences = references.first_residences(job[t.RESIDENCE_SPELL], job[t.FIRST_IMMIGRATION])
    found = references.reference_persons(migrants, possible, with_draws(job, residences))
    return {t.REFERENCE_PERSON.name: found}


def family_unification(job: Job[UnificationSettings]) -> Mapping[str, DataFrame]:
    classified = unification.family_unifications(
        _family_migrants(job),
        job[t.REFERENCE_PERSON],
        job[t.PERSON],
        job[t.FIRST_IMMIGRATION],
        marriage_limit_days=job.settings.marriage_limit,
        accompany_days=job.settings.accompany,
    )
    return {t.FAMILY_UNIFICATION.name: classified}


def refugee_population(job: Job[RefugeeSettings]) -> Mapping[str, DataFrame]:
    of_refugees = refugee_stock.backgrounds(
        job[t.REASON_FOR_IMMIGRATION],
        job[t.REFERENCE_PERSON],
        job[t.FAMILY_UNIFICATION],
        job[t.FIRST_IMMIGRATION],
        _usable_cases(job),
        any_case=job.settings.any_case,
    )
    found = refugee_stock.refugee_population(job[t.POPULATION], of_refugees)
    return {t.REFUGEE_POPULATION.name: found}


def _usable_cases(job: Job[CaseSettings]) -> DataFrame:
    codes = job.settings.codes
    return cases.usable_cases(
        job[t.PERMIT_CASE],
        reasons=codes["reason"],
        legal_bases=codes["legal_basis"],
        permit_types=codes["permit_type"],
    )
