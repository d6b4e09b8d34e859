"""The `sparkify` command line: `python -m flows` is the same.

Exit status: 0 the flow completed; 1 it failed, and the last lines on stderr say what, where and what to do; 2 wrong
usage; 130 and 143 a signal ended it. Modules are imported by the command that needs them, so that `sparkify sql` need
not wait for Prefect.
"""

import argparse
import logging
import math
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial, wraps
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

PREFECT_DEFAULTS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_SETTINGS_PATH": str(Path(__file__).with_name("logging.yml")),
}
Command = Callable[[argparse.Namespace], None]
Prepare = Callable[[argparse.Namespace], tuple[Callable[[], Any], Callable[[Any], object]]]
"""What imports all that a flow needs, and returns how to run it, and how to print what it returned."""


def process() -> NoReturn:
    """Run one command as a process, which ends with the command's last words, whatever its threads are still at."""
    signal.signal(signal.SIGTERM, _interrupt)
    logging.raiseExceptions = False  # nobody needs to hear that a log line could not be written
    status = main()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(status)


def _interrupt(number: int, _: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt(signal.Signals(number))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, and return its exit status."""
    options = _parser().parse_args(arguments)
    _require_good_usage(options)
    command: Command = options.run
    try:
        _prepare(options)
        command(options)
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
    from flows.usage import require_good_usage
    from warehouse import sentence

    try:
        require_good_usage(options)
    except Exception as error:  # noqa: BLE001 - as above
        options.refuse(sentence(error))


def _prepare(options: argparse.Namespace) -> None:
    """Set up the environment of this process and of all that it starts."""
    from flows.homes import use_homes
    from flows.proxies import keep_loopback_off_proxies

    for name, value in PREFECT_DEFAULTS.items():
        os.environ.setdefault(name, value)
    keep_loopback_off_proxies()
    use_homes(options)


def _say(*lines: str) -> None:
    """Print last words, if anybody still reads them."""
    with suppress(OSError):
        print(*lines, sep="\n", file=sys.stderr, flush=True)


def _print_no_more() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _with_a_server(prepare: Prepare) -> Command:
    """Make a command of one that runs a flow: what it imports, it imports while a Prefect server starts."""

    @wraps(prepare)
    def command(options: argparse.Namespace) -> None:
        from flows.prefect_server import own_server

        with own_server() as wait_for_server:
            run, show = prepare(options)
            wait_for_server()
            from flows.outcome import told

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
def _etl(options: argparse.Namespace) -> tuple[Callable[[], Any], Callable[[Any], object]]:
    from flows.console import print_summary
    from flows.etl import etl
    from flows.warm_up import warm_up_etl

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
def _audit(options: argparse.Namespace) -> tuple[Callable[[], Any], Callable[[Any], object]]:
    from expectations.run import warm_up
    from flows.audit import audit
    from flows.console import print_suites

    warm_up()
    return (
        lambda: audit(warehouse=options.warehouse, keep_data_docs=options.keep_data_docs),
        lambda validated: print_suites("Audit of the whole star", validated.suites),
    )


@_with_a_server
def _sample(options: argparse.Namespace) -> tuple[Callable[[], Any], Callable[[Any], object]]:
    from flows.sample import sample
    from tasks.simulation import LakeSummary

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
        print(f"{written.events:,} events and {written.song_files:,} songs in {files:,} files under {options.out}")

    return run, show


def _sql(options: argparse.Namespace) -> None:
    from flows.query import find_statement, list_questions, query
    from flows.rows import print_rows

    if options.list:
        print_rows(*list_questions(), options.format, options.limit)
        return
    asked = find_statement(options.statement, options.file, options.param)
    if options.warehouse != "local":
        from flows.prefect_api import require_named_api

        require_named_api()
    with query(options.warehouse, asked) as (columns, rows):
        print_rows(columns, rows, options.format, options.limit)


@_with_a_server
def _insights(options: argparse.Namespace) -> tuple[Callable[[], Any], Callable[[Any], object]]:
    from flows.insights import insights

    return lambda: insights(warehouse=options.warehouse, out=options.out), print


@_with_a_server
def _provision(options: argparse.Namespace) -> tuple[Callable[[], Any], Callable[[Any], object]]:
    from flows.console import print_resources
    from flows.provision import provision_warehouse

    return (
        lambda: provision_warehouse(warehouse=options.warehouse),
        partial(print_resources, f"{options.warehouse} is ready"),
    )


@_on_aws
@_with_a_server
def _pause(options: argparse.Namespace) -> tuple[Callable[[], Any], Callable[[Any], object]]:
    from flows.pause import pause_warehouse

    return lambda: pause_warehouse(warehouse=options.warehouse), lambda _: None


@_on_aws
@_with_a_server
def _resume(options: argparse.Namespace) -> tuple[Callable[[], Any], Callable[[Any], object]]:
    from flows.resume import resume_warehouse

    return lambda: resume_warehouse(warehouse=options.warehouse), lambda _: None


@_on_aws
@_with_a_server
def _teardown(options: argparse.Namespace) -> tuple[Callable[[], Any], Callable[[Any], object]]:
    from flows.console import print_resources
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
    from flows.ui import ui

    ui(options.port)


def _stop(_: argparse.Namespace) -> None:
    from warehouse import local, postgres_server

    stopped = postgres_server.stop(local.home())
    print(
        f"PostgreSQL (process {stopped}) of SPARKIFY_HOME={local.home()} is stopped"
        if stopped
        else f"no PostgreSQL runs for SPARKIFY_HOME={local.home()}"
    )


@_with_a_server
def _reset(options: argparse.Namespace) -> tuple[Callable[[], Any], Callable[[Any], object]]:
    from flows.reset import reset

    done = f"every table of {options.warehouse} was dropped and created again, empty"
    return lambda: reset(warehouse=options.warehouse), lambda _: print(done)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sparkify", description="Load Sparkify's logs and songs into a validated star schema, and ask it things."
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    etl = _command(commands, "etl", _etl, "load what is new in the lake into the star")
    etl.add_argument("--events", metavar="URL", help="the activity logs: s3://bucket/prefix, file:///dir or a folder")
    etl.add_argument(
        "--songs",
        metavar="URL",
        help="the song metadata; with neither URL the lake that was loaded before, or a sample",
    )
    etl.add_argument("--full-refresh", action="store_true", help="empty the star and load the whole lake again")
    another_place = etl.add_mutually_exclusive_group()
    another_place.add_argument(
        "--add-source", action="store_true", help="the URLs are a further part of the lake, outside of what is known"
    )
    another_place.add_argument(
        "--moved-from", metavar="URL", help="the folder that the lake lay in before it came to --events and --songs"
    )
    etl.add_argument(
        "--quarantine-budget",
        metavar="F",
        type=_share,
        default=0.0,
        help="the share of a batch's rows, at most 0.5, that may be bad and are kept out (default: 0)",
    )
    etl.add_argument(
        "--compact-songs", action="store_true", help="copy small song files into a few large ones for COPY to read"
    )
    etl.add_argument("--resume-first", action="store_true", help="resume the cluster if it is paused")
    etl.add_argument("--pause-after", action="store_true", help="pause the cluster in the end, also after a failure")

    audit = _command(commands, "audit", _audit, "run the star's suites over whole tables")
    for command in (etl, audit):
        command.add_argument(
            "--keep-data-docs",
            metavar="N",
            type=_at_least(1),
            default=100,
            help="of how many runs the pages of the Data Docs are kept (default: %(default)s)",
        )

    sample = _command(commands, "sample", _sample, "write a synthetic lake", warehouse=False)
    sample.add_argument("--out", metavar="DIR", type=Path, required=True, help="a folder that holds no lake yet")
    for name, default, least in (("events", 10_000, 1), ("songs", 500, 0), ("users", 100, 1), ("days", 30, 1)):
        sample.add_argument(
            f"--{name}", metavar="N", type=_at_least(least), default=default, help="(default: %(default)s)"
        )
    sample.add_argument("--seed", metavar="N", type=_at_least(0), default=1, help="same seed, same bytes (default: 1)")

    sql = _command(commands, "sql", _sql, "ask the warehouse one question, in Redshift SQL, read-only")
    what = sql.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "statement", nargs="?", help='such as "SELECT level, COUNT(*) FROM songplays GROUP BY level", or @top-songs'
    )
    what.add_argument("--file", metavar="FILE", help="read the statement from a file, - being standard input")
    what.add_argument("--list", action="store_true", help="list the saved questions and their parameters")
    sql.add_argument(
        "--param", metavar="NAME=VALUE", type=_parameter, action="append", default=[], help="a value for :NAME"
    )
    sql.add_argument("--format", choices=("table", "csv", "json"), default="table")
    sql.add_argument(
        "--limit", metavar="N", type=_at_least(0), help="rows shown, 0 being all (default: 1000 in a table, else all)"
    )

    insights = _command(commands, "insights", _insights, "write a page of what the star says, for anybody to open")
    insights.add_argument("--out", metavar="FILE", type=Path, help="(default: SPARKIFY_HOME/reports/insights.html)")

    _command(commands, "provision", _provision, "make what a block describes on AWS, and the tables")
    _command(commands, "pause", _pause, "pause a cluster: its nodes cost nothing then")
    _command(commands, "resume", _resume, "resume a paused cluster")

    teardown = _command(commands, "teardown", _teardown, "delete what provision made")
    teardown.add_argument("--confirm", metavar="NAME", help="the warehouse's name again, for scripts (default: ask)")
    teardown.add_argument("--no-snapshot", action="store_true", help="keep no final snapshot of the data")

    ui = _command(commands, "ui", _ui, "start Prefect's server, a worker and all deployments here", warehouse=False)
    ui.add_argument("--port", metavar="N", type=_port, help="where to listen (default: 4200, or a free port)")

    _command(commands, "stop", _stop, "stop the embedded PostgreSQL; the next command starts it", warehouse=False)

    reset = _command(commands, "reset", _reset, "drop every table and create it again, empty")
    reset.add_argument("--yes", action="store_true", required=True, help="yes, all rows may go")
    return parser


class _Version(argparse.Action):
    """Print the version of the package that is installed."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"sparkify {version('sparkify-warehouse')}")
        parser.exit()


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Command,
    description: str,
    *,
    warehouse: bool = True,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=description, description=description)
    parser.set_defaults(run=run, refuse=parser.error)
    if warehouse:
        parser.add_argument("--warehouse", default="local", help="where SQL runs (default: local)")
    return parser


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from error
        if value < least:
            raise argparse.ArgumentTypeError(f"{value} is less than {least}")
        return value

    return number


def _port(text: str) -> int:
    port = _at_least(1)(text)
    if port > 65535:
        raise argparse.ArgumentTypeError(f"{port} is more than 65535, the last port")
    return port


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip().isidentifier():
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE, such as days=7")
    return name.strip(), value


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 0.5:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share between 0 and 0.5, such as 0.01")
    return value


if __name__ == "__main__":
    process()
