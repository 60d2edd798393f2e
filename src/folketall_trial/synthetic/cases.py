"""The cases of the Aliens Register: permissions, refusals and renewals, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from folketall.model import deliveries as d
from folketall_trial.synthetic import rows
from folketall_trial.synthetic.calendar import UDB_FULL, number, year_of
from folketall_trial.synthetic.draws import NEVER, Draws, rank_within
from folketall_trial.synthetic.identity import NO_NUMBER
from folketall_trial.synthetic.lives import Lives
from folketall_trial.synthetic.noise import Noise
from folketall_trial.synthetic.udb import FAMILY, GROUNDS, LABOUR, REFUGEE_ONLY, SILENT, STUDY
from folketall_trial.synthetic.world import (
    NOBODY,
    PARENT,
    REUNIFICATION,
    SPOUSE,
    UNSPECIFIED,
)

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LAST_CASE = number(UDB_FULL) - 1
_BASES = ("UL28", "UL38", "UL35", "UL34", "", "UL40", "UL23", "UL26", "UL119", "")
_BASE_WORDS = (*dict.fromkeys(base for base in _BASES if base), "UL42", "UL60", "UL62", "UL112")
_PERMITS = ("protection", "work", "study", "family", "residence", "settlement", "visit")
_PERMIT_OF = (0, 0, 0, 0, 0, 3, 1, 2, 4, 4)
CASE_TYPES = ("first_permit", "renewal", "settlement", "visit", "citizenship", "expulsion")
FIRST, RENEWAL, SETTLEMENT, VISIT, CITIZEN, EXPULSION = range(6)
OUTCOMES = ("granted", "rejected", "withdrawn", "pending")
GRANTED, REJECTED, WITHDRAWN, PENDING = range(4)
TYPES = ("accompanying", "reunification", "enlargement")
MOST_RENEWALS = 40


@dataclass(frozen=True, slots=True)
class _Cases:
    """Cases of persons, one entry a case."""

    who: Ints
    type: Ints
    applied: Ints
    decided: Ints
    outcome: Ints
    turn: Ints
    """Which of the person's permits: 0 the first, then renewals; -1 none of them."""


def case(lives: Lives) -> rows.Rows:
    """A row for each case; a few persons have a DUF number and no case at all."""
    people, draws, noise = lives.people, lives.draws, lives.noise
    who = np.flatnonzero(lives.identity.duf != NO_NUMBER)
    who = who[~draws.chance("no case", noise["no_case"], people.number[who])]
    cases, renewals = _cases(lives, who)
    keep = (cases.applied <= LAST_CASE) & (cases.applied > people.birth[cases.who])
    cases = _Cases(*[getattr(cases, name)[keep] for name in _Cases.__slots__])
    order = np.lexsort((cases.type, cases.applied, cases.who))
    cases = _Cases(*[getattr(cases, name)[order] for name in _Cases.__slots__])
    entity = people.number[cases.who] * 100 + rank_within(cases.who, np.arange(len(cases.who)))
    return _worded(lives, renewals, cases, entity)


