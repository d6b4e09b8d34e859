"""The commands: a function each, whose parameters are the options, and whose docstring is the help.

What an option means stands with its type, in `flows.parameters` where a flow has a parameter of the same name.
Everything else is imported by the command that needs it, so that `sparkify sql` need not wait for Prefect.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from cli.flow_command import Prepared, Run, Show, blocks_of, is_confirmed, runs_a_flow
from cli.printing import ask, show
from flows.parameters import (
    AcceptDrift,
    AddSource,
    BatchBytes,
    BatchFiles,
    BatchNumber,
    BlockName,
    Bounds,
    CompactSongs,
    Confirm,
    Confirmed,
    DayCount,
    DryRun,
    EventCount,
    Files,
    FullRefresh,
    InAdvance,
    KeptDataDocs,
    LakeFolder,
    LakeUrl,
    MaxLag,
    Meaning,
    Migrate,
    MovedFrom,
    NoSnapshot,
    PauseAfter,
    QuarantineBudget,
    ReportFile,
    ResumeFirst,
    Seed,
    SongCount,
    TakeOver,
    UnknownKeys,
    UserCount,
    UserNumber,
    WarehouseName,
    WithoutMissing,
    takes_a_lake,
)

Command = Callable[..., None]
Parameters = tuple[tuple[str, str], ...]
"""Names of the parameters of a statement, each with its value."""


@runs_a_flow
@takes_a_lake
def etl(
    *,
    warehouse: WarehouseName = "local",
    full_refresh: FullRefresh = False,
    add_source: AddSource = False,
    moved_from: MovedFrom = None,
    without_missing: WithoutMissing = False,
    dry_run: DryRun = False,
    batch_files: BatchFiles = 100_000,
    batch_bytes: BatchBytes = 10_000_000_000,
    quarantine_budget: QuarantineBudget = 0.0,
    compact_songs: CompactSongs = False,
    unknown_keys: UnknownKeys = None,
    accept_drift: AcceptDrift = False,
    max_lag: MaxLag = None,
    resume_first: ResumeFirst = False,
    pause_after: PauseAfter = False,
    take_over: TakeOver = False,
    keep_data_docs: KeptDataDocs = 100,
    replace_sample: Annotated[
        bool, Meaning("where the sample lake is loaded and nothing else: empty the warehouse first, and load this lake")
    ] = False,
    **lake: LakeUrl | None,
) -> Prepared:
    """Load what is new in the lake into the star, validated before anybody can see it."""
    options = {name: value for name, value in locals().items() if name not in ("lake", "replace_sample")} | lake
    from cli.console import print_summary
    from cli.warm_up import warm_up_etl
    from flows.etl import etl as flow

    warm_up_etl(warehouse, lake, full_refresh=full_refresh)
    if not replace_sample:
        return partial(flow, **options), print_summary
    from cli.own_lake import leave_sample_lake

    def replace_and_load() -> object:
        leave_sample_lake(warehouse, lake, take_over=take_over)
        return flow(**options)

    return replace_and_load, print_summary


@runs_a_flow
def rebuild(
    *, warehouse: WarehouseName = "local", take_over: TakeOver = False, keep_data_docs: KeptDataDocs = 100
) -> Prepared:
    """Compute the star anew from the lake tables, in one transaction, without reading the lake."""
    options = dict(locals())
    from flows.rebuild import rebuild as flow

    return _with_suites(flow, options)


@runs_a_flow
def retract(
    *,
    warehouse: WarehouseName = "local",
    batch: BatchNumber = None,
    files: Files = None,
    confirm: Confirmed = False,
    without_missing: WithoutMissing = False,
    take_over: TakeOver = False,
    keep_data_docs: KeptDataDocs = 100,
) -> Prepared:
    """Take back what a batch or some files brought in; first show what would become of the star, and ask."""
    options = dict(locals())
    from flows.retract import retract as flow

    return _after_preview(flow, options, "Retract?")


@runs_a_flow
def erase(
    *,
    user: UserNumber,
    warehouse: WarehouseName = "local",
    confirm: Confirmed = False,
    in_advance: InAdvance = False,
    take_over: TakeOver = False,
    keep_data_docs: KeptDataDocs = 100,
) -> Prepared:
    """Forget a person, also in loads to come; first show what would become of the tables, and ask."""
    options = dict(locals())
    from flows.erase import erase as flow

    return _after_preview(flow, options, "Erase?")


def _after_preview(flow: Callable[..., Any], options: dict[str, Any], question: str) -> Prepared:
    """Prepare a run that needs --confirm, or the answer of a person to what it shows."""
    run, show_result = _with_suites(flow, options)
    confirmed = partial(flow, **options | {"confirm": True})
    return run, show_result, lambda: confirmed if not options["confirm"] and is_confirmed(question) else None


def _with_suites(flow: Callable[..., Any], options: dict[str, Any]) -> tuple[Run, Show]:
    """Prepare a run that validates what it publishes, and ends in a summary."""
    from cli.console import print_summary
    from expectations.running.run import warm_up

    warm_up()
    return partial(flow, **options), print_summary


@runs_a_flow
def audit(*, warehouse: WarehouseName = "local", keep_data_docs: KeptDataDocs = 100) -> Prepared:
    """Validate every row of the star, and prove that it is what the lake tables give, and they match the ledger."""
    from cli.console import print_suites
    from expectations.running.run import warm_up
    from flows.audit import audit as flow

    warm_up()
    return (
        partial(flow, warehouse=warehouse, keep_data_docs=keep_data_docs),
        lambda validated: print_suites("Audit of the whole star", validated.suites),
    )


@runs_a_flow
def sample(
    *,
    out: LakeFolder,
    events: EventCount = 10_000,
    songs: SongCount = 500,
    users: UserCount = 100,
    days: DayCount = 30,
    seed: Seed = 1,
) -> Prepared:
    """Write a lake of so many invented events and songs; the same numbers give the same bytes."""
    options = dict(locals())
    from flows.sample import sample as flow
    from sample_lake.simulation import LakeSummary

    def show_files(written: LakeSummary) -> None:
        files = written.log_files + written.song_files
        show(f"{written.events:,} events and {written.song_files:,} songs in {files:,} files under {out}")

    return partial(flow, **options), show_files


def sql(
    statement: Annotated[
        str | None,
        Meaning('such as "SELECT level, COUNT(*) FROM songplays GROUP BY level", or @ and the name of a question'),
    ] = None,
    /,
    *,
    file: Annotated[str | None, Meaning("read the statement from a file, - being standard input", "FILE")] = None,
    list: Annotated[bool, Meaning("list the saved questions and their parameters")] = False,  # noqa: A002
    param: Annotated[Parameters, Meaning("a value for :NAME, once for each", "NAME=VALUE")] = (),
    format: Annotated[  # noqa: A002
        Literal["table", "csv", "csv-safe", "json"] | None,
        Meaning(
            "without it a table, or what the suffix of --out says; csv-safe is CSV for spreadsheets: an apostrophe "
            "before what they would take for a formula"
        ),
    ] = None,
    out: Annotated[Path | None, Meaning("write a file instead, in UTF-8: .csv, .json or .txt", "FILE")] = None,
    pager: Annotated[bool, Meaning("show it with the program that PAGER names, or less, at a terminal")] = False,
    limit: Annotated[
        int | None, Bounds(0), Meaning("rows shown, 0 being all; without it 1,000 in a table, and all elsewhere", "N")
    ] = None,
    warehouse: WarehouseName = "local",
) -> None:
    """Run one read-only query, in Redshift SQL: a statement, @ and the name of a saved question, or a file."""
    from cli.output import format_of, going_to
    from cli.query import find_statement, list_questions, query
    from cli.rows import print_rows
    from tasks.wording import counted

    def answer(columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
        with going_to(out, pager=pager):
            written = print_rows(columns, rows, format or format_of(out), limit)
        if out:
            show(f"{counted(written, 'row')} in {out}")

    if list:
        answer(*list_questions())
        return
    typed = find_statement(statement, file, param)
    with blocks_of(warehouse), query(warehouse, typed) as (columns, rows):
        answer(columns, rows)


def status(
    *,
    warehouse: WarehouseName = "local",
    max_lag: MaxLag = None,
    format: Annotated[Literal["text", "json"], Meaning("text is for a person, json for a program")] = "text",  # noqa: A002
) -> None:
    """Tell what is loaded, how fresh, what ran, what failed and why; exit status 1 if a run failed or data are old."""
    from cli.status import print_status

    with blocks_of(warehouse):
        print_status(warehouse, max_lag, format)


@runs_a_flow
def insights(
    *,
    warehouse: WarehouseName = "local",
    out: ReportFile = None,
    open: Annotated[bool, Meaning("open the page in your browser, too")] = False,  # noqa: A002
) -> Prepared:
    """Query the star for the report, and write it as one HTML page that opens from disk."""
    from flows.insights import insights as flow

    def show_page(page: Path) -> None:
        show(page)
        if open:
            from cli.page_opener import open_page

            open_page(page)

    return partial(flow, warehouse=warehouse, out=out), show_page


@runs_a_flow
def provision(*, warehouse: WarehouseName = "local", migrate: Migrate = False, take_over: TakeOver = False) -> Prepared:
    """Make what is missing on AWS, the schema and the tables; safe to repeat, also after it broke off half-way."""
    from cli.console import print_resources
    from flows.provision import provision_warehouse

    return (
        partial(provision_warehouse, warehouse=warehouse, migrate=migrate, take_over=take_over),
        partial(print_resources, f"{warehouse} is ready"),
    )


@runs_a_flow
def pause(*, warehouse: BlockName = "local") -> Prepared:
    """Pause the cluster, and wait until it is paused; its data stays."""
    from flows.pause import pause_warehouse

    return partial(pause_warehouse, warehouse=warehouse), lambda _: None


@runs_a_flow
def resume(*, warehouse: BlockName = "local") -> Prepared:
    """Resume the cluster, and wait until it is available."""
    from flows.resume import resume_warehouse

    return partial(resume_warehouse, warehouse=warehouse), lambda _: None


@runs_a_flow
def teardown(
    *,
    warehouse: BlockName = "local",
    confirm: Confirm | None = None,
    no_snapshot: NoSnapshot = False,
) -> Prepared:
    """Delete compute, ingress, role and work bucket, as far as they were made for the warehouse; safe to repeat."""
    from cli.console import print_resources
    from flows.teardown import teardown as flow

    confirm = confirm or _ask_for(warehouse)
    return (
        partial(flow, warehouse=warehouse, confirm=confirm, no_snapshot=no_snapshot),
        partial(print_resources, f"{warehouse} is torn down"),
    )


def _ask_for(warehouse: str) -> str:
    """Let a person type the name of what is about to be deleted."""
    if not sys.stdin.isatty():
        raise ValueError(f"nothing was deleted: nobody is there to confirm it; give --confirm {warehouse}")
    return ask(f"This deletes {warehouse} with all its data. Type its name to confirm: ").strip()


@runs_a_flow
def reset(
    *,
    warehouse: WarehouseName = "local",
    take_over: TakeOver = False,
    yes: Annotated[bool, Meaning("yes, all rows may go")],  # noqa: ARG001 - nothing runs without it
) -> Prepared:
    """Drop and recreate every table of the warehouse, and delete what runs left beside them. There is no way back."""
    from flows.reset import reset as flow

    done = f"every table of {warehouse} was dropped and created again, empty"
    return partial(flow, warehouse=warehouse, take_over=take_over), lambda _: show(done)


def ui(
    *,
    port: Annotated[
        int | None, Bounds(1, 65535), Meaning("where to listen; without it 4200, or a free port", "N")
    ] = None,
) -> None:
    """Start Prefect's server, a worker and the deployments that can run here, until Ctrl-C."""
    from cli.ui import ui as serve

    serve(port)


