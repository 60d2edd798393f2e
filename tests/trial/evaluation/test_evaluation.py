"""`evaluate`: what a run made of a register whose truth is known, by the real command."""

from __future__ import annotations

import csv
import shutil
import struct
from collections import defaultdict

import pytest

from folketall.commands import cli
from folketall.model import tables as t
from folketall_trial.evaluation.report import csv_text, evaluation_tables
from folketall_trial.evaluation.results import FIELDS
from folketall_trial.evaluation.truth import identities
from tests.support.drawings import drawn, lines
from tests.trial.evaluation import drawn as paper

pytestmark = pytest.mark.command


@pytest.fixture(scope="module")
def places(spark, tmp_path_factory):
    return paper.write(spark, tmp_path_factory.mktemp("drawn"))


@pytest.fixture(scope="module", autouse=True)
def in_this_session(spark):
    """The command in the session of the tests, whose settings it would change."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli, "_session", lambda *_: spark)
        yield


@pytest.fixture(scope="module")
def evaluated(places, tmp_path_factory):
    to = tmp_path_factory.mktemp("evaluation")
    truth, warehouse = map(str, places)
    status = cli.main(["evaluate", "--truth", truth, "--warehouse", warehouse, "--to", str(to)])
    assert status == 0
    return to


@pytest.fixture(scope="module")
def figures(evaluated):
    """Part, by and group to measure and value; a confusion's words stand for the group."""
    found = defaultdict(dict)
    with (evaluated / "evaluation.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        assert tuple(reader.fieldnames) == FIELDS
        for row in reader:
            if row["by"] == "confusion":
                found[row["part"], "confusion", row["true"]][row["found"]] = float(row["value"])
            else:
                key = row["part"], row["by"], row["group"]
                assert row["measure"] not in found[key], "a figure is there twice"
                found[key][row["measure"]] = float(row["value"])
    return found


def test_whose_a_person_is_and_no_pin_is_left(spark):
    pins = paper.truth(spark)["pin"]
    found = identities(pins, paper.rows_of(spark, t.PERSON_KEY, paper.KEYS))
    assert drawn(found, "person_id", "person_no", "main") == lines("""
        11 | 1 | true
        11 | 3 | false
        12 | 2 | true
        22 | 2 | true
        14 | 4 | true
        15 | 5 | true
        """)
    assert "pin" not in found.columns


def test_links_are_right_wrong_or_missed(figures):
    total = figures["linkage", "all", "total"]
    # 201500000003 is linked to dina, 202300000005 is not found, 6 is in no register.
    assert total == {
        "right": 3, "wrong": 1, "missed": 1, "rightly_unlinked": 1, "no_truth": 1, "findable": 5,
        "precision": 0.75, "recall": 0.6,
    }  # fmt: skip


def test_the_methods_add_up_to_the_whole(figures):
    methods = [v for (part, by, _), v in figures.items() if (part, by) == ("linkage", "method")]
    assert len(methods) == 5
    assert sum(values["recall"] for values in methods) == pytest.approx(0.6)
    probabilistic = figures["linkage", "method", "probabilistic"]
    assert probabilistic["precision"] == 1
    assert figures["linkage", "method", "exact_match"]["precision"] == 0
    # Nothing is linked, so nothing can be precise.
    assert "precision" not in figures["linkage", "method", "unlinked"]


def test_periods_are_those_of_the_numbers(figures):
    periods = {group for part, by, group in figures if (part, by) == ("linkage", "period")}
    assert periods == {"1990 and earlier", "1991-2003", "2004-2015", "2016 and later"}
    assert figures["linkage", "period", "2004-2015"]["recall"] == 0


def test_reasons_by_rule_and_their_confusion(figures):
    # dina has no true reason.
    assert figures["reason", "all", "total"]["persons"] == 3
    assert figures["reason", "rule", "C1"] == {
        "persons": 1, "right": 1, "right_detail": 0, "share_right": 1, "share_right_detail": 0,
    }  # fmt: skip
    assert figures["reason", "case", "a usable case"]["share_right"] == 0.5
    assert figures["reason", "confusion", "family"] == {"family": 1, "labour": 1}
    assert figures["reason_detail", "confusion", "refugee/asylum"] == {"refugee/resettlement": 1}


def test_references_relations_and_types(figures):
    total = figures["reference", "all", "total"]
    assert total["right"] == 1
    assert total["another"] == 1
    assert total["not_found"] == 1
    assert figures["relation", "confusion", "child"] == {"stated": 1}
    assert figures["relation", "confusion", "spouse"] == {"spouse": 1, "none": 1}
    assert figures["type", "confusion", "enlargement"] == {"unspecified": 1}
    assert figures["type", "all", "total"]["share_right"] == 0.5


def test_first_immigrations_off_and_not_found(figures):
    total = figures["first_immigration", "all", "total"]
    # carl is not found as himself, nor eva; the sixth is in no register.
    assert total["same_day"] == 1
    assert total["within_31_days"] == 1
    assert total["not_true"] == 1
    assert total["not_found"] == 2


def test_published_and_true_figures(figures):
    newest = {
        group: v for (part, by, group), v in figures.items() if (part, by) == ("figures", "2025")
    }
    # bo left on the last day of the year; dina's stay ended on 1 January, which counts.
    assert newest["residents"] == {"true": 4, "published": 5, "difference": 1, "off": 0.25}
    assert newest["refugee background"]["true"] == 2
    assert newest["asylum"]["off"] == 0
    # Not for publication: nothing to compare.
    assert newest["family_enlargement"] == {"true": 1}
    assert newest["immigration"] == {"true": 1, "published": 2, "difference": 1, "off": 1}
    assert newest["between_municipalities"]["difference"] == 0


def test_the_picture_is_one(evaluated):
    head = (evaluated / "evaluation.png").read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:]) == (1430, 990)


def test_without_a_folder_nothing_is_written(places, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    status = cli.main(["evaluate", "--truth", str(tmp_path), "--warehouse", str(places[1])])
    assert status == 2
    assert "no truth person" in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_without_published_figures_the_persons_alone_are_judged(places, tmp_path, capfd):
    truth, warehouse = places
    shutil.copytree(warehouse, tmp_path / "w", ignore=shutil.ignore_patterns("published_cube"))
    status = cli.main(["evaluate", "--truth", str(truth), "--warehouse", str(tmp_path / "w")])
    assert status == 0
    said = capfd.readouterr().out
    assert "the persons alone are judged" in said
    assert "Linkage: DUF numbers" in said
    assert "Published and true figures" not in said


def test_a_run_that_cannot_be_compared_or_judged_does_not_begin(tmp_path, capfd):
    run = ["run", "--deliveries", str(tmp_path), "--warehouse", str(tmp_path / "w")]
    assert cli.main([*run, "--years", "2020:2024", "--compare"]) == 2
    assert "--compare needs the figures of 2025" in capfd.readouterr().err
    assert not (tmp_path / "w").exists()
    (tmp_path / "w" / "person" / "_delta_log").mkdir(parents=True)
    later = [*run, "--from", "person_key", "--years", "2025:2025", "--truth", str(tmp_path)]
    assert cli.main(later) == 2
    assert "no truth person" in capfd.readouterr().err
    assert not any((tmp_path / "w" / "person").rglob("*.parquet"))


def test_nothing_found_makes_no_tables_and_a_header():
    assert evaluation_tables([]) == []
    assert csv_text([]) == ",".join(FIELDS) + "\n"
