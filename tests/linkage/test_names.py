"""L5: names made comparable."""

from __future__ import annotations

import pytest
from pyspark.sql import functions as F

from folketall.linkage.linkage import exact_matches
from folketall.linkage.names import normalised, normalised_name
from tests.support.drawings import drawn, lines
from tests.support.frames import frame

# Where the name says apart, the letter and its mark are two characters.
NAMES = """
plain      | Anna           | Berg          | anna berg
given_only | Anna           |               | anna
family     |                | Anna Berg     | anna berg
sorted     | Tove Anna      | Berg          | anna berg tove
about      | Berg           | Anna Tove     | anna berg tove
twice      | Anna Anna      | Berg          | anna anna berg
case       | ANNA           | bErG          | anna berg
signs      | Anna-Mari      | de la Berg 2. | anna berg de la mari
apostrophe | O'Neil         | D’Arcy        | darcy oneil
others     | Raʼed          | Ra`id         | rad raid
norwegian  | Åse            | Bjørk Sæther  | ase bjork sather
as_passport| Aase           | Bjoerk Saether| ase bjork sather
as_typed   | Ase            | Bjork Sather  | ase bjork sather
capitals   | ÅSE            | BJØRK SÆTHER  | ase bjork sather
two_marks  | Ǿystein        | Ǽgir          | agir oystein
marks      | Zoë            | Çelik Müller  | celik muller zo
u_apart    | Zoe\u0308      | C\u0327elik   | celik zo
ring_apart | A\u030ase      | Berg          | ase berg
vietnamese | Nguyễn         | Thị           | nguyen thi
ligature   | Oﬀer           | ĳsbrand       | ijsbrand offer
fullwidth  | Ａｎｎａ         | Berg          | anna berg
dotless    | Işık           | YILMAZ        | isik yilmaz
dotted     | İsmail         | Çağrı         | cagri ismail
stroke     | Đorđe          | Łukasz        | dorde lukasz
icelandic  | Þórður         | Sigurðsson    | sigurdsson thordur
sharp_s    | Weiß           | GROẞ          | gross weiss
northern   | Ŋuoŧŧe         | Ħal           | hal nuotte
french     | Œuvre          | Lœic          | loic ouvre
azeri      | Əli            | Məmməd        | eli memmed
cyrillic   | Анна           |               | анна
nothing    | -              | 123           |
empty      |                |               |
"""
ALIKE = """
turkish   | Yılmaz | Işık    | YILMAZ | ISIK
croatian  | Đorđe  | Babić   | Dorde  | Babic
polish    | Paweł  | Złoty   | Pawel  | Zloty
german    | Anna   | Weiß    | Anna   | Weiss
passport  | Åse    | Bjørnå  | Aase   | Bjoernaa
typewriter| Åse    | Bjørnå  | Ase    | Bjorna
about     | Anna   | Berg    | Berg   | Anna
middle    | Anna B | Li      | Anna   | B Li
irish     | Sean   | O'Neil  | Sean   | ONeil
"""
UNLIKE = """
letter    | Anna   | Berg    | Anne   | Berg
word_less | Anna B | Berg    | Anna   | Berg
together  | Anna B | Berg    | Annab  | Berg
"""


@pytest.mark.rule("L5")
def test_names_are_normalised(spark):
    rows = frame(spark, "what string, given string, family string, expected string", NAMES)
    found = rows.withColumn("name", normalised_name(F.col("given"), F.col("family")))
    wanted = [" | ".join(line.split(" | ")[::3]) for line in lines(NAMES)]
    assert drawn(found, "what", "name") == sorted(wanted)


@pytest.mark.rule("L5")
def test_names_written_otherwise_are_exact_matches(spark):
    columns = "who string, given string, family string, their_given string, their_family string"
    rows = frame(spark, columns, ALIKE + UNLIKE)
    fixed = (F.to_date(F.lit("1980-03-05")).alias("birth_date"), F.col("who").alias("sex"))
    numbers = rows.select(
        F.col("who").alias("duf"),
        F.col("their_given").alias("given_name"),
        F.col("their_family").alias("family_name"),
        *fixed,
    )
    persons = rows.select(
        F.xxhash64("who").alias("person_id"),
        F.col("given").alias("given_name"),
        F.col("family").alias("family_name"),
        *fixed,
    )
    found = exact_matches(numbers, persons).where(F.col("person_id") == F.xxhash64("duf"))
    assert drawn(found, "duf") == sorted(line.split(" | ")[0] for line in lines(ALIKE))


@pytest.mark.rule("L5")
def test_a_name_for_the_probabilistic_match_keeps_its_order(spark):
    rows = frame(spark, "name string, kept string", "Tove Åse-Li | toveaseli\n123 |\n |")
    found = drawn(rows.select(normalised("name").alias("kept")), "kept")
    assert found == drawn(rows, "kept")
