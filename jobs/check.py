"""`folketall check` as a job, with the same options."""

import sys

from folketall.commands.cli import main

sys.exit(main(["check", *sys.argv[1:]]))
