"""One step of the line as a job: its name, then the options of `folketall run`.

spark-submit --packages io.delta:delta-spark_4.2_2.13:4.4.0 --py-files folketall.zip \
  jobs/step.py population --deliveries D --warehouse W --years 2015:2025
"""

import sys

from folketall.commands.cli import main

step, *options = sys.argv[1:] or ["--help"]
sys.exit(main(["run", *options, "--from", step, "--to", step] if options else ["steps"]))
