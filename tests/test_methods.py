"""X1 in the line: every method from counting to what is published, and what runs again."""

from __future__ import annotations

from datetime import date
from random import Random

import pyarrow.compute as pc
import pytest

from folketall.cubes.declared import FAMILY, PRINCIPAL
from folketall.line import steps
from folketall.line.fingerprints import fingerprints
from folketall.line.step import Choices, Job
from folketall.line.work import cubes as counting
from folketall.line.work import protection
from folketall.model import tables as t
from folketall.model.methods import CUBE_METHODS
from folketall.model.settings import read_settings
from folketall.protection.parts import DIVISIONS
from tests.cubes.drawn import OWN, regions
from tests.support.frames import frame
from tests.support.line import STEP

pytestmark = pytest.mark.rule("X1")
YEARS = (2024, 2024)
REFUGEES = tuple(name for name in CUBE_METHODS if name.startswith("refugees_"))
KEYED = ("refugees_by_residence", "refugees_by_citizenship", "migrations_by_age", "migrations_between_regions")  # fmt: skip
ROUNDED = ("refugees_by_category", "refugees_by_age", "population_by_background")
SPARSE = {"economic_region", "municipality"}
STEPS = [step.name for step in steps.STEPS]
# Oslo is a municipality and a county; 5001 is all that there is of its county and part.
REGIONS = regions("""
    0301 | 5 | 03 | 5  | 1
    3201 | 5 | 32 | 5  | 1
    3203 | 5 | 32 | 5  | 2
    3205 | 5 | 32 | 6  | 2
    5001 | 1 | 50 | 70 | 2""")
PLACES = ("0301", "3201", "3203", "3205", "5001", "9999")
AT = {name: number for number, name in enumerate(t.CELL_KEY)}


def of(method, *cubes):
    return [f"protect.method.{cube}={method}" for cube in cubes]


def choices(*overrides):
    return Choices(read_settings(None, overrides), YEARS, date(2025, 3, 1))


def persons():
    """Residents of few municipalities, so that many cells count one or two."""
    draws = Random(1)
    for n in range(60):
        background, citizenship = draws.choice(("564", "346", "101")), draws.choice(("000", "564"))
        yield " | ".join(
            ("2024-01-01", str(n), draws.choice(PLACES), str(draws.randrange(95)), draws.choice("12"),
             draws.choice("123"), citizenship, background, "true",
             draws.choice((*PRINCIPAL, *FAMILY)), str(draws.randrange(25)))
        )  # fmt: skip


def moves():
    draws = Random(2)
    for n in range(60):
        kind = draws.choice(("immigration", "emigration", "internal"))
        left, entered = draws.sample(PLACES, 2)
        yield " | ".join(
            ("2024", f"e{n}", str(draws.randrange(30)), kind, "2024-05-01", "2024-05-02",
             "" if kind == "immigration" else left, "" if kind == "emigration" else entered,
             "564", str(draws.randrange(95)), draws.choice("12"), draws.choice("123"), "564", "564",
             draws.choice(("true", "false")))
        )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def small_country():
    """The line takes the lists of the whole country; five municipalities are enough here."""
    at = {(municipality, level): region for municipality, level, region in REGIONS}
    places = {m: tuple(at[m, level] for level in DIVISIONS) for m in PLACES[:-1]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "regions", lambda day: REGIONS)
        patch.setattr(protection, "divisions", lambda day, levels: places)
        yield


def drawn(spark, table, columns, rows):
    types = {field.name: field.dataType.simpleString() for field in table.schema}
    found = frame(spark, ", ".join(f"{c} {types[c]}" for c in columns.split()), "\n".join(rows))
    absent = [f"cast(null as {kind}) as {c}" for c, kind in types.items() if c not in columns]
    return found.selectExpr("*", *absent).select(*table.columns)


@pytest.fixture(scope="module")
def tables(spark):
    about = """reference_date person_id municipality age sex marital_status citizenship
        country_background immigrant"""
    everyone = [row.rsplit(" | ", 2)[0] for row in persons()]
    return {
        t.POPULATION.name: drawn(spark, t.POPULATION, about, everyone),
        t.REFUGEE_POPULATION.name: drawn(
            spark, t.REFUGEE_POPULATION, f"{about} category years_of_residence", persons()
        ),
        t.MIGRATION.name: drawn(spark, t.MIGRATION, " ".join(t.MIGRATION.columns), moves()),
        t.ACCOUNT.name: spark.createDataFrame([], t.ACCOUNT.schema),
        # L7: what the noise of a person is drawn with; another number for each.
        t.PERSON_DRAW.name: spark.createDataFrame(
            [(n, n * 7_919) for n, _ in enumerate(persons())], t.PERSON_DRAW.schema
        ),
        t.LEDGER.name: spark.createDataFrame([], t.LEDGER.schema),
    }


