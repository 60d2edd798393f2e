"""`folketall show` as a job, with the same options."""

import sys

from folketall.commands.cli import main

sys.exit(main(["show", *sys.argv[1:]]))