def _cases(lives: Lives, who: Ints) -> tuple[_Cases, Ints]:
    people, draws, noise = lives.people, lives.draws, lives.noise
    no = people.number[who]
    arrival, becomes = lives.families.arrival[who], lives.becomes[who]
    decided = arrival - draws.whole("decided", 4, 240, no)
    late = draws.chance("decided late", noise["decided_late"], no)
    decided = np.where(late, arrival + draws.whole("decided late by", 40, 650, no), decided)
    handled = draws.whole("handled", 20, 500, no)
    applied = np.maximum(decided - handled, people.birth[who] + 1)
    ends = np.minimum.reduce([people.stop[who], becomes, np.full(len(who), LAST_CASE)])
    longest = np.clip((ends - decided - 60) // 366, 0, MOST_RENEWALS)
    drawn = np.floor(-np.log1p(-draws.unit("renewals", no)) * 4.2)
    count = np.minimum(drawn, longest).astype(np.int64)
    renewals = np.zeros(len(people), dtype=np.int64)
    renewals[who] = count
    row = np.repeat(np.arange(len(who)), count)
    turn = rank_within(row, np.arange(len(row))) + 1
    again = decided[row] + turn * 366 + draws.whole("renewal", -40, 40, no[row], turn)
    none = np.full(len(who), -1)
    parts = [(who, FIRST, applied, decided, GRANTED, none + 1),
             (who[row], RENEWAL, again - 60, again, GRANTED, turn)]  # fmt: skip

    def some(purpose: str, share: float) -> Bools:
        return draws.chance(purpose, share, no)

    settled = decided + draws.whole("settled", 1095, 2000, no)
    for able, kind, since, until, outcome in (
        (some("settles", 0.5) & (settled < ends), SETTLEMENT, settled - 90, settled, GRANTED),
        (becomes < NEVER, CITIZEN, becomes - 200, becomes, GRANTED),
        (some("refused", 0.07), FIRST, applied - 400, applied - 120, REJECTED),
        (some("visits", 0.06), VISIT, applied - 300, applied - 280, GRANTED),
        (some("withdraws", 0.02), FIRST, applied - 600, applied - 550, WITHDRAWN),
        (some("pending", 0.02), RENEWAL, decided + 1500, np.full(len(who), NEVER), PENDING),
        (some("expelled", 0.006), EXPULSION, decided + 1200, decided + 1300, GRANTED),
        (lives.identity.second[who] != NO_NUMBER, FIRST, applied - 200, applied - 60, REJECTED),
    ):
        parts.append((who[able], kind, since[able], until[able], outcome, none[able]))
    return _together(parts), renewals


def _together(parts: Sequence[tuple[Any, ...]]) -> _Cases:
    """Kinds of cases as one: what is the same in all of a kind stands for each."""
    columns = [
        np.concatenate([np.broadcast_to(np.asarray(part[n]), part[0].shape) for part in parts])
        for n in range(6)
    ]
    return _Cases(*columns)


def _worded(lives: Lives, renewals: Ints, cases: _Cases, entity: Ints) -> rows.Rows:
    """Cases as the register words them: unspecific at first, specific later, or silent."""
    draws, noise = lives.draws, lives.noise
    who = cases.who
    permit = cases.turn >= 0
    truth = lives.grounds[who]
    reason, basis, kind = _reasons(draws, noise, cases, entity, truth, renewals[who])
    reference, by_duf, told = _references(lives, cases, truth)
    refused = (cases.outcome == REJECTED) & (lives.identity.second[who] != NO_NUMBER) & ~permit
    duf = np.where(refused, lives.identity.second[who], lives.identity.duf[who])
    old = year_of(cases.applied)
    origin = np.where((old < 2000) & (truth < FAMILY), 2, np.where(old < 2006, 1, 0))
    unknown = draws.chance("no application date", 0.04, entity) & permit & (cases.turn == 0)
    columns = {
        "case_id": rows.Column(entity, width=12),
        "duf": rows.duf(duf),
        "origin": rows.word(origin, "udb", "fremkon", "refugee_register"),
        "case_type": rows.word(cases.type, *CASE_TYPES),
        "application_date": rows.days(np.where(unknown, NEVER, cases.applied)),
        "decision_date": rows.days(np.where(cases.decided <= LAST_CASE, cases.decided, NEVER)),
        "outcome": rows.word(cases.outcome, *OUTCOMES),
        "reason": rows.word(np.where(permit, reason, -1), *GROUNDS),
        "legal_basis": rows.word(basis, *_BASE_WORDS),
        "permit_type": rows.word(kind, *_PERMITS),
        "reference_duf": rows.duf(np.where(told & by_duf, lives.identity.duf[reference], -1)),
        "reference_pin": rows.pin(np.where(told & ~by_duf, lives.identity.now(reference), -1)),
        "family_type": rows.word(_family_type(lives, cases, truth), *TYPES),
    }
    return rows.Rows(d.CASE, columns, np.zeros(len(who), dtype=np.int64), entity)


def _reasons(
    draws: Draws, noise: Noise, cases: _Cases, entity: Ints, truth: Ints, renewals: Ints
) -> tuple[Ints, Ints, Ints]:
    """Reason, legal basis and permit type of each case."""
    permit = cases.turn >= 0
    refugee = truth <= REFUGEE_ONLY
    vague = permit & (cases.turn == 0) & (renewals > 0)
    vague &= draws.chance("vague", noise["reason_vague"], entity)
    missing = draws.chance("reason missing", noise["reason_missing"], entity)
    wrong = permit & draws.chance("reason wrong", noise["reason_wrong"], entity)
    reason = np.where(vague, np.where(refugee, REFUGEE_ONLY, SILENT), truth)
    reason = np.where(wrong, np.where(truth == LABOUR, STUDY, LABOUR), reason)
    silent = missing | vague
    words = {word: place for place, word in enumerate(_BASE_WORDS)}
    base_of = np.array([words.get(base, -1) for base in _BASES])
    basis = np.where(permit & ~vague & ~wrong, base_of[truth], -1)
    basis = np.where((cases.turn > 0) & ~missing & (entity % 3 == 0), words["UL60"], basis)
    basis = np.where(cases.type == SETTLEMENT, words["UL62"], basis)
    basis = np.where(missing & (entity % 2 == 0), -1, basis)
    kind = np.where(permit & ~vague & ~wrong, np.array(_PERMIT_OF)[truth], -1)
    kind = np.where(permit & silent, 4, kind)
    kind = np.select([cases.type == SETTLEMENT, cases.type == VISIT], [5, 6], kind)
    return np.where(missing, -1, reason), basis, kind


def _references(lives: Lives, cases: _Cases, truth: Ints) -> tuple[Ints, Bools, Bools]:
    """The reference of each case, whether it is told by DUF number, and whether at all."""
    people, draws, noise = lives.people, lives.draws, lives.noise
    reference = lives.families.reference[cases.who]
    told = (truth == FAMILY) & (cases.turn >= 0) & (reference != NOBODY)
    near = np.isin(lives.families.relation[cases.who], (SPOUSE, PARENT))
    missing = draws.chance("reference", noise["reference_missing"], people.number[cases.who])
    told &= ~(missing & near)
    by_duf = (lives.identity.duf[reference] != NO_NUMBER) & draws.chance(
        "reference by duf", 0.5, people.number[cases.who]
    )
    return reference, by_duf, told


def _family_type(lives: Lives, cases: _Cases, truth: Ints) -> Ints:
    """What the case says of the type; it may be silent where the dates tell the same."""
    people, draws, noise = lives.people, lives.draws, lives.noise
    family = lives.families.family[cases.who]
    relation = lives.families.relation[cases.who]
    clear = (relation == SPOUSE) & (lives.families.married[cases.who] < NEVER)
    clear |= (relation == PARENT) & (family <= REUNIFICATION)
    silent = clear & draws.chance("type", noise["type_missing"], people.number[cases.who])
    said = (truth == FAMILY) & (cases.turn >= 0) & (family != UNSPECIFIED) & ~silent
    return np.where(said, family, -1)
