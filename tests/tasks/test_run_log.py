"""The log of a run: one record is one line."""

import logging

import pytest
from prefect import flow

from tasks.run_log import run_logger
from tests.hostile import HOSTILE, SEEN


def test_names_and_values_forge_no_line_in_the_log_of_a_run(
    prefect_server: str, caplog: pytest.LogCaptureFixture
) -> None:
    @flow
    def logs() -> None:
        run_logger().warning("%s: %d files, %.2f s", HOSTILE, 3, 0.5)
        run_logger().info(HOSTILE)

    logs()
    said = [record.getMessage() for record in caplog.records if "forged" in record.getMessage()]
    assert said == [f"{SEEN}: 3 files, 0.50 s", SEEN]
    assert {record.name for record in caplog.records if record.levelno == logging.WARNING} == {"prefect.flow_runs"}
