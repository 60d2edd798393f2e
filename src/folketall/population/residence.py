"""Residence histories (H1-H6): which events change residence, and what each changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.window import WindowSpec

from folketall.geography.leading import lead_codes
from folketall.model.table import conform
from folketall.model.tables import HISTORY_EVENT, RESIDENCE_SPELL

KEPT = "kept"
_HISTORY = ("view", "person_id")


def histories(
    events: DataFrame,
    *,
    no_change_prefixes: Sequence[str],
    asylum_counted: tuple[date, date],
) -> DataFrame:
    """Put every event in its place and say what becomes of it (H1-H5).

    Args:
        events: one row an event and view: view, person_id, event_id, event_type, event_date,
            registration_date, municipality (as reported), read_as and code_note (G3), country,
            cause.
        no_change_prefixes: county codes of Svalbard and the like (H1).
        asylum_counted: first and last day on which pending asylum seekers count (H2).

    Returns:
        HISTORY_EVENT: every event in, once; `fate` says what became of it.
    """
    kept = F.col("fate") == KEPT
    # Three windows, each once through all histories: first what needs the events alone (whoever
    # is alive has nobody's death before, so openers need not ask), then the state, then the rest.
    judged = (
        _with_state(events.withColumn("aside", set_aside(no_change_prefixes, asylum_counted)))
        .withColumn("fate", _fate())
        .withColumn("effect", F.when(kept, _effect()))
        .withColumn("note", _note())
        # Svalbard and the like are no municipalities, so their codes are not read (H1).
        .withColumn("code_note", F.when(~in_dependency(no_change_prefixes), F.col("code_note")))
        .withColumn("municipality", F.when(kept & _resident_after(), F.col("read_as")))
    )
    return _with_neighbours(judged).select(*HISTORY_EVENT.columns).transform(conform, HISTORY_EVENT)


def _with_state(events: DataFrame) -> DataFrame:
    """Events with what is known of the person just before: `resident`, `dead` and so on (H4)."""
    before = _ordered().rowsBetween(Window.unboundedPreceding, -1)
    is_type, boundary = F.col("event_type"), is_boundary_change()
    opener = F.col("aside").isNull() & is_type.isin("birth", "immigration", "move") & ~boundary
    in_play = F.col("aside").isNull() & ~F.col("dead")
    born_late = in_play & (is_type == "birth") & F.col("opened_before")
    # A boundary change leaves the state as it is; a birth that comes too late changes nothing.
    new_state = F.when(F.col("opener") & ~F.col("born_late"), True).when(
        in_play & is_type.isin("emigration", "death"), False
    )
    needs_residence = boundary | is_type.isin("emigration", "death")
    return (
        events.withColumn("opener", opener)
        .withColumns(
            {
                "dead": F.coalesce(F.max(is_type == "death").over(before), F.lit(False)),
                "opened_before": F.coalesce(F.max("opener").over(before), F.lit(False)),
            }
        )
        .withColumn("born_late", born_late)
        .withColumn("new_state", new_state)
        .withColumn(
            "resident",
            F.coalesce(F.last("new_state", ignorenulls=True).over(before), F.lit(False)),
        )
        .withColumn("not_resident", in_play & needs_residence & ~F.col("resident"))
    )


def _with_neighbours(judged: DataFrame) -> DataFrame:
    """Kept events with their place in the order, and what comes before and after (H3)."""
    ordered = _ordered()
    before = ordered.rowsBetween(Window.unboundedPreceding, -1)
    until = ordered.rowsBetween(Window.unboundedPreceding, 0)
    after = ordered.rowsBetween(1, Window.unboundedFollowing)
    kept = F.col("fate") == KEPT
    opening = F.when(F.col("effect").isin("birth", "immigration", "opened"), F.col("effect"))
    return (
        judged.withColumn("kept_date", F.when(kept, F.col("event_date")))
        .withColumn("opening", opening)
        .withColumns(
            {
                "place": F.sum(kept.cast("int")).over(ordered).cast("int"),
                "date_before": F.last("kept_date", ignorenulls=True).over(before),
                "municipality_before": F.last("municipality", ignorenulls=True).over(before),
                "date_after": F.first("kept_date", ignorenulls=True).over(after),
                "opening_before": F.last("opening", ignorenulls=True).over(until),
            }
        )
        .withColumn("position", F.when(kept, F.col("place")))
        .withColumn("previous_date", F.when(kept, F.col("date_before")))
        .withColumn(
            "previous_municipality",
            F.when(kept & F.col("resident"), F.col("municipality_before")),
        )
        .withColumn("next_date", F.when(kept, F.col("date_after")))
        .withColumn("opened_by", F.when(F.col("municipality").isNotNull(), F.col("opening_before")))
    )


def _ordered() -> WindowSpec:
    return Window.partitionBy(*_HISTORY).orderBy(*_order())


def is_boundary_change() -> Column:
    """A move because the municipality changed, not the person."""
    return (F.col("event_type") == "move") & (F.coalesce("cause", F.lit("")) == "boundary_change")


def set_aside(no_change_prefixes: Sequence[str], asylum_counted: tuple[date, date]) -> Column:
    """H1 and H2: `set_aside` or `asylum_pending` for events that change no residence, else null."""
    moving = F.col("event_type").isin("birth", "move", "immigration")
    not_residence = F.coalesce("cause", F.lit("")).isin(
        "temporary", "posted_abroad", "embassy_or_nato"
    )
    by_h1 = (~F.col("event_type").isin("birth", "death") & not_residence) | (
        moving & in_dependency(no_change_prefixes)
    )
    counted = F.col("event_date").between(F.lit(asylum_counted[0]), F.lit(asylum_counted[1]))
    by_h2 = (
        (F.coalesce("cause", F.lit("")) == "asylum_pending")
        & F.col("event_type").isin("immigration", "move")
        & ~counted
    )
    return F.when(by_h1, "set_aside").when(by_h2, "asylum_pending")


def in_dependency(prefixes: Sequence[str]) -> Column:
    """H1: the municipality as reported is on Svalbard, Jan Mayen or the continental shelf."""
    return F.coalesce(F.substring("municipality", 1, 2).isin(list(prefixes)), F.lit(False))


def _order() -> list[Column]:
    """H3: the order of a person's history."""
    within_day = (
        F.when(F.col("event_type") == "birth", 0)
        .when(is_boundary_change(), 1)
        .when(F.col("event_type") == "death", 3)
        .otherwise(2)
    )
    by_type = (
        F.when(F.col("event_type") == "emigration", 0)
        .when(F.col("event_type") == "immigration", 1)
        .otherwise(2)
    )
    return [
        F.col("event_date"),
        within_day,
        F.col("registration_date"),
        by_type,
        F.col("event_id"),
    ]


