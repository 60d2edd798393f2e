"""Pure work on executors: heavy arithmetic on a few things at a time, spread by Spark."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import pandas as pd
from pyspark.sql import SparkSession

One = TypeVar("One")


def on_executors(
    spark: SparkSession, work: Callable[[One], bytes], things: Sequence[One]
) -> list[bytes]:
    """The work's result for each thing, in their order; a task each.

    As many at a time as there are cores: never are all of them in Java's memory.

    Args:
        spark: whose executors work.
        work: a function of its argument alone.
        things: few, each some megabytes at most.
    """
    wide = max(1, spark.sparkContext.defaultParallelism)
    waves = [things[first : first + wide] for first in range(0, len(things), wide)]
    return [result for wave in waves for result in _side_by_side(spark, work, wave)]


def _side_by_side(
    spark: SparkSession, work: Callable[[One], bytes], things: Sequence[One]
) -> list[bytes]:
    sent = [(number, pickle.dumps(thing)) for number, thing in enumerate(things)]

    def each(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for batch in batches:
            done = [work(pickle.loads(thing)) for thing in batch["thing"]]
            yield pd.DataFrame({"number": batch["number"], "result": done})

    rows = (
        spark.createDataFrame(sent, "number int, thing binary")
        .repartition(len(things))
        .mapInPandas(each, "number int, result binary")
        .collect()
    )
    return [bytes(row["result"]) for row in sorted(rows, key=lambda row: row["number"])]
