"""Each person's own life: birth, arrival, death, name, and where it lives when on its own."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from folketall.synthetic import origins
from folketall.synthetic.calendar import END
from folketall.synthetic.draws import Draws, Key, pick, plus, years_after
from folketall.synthetic.families import BLOCK, SLOT_COLUMNS, TEMPLATES, slot_rows
from folketall.synthetic.localities import TICKETS

ABROAD = -1
"""The ticket of all places abroad."""
ME = ("block", "slot")
MOVES = 7
"""So many own moves are drawn for a life of 58 adult years; those outside the life fall away."""


def people(spark: SparkSession, draws: Draws, persons: int, parts: int) -> DataFrame:
    """One row per person (block, slot) with its attributes and own places.

    `own_path` is an array of (day, ticket), in order of days: where it lives from each day when
    it lives with nobody else.
    """
    blocks = spark.range(0, -(-persons // BLOCK), 1, parts).withColumnRenamed("id", "block")
    weights = [(template.name, template.weight) for template in TEMPLATES]
    slots = spark.createDataFrame(slot_rows(), SLOT_COLUMNS)
    return (
        blocks.withColumn("template", draws.weighted("template", weights, "block"))
        .join(F.broadcast(slots), "template")
        .withColumn("person_no", F.col("block") * BLOCK + F.col("slot"))
        .where(F.col("person_no") < persons)
        .transform(_born, draws)
        .transform(_origin, draws)
        .transform(_died, draws)
        .transform(_named, draws)
        .transform(_numbered, draws)
        .transform(_own_places, draws)
    )


def _born(df: DataFrame, draws: Draws) -> DataFrame:
    """`sex`, `birth`, `arrival` (null for those born in Norway), `adult`."""
    end = F.lit(END)
    span = F.col("last") - F.col("first") + 1
    base = F.col("first") + F.floor(span * F.pow(draws.unit("base", "block"), F.col("skew")))
    lead_year = F.col("base") + draws.whole("lead year", 0, 3, "block", "lead")
    lead_year = F.when(lead_year > 2024, F.col("base")).otherwise(lead_year)
    drawn_birth = _day_of_year(
        F.col("base") + F.col("born") + F.floor(draws.unit("born", *ME) * (F.col("spread") + 1)),
        draws.whole("birthday", 0, 364, *ME),
    )
    here = (F.col("role") == "here") & F.col("drawn").between(
        plus("family_arrival", 60), F.date_sub(end, 40)
    )
    return (
        df.withColumn("base", base.cast("int"))
        .withColumn(
            "lead_day", _day_of_year(lead_year, draws.whole("lead", 0, 364, "block", "lead"))
        )
        .withColumn("family_arrival", plus("lead_day", _lag(draws)))
        .withColumn("drawn", drawn_birth)
        .withColumn("native", (F.col("role") == "native") | here)
        .withColumn("arrival", _arrival(draws))
        .withColumn("birth", _birth(draws))
        .withColumn("sex", _sex(draws))
        .withColumn("adult", _adult(draws))
        .drop("drawn", "first", "last", "skew", "born", "spread", "sex_plan")
    )


def _lag(draws: Draws) -> Column:
    """Days from the lead's arrival to that of a group that follows, never past the end."""
    key = ("block", "lead", "group")
    drawn = (
        F.when(F.col("role") == "lead", 0)
        .when(
            F.col("group") == 0,
            F.when(
                draws.chance("accompany", 0.45, *key), draws.whole("lag with", 0, 80, *key)
            ).otherwise(draws.whole("lag after", 150, 1500, *key)),
        )
        .when(F.col("template") == "refugees", draws.whole("lag far", 900, 3000, *key))
        .otherwise(draws.whole("lag far", 400, 3000, *key))
    )
    room = F.greatest(F.date_diff(F.lit(END), "lead_day") - 10, F.lit(0))
    squeezed = F.floor(room * draws.unit("squeeze", *key)).cast("int")
    return F.when(drawn <= room, drawn).otherwise(squeezed)


def _arrival(draws: Draws) -> Column:
    with_others = plus("family_arrival", draws.whole("apart", 0, 3, *ME))
    return F.when(F.col("native"), F.lit(None).cast("date")).otherwise(
        F.when(F.col("role") == "lead", F.col("lead_day")).otherwise(with_others)
    )


def _birth(draws: Draws) -> Column:
    # Children who would be born before the mother came, or after the end, came along instead.
    along = F.date_sub(F.col("family_arrival"), draws.whole("along", 100, 700, *ME))
    late = F.date_sub(F.lit(END), draws.whole("late birth", 40, 330, *ME))
    first_of_year = F.trunc(F.col("drawn"), "year")
    return (
        F.when((F.col("role") == "here") & ~F.col("native"), along)
        .when(F.col("native"), F.least(F.col("drawn"), late))
        .when(draws.chance("birthday unknown", 0.06, *ME), first_of_year)
        .otherwise(F.col("drawn"))
    )


