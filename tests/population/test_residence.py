"""H1-H6 and G3: residence histories from events."""

from __future__ import annotations

import pytest
from pyspark.sql import functions as F

from folketall.geography.frames import paths_frame, readings_frame
from folketall.geography.leading import read_codes
from folketall.model.settings import read_settings
from folketall.model.tables import HISTORY_EVENT
from folketall.population.residence import histories, residence_spells, short_stays
from tests.support.drawings import drawn, lines, scattered, shuffled_into
from tests.support.frames import frame

SETTINGS = read_settings()

# person | event | type | date | registered (blank: that day) | municipality | cause || fate | effect | note
SET_ASIDE = """
101 | birth_101      | birth       | 1970-01-01 | | 0301 |                 | kept      | birth       |
101 | school         | move        | 1988-08-15 | | 1103 | temporary       | set_aside |             |
101 | ordinary       | move        | 1989-01-01 | | 1103 | ordinary        | kept      | move        |
101 | posted_out     | emigration  | 1995-01-01 | |      | posted_abroad   | set_aside |             |
101 | posted_back    | immigration | 1998-01-01 | | 0301 | posted_abroad   | set_aside |             |
101 | administrative | emigration  | 2001-01-01 | |      | administrative  | kept      | emigration  |
101 | nato           | immigration | 2005-01-01 | | 0301 | embassy_or_nato | set_aside |             |
101 | home_again     | immigration | 2006-01-01 | | 0301 |                 | kept      | immigration |
102 | embassy_birth  | birth       | 1970-01-01 | | 0301 | embassy_or_nato | kept      | birth       |
102 | posted_death   | death       | 1990-01-01 | |      | posted_abroad   | kept      | death       |
103 | born_svalbard  | birth       | 1970-01-01 | | 2111 |                 | set_aside |             |
103 | from_svalbard  | move        | 1971-01-01 | | 0301 |                 | kept      | opened      | not_resident_before
103 | to_svalbard    | move        | 1972-01-01 | | 2111 |                 | set_aside |             |
103 | to_jan_mayen   | move        | 1973-01-01 | | 2211 |                 | set_aside |             |
103 | to_shelf       | move        | 1974-01-01 | | 2311 |                 | set_aside |             |
103 | to_county_20   | move        | 1975-01-01 | | 2012 |                 | kept      | move        |
103 | to_county_24   | move        | 1976-01-01 | | 2401 |                 | kept      | move        |
103 | out_2111       | emigration  | 1977-01-01 | | 2111 |                 | kept      | emigration  |
103 | in_svalbard    | immigration | 1978-01-01 | | 2111 |                 | set_aside |             |
103 | in_mainland    | immigration | 1979-01-01 | | 0301 |                 | kept      | immigration |
103 | died_svalbard  | death       | 1980-01-01 | | 2111 |                 | kept      | death       |
"""
ASYLUM = """
201 | day_before     | immigration | 1987-02-28 | | 0301 | asylum_pending  | asylum_pending |             |
202 | first_day      | immigration | 1987-03-01 | | 0301 | asylum_pending  | kept           | immigration |
203 | last_day       | immigration | 1994-01-31 | | 0301 | asylum_pending  | kept           | immigration |
204 | day_after      | immigration | 1994-02-01 | | 0301 | asylum_pending  | asylum_pending |             |
205 | birth_205      | birth       | 1980-01-01 | | 0301 |                 | kept           | birth       |
205 | move_before    | move        | 1987-02-28 | | 1103 | asylum_pending  | asylum_pending |             |
205 | move_first     | move        | 1987-03-01 | | 1103 | asylum_pending  | kept           | move        |
205 | move_last      | move        | 1994-01-31 | | 0301 | asylum_pending  | kept           | move        |
205 | move_after     | move        | 1994-02-01 | | 1103 | asylum_pending  | asylum_pending |             |
205 | out_after      | emigration  | 2000-01-01 | |      | asylum_pending  | kept           | emigration  |
206 | in_206         | immigration | 1980-01-01 | | 0301 | ordinary        | kept           | immigration |
206 | out_before     | emigration  | 1980-02-01 | |      | asylum_pending  | kept           | emigration  |
"""
ODDITIES = """
301 | birth_301      | birth       | 1990-01-01 | | 0301 |                 | kept        | birth           |
301 | death_301      | death       | 2000-05-01 | |      |                 | kept        | death           |
301 | out_dead       | emigration  | 2000-05-02 | |      |                 | after_death |                 | after_death
301 | school_dead    | move        | 2000-05-03 | | 1103 | temporary       | set_aside   |                 |
301 | in_dead        | immigration | 2000-06-01 | | 0301 |                 | after_death |                 | after_death
301 | dead_again     | death       | 2000-07-01 | |      |                 | after_death |                 | after_death
302 | birth_302      | birth       | 1990-01-01 | | 0301 |                 | kept        | birth           |
302 | out_302        | emigration  | 1991-01-01 | |      |                 | kept        | emigration      |
302 | died_abroad    | death       | 1992-01-01 | |      |                 | ignored     |                 | not_resident
302 | in_302         | immigration | 1993-01-01 | | 0301 |                 | after_death |                 | after_death
303 | birth_303      | birth       | 1990-01-01 | | 0301 |                 | kept        | birth           |
303 | on_its_day     | move        | 2000-05-01 | 2000-05-09 | 1103 |       | kept        | move            |
303 | death_303      | death       | 2000-05-01 | 2000-05-02 |      |       | kept        | death           |
303 | second_death   | death       | 2000-05-01 | 2000-05-03 |      |       | after_death |                 | after_death
501 | birth_501      | birth       | 1990-01-01 | | 0301 |                 | kept        | birth           |
501 | in_again       | immigration | 1995-01-01 | | 1103 |                 | kept        | move            | already_resident
501 | out_501        | emigration  | 1996-01-01 | |      |                 | kept        | emigration      |
501 | out_again      | emigration  | 1997-01-01 | |      |                 | ignored     |                 | not_resident
501 | merged_abroad  | move        | 1998-01-01 | | 5001 | boundary_change | ignored     |                 | not_resident
501 | in_501         | immigration | 1999-01-01 | | 0301 |                 | kept        | immigration     |
501 | merged         | move        | 2000-01-01 | | 5001 | boundary_change | kept        | boundary_change |
502 | move_502       | move        | 1990-01-01 | | 0301 |                 | kept        | opened          | not_resident_before
502 | then_move      | move        | 1991-01-01 | | 1103 |                 | kept        | move            |
503 | merged_first   | move        | 1990-01-01 | | 0301 | boundary_change | ignored     |                 | not_resident
503 | out_first      | emigration  | 1991-01-01 | |      |                 | ignored     |                 | not_resident
503 | born_after     | birth       | 1992-01-01 | | 0301 |                 | kept        | birth           |
504 | in_504         | immigration | 1990-01-01 | | 0301 |                 | kept        | immigration     |
504 | born_late      | birth       | 1991-01-01 | | 1103 |                 | ignored     |                 | born_late
504 | out_504        | emigration  | 1992-01-01 | |      |                 | kept        | emigration      |
504 | born_later     | birth       | 1993-01-01 | | 1103 |                 | ignored     |                 | born_late
504 | out_504_again  | emigration  | 1994-01-01 | |      |                 | ignored     |                 | not_resident
505 | school_505     | move        | 1990-01-01 | | 1103 | temporary       | set_aside   |                 |
505 | birth_505      | birth       | 1991-01-01 | | 0301 |                 | kept        | birth           |
505 | twice_born     | birth       | 1991-01-01 | 1991-01-02 | 1103 |       | ignored     |                 | born_late
506 | death_506      | death       | 1990-01-01 | |      |                 | ignored     |                 | not_resident
"""
# ... || position, blank when not kept
ORDER = """
311 | d311_birth  | birth       | 2000-01-01 | 2000-01-30 | 0301 |                 | 1
311 | c311_merged | move        | 2000-01-01 | 2000-01-20 | 1103 | boundary_change | 2
311 | b311_move   | move        | 2000-01-01 | 2000-01-10 | 5001 |                 | 3
311 | a311_death  | death       | 2000-01-01 | 2000-01-01 |      |                 | 4
312 | a312_in     | immigration | 2000-05-01 | 2000-05-01 | 0301 |                 | 1
312 | b312_out    | emigration  | 2000-05-01 | 2000-05-01 |      |                 |
313 | b313_in     | immigration | 2000-05-01 | 2000-05-01 | 0301 |                 | 1
313 | a313_out    | emigration  | 2000-05-01 | 2000-05-02 |      |                 | 2
314 | z314_birth  | birth       | 1990-01-01 | 1990-01-01 | 0301 |                 | 1
314 | c314_out    | emigration  | 2000-05-01 | 2000-05-01 |      |                 | 2
314 | b314_in     | immigration | 2000-05-01 | 2000-05-01 | 1103 |                 | 3
314 | a314_move   | move        | 2000-05-01 | 2000-05-01 | 5001 |                 | 4
315 | b315_move   | move        | 2000-05-01 | 2000-05-01 | 5001 |                 | 2
315 | a315_move   | move        | 2000-05-01 | 2000-05-01 | 1103 |                 | 1
316 | z316_birth  | birth       | 1990-01-01 | 1990-01-01 | 0301 |                 | 1
316 | z316_move   | move        | 2000-05-01 | 2000-05-01 | 1103 |                 | 2
316 | a316_out    | emigration  | 2000-05-01 | 2000-05-02 |      |                 | 3
317 | z317_birth  | birth       | 1990-01-01 | 1990-01-01 | 0301 |                 | 1
317 | z317_out    | emigration  | 2000-05-01 | 2000-06-01 |      |                 | 2
317 | a317_in     | immigration | 2000-05-02 | 2000-05-02 | 0301 |                 | 3
"""
STAYS = """
401 | b401 | birth       | 2000-01-01 |            | 0301 |
401 | c401 | move        | 2001-01-01 |            | 0301 |
402 | b402 | birth       | 2000-01-01 |            | 0301 |
402 | c402 | move        | 2001-05-01 | 2001-05-01 | 1103 |
402 | d402 | move        | 2001-05-01 | 2001-05-02 | 0301 |
403 | b403 | birth       | 2000-01-01 |            | 0301 |
403 | c403 | move        | 2001-05-01 |            | 1103 |
403 | d403 | move        | 2001-05-02 |            | 0301 |
404 | b404 | birth       | 2000-01-01 |            | 0301 |
404 | c404 | emigration  | 2001-05-01 |            |      |
404 | d404 | immigration | 2001-05-01 |            | 0301 |
405 | b405 | birth       | 2000-01-01 |            | 0301 |
405 | c405 | emigration  | 2001-05-01 |            |      |
405 | d405 | immigration | 2001-05-02 |            | 0301 |
406 | b406 | birth       | 2000-01-01 |            | 0301 |
406 | c406 | emigration  | 2001-05-01 |            |      |
406 | d406 | immigration | 2001-05-01 |            | 1103 |
407 | b407 | immigration | 2000-01-01 |            |      |
407 | c407 | move        | 2001-01-01 |            | 9999 |
408 | b408 | birth       | 2000-01-01 |            | 0301 |
408 | c408 | death       | 2001-05-01 |            | 0301 |
409 | b409 | birth       | 2000-01-01 |            | 0101 |
409 | c409 | move        | 2020-01-01 |            | 3001 | boundary_change
410 | b410 | immigration | 2005-01-01 | 2005-01-01 | 0301 |
410 | c410 | emigration  | 2005-01-01 | 2005-01-02 |      |
411 | b411 | birth       | 2000-01-01 |            | 0301 |
411 | c411 | immigration | 2003-01-01 |            | 1103 |
412 | b412 | move        | 2003-01-01 |            | 0301 |
413 | b413 | birth       | 2000-01-01 |            | 0301 |
413 | c413 | emigration  | 2003-01-01 |            | 0301 |
413 | d413 | move        | 2005-01-01 |            | 0301 |
414 | b414 | immigration | 2005-01-01 |            | 0301 |
414 | c414 | birth       | 2006-01-01 |            | 1103 |
414 | d414 | move        | 2007-01-01 |            | 5001 | temporary
414 | e414 | move        | 2008-01-01 |            | 2111 |
415 | b415 | birth       | 2000-01-01 |            | 0301 |
415 | c415 | death       | 2000-01-01 |            |      |
416 | b416 | birth       | 2000-01-01 |            | 0301 |
416 | c416 | move        | 2001-05-01 | 2001-05-01 | 1103 |
416 | d416 | move        | 2001-05-01 | 2001-05-02 | 0301 |
416 | e416 | move        | 2001-05-01 | 2001-05-03 | 5001 |
417 | b417 | birth       | 2000-01-01 |            | 0301 |
417 | c417 | death       | 2001-05-01 |            |      |
417 | d417 | move        | 2002-05-01 |            | 1103 |
418 | b418           | birth       | 1961-03-10 |            | 0712 |
418 | c418           | move        | 1963-05-01 |            | 0712 |
418 | d418           | move        | 2018-06-01 |            | 0712 |
418 | e418           | move        | 2019-06-01 |            | 0712 |
419 | b419           | birth       | 1990-01-01 |            | 0412 |
419 | c419           | move        | 1992-01-01 |            | 0412 | boundary_change
419 | d419           | move        | 2001-01-01 |            | 0412 |
"""
SPELLS = """
401 | 2000-01-01 |            | 0301 | birth
402 | 2000-01-01 |            | 0301 | birth
403 | 2000-01-01 | 2001-05-01 | 0301 | birth
403 | 2001-05-01 | 2001-05-02 | 1103 | birth
403 | 2001-05-02 |            | 0301 | birth
404 | 2000-01-01 |            | 0301 | birth
405 | 2000-01-01 | 2001-05-01 | 0301 | birth
405 | 2001-05-02 |            | 0301 | immigration
406 | 2000-01-01 | 2001-05-01 | 0301 | birth
406 | 2001-05-01 |            | 1103 | immigration
407 | 2000-01-01 |            | 9999 | immigration
408 | 2000-01-01 | 2001-05-01 | 0301 | birth
409 | 2000-01-01 | 2020-01-01 | 0101 | birth
409 | 2020-01-01 |            | 3001 | birth
411 | 2000-01-01 | 2003-01-01 | 0301 | birth
411 | 2003-01-01 |            | 1103 | birth
412 | 2003-01-01 |            | 0301 | opened
413 | 2000-01-01 | 2003-01-01 | 0301 | birth
413 | 2005-01-01 |            | 0301 | opened
414 | 2005-01-01 |            | 0301 | immigration
416 | 2000-01-01 | 2001-05-01 | 0301 | birth
416 | 2001-05-01 |            | 5001 | birth
417 | 2000-01-01 | 2001-05-01 | 0301 | birth
418 | 1961-03-10 | 2018-06-01 | 0712 | birth
418 | 2018-06-01 |            | 0712 | birth
419 | 1990-01-01 |            | 0412 | birth
"""
# previous date, municipality left, municipality, next date, opened by
STATES = """
b403 |            |      | 0301 | 2001-05-01 | birth
c403 | 2000-01-01 | 0301 | 1103 | 2001-05-02 | birth
d403 | 2001-05-01 | 1103 | 0301 |            | birth
c405 | 2000-01-01 | 0301 |      | 2001-05-02 |
d405 | 2001-05-01 |      | 0301 |            | immigration
c411 | 2000-01-01 | 0301 | 1103 |            | birth
b414 |            |      | 0301 |            | immigration
c414 |            |      |      |            |
d414 |            |      |      |            |
"""
# person | event | type | date | country || note
SHORT = """
601 | in_601  | immigration | 2010-01-15 |     |
601 | out_601 | emigration  | 2010-07-14 |     | short_stay
602 | in_602  | immigration | 2010-01-15 |     |
602 | out_602 | emigration  | 2010-07-15 |     |
603 | in_603  | immigration | 2010-01-15 |     |
603 | mov_603 | move        | 2010-03-01 |     |
603 | out_603 | emigration  | 2010-07-14 |     | short_stay
604 | in_604  | immigration | 2010-01-15 |     |
604 | too_604 | immigration | 2010-05-01 |     |
604 | out_604 | emigration  | 2010-08-01 |     |
605 | bir_605 | birth       | 2010-01-15 |     |
605 | out_605 | emigration  | 2010-03-01 |     |
606 | in_606  | immigration | 2010-01-15 |     |
606 | dea_606 | death       | 2010-02-01 |     |
607 | in_607  | immigration | 2010-08-31 |     |
607 | out_607 | emigration  | 2011-02-27 |     | short_stay
608 | in_608  | immigration | 2010-08-31 |     |
608 | out_608 | emigration  | 2011-02-28 |     |
609 | mov_609 | move        | 2010-01-15 |     |
609 | out_609 | emigration  | 2010-02-15 |     |
611 | bir_611 | birth       | 2000-01-01 |     |
611 | out_611 | emigration  | 2010-01-15 | 101 |
611 | in_611  | immigration | 2010-04-14 | 101 | short_absence
612 | bir_612 | birth       | 2000-01-01 |     |
612 | out_612 | emigration  | 2010-01-15 | 101 |
612 | in_612  | immigration | 2010-04-15 | 101 |
613 | bir_613 | birth       | 2000-01-01 |     |
613 | out_613 | emigration  | 2010-01-15 | 106 |
613 | in_613  | immigration | 2011-01-14 | 106 | short_absence
614 | bir_614 | birth       | 2000-01-01 |     |
614 | out_614 | emigration  | 2010-01-15 | 106 |
614 | in_614  | immigration | 2011-01-15 | 106 |
615 | bir_615 | birth       | 2000-01-01 |     |
615 | out_615 | emigration  | 2010-01-15 | 103 |
615 | in_615  | immigration | 2011-01-14 | 103 | short_absence
616 | bir_616 | birth       | 2000-01-01 |     |
616 | out_616 | emigration  | 2010-01-15 | 103 |
616 | in_616  | immigration | 2011-01-15 | 103 |
617 | bir_617 | birth       | 2000-01-01 |     |
617 | out_617 | emigration  | 2010-01-15 | 346 |
617 | in_617  | immigration | 2010-07-14 | 346 | short_absence
618 | bir_618 | birth       | 2000-01-01 |     |
618 | out_618 | emigration  | 2010-01-15 | 346 |
618 | in_618  | immigration | 2010-07-15 | 346 |
619 | bir_619 | birth       | 2000-01-01 |     |
619 | out_619 | emigration  | 2010-01-15 |     |
619 | in_619  | immigration | 2010-07-14 |     | short_absence
620 | bir_620 | birth       | 2000-01-01 |     |
620 | out_620 | emigration  | 2010-01-15 |     |
620 | in_620  | immigration | 2010-07-15 |     |
621 | bir_621 | birth       | 2000-01-01 |     |
621 | out_621 | emigration  | 2010-01-15 | 101 |
621 | in_621  | immigration | 2010-05-01 | 106 |
622 | bir_622 | birth       | 2000-01-01 |     |
622 | out_622 | emigration  | 2010-01-15 | 106 |
622 | in_622  | immigration | 2010-08-01 | 101 | short_absence
623 | bir_623 | birth       | 2000-01-01 |     |
623 | out_623 | emigration  | 2010-01-15 | 346 |
623 | mov_623 | move        | 2010-02-15 |     |
624 | in_624  | immigration | 2010-01-15 |     |
624 | out_624 | emigration  | 2010-03-01 | 106 | short_stay
624 | bac_624 | immigration | 2010-04-01 | 106 | short_absence
624 | off_624 | emigration  | 2010-05-01 | 106 | short_stay
625 | bir_625 | birth       | 2000-01-01 |     |
625 | out_625 | emigration  | 2010-11-30 | 101 |
625 | in_625  | immigration | 2011-02-27 | 101 | short_absence
626 | bir_626 | birth       | 2000-01-01 |     |
626 | out_626 | emigration  | 2010-11-30 | 101 |
626 | in_626  | immigration | 2011-02-28 | 101 |
"""
READ = """
701 | late        | birth       | 2020-12-31 | | 0101 |
702 | too_late    | birth       | 2021-01-01 | | 0101 |
703 | early       | immigration | 2019-01-01 | | 3001 |
704 | no_such     | immigration | 2019-01-01 | | 0000 |
705 | empty       | immigration | 2019-01-01 | |      |
706 | svalbard    | immigration | 2019-01-01 | | 2111 |
706 | sea         | immigration | 2019-02-01 | | 2311 |
707 | valid       | birth       | 2019-12-31 | | 0101 |
707 | late_merge  | move        | 2020-01-01 | | 0101 | boundary_change
707 | same_place  | move        | 2020-06-01 | | 3001 |
"""
_EVENT = "person_id long, event_id string, event_type string, event_date date"
_DRAWN = f"{_EVENT}, registration_date date, municipality string, cause string"


