"""Names made comparable (L5)."""

from __future__ import annotations

import sys
import unicodedata
from functools import cache

from pyspark.sql import Column
from pyspark.sql import functions as F

NORWEGIAN = {"æ": "ae", "ø": "o"}
"""Letters that Unicode does not take apart; å comes apart by itself."""


@cache
def _decompositions() -> tuple[str, str, dict[str, str]]:
    """Letters whose NFKD form is one letter once marks are taken off; and those with several."""
    one_from, one_to, several = [], [], {}
    for code in range(0x80, sys.maxunicode + 1):
        letter = chr(code)
        # Hangul comes apart into letters by the thousand and the same way on both sides.
        if 0xAC00 <= code <= 0xD7A3 or unicodedata.normalize("NFKD", letter) == letter:
            continue
        plain = "".join(
            part for part in unicodedata.normalize("NFKD", letter).lower() if part.isalpha()
        )
        if len(plain) == 1 and code < 0x10000:
            one_from.append(letter)
            one_to.append(plain)
        elif 1 < len(plain) <= 3 and letter.isalpha() and code < 0x10000:
            several[letter] = plain
    return "".join(one_from), "".join(one_to), several


def normalised_name(given: str, family: str) -> Column:
    """L5: NFKD, lower case, æ→ae, ø→o, å→a, letters only, given + family; null if empty."""
    return normalised(F.concat(F.coalesce(given, F.lit("")), F.coalesce(family, F.lit(""))))


def normalised(name: str | Column) -> Column:
    """One name made comparable as L5 has it; null if nothing of it is a letter."""
    one_from, one_to, _ = _decompositions()
    plain = F.lower(F.translate(name, one_from, one_to))
    for letter, letters in _frequent_several().items():
        plain = F.replace(plain, F.lit(letter), F.lit(letters))
    for letter, letters in NORWEGIAN.items():
        plain = F.replace(plain, F.lit(letter), F.lit(letters))
    letters_only = F.regexp_replace(plain, r"[^\p{L}]", "")
    return F.when(letters_only != "", letters_only)


def _frequent_several() -> dict[str, str]:
    """The Latin ligatures; others come apart the same way on both sides and stay as they are."""
    return {
        letter: plain
        for letter, plain in _decompositions()[2].items()
        if 0x0130 <= ord(letter) <= 0x01F3 or 0xFB00 <= ord(letter) <= 0xFB06
    }
