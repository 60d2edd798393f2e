"""The production line, top to bottom: what each step reads and writes.

A step may read only what an earlier one wrote. The functions below give each step's work its
inputs by name; what the work is, is in the rooms.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import chain
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from folketall.audit.cubes import (
    attackers_table,
    attackers_tables,
    audit_shown,
    is_among,
    shown_by_period,
)
from folketall.audit.verdict import Promise
from folketall.classifications import NORDIC, codelist, countries
from folketall.cubes.accounts import account_cubes
from folketall.cubes.counted import Counted, Counting
from folketall.cubes.declared import ACCOUNTS, MIGRATIONS, REFUGEES, RESIDENTS, Cube
from folketall.cubes.dense import Counts
from folketall.cubes.flows import migration_cubes, moves_in_boundaries
from folketall.cubes.keys import Keyed
from folketall.cubes.regions import RegionsOfYear
from folketall.cubes.stock import stock_cubes
from folketall.geography.leading import read_codes
from folketall.geography.regions import divisions, regions
from folketall.geography.territories import counties_from
from folketall.ledger.pieces import region_pieces
from folketall.ledger.releases import with_released
from folketall.ledger.repair import audit_with_ledger, cells_to_hide
from folketall.line.cubes import (
    cubes_of,
    declaration,
    keyed_cubes,
    methods_of,
    suppressed_cubes,
)
from folketall.line.step import Job, Step
from folketall.linkage import chains, keyed, keys, linkage
from folketall.linkage.probabilistic import Chance, registered_citizenships
from folketall.model import deliveries as d
from folketall.model import tables as t
from folketall.model.cells import Cells
from folketall.model.errors import StatisticsError
from folketall.model.methods import TOGETHER
from folketall.model.settings import Settings
from folketall.model.table import Table
from folketall.model.tables import REGISTERS, note_table
from folketall.population import accounts, attributes, residence, views
from folketall.population import migrations as flow
from folketall.population import persons as background
from folketall.population import stock as population
from folketall.protection.parts import DIVISIONS
from folketall.protection.protected import protect
from folketall.quality.notes import every_note, noted_pins
from folketall.refugees import cases, earlier_files, marriages, reasons, references, unification
from folketall.refugees import stock as refugee_stock
from folketall.registers.known import counted, default_known_at, newest_by_key
from folketall.storage.executors import on_executors
from folketall.storage.threads import at_once

KEY_NOTES, LINK_NOTES = note_table("person_key"), note_table("linkage")
REGISTER_NOTES = note_table("keyed_registers")
ALL_REGISTERS = tuple(REGISTERS.values())
PIN_COLUMNS = tuple(
    (table, column.name)
    for table in d.DELIVERED_TABLES
    for column in table.columns
    if column.kind in (d.Kind.OWN_PIN, d.Kind.OTHER_PIN)
)


def _counted(job: Job, table: d.DeliveredTable) -> DataFrame:
    """K3: the rows of a register that count at the run's K."""
    rows = job[REGISTERS[table]]
    return counted(rows, job.choices.taken, source=table.source, known_at=job.known_at)


def _registered(job: Job, table: d.DeliveredTable, known_at: date | None = None) -> DataFrame:
    """K3: rows of CPR that count and were registered by a day, by default the run's K."""
    day = known_at or job.known_at
    return _counted(job, table).where(F.col("registration_date") <= F.lit(day))


def _secret(job: Job) -> str:
    return str(job.setting("keys.secret"))


def person_key(job: Job) -> Mapping[str, DataFrame]:
    """L7: of all deliveries, whatever the run's K, so that an earlier K writes nothing here."""
    newest = default_known_at(job.choices.taken) or job.known_at
    usable, _ = chains.usable_changes(_registered(job, d.PIN_CHANGE, newest))
    # Read below for the components, their ids and the keys: every register once, not three times.
    pins = keys.pins_seen(
        [(job[REGISTERS[table]], column) for table, column in PIN_COLUMNS]
    ).localCheckpoint()
    given = keys.person_keys(
        pins, chains.newest_pins(usable), job[t.PERSON_KEY], secret=_secret(job)
    )
    # The key table is read while it is merged into: its new rows must stand before.
    return {t.PERSON_KEY.name: given.localCheckpoint()}


