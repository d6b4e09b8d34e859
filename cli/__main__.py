"""The `sparkify` command line: `python -m cli` is the same.

Exit status: 0 the flow completed; 1 it failed, and the last lines on stderr have what, where and what to do; 2 wrong
usage; 130 and 143 a signal ended it. Modules are imported by the command that needs them, so that `sparkify sql` need
not wait for Prefect.
"""

import gc
import io
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from cli.printing import print_no_more, say

if TYPE_CHECKING:
    from cli.arguments import Call

LOGGING = Path(__file__).with_name("logging.yml")


def process() -> NoReturn:
    """Run one command as a process, which ends with the command's last message, whatever its threads still do."""
    gc.set_threshold(100_000)  # what is imported stays: looking for garbage in it takes a tenth of the start
    _open_closed_streams()
    _write_out_what_the_locale_lacks()
    signal.signal(signal.SIGTERM, _interrupt)
    logging.raiseExceptions = False  # a log line that cannot be written is no error
    status = main()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(status)


def _open_closed_streams() -> None:
    """Let a standard stream that was closed (`>&-`) be one that nobody reads: no other file may get its number."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
            os.set_inheritable(number, True)
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115


def _write_out_what_the_locale_lacks() -> None:
    """Let a character that the encoding of the locale has not be written as its escape, as on stderr."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _interrupt(number: int, _: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt(signal.Signals(number))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, and return its exit status."""
    from cli.arguments import WrongUsage, read
    from cli.telemetry import report_nothing

    report_nothing()
    try:
        call = read(sys.argv[1:] if arguments is None else arguments)
        if call.command:
            _require_good_usage(call)
    except WrongUsage as error:
        say(f"usage: sparkify {'[COMMAND] ' if not error.command else f'{error.command} '}--help", str(error))
        return 2
    if not call.command:
        return _run(call)
    from cli.homes import closed_to_others

    with closed_to_others(call.options):
        return _run(call)


def _require_good_usage(call: "Call") -> None:
    from cli.arguments import WrongUsage
    from cli.usage import require_good_usage
    from warehouse import failure_message

    try:
        require_good_usage(call.command, call.options)
    except Exception as error:
        raise WrongUsage(call.command, failure_message(error)) from error


def _run(call: "Call") -> int:
    name = f"sparkify {call.command}".strip()
    try:
        if call.command:
            _prepare(call)
        call.run()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has had enough
        print_no_more()
    except KeyboardInterrupt as error:
        say("; ".join([f"{name}: interrupted", *getattr(error, "__notes__", ())]))
        return 128 + int(error.args[0] if error.args else signal.SIGINT)
    except Exception as error:  # noqa: BLE001 - whatever it is, the person gets a message and not a traceback
        from warehouse import failure_message

        say(*getattr(error, "__notes__", ()), f"{name} failed: {failure_message(error)}")
        return 1
    return 0


def _prepare(call: "Call") -> None:
    """Set up the environment of this process and of all that it starts."""
    from cli.homes import use_homes
    from cli.proxies import keep_loopback_off_proxies
    from cli.usage import require_aws

    os.environ.setdefault("PREFECT_LOGGING_SETTINGS_PATH", str(LOGGING))
    keep_loopback_off_proxies()
    use_homes(call.command, call.options)
    require_aws(call.command, call.options)


if __name__ == "__main__":
    process()