def _sex(draws: Draws) -> Column:
    drawn = F.when(draws.chance("sex", 0.513, *ME), "1").otherwise("2")
    return (
        F.when(F.col("sex_plan") == "m", "1").when(F.col("sex_plan") == "f", "2").otherwise(drawn)
    )


def _adult(draws: Draws) -> Column:
    """When a person leaves home: at 19 to 23, or on arrival if older then."""
    leaves = plus(years_after(F.col("birth"), 19), draws.whole("leaves", 0, 1600, *ME))
    return F.greatest(leaves, F.col("arrival"))


def _origin(df: DataFrame, draws: Draws) -> DataFrame:
    """`origin` country of the immigrant line, `abroad` where absences are spent."""
    came_as = F.coalesce(F.when(F.col("root") == F.col("lead"), draws_reason()), F.lit("family"))
    country = origins.origin_country(
        draws.unit("origin", "block", "root"), came_as, F.year("lead_day")
    )
    elsewhere = draws.weighted("abroad", origins.ABROAD, "block")
    return (
        df.withColumn("origin", F.when(F.col("role") == "native", "000").otherwise(country))
        .withColumn("background", F.when(F.col("native"), "000").otherwise(F.col("origin")))
        .withColumn(
            "abroad",
            F.when(
                (F.col("origin") != "000") & draws.chance("home", 0.6, "block"), F.col("origin")
            ).otherwise(elsewhere),
        )
    )


def draws_reason() -> Column:
    """The lead's reason, for the whole line that came to it."""
    return (
        F.when(F.col("template") == "refugees", F.lit("refugee"))
        .when((F.col("template") == "workers") & F.col("reason").isNull(), F.lit("labour"))
        .otherwise(F.col("reason"))
    )


def _died(df: DataFrame, draws: Draws) -> DataFrame:
    """`death`, null while alive; `stop`, the first day on which nothing more happens."""
    age = F.when(
        F.col("partner").isNull() & draws.chance("dies young", 0.015, *ME),
        draws.unit("young", *ME) * 40,
    ).otherwise(F.lit(56) + F.pow(draws.unit("old", *ME), 0.6) * 46)
    day = F.greatest(years_after(F.col("birth"), age), plus("arrival", 900), plus("birth", 1))
    return df.withColumn("death", F.when(day <= F.lit(END), day)).withColumn(
        "stop", F.coalesce(F.col("death"), plus(F.lit(END), 1))
    )


def _named(df: DataFrame, draws: Draws) -> DataFrame:
    """`given_name` and `family_name`, of the language area of the origin."""
    first = pick(draws.unit("given", *ME), F.col("names"))
    second = pick(draws.unit("second given", *ME), F.col("names"))
    two = draws.chance("two names", 0.3, *ME)
    family = pick(draws.unit("family", "block", "name_key"), origins.family_names(F.col("area")))
    return (
        df.withColumn("area", origins.language_area(F.col("origin")))
        .withColumn("names", origins.given_names(F.col("area"), F.col("sex")))
        .withColumn("given_name", F.concat_ws(" ", first, F.when(two, second)))
        .withColumn("family_name", family)
        .drop("area", "names")
    )


def _numbered(df: DataFrame, draws: Draws) -> DataFrame:
    """Which numbers a person gets: `old_kind` (D-number or an earlier PIN), `changed`, `dufs`."""
    end = F.lit(END)
    immigrant = F.col("arrival").isNotNull()
    kind = F.when(immigrant & draws.chance("d-number", 0.35, *ME), "D").when(
        ~immigrant & draws.chance("renumbered", 0.005, *ME), "P"
    )
    late = (F.year("arrival") >= 2018) & draws.chance("changed late", 0.3, *ME)
    changed = F.when(
        kind == "D",
        F.when(late, F.date_sub(end, draws.whole("late change", 0, 30, *ME))).otherwise(
            plus(F.col("arrival"), draws.tail("change", 120, *ME) + 20)
        ),
    ).when(kind == "P", plus("birth", draws.whole("change", 400, 22_000, *ME)))
    permits = (
        immigrant
        & ~F.col("origin").isin(*origins.NORDIC, "990")
        & (F.year("arrival") >= 1988)
        & (
            ~F.col("origin").isin(*origins.EEA)
            | (F.year("arrival") < 2009)
            | draws.chance("eea permit", 0.25, *ME)
        )
    )
    dufs = F.when(permits, F.when(draws.chance("two duf", 0.05, *ME), 2).otherwise(1)).otherwise(0)
    return (
        df.withColumn("changed", changed)
        .withColumn("old_kind", F.when(F.col("changed") < F.coalesce("death", plus(end, 9)), kind))
        .withColumn("changed", F.when(F.col("old_kind").isNotNull(), F.col("changed")))
        .withColumn("dufs", dufs)
    )


