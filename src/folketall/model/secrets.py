"""The office's secret: where it is read from, and that nothing repeats it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PUBLIC_SECRET = "only-for-synthetic-registers"
"""The default: everyone can read it in the source, and so undo what is hashed with it."""
VARIABLE = "FOLKETALL_SECRET"


class Secret(str):
    """A text that does not show itself where values are printed for whoever looks for a fault."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'...'"


def fingerprint_of(value: Any) -> str:
    """A value as text that changes when it does; of a secret a hash."""
    if isinstance(value, Secret):
        return hashlib.sha256(f"keys.secret {str.__str__(value)}".encode()).hexdigest()
    return repr(value)


def secret_at_hand(file: Any, faults: list[str]) -> str | None:
    """The secret of the file that keys.secret_file names, or else of the environment.

    The file goes first: it was named for this run. What is wrong is added to `faults`; neither
    what the file holds nor how it was called is repeated: a secret may stand there by mistake.
    """
    if not isinstance(file, str) or not file:
        return os.environ.get(VARIABLE) or None
    try:
        text = Path(file).read_text("utf-8").strip()
    except (OSError, ValueError):
        faults.append("keys.secret_file: it cannot be read; name a file that holds the secret")
        return None
    if len(text) < 8 or "\n" in text:
        faults.append("keys.secret_file: it must hold one line of at least 8 characters")
        return None
    return text


def secret_fault(secret: str, pin_check: str, real_pins: int = 0) -> str | None:
    """Why nothing may be keyed with this secret, or None.

    Args:
        secret: keys.secret.
        pin_check: with any other than synthetic the PINs are taken to be of people who exist.
        real_pins: PINs delivered that could be of people who exist.
    """
    how = f"; give one of your own in the file that keys.secret_file names, or as {VARIABLE}"
    if not secret:
        return "keys.secret is empty" + how
    if secret != PUBLIC_SECRET:
        return None
    if pin_check != "synthetic":
        return f"pin.check = {pin_check} needs a secret: the default of keys.secret is public" + how
    if real_pins:
        return (
            f"{real_pins} rows delivered have PINs that are not synthetic, and the default of "
            f"keys.secret is public{how}"
        )
    return None


def safe_name(name: str, near: Sequence[str]) -> str:
    """A wrong name as it may be repeated: only where it looks like a name of a setting."""
    if name.startswith("key"):
        return "a name beside keys.secret"
    looks = re.fullmatch(r"[a-z_]+([.][a-z0-9_]+)*", name) and len(name) <= 60
    return name if looks and ("." in name or near) else "a name that is not shown"
