"""Match weights of the probabilistic part of L5: Splink on DuckDB, on Arrow tables in memory.

Nothing here knows Spark. The tables are NUMBERS and PERSONS, one row each:

- numbers: `id` (DUF number), `linked` (the person L4 found, or null), `left` (bool: to be matched),
- persons: `id` (person_id), `taken` (bool: has a DUF number from L4),

and on both sides `given`, `family` (normalised names), `birth_date`, `sex`, `citizenship` and
whatever further texts are compared. Everything is sorted by its identifier first and DuckDB has
one thread, so that the same rows give the same weights, whatever order they came in.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

EXPECTED = 0.5
"""Prior: how likely a DUF number left is to have a person in the Population Register at all."""
CONTROLLED = ("birth_date", "sex")
"""What L3 has held against each other: the links of L4 do not tell how often these are wrong."""
FEWEST_PAIRS = 50
"""With fewer pairs known from L4, Splink's own m-probabilities are used."""
MATCHES = pa.schema([("duf", pa.string()), ("person_id", pa.int64()), ("score", pa.float64())])

_BLOCKS = (
    "l.birth_date = r.birth_date and substr(l.family, 1, 1) = substr(r.family, 1, 1)",
    "l.birth_date = r.birth_date and substr(l.given, 1, 1) = substr(r.given, 1, 1)",
    "l.birth_date = r.birth_date and l.given = r.family",
    "l.given = r.given and l.family = r.family",
    "l.given = r.family and l.family = r.given",
    "l.family = r.family and year(l.birth_date) = year(r.birth_date) "
    "and substr(l.given, 1, 1) = substr(r.given, 1, 1)",
    "l.given = r.given and year(l.birth_date) = year(r.birth_date) "
    "and month(l.birth_date) = month(r.birth_date)",
    "l.family = r.family and substr(l.given, 1, 3) = substr(r.given, 1, 3) "
    "and l.citizenship = r.citizenship",
    "l.given = r.given and substr(l.family, 1, 3) = substr(r.family, 1, 3) "
    "and l.citizenship = r.citizenship",
)
"""Pairs that are looked at: a true pair is lost only where names and birth date are both off."""


def matches(
    numbers: pa.Table,
    persons: pa.Table,
    *,
    probability: float,
    sample: int,
    texts: Sequence[str] = (),
) -> pa.Table:
    """L5: match the DUF numbers left with persons, one person for one DUF number.

    Args:
        numbers: NUMBERS: those left, and a sample of those linked, which the m-probabilities are
            learnt from.
        persons: PERSONS, all who may have a DUF number.
        probability: least match probability.
        sample: rows of each side that the u-probabilities are learnt from.
        texts: further columns of both, compared as texts.

    Returns:
        MATCHES: duf, person_id and the match probability as score.
    """
    numbers, persons = numbers.sort_by("id"), persons.sort_by("id")
    left = numbers.filter(pc.field("left"))
    if not (left.num_rows and persons.num_rows):
        return MATCHES.empty_table()
    model = trained_model(numbers, persons, sample=sample, texts=texts)
    scored = scored_pairs(left, persons, model, probability=probability)
    return one_to_one(scored, persons)


def trained_model(
    numbers: pa.Table, persons: pa.Table, *, sample: int, texts: Sequence[str] = ()
) -> dict[str, Any]:
    """Splink's model: u from pairs that are no matches, m from the pairs that L4 is sure of."""
    model = _settings(texts)
    known = numbers.filter(pc.is_valid(numbers["linked"]))
    # Numbers of odd persons against even persons: no pair of them is a match.
    apart = known.filter(_odd(known["linked"])) if known.num_rows else known
    side = apart if apart.num_rows >= FEWEST_PAIRS else numbers.filter(pc.field("left"))
    other = persons.filter(pc.invert(_odd(persons["id"])))
    other = other if other.num_rows else persons
    pairs = _taken(side, sample), _taken(other, sample)
    by_chance = _linker(*pairs, model)
    by_chance.training.estimate_u_using_random_sampling(
        max_pairs=1e12, min_count_per_level=None, num_chunks=1
    )
    _learn(model, by_chance, "u_probability", pairs[0].num_rows * pairs[1].num_rows)
    same = persons.filter(pc.is_in(persons["id"], known["linked"].combine_chunks()))
    if same.num_rows >= FEWEST_PAIRS:
        true = _linker(known, same, model)
        true.training.estimate_m_from_label_column("label")
        _learn(model, true, "m_probability", same.num_rows)
    model["probability_two_random_records_match"] = EXPECTED / max(persons.num_rows, 2)
    return model