def serve(
    *,
    port: Annotated[
        int | None, Bounds(1, 65535), Meaning("where to listen; without it 5439, or a free port", "N")
    ] = None,
) -> None:
    """Let psql, DBeaver, SQLAlchemy or Metabase on this machine read the local warehouse, until Ctrl-C."""
    from cli.analysts import serve as serve_analysts

    serve_analysts(port)


def stop() -> None:
    """Stop the embedded PostgreSQL and Prefect's server; the data stays, and the next command starts them again."""
    from cli.kept_server import stop as stop_prefect
    from warehouse.home import home
    from warehouse.local import stop as stop_postgres

    if served := stop_prefect(home()):
        show(f"Prefect's server (process {served}) of SPARKIFY_HOME={home()} is stopped")
    stopped = stop_postgres()
    show(
        f"PostgreSQL (process {stopped}) of SPARKIFY_HOME={home()} is stopped"
        if stopped
        else f"no PostgreSQL runs for SPARKIFY_HOME={home()}"
    )


COMMANDS: tuple[Command, ...] = (
    etl,
    audit,
    rebuild,
    retract,
    erase,
    status,
    sql,
    insights,
    sample,
    provision,
    pause,
    resume,
    teardown,
    reset,
    ui,
    serve,
    stop,
)
"""In the order of the help."""
