"""The whole line by the real command: what it writes, says and leaves alone."""

from __future__ import annotations

import csv
import filecmp
import json
import re
import zipfile
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from folketall.line.run import Line, steps
from folketall.model import tables as t
from folketall.model.settings import read_settings
from folketall.model.table import Table
from folketall.population.accounts import differences
from folketall.storage.opening import open_warehouse
from tests.command.conftest import QUICK, YEARS, command
from tests.cubes.drawn import CUBES

pytestmark = pytest.mark.command
YEAR_PAIR = tuple(int(year) for year in YEARS.split(":"))
RESTRICTED = ("register_", "rejected_row", "person_key")
CONTRACT = (
    "person_key", "person", "person_link", "residence_spell", "first_immigration", "reason_for_immigration",
    "reference_person", "family_unification", "population", "refugee_population", "migration", "rejected_row",
    "inconsistency", "cube", "published_cube",
)  # fmt: skip


def delivered(deliveries: Path, column: str) -> set[str]:
    """Every value of a column in any delivered file."""
    found = set()
    for file in deliveries.rglob("*.csv"):
        with file.open(encoding="utf-8", newline="") as stream:
            found |= {row[column] for row in csv.DictReader(stream) if row.get(column)}
    return found


def versions(warehouse: Path) -> dict[str, int]:
    return {
        table.name: len(list((table / "_delta_log").glob("*.json")))
        for table in sorted(warehouse.iterdir())
        if (table / "_delta_log").is_dir()
    }


def test_every_table_of_the_contract_is_there_and_has_its_columns(spark, whole_run):
    house = open_warehouse(spark, str(whole_run.warehouse))
    promised = {table.name: table for table in vars(t).values() if isinstance(table, Table)}
    for name in CONTRACT:
        stored = house.read_version(name)
        assert stored.columns == list(promised[name].columns), name
        assert name == "rejected_row" or not stored.isEmpty(), name


def test_another_session_reads_the_tables(spark, whole_run):
    read = spark.read.format("delta").load(str(whole_run.warehouse / "population"))
    assert read.groupBy("reference_date").count().count() == 2


@pytest.mark.rule("S4")
def test_the_accounts_are_zero_in_every_municipality_and_year(spark, whole_run):
    account = open_warehouse(spark, str(whole_run.warehouse)).read(t.ACCOUNT)
    assert account.select("municipality").distinct().count() > 3
    assert differences(account).isEmpty()


def test_keys_identify_rows(spark, whole_run):
    house = open_warehouse(spark, str(whole_run.warehouse))
    for table in (t.PERSON_KEY, t.PERSON, t.PERSON_LINK, t.RESIDENCE_SPELL, t.FIRST_IMMIGRATION,
                  t.REASON_FOR_IMMIGRATION, t.REFERENCE_PERSON, t.FAMILY_UNIFICATION, t.POPULATION,
                  t.REFUGEE_POPULATION, t.MIGRATION, t.HISTORY_EVENT, t.CUBE):  # fmt: skip
        twice = house.read(table).groupBy(*table.grain).count().where("count > 1")
        assert twice.isEmpty(), table.name


def test_nobody_vanishes(spark, whole_run):
    house = open_warehouse(spark, str(whole_run.warehouse))
    count = {table.name: house.count(table) for table in (
        t.PERSON_RECORD, t.PERSON, t.FIRST_IMMIGRATION, t.REASON_FOR_IMMIGRATION,
        t.REFERENCE_PERSON, t.FAMILY_UNIFICATION, t.CUBE)}  # fmt: skip
    assert count["person"] == count["person_record"]
    assert count["reason_for_immigration"] == count["first_immigration"]
    family = house.read(t.REASON_FOR_IMMIGRATION).where("reason = 'family'").count()
    assert count["reference_person"] == count["family_unification"] == family
    # Pairs of small regions are published where they have a figure (X2).
    every = "cube not in ('refugees_share', 'migrations_between_regions')"
    published = house.read(t.PUBLISHED_CUBE).where(every).count()
    assert published == house.read(t.CUBE).where(every).count() > 0.9 * count["cube"]


