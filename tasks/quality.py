"""Validate: run the suites on staging, and on the star before it is committed."""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import psycopg2
from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event

import sql
from expectations.results import SuiteResult, raise_if_critical
from expectations.run import STAGING, Check, DataDocs, batch_checks, run_suites, staging_checks, star_checks
from tasks.batch import Batch
from tasks.books import count_batch, describe
from tasks.data_docs import data_docs
from tasks.evidence import find_place
from tasks.failed_expectations import keep_failed_expectations
from tasks.loading import read_star_rows
from tasks.quarantine import Quarantined, set_aside
from tasks.retries import RETRIES, backoff_with_jitter, is_transient
from tasks.staging import Staged
from warehouse import ConservationError, Store, Warehouse, WarehouseConnection


@dataclass(frozen=True)
class Validated:
    """What the suites of one stage found, none of it critical, the seconds they took, and the rows left out for it."""

    stage: str
    suites: tuple[SuiteResult, ...]
    duration_s: float
    quarantined: tuple[Quarantined, ...] = ()


@task(
    name="validate staging",
    task_run_name="validate staging",
    timeout_seconds=2 * 3600,
    cache_policy=NO_CACHE,
    retries=RETRIES,
    retry_delay_seconds=backoff_with_jitter,
    retry_condition_fn=is_transient,
)
def validate_staging(
    warehouse: Warehouse, batch: Batch, staged: Sequence[Staged], quarantine_budget: float, moved: list[Quarantined]
) -> Validated:
    """Run the suites of the staging tables that this batch filled, and move bad rows out of them within the budget.

    What is moved is kept in `moved`: if the answer to COMMIT is lost, the next attempt finds no trace of it in staging.

    Raises:
        ExpectationsFailed: a critical expectation failed; the message names file, line, column and value.
        BudgetExceeded: more rows than the budget allows are bad; the message has the worst reasons.
    """
    started = time.perf_counter()
    docs = data_docs(warehouse, f"batch-{batch.batch_id}")
    with closing(warehouse.connect()) as connection, connection:
        quarantined = tuple(moved) if moved and _are_gone(connection, staged, moved) else ()
        results = _run(connection, _checks(staged, quarantined), docs)
        is_row_level = all(violation.condition for result in results for violation in result.critical)
        if quarantine_budget and is_row_level and not quarantined:
            quarantined = set_aside(connection, warehouse.store, staged, results, quarantine_budget)
            moved[:] = quarantined
            if any(result.critical for result in results):
                results = _run(connection, _checks(staged, quarantined), docs)
        _warn(results)
        located = [_locate(warehouse.store, result, staged) for result in results]
        keep_failed_expectations(located, docs)
        raise_if_critical(located)
    return replace(_validated("validate staging", results, started), quarantined=quarantined)


@task(name="validate star", task_run_name="validate star", cache_policy=NO_CACHE)
def validate_star(star: WarehouseConnection, warehouse: Warehouse, batch: Batch, staged: Sequence[Staged]) -> Validated:
    """Run the suites on what the batch wrote, inside its open transaction: keys are checked against whole tables.

    Raises:
        ExpectationsFailed: a critical expectation failed; the message names the rows.
    """
    started, docs = time.perf_counter(), data_docs(warehouse, f"batch-{batch.batch_id}")
    datasets = [part.dataset for part in staged if part.files]
    results = _run(star, batch_checks(batch.batch_id, datasets), docs)
    _warn(results)
    keep_failed_expectations(results, docs)
    raise_if_critical(results)
    return _validated("validate star", results, started)


@task(name="audit star", task_run_name="audit star", cache_policy=NO_CACHE)
def audit_star(warehouse: Warehouse, run_name: str) -> Validated:
    """Run the star's suites over whole tables.

    Raises:
        ExpectationsFailed: a critical expectation failed; the message names the rows.
        ConservationError: a table does not hold as many rows as the books say.
    """
    started = time.perf_counter()
    docs = data_docs(warehouse, run_name)
    with closing(warehouse.connect()) as connection, connection.cursor() as cursor:
        results = _run(connection, star_checks(), docs)
        due = {f"{table}_rows": rows for table, rows in read_star_rows(connection).items()}
        imbalances = sql.fetch(cursor, "inspect/star_imbalances", **due)
    _warn(results)
    keep_failed_expectations(results, docs)
    raise_if_critical(results)
    if imbalances:
        raise ConservationError(
            f"{describe(imbalances)}: rows came or went outside of this project; load with --full-refresh"
        )
    return _validated("audit star", results, started)


def _run(connection: WarehouseConnection, checks: Sequence[Check], docs: DataDocs) -> list[SuiteResult]:
    results = run_suites(connection, checks, docs)
    if connection.closed:  # every expectation has failed then, and none of them says anything about the rows
        raise psycopg2.OperationalError("the connection was lost while the suites ran")
    return results


def _checks(staged: Sequence[Staged], quarantined: Sequence[Quarantined]) -> list[Check]:
    """Return the checks of the staging tables that still hold rows."""
    left_out = Counter(row.dataset for row in quarantined) or {part.dataset: len(part.rejected) for part in staged}
    return staging_checks([part.dataset for part in staged if part.rows > left_out[part.dataset]])


def _are_gone(connection: WarehouseConnection, staged: Sequence[Staged], moved: Sequence[Quarantined]) -> bool:
    """Tell whether an attempt before this one has moved these rows, and only its answer was lost."""
    there = count_batch(connection)
    return there.event_rows + there.song_rows == sum(part.rows for part in staged) - len(moved)


def _warn(results: Sequence[SuiteResult]) -> None:
    """Tell the log of the rules of severity `warning` that rows break, and whoever has an automation for the event."""
    for result in results:
        warnings = [str(warning) for warning in result.warnings]
        for warning in warnings:
            get_run_logger().warning("%s", warning)
        if warnings:
            table = {"prefect.resource.id": f"sparkify.table.{result.table}", "prefect.resource.name": result.table}
            emit_event("sparkify.expectation.warning", resource=table, payload={"warnings": warnings})


def _validated(stage: str, results: Sequence[SuiteResult], started: float) -> Validated:
    duration_s = time.perf_counter() - started
    passed = sum(result.passed for result in results)
    get_run_logger().info("%d expectations of %d suites hold, %.1f s", passed, len(results), duration_s)
    return Validated(stage, tuple(results), duration_s)


def _locate(store: Store, result: SuiteResult, staged: Sequence[Staged]) -> SuiteResult:
    """Add to each critical violation the file and line of its first example."""
    (part,) = (part for part in staged if STAGING[part.dataset] == result.table)
    violations = tuple(
        replace(violation, place=find_place(store, part.dataset, part.files, violation.examples[0]))
        if violation.examples and violation.severity == "critical"
        else violation
        for violation in result.violations
    )
    return replace(result, violations=violations)
