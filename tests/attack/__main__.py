"""Attack a finished warehouse: python -m tests.attack WAREHOUSE --periods 2024,2025 [--sample 500]."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import deltalake
import pyarrow.compute as pc

from tests.attack.attack import systems
from tests.attack.bounds import narrow
from tests.attack.cells import FLOWS, STOCKS, Cell, dimensions
from tests.attack.geography import regions

KEYS = ("cube", "level", "region", "measure")
COLUMNS = ("small", "open", "suppressed", "known", "owner", "examined", "narrow", "told")


def read(warehouse, table, period):
    """{key of a cell: value} of one period."""
    found = deltalake.DeltaTable(str(Path(warehouse) / table)).to_pyarrow_table(
        filters=[("period", "=", period)]
    )
    values = {}
    for cube in STOCKS | FLOWS:
        own = found.filter(pc.equal(found["cube"], cube))
        columns = [own[name].to_pylist() for name in (*KEYS, *dimensions(cube), "value")]
        values.update({row[:-1]: row[-1] for row in zip(*columns, strict=True)})
    return values


def cells_of(warehouse, period):
    out, true = (read(warehouse, table, period) for table in ("published_cube", "cube"))
    if not out or not true:
        raise SystemExit(f"{period}: {warehouse} has no cells of it, so nothing was attacked")
    return [Cell(*key[:3], key[4:], key[3], out.get(key), value) for key, value in true.items()]


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="tests.attack")
    parser.add_argument("warehouse")
    parser.add_argument("--periods", required=True)
    parser.add_argument("--sample", type=int, default=500)
    parser.add_argument("--threshold", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=300, help="for the limits of a system")
    asked = parser.parse_args(arguments)
    leaks = 0
    print("Not attacked: pairs of regions, earlier releases, sums of single persons.")
    for period in asked.periods.split(","):
        for system in systems(cells_of(asked.warehouse, period), regions(period), asked.threshold):
            found = system.findings()
            for cell, width in narrow(system, found, asked.sample, asked.seconds):
                found[cell.cube]["examined"].append(cell)
                if width < 2 - 1e-6:
                    found[cell.cube]["narrow"].append(cell)
            print(f"{period:32}", *(f"{name:>11}" for name in COLUMNS))
            for cube, what in sorted(found.items()):
                print(f"{cube:32}", *(f"{len(what[name]):>11}" for name in COLUMNS))
            for what in ("open", "known", "owner", "narrow"):
                leaks += sum(len(of[what]) for of in found.values())
                for cell in [cell for of in found.values() for cell in of[what]][:5]:
                    print(what, cell)
            sys.stdout.flush()
    return 1 if leaks else 0


if __name__ == "__main__":
    sys.exit(main())
