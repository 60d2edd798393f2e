"""Tables of counts and hierarchies that `folketall protect` is given: read and checked."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from folketall.cubes.keys import KEY, KEYS
from folketall.model.errors import InputRefusedError
from folketall.protection.counts import COUNT

Trees = Mapping[str, Sequence[Mapping[str, str]]]
UNLIKELY = 1e-9
"""Keys that would be drawn by chance no oftener than this are refused."""


def read_counts(path: Path, dimensions: Sequence[str], *, linked: bool) -> pd.DataFrame:
    """Inner cells: the dimensions as trimmed text and whole `n`; every fault is named by its line.

    Args:
        path: of the file.
        dimensions: names of columns.
        linked: whether other tables may have the dimensions that this one lacks.

    Raises:
        InputRefusedError: what is wrong, and where.
    """
    table, lines = read_table(path)
    lacking = [name for name in dimensions if name not in table and not linked]
    if lacking or COUNT not in table:
        raise InputRefusedError(f"{path} has no column {(*lacking, COUNT)[0]}")
    own = [name for name in dimensions if name in table]
    for name in own:
        if (empty := table[name].eq("")).any():
            raise InputRefusedError(f"{path} line {_line(empty, lines)}: {name} is empty")
    for name in (COUNT, KEY) if KEY in table else (COUNT,):
        wrong = ~table[name].str.fullmatch(r"\d{1,15}")
        if wrong.any():
            raise InputRefusedError(
                f"{path} line {_line(wrong, lines)}: {name} must be a whole number from 0, of at "
                "most 15 digits"
            )
        table[name] = table[name].astype("int64")
    if (twice := table.duplicated(own)).any():
        raise InputRefusedError(f"{path} line {_line(twice, lines)}: this cell was there before")
    return table[[*own, COUNT, *([KEY] if KEY in table else [])]]


def read_hierarchy(path: Path) -> dict[str, str]:
    """`code, parent` rows, trimmed; a code without a parent is at the top.

    Raises:
        InputRefusedError: what is wrong, and where.
    """
    table, lines = read_table(path)
    for name in ("code", "parent"):
        if name not in table:
            raise InputRefusedError(f"{path} has no column {name}; a hierarchy has code and parent")
    if (empty := table["code"].eq("")).any():
        raise InputRefusedError(f"{path} line {_line(empty, lines)}: code is empty")
    if (twice := table.duplicated("code")).any():
        raise InputRefusedError(
            f"{path} line {_line(twice, lines)}: this code has a parent already; give overlapping "
            "divisions as files of their own"
        )
    return dict(zip(table["code"], table["parent"], strict=True))


def read_table(path: Path) -> tuple[pd.DataFrame, list[int]]:
    """Every cell as trimmed text, and the line of each row, as an editor counts.

    Raises:
        InputRefusedError: no CSV file; a row whose fields are not those of the header, by line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            rows, lines, before = [], [], 0
            for row in reader:
                if row:
                    rows.append([field.strip() for field in row])
                    lines.append(before + 1)
                before = reader.line_num
    except OSError:
        raise InputRefusedError(f"{path} cannot be read; name a CSV file with a header") from None
    except (UnicodeDecodeError, csv.Error):
        raise InputRefusedError(f"{path} is not a CSV file in UTF-8") from None
    if not rows:
        raise InputRefusedError(f"{path} is empty; name a CSV file with a header")
    header = rows[0]
    if len(set(header)) < len(header):
        raise InputRefusedError(f"{path} line {lines[0]}: two columns have the same name")
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(header):
            raise InputRefusedError(
                f"{path} line {line}: {len(row)} fields, and the header has {len(header)}"
            )
    return pd.DataFrame(rows[1:], columns=header, dtype=object), lines[1:]


def _line(wrong: pd.Series, lines: Sequence[int]) -> int:
    """The line of the first wrong row."""
    return lines[int(wrong.to_numpy().argmax())]


def refuse_unknown_codes(
    tables: Mapping[str, pd.DataFrame], trees: Trees, files: Mapping[str, Sequence[Path]]
) -> None:
    """Codes of the counts that a hierarchy lacks, and codes of hierarchies without a count.

    Levels may come apart: a code is in a hierarchy too when a parent of its is.

    Raises:
        InputRefusedError: naming the codes, and what to do.
    """
    for name, of in trees.items():
        parents = {parent for tree in of for parent in tree.values() if parent}
        counted = {code for table in tables.values() if name in table for code in table[name]}
        for tree, file in zip(of, files[name], strict=True):
            lost = [code for code in sorted(counted) if not _above(code, of) & set(tree)]
            _refuse(lost, f"{name}: {file} lacks")
            unused = sorted(set(tree) - parents - counted - {"total"})
            _refuse(unused, f"{name}: the counts have no row of what {file} lists:")


def _refuse(codes: Sequence[str], said: str) -> None:
    if codes:
        more = f" and {len(codes) - 3} more" if len(codes) > 3 else ""
        raise InputRefusedError(
            f"{said} {', '.join(codes[:3])}{more}; mend the codes, or allow them with "
            "--allow-unknown"
        )


def _above(code: str, trees: Sequence[Mapping[str, str]]) -> set[str]:
    """The code and everything that counts it, through all hierarchies."""
    found: set[str] = set()
    ahead = [code]
    while ahead:
        at = ahead.pop()
        if at and at not in found:
            found.add(at)
            ahead += [tree[at] for tree in trees if at in tree]
    return found


def refuse_narrow_keys(name: str, table: pd.DataFrame) -> None:
    """X1: record keys are drawn from 0 to 2^32 - 1, so that sums of them fill that range too.

    Keys of a narrower range would change every count alike. Held against chance: the largest and
    the smallest key of the cells, and how they are spread (Kolmogorov and Smirnov's bound).

    Raises:
        InputRefusedError: the keys plainly do not fill the range.
    """
    keys = np.sort(table.loc[table[COUNT] > 0, KEY].to_numpy() % KEYS) / KEYS
    if not len(keys):
        return
    steps = np.arange(len(keys) + 1) / len(keys)
    apart = max(float((steps[1:] - keys).max()), float((keys - steps[:-1]).max()))
    chances = (
        float(keys[-1] + 1 / KEYS) ** len(keys),
        float(1 - keys[0]) ** len(keys),
        2 * float(np.exp(-2 * len(keys) * apart**2)),
    )
    if min(chances) < UNLIKELY:
        raise InputRefusedError(
            f"{name}: the sums of record keys in {KEY} do not fill 0 to {KEYS - 1}; draw each "
            f"record's key from 0 to {KEYS - 1}, all alike likely"
        )
