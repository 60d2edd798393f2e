"""One small session for the whole run: starting Spark costs more than most tests."""

from __future__ import annotations

import logging

import pytest

from folketall.storage.session import QUICK_COMPILER, local_session


@pytest.fixture(scope="session")
def spark():
    logging.getLogger("py4j").setLevel(logging.WARNING)
    session = local_session(
        **{
            "spark.driver.memory": "1g",
            "spark.sql.shuffle.partitions": "1",
            "spark.default.parallelism": "1",
            "spark.sql.adaptive.enabled": "false",
            "spark.driver.extraJavaOptions": " ".join((*QUICK_COMPILER, "-XX:+UseSerialGC")),
        },
    )
    yield session
    session.stop()
