"""The Aliens Register: who is in it, and every case of permission, refusal and renewal."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.synthetic import origins
from folketall.synthetic.calendar import UDB_END
from folketall.synthetic.cpr import link_kind, naturalised
from folketall.synthetic.draws import Draws, plus

ME = "person_no"
RENEWALS = 6
FIRST, SETTLED, CITIZEN, REFUSED, VISIT, WITHDRAWN, PENDING, EXPELLED, SECOND = (
    0,
    10,
    11,
    12,
    13,
    14,
    15,
    16,
    17,
)


def person(families: DataFrame, draws: Draws) -> DataFrame:
    """A row for each DUF number, in the Aliens Register's own spelling and dates."""
    rows = F.array_compact(
        F.array(
            *[
                F.when(
                    F.col(number).isNotNull(),
                    F.struct(F.col(number).alias("duf"), link_kind(draws, number).alias("link")),
                )
                for number in ("duf", "second_duf")
            ]
        )
    )
    spelt = draws.chance("spelt", 0.3, ME)
    unit = draws.unit("udb birth", ME)
    other_pin = F.coalesce("lead_pin", "mother_pin", "pin_now")
    birth = F.col("birth")
    return (
        families.where("dufs > 0")
        .withColumn("row", F.explode(rows))
        .select(
            "row.duf",
            F.when(F.col("row.link").isin("both", "udb"), F.col("pin_now"))
            .when(F.col("row.link") == "other", other_pin)
            .alias("pin"),
            _spelling("given_name", spelt).alias("given_name"),
            _spelling("family_name", spelt).alias("family_name"),
            F.when(unit < 0.02, F.trunc(birth, "year"))
            .when(unit < 0.03, plus(birth, -366))
            .when(unit >= 0.005, birth)
            .alias("birth_date"),
            F.when(draws.chance("udb sex", 0.995, ME), F.col("sex")).alias("sex"),
            F.col("origin").alias("citizenship"),
        )
    )


def _spelling(name: str, otherwise: Column) -> Column:
    return F.when(otherwise, origins.spelt_otherwise(F.col(name))).otherwise(F.col(name))


def case(families: DataFrame, draws: Draws) -> DataFrame:
    """A row for each case; a few persons have a DUF number and no case at all."""
    me = (
        families.where("dufs > 0")
        .where(~draws.chance("no case", 0.05, ME))
        .withColumn("ground", _ground(draws))
        .withColumn("becomes", naturalised(draws))
        .withColumn("decided", _decided(draws))
    )
    steps = F.concat(F.array_compact(F.array(*_single_steps(draws))), _renewals(draws))
    return (
        me.withColumn("step", F.explode(steps))
        .where(F.col("step.applied") <= F.lit(UDB_END))
        .select("*", "step.*")
        .transform(_worded, draws)
    )


def _ground(draws: Draws) -> Column:
    """What the permit truly rests on: a code of `reason.csv`."""
    role, arrived = F.col("role"), F.year("arrival")
    refugee = F.col("reason") == "refugee"
    unit = draws.unit("detail", "block", "root")
    collective = ((F.col("origin") == "148") & (arrived >= 2022)) | (
        (F.col("origin") == "155") & arrived.between(1992, 1996)
    )
    kind = (
        F.when(collective, "collective_protection")
        .when(unit < 0.27, "resettlement")
        .when(unit < 0.45, "humanitarian")
        .when(unit < 0.5, "refugee")
        .otherwise("asylum")
    )
    # Resettled families, and the collectively protected, are refugees together.
    together = (
        (role != "lead")
        & (F.col("template") == "refugees")
        & (
            (collective & (role == "joins"))
            | ((unit < 0.27) & (role == "joins") & (F.date_diff("arrival", "lead_arrival") < 120))
        )
    )
    return F.when(refugee | together, kind).otherwise(F.coalesce("reason", F.lit("family")))