def scored_pairs(
    left: pa.Table, persons: pa.Table, model: dict[str, Any], *, probability: float
) -> pa.Table:
    """Every pair of at least this probability: duf, person_id, score, weight."""
    found = _linker(left, persons, model).inference.predict(threshold_match_probability=probability)
    # Splink puts the smaller identifier to the left, whichever register it is from.
    pairs = found.query_sql(
        """
        select distinct
          if(source_dataset_l = 'numbers', unique_id_l, unique_id_r) as duf,
          cast(if(source_dataset_l = 'numbers', unique_id_r, unique_id_l) as bigint) as person_id,
          match_probability as score,
          match_weight as weight
        from {this}
        """
    )
    return cast(pa.Table, pairs.as_pyarrow_table())


def one_to_one(scored: pa.Table, persons: pa.Table) -> pa.Table:
    """One person for one DUF number: persons without one from L4 first, then by total weight.

    A number that two persons of a kind fit equally well is left: neither of them can be the one
    with a probability above a half.
    """
    taken = persons.select(["id", "taken"]).rename_columns(["person_id", "taken"])
    pairs = scored.join(taken, "person_id")
    # The same comparisons can differ in the last bits.
    pairs = pairs.append_column("rounded", pc.round(pairs["weight"], 6))
    order = [("taken", "ascending"), ("rounded", "descending"), ("duf", "ascending")]
    pairs = pairs.sort_by([*order, ("person_id", "ascending")])
    number, person, kind, weight = (
        np.unique(pairs[name].to_numpy(zero_copy_only=False), return_inverse=True)[1]
        for name in ("duf", "person_id", "taken", "rounded")
    )
    accepted = np.zeros(pairs.num_rows, dtype=bool)
    open_ = ~_doubtful(number, kind, weight)
    while open_.any():
        places = np.flatnonzero(open_)
        best_of_number, best_of_person = _first(number[places]), _first(person[places])
        both = places[best_of_number & best_of_person]
        accepted[both] = True
        open_ &= ~(np.isin(number, number[both]) | np.isin(person, person[both]))
    chosen = pairs.filter(pa.array(accepted)).select(MATCHES.names).cast(MATCHES)
    return chosen.sort_by("duf")


def _doubtful(number: Any, kind: Any, weight: Any) -> Any:
    """Pairs of a number whose best weight among persons of a kind is shared by two of them."""
    if not len(number):
        return np.zeros(0, dtype=bool)
    group = number * 2 + kind
    best = np.full(group.max() + 1, -1)
    np.maximum.at(best, group, weight)
    shared = np.bincount(group[weight == best[group]], minlength=len(best)) > 1
    return shared[group]


def _first(values: Any) -> Any:
    """Which rows are the first with their value."""
    first = np.zeros(len(values), dtype=bool)
    first[np.unique(values, return_index=True)[1]] = True
    return first