def events(spark, drawing, columns=_DRAWN, *, answers=0):
    """The drawn events as `histories` wants them; the last `answers` cells are left out."""
    rows = [line.split("|") for line in drawing.splitlines() if line.strip()]
    df = frame(spark, columns, "\n".join("|".join(row[: len(row) - answers]) for row in rows))
    if "country" in df.columns:
        home = F.when(F.col("event_type").isin("birth", "immigration", "move"), F.lit("0301"))
        df = df.withColumns({"municipality": home, "cause": F.lit(None).cast("string")})
    else:
        df = df.withColumn("country", F.lit(None).cast("string"))
    if "registration_date" not in df.columns:
        df = df.withColumn("registration_date", F.col("event_date"))
    return df.select(
        F.lit(0).alias("view"),
        *("person_id", "event_id", "event_type", "event_date", "municipality", "country", "cause"),
        F.coalesce("registration_date", "event_date").alias("registration_date"),
    )


def placed(rows):
    """`histories` with the settings' own values."""
    return histories(
        rows,
        no_change_prefixes=SETTINGS["residence.no_change_prefixes"],
        asylum_counted=SETTINGS["residence.asylum_counted"],
    )


def as_reported(rows):
    """G3 with every code valid; an empty one is unknown (H4)."""
    return rows.withColumns(
        {
            "read_as": F.coalesce("municipality", F.lit("9999")),
            "code_note": F.lit(None).cast("string"),
        }
    )


