"""A truth and a warehouse of a few persons, drawn on paper.

anna came as a refugee, bo and eva to her as family, carl for work; dina was born in Norway.
bo's new PIN was lost, so he is two persons; carl's PIN is among anna's.
"""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession

from folketall.model import tables as t
from folketall.model.tables import DIMENSIONS
from folketall.storage.opening import open_warehouse
from folketall_trial.evaluation.truth import COLUMNS
from tests.support.frames import frame

TRUTH = {
    "person": """
        1 | 1980-01-01 | 2 | 564 | 564 | true  | 2010-05-01 | refugee | asylum | | | |
        2 | 1980-01-01 | 1 | 564 | 564 | true  | 2012-05-01 | family  |        | 1 | spouse | reunification |
        3 | 1980-01-01 | 1 | 106 | 106 | true  | 2015-03-01 | labour  |        |   |        |
        4 | 2013-01-01 | 2 | 000 | 564 | false |            |         |        |   |        |
        5 | 2000-01-01 | 2 | 564 | 564 | true  | 2024-02-01 | family  |        | 1 | child  | enlargement |
        6 | 1990-01-01 | 2 | 575 | 575 | true  | 2024-03-01 | refugee | other  |   |        |
    """,
    "pin": "p1 | 1\np2 | 2\np2new | 2\np3 | 3\np4 | 4\np5 | 5",
    "duf": "198900000001 | 1\n200100000002 | 2\n201500000003 | 3\n202300000005 | 5\n202300000006 | 6\n202300000007 | 2",
    "residence": """
        1 | 2010-05-01 |            | 0301
        2 | 2012-05-01 | 2024-12-31 | 0301
        3 | 2015-03-01 |            | 0301
        4 | 2013-01-01 | 2025-01-01 | 0301
        5 | 2024-02-01 |            | 0301
        6 | 2025-01-01 |            | 0301
    """,
    "move": """
        5 | immigration   | 2025-02-01 |      | 0301 | 564
        2 | emigration    | 2025-12-31 | 0301 |      | 101
        3 | internal      | 2025-06-01 | 0301 | 1103 |
        3 | intramunicipal | 2025-07-01 | 1103 | 1103 |
        3 | internal      | 2019-07-01 | 1103 | 1103 |
    """,
}
KEYS = """
    p1    | 11 | 1 | 11 | 0
    p3    | 11 | 1 | 13 | 1
    p2    | 12 | 2 | 12 | 0
    p2new | 22 | 3 | 22 | 0
    p4    | 14 | 4 | 14 | 0
    p5    | 15 | 5 | 15 | 0
    ghost | 19 | 6 | 19 | 0
"""
LINKS = """
    198900000001 | 11 | both_registers | 6
    200100000002 | 12 | cpr_only       | 4
    201500000003 | 14 | exact_match    | 6
    202300000005 |    | unlinked       |
    202300000006 |    | unlinked       |
    202300000007 | 22 | probabilistic  | 0.99
    202399999999 | 15 | cpr_only       | 4
"""
REASONS = """
    11 | refugee | resettlement | c1 | C1
    12 | family  |              |    | C6
    15 | labour  |              | c5 | C2
    14 | family  |              |    | C7
"""
FIRST = """
    11 | 2010-05-01 | 2010-05-01 | event
    12 | 2012-06-01 | 2012-06-01 | event
    14 | 2013-01-01 |            | residence
"""
REFERENCES = "12 | 11 | spouse | cpr\n22 | | | none\n15 | 14 | stated | udb"
TYPES = "12 | reunification | udb\n15 | unspecified | none"
CELLS = """
    population_by_background | 2025 |       | total | total | total |       | persons | 5
    population_by_background | 2025 |       | total | total | false |       | persons | 2
    refugees_by_category     | 2025 | total |       |       |       |       | persons | 3
    refugees_by_category     | 2025 | asylum |      |       |       |       | persons | 1
    refugees_by_category     | 2025 | principal |   |       |       |       | persons | 1
    refugees_by_category     | 2025 | family_enlargement |  |  |    |       | persons |
    migrations_by_age        | 2025 |       | total | total |       |       | immigration | 2
    migrations_by_age        | 2025 |       | total | total |       |       | between_municipalities | 1
    migrations_by_age        | 2025 |       | 1     | total |       |       | immigration | 1
"""


def truth(spark: SparkSession) -> dict:
    """The tables of the truth by name."""
    return {name: padded(spark, COLUMNS[name], drawing) for name, drawing in TRUTH.items()}


def padded(spark: SparkSession, ddl: str, drawing: str):
    """`frame`, where cells that are left out at the end of a line are blank."""
    width = ddl.count(",") + 1
    rows = [line.split("|") for line in drawing.splitlines() if line.strip()]
    lines = [" | ".join([*row, *[""] * width][:width]) for row in rows]
    return frame(spark, ddl, "\n".join(lines))


def cells(spark: SparkSession, drawing: str, table: t.Table = t.PUBLISHED_CUBE):
    """Cells of the nation: cube, period, category, sex, age, immigrant, country_group, measure, value."""
    drawn = frame(
        spark,
        "cube string, period string, category string, sex string, age string, immigrant string,"
        "country_group string, measure string, value double",
        drawing,
    )
    given = {
        "geography": "period", "level": "'nation'", "region": "'0'", "status": "cast(null as string)",
    } | dict.fromkeys(DIMENSIONS, "cast(null as string)")  # fmt: skip
    columns = [
        n if n in drawn.columns else f"{given.get(n, 'cast(null as double)')} as {n}"
        for n in table.columns
    ]
    return drawn.selectExpr(*columns)


def write(spark: SparkSession, place: Path) -> tuple[Path, Path]:
    """The truth's folder and the warehouse's."""
    for name, rows in truth(spark).items():
        rows.coalesce(1).write.parquet(str(place / "truth" / name))
    house = open_warehouse(spark, str(place / "warehouse"))
    drawings = {
        # The run's K did not yet know that p2 had become p2new.
        t.PERSON_KEY: KEYS.replace("12 | 2 | 12 | 0", "12 | 2 | 12 | 1").replace(
            "22 | 3", "12 | 3"
        ),
        t.PERSON_AT: "12 | 12 | 0\n22 | 22 | 0",
        t.PERSON_LINK: LINKS,
        t.REASON_FOR_IMMIGRATION: REASONS,
        t.FIRST_IMMIGRATION: FIRST,
        t.REFERENCE_PERSON: REFERENCES,
        t.FAMILY_UNIFICATION: TYPES,
    }
    for table, drawing in drawings.items():
        house.replace(rows_of(spark, table, drawing), table, "drawn")
    house.replace(cells(spark, CELLS), t.PUBLISHED_CUBE, "drawn")
    return place / "truth", place / "warehouse"


def rows_of(spark: SparkSession, table: t.Table, drawing: str):
    """A drawing in the columns of a table."""
    ddl = ", ".join(f"{f.name} {f.dataType.simpleString()}" for f in table.schema)
    return padded(spark, ddl, drawing)
