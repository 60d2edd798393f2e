"""The production line, top to bottom: what each step does, reads, writes and depends on.

A step may read only what an earlier one wrote. What its work is made of is in the rooms; the
functions named here give it its inputs, and a step is called as its function is.
"""

from __future__ import annotations

from folketall.line.cubes import declaration
from folketall.line.step import Step
from folketall.line.work import cubes, figures, histories, links, persons, protection, refugees
from folketall.line.work.inputs import ALL_REGISTERS, KEYS, registers_of
from folketall.line.work.links import LINK_NOTES
from folketall.line.work.persons import KEY_NOTES, REGISTER_NOTES
from folketall.model import deliveries as d
from folketall.model import tables as t

STEPS = (
    Step(persons.person_key, "assign every PIN to a person", (t.DELIVERY, *ALL_REGISTERS, t.PERSON_KEY),
         (t.PERSON_KEY,), ("keys.secret",), merges=True, dated=False),
    Step(persons.known_persons, "find the persons known at the known-at date",
         (*registers_of(d.PIN_CHANGE), t.PERSON_KEY), (t.PERSON_AT, t.PERSON_DRAW, KEY_NOTES), ("keys.secret",)),
    Step(persons.event_version, "list the known versions of each event",
         (*registers_of(d.EVENT), *KEYS), (t.EVENT_VERSION,)),
    Step(persons.person_record, "choose the attributes of each person",
         (*registers_of(d.CPR_PERSON), *KEYS, t.EVENT_VERSION), (t.PERSON_RECORD,)),
    Step(persons.keyed_registers, "replace PINs by persons in the other registers",
         (*registers_of(d.CITIZENSHIP, d.MARITAL_STATUS, d.CENSUS_RESIDENT, d.REASON_1995_ED2004, d.REASON_2006),
          *KEYS),
         (t.CITIZENSHIP_ROW, t.MARITAL_STATUS_ROW, t.CENSUS_ROW, t.EARLIER_REASON, REGISTER_NOTES), ("keys.secret",)),
    Step(links.person_link, "link DUF numbers to persons",
         (*registers_of(d.UDB_PERSON, d.CASE, d.DUF_LINK, d.CPR_PERSON, d.CITIZENSHIP), *KEYS, t.PERSON_DRAW),
         (t.PERSON_LINK, t.PERMIT_CASE, LINK_NOTES), ("link.",)),
    Step(histories.history_view, "find histories that changed between known-at dates",
         (t.EVENT_VERSION,), (t.HISTORY_VIEW,), ("stock.known_at", "migration.known_at"), yearly=True),
    Step(histories.history_event, "build residence histories",
         (t.EVENT_VERSION, t.HISTORY_VIEW), (t.HISTORY_EVENT,),
         ("residence.", "stock.known_at", "migration.known_at"), yearly=True),
    Step(histories.residence_spell, "list spells of residence in one municipality",
         (t.HISTORY_EVENT,), (t.RESIDENCE_SPELL,)),
    Step(histories.person, "determine immigrants and country background",
         (t.PERSON_RECORD, t.HISTORY_EVENT), (t.PERSON,)),
    Step(histories.first_immigration, "find the first immigration of immigrants",
         (t.PERSON, t.HISTORY_EVENT, t.RESIDENCE_SPELL, t.CENSUS_ROW), (t.FIRST_IMMIGRATION,)),
    Step(refugees.reason_for_immigration, "choose the permit case and the reason",
         (t.FIRST_IMMIGRATION, t.PERMIT_CASE, t.EARLIER_REASON, t.PERSON, t.CITIZENSHIP_ROW, t.PERSON_DRAW),
         (t.REASON_FOR_IMMIGRATION,), ("case.", "inherit.", "impute.", "codes.", "residence.asylum_counted")),
    Step(refugees.reference_person, "find the reference person of family migrants",
         (t.REASON_FOR_IMMIGRATION, t.FIRST_IMMIGRATION, t.PERMIT_CASE, t.PERSON, t.MARITAL_STATUS_ROW,
          t.RESIDENCE_SPELL, t.PERSON_DRAW), (t.REFERENCE_PERSON,), ("reference.",)),
    Step(refugees.family_unification, "classify the family unification",
         (t.REASON_FOR_IMMIGRATION, t.FIRST_IMMIGRATION, t.PERMIT_CASE, t.REFERENCE_PERSON, t.PERSON),
         (t.FAMILY_UNIFICATION,), ("unification.",)),
    Step(figures.population, "list the residents of each 1 January",
         (t.HISTORY_EVENT, t.HISTORY_VIEW, t.PERSON, t.CITIZENSHIP_ROW, t.MARITAL_STATUS_ROW),
         (t.POPULATION,), ("stock.known_at",), yearly=True),
    Step(refugees.refugee_population, "list persons with refugee background",
         (t.POPULATION, t.REASON_FOR_IMMIGRATION, t.REFERENCE_PERSON, t.FAMILY_UNIFICATION,
          t.FIRST_IMMIGRATION, t.PERMIT_CASE), (t.REFUGEE_POPULATION,), ("refugee.", "codes."), yearly=True),
    Step(figures.migration, "list the migrations of each year",
         (t.HISTORY_EVENT, t.HISTORY_VIEW, t.PERSON, t.CITIZENSHIP_ROW, t.MARITAL_STATUS_ROW),
         (t.MIGRATION, t.QUALITY), ("migration.",), yearly=True),
    Step(figures.account, "make and check the population accounts (S4)",
         (t.HISTORY_EVENT,), (t.ACCOUNT,), yearly=True, check=figures.check_accounts),
    Step(figures.inconsistency, "collect inconsistencies noted in the registers",
         (t.DELIVERY, t.REGISTER_NOTE, *KEYS, t.PERSON_LINK, t.PERSON_RECORD, t.HISTORY_EVENT,
          KEY_NOTES, LINK_NOTES, REGISTER_NOTES), (t.INCONSISTENCY,), ("keys.secret", "residence."), yearly=True),
    # Of the methods it depends on no more than which cubes need keys.
    Step(cubes.cube, "count the cells of every cube",
         (t.POPULATION, t.REFUGEE_POPULATION, t.MIGRATION, t.ACCOUNT, t.PERSON_DRAW), (t.CUBE, t.INNER_CELL),
         ("keys.secret", "migration.known_at", "cubes."), yearly=True, also=cubes.counted_from),
    Step(protection.published_cube, "protect the cubes",
         (t.CUBE, t.INNER_CELL, t.LEDGER), (t.PUBLISHED_CUBE,),
         ("protect.", "cubes."), yearly=True, also=declaration),
    Step(protection.audit, "test whether suppressed counts can be recovered",
         (t.CUBE, t.INNER_CELL, t.PUBLISHED_CUBE, t.LEDGER), (t.VERDICT,),
         ("protect.", "cubes."), yearly=True, also=declaration),
)  # fmt: skip
INTAKE = "intake"
"""The first step reads deliveries and not tables; the line runs it itself."""
RELEASE = "release"
"""The last step writes files and not tables; the line runs it itself."""
STEP_NAMES = (INTAKE, *(step.name for step in STEPS), RELEASE)
BY_NAME = {step.name: step for step in STEPS}