@pytest.fixture(scope="module")
def every_event(spark):
    parts = [events(spark, drawing, answers=3) for drawing in (SET_ASIDE, ASYLUM, ODDITIES)]
    parts += [events(spark, ORDER, answers=1), events(spark, STAYS)]
    short = events(spark, SHORT, f"{_EVENT}, country string", answers=1)
    everything = short
    for part in parts:
        everything = everything.unionByName(part)
    return as_reported(everything).localCheckpoint()


@pytest.fixture(scope="module")
def history(every_event):
    return placed(every_event).localCheckpoint()


@pytest.fixture(scope="module")
def kept(history):
    return history.where("fate = 'kept'")


@pytest.fixture(scope="module")
def by_event(history):
    return {row["event_id"]: row for row in history.collect()}


def answers(drawing, cells):
    """The event and the last cells of each line."""
    rows = [[cell.strip() for cell in line.split("|")] for line in drawing.strip().splitlines()]
    return {row[1]: row[len(row) - cells :] for row in rows}


def given(by_event, drawing, *columns):
    """What the history says of the drawn events, as text."""
    return {
        event: ["" if by_event[event][c] is None else str(by_event[event][c]) for c in columns]
        for event in answers(drawing, 1)
    }


@pytest.mark.rule("H1")
def test_events_that_change_no_residence_are_set_aside(by_event):
    assert given(by_event, SET_ASIDE, "fate", "effect", "note") == answers(SET_ASIDE, 3)