def _own_places(df: DataFrame, draws: Draws) -> DataFrame:
    """`own_path`, and `home`: the ticket the adult life starts from."""
    arrived = draws.whole("arrive", 0, TICKETS - 1, "block", "lead")
    family_home = draws.whole("block home", 0, TICKETS - 1, "block")
    settled = _near(F.col("cradle"), draws, "home", 0.55)
    starts = [
        F.when(F.col("arrival").isNotNull() & ~_raised(), _step(F.col("arrival"), F.col("home"))),
        F.when(F.col("native") & ~F.col("child"), _step(F.col("birth"), F.col("cradle"))),
        F.when(F.col("native") | _raised(), _step(F.col("adult"), F.col("home"))),
    ]
    away, back = F.col("away"), F.coalesce(F.col("back"), plus(F.lit(END), 9))
    returns = F.col("away").isNotNull() & draws.chance("returns", 0.45, *ME)
    trip = [
        F.when(away.isNotNull(), _step(away, F.lit(ABROAD))),
        F.when(
            F.col("back").isNotNull(),
            _step(F.col("back"), _near(F.col("home"), draws, "back", 0.5)),
        ),
    ]

    def kept(step: Column) -> Column:
        in_norway = away.isNull() | (step["day"] < away) | (step["day"] > back)
        return (step["day"] < F.col("stop")) & in_norway

    steps = F.concat(F.array_compact(F.array(*starts)), _moves(draws))
    return (
        df.withColumn("cradle", _near(family_home, draws, "cradle", 0.5))
        .withColumn("home", F.when(F.col("arrival").isNotNull(), arrived).otherwise(settled))
        .withColumn("away", _away(draws))
        .withColumn("back", F.when(returns, plus("away", draws.tail("absence", 500, *ME) + 40)))
        .withColumn(
            "own_path",
            F.array_sort(F.concat(F.filter(steps, kept), F.array_compact(F.array(*trip)))),
        )
        .drop("cradle")
    )


def _raised() -> Column:
    """Came as a child, and lives with the mother until grown."""
    return F.col("child") & F.col("arrival").isNotNull() & (F.col("adult") > F.col("arrival"))


def _moves(draws: Draws) -> Column:
    """The moves of an adult life, more of them in the early years; 45 % stay in the place."""

    def one(number: Column) -> Column:
        key = (*ME, number)
        years = F.pow(draws.unit("move", *key), 1.7) * 58
        near = _near(F.col("home"), draws, "move", 0.6, *key)
        stays = draws.chance("move stays", 0.45, *key)
        day = plus(years_after(F.col("adult"), years), 30)
        return _step(day, F.when(stays, F.col("home")).otherwise(near))

    return F.transform(F.sequence(F.lit(1), F.lit(MOVES)), one)


def _away(draws: Draws) -> Column:
    """The day a person leaves Norway, if ever."""
    role, reason = F.col("role"), F.coalesce("reason", F.lit(""))
    share = (
        F.when(reason == "labour", 0.38)
        .when(reason == "education", 0.55)
        .when(reason == "other", 0.4)
        .when(role.isin("joins", "enlarges"), 0.12)
        .otherwise(0.06)
    )
    mean = F.when(F.col("arrival").isNull(), 4000).otherwise(1300)
    wait = F.floor(-F.log(F.lit(1.0) - draws.unit("away", *ME)) * mean).cast("int")
    day = plus("adult", wait + 120)
    return F.when(draws.chance("leaves Norway", share, *ME) & (day < F.col("stop")), day)


def _near(ticket: Column, draws: Draws, purpose: str, share: float, *keys: Key) -> Column:
    """A place near the ticket in `share` of the draws, else anywhere."""
    # One draw serves both: below `share` it tells how far, above it where.
    keys = keys or ME
    unit = draws.unit(f"{purpose} far", *keys)
    beside = F.pmod(ticket + draws.whole(f"{purpose} beside", -150, 150, *keys), F.lit(TICKETS))
    anywhere = F.floor((unit - share) / (1 - share) * TICKETS).cast("int")
    return F.when(unit < share, beside).otherwise(anywhere)


def _step(day: Column, ticket: Column) -> Column:
    return F.struct(day.alias("day"), ticket.cast("int").alias("ticket"))


def _day_of_year(year: Column, days: Column) -> Column:
    return F.date_add(F.make_date(year.cast("int"), F.lit(1), F.lit(1)), days)
