"""Validate: run the suites on staging, and on the star before it is committed."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from expectations.results import SuiteResult, raise_if_critical
from expectations.run import Check, DataDocs, batch_checks, run_suites, staging_checks, star_checks
from tasks.batch import Batch
from tasks.evidence import find_place
from tasks.staging import Staged
from warehouse import Warehouse, WarehouseConnection
from warehouse.local import home


@task(name="validate staging", cache_policy=NO_CACHE)
def validate_staging(warehouse: Warehouse, batch: Batch, staged: Sequence[Staged]) -> list[SuiteResult]:
    """Run the suites of the staging tables that this batch filled.

    Raises:
        ExpectationsFailed: a critical expectation failed; the message names file, line, column and value.
    """
    filled = [part for part in staged if part.files]
    checks = staging_checks([part.dataset for part in filled])
    with closing(warehouse.connect()) as connection:
        results = _run(connection, checks, f"batch-{batch.batch_id}")
    raise_if_critical([_locate(result, part) for result, part in zip(results, filled, strict=True)])
    return results


@task(name="validate star", cache_policy=NO_CACHE)
def validate_star(star: WarehouseConnection, batch: Batch, staged: Sequence[Staged]) -> list[SuiteResult]:
    """Run the suites on what the batch wrote, inside its open transaction: keys are checked against whole tables.

    Raises:
        ExpectationsFailed: a critical expectation failed; the message names the rows.
    """
    datasets = [part.dataset for part in staged if part.files]
    results = _run(star, batch_checks(batch.batch_id, datasets), f"batch-{batch.batch_id}")
    raise_if_critical(results)
    return results


@task(name="audit star", cache_policy=NO_CACHE)
def audit_star(warehouse: Warehouse, run_name: str) -> list[SuiteResult]:
    """Run the star's suites over whole tables.

    Raises:
        ExpectationsFailed: a critical expectation failed; the message names the rows.
    """
    with closing(warehouse.connect()) as connection:
        results = _run(connection, star_checks(), run_name)
    raise_if_critical(results)
    return results


def data_docs(run_name: str) -> DataDocs:
    """Return where the Data Docs of a run are written."""
    return DataDocs(home() / "data-docs", run_name)


def _run(connection: WarehouseConnection, checks: Sequence[Check], run_name: str) -> list[SuiteResult]:
    results = run_suites(connection, checks, data_docs(run_name))
    for result in results:
        for warning in result.warnings:
            get_run_logger().warning("%s", warning)
    return results


def _locate(result: SuiteResult, part: Staged) -> SuiteResult:
    """Add to each critical violation the file and line of its first example."""
    violations = tuple(
        replace(violation, place=find_place(part, violation.examples[0])) if violation.examples else violation
        for violation in result.critical
    )
    return replace(result, violations=violations)
