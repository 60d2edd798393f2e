"""F1-F3: immigrants, country background and first immigration."""

from __future__ import annotations

import pytest

from folketall.model.tables import FIRST_IMMIGRATION, PERSON_RECORD
from folketall.population.persons import first_immigrations, immigrated, persons
from tests.support.drawings import drawn, lines, scattered, shuffled_into
from tests.support.frames import frame

# id | known | own | mother | father | mother's, father's country | mothers_mother, mothers_father,
# fathers_mother, fathers_father | has an immigration || immigrant | background
ANCESTORS = """
1  | true  | 000 |    |    |     |     |     |     |     |     |
2  | true  | 564 |    |    |     |     |     |     |     |     |
3  | true  | 990 |    |    |     |     |     |     |     |     |
11 | true  | 564 |    |    |     |     |     |     |     |     |
12 | true  | 346 |    |    |     |     |     |     |     |     |
13 | true  | 000 |    |    |     |     |     |     |     |     |
14 | true  | 990 |    |    |     |     |     |     |     |     |
15 | true  | 564 | 1  |    |     |     |     |     |     |     |
16 | true  | 564 |    |    | 000 |     |     |     |     |     |
17 | true  | 564 | 3  |    | 000 |     |     |     |     |     |
18 | true  | 564 | 2  |    | 000 |     |     |     |     |     |
19 | true  | 346 |    | 1  |     |     |     |     |     |     |
20 | true  | 346 |    |    |     | 000 |     |     |     |     |
"""
CASES = """
100 plain                    | true  | 346 |    |    |     |     |     |     |     |     | yes | true  | 346
101 abroad_never_immigrated  | true  | 346 |    |    |     |     |     |     |     |     |     | true  | 346
102 norwegian                | true  | 000 |    |    |     |     |     |     |     |     | yes | false | 000
103 own_null_immigrated      | true  |     |    |    |     |     |     |     |     |     | yes | true  | 990
104 own_990_immigrated       | true  | 990 |    |    | 564 | 346 |     |     |     |     | yes | true  | 564
105 own_null_not_immigrated  | true  |     |    |    |     |     |     |     |     |     |     | false | 000
106 own_990_not_immigrated   | true  | 990 |    |    |     |     |     |     |     |     |     | false | 000
107 background_of_father     | true  |     |    |    | 990 | 346 |     |     |     |     | yes | true  | 346
110 mothers_record           | true  | 346 | 13 |    |     |     |     |     |     |     | yes | false | 000
111 mothers_column           | true  | 346 |    |    | 000 |     |     |     |     |     | yes | false | 000
112 record_before_column     | true  | 346 | 11 |    | 000 |     |     |     |     |     | yes | true  | 346
113 record_against_column    | true  | 346 | 13 |    | 564 |     |     |     |     |     | yes | false | 000
114 record_unknown_column_no | true  | 346 | 14 |    | 000 |     |     |     |     |     | yes | false | 000
115 record_unknown_no_column | true  | 346 | 14 |    |     |     |     |     |     |     | yes | true  | 346
116 mother_without_record    | true  | 346 | 99 |    | 000 |     |     |     |     |     | yes | false | 000
117 fathers_record           | true  | 346 |    | 13 |     |     |     |     |     |     | yes | false | 000
118 fathers_column           | true  | 346 |    |    |     | 000 |     |     |     |     | yes | false | 000
120 grandmothers_record      | true  | 346 | 15 |    |     |     |     |     |     |     | yes | false | 000
121 mothers_own_column       | true  | 346 | 16 |    |     |     |     |     |     |     | yes | false | 000
122 grandmother_unknown      | true  | 346 | 17 |    |     |     |     |     |     |     | yes | false | 000
123 grandmother_abroad       | true  | 346 | 18 |    |     |     | 000 |     |     |     | yes | true  | 346
124 fathers_mothers_record   | true  | 346 |    | 15 |     |     |     |     |     |     | yes | false | 000
125 fathers_fathers_record   | true  | 346 |    | 19 |     |     |     |     |     |     | yes | false | 000
126 mothers_fathers_column   | true  | 346 | 20 |    |     |     |     |     |     |     | yes | false | 000
127 own_column_mm            | true  | 346 |    |    |     |     | 000 |     |     |     | yes | false | 000
128 own_column_mf            | true  | 346 |    |    |     |     |     | 000 |     |     | yes | false | 000
129 own_column_fm            | true  | 346 |    |    |     |     |     |     | 000 |     | yes | false | 000
130 own_column_ff            | true  | 346 |    |    |     |     |     |     |     | 000 | yes | false | 000
131 own_column_after_mothers | true  | 346 | 16 |    |     |     | 564 |     |     |     | yes | false | 000
132 all_ancestors_unknown    | true  | 346 | 14 | 14 | 990 | 990 | 990 | 990 | 990 | 990 | yes | true  | 346
133 no_person_row            | false |     |    |    |     |     |     |     |     |     | yes | false | 000
140 born_to_two_from_abroad  | true  | 000 | 11 | 12 |     |     |     |     |     |     |     | false | 564
141 by_columns               | true  | 000 |    |    | 564 | 346 |     |     |     |     |     | false | 564
142 father_unknown           | true  | 000 | 11 |    |     | 990 |     |     |     |     |     | false | 000
143 mother_unknown           | true  | 000 |    | 12 |     |     |     |     |     |     |     | false | 000
144 father_norwegian         | true  | 000 | 11 | 13 |     |     |     |     |     |     |     | false | 000
145 grandparent_norwegian    | true  | 000 | 11 | 12 |     |     |     |     |     | 000 |     | false | 000
146 grandmother_by_record    | true  | 000 | 15 | 12 |     |     |     |     |     |     |     | false | 000
147 grandparents_unknown     | true  | 000 | 11 | 12 |     |     | 990 |     |     |     |     | false | 564
148 column_for_unknown       | true  | 000 | 14 | 12 | 101 |     |     |     |     |     |     | false | 101
149 own_unknown_stayed       | true  |     | 11 | 12 |     |     |     |     |     |     |     | false | 564
150 own_unknown_arrived      | true  |     | 11 | 12 |     |     |     |     |     |     | yes | true  | 564
"""
HISTORY = """
1 | immigration     | 2 | 2000-05-05 | 2000-05-09
1 | emigration      | 1 | 2000-05-05 | 2000-05-05
1 | immigration     | 4 | 2003-01-01 | 2003-01-05
2 | immigration     | 1 | 2000-05-05 | 2001-01-01
2 | immigration     | 3 | 2000-05-05 | 2000-06-01
3 | opened          | 1 | 1999-01-01 | 1999-01-02
3 | move            | 2 | 2000-01-01 | 2000-01-02
3 | emigration      | 3 | 2001-01-01 | 2001-01-02
3 | immigration     | 4 | 2002-01-01 | 2002-01-02
4 | birth           | 1 | 1990-01-01 | 1990-01-02
"""
EVIDENCE = """
event_only       | 2000-05-05 |      |      | 2000-05-05 immigration | 2000-05-05 | event
census_earlier   | 1970-11-02 | 1970 |      | 1970-11-02 immigration | 1970-11-01 | census
census_same_day  | 1970-11-01 | 1970 |      | 1970-11-01 immigration | 1970-11-01 | event
census_later     | 1970-10-31 | 1970 |      | 1970-10-31 immigration | 1970-10-31 | event
census_1960      | 1980-01-01 | 1960 |      | 1980-01-01 immigration | 1960-11-01 | census
year_stated      | 1962-07-02 | 1970 | 1962 | 1962-07-02 immigration | 1962-07-01 | census
year_stated_on   | 1962-07-01 | 1970 | 1962 | 1962-07-01 immigration | 1962-07-01 | event
year_stated_late | 1962-06-30 | 1970 | 1962 | 1962-06-30 immigration | 1962-06-30 | event
year_zero        |            | 1970 | 0    |                        | 1970-11-01 | census
year_1700        |            | 1970 | 1700 |                        | 1970-11-01 | census
year_1849        |            | 1970 | 1849 |                        | 1970-11-01 | census
year_1850        |            | 1970 | 1850 |                        | 1850-07-01 | census
year_of_census   |            | 1970 | 1970 |                        | 1970-07-01 | census
year_after_it    | 1972-01-01 | 1970 | 1971 | 1972-01-01 immigration | 1970-11-01 | census
year_1985        | 1990-01-01 | 1970 | 1985 | 1990-01-01 immigration | 1970-11-01 | census
year_9999        |            | 1960 | 9999 |                        | 1960-11-01 | census
year_of_next     |            | 1960 | 1961 |                        | 1960-11-01 | census
two_censuses     |            | 1970 | 1955 | 1980-01-01 opened      | 1955-07-01 | census
census_alone     |            | 1970 |      |                        | 1970-11-01 | census
census_first     |            | 1970 |      | 1970-11-01 opened      | 1970-11-01 | census
residence_first  |            | 1970 |      | 1970-10-31 opened      | 1970-10-31 | residence
opened           | 1980-01-01 |      |      | 1975-03-03 opened      | 1975-03-03 | residence
birth            |            |      |      | 1975-03-03 birth       | 1975-03-03 | residence
opened_later     | 1985-01-01 |      |      | 1990-01-01 opened      | 1985-01-01 | event
no_length        | 1985-01-01 |      |      |                        | 1985-01-01 | event
never_resident   |            |      |      |                        |            |
"""


