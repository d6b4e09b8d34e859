"""Validate: run the suites on staging, and on the star before it is committed."""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

import psycopg2
from prefect.artifacts import create_markdown_artifact
from prefect.events import emit_event

from expectations.pages.store import DataDocs
from expectations.running.checks import Check, batch_checks, staging_checks, star_checks
from expectations.running.results import (
    ExpectationsFailed,
    SuiteResult,
    Violation,
    describe_violations,
    raise_if_critical,
)
from expectations.running.run import imported, run_suites
from sql.tables import STAR
from tasks.batch import Batch
from tasks.best_effort import best_effort
from tasks.markdown import markdown_lines
from tasks.provision.integrity import Unmade, require_newest, require_rows, require_tables
from tasks.retries import io_task
from tasks.run_log import run_logger
from tasks.stage.staging import Staged
from tasks.steps import step, tell_outcome, tell_so_far, watched_part
from tasks.validate.bad_rows import BadRow, LocatedFaults, describe_faults, fetch_faults, look_up, refused
from tasks.validate.columns import accepted
from tasks.validate.data_docs import data_docs
from tasks.validate.failed_expectations import keep_failed_expectations
from tasks.validate.keys import Keys, RunPolicy, hold_keys
from tasks.validate.proof import describe_proof, find_imbalances, hold_against_lake
from tasks.validate.quarantine import delete_within_budget
from tasks.validate.unknown_values import as_bad_rows, forget_values
from tasks.wording import describe_files
from warehouse import (
    ConservationError,
    CopyError,
    DamagedWarehouse,
    StorageError,
    Store,
    Warehouse,
    WarehouseConnection,
)

ARTIFACT_KEY = "sparkify-bad-rows"


@dataclass(frozen=True)
class Validated:
    """What the suites of one stage found, none of it critical, the seconds they took, and the quarantined rows.

    `broken` are the expectations for which rows are quarantined that COPY has loaded.
    """

    stage: str
    suites: tuple[SuiteResult, ...]
    duration_s: float
    quarantined: tuple[BadRow, ...] = ()
    broken: tuple[Violation, ...] = ()
    keys: Keys = field(default_factory=Keys)
    """The keys of its sample, and what it has in each column."""
    import_s: float = 0.0
    """How long the libraries of the suites were waited for, which is no part of `duration_s`."""


@io_task("validate staging", timeout_seconds=2 * 3600)
def validate_staging(
    warehouse: Warehouse,
    batch: Batch,
    staged: Sequence[Staged],
    quarantine_budget: float,
    policy: RunPolicy = RunPolicy(),  # noqa: B008 - it is frozen
) -> Validated:
    """Run the suites of the staging tables that this batch filled, without the bad rows that the budget allows.

    Nothing is changed: bad rows are deleted from staging to see what else is wrong, and put back by the rollback. They
    are deleted for good as they enter `quarantine`, in the transaction that publishes the batch.

    Raises:
        ExpectationsFailed: a critical expectation failed; the message names all faults of the batch, whatever they are.
        CopyError: COPY refused lines, and there is no budget for them; the message names them, and empty files.
        StorageError: files that hold no rows, whatever the budget.
        BudgetExceeded: more rows than the budget allows are bad; the message names the first.
        LakeChanged: keys or days changed in a way that their policy refuses.
    """
    with watched_part("import suites"):
        import_s, started = imported(), time.perf_counter()
    docs = data_docs(warehouse, f"batch-{batch.batch_id}")
    quarantined, broken = tuple[BadRow, ...](), tuple[Violation, ...]()
    with closing(warehouse.connect()) as connection:
        keys = hold_keys(connection, warehouse.store, batch, staged, policy)
        results = _run(connection, _checks(staged, quarantined), docs, accept_drift=policy.accept_drift)
        has_budget = quarantine_budget or any(part.manifest.accepted_rows for part in staged)
        may_quarantine = bool(has_budget) and _are_about_rows(results) and not _empty(staged)
        if may_quarantine:
            quarantined = delete_within_budget(connection, warehouse.store, staged, results, quarantine_budget)
            broken = tuple(violation for result in results for violation in result.critical)
        if broken:
            keys = forget_values(connection, batch, keys, broken)
            results = _run(connection, _checks(staged, quarantined), docs, accept_drift=policy.accept_drift)
        _warn(results)
        found = [] if may_quarantine else _find_faults(connection, warehouse.store, staged, results)
        located = [_locate(result, found) for result in results]
        keep_failed_expectations(located, docs, warehouse.region)
        raise_if_bad(located, _empty(staged), found)
    keys.require_allowed()
    validated = _validated("validate staging", results, started)
    return replace(validated, quarantined=quarantined, broken=broken, keys=keys, import_s=import_s)


@step("validate star")
def validate_star(
    star: WarehouseConnection, warehouse: Warehouse, batch: Batch, staged: Sequence[Staged], erased: int | None
) -> Validated:
    """Run the suites on what the batch wrote, inside its open transaction: keys are checked against whole tables.

    A person who is erased by it is looked for in whole tables too.

    Raises:
        ExpectationsFailed: a critical expectation failed; the message names the rows.
    """
    started, docs = time.perf_counter(), data_docs(warehouse, f"batch-{batch.batch_id}")
    datasets = [part.dataset for part in staged if part.files]
    results = _run(star, batch_checks(datasets, erased), docs)
    _warn(results)
    keep_failed_expectations(results, docs, warehouse.region)
    raise_if_critical(results)
    return _validated("validate star", results, started)


