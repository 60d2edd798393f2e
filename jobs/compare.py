"""`folketall compare` as a job, with the same options."""

import sys

from folketall.commands.cli import main

sys.exit(main(["compare", *sys.argv[1:]]))
