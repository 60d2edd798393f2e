"""Settings: what a run is told, and how it is told what is wrong."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from folketall.line.work.inputs import KeySettings
from folketall.model.errors import UsageError
from folketall.model.methods import CUBE_METHODS, methods_for
from folketall.model.secrets import PUBLIC_SECRET, secret_fault
from folketall.model.sections import SETTINGS
from folketall.model.setting import Setting
from folketall.model.settings import fingerprints_of, read_settings

CONF = Path(__file__).parents[1] / "conf"
FILES = ("demo.toml", "production.toml")
NAMES = [setting.name for setting in SETTINGS]


def fault(*overrides: str, path: Path | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        read_settings(path, overrides)
    return str(caught.value)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "office.toml"
    path.write_text(text, "utf-8")
    return path


def keys(found: dict, above: str = "") -> set[str]:
    """The settings that a file names: `section.name`."""
    names = set()
    for key, value in found.items():
        name = f"{above}{key}"
        names |= {name} if name in NAMES or not isinstance(value, dict) else keys(value, f"{name}.")
    return names


def test_nothing_said_is_the_defaults():
    settings = read_settings()
    assert {name: settings[name] for name in NAMES} == {s.name: s.default for s in SETTINGS}


def test_every_default_is_a_value_that_can_be():
    for setting in SETTINGS:
        given = "" if setting.default is None else setting.default
        assert setting.read(given) == setting.default, setting.name


def test_every_setting_says_its_rule_and_meaning_once():
    assert len(set(NAMES)) == len(NAMES)
    assert all(setting.rule and setting.meaning for setting in SETTINGS)


def test_set_goes_before_the_file_and_the_file_before_the_default(tmp_path):
    path = written(tmp_path, "[case]\nmax_age = 7\nafter = 30\n")
    settings = read_settings(path, ["case.max_age=9"])
    assert settings["case.max_age"] == 9
    assert settings["case.after"] == 30
    assert settings["case.after_asylum_counted"] == 60


def test_of_two_words_for_one_setting_the_last_counts():
    assert read_settings(None, ["case.max_age=9", "case.max_age=4"])["case.max_age"] == 4


def test_all_faults_are_said_at_once(tmp_path):
    path = written(tmp_path, "[case]\nmax_age = -1\n[impute]\nsed = 3\n")
    said = fault("pin.check=maybe", "case.after", "nothing.known=1", path=path)
    for part in (
        "case.max_age = -1 must be a whole number of at least 0",
        f"{path}: impute.sed is no setting; did you mean impute.seed?",
        "pin.check = 'maybe' must be one of synthetic, strict, off",
        "--set case.after: write it as name=value",
        "--set nothing.known is no setting",
    ):
        assert part in said
    assert "\n" not in said
    assert UsageError.status == 2


def test_an_unknown_name_suggests_the_nearest():
    assert "did you mean case.max_age?" in fault("case.maxage=5")
    assert "did you mean protect.method.refugees_by_age?" in fault(
        "protect.method.refugee_by_age=suppress"
    )


def test_a_name_like_no_other_suggests_nothing():
    assert fault("zzz=1") == "settings: --set a name that is not shown is no setting"


def test_an_unknown_table_of_the_file_is_named_with_its_file(tmp_path):
    path = written(tmp_path, "[links]\naccept_score = 4\n")
    assert f"{path}: links.accept_score is no setting; did you mean link.accept_score?" in fault(
        path=path
    )


@pytest.mark.parametrize(
    ("pair", "must_be"),
    [
        ("case.max_age=five", "a whole number of at least 0"),
        ("case.max_age=-1", "a whole number of at least 0"),
        ("impute.min_donors=0", "a whole number of at least 1"),
        ("protect.threshold=0", "a whole number of at least 1"),
        ("link.probability=1.01", "a number from 0 to 1"),
        ("link.probability=-0.01", "a number from 0 to 1"),
        ("validation.max_rejected_share=much", "a number from 0 to 1"),
        ("duf.check=strict", "one of note, off"),
        ("refugee.any_case=yes", "true or false"),
        ("impute.from=1967", "a date YYYY-MM-DD"),
        ("run.known_at=2025-02-30", "a date YYYY-MM-DD"),
        ("stock.known_at=13-01", "a day of the year MM-DD"),
        ("stock.known_at=0131", "a day of the year MM-DD"),
        ("migration.known_at=02-30", "a day of the year MM-DD"),
        ("residence.no_change_prefixes=211", "two-digit county codes"),
        ("residence.short_stay=6", "limits such as stay:6,101:3,other:6"),
        ("residence.short_stay=stay:6", "limits in months for stay, other and country codes"),
        ("residence.asylum_counted=1987-03-01", "two dates, the first and the last"),
        ("residence.asylum_counted=1994-02-01,1987-03-01", "two dates, the first and the last"),
        ("protect.method.refugees_by_age=perturb", "one of"),
        ("protect.method.population_accounts=cell_key", "one of round_up, leave_empty: it is"),
        (
            "protect.method.population_accounts=small_count_rounding",
            "one of round_up, leave_empty: it has no inner cells",
        ),
    ],
)
def test_a_value_that_cannot_be_is_refused(pair, must_be):
    assert f"must be {must_be}" in fault(pair)


def test_a_secret_that_cannot_be_is_not_repeated():
    assert "FOLKETALL_SECRET" in fault("keys.secret=hunter2hunter2")
    for words in (
        "keys.secret=hunter2", "keys.secret=hunter2hunter2", "key.secret=hunter2", "hunter2",
        "hunter2=keys.secret", "keys.secret:hunter2", "keys.secret_file=/nowhere/hunter2",
    ):  # fmt: skip
        assert "hunter2" not in fault(words), words


@pytest.mark.parametrize(
    "text",
    [
        '[keys]\nsecret = "hunter2',
        "[keys]\nsecret = hunter2",
        "[keys]\nsecret = hunter2\nsecret = 1",
        'keys.secret = "hunter2"\nkeys.secret = "hunter2"',
        '[keys]\nsecret = "hunter2"',
        '[keys]\nsecret = {value = "hunter2"}',
        '[keys.secret]\nhunter2 = "hunter2"',
        '[keys]\nhunter2 = "x"',
        '[key]\nsecret = "hunter2"',
        'keys = "hunter2"',
        '[keys]\nsecret = ["hunter2"]',
        '[keys]\nsecret_file = ["hunter2"]',
    ],
)
def test_no_wrong_file_repeats_a_secret(tmp_path, text):
    assert "hunter2" not in fault(path=written(tmp_path, text))


def test_the_secret_is_read_from_a_file_or_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("FOLKETALL_SECRET", "of the environment")
    assert read_settings()["keys.secret"] == "of the environment"
    path = tmp_path / "secret"
    path.write_text("of the file!\n", "utf-8")
    settings = read_settings(None, [f"keys.secret_file={path}"])
    assert settings["keys.secret"] == "of the file!"
    own = settings.own(KeySettings)
    assert own.secret == "of the file!"
    assert "of the file!" not in repr(settings) + repr(own) + repr(fingerprints_of(own))
    assert fingerprints_of(own) != fingerprints_of(read_settings().own(KeySettings))


def test_the_public_secret_keys_synthetic_numbers_alone():
    assert secret_fault(PUBLIC_SECRET, "synthetic") is None
    assert secret_fault("one of an office", "strict", 7) is None
    for said in (secret_fault(PUBLIC_SECRET, "off"), secret_fault("", "synthetic"),
                 secret_fault(PUBLIC_SECRET, "synthetic", 1)):  # fmt: skip
        assert "FOLKETALL_SECRET" in str(said)


def test_production_ships_no_secret():
    settings = read_settings(CONF / "production.toml")
    assert secret_fault(settings["keys.secret"], settings["pin.check"])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[case]\nmax_age = true\n", "case.max_age"),
        ("[case]\nmax_age = 2.5\n", "case.max_age"),
        ("[link]\nprobability = false\n", "link.probability"),
        ("[refugee]\nany_case = 1\n", "refugee.any_case"),
        ("[residence]\nasylum_counted = 1987\n", "residence.asylum_counted"),
        ("[residence]\nno_change_prefixes = 21\n", "residence.no_change_prefixes"),
        ("[residence]\nshort_stay = { stay = -1, other = 6 }\n", "residence.short_stay"),
        ("[protect.method]\nrefugees_by_age = 3\n", "protect.method.refugees_by_age"),
    ],
)
def test_a_value_of_the_wrong_kind_in_a_file_is_refused(tmp_path, text, name):
    assert f"{name} = " in fault(path=written(tmp_path, text))


def test_words_of_the_command_line_become_values():
    settings = read_settings(
        None,
        [
            "run.known_at=2025-02-01",
            "link.probability=0.9",
            "residence.asylum_counted=1987-03-01, 1994-01-31",
            "residence.no_change_prefixes=21,22",
            "residence.short_stay=stay:6,101:3,other:6",
            "stock.known_at=1-31",
            "refugee.any_case=true",
        ],
    )
    assert settings["run.known_at"] == date(2025, 2, 1)
    assert settings["link.probability"] == 0.9
    assert settings["residence.asylum_counted"] == (date(1987, 3, 1), date(1994, 1, 31))
    assert tuple(settings["residence.no_change_prefixes"]) == ("21", "22")
    assert settings["residence.short_stay"] == {"stay": 6, "101": 3, "other": 6}
    assert settings["stock.known_at"] == "01-31"
    assert settings["refugee.any_case"] is True


def test_a_method_for_every_cube_and_one_of_its_own_after_it():
    settings = read_settings(
        None, ["protect.method=leave_empty", "protect.method.refugees_by_age=suppress"]
    )
    methods = {cube: settings[f"protect.method.{cube}"] for cube in CUBE_METHODS}
    assert methods.pop("refugees_by_age") == "suppress"
    assert set(methods.values()) == {"leave_empty"}


@pytest.mark.rule("X1")
def test_stocks_and_flows_may_have_every_method_and_the_accounts_those_of_single_cells():
    for cube in CUBE_METHODS:
        own = ("suppress", "round_up", "leave_empty", "small_count_rounding", "cell_key")
        if cube == "population_accounts":
            own = ("round_up", "leave_empty")
        assert methods_for(cube) == own
        for method in own:
            settings = read_settings(None, [f"protect.method.{cube}={method}"])
            assert settings[f"protect.method.{cube}"] == method


@pytest.mark.parametrize(
    ("content", "part"),
    [(None, "cannot be read"), (b"[case\n", "is not TOML"), (b"\xff\xfe", "is not TOML")],
)
def test_a_file_that_is_no_file_of_settings_is_named(tmp_path, content, part):
    path = tmp_path / "office.toml"
    if content is not None:
        path.write_bytes(content)
    said = fault(path=path)
    assert str(path) in said
    assert part in said


@pytest.mark.parametrize("file", FILES)
def test_a_file_of_conf_has_every_setting(file):
    found = tomllib.loads((CONF / file).read_text("utf-8"))
    assert keys(found) == set(NAMES)
    read_settings(CONF / file)


def test_the_files_of_conf_differ_only_where_they_mean_to():
    demo, production = (read_settings(CONF / file) for file in FILES)
    assert [name for name in NAMES if demo[name] != production[name]] == [
        "keys.secret",
        "pin.check",
    ]


@pytest.mark.parametrize("file", FILES)
def test_a_file_of_conf_says_rule_and_meaning_as_the_declarations_do(file):
    text = (CONF / file).read_text("utf-8")

    def said(setting: Setting) -> str:
        unit = f", {setting.unit}" if setting.unit else ""
        return f"# {setting.rule}{unit}: {setting.meaning}"

    silent = [s.name for s in SETTINGS if s.name.count(".") == 1 and said(s) not in text]
    assert silent == []
