"""Tables of counts as files: what `folketall protect` and `folketall audit` read and write.

No Spark: a table of counts is small (docs/decisions/0006-counts-without-spark.md).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from folketall.audit.counts import audit_counts, audit_rounded
from folketall.audit.cubes import audit_period
from folketall.audit.verdict import Promise, Verdict, digest
from folketall.commands.counts_reading import (
    read_counts,
    read_hierarchy,
    read_table,
    refuse_narrow_keys,
    refuse_unknown_codes,
)
from folketall.cubes.declared import STOCKS, Cube
from folketall.cubes.keys import KEY
from folketall.geography.regions import regions
from folketall.line.cubes import promise_of
from folketall.model.errors import InputRefusedError, UsageError
from folketall.model.methods import METHODS
from folketall.model.settings import Settings
from folketall.model.spreadsheets import as_text, from_text
from folketall.model.tables import DIMENSIONS
from folketall.protection.counts import ADDITIVE, COUNT, TABLE, protect_frames

OWN_COLUMNS = (COUNT, "status", "primary", TABLE, KEY)
"""What a file of counts has besides its dimensions, going in or coming out."""


def protect_files(
    paths: Sequence[Path],
    *,
    dimensions: Sequence[str],
    hierarchy_files: Sequence[tuple[str, Path]],
    method: str,
    settings: Settings,
    target: Path,
    allow_unknown: bool = False,
) -> pd.DataFrame:
    """Protect tables of counts and write every cell, and beside it what the cells mean.

    Args:
        paths: of the inner cells; several are linked tables, named by their files.
        dimensions: names of columns.
        hierarchy_files: (dimension, file of `code, parent`).
        method: of METHODS.
        settings: `protect.*`.
        target: the file to write; `<target>.meaning.json` beside it is what an audit needs.
        allow_unknown: take codes of the counts that a hierarchy lacks, and the other way round.

    Returns:
        The rows written.

    Raises:
        UsageError: options that do not fit; InputRefusedError: a file that is not as it must be.
    """
    named = [path for _, path in hierarchy_files]
    _check_use(dimensions, [name for name, _ in hierarchy_files], method)
    refuse_inputs((target, meaning_of(target)), [*paths, *named])
    if len({path.stem for path in paths}) < len(paths):
        raise UsageError("linked tables are told apart by their file names: give different ones")
    tables = _tables(paths, dimensions, method)
    trees: dict[str, list[dict[str, str]]] = {}
    files: dict[str, list[Path]] = {}
    for name, path in hierarchy_files:
        trees.setdefault(name, []).append(read_hierarchy(path))
        files.setdefault(name, []).append(path)
    if not allow_unknown:
        refuse_unknown_codes(tables, trees, files)
    promise = promise_of(settings)
    rows = protect_frames(
        tables,
        dimensions=dimensions,
        hierarchies=trees,
        method=method,
        threshold=promise.threshold,
        zeros=promise.zeros,
        singletons=promise.singletons,
        min_width=promise.min_width,
    )
    _write(target, rows)
    said = {"dimensions": list(dimensions), "hierarchies": trees, "method": method}
    _write_meaning(target, {**said, "promise": _plain(promise)})
    return rows


def _write_meaning(target: Path, said: Mapping[str, Any]) -> None:
    meaning = {**said, "sha256": digest(target)}
    text = json.dumps(meaning, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    meaning_of(target).write_text(text, "utf-8")


def _check_use(dimensions: Sequence[str], divided: Sequence[str], method: str) -> None:
    """Options that do not fit: UsageError."""
    if method not in METHODS:
        raise UsageError(f"--method {method}: one of {', '.join(METHODS)}")
    if own := [name for name in dimensions if name in OWN_COLUMNS]:
        raise UsageError(
            f"--dimensions {own[0]}: a file of counts has a column of its own of this name; "
            "give the dimension another"
        )
    if unknown := [name for name in divided if name not in dimensions]:
        raise UsageError(f"--hierarchy {unknown[0]}=...: {unknown[0]} is not among --dimensions")


def refuse_inputs(written: Sequence[Path], inputs: Sequence[Path]) -> None:
    """What is written may not be what is read: UsageError."""
    for out in written:
        if any(_same(out, one) for one in inputs):
            raise UsageError(f"{out} would be overwritten, and it is an input; name another file")


def _same(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()


def _tables(
    paths: Sequence[Path], dimensions: Sequence[str], method: str
) -> dict[str, pd.DataFrame]:
    """The tables of counts by the names of their files."""
    tables = {path.stem: read_counts(path, dimensions, linked=len(paths) > 1) for path in paths}
    for name, table in tables.items() if method == "cell_key" else ():
        if KEY not in table:
            raise InputRefusedError(
                f"{name}.csv has no column {KEY}: cell_key needs the sum of each cell's record keys"
            )
        refuse_narrow_keys(f"{name}.csv", table)
    if absent := [name for name in dimensions if not any(name in t for t in tables.values())]:
        raise InputRefusedError(f"{paths[0]} has no column {absent[0]}")
    return tables


def meaning_of(target: Path) -> Path:
    """The file beside a protected table that says what its cells sum."""
    return target.with_name(f"{target.name}.meaning.json")


def _plain(promise: Promise) -> dict[str, Any]:
    return {name: getattr(promise, name) for name in promise.__dataclass_fields__}


def _write(target: Path, rows: pd.DataFrame) -> None:
    """Every cell as CSV; not seen under its name before it is whole.

    Codes come from outside: one that a spreadsheet would take for a formula is marked as a text.
    """
    figures = (COUNT, "status", "primary")
    codes = {name: rows[name].map(as_text, "ignore") for name in rows if name not in figures}
    shown = rows.assign(primary=rows["primary"].map({True: "true", False: "false"}), **codes)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.unfinished")
    shown.to_csv(unfinished, index=False, lineterminator="\n", encoding="utf-8")
    unfinished.replace(target)


def audit_file(
    path: Path, *, counts: Sequence[Path] = (), sample: int | None = None, promise: Promise | None
) -> list[Verdict]:
    """Attack a protected table of counts that `protect_files` wrote.

    Args:
        path: of the table; what its cells sum is in the file beside it.
        counts: the inner cells with their true counts, if the audit may know them.
        sample: primaries whose interval is examined; None: all.
        promise: what it was to hold; None: as it was protected for.

    Raises:
        InputRefusedError: the file has changed, or is no such table.
    """
    beside = meaning_of(path)
    if not beside.exists():
        raise InputRefusedError(f"{beside} is not there: it says what the cells of {path} sum")
    meaning = json.loads(beside.read_text("utf-8"))
    cells, _ = read_table(path)
    names = meaning["dimensions"]
    for name in (*names, COUNT):
        if name not in cells:
            raise InputRefusedError(f"{path} has no column {name}")
    texts = {name: cells[name].map(from_text) for name in (*names, TABLE) if name in cells}
    cells = cells.assign(**texts).replace({name: {"": None} for name in names})
    cells[COUNT] = pd.to_numeric(cells[COUNT].mask(cells[COUNT].eq("")))
    true = None
    if counts:
        several = len(counts) > 1
        read = {one.stem: read_counts(one, names, linked=several) for one in counts}
        true = pd.concat([t.assign(**{TABLE: k}) for k, t in read.items()]) if several else None
        true = true if several else next(iter(read.values()))
    audit = audit_counts if meaning["method"] in ("suppress", "leave_empty") else audit_rounded
    return [
        audit(
            cells,
            dimensions=names,
            hierarchies=meaning["hierarchies"],
            promise=promise or Promise(**meaning["promise"]),
            name=path.stem,
            counts=true,
            sample=sample,
            **({} if audit is audit_counts else {"additive": meaning["method"] in ADDITIVE}),
        )
    ]


def audit_folder(folder: Path, cubes: Mapping[str, Cube], *, promise: Promise) -> list[Verdict]:
    """Attack the refugee cubes of a release, a verdict a period.

    Args:
        folder: of the published CSV files.
        cubes: the declaration that they were made by.
        promise: what they were to hold.

    Raises:
        InputRefusedError: there is no cube of persons in it.
    """
    names = [n for n, cube in cubes.items() if cube.counts in STOCKS and not cube.derived]
    found = [folder / f"{cube}.csv" for cube in names if (folder / f"{cube}.csv").exists()]
    if not found:
        raise InputRefusedError(f"{folder} holds none of {', '.join(names)} as CSV")
    of = [_cube_file(path, cubes[path.stem]) for path in found]
    cells = pd.concat(of, ignore_index=True)
    lists = {year: _lists(year) for year in sorted(set(cells["geography"]))}
    verdicts = []
    for period, mine in cells.groupby("period", sort=True):
        # Figures of a period in another year's boundaries are examined by themselves.
        for geography, own in mine.groupby("geography", sort=True):
            name = str(period) if geography == period else f"{period} in boundaries of {geography}"
            verdicts.append(
                audit_period(
                    own.reset_index(drop=True),
                    lists[str(geography)],
                    cubes,
                    period=name,
                    promise=promise,
                    sample=None,
                )
            )
    return verdicts


def _released(path: Path) -> pd.DataFrame:
    """A file of ours, of a country: larger than those that are read line by line."""
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError):
        raise InputRefusedError(f"{path} is not a CSV file of published figures") from None


def _cube_file(path: Path, cube: Cube) -> pd.DataFrame:
    table = _released(path)
    own = [name for name in DIMENSIONS if name in cube.dimension_names]
    code = table[own].agg("|".join, axis=1) if len(own) > 1 else table[own[0]]
    value = pd.to_numeric(table["value"].mask(table["value"].eq("")))
    kept = table[["period", "geography", "level", "region"]]
    return kept.assign(cube=path.stem, code=code, value=value, count=float("nan"))


def _lists(year: str) -> pd.DataFrame:
    rows = regions(date(int(year), 1, 1))
    lists = pd.DataFrame(rows, columns=["piece", "level", "region"])
    return lists.assign(geography=year)


def digests(paths: Sequence[Path]) -> dict[str, str]:
    """Name to SHA-256 of what was examined; of a folder, of its CSV files together."""
    found = {}
    for path in paths:
        if path.is_dir():
            files = sorted(path.glob("*.csv"))
            all_of = "".join(digest(one) for one in files)
            found[path.name] = hashlib.sha256(all_of.encode()).hexdigest()
        else:
            found[path.name] = digest(path)
    return found
