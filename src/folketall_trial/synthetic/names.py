"""What people are called, and how other registers spell it."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

AREAS = ("norwegian", "slavic", "arabic", "asian", "african", "western")
_COUNTRIES = {
    "norwegian": (0, 101, 106, 103, 105),
    "slavic": (131, 136, 140, 148, 142, 155, 122, 124, 152, 133, 159, 120),
    "arabic": (346, 452, 564, 356, 303, 456, 404, 534, 143, 161, 524, 508, 359, 203, 250),
    "asian": (575, 568, 428, 484, 420, 424, 444, 528, 404),
    "african": (241, 246, 279, 216, 386, 313, 260, 329, 256),
}
_GIVEN = {
    "norwegian": (
        "Bjørn|Åge|Kjell|Håkon|Øystein|Pål|Ola|Jon|Sindre|Eirik|Lars|Tor|Magnus|Knut|Per|Arne",
        "Åse|Ingrid|Solveig|Maren|Bjørg|Kari|Synnøve|Anne|Sigrid|Tuva|Liv|Nora|Gro|Berit|Eva",
    ),
    "slavic": (
        "Piotr|Andrzej|Dmytro|Oleh|Zoran|Marek|Jonas|Tomasz|Ivan|Mirza|Łukasz|Petro|Serhij",
        "Olena|Agnieszka|Oksana|Amra|Jolanta|Rūta|Natalia|Małgorzata|Iryna|Jasna|Halyna|Ewa",
    ),
    "arabic": (
        "Mohammed|Ahmed|Ali|Hassan|Omar|Yusuf|Reza|Khalid|Abdi|Farid|Imran|Mahmoud|Ibrahim",
        "Fatima|Amina|Zahra|Hodan|Leila|Nasrin|Mariam|Samira|Ayşe|Rukhsana|Shirin|Khadija",
    ),
    "asian": (
        "Minh|Arun|Jose|Wei|Somchai|Rajesh|Tuan|Kumar|Thant|Vikram|Dung|Hieu",
        "Linh|Malee|Maria|Mei|Priya|Hoa|Suda|Rosario|Thi|Lakshmi|Ngoc|Kamala",
    ),
    "african": (
        "Tesfay|Samuel|Yonas|Dawit|Patrice|Biniam|Kiflom|Joseph|Abel|Mulugeta",
        "Selam|Abeba|Rahel|Miriam|Furaha|Tsega|Hiwot|Grace|Saba|Letebrhan",
    ),
    "western": (
        "John|Peter|Hans|Michael|Carlos|David|Jürgen|Thomas|Paul|Luis",
        "Mary|Susan|Anna|Emma|Lucía|Ursula|Linda|Sarah|Elena|Claire",
    ),
}
_FAMILY = {
    "norwegian": "Østby|Ås|Bakke|Lunde|Vik|Sæther|Nygård|Moen|Dahl|Haugen|Strøm|Foss|Øvrebø|Lie",
    "slavic": "Kowalski|Nowak|Shevchenko|Hodžić|Kovačević|Petrov|Kazlauskas|Wiśniewski|Bondar",
    "arabic": "Hussain|Abdullahi|Warsame|Karimi|Rashid|Haidari|Khan|Yılmaz|Hosseini|Krasniqi|Nur",
    "asian": "Nguyen|Tran|Santos|Chen|Srisuk|Sharma|Reyes|Rajan|Aung|Sivakumar",
    "african": "Tekle|Haile|Bereket|Mukendi|Tesfaye|Gebre|Kabila|Abraha|Weldu",
    "western": "Smith|Müller|Garcia|Brown|Jansen|Schmidt|Taylor|Silva|Rossi",
}
AS_IS, OTHERWISE, MISSPELT = range(3)
_PLAIN = str.maketrans("åøæłśźžčćūşıüí", "aoelszzccusiui")
_OTHER = {
    "Mohammed": "Muhammad", "Yusuf": "Yousef", "Hussain": "Hussein", "Shevchenko": "Sjevtsjenko",
    "Khadija": "Hadiya", "Ibrahim": "Ebrahim", "Nguyen": "Nguyên",
}  # fmt: skip


@cache
def spellings() -> tuple[tuple[str, ...], Ints, Ints, int]:
    """Every name in its three spellings, and where each area's begin.

    Returns:
        The spellings (all as they are, then all spelt otherwise, then all misspelt); first name
        and how many for each area × (given of men, given of women, family); names in one spelling.
    """
    words: list[str] = []
    first = np.zeros((len(AREAS), 3), dtype=np.int64)
    count = np.zeros_like(first)
    for number, area in enumerate(AREAS):
        for column, listed in enumerate((*_GIVEN[area], _FAMILY[area])):
            single = listed.split("|")
            every = [*single, *(f"{a} {b}" for a in single for b in single if a != b)]
            first[number, column], count[number, column] = len(words), len(every)
            words += every
    total = len(words)
    spelt = [" ".join(_otherwise(part) for part in word.split()) for word in words]
    return (*words, *spelt, *(_misspelt(word) for word in words)), first, count, total


def _otherwise(word: str) -> str:
    if word in _OTHER:
        return _OTHER[word]
    if "å" in word or "Å" in word:
        return word.replace("å", "aa").replace("Å", "Aa")
    return word.translate(_PLAIN)


def _misspelt(word: str) -> str:
    """A slip: two letters in the wrong order, or in short names one twice."""
    middle = len(word) // 2
    if len(word) < 4 or word[middle] == word[middle - 1]:
        return word + word[-1]
    return word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]


def area_of(country: Ints) -> Ints:
    """The area whose names people from the country bear."""
    area = np.full(len(country), AREAS.index("western"))
    for name, codes in _COUNTRIES.items():
        area[np.isin(country, codes)] = AREAS.index(name)
    return area
