"""The production line, top to bottom: what each step does, reads, writes and depends on.

A step may read only what an earlier one wrote. What its work is made of is in the rooms; the
functions named here give it its inputs, and a step is called as its function is.
"""

from __future__ import annotations

from folketall.line.step import Step
from folketall.line.work import cubes, figures, histories, links, persons, protection, refugees
from folketall.line.work.inputs import ALL_REGISTERS, KEYS, KeySettings, registers_of
from folketall.line.work.links import LINK_NOTES
from folketall.line.work.persons import KEY_NOTES, REGISTER_NOTES
from folketall.model import deliveries as d
from folketall.model import tables as t
from folketall.model.settings import NoSettings

STEPS = (
    Step(persons.person_key, "assign every PIN to a person", (t.DELIVERY, *ALL_REGISTERS, t.PERSON_KEY),
         (t.PERSON_KEY,), KeySettings, merges=True),
    Step(persons.known_persons, "find the persons known at the known-at date",
         (*registers_of(d.PIN_CHANGE), t.PERSON_KEY), (t.PERSON_AT, t.PERSON_DRAW, KEY_NOTES), KeySettings, dated=True),
    Step(persons.event_version, "list the known versions of each event",
         (*registers_of(d.EVENT), *KEYS), (t.EVENT_VERSION,), NoSettings, dated=True),
    Step(persons.person_record, "choose the attributes of each person",
         (*registers_of(d.CPR_PERSON), *KEYS, t.EVENT_VERSION), (t.PERSON_RECORD,), NoSettings, dated=True),
    Step(persons.keyed_registers, "replace PINs by persons in the other registers",
         (*registers_of(d.CITIZENSHIP, d.MARITAL_STATUS, d.CENSUS_RESIDENT, d.REASON_1995_ED2004, d.REASON_2006),
          *KEYS),
         (t.CITIZENSHIP_ROW, t.MARITAL_STATUS_ROW, t.CENSUS_ROW, t.EARLIER_REASON, REGISTER_NOTES),
         KeySettings, dated=True),
    Step(links.person_link, "link DUF numbers to persons",
         (*registers_of(d.UDB_PERSON, d.CASE, d.DUF_LINK, d.CPR_PERSON, d.CITIZENSHIP), *KEYS, t.PERSON_DRAW),
         (t.PERSON_LINK, t.PERMIT_CASE, LINK_NOTES), links.LinkSettings, dated=True),
    Step(histories.history_view, "find histories that changed between known-at dates",
         (t.EVENT_VERSION,), (t.HISTORY_VIEW,), histories.ViewSettings, dated=True, yearly=True),
    Step(histories.history_event, "build residence histories",
         (t.EVENT_VERSION, t.HISTORY_VIEW), (t.HISTORY_EVENT,),
         histories.HistorySettings, dated=True, yearly=True),
    Step(histories.residence_spell, "list spells of residence in one municipality",
         (t.HISTORY_EVENT,), (t.RESIDENCE_SPELL,), NoSettings),
    Step(histories.person, "determine immigrants and country background",
         (t.PERSON_RECORD, t.HISTORY_EVENT), (t.PERSON,), NoSettings),
    Step(histories.first_immigration, "find the first immigration of immigrants",
         (t.PERSON, t.HISTORY_EVENT, t.RESIDENCE_SPELL, t.CENSUS_ROW), (t.FIRST_IMMIGRATION,), NoSettings),
    Step(refugees.reason_for_immigration, "choose the permit case and the reason",
         (t.FIRST_IMMIGRATION, t.PERMIT_CASE, t.EARLIER_REASON, t.PERSON, t.CITIZENSHIP_ROW, t.PERSON_DRAW),
         (t.REASON_FOR_IMMIGRATION,), refugees.ReasonSettings, dated=True),
    Step(refugees.reference_person, "find the reference person of family migrants",
         (t.REASON_FOR_IMMIGRATION, t.FIRST_IMMIGRATION, t.PERMIT_CASE, t.PERSON, t.MARITAL_STATUS_ROW,
          t.RESIDENCE_SPELL, t.PERSON_DRAW), (t.REFERENCE_PERSON,), refugees.ReferenceSettings, dated=True),
    Step(refugees.family_unification, "classify the family unification",
         (t.REASON_FOR_IMMIGRATION, t.FIRST_IMMIGRATION, t.PERMIT_CASE, t.REFERENCE_PERSON, t.PERSON),
         (t.FAMILY_UNIFICATION,), refugees.UnificationSettings),
    Step(figures.population, "list the residents of each 1 January",
         (t.HISTORY_EVENT, t.HISTORY_VIEW, t.PERSON, t.CITIZENSHIP_ROW, t.MARITAL_STATUS_ROW),
         (t.POPULATION,), figures.StockSettings, dated=True, yearly=True),
    Step(refugees.refugee_population, "list persons with refugee background",
         (t.POPULATION, t.REASON_FOR_IMMIGRATION, t.REFERENCE_PERSON, t.FAMILY_UNIFICATION,
          t.FIRST_IMMIGRATION, t.PERMIT_CASE), (t.REFUGEE_POPULATION,), refugees.RefugeeSettings),
    Step(figures.migration, "list the migrations of each year",
         (t.HISTORY_EVENT, t.HISTORY_VIEW, t.PERSON, t.CITIZENSHIP_ROW, t.MARITAL_STATUS_ROW),
         (t.MIGRATION, t.QUALITY), figures.FlowSettings, dated=True, yearly=True),
    Step(figures.account, "make and check the population accounts (S4)",
         (t.HISTORY_EVENT,), (t.ACCOUNT,), NoSettings, yearly=True, check=figures.check_accounts),
    Step(figures.inconsistency, "collect inconsistencies noted in the registers",
         (t.DELIVERY, t.REGISTER_NOTE, *KEYS, t.PERSON_LINK, t.PERSON_RECORD, t.HISTORY_EVENT,
          KEY_NOTES, LINK_NOTES, REGISTER_NOTES), (t.INCONSISTENCY,),
         figures.NoteSettings, dated=True, yearly=True),
    Step(cubes.cube, "count the cells of every cube",
         (t.POPULATION, t.REFUGEE_POPULATION, t.MIGRATION, t.ACCOUNT, t.PERSON_DRAW), (t.CUBE, t.INNER_CELL),
         cubes.CubeSettings, dated=True, yearly=True),
    Step(protection.published_cube, "protect the cubes",
         (t.CUBE, t.INNER_CELL, t.LEDGER), (t.PUBLISHED_CUBE,),
         protection.ProtectionSettings, dated=True, yearly=True),
    Step(protection.audit, "test whether suppressed counts can be recovered",
         (t.CUBE, t.INNER_CELL, t.PUBLISHED_CUBE, t.LEDGER), (t.VERDICT,),
         protection.AuditSettings, yearly=True),
)  # fmt: skip
INTAKE = "intake"
"""The first step reads deliveries and not tables; the line runs it itself."""
RELEASE = "release"
"""The last step writes files and not tables; the line runs it itself."""
STEP_NAMES = (INTAKE, *(step.name for step in STEPS), RELEASE)