def known_persons(job: Job) -> Mapping[str, DataFrame]:
    """K4: the persons as chains are known at the run's K."""
    usable, noted = chains.usable_changes(_registered(job, d.PIN_CHANGE))
    key = job[t.PERSON_KEY]
    newest = default_known_at(job.choices.taken) or job.known_at
    if job.known_at >= newest:
        known, otherwise = key, key.select(*t.PERSON_AT.columns).limit(0)
    else:
        led = chains.newest_pins(usable)
        known = keys.persons_of(key.select("pin", "number"), led, secret=_secret(job))
        known = known.localCheckpoint()
        otherwise = keys.known_otherwise(key, known)
    return {
        t.PERSON_AT.name: otherwise,
        t.PERSON_DRAW.name: keys.draws(known),
        KEY_NOTES.name: noted_pins(
            noted, known, rule="L1", table="pin_change", secret=_secret(job)
        ),
    }


def _keys(job: Job) -> DataFrame:
    return keys.keys_at(job[t.PERSON_KEY], job[t.PERSON_AT])


def _with_draws(job: Job, rows: DataFrame) -> DataFrame:
    """L7: each person's `draw`, beside its id."""
    return rows.join(job[t.PERSON_DRAW], "person_id", "left")


def event_version(job: Job) -> Mapping[str, DataFrame]:
    return {t.EVENT_VERSION.name: keyed.event_versions(_counted(job, d.EVENT), _keys(job))}


def person_record(job: Job) -> Mapping[str, DataFrame]:
    key = _keys(job)
    newest = keyed.newest_person_rows(_counted(job, d.CPR_PERSON), key, known_at=job.known_at)
    records = keyed.person_records(newest, key, job[t.EVENT_VERSION], known_at=job.known_at)
    return {t.PERSON_RECORD.name: records}


def keyed_registers(job: Job) -> Mapping[str, DataFrame]:
    key = _keys(job)
    edition_2004 = newest_by_key(_counted(job, d.REASON_1995_ED2004), d.REASON_1995_ED2004)
    return {
        t.CITIZENSHIP_ROW.name: keyed.citizenship_rows(_counted(job, d.CITIZENSHIP), key),
        t.MARITAL_STATUS_ROW.name: keyed.marital_status_rows(_counted(job, d.MARITAL_STATUS), key),
        t.CENSUS_ROW.name: keyed.census_rows(_counted(job, d.CENSUS_RESIDENT), key),
        t.EARLIER_REASON.name: keyed.earlier_reasons(
            edition_2004, _counted(job, d.REASON_2006), key
        ),
        REGISTER_NOTES.name: _noted_rows(job, key),
    }


def _noted_rows(job: Job, key: DataFrame) -> DataFrame:
    """Oddities of rows that have no number of their own, only a PIN (K2, F3)."""
    statuses = keyed.same_day_statuses(_registered(job, d.MARITAL_STATUS), key)
    years = keyed.bad_years(_counted(job, d.CENSUS_RESIDENT))
    note = partial(noted_pins, keys=key, secret=_secret(job))
    return note(statuses, rule="K2", table="marital_status").unionByName(
        note(years, rule="F3", table="resident")
    )