def _decided(draws: Draws) -> Column:
    """The day of the first permit: before the arrival, or, for some, long after."""
    unit = draws.unit("decided", ME)
    return (
        F.when(unit < 0.06, plus("arrival", draws.whole("decided late", 40, 650, ME)))
        .when(unit < 0.10, plus("arrival", draws.whole("decided early", -2600, -1400, ME)))
        .otherwise(plus("arrival", -draws.whole("decided", 4, 240, ME)))
    )


def _single_steps(draws: Draws) -> list[Column]:
    decided = F.col("decided")
    applied = plus(decided, -draws.whole("handled", 20, 500, ME))
    missing = F.lit(None).cast("date")
    settled = plus(decided, draws.whole("settled", 1095, 2000, ME))
    no_date = draws.chance("no application date", 0.04, ME)

    def some(purpose: str, share: float, step: Column) -> Column:
        return F.when(draws.chance(purpose, share, ME), step)

    return [
        _step(FIRST, "first_permit", F.when(~no_date, applied), decided, "granted", applied),
        some(
            "settles",
            0.55,
            F.when(
                settled < F.col("stop"),
                _step(SETTLED, "settlement", plus(settled, -90), settled, "granted"),
            ),
        ),
        F.when(
            F.col("becomes").isNotNull(),
            _step(CITIZEN, "citizenship", plus("becomes", -200), F.col("becomes"), "granted"),
        ),
        some(
            "refused",
            0.08,
            _step(REFUSED, "first_permit", plus(applied, -400), plus(applied, -120), "rejected"),
        ),
        some(
            "visits",
            0.07,
            _step(VISIT, "visit", plus(applied, -300), plus(applied, -280), "granted"),
        ),
        some(
            "withdraws",
            0.02,
            _step(WITHDRAWN, "first_permit", plus(applied, -600), plus(applied, -550), "withdrawn"),
        ),
        some("pending", 0.02, _step(PENDING, "renewal", plus(decided, 1500), missing, "pending")),
        some(
            "expelled",
            0.008,
            _step(EXPELLED, "expulsion", plus(decided, 1200), plus(decided, 1300), "granted"),
        ),
        F.when(
            F.col("second_duf").isNotNull(),
            _step(SECOND, "first_permit", plus(applied, -200), plus(applied, -60), "rejected"),
        ),
    ]


def _renewals(draws: Draws) -> Column:
    count = draws.whole("renewals", 0, RENEWALS, ME)

    def one(number: Column) -> Column:
        day = plus("decided", number * 365 + draws.whole("renewal", -40, 60, ME, number))
        return F.struct(
            number.alias("no"),
            F.lit("renewal").alias("case_type"),
            plus(day, -60).alias("applied"),
            plus(day, -60).alias("application_date"),
            day.alias("decision_date"),
            F.lit("granted").alias("outcome"),
        )

    every = F.transform(F.sequence(F.lit(1), F.lit(RENEWALS)), one)
    return F.filter(
        every, lambda step: (step["no"] <= count) & (step["decision_date"] < F.col("stop"))
    )


def _step(
    no: int,
    case_type: str,
    application: Column,
    decision: Column,
    outcome: str,
    applied: Column | None = None,
) -> Column:
    return F.struct(
        F.lit(no).alias("no"),
        F.lit(case_type).alias("case_type"),
        (application if applied is None else applied).alias("applied"),
        application.alias("application_date"),
        decision.alias("decision_date"),
        F.lit(outcome).alias("outcome"),
    )


