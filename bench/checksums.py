"""Checksums of every public table of a warehouse, and where two warehouses differ.

    .venv/bin/python bench/checksums.py W          # a line a table: rows and checksum
    .venv/bin/python bench/checksums.py W1 W2      # rows that only one of them has; exit 1 if any

Public are the tables and columns of CONTRACT.md. The checksum does not depend on the order of the
rows, nor on which number a person was given: a person is told by the smallest of its PINs. So a
warehouse made anew, and one made by other code of the same method, have the same checksums.

No figure and no PIN is printed: only names of tables, numbers of rows, and checksums.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
from deltalake import DeltaTable

PERSON_TABLES = {
    "person_key": "pin person_id draw",
    "person": "person_id birth_date sex birth_country mother_id father_id immigrant "
    "country_background",
    "person_link": "duf person_id method score",
    "residence_spell": "person_id from_date to_date municipality",
    "first_immigration": "person_id first_immigration_date registration_date source",
    "reason_for_immigration": "person_id reason detail case_id rule",
    "reference_person": "person_id reference_id relation source",
    "family_unification": "person_id type source",
    "population": "reference_date person_id municipality age sex marital_status citizenship "
    "country_background immigrant",
    "refugee_population": "reference_date person_id municipality age sex marital_status "
    "citizenship country_background immigrant category first_immigration_date years_of_residence "
    "rule",
    "migration": "year event_id person_id kind event_date registration_date from_municipality "
    "to_municipality country age sex marital_status citizenship country_background administrative",
    "rejected_row": "source delivered_on table row rule why",
    "inconsistency": "rule what person_id source_table source_key",
}
DIMENSIONS = (
    "category years_of_residence country_group citizenship sex age immigrant marital_status "
    "country other_region"
)
CUBE_TABLES = {
    "cube": f"cube period geography level region {DIMENSIONS} measure value",
    "published_cube": f"cube period geography level region {DIMENSIONS} measure value status",
}
TABLES = {name: columns.split() for name, columns in (PERSON_TABLES | CUBE_TABLES).items()}
IDS = ("person_id", "mother_id", "father_id", "reference_id")


class Public:
    """The public tables of one warehouse, as DuckDB reads them; persons are told by a PIN."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, warehouse: Path, name: str) -> None:
        self.connection, self.warehouse, self.name = connection, warehouse, name
        self.columns: dict[str, list[str]] = {}
        self._register("person_key")
        connection.execute(
            f"CREATE TABLE {name}_persons AS SELECT person_id AS id, min(pin) AS told_by "
            f"FROM {name}_person_key GROUP BY person_id"
        )
        for table, columns in TABLES.items():
            if (warehouse / table).is_dir():
                self._register(table)
                self.columns[table] = [c for c in columns if c in self._names(table)]

    def _register(self, table: str) -> None:
        data = DeltaTable(self.warehouse / table).to_pyarrow_dataset()
        self.connection.register(f"{self.name}_{table}", data)

    def _names(self, table: str) -> list[str]:
        found = self.connection.execute(f"DESCRIBE {self.name}_{table}").fetchall()
        return [row[0] for row in found]

    def rows(self, table: str, columns: Sequence[str]) -> str:
        """SQL of the table's rows, persons told by a PIN."""
        persons = f"{self.name}_persons"
        shown = [
            f'(SELECT told_by FROM {persons} WHERE id = t."{c}") AS "{c}"'
            if c in IDS
            else f't."{c}"'
            for c in columns
        ]
        return f"SELECT {', '.join(shown)} FROM {self.name}_{table} AS t"

    def checksum(self, table: str, columns: Sequence[str]) -> tuple[int, str]:
        """Rows, and a number that is the same for the same rows in any order."""
        query = (
            "SELECT count(*), coalesce(sum(CAST(hash(r) AS HUGEINT)) % 18446744073709551557, 0) "
            f"FROM ({self.rows(table, columns)}) AS r"
        )
        rows, found = self.connection.execute(query).fetchall()[0]
        return rows, f"{int(found):016x}"


def main(words: Sequence[str] | None = None) -> int:
    """Print the checksums of one warehouse, or the differences of two."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("warehouse", type=Path)
    parser.add_argument("other", type=Path, nargs="?")
    arguments = parser.parse_args(words)
    connection = duckdb.connect()
    one = Public(connection, arguments.warehouse, "one")
    if arguments.other is None:
        for table, columns in one.columns.items():
            rows, checksum = one.checksum(table, columns)
            print(f"{table:<24}{rows:>12}  {checksum}")
        return 0
    two = Public(connection, arguments.other, "two")
    return 1 if differences(connection, one, two) else 0


def differences(connection: duckdb.DuckDBPyConnection, one: Public, two: Public) -> int:
    """Print by table how many rows only one of the warehouses has; their number is returned."""
    print(f"{'table':<24}{'rows':>12}{'rows':>12}{'only one':>12}{'only other':>12}")
    different = 0
    for table in TABLES:
        if table not in one.columns and table not in two.columns:
            continue
        if table not in one.columns or table not in two.columns:
            print(f"{table:<24} is in one of them only")
            different += 1
            continue
        columns = [c for c in one.columns[table] if c in two.columns[table]]
        apart = set(one.columns[table]) ^ set(two.columns[table])
        mine, theirs = one.checksum(table, columns), two.checksum(table, columns)
        left = right = 0
        if mine != theirs:
            left, right = (
                connection.execute(
                    f"SELECT count(*) FROM ({a.rows(table, columns)} EXCEPT ALL "
                    f"{b.rows(table, columns)})"
                ).fetchall()[0][0]
                for a, b in ((one, two), (two, one))
            )
        said = f"   columns in one only: {', '.join(sorted(apart))}" if apart else ""
        print(f"{table:<24}{mine[0]:>12}{theirs[0]:>12}{left:>12}{right:>12}{said}")
        different += left + right
    return different


if __name__ == "__main__":
    sys.exit(main())
