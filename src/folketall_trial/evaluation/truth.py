"""The truth beside a synthetic register, and whom of it the warehouse's persons are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from folketall.model.errors import UsageError

COLUMNS: Mapping[str, str] = {
    "person": "person_no bigint, birth_date date, sex string, birth_country string, "
    "country_background string, immigrant boolean, first_immigration_date date, reason string, "
    "detail string, reference_no bigint, relation string, family_type string",
    "pin": "pin string, person_no bigint",
    "duf": "duf string, person_no bigint",
    "residence": "person_no bigint, from_date date, to_date date, municipality string",
    "move": "person_no bigint, kind string, event_date date, from_municipality string, "
    "to_municipality string, country string",
}
"""The tables of the truth, a folder of Parquet each; more columns are welcome."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The tables of `COLUMNS`."""

    person: DataFrame
    pin: DataFrame
    duf: DataFrame
    residence: DataFrame
    move: DataFrame


def read_truth(spark: SparkSession, folder: Path | str) -> Truth:
    """Read the truth that `folketall synthesise --truth` wrote.

    Raises:
        UsageError: a table or a column that is not there.
    """
    return Truth(**{field.name: _read(spark, folder, field.name) for field in fields(Truth)})


def _read(spark: SparkSession, folder: Path | str, name: str) -> DataFrame:
    try:
        rows = spark.read.parquet(f"{str(folder).rstrip('/')}/{name}")
    except AnalysisException:
        raise UsageError(
            f"there is no truth {name} in {folder}; name the folder that "
            "`folketall synthesise --truth` wrote"
        ) from None
    wanted = [part.strip().split(" ") for part in COLUMNS[name].split(",")]
    missing = [column for column, _ in wanted if column not in rows.columns]
    if missing:
        raise UsageError(f"the truth {name} in {folder} has no column {', '.join(missing)}")
    return rows.select(*[F.col(column).cast(kind).alias(column) for column, kind in wanted])


def identities(pins: DataFrame, keys: DataFrame) -> DataFrame:
    """Which true person is behind each person of the warehouse; PINs end here.

    Args:
        pins: pin, person_no of the truth.
        keys: pin, person_id, age_of_pin, as the run's K knows them.

    Returns:
        (person_id, person_no, main), unique. A person_id has several persons where the register
        mixed their PINs, a person_no several where a change of PIN was lost. `main` is true for
        one row of each person_id: the person of its newest PIN.
    """
    pairs = (
        keys.join(pins, "pin")
        .groupBy("person_id", "person_no")
        .agg(F.min(F.struct("age_of_pin", "pin")).alias("newest"))
    )
    first = F.min("newest").over(Window.partitionBy("person_id"))
    return pairs.select("person_id", "person_no", (F.col("newest") == first).alias("main"))
