"""bench/checksums.py tells warehouses apart by their public rows alone."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

PATH = Path(__file__).parents[1] / "bench" / "checksums.py"
PINS = {"a": 1, "b": 1, "c": 2}


@pytest.fixture(scope="module")
def checksums():
    spec = importlib.util.spec_from_file_location("bench_checksums", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def warehouse(place, *, ids=None, types=("dates", "udb"), turned=False):
    ids = ids or {1: 1, 2: 2}
    keys = {"pin": list(PINS), "person_id": [ids[one] for one in PINS.values()]}
    rows = {"person_id": [ids[1], ids[2]], "type": list(types), "source": ["udb", "udb"]}
    if turned:
        rows = {name: values[::-1] for name, values in rows.items()}
    write_deltalake(place / "person_key", pa.table(keys))
    write_deltalake(place / "family_unification", pa.table(rows))
    return place


def test_neither_the_order_of_rows_nor_the_numbers_of_persons_count(checksums, tmp_path, capsys):
    one = warehouse(tmp_path / "one")
    two = warehouse(tmp_path / "two", ids={1: 700, 2: 3}, turned=True)
    assert checksums.main([str(one), str(two)]) == 0
    shown = []
    for place in (one, two):
        capsys.readouterr()
        assert checksums.main([str(place)]) == 0
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1]
    assert "family_unification" in shown[0]


def test_another_value_and_a_value_of_another_person_are_differences(checksums, tmp_path, capsys):
    one = warehouse(tmp_path / "one")
    for name, types in {"value": ("dates", "dates"), "person": ("udb", "dates")}.items():
        other = warehouse(tmp_path / name, types=types)
        assert checksums.main([str(one), str(other)]) == 1
        line = next(x for x in capsys.readouterr().out.splitlines() if x.startswith("family"))
        assert line.split()[-1] == {"value": "1", "person": "2"}[name]