def _fate() -> Column:
    return (
        F.when(F.col("aside").isNotNull(), F.col("aside"))
        .when(F.col("dead"), "after_death")
        .when(F.col("born_late") | F.col("not_resident"), "ignored")
        .otherwise(KEPT)
    )


def _effect() -> Column:
    """H5: what a kept event does."""
    kind = F.col("event_type")
    return (
        F.when(is_boundary_change(), "boundary_change")
        .when((kind == "immigration") & F.col("resident"), "move")
        .when((kind == "move") & ~F.col("resident"), "opened")
        .otherwise(kind)
    )


def _note() -> Column:
    """H3 and H5: the oddity, if the event is one."""
    kind = F.col("event_type")
    kept = F.col("fate") == KEPT
    return (
        F.when(F.col("fate") == "after_death", "after_death")
        .when(F.col("born_late"), "born_late")
        .when(F.col("not_resident"), "not_resident")
        .when(kept & (kind == "immigration") & F.col("resident"), "already_resident")
        .when(kept & (kind == "move") & ~F.col("resident"), "not_resident_before")
    )


def _resident_after() -> Column:
    return F.col("event_type").isin("birth", "immigration", "move")


def residence_spells(history: DataFrame, paths: DataFrame) -> DataFrame:
    """One row for each unbroken stay in one municipality (H4).

    Args:
        history: HISTORY_EVENT of one view.
        paths: code paths of the geography room (G1).

    Returns:
        RESIDENCE_SPELL. Stays of length zero are dropped, so that leaving and coming back on one
        day does not break a stay.
    """
    stays = history.where(
        "municipality is not null and (next_date is null or next_date > event_date)"
    )
    by_person = Window.partitionBy("person_id").orderBy("position")
    spells = (
        _unbroken(stays, by_person, paths)
        .withColumn("starts", F.when(F.col("unbroken"), 0).otherwise(1))
        .withColumn("spell", F.sum("starts").over(by_person))
        .groupBy("person_id", "spell")
        .agg(
            F.min("event_date").alias("from_date"),
            F.max_by("next_date", "position").alias("to_date"),
            F.min("municipality").alias("municipality"),
            F.min_by("opened_by", "position").alias("opened_by"),
        )
    )
    return conform(spells.select(*RESIDENCE_SPELL.columns), RESIDENCE_SPELL)


