"""Case selection: the reason for the first immigration, from the cases (C0-C2, C5).

A person has many cases, most of them renewals, and often only a later one says why it came. The
reason is taken from the last case before the immigration was registered, else the first after
it, else the nearest.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

CASE_TYPES = ("first_permit", "renewal", "settlement")
CodeList = Mapping[str, tuple[str, str | None]]
"""Code of a delivered column to (reason, detail)."""


def usable_cases(
    permit_cases: DataFrame, *, reasons: CodeList, legal_bases: CodeList, permit_types: CodeList
) -> DataFrame:
    """Granted permits with their effective reason (C0).

    Args:
        permit_cases: PERMIT_CASE.
        reasons: reason.csv; legal_bases: legal_basis.csv; permit_types: permit_type.csv.

    Returns:
        One row a granted first permit, renewal or settlement: person_id, case_id, decision_date,
        application_date, reason, detail, specificity 0-2, after copying back.
    """
    stated = permit_cases.where(
        (F.col("outcome") == "granted") & F.col("case_type").isin(*CASE_TYPES)
    ).withColumn("stated", stated_reason(reasons, legal_bases, permit_types))
    cases = stated.select(
        "person_id",
        "case_id",
        "decision_date",
        "application_date",
        F.col("stated.reason").alias("reason"),
        F.col("stated.detail").alias("detail"),
    ).withColumn("specificity", specificity())
    return copied_back(cases)


def stated_reason(reasons: CodeList, legal_bases: CodeList, permit_types: CodeList) -> Column:
    """C0: from the reason; if unspecified or missing from the legal basis; then the permit type."""
    tiers = [
        _looked_up(reasons, "reason"),
        _looked_up(legal_bases, "legal_basis"),
        _looked_up(permit_types, "permit_type"),
    ]
    nothing = F.struct(
        F.lit("unspecified").alias("reason"), F.lit(None).cast("string").alias("detail")
    )
    return F.coalesce(*[F.when(t["reason"] != "unspecified", t) for t in tiers], nothing)


def _looked_up(codes: CodeList, column: str) -> Column:
    entries = [
        x
        for code, (reason, detail) in codes.items()
        for x in (
            F.lit(code),
            F.struct(F.lit(reason).alias("reason"), F.lit(detail).cast("string").alias("detail")),
        )
    ]
    return F.try_element_at(F.create_map(*entries), F.col(column))


def specificity() -> Column:
    """C0: 2 a reason with its detail, if it has any; 1 refugee/unspecified; 0 unspecified."""
    vague = F.coalesce("detail", F.lit("unspecified")) == "unspecified"
    return (
        F.when(F.col("reason") == "unspecified", 0)
        .when((F.col("reason") == "refugee") & vague, 1)
        .otherwise(2)
    )


def copied_back(cases: DataFrame) -> DataFrame:
    """C0, copying back: vague cases take the reason of the person's earliest later, clearer case.

    Clearer: of higher specificity, and of the same reason unless the case's own is unspecified;
    as those cases stand themselves, not as copied. Later: decided on a later day.
    """
    later = (
        Window.partitionBy("person_id")
        .orderBy(F.unix_date("decision_date"))
        .rangeBetween(1, Window.unboundedFollowing)
    )
    clearer = F.min(F.when(F.col("specificity") >= 1, _first_case())).over(later)
    refugee = (F.col("reason") == "refugee") & (F.col("specificity") == 2)
    clearer_refugee = F.min(F.when(refugee, _first_case())).over(later)
    source = F.when(F.col("specificity") == 0, F.col("clearer")).when(
        F.col("specificity") == 1, F.col("clearer_refugee")
    )
    return (
        cases.withColumn("clearer", clearer)
        .withColumn("clearer_refugee", clearer_refugee)
        .withColumn("source", source)
        .withColumn(
            "detail",
            F.when(F.col("source").isNotNull(), F.col("source.detail")).otherwise(F.col("detail")),
        )
        .withColumn("reason", F.coalesce("source.reason", "reason"))
        .withColumn("specificity", specificity())
        .drop("clearer", "clearer_refugee", "source")
    )


def _first_case() -> Column:
    """The tie order reversed: earlier, earlier application, higher specificity, smaller case_id."""
    return F.struct(
        "decision_date",
        "application_date",
        (-F.col("specificity")).alias("vagueness"),
        "case_id",
        "reason",
        "detail",
    )


def _last_case() -> Column:
    """The tie order: later, later application (null is earliest), more specific, larger id."""
    return F.struct(
        "decision_date", "application_date", "specificity", "case_id", "reason", "detail"
    )


def selected_cases(
    first_immigrations: DataFrame,
    cases: DataFrame,
    *,
    max_age_years: int,
    after_months: int,
    after_months_asylum_counted: int,
    asylum_counted: tuple[date, date],
) -> DataFrame:
    """The cases that C1, C2 and C5 would take for each first immigration.

    Args:
        first_immigrations: FIRST_IMMIGRATION.
        cases: as `usable_cases` returns them.

    Returns:
        One row a row of `first_immigrations`: its columns and c1, c2, c5: struct(reason, detail,
        case_id) or null.
    """
    sufficient = cases.where("specificity >= 1")
    joined = first_immigrations.join(sufficient, "person_id", "left").withColumn(
        "registered", F.coalesce("registration_date", "first_immigration_date")
    )
    c1 = F.max(F.when(is_before_registration(max_age_years), _last_case()))
    c2 = F.min(
        F.when(
            is_soon_after(after_months, after_months_asylum_counted, asylum_counted), _first_case()
        )
    )
    distance = F.abs(F.datediff("decision_date", "first_immigration_date")).alias("distance")
    c5 = F.min(
        F.when(F.col("case_id").isNotNull(), F.struct(distance, _first_case().alias("case")))
    )
    return (
        joined.groupBy(*first_immigrations.columns)
        .agg(c1.alias("last"), c2.alias("first"), c5.alias("nearest"))
        .select(
            *first_immigrations.columns,
            _taken("last").alias("c1"),
            _taken("first").alias("c2"),
            _taken("nearest.case").alias("c5"),
        )
    )


def is_before_registration(max_age_years: int) -> Column:
    """C1: dated on or before the registration, and at most so old at the first immigration."""
    reliable = F.col("decision_date") >= F.add_months("first_immigration_date", -12 * max_age_years)
    return (F.col("decision_date") <= F.col("registered")) & reliable


def is_soon_after(months: int, months_asylum: int, asylum_counted: tuple[date, date]) -> Column:
    """C2: after the registration, within a limit that is wider in H2's period."""
    in_period = F.col("first_immigration_date").between(
        F.lit(asylum_counted[0]), F.lit(asylum_counted[1])
    )
    limit = F.when(in_period, F.add_months("registered", months_asylum)).otherwise(
        F.add_months("registered", months)
    )
    return (F.col("decision_date") > F.col("registered")) & (F.col("decision_date") <= limit)


def _taken(case: str) -> Column:
    return F.when(
        F.col(case).isNotNull(), F.struct(f"{case}.reason", f"{case}.detail", f"{case}.case_id")
    )
