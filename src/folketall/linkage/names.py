"""Names made comparable (L5)."""

from __future__ import annotations

import sys
import unicodedata
from functools import cache

from pyspark.sql import Column
from pyspark.sql import functions as F

PASSPORT = {
    "ı": "i", "đ": "d", "ł": "l", "ð": "d", "ħ": "h", "ŋ": "n", "ŧ": "t", "ĸ": "q", "ə": "e",
    "ß": "ss", "þ": "th", "æ": "ae", "ø": "oe", "œ": "oe",
}  # fmt: skip
"""Letters that Unicode does not take apart, as passports write them (ICAO 9303); å comes apart."""
APOSTROPHES = "'’‘‛′`´＇ʹʻʼʽʾʿ՚׳\ua78c"
"""What stands for an apostrophe, or for a sound that Latin letters have no letter for."""
_VANISH = rf"[\p{{M}}{APOSTROPHES}]"


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
    """L5: the words of both names, made comparable and sorted; null if there is none.

    So that neither the order of the words nor which of them is called the family name matters.
    """
    words = _words(F.concat_ws(" ", given, family))
    return _unless_empty(F.array_join(F.array_sort(words), " "))


def normalised(name: str | Column) -> Column:
    """One name made comparable as in L5, its words in their order, run together; null if empty."""
    return _unless_empty(F.array_join(_words(name), ""))


def _unless_empty(text: Column) -> Column:
    return F.when(text != "", text)


def _words(name: str | Column) -> Column:
    """L5: NFKD, lower case, as passports write it, aa and ae as a, oe as o; apart where no letter.

    Marks and apostrophes vanish first, so that Ra'ed and Raed are one.
    """
    one_from, one_to, _ = _decompositions()
    plain = F.lower(F.translate(name, one_from, one_to))
    for letter, letters in _frequent_several().items():
        plain = F.replace(plain, F.lit(letter), F.lit(letters))
    plain = F.regexp_replace(plain, _VANISH, "")
    single = {letter: plain for letter, plain in PASSPORT.items() if len(plain) == 1}
    plain = F.translate(plain, "".join(single), "".join(single.values()))
    for letter, letters in PASSPORT.items():
        if letter not in single:
            plain = F.replace(plain, F.lit(letter), F.lit(letters))
    for pattern, letters in (("aa+", "a"), ("ae", "a"), ("oe", "o")):
        plain = F.regexp_replace(plain, pattern, letters)
    return F.filter(F.split(plain, r"[^\p{L}]+"), lambda word: word != "")


def _frequent_several() -> dict[str, str]:
    """The Latin ligatures; others come apart the same way on both sides and stay as they are."""
    return {
        letter: plain
        for letter, plain in _decompositions()[2].items()
        if 0x0130 <= ord(letter) <= 0x01F3 or 0xFB00 <= ord(letter) <= 0xFB06
    }