def _odd(ids: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.equal(pc.bit_wise_and(ids, 1), 1)


def _taken(rows: pa.Table, count: int) -> pa.Table:
    """`count` rows evenly spread over the identifiers: those say nothing of the person."""
    if rows.num_rows <= count:
        return rows
    return rows.take(pa.array(np.arange(count) * rows.num_rows // count))


def _settings(texts: Sequence[str]) -> dict[str, Any]:
    """What is compared, and in which levels, as Splink's settings."""
    import splink.comparison_library as cl
    from splink import SettingsCreator

    names = cl.ForenameSurnameComparison(
        "given",
        "family",
        jaro_winkler_thresholds=[0.92, 0.85],
        forename_surname_concat_col_name="name",
    )
    compared = [
        names,
        _birth_dates(),
        cl.ExactMatch("sex"),
        cl.ExactMatch("citizenship").configure(term_frequency_adjustments=True),
        *[cl.JaroWinklerAtThresholds(text, [0.9]) for text in texts],
    ]
    settings = SettingsCreator(
        "link_only",
        comparisons=compared,
        blocking_rules_to_generate_predictions=_rules(texts),
        retain_matching_columns=False,
    )
    return settings.create_settings_dict("duckdb")


def _rules(texts: Sequence[str]) -> list[Any]:
    """Which pairs are looked at; a text in common and an initial are enough."""
    by_text = [
        f"l.{text} = r.{text} and substr(l.{name}, 1, 1) = substr(r.{name}, 1, 1)"
        for text in texts
        for name in ("given", "family")
    ]
    return [{"blocking_rule": rule, "sql_dialect": "duckdb"} for rule in (*_BLOCKS, *by_text)]


_SWAPPED = (
    "year(birth_date_l) = year(birth_date_r) and month(birth_date_l) = day(birth_date_r) "
    "and day(birth_date_l) = month(birth_date_r)"
)
_ONE_OFF = "damerau_levenshtein(cast(birth_date_l as varchar), cast(birth_date_r as varchar)) <= 1"
_NEAR = (
    "year(birth_date_l) = year(birth_date_r) and (month(birth_date_l) = month(birth_date_r) "
    "or strftime(birth_date_l, '%m%d') = '0101' or strftime(birth_date_r, '%m%d') = '0101')"
)


def _birth_dates() -> Any:
    """L3's ways in which birth dates go wrong, and a digit mistyped; some dates are frequent."""
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl

    return cl.CustomComparison(
        output_column_name="birth_date",
        comparison_levels=[
            cll.NullLevel("birth_date"),
            cll.ExactMatchLevel("birth_date", term_frequency_adjustments=True),
            cll.CustomLevel(_SWAPPED, "day and month swapped"),
            cll.CustomLevel(_ONE_OFF, "one digit off"),
            cll.CustomLevel(_NEAR, "same month, or 1 January"),
            cll.ElseLevel(),
        ],
    )


def _linker(numbers: pa.Table, persons: pa.Table, model: dict[str, Any]) -> Any:
    """A Splink linker of both tables, in a database of its own with one thread."""
    import duckdb
    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.ERROR)
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("set enable_progress_bar = false")
    database = DuckDBAPI(connection)
    sides = [
        database.register(_named(rows, label), dataset_display_name=name)
        for name, rows, label in (("numbers", numbers, "linked"), ("persons", persons, "id"))
    ]
    return Linker(sides, model, log_level=None)


def _named(rows: pa.Table, label: str) -> pa.Table:
    """The columns Splink reads: a text as identifier, the label, and the whole name."""
    both = pc.binary_join_element_wise(rows["given"], rows["family"], " ")
    return (
        rows.append_column("label", rows[label].cast(pa.int64()))
        .append_column("unique_id", rows["id"].cast(pa.string()))
        .append_column("name", both)
        .drop_columns(["id", *[n for n in ("linked", "left", "taken") if n in rows.column_names]])
    )


def _learn(model: dict[str, Any], trained: Any, which: str, pairs: int) -> None:
    """Take probabilities over into the model, smoothed: what was not seen is not impossible."""
    learnt = trained.misc.save_model_to_json()["comparisons"]
    for comparison, seen in zip(model["comparisons"], learnt, strict=True):
        if which == "m_probability" and comparison["output_column_name"] in CONTROLLED:
            continue
        both = zip(comparison["comparison_levels"], seen["comparison_levels"], strict=True)
        levels = [(level, found) for level, found in both if not level.get("is_null_level")]
        # Splink has a text where it has seen no pair.
        shares = [found.get(which) for _, found in levels]
        shares = [share if isinstance(share, float) else 0.0 for share in shares]
        # A column that is empty in the sample has taught nothing.
        counted = pairs if any(shares) else 0
        for (level, _), share in zip(levels, shares, strict=True):
            level[which] = (share * counted + 0.5) / (counted + 0.5 * len(levels))