@io_task("audit star")
def audit_star(warehouse: Warehouse, run_name: str) -> Validated:
    """Run the star's suites over whole tables, and compare all of its rows with what the lake tables give.

    The lake tables are held against the ledger, and all is one snapshot: a load may publish meanwhile, and neither
    waits for the other. Nothing is written but temporary tables.

    Raises:
        WrongVersion: the tables are of a newer version, or of an older one.
        DamagedWarehouse: a table, a column or rows are lost.
        ExpectationsFailed: a critical expectation failed; the message names the rows.
        ConservationError: the star has other rows than the lake tables give, or a table has another number of rows than
            the ledger has for it.
    """
    started = time.perf_counter()
    docs = data_docs(warehouse, run_name)
    with closing(warehouse.connect()) as connection, connection.cursor() as cursor:
        connection.set_session(isolation_level="REPEATABLE READ")
        unmade = require_tables(connection, warehouse.schema)
        require_newest(unmade)
        if {"batches", "batch_tables", *STAR} & {*unmade.tables, *unmade.incomplete}:
            require_rows(connection, unmade)
            raise DamagedWarehouse("the tables are not there, or not complete: run sparkify etl first")
        results = _run(connection, star_checks(), docs)
        imbalances = find_imbalances(cursor)
        lost = _find_lost(connection, unmade)  # before the proof, whose temporary tables hide the star
        with watched_part("compare star with lake tables"):
            differences = hold_against_lake(connection, warehouse.schema)
    _warn(results)
    keep_failed_expectations(results, docs, warehouse.region)
    message = describe_proof(imbalances, differences)
    raise_if_critical(results, message)
    if message:
        raise ConservationError(message)
    if lost:
        raise lost
    return _validated("audit star", results, started)


def _find_lost(connection: WarehouseConnection, unmade: Unmade) -> DamagedWarehouse | None:
    try:
        require_rows(connection, unmade)
    except DamagedWarehouse as lost:
        return lost
    return None


def _run(
    connection: WarehouseConnection, checks: Sequence[Check], docs: DataDocs, *, accept_drift: bool = False
) -> list[SuiteResult]:
    results = run_suites(connection, checks, docs, begin=lambda check: tell_so_far(f"suite {check.table}"))
    tell_so_far("")
    if connection.closed:  # every expectation has failed then, and none of them says anything about the rows
        raise psycopg2.OperationalError("the connection was lost while the suites ran")
    return accepted(results) if accept_drift else as_bad_rows(connection, results)


def _checks(staged: Sequence[Staged], quarantined: Sequence[BadRow]) -> list[Check]:
    """Return the checks of the staging tables that still hold rows."""
    bad_rows = Counter(row.dataset for row in quarantined) or {part.dataset: len(part.load_errors) for part in staged}
    return staging_checks([part.dataset for part in staged if part.rows - part.rows_erased > bad_rows[part.dataset]])


def _warn(results: Sequence[SuiteResult]) -> None:
    """Log the expectations of severity `warning` that failed, and emit an event for automations."""
    for result in results:
        warnings = [str(warning) for warning in result.warnings]
        for warning in warnings:
            run_logger().warning("%s", warning)
        if warnings:
            table = {"prefect.resource.id": f"sparkify.table.{result.table}", "prefect.resource.name": result.table}
            emit_event("sparkify.expectation.warning", resource=table, payload={"warnings": warnings})


def _validated(stage: str, results: Sequence[SuiteResult], started: float) -> Validated:
    tell_outcome(f"{sum(result.passed for result in results)} expectations of {len(results)} suites hold")
    return Validated(stage, tuple(results), time.perf_counter() - started)


def _are_about_rows(results: Sequence[SuiteResult]) -> bool:
    return all(violation.condition for result in results for violation in result.critical)


def _empty(staged: Sequence[Staged]) -> list[str]:
    return [url for part in staged for url in part.empty]


def _find_faults(
    connection: WarehouseConnection, store: Store, staged: Sequence[Staged], results: Sequence[SuiteResult]
) -> LocatedFaults:
    """Find what is wrong with rows: with lines that COPY refused, and with rows that break critical expectations."""
    of_copy = [fault for part in staged for fault in refused(part.dataset, part.load_errors)]
    files = {part.dataset: part.files for part in staged}
    return look_up(store, [*of_copy, *fetch_faults(connection, files, results)])


def _locate(result: SuiteResult, found: LocatedFaults) -> SuiteResult:
    """Add to each violation the file and line of the first rows that break it."""
    locations = {id(fault.violation): tuple(map(str, rows)) for fault, rows in found}
    violations = (replace(each, locations=locations.get(id(each), ())) for each in result.violations)
    return replace(result, violations=tuple(violations))


def raise_if_bad(results: Sequence[SuiteResult], empty: Sequence[str], found: LocatedFaults) -> None:
    """Raise one error with everything that is wrong with the batch, and save it as an artifact of the run.

    Raises:
        ExpectationsFailed: a critical expectation failed.
        CopyError: COPY refused lines.
        StorageError: files hold no rows.
    """
    others = [each for result in results for each in result.critical if not each.condition or not found]
    messages = describe_violations(others)
    if empty:
        is_empty = [f"{url} is empty: it holds no rows; remove it or deliver it again" for url in empty]
        messages.append(describe_files(is_empty, "hold no rows"))
    if found:
        messages.append(describe_faults(found))
    if not messages:
        return
    message = "\n".join(messages)
    with best_effort("Prefect's server has no list of the bad rows", "the message of the run has it"):
        shown = markdown_lines(message)
        create_markdown_artifact(shown, key=ARTIFACT_KEY, description=shown.partition("\n")[0])
    if any(result.critical for result in results):
        raise ExpectationsFailed(results, message)
    raise CopyError(*message.split("\n")) if found else StorageError(*message.split("\n"))
