"""Where immigrants come from in each era and for each reason, and what people are called."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from folketall.synthetic.draws import listed, pick

NORDIC = ("101", "103", "105", "106")
EEA = (*NORDIC, "127", "131", "133", "136", "137", "144", "122", "124")
ERAS = (1975, 1987, 1996, 2005, 2015, 2022)
"""The first year after each era; what follows is the last one."""

_REFUGEES = (
    (("152", 3), ("725", 1), ("142", 2)),
    (("575", 6), ("725", 3), ("131", 1), ("456", 1)),
    (("155", 7), ("456", 4), ("424", 4), ("346", 2), ("161", 3), ("575", 2)),
    (("346", 5), ("452", 6), ("404", 3), ("161", 3), ("140", 2), ("246", 1)),
    (("241", 5), ("346", 5), ("404", 4), ("452", 2), ("420", 1), ("356", 1)),
    (("564", 8), ("241", 3), ("279", 2), ("404", 2), ("143", 1)),
    (("148", 12), ("564", 2), ("279", 1), ("404", 1)),
)
_WORKERS = (
    (("534", 4), ("143", 2), ("303", 1), ("101", 3), ("106", 3), ("139", 2)),
    (("101", 3), ("106", 3), ("139", 3), ("684", 2), ("534", 2), ("444", 1)),
    (("106", 5), ("101", 3), ("144", 2), ("139", 2), ("103", 1)),
    (("131", 2), ("106", 4), ("144", 3), ("139", 2), ("140", 1)),
    (("131", 8), ("136", 4), ("106", 4), ("144", 2), ("133", 1), ("444", 1)),
    (("131", 5), ("136", 3), ("133", 2), ("106", 2), ("137", 1), ("444", 2)),
    (("131", 4), ("136", 2), ("133", 2), ("444", 3), ("106", 2), ("428", 1)),
)
_STUDENTS = (("484", 2), ("428", 3), ("144", 2), ("684", 2), ("456", 1), ("246", 1), ("140", 2))
_OTHERS = (("684", 3), ("139", 3), ("715", 1), ("144", 2), ("137", 1), ("106", 2), ("990", 0.3))
_SPOUSES = (("568", 5), ("428", 4), ("140", 3), ("684", 1), ("715", 1), ("534", 2), ("303", 1))
ABROAD = (("106", 4), ("101", 3), ("139", 2), ("684", 2), ("137", 2), ("144", 1))
"""Where people go who leave Norway for a time."""

# Names of a language area by country; what is not named here is western.
_AREAS = {
    "slavic": ("131", "136", "140", "148", "142", "155", "122", "124", "152", "133"),
    "arabic": ("346", "452", "564", "356", "303", "456", "404", "534", "143", "161"),
    "asian": ("575", "568", "428", "484", "420", "424", "444"),
    "african": ("241", "246", "279"),
    "norwegian": ("000", "101", "106", "103", "105"),
}
GIVEN = {
    (
        "norwegian",
        "1",
    ): "Bjørn|Åge|Kjell|Håkon|Øystein|Pål|Ola|Jon|Sindre|Eirik|Lars|Tor|Magnus|Knut",
    ("norwegian", "2"): "Åse|Ingrid|Solveig|Maren|Bjørg|Kari|Synnøve|Anne|Sigrid|Tuva|Liv|Nora|Gro",
    ("slavic", "1"): "Piotr|Andrzej|Dmytro|Oleh|Zoran|Marek|Jonas|Tomasz|Ivan|Mirza|Łukasz",
    ("slavic", "2"): "Olena|Agnieszka|Oksana|Amra|Jolanta|Rūta|Natalia|Małgorzata|Iryna|Jasna",
    ("arabic", "1"): "Mohammed|Ahmed|Ali|Hassan|Omar|Yusuf|Reza|Khalid|Abdi|Farid|Imran",
    ("arabic", "2"): "Fatima|Amina|Zahra|Hodan|Leila|Nasrin|Mariam|Samira|Ayşe|Rukhsana",
    ("asian", "1"): "Minh|Arun|Jose|Wei|Somchai|Rajesh|Tuan|Kumar|Thant",
    ("asian", "2"): "Linh|Malee|Maria|Mei|Priya|Hoa|Suda|Rosario|Thi",
    ("african", "1"): "Tesfay|Samuel|Yonas|Dawit|Patrice|Biniam|Kiflom|Joseph",
    ("african", "2"): "Selam|Abeba|Rahel|Miriam|Furaha|Tsega|Hiwot|Grace",
    ("western", "1"): "John|Peter|Hans|Michael|Carlos|David|Jürgen|Thomas",
    ("western", "2"): "Mary|Susan|Anna|Emma|Lucía|Ursula|Linda|Sarah",
}
FAMILY = {
    "norwegian": "Østby|Ås|Bakke|Lunde|Vik|Sæther|Nygård|Moen|Dahl|Haugen|Strøm|Foss|Øvrebø|Lie",
    "slavic": "Kowalski|Nowak|Shevchenko|Hodžić|Kovačević|Petrov|Kazlauskas|Wiśniewski|Bondar",
    "arabic": "Hussain|Abdullahi|Warsame|Karimi|Al-Rashid|Haidari|Khan|Yılmaz|Hosseini|Krasniqi",
    "asian": "Nguyen|Tran|Santos|Chen|Srisuk|Sharma|Reyes|Rajan|Aung",
    "african": "Tekle|Haile|Bereket|Mukendi|Tesfaye|Gebre|Kabila|Abraha",
    "western": "Smith|Müller|Garcia|Brown|Jansen|Schmidt|Taylor|Silva",
}


def origin_country(unit: Column, reason: Column, year: Column) -> Column:
    """The country of origin of those who come for the reason in the year."""
    countries = F.when(reason == "education", listed(_STUDENTS)).when(
        reason == "other", listed(_OTHERS)
    )
    for at, before in enumerate((*ERAS, 9999)):
        countries = countries.when((reason == "refugee") & (year < before), listed(_REFUGEES[at]))
        countries = countries.when((reason == "labour") & (year < before), listed(_WORKERS[at]))
    return pick(unit, countries.otherwise(listed(_SPOUSES)))


def language_area(country: Column) -> Column:
    """The group of names that people from the country bear."""
    area = F.lit("western")
    for name, countries in _AREAS.items():
        area = F.when(country.isin(*countries), F.lit(name)).otherwise(area)
    return area


def given_names(area: Column, sex: Column) -> Column:
    """The given names of the area and sex, an array."""
    names = F.lit(None).cast("array<string>")
    for (name, whose), words in GIVEN.items():
        names = F.when((area == name) & (sex == whose), _words(words)).otherwise(names)
    return names


def family_names(area: Column) -> Column:
    """The family names of the area, an array."""
    names = F.lit(None).cast("array<string>")
    for name, words in FAMILY.items():
        names = F.when(area == name, _words(words)).otherwise(names)
    return names


def _words(words: str) -> Column:
    return F.split(F.lit(words), r"\|")


def spelt_otherwise(name: Column) -> Column:
    """The spelling another register has: other letters for the same sound."""
    plain = F.translate(name, "åøæłśźžčćūşıüí", "aoelszzccusiui")
    return (
        F.when(name.contains("å"), F.replace(name, F.lit("å"), F.lit("aa")))
        .when(name.contains("Å"), F.replace(name, F.lit("Å"), F.lit("Aa")))
        .when(name == "Mohammed", F.lit("Muhammad"))
        .when(name == "Yusuf", F.lit("Yousef"))
        .when(name == "Hussain", F.lit("Hussein"))
        .when(name == "Shevchenko", F.lit("Sjevtsjenko"))
        .otherwise(plain)
    )
