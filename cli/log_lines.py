"""How log lines are shown while a flow runs: on the terminal short ones. Named by logging.yml: it imports little."""

import logging
from copy import copy
from functools import partial
from typing import Any

from prefect.logging.formatters import PrefectFormatter
from prefect.logging.handlers import PrefectConsoleHandler

from lake.printable import printable_lines

NOISE = (
    "Beginning flow run",
    "Created task run",
    "Submitting task run",
    "View at ",
    "Stopping temporary",
)
SAID_IN_THE_END = (
    "Finished in state",
    "Encountered exception during execution",
    "Crash detected!",
    "Task run failed",
    "Task run exceeded timeout",
    "Flow run failed",
    "Flow run exceeded timeout",
    "Still processing items",  # logged by each of Prefect's threads when a server is slow or gone
    "Service 'APILogWorker' failed",
    "Service 'EventsWorker' failed",
    "Unable to connect to 'ws",
)
"""What Prefect logs of a failure, task by task, which the command prints once, in its last line."""
RETRIED = " - Retry "


class OwnWords(logging.Filter):
    """Let the project's own lines and warnings through, not Prefect's state changes of each task."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the terminal should show the record."""
        message = record.getMessage()
        if message.startswith(SAID_IN_THE_END):
            return RETRIED in message
        return record.levelno >= logging.WARNING or not message.startswith(NOISE)


class Printable(logging.Formatter):
    """Format for Prefect's pages: whole lines and tracebacks, with nothing in them that a reader could not see."""

    def format(self, record: logging.LogRecord) -> str:
        """Write out what cannot be seen."""
        return printable_lines(super().format(record))


class ShortLines(PrefectFormatter):
    """Format without tracebacks: they are in the Prefect UI, and the command ends with a readable message.

    Nothing in a line passes for another: what cannot be seen is written out, and further lines are indented.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Leave the traceback out, also where another handler has put it into words already."""
        line = copy(record)
        line.exc_info = line.exc_text = None
        if record.levelno == logging.INFO:
            line.msg, line.args = record.getMessage().partition("\n")[0], ()
        return printable_lines(super().format(line)).replace("\n", "\n  ")


class Terminal(PrefectConsoleHandler):
    """Prefect's console, which a flow outlives: where nobody reads the lines any more, there are none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # rich would end the process
        self.console.on_broken_pipe = partial(setattr, self.console, "quiet", True)  # type: ignore[method-assign]