def link(job: Job) -> Mapping[str, DataFrame]:
    key = _keys(job)
    duf_links = _registered(job, d.DUF_LINK)
    # Each is read several times below.
    udb, permits, newest = at_once(
        lambda rows: rows.localCheckpoint(),
        [
            newest_by_key(_counted(job, d.UDB_PERSON), d.UDB_PERSON),
            newest_by_key(_counted(job, d.CASE), d.CASE),
            _with_draws(
                job,
                keyed.newest_person_rows(_counted(job, d.CPR_PERSON), key, known_at=job.known_at),
            ),
        ],
    )
    candidates = linkage.candidates(
        duf_links,
        udb,
        key,
        newest,
        accept_score=_whole(job, "link.accept_score"),
        accept_both=_whole(job, "link.accept_both"),
    ).localCheckpoint()
    links = linkage.person_links(
        linkage.duf_numbers(udb, permits, duf_links), candidates, udb, newest, _chance(job)
    ).localCheckpoint()
    refused = linkage.refused_links(candidates, links).select(
        F.lit("L4").alias("rule"),
        F.lit("link_refused").alias("what"),
        "person_id",
        F.when(F.col("in_cpr").isNotNull(), "duf_link").otherwise("person").alias("source_table"),
        F.col("duf").alias("source_key"),
    )
    return {
        t.PERSON_LINK.name: links,
        t.PERMIT_CASE.name: linkage.permit_cases(permits, links, key),
        LINK_NOTES.name: refused,
    }


def _chance(job: Job) -> Chance | None:
    """L5's probabilistic match, where the settings have it."""
    if not job.setting("link.probabilistic"):
        return None
    citizenships = registered_citizenships(_registered(job, d.CITIZENSHIP), _keys(job))
    return Chance(
        citizenships,
        probability=_any(job, "link.probability"),
        sample=_whole(job, "link.sample"),
        seed=_whole(job, "link.seed"),
    )


def history_view(job: Job) -> Mapping[str, DataFrame]:
    again = views.read_again(job[t.EVENT_VERSION], job.choices.views, known_at=job.known_at)
    return {t.HISTORY_VIEW.name: again}


def history(job: Job) -> Mapping[str, DataFrame]:
    events = views.events_in_views(
        job[t.EVENT_VERSION], job[t.HISTORY_VIEW], job.choices.views, known_at=job.known_at
    )
    read = read_codes(events, job.readings, code="municipality", on="event_date")
    histories = residence.histories(
        read,
        no_change_prefixes=_any(job, "residence.no_change_prefixes"),
        asylum_counted=_any(job, "residence.asylum_counted"),
    )
    return {t.HISTORY_EVENT.name: histories}


def _of_run(job: Job) -> DataFrame:
    """The history at the run's K, events kept only."""
    return job[t.HISTORY_EVENT].where(
        (F.col("view") == views.RUN_VIEW) & (F.col("fate") == residence.KEPT)
    )


def residence_spell(job: Job) -> Mapping[str, DataFrame]:
    return {t.RESIDENCE_SPELL.name: residence.residence_spells(_of_run(job), job.paths)}


def person(job: Job) -> Mapping[str, DataFrame]:
    arrived = background.immigrated(_of_run(job))
    return {t.PERSON.name: background.persons(job[t.PERSON_RECORD], arrived)}


def first_immigration(job: Job) -> Mapping[str, DataFrame]:
    found = background.first_immigrations(
        job[t.PERSON],
        background.immigrated(_of_run(job)),
        job[t.RESIDENCE_SPELL],
        job[t.CENSUS_ROW],
    )
    return {t.FIRST_IMMIGRATION.name: found}


def _usable_cases(job: Job) -> DataFrame:
    directory = str(job.setting("codes.directory"))
    lists = {
        name: {
            row["code"]: (row["reason"], row["detail"] or None) for row in codelist(name, directory)
        }
        for name in ("reason", "legal_basis", "permit_type")
    }
    return cases.usable_cases(
        job[t.PERMIT_CASE],
        reasons=lists["reason"],
        legal_bases=lists["legal_basis"],
        permit_types=lists["permit_type"],
    )


