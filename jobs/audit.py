"""`folketall audit` as a job, with the same options."""

import sys

from folketall.commands.cli import main

sys.exit(main(["audit", *sys.argv[1:]]))
