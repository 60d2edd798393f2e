"""`folketall protect` and `folketall audit`: options and what is said, without a session."""

from __future__ import annotations

import argparse
from pathlib import Path

from folketall.commands.options import Add, add_settings
from folketall.model.errors import UsageError
from folketall.model.settings import read_settings

PROTECT = (
    "Protect a table of counts; no registers needed. Several tables that count the same persons "
    "are protected together. Writes every cell, margins included, and beside it what cells mean."
)
PROTECT_EXAMPLE = (
    "folketall protect counts.csv --dimensions region,sex --hierarchy region=counties.csv "
    "--method suppress --to out.csv"
)
AUDIT = (
    "Attack what is to be published: exact disclosure, single persons and intervals. A small count "
    "that comes out ends it with exit status 4. Writes a certificate with every figure."
)
AUDIT_EXAMPLE = "folketall audit out.csv --counts counts.csv"


def add_count_commands(add: Add) -> None:
    """Add both commands."""
    parser = add("protect", _protect, PROTECT, PROTECT_EXAMPLE)
    parser.add_argument("counts", nargs="+", type=Path, metavar="COUNTS.csv")
    parser.add_argument("--dimensions", required=True, help="columns, with commas between")
    parser.add_argument(
        "--hierarchy",
        action="append",
        default=[],
        metavar="DIMENSION=FILE",
        help="code, parent rows; several files for one dimension are overlapping divisions, or "
        "levels: a parent in one may be a code in another",
    )
    parser.add_argument(
        "--allow-unknown",
        action="store_true",
        help="take codes of the counts that a hierarchy lacks, and codes that no count has",
    )
    parser.add_argument(
        "--method",
        required=True,
        help="suppress, small_count_rounding, round_up, leave_empty or cell_key; for cell_key the "
        "column key has the sum of each cell's record keys, drawn from 0 to 4294967295",
    )
    parser.add_argument("--to", type=Path, required=True, metavar="OUT.csv")
    add_settings(parser)
    parser = add("audit", _audit, AUDIT, AUDIT_EXAMPLE)
    parser.add_argument("what", type=Path, metavar="RELEASE|OUT.csv")
    parser.add_argument(
        "--counts",
        nargs="+",
        type=Path,
        default=[],
        metavar="COUNTS.csv",
        help="the true counts of OUT.csv: then single persons and intervals are examined, too",
    )
    parser.add_argument(
        "--sample", type=int, help="primaries whose interval is examined (default all)"
    )
    parser.add_argument("--certificate", type=Path, help="default: WHAT.audit.json beside it")
    add_settings(parser)


def _protect(arguments: argparse.Namespace) -> None:
    from folketall.commands.console import say
    from folketall.commands.counts_files import protect_files

    rows = protect_files(
        arguments.counts,
        dimensions=_words(arguments.dimensions),
        hierarchy_files=[_pair(text) for text in arguments.hierarchy],
        method=arguments.method,
        settings=read_settings(arguments.conf, arguments.set),
        target=arguments.to,
        allow_unknown=arguments.allow_unknown,
    )
    changed = rows["status"].notna()
    primary = int(rows["primary"].sum())
    status = next(iter(sorted(rows["status"].dropna().unique())), "changed")
    say(f"{len(rows)} cells, {primary} small, {int(changed.sum())} {status}: {arguments.to}")


def _audit(arguments: argparse.Namespace) -> None:
    from folketall.audit.verdict import stop_unless_passed, write_certificate
    from folketall.commands.console import say
    from folketall.commands.counts_files import (
        audit_file,
        audit_folder,
        digests,
        meaning_of,
        refuse_inputs,
    )
    from folketall.line.cubes import cubes_of, promise_of

    what: Path = arguments.what
    if arguments.sample is not None and arguments.sample < 0:
        raise UsageError("--sample must not be negative")
    settings = read_settings(arguments.conf, arguments.set)
    chosen = arguments.conf is not None or bool(arguments.set)
    promise = promise_of(settings)
    certificate = arguments.certificate or what.with_name(f"{what.name}.audit.json")
    refuse_inputs([certificate], [what, meaning_of(what), *arguments.counts])
    if what.is_dir():
        if arguments.counts:
            raise UsageError("--counts goes with OUT.csv, not with a release")
        folder = what / "published" if (what / "published").is_dir() else what
        verdicts = audit_folder(folder, cubes_of(settings), promise=promise)
    else:
        verdicts = audit_file(
            what,
            counts=arguments.counts,
            sample=arguments.sample,
            promise=promise if chosen else None,
        )
    write_certificate(certificate, verdicts, of=digests([what]))
    for verdict in verdicts:
        say(verdict.text)
    say(f"Certificate: {certificate}")
    stop_unless_passed(verdicts)


def _words(text: str) -> list[str]:
    found = [word.strip() for word in text.split(",")]
    if not all(found) or len(set(found)) < len(found):
        raise UsageError(f"--dimensions {text}: write different names with commas between")
    return found


def _pair(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise UsageError(f"--hierarchy {text}: write it as dimension=file")
    return name, Path(path)