def through_the_line(spark, tables, *overrides):
    """Cells before protection and after, of the steps `cube` and `published_cube`."""
    chosen = choices(*overrides)
    made = counting.cube(Job.of(STEP["cube"], spark, chosen, tables))
    of_table = {name: list(parts) for name, parts in made.items()}
    counted = of_table[t.CUBE.name]

    def cells(table, cubes):
        return (part for part in of_table[table.name] if part["cube"][0].as_py() in cubes)

    job = Job.of(STEP["published_cube"], spark, chosen, tables, cells)
    return counted, list(protection.published_cube(job)[t.PUBLISHED_CUBE.name])


def figures(parts):
    """By cube: cell key, figure and status of every row."""
    found = {}
    for part in parts:
        rows = zip(*(part[c].to_pylist() for c in (*t.CELL_KEY, "value", "status")), strict=True)
        found[part["cube"][0].as_py()] = {row[:-2]: row[-2:] for row in rows}
    return found


@pytest.fixture(scope="module")
def done(spark, tables):
    """Rounded and perturbed cubes in one run: the counts, and what is published."""
    others = [name for name in CUBE_METHODS if name not in (*KEYED, *ROUNDED)]
    methods = [
        *of("cell_key", *KEYED),
        *of("small_count_rounding", *ROUNDED),
        *of("round_up", *others),
    ]
    counted, parts = through_the_line(spark, tables, *methods)
    counts = figures([part.append_column("status", part["cube"]) for part in counted])
    return counts, figures(parts)


def test_every_cube_comes_out_with_the_status_of_its_method(done):
    counts, found = done
    for name in counts:
        said = {status for _, status in found[name].values()}
        changed = {counts[name][key][0] == figure for key, (figure, _) in found[name].items()}
        assert changed == {True, False}, name
        # X1: where any cell may have been changed, every cell has the same status.
        any_cell = name in (*KEYED, *ROUNDED)
        assert said == ({"perturbed"} if any_cell else {"rounded", None}), name
    gone = {name: set(of) - set(found[name]) for name, of in counts.items()}
    # Pairs of small regions that became zero would tell by being there that somebody moved.
    assert {name for name, of in gone.items() if of} <= {"migrations_between_regions"}
    assert {key[AT["level"]] for of in gone.values() for key in of} <= SPARSE
    assert all(set(found[name]) <= set(of) for name, of in counts.items())


def test_nothing_small_is_shown_but_by_a_net_and_zero_stays_zero(done):
    counts, found = done
    for name in counts:
        for key, (value, _) in found[name].items():
            assert key[-1] == "net" or value not in (1, 2), key
            assert value == 0 or key[-1] == "net" or counts[name][key][0] != 0, key


def test_a_rounded_cube_adds_up_over_levels_and_margins(done):
    _, found = done
    rows = found["population_by_background"]
    sums = {}
    for key, (value, _) in rows.items():
        codes = (key[AT["immigrant"]], key[AT["sex"]], key[AT["age"]])
        sums.setdefault((key[AT["level"]], codes), []).append(value)
    totals = {at: sum(values) for at, values in sums.items()}
    for (level, codes), n in totals.items():
        if ("nation", codes) not in totals:
            # Coarser ages than the nation's: the two coarse levels have the same sums.
            assert n == totals["municipality", codes], level
            continue
        assert n == totals["nation", codes]
        inner = [sums["nation", c][0] for _, c in sums if _ == "nation" and "total" not in c
                 and all(one in ("total", two) for one, two in zip(codes, c, strict=True))]  # fmt: skip
        assert n == sum(inner)


def test_the_same_persons_have_the_same_noise_in_two_cubes_and_at_two_levels(done):
    counts, found = done

    def by_place(figures, cube, **codes):
        wanted = {
            "country_group": "total", "years_of_residence": "total",
            "citizenship": "total", "sex": "total", **codes,
        }  # fmt: skip
        return {
            (key[AT["level"]], key[AT["region"]]): value
            for key, (value, _) in figures[cube].items()
            if all(key[AT[name]] in (None, code) for name, code in wanted.items())
        }

    for group in ("total", "Asia", "Africa"):
        one = by_place(found, "refugees_by_residence", country_group=group)
        two = by_place(found, "refugees_by_citizenship", country_group=group)
        # Municipalities are not shown by citizenship and group (Q1).
        assert two.items() <= one.items()
        true = by_place(counts, "refugees_by_citizenship", country_group=group)
        assert two != true
        for municipality, county in (("0301", "03"), ("5001", "50")):
            assert one["municipality", municipality] == one["county", county]