def cells(drawing):
    return [[cell.strip() for cell in line.split("|")] for line in drawing.strip().splitlines()]


def records(spark):
    names = [f.name for f in PERSON_RECORD.schema if f.name not in ("birth_date", "sex")]
    kinds = {f.name: f.dataType.simpleString() for f in PERSON_RECORD.schema}
    rows = [[row[0].split()[0], *row[1:11]] for row in cells(ANCESTORS) + cells(CASES)]
    drawing = "\n".join(" | ".join([*row, "1950-01-01", "2"]) for row in rows)
    columns = ", ".join(f"{name} {kinds[name]}" for name in [*names, "birth_date", "sex"])
    return frame(spark, columns, drawing).select(*PERSON_RECORD.columns)


@pytest.mark.rule("F1")
def test_immigrants_and_country_background(spark):
    arrived = "\n".join(row[0].split()[0] for row in cells(CASES) if row[11] == "yes")
    with shuffled_into(spark, 2):
        people = persons(scattered(records(spark)), frame(spark, "person_id long", arrived))
        found = drawn(people, "person_id", "immigrant", "country_background")
    # Nobody is lost: ancestors have a row too, here left out of the comparison.
    assert len(found) == len(cells(CASES)) + len(cells(ANCESTORS))
    names = {row[0].split()[0]: row[0] for row in cells(CASES)}
    answered = [row.split(" | ") for row in found]
    assert sorted([names[p], i, b] for p, i, b in answered if p in names) == sorted(
        [row[0], row[12], row[13]] for row in cells(CASES)
    )


