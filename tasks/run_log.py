"""The log of a run: names and values in its lines cannot forge further lines."""

import logging
from typing import Any

from prefect import get_run_logger

from lake.printable import printable


class _PrintableLines(logging.LoggerAdapter[Any]):
    """A logger whose every record is one line of what can be seen, on the terminal and on Prefect's pages."""

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        shown = [arg if isinstance(arg, int | float) else printable(str(arg)) for arg in args]
        super().log(level, printable(str(msg)), *shown, **kwargs)


def run_logger() -> logging.LoggerAdapter[Any]:
    """Return the logger of the task run or the flow run that this is."""
    return _PrintableLines(get_run_logger(), {})
