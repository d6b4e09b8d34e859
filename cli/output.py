"""Where an answer goes: to standard output, through a person's pager, or into a file, which is whole or not there."""

import io
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path

from lake.whole_file import whole_file

FORMATS = {".csv": "csv", ".json": "json", ".txt": "table"}
"""The format of a file where none is named, by its suffix."""
USUAL_PAGER = "less"
LESS = "FRX"
"""How less is to work where LESS does not say it, as git has it: show colours, and end by itself where all fits."""


def format_of(out: Path | None) -> str:
    """Return the format of what goes to a file of this name, or to standard output.

    Raises:
        ValueError: the suffix names none.
    """
    if out is None:
        return "table"
    if out.suffix.lower() not in FORMATS:
        raise ValueError(f"--out {out}: the suffix names no format: name {', '.join(FORMATS)}, or give --format")
    return FORMATS[out.suffix.lower()]


@contextmanager
def going_to(out: Path | None, *, pager: bool) -> Iterator[None]:
    """Let what the body prints go to a file, in UTF-8, or through the pager where a person reads it.

    Raises:
        OSError: the file cannot be written, and none is left behind; or there is no such pager.
    """
    if out is not None:
        with whole_file(out.expanduser()) as file, redirect_stdout(file):
            yield
    elif pager and sys.stdout.isatty():
        with _paged():
            yield
    else:
        yield


class _ForAPerson(io.TextIOWrapper):
    """What goes through a pager to a terminal."""

    def isatty(self) -> bool:
        """Return that a terminal shows it."""
        return True


@contextmanager
def _paged() -> Iterator[None]:
    command = os.environ.get("PAGER") or USUAL_PAGER
    try:
        process = subprocess.Popen(  # noqa: S603 - what the person named
            shlex.split(command), stdin=subprocess.PIPE, env={"LESS": LESS, **os.environ}
        )
    except OSError as error:
        raise OSError(f"PAGER={command} cannot be run: {error.strerror}; name another, or leave --pager out") from error
    assert process.stdin is not None  # noqa: S101
    pipe = _ForAPerson(process.stdin, encoding=sys.stdout.encoding, errors=sys.stdout.errors)
    try:
        with suppress(BrokenPipeError), pipe, redirect_stdout(pipe):  # who reads may have had enough
            yield
    finally:
        _wait_for(process)


def _wait_for(process: "subprocess.Popen[bytes]") -> None:
    """Wait until a pager ends; Ctrl-C is for it."""
    while True:
        try:
            process.wait()
        except KeyboardInterrupt:
            continue
        return
