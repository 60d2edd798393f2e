"""L5: names made comparable."""

from __future__ import annotations

import pytest
from pyspark.sql import functions as F

from folketall.persons.names import normalised_name
from tests.support.drawings import drawn, lines
from tests.support.frames import frame

# Where the name says apart, the letter and its mark are two characters.
NAMES = """
plain      | Anna           | Berg          | annaberg
given_only | Anna           |               | anna    
family     |                | Anna Berg     | annaberg
case       | ANNA           | bErG          | annaberg
signs      | Anna-Mari O'   | de la Berg 2. | annamariodelaberg
norwegian  | Åse            | Bjørk Sæther  | asebjorksaether
capitals   | ÅSE            | BJØRK SÆTHER  | asebjorksaether
two_marks  | Ǿystein        | Ǽgir          | oysteinaegir
marks      | Zoë            | Çelik Müller  | zoecelikmuller
u_apart    | Zoe\u0308      | C\u0327elik   | zoecelik
ring_apart | A\u030ase      | Berg          | aseberg
vietnamese | Nguyễn         | Thị           | nguyenthi
ligature   | Oﬀer           | ĳsbrand       | offerijsbrand
fullwidth  | Ａｎｎａ         | Berg          | annaberg
stroke     | Đorđe          | Łukasz        | đorđełukasz
cyrillic   | Анна           |               | анна
nothing    | -              | 123           |
empty      |                |               |
"""


@pytest.mark.rule("L5")
def test_names_are_normalised(spark):
    rows = frame(spark, "what string, given string, family string, expected string", NAMES)
    found = rows.withColumn("name", normalised_name(F.col("given"), F.col("family")))
    wanted = [" | ".join(line.split(" | ")[::3]) for line in lines(NAMES)]
    assert drawn(found, "what", "name") == sorted(wanted)
