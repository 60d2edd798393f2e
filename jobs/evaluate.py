"""`folketall evaluate` as a job, with the same options."""

import sys

from folketall.commands.cli import main

sys.exit(main(["evaluate", *sys.argv[1:]]))
