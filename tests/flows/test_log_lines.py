"""The terminal's log lines: short, and none after the last word of a failed command."""

import logging
import sys

import pytest

from flows.log_lines import OwnWords, ShortLines


def record(level: int, message: str) -> logging.LogRecord:
    return logging.LogRecord("prefect", level, "file.py", 1, message, None, None)


@pytest.mark.parametrize(
    ("level", "message", "shown"),
    [
        (logging.INFO, "8,056 rows, 0.38 s", True),
        (logging.INFO, "Starting temporary server on http://127.0.0.1:8234", True),
        (logging.INFO, "Stopping temporary server on http://127.0.0.1:8234", False),
        (logging.INFO, "Beginning flow run 'daring-otter' for flow 'sparkify-etl'", False),
        (logging.INFO, "Finished in state Completed()", False),
        (logging.ERROR, "Finished in state Failed('no such file')", False),
        (logging.ERROR, "Task run failed with exception: CopyError('no such file') - Retries are exhausted", False),
        (logging.INFO, "Task run failed with exception: OperationalError('gone') - Retry 1/3 will start 2 s", True),
        (logging.ERROR, "Crash detected! Execution was aborted by an interrupt signal.", False),
        (logging.WARNING, "Still processing items: 12 items remaining...", False),
        (logging.WARNING, "3 rows quarantined", True),
    ],
)
def test_prefects_book_keeping_is_not_shown_nor_what_the_command_says_in_the_end(
    level: int, message: str, shown: bool
) -> None:
    assert OwnWords().filter(record(level, message)) is shown


def test_a_line_is_one_line_without_traceback() -> None:
    line = record(logging.INFO, "Starting temporary server\nSee the documentation")
    assert ShortLines("%(message)s").format(line) == "Starting temporary server"
    try:
        int("the reason")
    except ValueError:
        failed = record(logging.ERROR, "it failed")
        failed.exc_info = sys.exc_info()
        failed.exc_text = "Traceback of another handler"
    assert ShortLines("%(message)s").format(failed) == "it failed"
    assert failed.exc_text == "Traceback of another handler"