def reason(job: Job) -> Mapping[str, DataFrame]:
    arrived = job[t.FIRST_IMMIGRATION]
    selected = cases.selected_cases(
        arrived,
        _usable_cases(job),
        max_age_years=_whole(job, "case.max_age"),
        after_months=_whole(job, "case.after"),
        after_months_asylum_counted=_whole(job, "case.after_asylum_counted"),
        asylum_counted=_any(job, "residence.asylum_counted"),
    )
    earlier = job[t.EARLIER_REASON]
    found = reasons.found_reasons(
        selected, earlier_files.reasons_of_2006(earlier), earlier_files.reasons_of_1995(earlier)
    ).localCheckpoint()
    citizenship = attributes.values_on(
        arrived.select(
            "person_id",
            F.col("first_immigration_date").alias("on_date"),
            F.lit(job.known_at).alias("known_at"),
        ),
        {"citizenship": (job[t.CITIZENSHIP_ROW], attributes.CITIZENSHIP)},
        request=["person_id", "on_date", "known_at"],
        later=True,
    ).select("person_id", "citizenship")
    whole = reasons.reasons_for_immigration(
        found,
        _with_draws(job, job[t.PERSON]),
        citizenship,
        under_age=_whole(job, "inherit.under_age"),
        impute_from=_any(job, "impute.from"),
        min_donors=_whole(job, "impute.min_donors"),
        seed=_whole(job, "impute.seed"),
        country_groups=countries(),
        nordic=sorted(NORDIC),
    )
    return {t.REASON_FOR_IMMIGRATION.name: whole}


def _family_migrants(job: Job) -> DataFrame:
    return references.family_migrants(
        job[t.REASON_FOR_IMMIGRATION], job[t.FIRST_IMMIGRATION], job[t.PERMIT_CASE]
    )


def reference(job: Job) -> Mapping[str, DataFrame]:
    # Each is read several times below.
    migrants = _family_migrants(job).localCheckpoint()
    related = references.related_persons(
        migrants,
        job[t.PERSON],
        marriages.marriages(job[t.MARITAL_STATUS_ROW], known_at=job.known_at),
        marriage_after_months=_whole(job, "reference.marriage_after"),
    ).localCheckpoint()
    possible = references.possible_references(
        migrants, related, job[t.RESIDENCE_SPELL], accompany_days=_whole(job, "reference.accompany")
    )
    residences = references.first_residences(job[t.RESIDENCE_SPELL], job[t.FIRST_IMMIGRATION])
    found = references.reference_persons(migrants, possible, _with_draws(job, residences))
    return {t.REFERENCE_PERSON.name: found}


def family_unification(job: Job) -> Mapping[str, DataFrame]:
    classified = unification.family_unifications(
        _family_migrants(job),
        job[t.REFERENCE_PERSON],
        job[t.PERSON],
        job[t.FIRST_IMMIGRATION],
        marriage_limit_days=_whole(job, "unification.marriage_limit"),
        accompany_days=_whole(job, "unification.accompany"),
    )
    return {t.FAMILY_UNIFICATION.name: classified}


def stock(job: Job) -> Mapping[str, DataFrame]:
    everyone = population.residents(
        population.states(job[t.HISTORY_EVENT].where("view >= 0")), job.choices.years
    )
    found = population.population(
        population.residents_as_read(everyone, job[t.HISTORY_VIEW]),
        job[t.PERSON],
        job[t.CITIZENSHIP_ROW],
        job[t.MARITAL_STATUS_ROW],
        job.paths,
        known_at=job.choices.stock_known_at,
    )
    return {t.POPULATION.name: found}


def refugee_population(job: Job) -> Mapping[str, DataFrame]:
    of_refugees = refugee_stock.backgrounds(
        job[t.REASON_FOR_IMMIGRATION],
        job[t.REFERENCE_PERSON],
        job[t.FAMILY_UNIFICATION],
        job[t.FIRST_IMMIGRATION],
        _usable_cases(job),
        any_case=bool(job.setting("refugee.any_case")),
    )
    found = refugee_stock.refugee_population(job[t.POPULATION], of_refugees)
    return {t.REFUGEE_POPULATION.name: found}