def test_a_net_is_the_published_in_less_the_published_out(done):
    counts, found = done
    rows, moved = found["migrations_by_age"], 0
    for key, (value, status) in rows.items():
        if key[-1] == "net":
            into, out = rows[(*key[:-1], "in")], rows[(*key[:-1], "out")]
            assert value == into[0] - out[0]
            assert status == into[1] == out[1] == "perturbed"
            moved += value != counts["migrations_by_age"][key][0]
    assert moved


def test_shares_are_of_what_is_published(done):
    _, found = done
    one = next(
        value
        for key, (value, _) in found["refugees_share"].items()
        if key[AT["level"]] == "nation" and key[AT["category"]] == "total"
        and key[-1] == "share_of_population"
    )  # fmt: skip
    of_nation = {
        name: next(iter(
            value for key, (value, _) in found[name].items()
            if key[AT["level"]] == "nation" and set(key[5:-1]) == {None, "total"}
        )) for name in ("refugees_by_category", "population_by_background")
    }  # fmt: skip
    refugees, everyone = of_nation.values()
    assert one == pytest.approx(100 * refugees / everyone)


def test_another_order_and_other_partitions_give_the_same(spark, tables, done):
    turned = {name: rows.orderBy("sex").repartition(2) if "sex" in rows.columns else rows
              for name, rows in tables.items()}  # fmt: skip
    cubes = ("refugees_by_residence", "migrations_by_age")
    counted, parts = through_the_line(
        spark, turned, *of("cell_key", *cubes), *of("leave_empty", *REFUGEES[:1], *REFUGEES[2:])
    )
    found = figures(parts)
    assert {cube: found[cube] for cube in cubes} == {cube: done[1][cube] for cube in cubes}
    # Only cubes that ask for keys carry them.
    keyed = {p["cube"][0].as_py() for p in counted if pc.count(p["key"]).as_py()}
    assert keyed == set(cubes)


def prints(*overrides):
    return fingerprints(steps.STEPS, [], choices(*overrides), ()).of_step


@pytest.mark.parametrize(
    ("overrides", "first"),
    [
        (of("round_up", "refugees_by_age"), "published_cube"),
        (of("small_count_rounding", *REFUGEES), "published_cube"),
        (of("leave_empty", "migrations_by_age"), "published_cube"),
        (["protect.threshold=5"], "published_cube"),
        (of("cell_key", "migrations_by_age"), "cube"),
        (of("cell_key", "refugees_by_age"), "cube"),
    ],
)
def test_another_method_runs_protection_again_and_counting_only_for_keys(overrides, first):
    before, after = prints(), prints(*overrides)
    changed = [name for name in STEPS if before[name] != after[name]]
    assert changed == STEPS[STEPS.index(first) :]


def test_other_settings_of_cubes_with_keys_do_not_count_anew():
    keyed = of("cell_key", "migrations_by_age")
    before, after = prints(*keyed), prints(*keyed, *of("round_up", *REFUGEES))
    assert before["cube"] == after["cube"]
    assert before["published_cube"] != after["published_cube"]


TWO = f"""{OWN}
[[refugees_by_marital_status.levels]]
at = ["municipality"]
sex = "sex"

[leavers]
title = "Emigration, by age"
counts = "migrations"
measures = ["emigration"]

[[leavers.levels]]
at = ["nation", "centrality"]
age = "five_groups"
"""


@pytest.mark.rule("Q1")
def test_an_office_adds_cubes_without_code(spark, tables, tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(TWO, "utf-8")
    chosen = f"cubes.file={file}"
    counted, parts = through_the_line(spark, tables, chosen, "protect.method.leavers=leave_empty")
    counts, found = figures([p.append_column("status", p["cube"]) for p in counted]), figures(parts)
    assert set(counts) == set(found) == {"refugees_by_marital_status", "leavers"}
    # Nation and the counties 03, 32, 50 and unknown; municipalities with the unknown one.
    assert len(counts["refugees_by_marital_status"]) == (1 + 4) * 11 * 4 + (5 + 1) * 4
    assert len(counts["leavers"]) == (1 + 3) * 7
    persons = counts["refugees_by_marital_status"]
    assert sum(v for k, (v, _) in persons.items() if k[3] == "nation" and "total" not in k) == 60
    for name, rows in found.items():
        assert {key: set() for key in rows} == {key: set() for key in counts[name]}
        for key, (value, status) in rows.items():
            true = counts[name][key][0]
            assert value in (None, true)
            assert (value is None) == (status == "suppressed")
            assert not 1 <= true <= 3 or value is None