def _worded(df: DataFrame, draws: Draws) -> DataFrame:
    """The case as the register words it: unspecific at first, more specific later, or silent."""
    permit = F.col("case_type").isin("first_permit", "renewal")
    family = (F.col("ground") == "family") & permit
    unit = draws.unit("worded", ME, "no")
    told = unit < F.when(F.col("no") == FIRST, 0.66).otherwise(0.8)
    vague = F.when(
        draws.chance("vague", 0.5, ME, "no") & F.col("ground").isin(*_PROTECTED), "refugee"
    )
    reason = F.when(
        permit,
        F.when(told, F.col("ground")).when(unit < 0.86, F.coalesce(vague, F.lit("unspecified"))),
    )
    reference = draws.unit("reference", ME)
    old = F.year("applied")
    return df.select(
        F.concat(
            F.lit("S"),
            F.lpad(F.col(ME).cast("string"), 9, "0"),
            F.lpad(F.col("no").cast("string"), 2, "0"),
        ).alias("case_id"),
        F.when(F.col("no") == SECOND, F.col("second_duf")).otherwise(F.col("duf")).alias("duf"),
        F.when((old < 2000) & F.col("ground").isin(*_PROTECTED), "refugee_register")
        .when(old < 2006, "fremkon")
        .when(unit < 0.98, "udb")
        .alias("origin"),
        "case_type",
        "application_date",
        F.when(F.col("decision_date") <= F.lit(UDB_END), F.col("decision_date")).alias(
            "decision_date"
        ),
        "outcome",
        reason.alias("reason"),
        _legal_basis(draws, unit).alias("legal_basis"),
        _permit_type(unit).alias("permit_type"),
        F.when(family & (reference < 0.55), F.col("lead_duf")).alias("reference_duf"),
        F.when(
            family & ((reference >= 0.55) | F.col("lead_duf").isNull()) & (reference < 0.85),
            F.col("lead_pin"),
        ).alias("reference_pin"),
        F.when(family & draws.chance("type told", 0.5, ME), _family_type()).alias("family_type"),
    )


_PROTECTED = ("asylum", "humanitarian", "resettlement", "collective_protection", "refugee")
_BASES = {
    "asylum": "UL28",
    "humanitarian": "UL38",
    "resettlement": "UL35",
    "collective_protection": "UL34",
    "refugee": "UL28",
    "labour": "UL23",
    "education": "UL26",
    "other": "UL119",
    "family": "UL40",
}
_PERMITS = dict.fromkeys(_PROTECTED, "protection") | {
    "labour": "work",
    "education": "study",
    "family": "family",
    "other": "residence",
}


def _lookup(words: dict[str, str], key: Column) -> Column:
    pairs = [F.lit(word) for pair in words.items() for word in pair]
    return F.try_element_at(F.create_map(*pairs), key)


def _legal_basis(draws: Draws, unit: Column) -> Column:
    child = F.year("arrival") - F.year("birth") < 18
    basis = F.when(F.col("ground") == "family", F.when(child, "UL42").otherwise("UL40"))
    basis = F.coalesce(basis, _lookup(_BASES, F.col("ground")))
    return (
        F.when(F.col("case_type") == "settlement", "UL62")
        .when(F.col("case_type").isin("visit", "citizenship", "expulsion"), F.lit(None))
        .when(unit >= 0.97, F.lit(None))
        .when((F.col("no") > 0) & draws.chance("plain renewal", 0.3, ME, "no"), "UL60")
        .when((unit >= 0.9) | draws.chance("basis told", 0.3, ME, "no"), basis)
    )


def _permit_type(unit: Column) -> Column:
    return (
        F.when(F.col("case_type") == "settlement", "settlement")
        .when(F.col("case_type") == "visit", "visit")
        .when(F.col("case_type").isin("citizenship", "expulsion"), F.lit(None))
        .when(unit < 0.5, _lookup(_PERMITS, F.col("ground")))
        .when(unit < 0.86, "residence")
        .when((unit >= 0.97) & (unit < 0.985), _lookup(_PERMITS, F.col("ground")))
    )


def _family_type() -> Column:
    """What the case says of the family: by the arrival of the one it came to."""
    return (
        F.when(F.col("role") == "enlarges", "enlargement")
        .when(F.date_diff("arrival", "lead_arrival") < 120, "accompanying")
        .otherwise("reunification")
    )
