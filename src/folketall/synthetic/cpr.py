"""The other tables of the CPR: persons, numbers, citizenship, marital status, DUF links."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.synthetic import origins
from folketall.synthetic.calendar import CPR_FULL, END, cpr_delivery
from folketall.synthetic.draws import Draws, plus

ME = "person_no"


def person(families: DataFrame, draws: Draws) -> DataFrame:
    """A row for each number known at the end, and updates of some in the increments."""
    known = plus(F.coalesce("arrival", "birth"), draws.whole("known", 1, 14, ME))
    renewed = F.date_sub(F.lit(END), draws.whole("renewed", 0, 35, ME))
    updated = (
        F.col("changed").isNull() & draws.chance("updated", 0.012, ME) & (known < F.lit(CPR_FULL))
    )
    old_name = origins.spelt_otherwise(F.reverse("family_name"))
    rows = F.array_compact(
        F.array(
            F.when(F.col("old_kind").isNotNull(), _row("old_pin", known, F.col("family_name"))),
            _row(
                "pin",
                F.coalesce("changed", known),
                F.when(updated, old_name).otherwise(F.col("family_name")),
            ),
            F.when(updated, _row("pin", renewed, F.col("family_name"))),
        )
    )
    me = families.withColumn("born_abroad", F.get("path", F.lit(0))["ticket"] < 0)
    return _delivered(
        me.withColumn("version", F.explode(rows)).select(
            "version.pin",
            "given_name",
            "version.family_name",
            F.col("birth").alias("birth_date"),
            "sex",
            _birth_country(draws).alias("birth_country"),
            *_parents(draws),
            "version.registration_date",
        )
    )


def _row(pin: str, registered: Column, family_name: Column) -> Column:
    return F.struct(
        F.col(pin).alias("pin"),
        registered.alias("registration_date"),
        family_name.alias("family_name"),
    )


def _birth_country(draws: Draws) -> Column:
    unit = draws.unit("birth country", ME)
    return F.when(
        F.col("native"), F.when(F.col("born_abroad"), F.col("abroad")).otherwise(F.lit("000"))
    ).otherwise(
        F.when(unit < 0.01, F.lit("990")).when(unit < 0.015, F.lit(None)).otherwise(F.col("origin"))
    )


def _parents(draws: Draws) -> list[Column]:
    """Parents by number where they are in the block; else what the columns say of them."""
    foreign = F.col("origin")
    own = F.when(F.col("native") & F.col("mother_pin").isNull(), F.lit("000")).otherwise(foreign)
    mother = F.coalesce("mother_background", own)
    father = F.coalesce("father_background", own)
    told = draws.chance("grandparents told", 0.5, ME)
    one_norwegian = F.col("arrival").isNotNull() & draws.chance("norwegian grandmother", 0.015, ME)

    def of(parent: Column) -> Column:
        return F.when(told & F.col("mother_pin").isNull(), parent)

    return [
        F.when(draws.chance("mother told", 0.985, ME), F.col("mother_pin")).alias("mother_pin"),
        F.when(draws.chance("father told", 0.97, ME), F.col("father_pin")).alias("father_pin"),
        F.when(draws.chance("mother country", 0.96, ME), mother).alias("mother_birth_country"),
        F.when(draws.chance("father country", 0.93, ME), father)
        .otherwise(F.lit("990"))
        .alias("father_birth_country"),
        F.when(one_norwegian, F.lit("000"))
        .otherwise(of(mother))
        .alias("mothers_mother_birth_country"),
        of(mother).alias("mothers_father_birth_country"),
        of(father).alias("fathers_mother_birth_country"),
        of(father).alias("fathers_father_birth_country"),
    ]


def pin_change(families: DataFrame) -> DataFrame:
    return _delivered(
        families.where("old_kind IS NOT NULL").select(
            F.col("old_pin"),
            F.col("pin").alias("new_pin"),
            F.col("changed").alias("registration_date"),
        )
    )


def naturalised(draws: Draws) -> Column:
    """The day an immigrant, or a child of immigrants, becomes Norwegian; null if never."""
    since = F.coalesce("arrival", "birth")
    day = plus(since, draws.whole("naturalised", 2600, 4600, ME))
    share = (
        F.when(F.col("origin").isin(*origins.EEA), 0.1)
        .when(F.coalesce("reason", F.lit("")).isin("labour", "education"), 0.3)
        .otherwise(0.72)
    )
    foreign = (F.col("origin") != "000") & (day < F.col("stop"))
    return F.when(foreign & draws.chance("naturalises", share, ME), day)


def citizenship(families: DataFrame, draws: Draws) -> DataFrame:
    """First citizenship, and the Norwegian one of those who are naturalised."""
    since = F.coalesce("arrival", "birth")
    first_known = F.when(draws.chance("from birth", 0.4, ME), F.col("birth")).otherwise(
        plus(since, F.when(draws.chance("later known", 0.1, ME), 25).otherwise(0))
    )
    born_norwegian = F.col("native") & (
        (F.col("role") == "native") | draws.chance("norwegian", 0.35, ME)
    )
    country = F.when(born_norwegian, F.lit("000")).otherwise(F.col("origin"))
    rows = F.array_compact(
        F.array(
            _since(
                country,
                F.when(F.col("native"), F.col("birth")).otherwise(first_known),
                plus(since, draws.whole("citizenship known", 1, 40, ME)),
            ),
            F.when(
                ~born_norwegian & F.col("becomes").isNotNull(),
                _since(
                    F.lit("000"), F.col("becomes"), plus("becomes", draws.whole("known", 1, 60, ME))
                ),
            ),
        )
    )
    return _delivered(
        families.withColumn("becomes", naturalised(draws))
        .select(*_pins(), F.explode(rows).alias("row"))
        .select(
            _pin_on(F.col("row.reg")).alias("pin"),
            F.col("row.value").alias("country"),
            F.col("row.day").alias("from_date"),
            F.col("row.reg").alias("registration_date"),
        )
    )


def marital_status(families: DataFrame, draws: Draws) -> DataFrame:
    """Every change of status; immigrants' earlier ones are registered on arrival."""
    registered = (F.col("partner_sex") == F.col("sex")) & F.year("married").between(1993, 2008)
    known = F.coalesce("arrival", "birth")

    def change(status: str, partner_status: str, day: str, spouse: Column | None = None) -> Column:
        reg = plus(F.greatest(F.col(day), known), draws.whole(f"status {status}", 1, 45, ME))
        word = F.when(registered, partner_status).otherwise(status)
        return F.when(F.col(day).isNotNull(), _since(word, F.col(day), reg, spouse))

    spouse = F.when(
        draws.chance("spouse told", F.when(F.col("native"), 0.99).otherwise(0.9), ME),
        F.col("partner_pin"),
    )
    rows = F.array_compact(
        F.array(
            change("1", "1", "birth"),
            change("2", "6", "married", spouse),
            change("5", "7", "separated"),
            change("4", "8", "divorced"),
            change("3", "9", "widowed"),
        )
    )
    return _delivered(
        families.select(*_pins(), F.explode(rows).alias("row")).select(
            _pin_on(F.col("row.reg")).alias("pin"),
            F.col("row.value").alias("status"),
            F.col("row.day").alias("from_date"),
            F.col("row.other").alias("spouse_pin"),
            F.col("row.reg").alias("registration_date"),
        )
    )