def migration(job: Job) -> Mapping[str, DataFrame]:
    flow_day = str(job.setting("migration.known_at"))
    all_moves = flow.moves(job[t.HISTORY_EVENT].where("view <= 0"), job.paths)
    moves = flow.counted(all_moves, job[t.HISTORY_VIEW], years=job.choices.flows, flow_day=flow_day)
    described = flow.migrations(
        moves,
        job[t.PERSON],
        job[t.CITIZENSHIP_ROW],
        job[t.MARITAL_STATUS_ROW],
        known_at=job.choices.flow_known_at,
    )
    return {
        t.MIGRATION.name: described,
        t.QUALITY.name: flow.too_late(all_moves, flow_day=flow_day),
    }


def account(job: Job) -> Mapping[str, DataFrame]:
    states = population.states(_of_run(job))
    everyone = population.residents(states, job.choices.years)
    rows = accounts.accounts(states, everyone, job.paths, job.splits, years=job.choices.years)
    return {t.ACCOUNT.name: rows}


def check_accounts(written: Mapping[str, DataFrame]) -> None:
    """S4: stop when a municipality's account does not come out at zero."""
    wrong = accounts.differences(written[t.ACCOUNT.name]).orderBy("reference_year", "municipality")
    rows = wrong.limit(4).collect()
    if not rows:
        return
    said = [
        f"{row['municipality']} in {row['reference_year']}: difference {row['difference']} ("
        + ", ".join(f"{term} {row[term]}" for term in accounts.TERMS)
        + ")"
        for row in rows[:3]
    ]
    more = "; and more" if len(rows) > 3 else ""
    raise StatisticsError("S4: the population accounts do not add up: " + "; ".join(said) + more)


def inconsistency(job: Job) -> Mapping[str, DataFrame]:
    register_notes = [
        counted(job[t.REGISTER_NOTE].where(F.col("source") == source), job.choices.taken,
                source=source, known_at=job.known_at)
        for source in d.SOURCES
    ]  # fmt: skip
    limits: Any = job.setting("residence.short_stay")
    found = every_note(
        register_notes,
        _keys(job),
        job[t.PERSON_LINK],
        job[t.PERSON_RECORD],
        job[t.HISTORY_EVENT].where(F.col("view") == views.RUN_VIEW),
        residence.short_stays(_of_run(job), limits=limits),
        job.paths,
        [job[KEY_NOTES], job[LINK_NOTES], job[REGISTER_NOTES]],
        until=date(job.choices.years[1], 1, 1),
        secret=_secret(job),
    )
    return {t.INCONSISTENCY.name: found}


def cube(job: Job) -> Mapping[str, Iterable[Cells]]:
    on_1_january = {year: regions(date(year, 1, 1)) for year in job.choices.stocks}
    on_31_december = {year: regions(date(year, 12, 31)) for year in job.choices.flows}
    # S4: in the boundaries of the year after, by the centrality of their own.
    accounted = [year for year in job.choices.stocks if year > job.choices.years[0]]
    after_the_first = {year: regions(date(year, 1, 1), year - 1) for year in accounted}
    keyed = Keyed(job.derived["keyed"], _secret(job))
    of: dict[str, list[Cube]] = {}
    for one in cubes_of(job.choices.settings).values():
        if not one.derived:
            of.setdefault(one.counts, []).append(one)
    stocks = [
        *_stocks(job, of.get(REFUGEES, []), t.REFUGEE_POPULATION, on_1_january, keyed),
        *_stocks(job, of.get(RESIDENTS, []), t.POPULATION, on_1_january, keyed),
    ]
    others: list[Counted] = []
    if on_31_december and of.get(MIGRATIONS):
        # The flow cubes each read it.
        moves = moves_in_boundaries(job[t.MIGRATION], job.paths).localCheckpoint()
        others += migration_cubes(of[MIGRATIONS], moves, on_31_december, keyed)
    if after_the_first:
        others += account_cubes(of.get(ACCOUNTS, []), job[t.ACCOUNT], after_the_first)
    counting = Counting.of([*stocks, *others])
    return {t.CUBE.name: counting.cells(), t.INNER_CELL.name: counting.inner()}


