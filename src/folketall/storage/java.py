"""The Java that Spark needs, looked for before anything is started. Imports nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

NEEDED = 17


def what_is_missing() -> str | None:
    """One line that says what is wrong with the machine's Java and what to do, or None."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    wanted = f"Spark needs Java {NEEDED} or later"
    if not java or not Path(java).exists():
        return f"Java was not found; {wanted}: install it or set JAVA_HOME"
    said = subprocess.run(
        [java, "-XX:-UsePerfData", "-version"], capture_output=True, text=True, check=False
    ).stderr
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    if not found or int(found.group(1)) < NEEDED:
        version = found.group(1) if found else "of unknown version"
        return f"Java {version} is too old; {wanted}: install it or set JAVA_HOME"
    return None


def say_what_is_missing() -> None:
    """End the program with status 2 and one line when Java is missing or too old."""
    fault = what_is_missing()
    if fault:
        sys.stderr.write(f"folketall: {fault}\n")
        sys.exit(2)
