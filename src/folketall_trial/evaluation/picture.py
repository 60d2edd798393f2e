"""The picture of an evaluation: four views on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from folketall_trial.evaluation.results import TOTAL

Row = Mapping[str, Any]
RIGHT, WRONG, INK, PALE = "#1f6f8b", "#c8553d", "#333333", "#b9cdd4"


def draw(rows: Sequence[Row], path: Path) -> None:
    """Write the picture as PNG: linkage, reasons, first immigrations, published against true.

    Args:
        rows: FIELDS, every part.
        path: the file.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 9), layout="constrained")
    FigureCanvasAgg(figure)
    linkage, reasons, first, figures = figure.subplots(2, 2).flat
    _linkage(linkage, [row for row in rows if row["part"] == "linkage"])
    _confusion(reasons, [r for r in rows if r["part"] == "reason" and r["by"] == "confusion"])
    _first(first, [row for row in rows if row["part"] == "first_immigration"])
    _figures(figures, [row for row in rows if row["part"] == "figures"])
    # Without the version of the library, the same rows give the same bytes.
    figure.savefig(path, dpi=110, metadata={"Software": None})


def _values(rows: Sequence[Row], measure: str, by: str | None = None) -> dict[str, float]:
    return {
        row["group"]: row["value"]
        for row in rows
        if row["measure"] == measure and (by is None or row["by"] == by)
    }


def _linkage(axes: Any, rows: Sequence[Row]) -> None:
    """Links that are wrong and numbers missed, per thousand: precision near 1 shows nothing."""
    groups = [*sorted(_values(rows, "findable", "period")), TOTAL]
    precision, recall = (
        _values(rows, "precision", "period") | _values(rows, "precision", "all"),
        _values(rows, "recall", "period") | _values(rows, "recall", "all"),
    )
    places = range(len(groups))
    for shift, values, colour, word in (
        (-0.2, precision, WRONG, "wrong, per 1 000 links"),
        (0.2, recall, RIGHT, "not found, per 1 000 that could be"),
    ):
        heights = [1000 * (1 - values[group]) if group in values else 0 for group in groups]
        bars = axes.bar([p + shift for p in places], heights, 0.4, color=colour, label=word)
        axes.bar_label(bars, fmt="%.1f", fontsize=8, color=INK)
    axes.set_xticks(
        list(places),
        [group.replace("-", "–").replace(" and", "\nand") for group in groups],
        fontsize=9,
    )
    axes.margins(y=0.25)
    axes.legend(frameon=False, fontsize=8, loc="upper right")
    _plain(axes, "Linkage by the year of the DUF number")


def _confusion(axes: Any, rows: Sequence[Row]) -> None:
    """Of each true reason, the share that was given each reason."""
    words = sorted({row[side] for row in rows for side in ("true", "found")})
    true = [word for word in words if any(row["true"] == word for row in rows)]
    counts = {(row["true"], row["found"]): row["value"] for row in rows}
    sums = {one: sum(counts.get((one, word), 0) for word in words) for one in true}
    shares = [[counts.get((one, word), 0) / sums[one] for word in words] for one in true]
    if shares:
        axes.imshow(shares, cmap="GnBu", vmin=0, vmax=1, aspect="auto")
    for down, line in enumerate(shares):
        for across, share in enumerate(line):
            if share:
                colour = "white" if share > 0.6 else INK
                axes.text(across, down, f"{100 * share:.1f}", ha="center", va="center",
                          color=colour, fontsize=9)  # fmt: skip
    axes.set_xticks(range(len(words)), words, fontsize=9)
    axes.set_yticks(range(len(true)), true, fontsize=9)
    axes.set_xlabel("found")
    axes.set_ylabel("true")
    _plain(axes, "Reason for first immigration, per cent of the true")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def _first(axes: Any, rows: Sequence[Row]) -> None:
    """All first immigrations by how far off the date is."""
    errors = ("within_31_days", "within_a_year", "further_off", "not_true", "not_found")
    total = [row for row in rows if row["by"] == "all"]
    persons = _values(total, "persons").get(TOTAL, 0.0)
    counts = [_values(total, error).get(TOTAL, 0.0) for error in errors]
    shares = [1000 * count / persons if persons else 0.0 for count in counts]
    bars = axes.barh(range(len(errors)), shares, color=WRONG)
    axes.bar_label(bars, fmt=" %.1f", fontsize=8, color=INK)
    axes.set_yticks(range(len(errors)), [e.replace("_", " ") for e in errors], fontsize=9)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    right = _values(total, "share_right").get(TOTAL)
    said = "" if right is None else f" ({100 * right:.2f} % on it)"
    _plain(axes, f"First immigrations off the day, per 1 000{said}")


def _figures(axes: Any, rows: Sequence[Row]) -> None:
    """How far each published figure is from the true one, in the newest year."""
    if not rows:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "No figures are published yet.", ha="center", color=INK)
        return
    newest = max(row["by"] for row in rows)
    own = [row for row in rows if row["by"] == newest]
    true, published = _values(own, "true"), _values(own, "published")
    names = sorted((n for n in true if n in published and true[n]), key=lambda n: -true[n])
    off = [100 * (published[name] - true[name]) / true[name] for name in names]
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.hlines(range(len(names)), 0, off, color=PALE, linewidth=3)
    axes.plot(off, range(len(names)), "o", color=RIGHT, markersize=6)
    words = [f"{n.replace('_', ' ')} ({true[n]:,.0f})".replace(",", " ") for n in names]
    axes.set_yticks(range(len(names)), words, fontsize=9)
    axes.invert_yaxis()
    widest = max((abs(value) for value in off), default=0)
    axes.set_xlim(-1.2 * widest - 0.1, 1.2 * widest + 0.1)
    axes.set_xlabel("per cent off the true figure")
    _plain(axes, f"Published against true figures {newest}")


def _plain(axes: Any, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=11, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
