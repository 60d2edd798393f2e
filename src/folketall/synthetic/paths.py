"""Families put together: marriages, and where each member lives from day to day."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.synthetic.calendar import END
from folketall.synthetic.draws import Draws, plus, years_after
from folketall.synthetic.numbers import DUF, OLD_PIN, PIN, SECOND_DUF, number, numbers

_RELATIVES = ("mother", "father", "partner", "lead")
_KEPT = (
    "block",
    "slot",
    "person_no",
    "template",
    "role",
    "native",
    "child",
    "reason",
    "group",
    "sex",
    "birth",
    "death",
    "stop",
    "arrival",
    "adult",
    "origin",
    "background",
    "abroad",
    "given_name",
    "family_name",
    "old_kind",
    "changed",
    "dufs",
    "away",
    "home",
    "anchor",
    "numbers",
    "root",
    "lead_day",
)


def families(people: DataFrame, draws: Draws, parts: int) -> DataFrame:
    """One row per person with its numbers, its relatives' and its `path`.

    `path` is an array of (day, ticket) in order of days, ticket ABROAD when not in Norway. The
    rows stand in `parts` partitions by block, in order: what is made from them row by row is the
    same whatever the session's settings.
    """
    members = people.drop("template").columns
    together = (
        people.repartition(parts, "block")
        .groupBy("block", "template")
        .agg(
            F.array_sort(
                F.collect_list(
                    F.struct("slot", *[c for c in members if c not in ("slot", "block")])
                )
            ).alias("family")
        )
        .join(numbers(people, parts), "block")
    )
    return (
        together.select("block", "template", "family", "numbers", F.explode("family").alias("me"))
        .select("block", "template", "numbers", "me.*", *_relatives())
        .transform(_wed, draws)
        # A column of its own: written into the next step it would be worked out once an element.
        .withColumn("lived", _path())
        .withColumn("path", _one_a_day(F.col("lived")))
        .select(
            *_KEPT,
            *_numbers(),
            *_told_of_relatives(),
            "married",
            "separated",
            "divorced",
            "widowed",
            "path",
        )
        .sortWithinPartitions("block", "slot")
    )


def _relatives() -> list[Column]:
    return [F.get("family", F.col(f"me.{name}")).alias(f"{name}_") for name in _RELATIVES]


def _numbers() -> list[Column]:
    """The person's numbers, and the PIN known at the end."""
    new, old = number(PIN), number(OLD_PIN)
    return [
        new.alias("pin"),
        old.alias("old_pin"),
        F.when(F.col("changed") > F.lit(END), old).otherwise(new).alias("pin_now"),
        number(DUF).alias("duf"),
        number(SECOND_DUF).alias("second_duf"),
    ]


def _told_of_relatives() -> list[Column]:
    """What the person's rows say of others."""
    said = []
    for name in _RELATIVES:
        other = F.col(f"{name}_")
        slot = other["slot"]
        late = other["changed"] > F.lit(END)
        pin = F.when(late, number(OLD_PIN, slot)).otherwise(number(PIN, slot))
        said += [pin.alias(f"{name}_pin"), other["background"].alias(f"{name}_background")]
    lead, mother = F.col("lead_"), F.col("mother_")
    return [
        *said,
        number(DUF, lead["slot"]).alias("lead_duf"),
        lead["arrival"].alias("lead_arrival"),
        mother["slot"].alias("mother_slot"),
        F.col("partner_")["slot"].alias("partner_slot"),
        F.col("partner_")["sex"].alias("partner_sex"),
    ]


