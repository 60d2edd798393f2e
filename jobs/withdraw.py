"""`folketall withdraw` as a job, with the same options."""

import sys

from folketall.commands.cli import main

sys.exit(main(["withdraw", *sys.argv[1:]]))
