"""The picture of docs/method/disclosure.md: a small table published three ways.

`python bench/disclosure_picture.py` writes docs/method/disclosure.svg.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "folketall"
from matplotlib import pyplot  # noqa: E402

TARGET = Path(__file__).parents[1] / "docs" / "method" / "disclosure.svg"
ROWS, COLUMNS = ("Ask", "Berg", "Dal", "county"), ("asylum", "family", "total")
COUNTS = ((2, 14, 16), (9, 6, 15), (20, 11, 31), (31, 31, 62))
SMALL, EXTRA, SHOWN = "#d1495b", "#edae49", "#e9eef2"
PICTURES = (
    ("The counts: one is small", {}),
    ("Only the small one empty:\n31 - 9 - 20 = 2", {(0, 0): SMALL}),
    ("Four empty: nothing comes out", {(0, 0): SMALL, (0, 1): EXTRA, (1, 0): EXTRA, (1, 1): EXTRA}),
)


def draw(axes: pyplot.Axes, title: str, empty: dict[tuple[int, int], str]) -> None:
    """One table; what is empty has a colour and no figure."""
    axes.set_title(title, fontsize=11)
    axes.set_xlim(-1.1, len(COLUMNS))
    axes.set_ylim(len(ROWS), -0.8)
    axes.axis("off")
    for column, name in enumerate(COLUMNS):
        axes.text(column + 0.5, -0.3, name, ha="center", va="center", fontsize=10)
    for row, name in enumerate(ROWS):
        axes.text(-0.15, row + 0.5, name, ha="right", va="center", fontsize=10)
        for column, count in enumerate(COUNTS[row]):
            colour = empty.get((row, column), SMALL if not empty and count <= 3 else SHOWN)
            box = pyplot.Rectangle((column, row), 0.96, 0.94, facecolor=colour, edgecolor="white")
            axes.add_patch(box)
            shown = "" if (row, column) in empty else str(count)
            axes.text(column + 0.48, row + 0.47, shown, ha="center", va="center", fontsize=12)


def main() -> None:
    """Draw all three side by side."""
    figure, places = pyplot.subplots(1, len(PICTURES), figsize=(11, 3.4))
    for axes, (title, empty) in zip(places, PICTURES, strict=True):
        draw(axes, title, empty)
    figure.tight_layout()
    figure.savefig(TARGET, metadata={"Date": None})


if __name__ == "__main__":
    main()
