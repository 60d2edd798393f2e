"""The verdict on everything published together, in numbers, in words and as a certificate."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from folketall.model.errors import StatisticsError

SHOWN = 20
"""Cells that a certificate names; the numbers count all of them."""


@dataclass(frozen=True)
class Promise:
    """What the protection was to hold: the audit is of this, and of nothing less (X2, X3)."""

    threshold: int = 3
    zeros: bool = False
    """Zeros are primary too; if not, an empty cell is known to be at least 1."""
    singletons: str = "owner"
    min_width: int = 2
    public: bool = True
    """Residents by region, sex and age are published as they are, and no secret (X0)."""


@dataclass(frozen=True)
class Found:
    """A kind of finding: how many, and the first of them in words."""

    number: int = 0
    cells: tuple[str, ...] = ()

    @classmethod
    def of(cls, cells: list[str]) -> Found:
        return cls(len(cells), tuple(cells[:SHOWN]))


@dataclass(frozen=True)
class Verdict:
    """What an attacker can and cannot do with everything published together (X3)."""

    name: str
    promise: Promise
    cells: int
    suppressed: int
    primary: int | None
    """None: the audit was not told which; then those whose value came out small."""
    unknowns: int
    equations: int
    freedom: int
    """Dimensions in which the suppressed counts can move together."""
    contradictions: int = 0
    published: Found = field(default_factory=Found)
    """Primary cells that are not empty."""
    disclosed: Found = field(default_factory=Found)
    """Primary cells whose count can be computed."""
    computable: Found = field(default_factory=Found)
    """Other suppressed cells whose count can be computed: needless, not harmful."""
    owners: Found | None = None
    """Primaries that the one person of another cell can compute; None: not examined."""
    sums: Found | None = None
    """Counts of 1 that known sums of them give away; None: not examined."""
    intervals: int = 0
    """Primaries whose interval was examined."""
    of_intervals: int = 0
    """Primaries there are to examine."""
    narrow: Found = field(default_factory=Found)
    """Intervals narrower than promised."""
    pinned: Found = field(default_factory=Found)
    """Intervals that hold one whole number."""
    widths: tuple[tuple[str, int], ...] = ()
    """How wide the intervals followed to their ends are: width and number."""
    programs: int = 0
    differences: Found | None = None
    """Small counts that a comparison with earlier releases gives away; None: not examined."""
    not_examined: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    """What the audit of this kind of cubes does not ask at all; every verdict says so."""

    @property
    def faults(self) -> tuple[str, ...]:
        """What fails, in words; empty when the promise is kept."""
        kinds = {
            "published figures contradict each other": self.contradictions,
            "small counts are published": self.published.number,
            "small counts can be computed": self.disclosed.number,
            f"small counts are known to less than {self.promise.min_width}": self.narrow.number,
        }
        if self.promise.singletons == "owner" and self.owners:
            kinds["small counts can be computed by one of the counted"] = self.owners.number
        if self.promise.singletons != "none" and self.sums:
            kinds["counts of 1 are given away by sums"] = self.sums.number
        if self.differences:
            kinds["small counts come out by comparison"] = self.differences.number
        return tuple(f"{number} {what}" for what, number in kinds.items() if number)

    @property
    def examined(self) -> tuple[str, ...]:
        """What was examined, in words."""
        said = ["published figures and what can be computed from them"]
        said += ["what the one person of a cell can compute"] if self.owners else []
        said += ["sums of single persons"] if self.sums else []
        said += ["comparison with earlier releases"] if self.differences else []
        if self.intervals:
            said.append(f"intervals of {self.intervals} of {self.of_intervals} small counts")
        return tuple(said)

    @property
    def lacking(self) -> tuple[str, ...]:
        """What was promised and not examined, in words (X3); empty when nothing is."""
        if not self.suppressed:
            return ()
        asked, known = self.promise.singletons, self.primary is not None
        kinds = {
            "what the one person of a cell can compute": asked == "owner" and not self.owners,
            "sums of single persons": asked != "none" and not self.sums,
            "intervals of the small counts": self.promise.min_width > 0
            and not self.intervals
            and (self.of_intervals > 0 or not known),
        }
        return tuple(w for w, missing in kinds.items() if missing and w not in self.left_out)

    @property
    def passed(self) -> bool:
        """Whether everything promised was examined and holds (X3)."""
        return not self.faults and not self.lacking

    @property
    def summary(self) -> str:
        """One line: passed, not passed or failed; what was examined and what was not."""
        examined = f"examined: {'; '.join(self.examined)}"
        examined += f"; not examined: {'; '.join(self.left_out)}" if self.left_out else ""
        if self.faults:
            return f"{self.name}: FAILED: {'; '.join(self.faults)} ({examined})"
        if self.lacking:
            return (
                f"{self.name}: NOT PASSED: not examined: {'; '.join(self.lacking)}; "
                f"nothing else failed ({examined})"
            )
        said = f"{self.name}: passed: {self.suppressed} of {self.cells} cells are empty"
        return f"{said}, no small count can be computed ({examined})"

    @property
    def text(self) -> str:
        """A short verdict for people."""
        return "\n".join([self.summary, *(f"  {line}" for line in self._lines())])

    def _lines(self) -> list[str]:
        small = "?" if self.primary is None else str(self.primary)
        lines = [
            f"{self.cells} cells, {self.suppressed} suppressed ({small} primary); "
            f"{self.unknowns} unknown counts, {self.equations} equations, "
            f"{self.freedom} dimensions left open",
            f"computable exactly: {self.disclosed.number} primary, {self.computable.number} other",
        ]
        for what, found in (
            ("by the one person of a cell", self.owners),
            ("by sums of single persons", self.sums),
            ("by comparison with earlier releases", self.differences),
        ):
            lines.append(f"{what}: {'not examined' if found is None else found.number}")
        lines.append(
            f"intervals: {self.intervals} of {self.of_intervals} primaries, {self.narrow.number} "
            f"narrower than {self.promise.min_width}, {self.pinned.number} with one whole number"
        )
        first = next((f.cells[0] for f in self._fatal() if f.cells), None)
        return [*lines, *([f"for example {first}"] if first else []), *self.not_examined]

    def _fatal(self) -> tuple[Found, ...]:
        others = [found for found in (self.owners, self.sums, self.differences) if found]
        return (self.published, self.disclosed, *others, self.narrow)

    def figures(self) -> dict[str, Any]:
        """Every figure, as plain values."""
        return {"passed": self.passed, "faults": list(self.faults), **asdict(self)}

    @classmethod
    def read(cls, figures: dict[str, Any]) -> Verdict:
        """A verdict from its figures, such as a worker sends them."""
        known = {name: value for name, value in figures.items() if name not in ("passed", "faults")}
        for name, value in known.items():
            if isinstance(value, dict):
                known[name] = (
                    Promise(**value)
                    if name == "promise"
                    else Found(value["number"], tuple(value["cells"]))
                )
        known["widths"] = tuple((width, number) for width, number in known["widths"])
        for name in ("not_examined", "left_out"):
            known[name] = tuple(known.get(name, ()))
        return cls(**known)


def write_certificate(path: Path, verdicts: list[Verdict], *, of: dict[str, str]) -> None:
    """Write every figure of the verdicts as JSON; the same verdicts give the same bytes (X3).

    Args:
        path: of the certificate.
        verdicts: of everything that is released together.
        of: what was examined: name to digest.
    """
    said = {
        "passed": all(verdict.passed for verdict in verdicts),
        "of": of,
        "verdicts": [verdict.figures() for verdict in verdicts],
    }
    text = json.dumps(said, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text, "utf-8")
    unfinished.replace(path)


def digest(path: Path) -> str:
    """SHA-256 of a file, as certificates name what they are of."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def stop_unless_passed(verdicts: list[Verdict]) -> None:
    """What fails stops the release (X3).

    Raises:
        StatisticsError: naming the first that fails.
    """
    failed = [verdict.summary for verdict in verdicts if not verdict.passed]
    if failed:
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        raise StatisticsError(f"the audit stops the release: {failed[0]}{more}")
