"""PIN chains (L1): which PIN is the newest of a person, and which chains cannot be believed.

The table of changes is small beside the registers, so it goes to every task: no round exchanges
rows. Chains have no bounded length: the loops below have each round kept, where the caller says,
and stop when a round finds nothing new.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.model.table import Keep


def usable_changes(changes: DataFrame, keep: Keep) -> tuple[DataFrame, DataFrame]:
    """Part the PIN changes into those that lead on, and the PINs noted (L1).

    Args:
        changes: one row a reported change, with old_pin and new_pin.
        keep: where rows are kept that are read again.

    Returns:
        (old_pin, new_pin), one row for each PIN that has a successor; and (pin, what), what being
        pin_fork (every PIN of the rows of a PIN with two successors) or pin_cycle (every PIN of
        rows that form a cycle). Both are found in the whole table together.
    """
    edges = keep(changes.select("old_pin", "new_pin").distinct())
    forked = edges.groupBy("old_pin").count().where("count > 1").select("old_pin")
    fork_rows = edges.join(F.broadcast(forked), "old_pin", "left_semi")
    cycle_rows = _cycles(edges, keep)
    refused = fork_rows.unionByName(cycle_rows).distinct()
    usable = edges.join(F.broadcast(refused), ["old_pin", "new_pin"], "left_anti")
    noted = _pins_of(fork_rows, "pin_fork").unionByName(_pins_of(cycle_rows, "pin_cycle"))
    return usable, noted.distinct()


def newest_pins(usable: DataFrame, keep: Keep) -> DataFrame:
    """Lead every changed PIN to its newest (L1).

    Returns:
        One row a PIN that has a successor: pin, newest, steps (how many changes lie between).
    """
    chain = keep(
        usable.select(
            F.col("old_pin").alias("pin"), F.col("new_pin").alias("newest"), F.lit(1).alias("steps")
        )
    )
    while True:
        # Each round doubles the distance that a row has been led.
        further = F.broadcast(
            chain.select(
                F.col("pin").alias("newest"),
                F.col("newest").alias("further"),
                F.col("steps").alias("more"),
            )
        )
        if chain.join(further, "newest", "left_semi").isEmpty():
            return chain
        chain = keep(
            chain.join(further, "newest", "left").select(
                "pin",
                F.coalesce("further", "newest").alias("newest"),
                (F.col("steps") + F.coalesce("more", F.lit(0))).alias("steps"),
            )
        )


def _cycles(edges: DataFrame, keep: Keep) -> DataFrame:
    """The rows on a cycle: those whose new PIN leads back to the old one."""
    core = _core(edges, keep)
    reach = core
    size = -1
    while (found := reach.count()) != size:
        size = found
        onward = core.select(F.col("old_pin").alias("new_pin"), F.col("new_pin").alias("next"))
        longer = reach.join(F.broadcast(onward), "new_pin").select(
            "old_pin", F.col("next").alias("new_pin")
        )
        reach = keep(reach.unionByName(longer).distinct())
    back = reach.select(F.col("new_pin").alias("old_pin"), F.col("old_pin").alias("new_pin"))
    return core.join(F.broadcast(back), ["old_pin", "new_pin"], "left_semi")


def _core(edges: DataFrame, keep: Keep) -> DataFrame:
    """The rows left when loose ends are cut until none is: cycles and what lies between them."""
    core = edges
    size = core.count()
    while size:
        goes_on = core.select(F.col("old_pin").alias("new_pin"))
        comes_from = core.select(F.col("new_pin").alias("old_pin"))
        core = keep(
            core.join(F.broadcast(goes_on), "new_pin", "left_semi")
            .join(F.broadcast(comes_from), "old_pin", "left_semi")
            .select("old_pin", "new_pin")
        )
        left = core.count()
        if left == size:
            break
        size = left
    return core


def _pins_of(rows: DataFrame, what: str) -> DataFrame:
    pins = rows.select(F.explode(F.array("old_pin", "new_pin")).alias("pin"))
    return pins.withColumn("what", F.lit(what))
