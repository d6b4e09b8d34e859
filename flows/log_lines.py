"""How the terminal shows log lines while a flow runs: short ones. Named by logging.yml: it imports little."""

import logging
from copy import copy

from prefect.logging.formatters import PrefectFormatter

NOISE = (
    "Beginning flow run",
    "Finished in state",
    "Created task run",
    "Submitting task run",
    "View at ",
    "Stopping temporary",
)


class OwnWords(logging.Filter):
    """Let the project's own lines and every warning through, not Prefect's book-keeping of each task."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the terminal should show the record."""
        return record.levelno >= logging.WARNING or not record.getMessage().startswith(NOISE)


class ShortLines(PrefectFormatter):
    """Format without tracebacks: they are in the Prefect UI, and the command ends with a sentence that says it all."""

    def format(self, record: logging.LogRecord) -> str:
        """Leave the traceback out, also where another handler has put it into words already."""
        line = copy(record)
        line.exc_info = line.exc_text = None
        if record.levelno == logging.INFO:
            line.msg, line.args = record.getMessage().partition("\n")[0], ()
        return super().format(line)
