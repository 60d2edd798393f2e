"""The settings of a run, read once and checked; and of a step its own, as a typed, frozen object.

Files in `conf/` are TOML with one table a section; `--set section.name=value` goes before the
file, the file before the default. Which settings there are is in `model.sections`.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar, cast, overload

from folketall.model.errors import UsageError
from folketall.model.methods import CUBE_METHODS, METHODS
from folketall.model.secrets import PUBLIC_SECRET, fingerprint_of, safe_name, secret_at_hand
from folketall.model.sections import SETTINGS, Keys
from folketall.model.setting import Setting, choice

T = TypeVar("T")
_BY_NAME = {setting.name: setting for setting in SETTINGS}
_OF_OWN_CUBES = re.compile(r"protect\.method\.[a-z][a-z0-9_]*")
"""The method of a cube that an office declares; whether there is such a cube is seen later."""
_FAMILIES = {"protect.method": [f"protect.method.{cube}" for cube in CUBE_METHODS]}
"""Names that set several settings at once."""


@dataclass(frozen=True)
class Settings:
    """Everything a run may depend on besides its deliveries."""

    values: Mapping[str, Any]

    @overload
    def __getitem__(self, one: Setting[T]) -> T: ...
    @overload
    def __getitem__(self, one: str) -> Any: ...
    def __getitem__(self, one: Setting[Any] | str) -> Any:
        return self.values[one if isinstance(one, str) else one.name]

    def own(self, kind: type[T]) -> T:
        """What one step depends on of settings: a dataclass whose fields are `of` or `made`."""
        found = {one.name: one.metadata[_FROM](self) for one in fields(cast(Any, kind))}
        return kind(**found)


_FROM = "from"


def of(one: Setting[T]) -> T:
    """A field of a step's settings: the value of this one."""
    return made(lambda settings: settings[one])


def made(value: Callable[[Settings], T]) -> T:
    """A field of a step's settings: what follows from several, or from the file that one names."""
    return cast(T, field(metadata={_FROM: value}))


@dataclass(frozen=True, slots=True)
class NoSettings:
    """Of a step that depends on none."""


def fingerprints_of(own: object) -> dict[str, str]:
    """The fields of a step's settings as texts that change when they do; of the secret a hash."""
    return {one.name: fingerprint_of(getattr(own, one.name)) for one in fields(cast(Any, own))}


def read_settings(path: Path | None = None, overrides: Sequence[str] = ()) -> Settings:
    """Read the settings of a run; everything that is wrong is said at once, before Spark starts.

    Raises:
        UsageError: naming every unknown setting and every value that cannot be.
    """
    given: dict[str, Any] = {}
    faults: list[str] = []
    if path is not None:
        given |= _flat(_toml(path), faults, str(path))
    for place, pair in enumerate(overrides, 1):
        name, equals, value = pair.partition("=")
        if not equals:
            # The word itself is not repeated: it may be what was to be the secret.
            shown = name if name in _BY_NAME else f"number {place}"
            faults.append(f"--set {shown}: write it as name=value")
        elif name in _FAMILIES:
            given |= dict.fromkeys(_FAMILIES[name], value)
        elif name not in _BY_NAME and not _OF_OWN_CUBES.fullmatch(name):
            faults.append(_unknown("--set", name))
        elif name == Keys.secret.name and value != PUBLIC_SECRET:
            faults.append(
                "--set keys.secret shows the secret to everyone on this machine; give it in the "
                "file that keys.secret_file names, or in the environment as FOLKETALL_SECRET"
            )
        else:
            given[name] = value
    if (found := secret_at_hand(given.get(Keys.secret_file.name), faults)) is not None:
        given[Keys.secret.name] = found
    if not given.get("cubes.file"):
        # The cubes are those of the package: another name is a slip.
        for name in [name for name in given if name not in _BY_NAME]:
            faults.append(_unknown("settings:", name))
            del given[name]
    values = {setting.name: setting.default for setting in SETTINGS}
    for name, value in given.items():
        try:
            values[name] = (_BY_NAME[name].read if name in _BY_NAME else choice(*METHODS))(value)
        except ValueError as fault:
            # What was to be a secret is not repeated where logs are kept.
            shown = "..." if name.startswith("keys.") else repr(value)
            faults.append(f"{name} = {shown} must be {fault}")
    if faults:
        raise UsageError("settings: " + "; ".join(faults))
    return Settings(values)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise UsageError(
            f"settings: {path} cannot be read; name a TOML file, as in conf/"
        ) from None
    except UnicodeDecodeError:
        raise UsageError(f"settings: {path} is not TOML: it is not UTF-8") from None
    except tomllib.TOMLDecodeError as fault:
        # Its own words may quote the line, and the line may be the secret's.
        where = re.search(r"\(at ([a-z0-9, ]+)\)$", str(fault))
        said = f"look {where[1]}" if where else "look where a key is given twice"
        raise UsageError(f"settings: {path} is not TOML; {said}") from None


def _flat(
    found: Mapping[str, Any], faults: list[str], where: str, above: str = ""
) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in found.items():
        name = f"{above}{key}"
        if name in _BY_NAME or (_OF_OWN_CUBES.fullmatch(name) and isinstance(value, str)):
            flat[name] = value
        elif name in _FAMILIES and isinstance(value, str):
            flat |= dict.fromkeys(_FAMILIES[name], value)
        elif isinstance(value, Mapping):
            flat |= _flat(value, faults, where, f"{name}.")
        else:
            faults.append(_unknown(f"{where}:", name))
    return flat


def _unknown(where: str, name: str) -> str:
    near = difflib.get_close_matches(name, [*_BY_NAME, *_FAMILIES], 1)
    return f"{where} {safe_name(name, near)} is no setting" + (
        f"; did you mean {near[0]}?" if near else ""
    )
