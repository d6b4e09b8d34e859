"""What a person at a terminal sees while a flow runs: below its log a line with what works now, and for how long."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

from rich.live import Live
from rich.text import Text

from cli.log_lines import Terminal
from cli.printing import patience_s
from lake.printable import printable
from tasks import steps
from tasks.steps import STARTED, STILL_AT_WORK, Work, innermost

PER_SECOND = 2
PUBLISH = ("publish", "load", "validate star", "report")
PLANS = {
    "etl": ("discover", "stage", "validate staging", *PUBLISH),
    "rebuild": ("check lake tables", "stage", *PUBLISH),
    "insights": ("query star", "write report"),
}
"""What comes after what in the flow of a command: how the names of the tasks begin."""


@contextmanager
def watched(began_s: float, command: str) -> Iterator[list[Work]]:
    """Watch what works while the body runs a command, and show it; `began_s` is when the wait began (monotonic)."""
    steps.WATCHED = works = list[Work]()
    terminal = next((each for each in logging.getLogger().handlers if isinstance(each, Terminal)), None)
    try:
        if terminal and terminal.stream.isatty() and terminal.console.is_interactive:
            with _shown(works, began_s, PLANS.get(command, ()), terminal):
                yield works
        else:
            steps.EVERY_S = patience_s()
            yield works
    finally:
        steps.WATCHED = None


@contextmanager
def _shown(works: Sequence[Work], began_s: float, plan: Sequence[str], terminal: Terminal) -> Iterator[None]:
    """Show a live line, and not the lines that tell the same in a log."""
    live = _LiveLine(
        get_renderable=lambda: live_line(works, began_s, monotonic(), plan),
        console=terminal.console,
        transient=True,
        redirect_stdout=False,  # it may go elsewhere
        refresh_per_second=PER_SECOND,
    )
    terminal.addFilter(_is_news)
    try:
        with live:
            yield
    finally:
        terminal.removeFilter(_is_news)


def live_line(works: Sequence[Work], began_s: float, now_s: float, plan: Sequence[str]) -> Text:
    """Return how long it has taken so far, what works now (of tasks within tasks the innermost), and what is next."""
    told = "; ".join(
        f"{printable(each.name)}{each.so_far and f', {each.so_far}'}, {now_s - each.began_s:.0f} s"
        for each in innermost([each for each in works if each.ended_s is None])
    )
    following = find_next(works, plan)
    return Text.assemble(
        (f"{now_s - began_s:.0f} s", "bold"),
        f"  {told}",
        (following and f"  next: {following}", "dim"),
        no_wrap=True,
        overflow="ellipsis",
    )


def find_next(works: Sequence[Work], plan: Sequence[str]) -> str:
    """Return what the plan has after the task that began last of those in it; empty at its end."""
    begun = [at for work in works for at, stage in enumerate(plan) if work.name.startswith(stage)]
    return next(iter(plan[begun[-1] + 1 if begun else 0 :]), "")


def _is_news(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    return message != STARTED and not message.startswith(STILL_AT_WORK)


class _LiveLine(Live):
    """A line that a flow does without once its terminal has gone."""

    def refresh(self) -> None:
        """Show the line as it is now."""
        with self._while_there_is_a_terminal():
            super().refresh()

    def stop(self) -> None:
        """Take the line away."""
        with self._while_there_is_a_terminal():
            super().stop()

    @contextmanager
    def _while_there_is_a_terminal(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            self.console.quiet = True
