"""`folketall synthesise` as a job, with the same options."""

import sys

from folketall.commands.cli import main

sys.exit(main(["synthesise", *sys.argv[1:]]))
