"""A step's settings: its own alone, and as it declares them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass

import pytest

from folketall.model.sections import SECTIONS, Case
from folketall.model.setting import Setting
from folketall.model.settings import fingerprints_of, made, of, read_settings


@dataclass(frozen=True, slots=True)
class OfStep:
    """What some step depends on."""

    max_age: int = of(Case.max_age)
    older: int = made(lambda settings: settings[Case.max_age] + 1)


def test_a_step_has_its_own_settings_and_no_others_as_a_frozen_object():
    own = read_settings(None, ["case.max_age=9", "case.after=1"]).own(OfStep)
    assert (own.max_age, own.older) == (9, 10)
    assert not hasattr(own, "after")
    assert not hasattr(own, "values")
    with pytest.raises(FrozenInstanceError):
        own.max_age = 1
    with pytest.raises(TypeError):
        read_settings()["residence.short_stay"]["stay"] = 1


def test_only_its_own_settings_change_the_fingerprint_of_a_step():
    def prints(*overrides):
        return fingerprints_of(read_settings(None, overrides).own(OfStep))

    assert prints() == prints("case.after=1") == {"max_age": "5", "older": "6"}
    assert prints("case.max_age=9") == {"max_age": "9", "older": "10"}


def test_settings_are_in_the_section_of_their_name():
    for section in SECTIONS:
        for name, setting in vars(section).items():
            if isinstance(setting, Setting):
                assert setting.name.split(".")[0] == section.__name__.lower()
                assert setting.name.split(".")[1] in (name, name.removesuffix("_day"))