@pytest.mark.rule("H2")
def test_pending_asylum_seekers_count_from_march_1987_to_january_1994(by_event):
    assert given(by_event, ASYLUM, "fate", "effect", "note") == answers(ASYLUM, 3)


@pytest.mark.rule("H3")
def test_the_order_within_a_day(by_event):
    assert given(by_event, ORDER, "position") == answers(ORDER, 1)


@pytest.mark.rule("H3", "H5", "F2")
def test_oddities_are_noted_and_handled(by_event):
    assert given(by_event, ODDITIES, "fate", "effect", "note") == answers(ODDITIES, 3)


@pytest.mark.rule("H4", "H5")
def test_one_spell_for_each_unbroken_stay(kept):
    spells = residence_spells(
        kept.where("person_id between 401 and 499"), paths_frame(kept.sparkSession)
    )
    columns = ("person_id", "from_date", "to_date", "municipality", "opened_by")
    assert drawn(spells, *columns) == lines(SPELLS)


@pytest.mark.rule("H4", "M1")
def test_every_kept_event_knows_the_state_before_and_after(by_event):
    columns = ("previous_date", "previous_municipality", "municipality", "next_date", "opened_by")
    found = [
        " | ".join([event, *["" if by_event[event][c] is None else str(by_event[event][c]) for c in columns]])
        for event in (line.split(" ")[0] for line in lines(STATES))
    ]  # fmt: skip
    assert found == lines(STATES)


