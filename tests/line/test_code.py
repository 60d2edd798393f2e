"""A change of code reruns the steps that it can touch, and no others."""

from __future__ import annotations

from functools import partial

import pytest

from folketall.line import code, steps


@pytest.fixture
def edited(monkeypatch):
    """Digests of the steps after an edit of one file of the package."""
    true = dict(code._files())
    cached = [f for f in vars(code).values() if hasattr(f, "cache_clear")]

    def digests(path: str = "", old: str = "", new: str = "") -> dict[str, str]:
        files = dict(true)
        if path:
            text = files[path].decode()
            assert old in text, f"{path} does not have {old}"
            files[path] = text.replace(old, new).encode()
        monkeypatch.setattr(code, "_files", lambda: files)
        for function in cached:
            function.cache_clear()
        return {s.name: code.digest_of_functions(s.work, s.check) for s in steps.STEPS}

    yield digests
    monkeypatch.undo()
    for function in cached:
        function.cache_clear()


def changed(one: dict[str, str], two: dict[str, str]) -> set[str]:
    return {name for name in one if one[name] != two[name]}


def test_what_a_command_says_reruns_nothing(edited):
    before = edited()
    assert changed(before, edited("commands/console.py", "def say(", "def tell(")) == set()


def test_comments_docstrings_and_layout_rerun_nothing(edited):
    before = edited()
    after = edited("linkage/keys.py", '"""The key table:', '"""The table of keys:')
    assert changed(before, after) == set()
    assert (
        changed(before, edited("linkage/keys.py", "import annotations", "import annotations  # x"))
        == set()
    )


def test_a_rule_of_the_refugees_leaves_residence_and_stocks_alone(edited):
    touched = changed(
        edited(),
        edited("refugees/references.py", "import annotations", "import annotations\nX = 1"),
    )
    assert {"reference_person"} <= touched
    assert not touched & {
        "person_key",
        "residence_spell",
        "person",
        "population",
        "migration",
        "account",
    }


def test_the_keys_touch_all_that_reads_them(edited):
    touched = changed(edited(), edited("linkage/keys.py", "_BLOCK = 64", "_BLOCK = 32"))
    assert {"person_key", "known_persons"} <= touched


def test_a_function_of_the_steps_touches_those_that_call_it(edited):
    touched = changed(
        edited(),
        edited(
            "line/work/persons.py",
            "def known_persons(job: Job[KeySettings])",
            "def known_persons(job: Job[KeySettings], _: int = 0)",
        ),
    )
    assert touched == {"known_persons"}


def test_what_steps_share_touches_those_that_call_it_from_another_file(edited):
    touched = changed(
        edited(),
        edited(
            "line/work/inputs.py",
            "def of_run(job: Job[object])",
            "def of_run(job: Job[object], _: int = 0)",
        ),
    )
    assert touched == {
        "residence_spell",
        "person",
        "first_immigration",
        "account",
        "inconsistency",
    }


def test_a_reference_list_touches_the_figures(edited):
    touched = changed(edited(), edited("classifications/countries/countries.csv", "101", "1O1"))
    assert {"migration", "cube", "published_cube"} <= touched


def test_a_part_of_a_function_counts_as_the_function():
    def outside() -> None: ...

    with pytest.raises(LookupError):
        code.digest_of_functions(outside)
    work = steps.STEPS[0].work
    assert code.digest_of_functions(partial(work)) == code.digest_of_functions(work)
    assert code.digest_of_functions(work, None) == code.digest_of_functions(work)


def test_a_table_touches_those_that_have_to_do_with_tables_of_its_room(edited):
    touched = changed(
        edited(),
        edited("model/tables/releases.py", '"Number of the release', '"No. of the release'),
    )
    assert touched == {"published_cube", "audit"}


def test_of_settings_the_values_count_and_not_the_code(edited):
    touched = changed(edited(), edited("model/sections.py", '"case.after", 24', '"case.after", 25'))
    assert touched == set()


def test_the_geography_touches_those_that_use_it(edited):
    touched = changed(edited(), edited("geography/frames.py", '"led_code"', '"code_led"'))
    assert {"residence_spell", "population", "migration", "account", "cube"} <= touched
    assert not touched & {"person_key", "event_version", "person_link", "reference_person"}
