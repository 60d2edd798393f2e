"""Steps: PINs to persons, and the registers by person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial

from pyspark.sql import DataFrame

from folketall.line.step import Job
from folketall.line.work.inputs import KeySettings, counted_rows, keys_of_run, registered
from folketall.linkage import chains, keyed, keys
from folketall.model import deliveries as d
from folketall.model import tables as t
from folketall.model.settings import NoSettings
from folketall.model.tables import REGISTERS, note_table
from folketall.quality.notes import noted_pins
from folketall.registers.known import default_known_at, newest_by_key

KEY_NOTES = note_table("person_key")
REGISTER_NOTES = note_table("keyed_registers")
PIN_COLUMNS = tuple(
    (table, column.name)
    for table in d.DELIVERED_TABLES
    for column in table.columns
    if column.kind in (d.Kind.OWN_PIN, d.Kind.OTHER_PIN)
)


def person_key(job: Job[KeySettings]) -> Mapping[str, DataFrame]:
    """L7: of all deliveries, whatever the run's K, so that an earlier K writes nothing here."""
    changes = registered(job, d.PIN_CHANGE, _newest(job))
    usable, _ = chains.usable_changes(changes, job.keep)
    # Read below for the components, their ids and the keys: every register once, not three times.
    pins = job.keep(
        keys.pins_seen([(job[REGISTERS[table]], column) for table, column in PIN_COLUMNS])
    )
    newest = chains.newest_pins(usable, job.keep)
    given = keys.person_keys(pins, newest, job[t.PERSON_KEY], secret=job.settings.secret)
    # The key table is read while it is merged into: its new rows must stand before.
    return {t.PERSON_KEY.name: job.keep(given)}


def _newest(job: Job[object]) -> date:
    """K4: the day of the newest delivery; without any, there are no rows either."""
    return default_known_at(job.taken) or date.max


def known_persons(job: Job[KeySettings]) -> Mapping[str, DataFrame]:
    """K4: the persons as chains are known at the run's K."""
    changes = registered(job, d.PIN_CHANGE, job.known_at)
    usable, noted = chains.usable_changes(changes, job.keep)
    key = job[t.PERSON_KEY]
    if job.known_at >= _newest(job):
        known, otherwise = key, key.select(*t.PERSON_AT.columns).limit(0)
    else:
        led = chains.newest_pins(usable, job.keep)
        pins = key.select("pin", "number")
        known = job.keep(keys.persons_of(pins, led, secret=job.settings.secret))
        otherwise = keys.known_otherwise(key, known)
    return {
        t.PERSON_AT.name: otherwise,
        t.PERSON_DRAW.name: keys.draws(known),
        KEY_NOTES.name: noted_pins(
            noted, known, rule="L1", table="pin_change", secret=job.settings.secret
        ),
    }


def event_version(job: Job[NoSettings]) -> Mapping[str, DataFrame]:
    return {
        t.EVENT_VERSION.name: keyed.event_versions(counted_rows(job, d.EVENT), keys_of_run(job))
    }


def person_record(job: Job[NoSettings]) -> Mapping[str, DataFrame]:
    key = keys_of_run(job)
    newest = keyed.newest_person_rows(counted_rows(job, d.CPR_PERSON), key, known_at=job.known_at)
    records = keyed.person_records(newest, key, job[t.EVENT_VERSION], known_at=job.known_at)
    return {t.PERSON_RECORD.name: records}


def keyed_registers(job: Job[KeySettings]) -> Mapping[str, DataFrame]:
    key = keys_of_run(job)
    edition_2004 = newest_by_key(counted_rows(job, d.REASON_1995_ED2004), d.REASON_1995_ED2004)
    return {
        t.CITIZENSHIP_ROW.name: keyed.citizenship_rows(counted_rows(job, d.CITIZENSHIP), key),
        t.MARITAL_STATUS_ROW.name: keyed.marital_status_rows(
            counted_rows(job, d.MARITAL_STATUS), key
        ),
        t.CENSUS_ROW.name: keyed.census_rows(counted_rows(job, d.CENSUS_RESIDENT), key),
        t.EARLIER_REASON.name: keyed.earlier_reasons(
            edition_2004, counted_rows(job, d.REASON_2006), key
        ),
        REGISTER_NOTES.name: _noted_rows(job, key),
    }


def _noted_rows(job: Job[KeySettings], key: DataFrame) -> DataFrame:
    """Oddities of rows that have no number of their own, only a PIN (K2, F3)."""
    statuses = keyed.same_day_statuses(registered(job, d.MARITAL_STATUS, job.known_at), key)
    years = keyed.bad_years(counted_rows(job, d.CENSUS_RESIDENT))
    note = partial(noted_pins, keys=key, secret=job.settings.secret)
    return note(statuses, rule="K2", table="marital_status").unionByName(
        note(years, rule="F3", table="resident")
    )
