"""The whole line as a job.

spark-submit --packages io.delta:delta-spark_4.2_2.13:4.4.0 --py-files folketall.zip \
  jobs/run.py --deliveries D --warehouse W --years 2015:2025
"""

import sys

from folketall.commands.cli import main

sys.exit(main(["run", *sys.argv[1:]]))
