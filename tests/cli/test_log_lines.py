"""The terminal's log lines: short, and none after the last word of a failed command."""

import logging
import sys

import pytest
import yaml

from cli.__main__ import LOGGING
from cli.log_lines import OwnWords, Printable, ShortLines
from tests.hostile import HOSTILE, is_plain


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


def test_no_text_passes_for_a_line_of_its_own_on_the_terminal() -> None:
    shown = ShortLines("%(levelname)s %(message)s").format(record(logging.WARNING, f"of another library: {HOSTILE}"))
    assert is_plain(shown)
    assert [line[:2] for line in shown.split("\n")] == ["WA", "  "]


def test_what_prefects_pages_show_of_a_failure_can_be_seen() -> None:
    failed = record(logging.ERROR, "it failed")
    try:
        int(HOSTILE)
    except ValueError:
        failed.exc_info = sys.exc_info()
    shown = Printable().format(failed)
    assert "Traceback" in shown
    assert is_plain(shown)


def test_every_handler_shows_what_can_be_seen() -> None:
    settings = yaml.safe_load(LOGGING.read_text())
    formats = {name: settings["formatters"][each["formatter"]]["()"] for name, each in settings["handlers"].items()}
    printable, short = "cli.log_lines.Printable", "cli.log_lines.ShortLines"
    assert formats == {"console": short, "api": printable, "debug": printable, "worker_api": printable}
