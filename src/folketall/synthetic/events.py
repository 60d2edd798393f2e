"""Event reports: what the CPR heard of everyone's places, and when it heard it.

An event first stands as one row (person, `seq`) that tells what happened; `_reported` turns it
into the rows of the register: new, corrected, annulled.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.synthetic.calendar import END, cpr_delivery
from folketall.synthetic.draws import Draws, plus
from folketall.synthetic.localities import Locality, code_on, locality_frame, locality_of

SEQ = 20
"""Event numbers a stay has: 0 what opened it, 1–9 reforms, the rest special."""
DEATH, PHANTOM, REPEATED, AFTER_DEATH, AGAIN, FUTURE = 10, 11, 12, 13, 14, 15
REFORMS_SINCE = "1964-01-01"
_KEPT = (
    "person_no",
    "pin",
    "old_pin",
    "changed",
    "native",
    "reason",
    "role",
    "origin",
    "abroad",
    "birth",
    "death",
    "stop",
    "arrival",
    "adult",
)
_EVENT = "struct<seq:int,type:string,day:date,code:string,country:string,cause:string,form:string>"


def events(
    families: DataFrame, localities: list[Locality], draws: Draws, noise: float
) -> DataFrame:
    """The rows of `cpr/event`, with `delivery`."""
    happened = F.concat(
        F.array(_opening()), _reforms(), F.array_compact(F.array(*_special(draws, noise)))
    )
    return (
        stays(families, localities)
        .withColumn("event", F.explode(happened))
        .select("person_no", "pin", "old_pin", "changed", "arrival", "chain", "event.*")
        .where("type IS NOT NULL")
        .transform(_reported, draws, noise)
    )


def stays(families: DataFrame, localities: list[Locality]) -> DataFrame:
    """One row per step of a path: `at`, `day`, `ticket`, `before`, `until`, `last`, `chain`."""
    step = F.col("step")
    return (
        families.select(*_KEPT, "path", F.posexplode("path").alias("at", "step"))
        .select(
            *_KEPT,
            "at",
            step["day"].alias("day"),
            step["ticket"].alias("ticket"),
            F.get("path", F.col("at") - 1)["ticket"].alias("before"),
            F.coalesce(F.get("path", F.col("at") + 1)["day"], F.col("stop")).alias("until"),
            (F.col("at") == F.size("path") - 1).alias("last"),
        )
        .withColumn(
            "locality", F.when(F.col("ticket") >= 0, locality_of(F.col("ticket"), localities))
        )
        .join(F.broadcast(locality_frame(families.sparkSession, localities)), "locality", "left")
    )


def _event(
    seq: Column | int,
    kind: Column | str,
    day: Column,
    *,
    code: Column | None = None,
    country: Column | None = None,
    cause: Column | None = None,
    form: str = "plain",
) -> Column:
    kind = F.lit(kind) if isinstance(kind, str) else kind
    seq = F.col("at") * SEQ + seq
    nothing = F.lit(None).cast("string")
    values = (seq.cast("int"), kind, day, code, country, cause, F.lit(form))
    return F.struct(*[nothing if value is None else value for value in values]).cast(_EVENT)


def _opening() -> Column:
    """The event that opened the stay; its type is null where nothing happened in Norway."""
    here, was_here = F.col("ticket") >= 0, F.coalesce(F.col("before") >= 0, F.lit(False))
    born = F.col("native") & (F.col("at") == 0) & (F.col("day") == F.col("birth"))
    kind = (
        F.when(here & born, "birth")
        .when(here & ~was_here, "immigration")
        .when(here, "move")
        .when(was_here, "emigration")
    )
    country = F.when(
        (kind == "immigration") & F.col("before").isNull() & F.col("arrival").isNotNull(),
        F.col("origin"),
    ).when(kind.isin("immigration", "emigration"), F.col("abroad"))
    return _event(
        0, kind, F.col("day"), code=code_on(F.col("chain"), F.col("day")), country=country
    )


def _reforms() -> Column:
    """Boundary changes on 1 January while the person lives there."""
    during = F.filter(
        F.coalesce("chain", F.array().cast("array<struct<since:date,code:string>>")),
        lambda step: (
            (step["since"] > F.col("day"))
            & (step["since"] < F.col("until"))
            & (step["since"] >= F.lit(REFORMS_SINCE).cast("date"))
        ),
    )
    return F.transform(
        during,
        lambda step, i: _event(
            i + 1, "move", step["since"], code=step["code"], cause=F.lit("boundary_change")
        ),
    )


def _special(draws: Draws, noise: float) -> list[Column]:
    """Deaths, what H1 and H2 set aside, phantoms, and (noise) what contradicts the rest."""
    here = F.col("ticket") >= 0
    first, last, alive = F.col("at") == 0, F.col("last"), F.col("death").isNull()
    key = ("person_no", "at")

    def rarely(purpose: str, share: float) -> Column:
        return draws.chance(purpose, share, *key)

    def at(day: Column) -> Column:
        return code_on(F.col("chain"), day)

    again = plus("day", 70)
    return [
        F.when(last & here & ~alive, _event(DEATH, "death", F.col("death"))),
        F.when(
            here & (again < F.col("until")) & rarely("phantom", 0.004),
            _event(PHANTOM, "move", again, code=at(again), form="phantom"),
        ),
        F.when(
            here & alive & last & rarely("announced", 0.003),
            _event(
                FUTURE,
                "move",
                plus(F.lit(END), draws.whole("future", 2, 60, *key)),
                code=at(F.lit(END)),
                form="future",
            ),
        ),
        F.when(
            here & (again < F.col("until")) & rarely("repeated", 0.002 * noise),
            _event(REPEATED, "immigration", again, code=at(again), country=F.col("abroad")),
        ),
        F.when(
            last & here & ~alive & rarely("after death", 0.004 * noise),
            _event(AFTER_DEATH, "move", plus("death", 30), code=at(plus("death", 30))),
        ),
        F.when(
            last & ~here & rarely("again away", 0.02 * noise),
            _event(AGAIN, "emigration", plus("day", 90), country=F.lit("990")),
        ),
        *[F.when(first, event) for event in _set_aside(draws)],
    ]


def _set_aside(draws: Draws) -> list[Column]:
    me = "person_no"
    asylum = (F.col("reason") == "refugee") & draws.chance("asylum seeker", 0.45, me)
    applied = F.date_sub(F.col("arrival"), draws.whole("asylum wait", 100, 500, me))
    adult = plus("adult", draws.whole("special day", 60, 2500, me))
    grown = F.col("native") & (plus(adult, 900) < F.col("stop"))
    guest = (F.col("reason") == "other") & draws.chance("embassy", 0.15, me)
    came = F.date_sub(F.col("arrival"), 400)
    refused = asylum & draws.chance("asylum refused", 0.06, me)

    def code(day: Column) -> Column:
        return code_on(F.col("chain"), day)

    def cause(name: str) -> Column:
        return F.lit(name)

    return [
        F.when(
            asylum,
            _event(
                16,
                "immigration",
                applied,
                code=code(applied),
                country=F.col("origin"),
                cause=cause("asylum_pending"),
            ),
        ),
        F.when(
            refused,
            _event(
                17,
                "emigration",
                plus(applied, 60),
                country=F.col("origin"),
                cause=cause("asylum_pending"),
            ),
        ),
        F.when(
            guest,
            _event(
                16,
                "immigration",
                came,
                code=code(came),
                country=F.col("origin"),
                cause=cause("embassy_or_nato"),
            ),
        ),
        F.when(
            grown & draws.chance("temporary", 0.03, me),
            _event(16, "move", adult, code=code(adult), cause=cause("temporary")),
        ),
        F.when(
            grown & draws.chance("posted", 0.006, me),
            _event(17, "emigration", adult, country=F.lit("684"), cause=cause("posted_abroad")),
        ),
        F.when(
            grown & draws.chance("posted", 0.006, me),
            _event(
                18,
                "immigration",
                plus(adult, 700),
                code=code(plus(adult, 700)),
                country=F.lit("684"),
                cause=cause("posted_abroad"),
            ),
        ),
        F.when(
            grown & (F.year(adult) >= 1970) & draws.chance("svalbard", 0.006, me),
            _event(19, "move", adult, code=F.lit("2111")),
        ),
    ]


def _reported(df: DataFrame, draws: Draws, noise: float) -> DataFrame:
    key = ("person_no", "seq")
    plain = (F.col("seq") % SEQ == 0) & F.col("type").isin("move", "immigration")
    cause = (
        F.when(F.col("cause").isNotNull(), F.col("cause"))
        .when(
            (F.col("type") == "emigration")
            & F.col("arrival").isNotNull()
            & draws.chance("administrative", 0.35, *key),
            "administrative",
        )
        .when(draws.chance("cause given", 0.5, *key), "ordinary")
    )
    form = F.when(
        plain & draws.chance("corrected", 0.012, *key) & (F.col("reg") < F.lit("2025-03-01")),
        "corrected",
    ).otherwise(F.col("form"))
    pin = F.when(F.col("changed") > F.col("version.reg"), F.col("old_pin")).otherwise(F.col("pin"))
    return (
        df.withColumn("cause", cause)
        .withColumn("reg", _registered(draws))
        .withColumn("form", form)
        .withColumn("code", _late_code(draws, noise))
        .withColumn("version", F.explode(_versions(draws)))
        .withColumn("empty", F.col("version.action") == "annulment")
        .select(
            F.concat(
                F.lpad(F.col("person_no").cast("string"), 9, "0"),
                F.lpad(F.col("seq").cast("string"), 4, "0"),
            ).alias("event_id"),
            F.col("version.action").alias("action"),
            F.when(~F.col("empty"), pin).alias("pin"),
            F.when(~F.col("empty"), F.col("type")).alias("event_type"),
            F.when(~F.col("empty"), F.col("version.day")).alias("event_date"),
            F.col("version.reg").alias("registration_date"),
            F.when(
                ~F.col("empty") & ~F.col("type").isin("emigration", "death"), F.col("code")
            ).alias("municipality"),
            F.when(~F.col("empty"), F.col("country")).alias("country"),
            F.when(~F.col("empty"), F.col("cause")).alias("cause"),
            cpr_delivery(F.col("version.reg")).alias("delivery"),
        )
        .where("delivery IS NOT NULL")
    )


def _registered(draws: Draws) -> Column:
    """Most within two weeks, some within two months, a few years late; some before the event."""
    key = ("person_no", "seq")
    unit = draws.unit("lag kind", *key)
    soon = draws.whole("lag soon", 0, 14, *key)
    lag = (
        F.when(F.col("cause") == "boundary_change", 0)
        .when(F.col("form") == "future", -F.date_diff("day", F.lit(END)) - soon)
        .when((unit < 0.004) & (F.col("type") == "move"), -soon)
        .when(unit < 0.72, soon)
        .when((unit < 0.95) | (F.col("type") == "death"), draws.whole("lag later", 15, 60, *key))
        .otherwise(60 + draws.tail("lag late", 150, *key))
    )
    return plus("day", lag.cast("int"))


def _late_code(draws: Draws, noise: float) -> Column:
    """G3: now and then the code that was valid some months before, or none, or one unheard of."""
    key = ("person_no", "seq")
    unit = draws.unit("code", *key)
    old = code_on(F.col("chain"), F.date_sub(F.col("day"), 300))
    return (
        F.when(F.col("cause") == "boundary_change", F.col("code"))
        .when(unit < 0.0006 * noise, F.lit("0999"))
        .when(unit < 0.001 * noise, F.lit(None))
        .when(unit < 0.04 * noise, old)
        .otherwise(F.col("code"))
    )


def _versions(draws: Draws) -> Column:
    """The rows of an event, in the order in which the register learnt of it."""
    key = ("person_no", "seq")
    day, reg = F.col("day"), F.col("reg")
    later = F.least(plus(reg, draws.tail("correction", 120, *key) + 5), F.lit(END))
    wrong = plus(day, draws.whole("wrong day", 1, 14, *key))

    def row(action: str, day: Column, reg: Column) -> Column:
        return F.struct(F.lit(action).alias("action"), day.alias("day"), reg.alias("reg"))

    return (
        F.when(
            F.col("form") == "corrected",
            F.array(
                row("new", wrong, F.greatest(reg, wrong)),
                row("correction", day, F.greatest(later, wrong)),
            ),
        )
        .when(
            F.col("form") == "phantom",
            F.array(row("new", day, reg), row("annulment", day, F.greatest(reg, later))),
        )
        .otherwise(F.array(row("new", day, reg)))
    )