def test_no_pin_or_name_outside_the_registers_and_the_key_table(whole_run):
    columns = (
        "pin",
        "old_pin",
        "new_pin",
        "mother_pin",
        "father_pin",
        "spouse_pin",
        "reference_pin",
    )
    pins = set().union(*(delivered(whole_run.deliveries, column) for column in columns))
    names = delivered(whole_run.deliveries, "given_name") | delivered(
        whole_run.deliveries, "family_name"
    )
    names = {name for name in names if len(name) > 2}
    assert len(pins) > 240
    assert len(names) > 5
    looked = 0
    for file in whole_run.warehouse.rglob("*.parquet"):
        table = file.relative_to(whole_run.warehouse).parts[0]
        if table.startswith(RESTRICTED):
            continue
        looked += 1
        for column in pq.read_table(file).columns:
            if str(column.type) in ("string", "large_string"):
                values = set(column.to_pylist())
                assert not values & pins, f"a PIN in {table}"
                assert not values & names, f"a name in {table}"
    assert looked > 20
    texts = [whole_run.said.out, whole_run.said.err]
    texts += [file.read_text("utf-8") for file in whole_run.warehouse.rglob("*.csv")]
    texts += [
        log.read_text("utf-8")
        for log in whole_run.warehouse.rglob("_delta_log/*.json")
        if not log.relative_to(whole_run.warehouse).parts[0].startswith(RESTRICTED)
    ]
    for text in texts:
        assert not set(re.findall(r"(?<!\d)\d{11}(?!\d)", text)) & pins
        assert not set(re.findall(r"[\w-]+", text)) & names


