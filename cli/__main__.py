"""The `sparkify` command line: `python -m cli` is the same.

Exit status: 0 the flow completed; 1 it failed, and the last lines on stderr say what, where and what to do; 2 wrong
usage; 130 and 143 a signal ended it. Modules are imported by the command that needs them, so that `sparkify sql` need
not wait for Prefect.
"""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial, wraps
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from cli.arguments import parser

LOGGING = Path(__file__).with_name("logging.yml")
Command = Callable[[argparse.Namespace], None]
Prepared = tuple[Callable[[], Any], Callable[[Any], object]]
"""How to run a flow, and how to print what it returned."""
Prepare = Callable[[argparse.Namespace], Prepared]
"""What imports all that a flow needs."""


def process() -> NoReturn:
    """Run one command as a process, which ends with the command's last words, whatever its threads are still at."""
    _open_closed_streams()
    signal.signal(signal.SIGTERM, _interrupt)
    logging.raiseExceptions = False  # nobody needs to hear that a log line could not be written
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


def _interrupt(number: int, _: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt(signal.Signals(number))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, and return its exit status."""
    from cli.homes import closed_to_others
    from cli.telemetry import report_nothing

    report_nothing()
    options = parser().parse_args(arguments)
    _require_good_usage(options)
    with closed_to_others(options):
        return _run(options)


def _run(options: argparse.Namespace) -> int:
    try:
        _prepare(options)
        COMMANDS[options.command](options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has had enough
        _print_no_more()
    except KeyboardInterrupt as error:
        _say("; ".join([f"sparkify {options.command}: interrupted", *getattr(error, "__notes__", ())]))
        return 128 + int(error.args[0] if error.args else signal.SIGINT)
    except Exception as error:  # noqa: BLE001 - whatever it is, the person gets a sentence and not a traceback
        from warehouse import sentence

        _say(*getattr(error, "__notes__", ()), f"sparkify {options.command} failed: {sentence(error)}")
        return 1
    return 0


def _require_good_usage(options: argparse.Namespace) -> None:
    from cli.usage import require_good_usage
    from warehouse import sentence

    try:
        require_good_usage(options)
    except Exception as error:  # noqa: BLE001 - as above
        options.refuse(sentence(error))


def _prepare(options: argparse.Namespace) -> None:
    """Set up the environment of this process and of all that it starts."""
    from cli.homes import use_homes
    from cli.proxies import keep_loopback_off_proxies

    os.environ.setdefault("PREFECT_LOGGING_SETTINGS_PATH", str(LOGGING))
    keep_loopback_off_proxies()
    use_homes(options)


def _say(*lines: str) -> None:
    """Print last words, if anybody still reads them."""
    from lake.printable import printable_lines

    with suppress(OSError):
        print(*map(printable_lines, lines), sep="\n", file=sys.stderr, flush=True)


def _print(words: object) -> None:
    """Print what a command has done."""
    from lake.printable import printable

    print(printable(str(words)))


def _print_no_more() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _with_a_server(prepare: Prepare) -> Command:
    """Make a command of one that runs a flow: what it imports, it imports while a Prefect server starts."""

    @wraps(prepare)
    def command(options: argparse.Namespace) -> None:
        from cli.prefect_server import own_server

        with own_server() as wait_for_server:
            run, show = prepare(options)
            wait_for_server()
            from cli.outcome import told

            result = told(run)
            with _outliving_its_reader(options.command):
                show(result)
                sys.stdout.flush()

    return command


def _on_aws(command: Command) -> Command:
    """Make a command of one that only means something for a warehouse on AWS."""

    @wraps(command)
    def checked(options: argparse.Namespace) -> None:
        from warehouse import NOT_ON_AWS, WarehouseError

        if options.warehouse == "local":
            raise WarehouseError(NOT_ON_AWS)
        command(options)

    return checked


@contextmanager
def _outliving_its_reader(command: str) -> Iterator[None]:
    """Print what a flow has done: it stays done where that cannot be printed, or nobody waits for it."""
    try:
        yield
    except (OSError, KeyboardInterrupt) as error:
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            _say(f"sparkify {command} is done, but cannot print what it did: {error}")
        _print_no_more()


@_with_a_server
def _etl(options: argparse.Namespace) -> Prepared:
    from cli.console import print_summary
    from cli.warm_up import warm_up_etl
    from flows.etl import etl

    warm_up_etl(options.warehouse, options.events, options.songs, full_refresh=options.full_refresh)
    return (
        lambda: etl(
            warehouse=options.warehouse,
            events=options.events,
            songs=options.songs,
            full_refresh=options.full_refresh,
            add_source=options.add_source,
            moved_from=options.moved_from,
            quarantine_budget=options.quarantine_budget,
            compact_songs=options.compact_songs,
            resume_first=options.resume_first,
            pause_after=options.pause_after,
            keep_data_docs=options.keep_data_docs,
        ),
        print_summary,
    )


@_with_a_server
def _audit(options: argparse.Namespace) -> Prepared:
    from cli.console import print_suites
    from expectations.running.run import warm_up
    from flows.audit import audit

    warm_up()
    return (
        lambda: audit(warehouse=options.warehouse, keep_data_docs=options.keep_data_docs),
        lambda validated: print_suites("Audit of the whole star", validated.suites),
    )


@_with_a_server
def _sample(options: argparse.Namespace) -> Prepared:
    from flows.sample import sample
    from sample_lake.simulation import LakeSummary

    def run() -> LakeSummary:
        return sample(
            out=options.out,
            events=options.events,
            songs=options.songs,
            users=options.users,
            days=options.days,
            seed=options.seed,
        )

    def show(written: LakeSummary) -> None:
        files = written.log_files + written.song_files
        _print(f"{written.events:,} events and {written.song_files:,} songs in {files:,} files under {options.out}")

    return run, show


def _sql(options: argparse.Namespace) -> None:
    from cli.query import find_statement, list_questions, query
    from cli.rows import print_rows

    if options.list:
        print_rows(*list_questions(), options.format, options.limit)
        return
    asked = find_statement(options.statement, options.file, options.param)
    with _blocks_of(options.warehouse), query(options.warehouse, asked) as (columns, rows):
        print_rows(columns, rows, options.format, options.limit)


@contextmanager
def _blocks_of(warehouse: str) -> Iterator[None]:
    """Have a Prefect server in the body that knows the warehouse's block, if it is one."""
    if warehouse == "local":
        yield
        return
    from cli.prefect_server import own_server

    with own_server() as wait_for_server:
        wait_for_server()
        yield


@_with_a_server
def _insights(options: argparse.Namespace) -> Prepared:
    from flows.insights import insights

    return lambda: insights(warehouse=options.warehouse, out=options.out), _print


@_with_a_server
def _provision(options: argparse.Namespace) -> Prepared:
    from cli.console import print_resources
    from flows.provision import provision_warehouse

    return (
        lambda: provision_warehouse(warehouse=options.warehouse),
        partial(print_resources, f"{options.warehouse} is ready"),
    )


@_on_aws
@_with_a_server
def _pause(options: argparse.Namespace) -> Prepared:
    from flows.pause import pause_warehouse

    return lambda: pause_warehouse(warehouse=options.warehouse), lambda _: None


@_on_aws
@_with_a_server
def _resume(options: argparse.Namespace) -> Prepared:
    from flows.resume import resume_warehouse

    return lambda: resume_warehouse(warehouse=options.warehouse), lambda _: None


@_on_aws
@_with_a_server
def _teardown(options: argparse.Namespace) -> Prepared:
    from cli.console import print_resources
    from flows.teardown import teardown

    confirm = options.confirm or _ask_for(options.warehouse)
    return (
        lambda: teardown(warehouse=options.warehouse, confirm=confirm, no_snapshot=options.no_snapshot),
        partial(print_resources, f"{options.warehouse} is torn down"),
    )


def _ask_for(warehouse: str) -> str:
    """Let a person type the name of what is about to be deleted."""
    if not sys.stdin.isatty():
        raise ValueError(f"nothing was deleted: nobody is there to confirm it; give --confirm {warehouse}")
    return input(f"This deletes {warehouse} with all its data. Type its name to confirm: ").strip()


def _ui(options: argparse.Namespace) -> None:
    from cli.ui import ui

    ui(options.port)


def _stop(_: argparse.Namespace) -> None:
    from warehouse.home import home
    from warehouse.local import stop

    stopped = stop()
    _print(
        f"PostgreSQL (process {stopped}) of SPARKIFY_HOME={home()} is stopped"
        if stopped
        else f"no PostgreSQL runs for SPARKIFY_HOME={home()}"
    )


@_with_a_server
def _reset(options: argparse.Namespace) -> Prepared:
    from flows.reset import reset

    done = f"every table of {options.warehouse} was dropped and created again, empty"
    return lambda: reset(warehouse=options.warehouse), lambda _: _print(done)


COMMANDS: dict[str, Command] = {
    "etl": _etl,
    "audit": _audit,
    "sample": _sample,
    "sql": _sql,
    "insights": _insights,
    "provision": _provision,
    "pause": _pause,
    "resume": _resume,
    "teardown": _teardown,
    "ui": _ui,
    "stop": _stop,
    "reset": _reset,
}


if __name__ == "__main__":
    process()