def _stocks(
    job: Job, cubes: Sequence[Cube], persons: Table, at: RegionsOfYear, keyed: Keyed
) -> list[Counts]:
    return stock_cubes(cubes, _with_draws(job, job[persons]), at, keyed) if cubes else []


def _counted_from(settings: Settings) -> Mapping[str, object]:
    """What `cube` depends on of settings: the declaration, and which cubes need keys."""
    return {"cubes": declaration(settings), "keyed": keyed_cubes(settings)}


def published_cube(job: Job) -> Mapping[str, Iterable[Cells]]:
    days = {str(year): date(year, 1, 1) for year in job.choices.stocks}
    cubes, methods = cubes_of(job.choices.settings), methods_of(job.choices.settings)
    first = {cube for cube, method in methods.items() if method in TOGETHER}
    protected = protect(
        chain(job.cells(t.CUBE, first), job.cells(t.CUBE, set(methods) - first)),
        inner=job.cells(t.INNER_CELL, first),
        cubes=cubes,
        methods=methods,
        threshold=_whole(job, "protect.threshold"),
        zeros=bool(job.setting("protect.zeros")),
        singletons=str(job.setting("protect.singletons")),
        min_width=_whole(job, "protect.min_width"),
        public=RESIDENTS in _public(job),
        places={geography: divisions(day, DIVISIONS) for geography, day in days.items()},
        at_end={
            str(year): divisions(date(year, 12, 31), DIVISIONS)
            for year in range(job.choices.years[0], job.choices.years[1] + 1)
        },
        territories={
            str(day.year): counties_from(day.replace(year=day.year - 1), day)
            for day in days.values()
        },
        mapper=partial(on_executors, job.spark),
        beside=None if job[t.LEDGER].isEmpty() else partial(_more_to_hide, job),
    )
    return {t.PUBLISHED_CUBE.name: protected.parts}


def _more_to_hide(job: Job, shown: Sequence[tuple[Cells, Cells]]) -> list[Any]:
    """What a release must leave empty besides, given what is out already (X4)."""
    cells = [attackers_table(*pair) for pair in shown]
    beside = _beside_released(job, cells)
    cubes = cubes_of(job.choices.settings)
    hide = cells_to_hide(beside, _lists(job), cubes, promise=_promise(job)).toArrow()
    return [is_among(part, hide) for part in cells]


def _beside_released(job: Job, tables: Sequence[pa.Table]) -> DataFrame:
    """What would be released beside what was (X4), cell by cell."""
    return with_released(job.spark.createDataFrame(pa.concat_tables(tables)), job[t.LEDGER])


def _lists(job: Job) -> DataFrame:
    """What the regions of all boundary years are made of together."""
    of = job[t.LEDGER].select("geography").distinct().collect()
    years = sorted({*job.choices.stocks, *(int(row["geography"]) for row in of)})
    names = "geography string, piece string, level string, region string"
    return job.spark.createDataFrame(region_pieces(years), names)


def _public(job: Job) -> tuple[str, ...]:
    """X0: what is published as it is."""
    found = job.setting("protect.public")
    assert isinstance(found, tuple)
    return found


def _promise(job: Job) -> Promise:
    return Promise(
        threshold=_whole(job, "protect.threshold"),
        zeros=bool(job.setting("protect.zeros")),
        singletons=str(job.setting("protect.singletons")),
        min_width=_whole(job, "protect.min_width"),
        public=RESIDENTS in _public(job),
    )


