"""Population accounts (S4): what every stock is made of, and that nothing is missing."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from folketall.geography.leading import lead_codes
from folketall.model.table import conform
from folketall.model.tables import ACCOUNT

PLUS = ("births", "immigrations", "in", "opened_otherwise", "boundary_in")
MINUS = ("deaths", "emigrations", "out", "boundary_out")
TERMS = ("stock_start", *PLUS, *MINUS, "stock_end")
_ARRIVES = {"birth": "births", "immigration": "immigrations", "opened": "opened_otherwise"}
_LEAVES = {"death": "deaths", "emigration": "emigrations"}


def accounts(
    run_states: DataFrame,
    run_residents: DataFrame,
    paths: DataFrame,
    splits: DataFrame,
    *,
    years: tuple[int, int],
) -> DataFrame:
    """The terms of S4 by municipality, in the codes of 1 January R+1, all at the run's K.

    Args:
        run_states: kept events of the run's view with first_year, as `states` returns them.
        run_residents: residents of the run's view, as `residents` returns them.
        paths: code paths of the geography room (G1).
        splits: code, day, successor (G1).
        years: first and last stock; the accounts are those between them.

    Returns:
        ACCOUNT. `in`, `out` and the boundary terms name the other end, so that any region's
        accounts can leave out what stays within it.
    """
    events = run_states.withColumn("reference_year", F.col("first_year") - 1)
    own = own_changes(events, splits)
    stock = _stocks(run_residents, own, paths, splits, years)
    flow = _flows(events, own, paths, splits, years)
    counted = (
        stock.unionByName(flow)
        .groupBy("reference_year", "municipality", "other_municipality", "term")
        .agg(F.count(F.lit(1)).alias("persons"))
    )
    return conform(counted.select(*ACCOUNT.columns), ACCOUNT)


def own_changes(events: DataFrame, splits: DataFrame) -> DataFrame:
    """Persons' own boundary changes on the day of a split, which decide it for them (G1).

    Returns:
        person_id, reference_year, split_day, own_code: at most one a person and year.
    """
    parts = F.broadcast(
        splits.select(
            F.col("day").alias("event_date"), F.col("successor").alias("municipality")
        ).distinct()
    )
    last = F.max(F.struct("event_date", "position", "municipality"))
    return (
        events.where("effect = 'boundary_change'")
        .join(parts, ["event_date", "municipality"], "left_semi")
        .groupBy("person_id", "reference_year")
        .agg(last.alias("last"))
        .select(
            "person_id",
            "reference_year",
            F.col("last.event_date").alias("split_day"),
            F.col("last.municipality").alias("own_code"),
        )
    )


def _stocks(
    run_residents: DataFrame,
    own: DataFrame,
    paths: DataFrame,
    splits: DataFrame,
    years: tuple[int, int],
) -> DataFrame:
    """Each stock twice: as the end of one year and, in the next year's codes, as the start."""
    ends = F.array(
        F.struct(F.lit("stock_end").alias("term"), (F.col("year") - 1).alias("reference_year")),
        F.struct(F.lit("stock_start").alias("term"), F.col("year").alias("reference_year")),
    )
    rows = (
        run_residents.withColumn("end", F.explode(ends))
        .select("person_id", "municipality", "event_date", "end.term", "end.reference_year")
        .where(_within("reference_year", years))
    )
    led = _led(
        _with_own(rows, own), paths, splits, "municipality", "event_date", years=years, into="led"
    )
    return led.select(
        "reference_year",
        F.col("led").alias("municipality"),
        F.lit(None).cast("string").alias("other_municipality"),
        "term",
    )


def _flows(
    events: DataFrame,
    own: DataFrame,
    paths: DataFrame,
    splits: DataFrame,
    years: tuple[int, int],
) -> DataFrame:
    rows = _with_own(events.where(_within("reference_year", years)), own)
    rows = _led(rows, paths, splits, "municipality", "event_date", years=years, into="new")
    rows = _led(
        rows, paths, splits, "previous_municipality", "previous_date", years=years, into="old"
    )
    changed = F.col("new") != F.col("old")
    moved, redrawn = F.col("effect") == "move", F.col("effect") == "boundary_change"
    terms = F.array(
        *[_entry(F.col("effect") == e, term, "new") for e, term in _ARRIVES.items()],
        *[_entry(F.col("effect") == e, term, "old") for e, term in _LEAVES.items()],
        _entry(moved & changed, "in", "new", "old"),
        _entry(moved & changed, "out", "old", "new"),
        _entry(redrawn & changed, "boundary_in", "new", "old"),
        _entry(redrawn & changed, "boundary_out", "old", "new"),
    )
    entry = F.explode(F.filter(terms, lambda t: t["applies"])).alias("entry")
    return rows.select("reference_year", entry).select(
        "reference_year", "entry.municipality", "entry.other_municipality", "entry.term"
    )


def _entry(applies: Column, term: str, at: str, other: str | None = None) -> Column:
    end = F.col(other) if other else F.lit(None).cast("string")
    return F.struct(
        F.coalesce(applies, F.lit(False)).alias("applies"),
        F.lit(term).alias("term"),
        F.col(at).alias("municipality"),
        end.alias("other_municipality"),
    )


def _within(year: str, years: tuple[int, int]) -> Column:
    return F.col(year).between(years[0], years[1] - 1)


def _with_own(rows: DataFrame, own: DataFrame) -> DataFrame:
    return rows.join(own, ["person_id", "reference_year"], "left")


def _led(
    rows: DataFrame,
    paths: DataFrame,
    splits: DataFrame,
    code: str,
    on: str,
    *,
    years: tuple[int, int],
    into: str,
) -> DataFrame:
    """Lead a code to 1 January R+1; at a split the person's own boundary change decides (G1)."""
    eve = F.date_sub("split_day", 1)
    # Only where there is a split ahead is the code before it asked for.
    asked = F.when(F.col(on) < F.col("split_day"), F.col(code))
    before = lead_codes(rows, paths, code=asked, on=on, to=eve, into="before")
    parts = F.broadcast(
        splits.select(
            F.col("code").alias("before"),
            F.col("day").alias("split_day"),
            F.col("successor").alias("own_code"),
            F.lit(True).alias("own_decides"),
        )
    )
    decided = F.col("own_decides") & (F.col(on) < F.col("split_day"))
    chosen = before.join(parts, ["before", "split_day", "own_code"], "left").withColumns(
        {
            "_from": F.when(decided, F.col("own_code")).otherwise(F.col(code)),
            "_since": F.when(decided, F.col("split_day")).otherwise(F.col(on)),
        }
    )
    to = F.make_date(F.col("reference_year") + 1, F.lit(1), F.lit(1))
    days = [date(year + 1, 1, 1) for year in range(*years)]
    led = lead_codes(chosen, paths, code="_from", on="_since", to=to, into=into, among=days)
    return led.drop("_from", "_since", "before", "before_split", "own_decides", f"{into}_split")


def differences(account_rows: DataFrame) -> DataFrame:
    """S4: municipalities and years whose account does not come out at zero; none when all is well.

    Returns:
        reference_year, municipality, difference, and one column a term.
    """
    terms = (
        account_rows.groupBy("reference_year", "municipality")
        .pivot("term", list(TERMS))
        .agg(F.sum("persons"))
        .na.fill(0)
    )
    change = F.lit(0)
    for term in PLUS:
        change = change + F.col(term)
    for term in MINUS:
        change = change - F.col(term)
    difference = F.col("stock_end") - F.col("stock_start") - change
    return terms.withColumn("difference", difference).where("difference <> 0")
