"""Population statistics from person registers, on Spark and Delta Lake."""

__version__ = "0.1.0"