@pytest.mark.rule("F2")
def test_the_first_immigration_is_the_earliest_that_opens_a_residence(spark):
    history = frame(
        spark,
        "person_id long, effect string, position int, event_date date, registration_date date",
        HISTORY,
    )
    found = immigrated(scattered(history))
    assert drawn(found, "person_id", "event_date", "registration_date") == lines("""
        1 | 2000-05-05 | 2000-05-09
        2 | 2000-05-05 | 2001-01-01
        3 | 2002-01-01 | 2002-01-02
        """)


@pytest.mark.rule("F2", "F3")
def test_the_earliest_evidence_of_residence_counts(spark):
    rows = list(enumerate(cells(EVIDENCE), start=1))
    events = [f"{n} | {row[1]} | 2020-02-02" for n, row in rows if row[1]]
    censuses = [f"{n} | {row[2]} | {row[3]}" for n, row in rows if row[2]]
    censuses += [f"{n} | 1960 | " for n, row in rows if row[0] == "two_censuses"]
    spells = [f"{n} | {row[4].replace(' ', ' | ')}" for n, row in rows if row[4]]
    # A later spell that opened otherwise says nothing, nor does evidence of one who is no immigrant.
    spells += [f"{n} | 2010-01-01 | opened" for n, row in rows if row[4]]
    other = [f"{n} | {n != 99}" for n in (*(n for n, _ in rows), 99)]
    found = first_immigrations(
        frame(spark, "person_id long, immigrant boolean", "\n".join(other)),
        frame(
            spark,
            "person_id long, event_date date, registration_date date",
            "\n".join([*events, "99 | 2000-01-01 | 2000-01-01"]),
        ),
        scattered(
            frame(spark, "person_id long, from_date date, opened_by string", "\n".join(spells))
        ),
        frame(
            spark,
            "person_id long, census_year string, immigration_year int",
            "\n".join([*censuses, "99 | 1960 | "]),
        ),
    )
    names = {str(n): row[0] for n, row in rows}
    answered = [row.split(" | ") for row in drawn(found, *FIRST_IMMIGRATION.columns)]
    columns = FIRST_IMMIGRATION.columns
    assert columns == ("person_id", "first_immigration_date", "registration_date", "source")
    assert sorted([names[p], *rest] for p, *rest in answered) == sorted(
        [row[0], row[5], "2020-02-02" if row[6] == "event" else "", row[6]]
        for _, row in rows
        if row[6]
    )
