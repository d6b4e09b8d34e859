"""The arguments of the `sparkify` command line, and what they accept; nothing here imports what takes long."""

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """Return what reads a command line; wrong usage ends the process with exit status 2."""
    top = argparse.ArgumentParser(
        prog="sparkify", description="Load Sparkify's logs and songs into a validated star schema, and ask it things."
    )
    top.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    etl = _command(commands, "etl", "load what is new in the lake into the star")
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

    audit = _command(commands, "audit", "run the star's suites over whole tables")
    for command in (etl, audit):
        command.add_argument(
            "--keep-data-docs",
            metavar="N",
            type=_at_least(1),
            default=100,
            help="of how many runs the pages of the Data Docs are kept (default: %(default)s)",
        )

    sample = _command(commands, "sample", "write a synthetic lake", warehouse=False)
    sample.add_argument("--out", metavar="DIR", type=Path, required=True, help="a folder that holds no lake yet")
    for name, default, least in (("events", 10_000, 1), ("songs", 500, 0), ("users", 100, 1), ("days", 30, 1)):
        sample.add_argument(
            f"--{name}", metavar="N", type=_at_least(least), default=default, help="(default: %(default)s)"
        )
    sample.add_argument("--seed", metavar="N", type=_at_least(0), default=1, help="same seed, same bytes (default: 1)")

    sql = _command(commands, "sql", "ask the warehouse one question, in Redshift SQL, read-only")
    what = sql.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "statement", nargs="?", help='such as "SELECT level, COUNT(*) FROM songplays GROUP BY level", or @top-songs'
    )
    what.add_argument("--file", metavar="FILE", help="read the statement from a file, - being standard input")
    what.add_argument("--list", action="store_true", help="list the saved questions and their parameters")
    sql.add_argument(
        "--param", metavar="NAME=VALUE", type=_parameter, action="append", default=[], help="a value for :NAME"
    )
    sql.add_argument(
        "--format",
        choices=("table", "csv", "csv-safe", "json"),
        default="table",
        help="csv-safe is CSV for spreadsheets: an apostrophe before what they would take for a formula",
    )
    sql.add_argument(
        "--limit", metavar="N", type=_at_least(0), help="rows shown, 0 being all (default: 1000 in a table, else all)"
    )

    insights = _command(commands, "insights", "write a page of what the star says, for anybody to open")
    insights.add_argument("--out", metavar="FILE", type=Path, help="(default: SPARKIFY_HOME/reports/insights.html)")

    _command(commands, "provision", "make what a block describes on AWS, and the tables")
    _command(commands, "pause", "pause a cluster: its nodes cost nothing then")
    _command(commands, "resume", "resume a paused cluster")

    teardown = _command(commands, "teardown", "delete what provision made")
    teardown.add_argument("--confirm", metavar="NAME", help="the warehouse's name again, for scripts (default: ask)")
    teardown.add_argument("--no-snapshot", action="store_true", help="keep no final snapshot of the data")

    ui = _command(commands, "ui", "start Prefect's server, a worker and all deployments here", warehouse=False)
    ui.add_argument("--port", metavar="N", type=_port, help="where to listen (default: 4200, or a free port)")

    _command(commands, "stop", "stop the embedded PostgreSQL; the next command starts it", warehouse=False)

    reset = _command(commands, "reset", "empty the warehouse: tables, folders of runs, Data Docs")
    reset.add_argument("--yes", action="store_true", required=True, help="yes, all rows may go")
    return top


class _Version(argparse.Action):
    """Print the version of the package that is installed."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # noqa: PLC0415 - no other command asks

        sys.stdout.write(f"sparkify {version('sparkify-warehouse')}\n")
        parser.exit()


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    description: str,
    *,
    warehouse: bool = True,
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=description, description=description)
    command.set_defaults(refuse=command.error)
    if warehouse:
        command.add_argument("--warehouse", default="local", help="where SQL runs (default: local)")
    return command


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