def audit(job: Job) -> Mapping[str, DataFrame]:
    promise, own = _promise(job), suppressed_cubes(job.choices.settings)
    cubes = cubes_of(job.choices.settings)
    tables = attackers_tables(job.cells(t.PUBLISHED_CUBE, own), job.cells(t.CUBE, own))
    on_1_january = {year: regions(date(year, 1, 1)) for year in job.choices.stocks}
    shown = shown_by_period(tables, on_1_january, cubes, inner=job.cells(t.INNER_CELL, own))
    sample = _whole(job, "protect.audit_sample") if promise.min_width else None
    found = on_executors(job.spark, partial(audit_shown, promise=promise, sample=sample), shown)
    rows = [tuple(json.loads(row).values()) for row in found]
    # Beside what is out already, one period after another: never all cells in Java's memory.
    released = {row["period"] for row in job[t.LEDGER].select("period").distinct().collect()}
    for one in shown:
        if one.period in released:
            beside = _beside_released(job, [one.cells])
            found_beside = audit_with_ledger(beside, _lists(job), cubes, promise=promise)
            rows += [tuple(row) for row in found_beside.select(*t.VERDICT.columns).collect()]
    return {t.VERDICT.name: job.spark.createDataFrame(rows, t.VERDICT.schema)}


def _whole(job: Job, name: str) -> int:
    value = job.setting(name)
    assert isinstance(value, int)
    return value


def _any(job: Job, name: str) -> Any:
    return job.setting(name)


def _registers_of(*tables: d.DeliveredTable) -> tuple[Table, ...]:
    return (t.DELIVERY, *(REGISTERS[table] for table in tables))


KEYS = (t.PERSON_KEY, t.PERSON_AT)
"""What PINs are read with."""
INTAKE = "intake"
"""The first step reads deliveries and not tables; the line runs it itself."""

