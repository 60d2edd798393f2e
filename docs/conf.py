"""How Sphinx makes the documentation: `make docs`, then open `out/docs/index.html`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]
# The help of the commands is as wide as its box.
os.environ["COLUMNS"] = "96"

from site_pages import write_pages  # noqa: E402

project = "folketall"
author = "The founders of folketall"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["README.md"]
html_theme = "furo"
html_title = "folketall"
html_copy_source = False
html_show_copyright = False
myst_heading_anchors = 3
# Links to files of the tree that are no pages are shown as text.
suppress_warnings = ["myst.xref_missing"]

write_pages(HERE / "generated")
