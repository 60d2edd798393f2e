"""Population accounts (S4): what every stock is made of, and that nothing is missing."""

from __future__ import annotations

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
    run_states: DataFrame, run_residents: DataFrame, paths: DataFrame, *, years: tuple[int, int]
) -> DataFrame:
    """The terms of S4 by municipality, in the codes of 1 January R+1, all at the run's K.

    Args:
        run_states: kept events of the run's view with first_year, as `states` returns them.
        run_residents: residents of the run's view, as `residents` returns them.
        paths: code paths of the geography room.
        years: first and last stock; the accounts are those between them.

    Returns:
        ACCOUNT. `in`, `out` and the boundary terms name the other end, so that any region's
        accounts can leave out what stays within it.
    """
    stock = _stocks(run_residents, paths, years)
    flow = _flows(run_states, paths, years)
    rows = stock.unionByName(flow)
    counted = rows.groupBy("reference_year", "municipality", "other_municipality", "term").agg(
        F.count(F.lit(1)).alias("persons")
    )
    return conform(counted.select(*ACCOUNT.columns), ACCOUNT)


def _stocks(run_residents: DataFrame, paths: DataFrame, years: tuple[int, int]) -> DataFrame:
    """Each stock twice: as the end of one year and, in the next year's codes, as the start."""
    ends = F.array(F.struct(F.lit("stock_end").alias("term"), (F.col("year") - 1).alias("reference_year")),
                   F.struct(F.lit("stock_start").alias("term"), F.col("year").alias("reference_year")))  # fmt: skip
    rows = run_residents.withColumn("end", F.explode(ends)).select(
        "municipality", "event_date", "end.term", "end.reference_year"
    )
    led = _led(rows.where(_within("reference_year", years)), paths, "municipality", "event_date")
    return led.select(
        "reference_year",
        F.col("led").alias("municipality"),
        F.lit(None).cast("string").alias("other_municipality"),
        "term",
    )


def _flows(run_states: DataFrame, paths: DataFrame, years: tuple[int, int]) -> DataFrame:
    rows = run_states.withColumn("reference_year", F.col("first_year") - 1).where(
        _within("reference_year", years)
    )
    rows = _led(rows, paths, "municipality", "event_date").withColumnRenamed("led", "new")
    rows = _led(rows, paths, "previous_municipality", "previous_date").withColumnRenamed(
        "led", "old"
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


def _led(rows: DataFrame, paths: DataFrame, code: str, on: str) -> DataFrame:
    to = F.make_date(F.col("reference_year") + 1, F.lit(1), F.lit(1))
    return lead_codes(rows.withColumn("to", to), paths, code=code, on=on, to="to", into="led").drop(
        "to", "led_split"
    )


def differences(account_rows: DataFrame) -> DataFrame:
    """Municipalities and years whose account does not come out at zero (S4): none, when all is well.

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