def link_kind(draws: Draws, number: str) -> Column:
    """How a DUF number is tied to its person: both, cpr, udb, none, other (the wrong PIN)."""
    return draws.weighted(
        f"link {number}", (("both", 80), ("cpr", 7), ("udb", 6), ("none", 5), ("other", 2)), ME
    )


def duf_link(families: DataFrame, draws: Draws) -> DataFrame:
    """The DUF numbers that the CPR knows."""
    rows = F.array_compact(
        F.array(
            *[
                F.when(
                    F.col(number).isNotNull()
                    & link_kind(draws, number).isin("both", "cpr", "other"),
                    _since(
                        F.col(number),
                        F.col("arrival"),
                        plus("arrival", draws.whole(number, 5, 200, ME)),
                    ),
                )
                for number in ("duf", "second_duf")
            ]
        )
    )
    return _delivered(
        families.where("dufs > 0")
        .select(*_pins(), F.explode(rows).alias("row"))
        .select(
            _pin_on(F.col("row.reg")).alias("pin"),
            F.col("row.value").alias("duf"),
            F.col("row.reg").alias("registration_date"),
        )
    )


def _since(value: Column, day: Column, reg: Column, other: Column | None = None) -> Column:
    nothing = F.lit(None).cast("string")
    return F.struct(
        value.alias("value"),
        day.alias("day"),
        reg.alias("reg"),
        (nothing if other is None else other).alias("other"),
    )


def _pins() -> tuple[str, str, str]:
    return "pin", "old_pin", "changed"


def _pin_on(registered: Column) -> Column:
    """The number a person had when the row was registered."""
    return F.when(F.col("changed") > registered, F.col("old_pin")).otherwise(F.col("pin"))


def _delivered(df: DataFrame) -> DataFrame:
    return df.withColumn("delivery", cpr_delivery(F.col("registration_date"))).where(
        "delivery IS NOT NULL"
    )
