"""`folketall export` as a job, with the same options."""

import sys

from folketall.commands.cli import main

sys.exit(main(["export", *sys.argv[1:]]))
