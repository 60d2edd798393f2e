"""H1-H6: one person's residence history, from its events as known on one day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from .dates import add_months
from .known import Row
from .places import UNKNOWN, led, shifted


@dataclass
class Kept:
    """An event that counts, with the state it leads to and the one it found."""

    event_id: str
    effect: str  # birth, immigration, move, opened, boundary_change, emigration, death
    day: date
    registration_date: date
    municipality: str | None  # None: not resident after it
    country: str | None
    cause: str
    left: str | None  # municipality of the previous kept event; None: not resident
    left_since: date | None  # day of the previous kept event


@dataclass
class Spell:
    from_date: date
    to_date: date | None
    municipality: str
    opened_by: str


@dataclass
class History:
    kept: list[Kept] = field(default_factory=list)
    spells: list[Spell] = field(default_factory=list)
    notes: list[tuple[str, str, str]] = field(default_factory=list)  # rule, what, event_id


def set_aside(event: Row, settings: Row) -> bool:
    kind, cause, day = event["event_type"], event["cause"], event["event_date"]
    reported = event["municipality"] or ""
    # H1: Svalbard, Jan Mayen and the continental shelf, on the code as reported.
    stays = kind in ("birth", "move", "immigration")
    if stays and reported[:2] in settings["residence.no_change_prefixes"]:
        return True
    if kind in ("birth", "death"):
        return False
    # H1: causes that change no residence.
    if cause in ("temporary", "posted_abroad", "embassy_or_nato"):
        return True
    # H2: asylum seekers whose case is pending.
    if cause == "asylum_pending" and kind in ("immigration", "move"):
        first, last = settings["residence.asylum_counted"]
        return not (first <= day <= last)
    return False


def order(event: Row) -> tuple:
    """H3."""
    kind = event["event_type"]
    if kind == "birth":
        rank = 0
    elif kind == "move" and event["cause"] == "boundary_change":
        rank = 1
    elif kind == "death":
        rank = 3
    else:
        rank = 2
    between = {"emigration": 0, "immigration": 1, "move": 2}.get(kind, 3)
    return (event["event_date"], rank, event["registration_date"], between, event["event_id"])


def history(events: list[Row], settings: Row) -> History:
    found = History()
    counting = []
    for event in events:
        code = event["municipality"]
        if code is not None:
            code_prefix = code[:2]
            code, what = shifted(code, event["event_date"])
            if what is not None and code_prefix not in settings["residence.no_change_prefixes"]:
                found.notes.append(("G3", what, event["event_id"]))
        if not set_aside(event, settings):
            counting.append({**event, "municipality": code})
    counting.sort(key=order)

    dead = False
    for event in counting:
        if dead:
            found.notes.append(("H3", "after_death", event["event_id"]))
            continue
        if event["event_type"] == "death":
            dead = True
        follow(event, found)
    found.spells = spells(found.kept)
    note_short_ones(found, settings)
    return found


def follow(event: Row, found: History) -> None:
    """H4 and H5: what the event changes for one who is where the previous kept event led."""
    kind = event["event_type"]
    previous = found.kept[-1] if found.kept else None
    resident = previous is not None and previous.municipality is not None
    odd = None
    effect: str | None = kind
    if kind == "birth":
        if previous is not None:
            odd, effect = "born_late", None
    elif kind == "immigration":
        if resident:
            odd, effect = "already_resident", "move"
    elif kind == "move" and event["cause"] == "boundary_change":
        effect = "boundary_change"
        if not resident:
            odd, effect = "not_resident", None
    elif kind == "move":
        if not resident:
            odd, effect = "not_resident_before", "opened"
    else:  # emigration, death
        if not resident:
            odd, effect = "not_resident", None
    if odd is not None:
        found.notes.append(("H5", odd, event["event_id"]))
    if effect is None:
        return
    municipality = None
    if kind not in ("emigration", "death"):
        municipality = event["municipality"] or UNKNOWN
    found.kept.append(
        Kept(
            event_id=event["event_id"],
            effect=effect,
            day=event["event_date"],
            registration_date=event["registration_date"],
            municipality=municipality,
            country=event["country"],
            cause=event["cause"],
            left=previous.municipality if previous else None,
            left_since=previous.day if previous else None,
        )
    )


def spells(kept: list[Kept]) -> list[Spell]:
    """H4: unbroken stays in one municipality, stays of length zero dropped (H5)."""
    stays = []
    for number, event in enumerate(kept):
        if event.municipality is not None:
            end = kept[number + 1].day if number + 1 < len(kept) else None
            if end != event.day:
                stays.append(Spell(event.day, end, event.municipality, event.effect))
    joined: list[Spell] = []
    reported = date.min
    for stay in stays:
        last = joined[-1] if joined else None
        if (
            last
            and last.to_date == stay.from_date
            and last.municipality == stay.municipality
            # Of two municipalities that had one code, the one is not the other.
            and led(last.municipality, reported, stay.from_date) == stay.municipality
        ):
            last.to_date = stay.to_date
        else:
            joined.append(stay)
        reported = stay.from_date
    return joined


def note_short_ones(found: History, settings: Row) -> None:
    """H6: on the event that ends the stay or the absence."""
    months = settings["residence.short_stay"]
    came: Kept | None = None
    went: Kept | None = None
    for event in found.kept:
        if event.effect == "emigration":
            if came and event.day < add_months(came.day, months["stay"]):
                found.notes.append(("H6", "short_stay", event.event_id))
            came, went = None, event
        elif event.effect == "immigration":
            if went:
                limit = months.get(went.country or "", months["other"])
                if event.day < add_months(went.day, limit):
                    found.notes.append(("H6", "short_absence", event.event_id))
            came, went = event, None
        elif event.effect in ("opened", "birth", "death"):
            came, went = None, None
