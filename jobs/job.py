r"""The command as a job: `jobs/job.py run ...` is `folketall run ...`.

spark-submit --packages io.delta:delta-spark_4.2_2.13:4.4.0 --py-files folketall.zip jobs/job.py \
  run --deliveries D --warehouse W --years 2015:2025
"""

from folketall.commands.cli import entry

entry()
