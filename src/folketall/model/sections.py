"""The settings there are, by section: each with its unit, default, meaning and rule.

A setting is `section.name`. The classes are never made into objects: a step says with them which
settings it depends on, as `of(Case.max_age)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Any

from folketall.model import setting as read
from folketall.model.methods import CUBE_METHODS, method_of_cube, methods_for
from folketall.model.secrets import PUBLIC_SECRET, Secret
from folketall.model.setting import Setting

# A table of text: a setting a line, or two, reads better than six.
# fmt: off


class Run:
    known_at = Setting("run.known_at", None, "K4", "date",
        "Known-at date (K) of the run; if empty, the date of the newest delivery.", read.day_or_empty)
    today = Setting("run.today", None, "V5", "date", "A delivery dated after it is refused; empty: not checked.", read.day_or_empty)


class Keys:
    secret = Setting("keys.secret", Secret(PUBLIC_SECRET), "L1", "text",
        "Secret that the order of person ids and PIN hashes are drawn with; an office keeps its own in "
        "keys.secret_file or FOLKETALL_SECRET.", read.secret)
    secret_file = Setting("keys.secret_file", "", "L1", "file", "File that holds the secret, and nothing else; empty: none.", read.text)


class Codes:
    directory = Setting("codes.directory", "", "C0", "folder",
        "An office's own reason.csv, legal_basis.csv and permit_type.csv; empty: those of the package.", read.text)


class Pin:
    check = Setting("pin.check", "synthetic", "V1", "", "synthetic, strict or off.", read.choice("synthetic", "strict", "off"))


class Duf:
    check = Setting("duf.check", "note", "V2", "", "note or off.", read.choice("note", "off"))


class Validation:
    announced = Setting("validation.announced", 12, "V3", "months", "How long after the delivery an event may lie.", read.whole(0))
    max_rejected_share = Setting("validation.max_rejected_share", 0.02, "V3", "share",
        "A delivery is refused if more than this share of a table's rows is rejected.", read.share)
    min_rejected = Setting("validation.min_rejected", 20, "V3", "rows",
        "A delivery is never refused for fewer rejected rows, or fewer unknown codes in a column, than this.", read.whole(0))
    max_unknown_share = Setting("validation.max_unknown_share", 0.05, "V3", "share",
        "A delivery is refused if more than this share of the codes in a column is unknown.", read.share)


class Link:
    accept_score = Setting("link.accept_score", 4, "L3", "score", "Lowest score at which a link from one register is accepted.", read.whole(0))
    accept_both = Setting("link.accept_both", 2, "L3", "score",
        "Lowest score at which a link is accepted when both registers give the PIN.", read.whole(0))
    probabilistic = Setting("link.probabilistic", True, "L5", "", "Link the remaining DUF numbers by probabilistic matching.", read.truth)
    probability = Setting("link.probability", 0.95, "L5", "probability", "Lowest probability at which a match is accepted.", read.share)
    sample = Setting("link.sample", 1000, "L5", "rows", "Rows of each register from which the match weights are estimated.", read.whole(1))
    seed = Setting("link.seed", 1, "L5", "", "Seed of that sample.", read.whole(0))


class Residence:
    no_change_prefixes: Setting[tuple[str, ...]] = Setting("residence.no_change_prefixes", ("21", "22", "23"), "H1", "codes",
        "Svalbard, Jan Mayen and the continental shelf.", read.prefixes)
    asylum_counted = Setting("residence.asylum_counted", (date(1987, 3, 1), date(1994, 1, 31)), "H2", "dates",
        "First and last day on which pending asylum seekers count.", read.two_days)
    short_stay: Setting[Mapping[str, int]] = Setting("residence.short_stay", MappingProxyType({"stay": 6, "101": 3, "106": 12, "103": 12, "other": 6}), "H6", "months",
        "A shorter stay, or absence in a country, is noted.", read.month_limits)


class Case:
    max_age = Setting("case.max_age", 5, "C1", "years", "How long before the first immigration a case is reliable.", read.whole(0))
    after = Setting("case.after", 24, "C2", "months", "How long after the registration a case is looked for.", read.whole(0))
    after_asylum_counted = Setting("case.after_asylum_counted", 60, "C2", "months",
        "The same, when the first immigration is within H2's period.", read.whole(0))


class Inherit:
    under_age = Setting("inherit.under_age", 18, "C6", "years", "Persons younger than this at first immigration inherit a reason.", read.whole(0))


class Impute:
    from_day = Setting("impute.from", date(1967, 1, 1), "C7", "date", "First immigrations from then on are imputed.", read.day)
    min_donors = Setting("impute.min_donors", 20, "C7", "persons", "With fewer donors than this, a wider donor group is used.", read.whole(1))
    seed = Setting("impute.seed", 1, "C7", "", "Seed of the draw.", read.whole(0))


class Reference:
    accompany = Setting("reference.accompany", 120, "P", "days", "How long after the immigrant a reference may be resident first.", read.whole(0))
    marriage_after = Setting("reference.marriage_after", 12, "P2", "months",
        "How long after the first immigration a marriage may begin.", read.whole(0))


class Unification:
    marriage_limit = Setting("unification.marriage_limit", 90, "T1", "days",
        "Married at most so long after the reference's first residence: reunification.", read.whole(0))
    accompany = Setting("unification.accompany", 120, "T2", "days", "First immigrations at most so far apart: accompanying.", read.whole(0))


class Stock:
    known_at = Setting("stock.known_at", "01-31", "S1", "MM-DD", "Day of the year at which the stock of its 1 January is read.", read.month_day)


class Refugee:
    any_case = Setting("refugee.any_case", False, "S5", "", "Also those with a refugee case later.", read.truth)


class Migration:
    known_at = Setting("migration.known_at", "02-29", "M2", "MM-DD",
        "Day of the following year at which a year's flows are read; 29 February is the last of the month.", read.month_day)


class Protect:
    threshold = Setting("protect.threshold", 3, "X1", "persons", "Counts from 1 to this are primary.", read.whole(1))
    zeros = Setting("protect.zeros", False, "X1", "", "Zeros are primary too.", read.truth)
    public: Setting[tuple[str, ...]] = Setting("protect.public", ("residents", "accounts"), "X0", "",
        "What is published as it is: residents by region, sex and age; accounts.", read.some_of("residents", "accounts"))
    singletons = Setting("protect.singletons", "owner", "X2", "",
        "What the one person in a cell may not learn: owner (no other small count), sum (no sum of such persons gives them away) or none.",
        read.choice("owner", "sum", "none"))
    min_width = Setting("protect.min_width", 2, "X3", "persons", "No small count is known to lie in a narrower interval; 0 is off.", read.whole(0))
    audit_sample = Setting("protect.audit_sample", 50, "X3", "persons",
        "Small counts of a period whose interval the audit examines, where min_width is not 0.", read.whole(0))


class Cubes:
    file = Setting("cubes.file", "", "Q1", "file", "Declaration of the cubes, as conf/cubes.toml; empty: that of the package.", read.text)


SECTIONS = (Run, Keys, Codes, Pin, Duf, Validation, Link, Residence, Case, Inherit, Impute, Reference,
            Unification, Stock, Refugee, Migration, Protect, Cubes)
METHODS_OF_CUBES = tuple(
    Setting(f"protect.method.{cube}", method, "X1", "",
        f"{', '.join(methods_for(cube)[:-1])} or {methods_for(cube)[-1]}.", partial(method_of_cube, cube))
    for cube, method in CUBE_METHODS.items()
)
"""The method of each cube of the package; an office's own cubes have settings of the same family."""
# fmt: on


def _every() -> Iterator[Setting[Any]]:
    for section in SECTIONS:
        yield from (one for one in vars(section).values() if isinstance(one, Setting))
    yield from METHODS_OF_CUBES


SETTINGS = tuple(_every())
"""Every setting of the package, in the order in which they are listed."""