def _wed(df: DataFrame, draws: Draws) -> DataFrame:
    """`married`, `separated`, `divorced`, `widowed`: days, null when it did not happen.

    Both spouses' rows draw by the couple, and so agree.
    """
    other = F.col("partner_")
    couple = ("block", F.least(F.col("slot"), other["slot"]))
    both_born = F.greatest(F.col("birth"), other["birth"])
    last_day = F.least(F.col("stop"), other["stop"])
    from_abroad = F.col("arrival").isNotNull() | other["arrival"].isNotNull()
    married = F.when(
        draws.chance("marries", F.when(from_abroad, 0.95).otherwise(0.72), *couple),
        F.greatest(_wedding(draws, couple, both_born), years_after(both_born, 18)),
    )
    divorced = plus("married", draws.tail("divorce", 4500, *couple) + 800)
    apart = draws.chance("divorces", 0.3, *couple)
    return (
        df.withColumn("married", F.when(other.isNotNull() & (married < last_day), married))
        .withColumn("divorced", F.when(apart & (divorced < last_day), divorced))
        .withColumn(
            "separated",
            F.when(draws.chance("separates", 0.7, *couple), F.date_sub(F.col("divorced"), 380)),
        )
        .withColumn(
            "widowed",
            F.when(
                F.col("married").isNotNull()
                & F.col("divorced").isNull()
                & (other["death"] < F.col("stop")),
                other["death"],
            ),
        )
    )


def _wedding(draws: Draws, couple: tuple[str, Column], both_born: Column) -> Column:
    other = F.col("partner_")
    comes_to = F.when(F.col("role") == "enlarges", F.col("arrival")).when(
        other["role"] == "enlarges", other["arrival"]
    )
    first_came = F.least(F.col("arrival"), other["arrival"])
    return (
        F.when(comes_to.isNotNull(), plus(comes_to, 250 - draws.whole("bride", 0, 700, *couple)))
        .when(
            first_came.isNotNull(),
            F.date_sub(first_came, draws.whole("before", 100, 3500, *couple)),
        )
        .otherwise(plus(years_after(both_born, 19), draws.whole("wedding", 300, 4500, *couple)))
    )


def _path() -> Column:
    """With the mother as a child, alone as an adult, at the anchor's place while married."""
    own, mother, partner = F.col("own_path"), F.col("mother_"), F.col("partner_")
    start = F.coalesce("arrival", "birth")
    with_mother = F.col("child") & (F.col("adult") > start)
    childhood = F.when(with_mother, _with(mother, start, F.col("adult"))).otherwise(_none())
    moves_in = F.greatest(F.col("married"), F.col("adult"), partner["arrival"])
    leaves = F.coalesce("divorced", F.date_add(F.col("widowed"), 1), F.col("stop"))
    shared = ~F.col("anchor") & F.col("married").isNotNull() & (moves_in < leaves)
    again = F.when(
        leaves < F.col("stop"),
        F.concat(
            F.array(_step(leaves, F.coalesce(_ticket_on(own, leaves), F.col("home")))),
            F.filter(own, lambda step: step["day"] > leaves),
        ),
    ).otherwise(_none())
    grown = F.when(
        shared,
        F.concat(
            F.filter(own, lambda step: step["day"] < moves_in),
            _with(partner, moves_in, leaves),
            again,
        ),
    ).otherwise(own)
    return F.filter(F.concat(childhood, grown), lambda step: step["day"] < F.col("stop"))


def _one_a_day(path: Column) -> Column:
    """Of steps on one day the last; staying abroad is no step."""
    last: Callable[[Column, Column], Column] = lambda step, i: F.coalesce(  # noqa: E731
        F.get(path, i + 1)["day"] != step["day"], F.lit(True)
    )
    return F.filter(path, last)


def _with(other: Column, since: Column, until: Column) -> Column:
    """The places of someone else's own path in the time, from where that person was then."""
    path = other["own_path"]
    there = F.coalesce(_ticket_on(path, since), other["home"])
    later = F.filter(path, lambda step: (step["day"] > since) & (step["day"] < until))
    return F.concat(F.array(_step(since, there)), later)


def _ticket_on(path: Column, day: Column) -> Column:
    return F.try_element_at(F.filter(path, lambda step: step["day"] <= day), F.lit(-1))["ticket"]


def _step(day: Column, ticket: Column) -> Column:
    return F.struct(day.alias("day"), ticket.cast("int").alias("ticket"))


def _none() -> Column:
    return F.array().cast("array<struct<day: date, ticket: int>>")
