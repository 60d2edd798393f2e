"""`folketall protect` as a job, with the same options."""

import sys

from folketall.commands.cli import main

sys.exit(main(["protect", *sys.argv[1:]]))