@pytest.mark.rule("H6")
def test_stays_and_absences_shorter_than_their_limits_are_noted(kept):
    found = short_stays(
        kept.where("person_id between 601 and 699"), limits=SETTINGS["residence.short_stay"]
    )
    noted = [f"{event} | {what}" for event, (what,) in answers(SHORT, 1).items() if what]
    assert drawn(found, "event_id", "what") == sorted(noted)


@pytest.mark.rule("H4")
def test_nobody_vanishes_and_order_partitions_and_views_do_not_matter(spark, every_event, history):
    # Another view, where nobody has died, beside the run's.
    alive = every_event.where("event_type <> 'death'").withColumn("view", F.lit(2015))
    both = scattered(every_event.unionByName(alive), partitions=4)
    columns = [name for name in HISTORY_EVENT.columns if name != "view"]
    with shuffled_into(spark):
        again = placed(both).localCheckpoint()
        run = drawn(again.where("view = 0"), *columns)
        other = drawn(again.where("view = 2015"), "event_id")
        spells = drawn(
            residence_spells(again.where("view = 0 and fate = 'kept'"), paths_frame(spark)),
            "person_id",
            "from_date",
            "to_date",
        )
    assert run == drawn(history, *columns)
    assert other == drawn(alive, "event_id")
    assert sorted(row.split(" | ")[0] for row in run) == sorted(
        str(row["person_id"]) for row in every_event.collect()
    )
    assert [row for row in spells if row[0] == "4"] == sorted(
        " | ".join(line.split(" | ")[:3]) for line in lines(SPELLS)
    )


@pytest.mark.rule("G3", "H1", "H4")
def test_residence_is_in_the_code_as_read_and_svalbard_is_not_read(spark):
    read = read_codes(
        events(spark, READ), readings_frame(spark), code="municipality", on="event_date"
    )
    found = placed(read).localCheckpoint()
    assert drawn(found, "event_id", "fate", "municipality", "code_note") == lines("""
        late       | kept      | 3001 | code_shifted
        too_late   | kept      | 9999 | code_unknown
        early      | kept      | 0101 | code_shifted
        no_such    | kept      | 9999 | code_unknown
        empty      | kept      | 9999 |
        svalbard   | set_aside |      |
        sea        | set_aside |      |
        valid      | kept      | 0101 |
        late_merge | kept      | 3001 | code_shifted
        same_place | kept      | 3001 |
        """)
    spells = residence_spells(found.where("fate = 'kept' and person_id = 707"), paths_frame(spark))
    assert drawn(spells, "from_date", "to_date", "municipality") == lines("""
        2019-12-31 | 2020-01-01 | 0101
        2020-01-01 |            | 3001
        """)