def _unbroken(stays: DataFrame, by_person: WindowSpec, paths: DataFrame) -> DataFrame:
    """H4: add `unbroken`: the stay goes on from the one before it, in the same municipality.

    The same code is another municipality where codes were used again, so the code of the stay
    before is led to the day of this one (G1).
    """
    going_on = (F.lag("municipality").over(by_person) == F.col("municipality")) & (
        F.lag("next_date").over(by_person) == F.col("event_date")
    )
    before = stays.withColumns(
        {
            "code_before": F.when(going_on, F.col("municipality")),
            "since_before": F.lag("event_date").over(by_person),
        }
    )
    led = lead_codes(
        before, paths, code="code_before", on="since_before", to="event_date", into="led"
    )
    return led.withColumn("unbroken", F.col("led") == F.col("municipality"))


def short_stays(history: DataFrame, *, limits: Mapping[str, int]) -> DataFrame:
    """Stays and absences shorter than the rules of registration intend (H6).

    Args:
        history: HISTORY_EVENT of one view.
        limits: months: `stay`, `other`, and one for each country that has its own.

    Returns:
        person_id, event_id (of the event that ended it), what (short_stay, short_absence). The
        figures keep them, for intention decides.
    """
    crossing = history.where("effect in ('birth', 'immigration', 'opened', 'emigration', 'death')")
    by_person = Window.partitionBy("person_id").orderBy("position")
    last = (
        crossing.withColumn("last_effect", F.lag("effect").over(by_person))
        .withColumn("last_date", F.lag("event_date").over(by_person))
        .withColumn("last_country", F.lag("country").over(by_person))
    )
    own_limit = F.create_map(
        *[F.lit(x) for country, months in limits.items() for x in (country, months)]
    )
    absence = F.coalesce(
        F.when(
            ~F.col("last_country").isin("stay", "other"),
            F.try_element_at(own_limit, F.col("last_country")),
        ),
        F.lit(limits["other"]),
    )
    stay = (F.col("effect") == "emigration") & (F.col("last_effect") == "immigration")
    away = (F.col("effect") == "immigration") & (F.col("last_effect") == "emigration")
    short = F.when(
        stay & (F.col("event_date") < F.add_months("last_date", limits["stay"])), "short_stay"
    ).when(away & (F.col("event_date") < F.add_months("last_date", absence)), "short_absence")
    return (
        last.withColumn("what", short)
        .where("what is not null")
        .select("person_id", "event_id", "what")
    )