def test_the_files_say_what_the_table_says(spark, whole_run):
    published = open_warehouse(spark, str(whole_run.warehouse)).read(t.PUBLISHED_CUBE)
    counts = Counter(
        {row["cube"]: row["count"] for row in published.groupBy("cube").count().collect()}
    )
    folder = whole_run.warehouse / "published"
    for file in folder.glob("*.csv"):
        with file.open("rb") as stream:
            assert sum(1 for _ in stream) - 1 == counts.pop(file.stem), file.stem
    assert not counts
    with (folder / "refugees_by_category.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert all(row["value"] not in ("1", "2", "3") for row in rows)
    assert any(row["status"] == "suppressed" for row in rows)


@pytest.mark.long
def test_a_rerun_rewrites_nothing_and_says_so(whole_run):
    before = versions(whole_run.warehouse)
    files = {
        file: file.stat().st_mtime_ns for file in (whole_run.warehouse / "published").iterdir()
    }
    said = command(
        "run",
        "--deliveries",
        whole_run.deliveries,
        "--warehouse",
        whole_run.warehouse,
        "--years",
        YEARS,
        *QUICK,
    )
    assert said.status == 0, said.err
    assert f"0 of {len(steps.STEP_NAMES)} steps written" in said.out
    assert versions(whole_run.warehouse) == before
    assert {file: file.stat().st_mtime_ns for file in files} == files


class Killed(Exception):
    """Stands for the power cut."""


@pytest.mark.long
def test_killed_runs_on_other_partitions_end_at_the_same_rows(
    spark, whole_run, tmp_path, monkeypatch
):
    """Cut off every few writes and taken up again, on one partition: the same tables."""
    house = open_warehouse(spark, str(tmp_path / "warehouse"))
    # One more each time: a step that writes four tables comes to its end.
    writes = {"left": 2, "next": 2}

    def cut_off(name):
        real = getattr(type(house), name)

        def write(self, *arguments):
            if writes["left"] == 0:
                writes["next"] += 1
                writes["left"] = writes["next"]
                raise Killed
            writes["left"] -= 1
            return real(self, *arguments)

        monkeypatch.setattr(type(house), name, write)

    # Intake's own writes are cut off in tests/registers.
    for name in ("replace", "merge", "replace_cells"):
        cut_off(name)
    kills = 0
    while True:
        line = Line(
            spark,
            house,
            read_settings(None, QUICK[1::2]),
            YEAR_PAIR,
            whole_run.deliveries,
            lambda done: None,
        )
        try:
            line.run()
            break
        except Killed:
            kills += 1
    assert kills > 3
    other = open_warehouse(spark, str(whole_run.warehouse))
    for step in steps.STEPS:
        for table in step.writes:
            one, two = house.read(table), other.read(table)
            assert one.exceptAll(two).isEmpty(), table.name
            assert two.exceptAll(one).isEmpty(), table.name
    files = [path.name for path in (whole_run.warehouse / "published").glob("*.csv")]
    assert len(files) == len(CUBES)
    match, *others = filecmp.cmpfiles(
        whole_run.warehouse / "published", Path(house.root) / "published", files, shallow=False
    )
    assert sorted(match) == sorted(files), others


def test_show_shows_the_tables_of_the_statistics_page(whole_run):
    said = command("show", "--warehouse", whole_run.warehouse)
    assert said.status == 0, said.err
    for line in (
        "Principal applicants",
        "By family connection to refugee",
        "Latin America",
        "Norwegian citizenship",
    ):
        assert line in said.out
    said = command("show", "--warehouse", whole_run.warehouse, "--cube", "no_such_cube")
    assert said.status == 2
    assert "no_such_cube" in said.last


def test_export_writes_one_file_with_a_header(whole_run, tmp_path):
    said = command(
        "export",
        "residence_spell",
        "person_link",
        "--warehouse",
        whole_run.warehouse,
        "--to",
        tmp_path,
    )
    assert said.status == 0, said.err
    header = (tmp_path / "residence_spell.csv").read_text("utf-8").splitlines()[0]
    assert header == ",".join(t.RESIDENCE_SPELL.columns)


@pytest.mark.long
def test_spark_submit_with_the_zipped_package_does_the_same(spark, whole_run, tmp_path):
    """As on a cluster: the package is a zip, the session is spark-submit's."""
    import os
    import subprocess
    import sys

    import folketall
    from folketall.storage.session import JARS

    source = Path(folketall.__file__).parent
    package = tmp_path / "folketall.zip"
    with zipfile.ZipFile(package, "w") as zipped:
        for file in sorted(source.rglob("*")):
            if file.suffix in (".py", ".csv"):
                zipped.write(file, file.relative_to(source.parent))
    warehouse = tmp_path / "warehouse"
    root = Path(__file__).parents[2]
    # -P and the working folder keep the installed package out of the way of the zip.
    done = subprocess.run(
        [str(Path(sys.executable).parent / "spark-submit"), "--master", "local[2]",
         "--driver-memory", "1500m", "--driver-class-path", os.pathsep.join(map(str, JARS.glob("*.jar"))),
         "--conf", "spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension",
         "--conf", "spark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog",
         "--conf", "spark.sql.shuffle.partitions=3", "--conf", "spark.ui.enabled=false",
         "--conf", "spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1",
         "--py-files", str(package), str(root / "jobs" / "run.py"),
         "--deliveries", str(whole_run.deliveries), "--warehouse", str(warehouse), "--years", YEARS,
         *QUICK, "--to", "residence_spell"],
        capture_output=True, text=True, timeout=900, check=False, cwd=tmp_path,
        env={**os.environ, "PYSPARK_PYTHON": sys.executable},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    one, two = (
        open_warehouse(spark, str(warehouse)),
        open_warehouse(spark, str(whole_run.warehouse)),
    )
    for table in (t.PERSON_KEY, t.PERSON_LINK, t.HISTORY_EVENT, t.RESIDENCE_SPELL):
        assert one.read(table).exceptAll(two.read(table)).isEmpty(), table.name
        assert one.count(table) == two.count(table), table.name


def test_manifests_are_as_the_contract_says(register):
    for file in register.rglob("manifest.json"):
        said = json.loads(file.read_text("utf-8"))
        assert set(said) == {"source", "delivered_on", "mode", "tables"}