STEPS = (
    Step("person_key", "assign every PIN to a person", (t.DELIVERY, *ALL_REGISTERS, t.PERSON_KEY),
         (t.PERSON_KEY,), person_key, ("keys.secret",), merges=True, dated=False),
    Step("known_persons", "find the persons known at the known-at date",
         (*_registers_of(d.PIN_CHANGE), t.PERSON_KEY), (t.PERSON_AT, t.PERSON_DRAW, KEY_NOTES),
         known_persons, ("keys.secret",)),
    Step("event_version", "list the known versions of each event",
         (*_registers_of(d.EVENT), *KEYS), (t.EVENT_VERSION,), event_version),
    Step("person_record", "choose the attributes of each person",
         (*_registers_of(d.CPR_PERSON), *KEYS, t.EVENT_VERSION), (t.PERSON_RECORD,), person_record),
    Step("keyed_registers", "replace PINs by persons in the other registers",
         (*_registers_of(d.CITIZENSHIP, d.MARITAL_STATUS, d.CENSUS_RESIDENT, d.REASON_1995_ED2004, d.REASON_2006),
          *KEYS),
         (t.CITIZENSHIP_ROW, t.MARITAL_STATUS_ROW, t.CENSUS_ROW, t.EARLIER_REASON, REGISTER_NOTES),
         keyed_registers, ("keys.secret",)),
    Step("person_link", "link DUF numbers to persons",
         (*_registers_of(d.UDB_PERSON, d.CASE, d.DUF_LINK, d.CPR_PERSON, d.CITIZENSHIP), *KEYS,
          t.PERSON_DRAW),
         (t.PERSON_LINK, t.PERMIT_CASE, LINK_NOTES), link, ("link.",)),
    Step("history_view", "find histories that changed between known-at dates", (t.EVENT_VERSION,), (t.HISTORY_VIEW,),
         history_view, ("stock.known_at", "migration.known_at"), yearly=True),
    Step("history_event", "build residence histories", (t.EVENT_VERSION, t.HISTORY_VIEW),
         (t.HISTORY_EVENT,), history, ("residence.", "stock.known_at", "migration.known_at"), yearly=True),
    Step("residence_spell", "list spells of residence in one municipality", (t.HISTORY_EVENT,), (t.RESIDENCE_SPELL,), residence_spell),
    Step("person", "determine immigrants and country background", (t.PERSON_RECORD, t.HISTORY_EVENT), (t.PERSON,), person),
    Step("first_immigration", "find the first immigration of immigrants",
         (t.PERSON, t.HISTORY_EVENT, t.RESIDENCE_SPELL, t.CENSUS_ROW), (t.FIRST_IMMIGRATION,), first_immigration),
    Step("reason_for_immigration", "choose the permit case and the reason",
         (t.FIRST_IMMIGRATION, t.PERMIT_CASE, t.EARLIER_REASON, t.PERSON, t.CITIZENSHIP_ROW, t.PERSON_DRAW),
         (t.REASON_FOR_IMMIGRATION,), reason,
         ("case.", "inherit.", "impute.", "codes.", "residence.asylum_counted")),
    Step("reference_person", "find the reference person of family migrants",
         (t.REASON_FOR_IMMIGRATION, t.FIRST_IMMIGRATION, t.PERMIT_CASE, t.PERSON, t.MARITAL_STATUS_ROW,
          t.RESIDENCE_SPELL, t.PERSON_DRAW), (t.REFERENCE_PERSON,), reference, ("reference.",)),
    Step("family_unification", "classify the family unification",
         (t.REASON_FOR_IMMIGRATION, t.FIRST_IMMIGRATION, t.PERMIT_CASE, t.REFERENCE_PERSON, t.PERSON),
         (t.FAMILY_UNIFICATION,), family_unification, ("unification.",)),
    Step("population", "list the residents of each 1 January",
         (t.HISTORY_EVENT, t.HISTORY_VIEW, t.PERSON, t.CITIZENSHIP_ROW, t.MARITAL_STATUS_ROW),
         (t.POPULATION,), stock, ("stock.known_at",), yearly=True),
    Step("refugee_population", "list persons with refugee background",
         (t.POPULATION, t.REASON_FOR_IMMIGRATION, t.REFERENCE_PERSON, t.FAMILY_UNIFICATION,
          t.FIRST_IMMIGRATION, t.PERMIT_CASE), (t.REFUGEE_POPULATION,), refugee_population,
         ("refugee.", "codes."), yearly=True),
    Step("migration", "list the migrations of each year",
         (t.HISTORY_EVENT, t.HISTORY_VIEW, t.PERSON, t.CITIZENSHIP_ROW, t.MARITAL_STATUS_ROW),
         (t.MIGRATION, t.QUALITY), migration, ("migration.",), yearly=True),
    Step("account", "make and check the population accounts (S4)", (t.HISTORY_EVENT,), (t.ACCOUNT,), account,
         yearly=True, check=check_accounts),
    Step("inconsistency", "collect inconsistencies noted in the registers",
         (t.DELIVERY, t.REGISTER_NOTE, *KEYS, t.PERSON_LINK, t.PERSON_RECORD, t.HISTORY_EVENT,
          KEY_NOTES, LINK_NOTES, REGISTER_NOTES), (t.INCONSISTENCY,), inconsistency, ("keys.secret", "residence."), yearly=True),
    # Of the methods it depends on no more than which cubes need keys.
    Step("cube", "count the cells of every cube", (t.POPULATION, t.REFUGEE_POPULATION, t.MIGRATION, t.ACCOUNT, t.PERSON_DRAW),
         (t.CUBE, t.INNER_CELL), cube, ("keys.secret", "migration.known_at", "cubes."), yearly=True, also=_counted_from),
    Step("published_cube", "protect the cubes", (t.CUBE, t.INNER_CELL, t.LEDGER), (t.PUBLISHED_CUBE,), published_cube,
         ("protect.", "cubes."), yearly=True, also=declaration),
    Step("audit", "test whether suppressed counts can be recovered", (t.CUBE, t.INNER_CELL, t.PUBLISHED_CUBE, t.LEDGER), (t.VERDICT,), audit,
         ("protect.", "cubes."), yearly=True, also=declaration),
)  # fmt: skip
RELEASE = "release"
"""The last step writes files and not tables; the line runs it itself."""
STEP_NAMES = (INTAKE, *(step.name for step in STEPS), RELEASE)
BY_NAME = {step.name: step for step in STEPS}
