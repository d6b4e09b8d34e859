"""Publish: load the staged batch into the star, record it in the audit tables and validate it, in one transaction."""

from asyncio import CancelledError
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime

import psycopg2

import sql
from expectations.running.results import Violation
from lake.clock import utc_now
from sql.datasets import LAKE
from sql.tables import KEPT, STAR
from tasks.batch import OUTCOME, Batch, close_batch, find_outcome, remember_outcome
from tasks.discover.changes import portions
from tasks.discover.locations import Location
from tasks.discover.sources import record_sources
from tasks.failures import interrupt_behind, reason_of
from tasks.fencing import fence
from tasks.opaque import opaque
from tasks.publish.erasure import remember
from tasks.publish.examples import Examples, find_examples
from tasks.publish.ledger import BatchRecord, BatchRows, count_batch, record_ledger
from tasks.publish.loading import Arrival, StarChange, analyze_star, load_star, replace_in_lake
from tasks.publish.repeated import tell_repeated
from tasks.retries import io_task
from tasks.stage.staging import Staged
from tasks.steps import step
from tasks.validate.keys import record_seen
from tasks.validate.quality import Validated, validate_star
from tasks.validate.quarantine import delete_broken
from warehouse import Warehouse, WarehouseConnection, WarehouseError, WarehouseUnavailable, in_one_line


@dataclass(frozen=True)
class Publication:
    """What a published batch did to each table of the star, and what was validated.

    `analyze_s` is how long it took to renew the statistics of the tables that it changed. A dry run has examples of the
    rows that it would have changed, by their table.
    """

    changes: tuple[StarChange, ...]
    analyze_s: float
    validated: Validated
    examples: Mapping[str, Examples] = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    """What a batch is to publish: what was staged, what of it was validated, and all known sources from now on.

    A full refresh replaces all that was loaded before; a rebuild computes the star anew from what the lake tables hold.
    The files to retract, by dataset, are not loaded again in these versions. `erased` is the number of a user who is to
    be forgotten. A dry run publishes nothing.
    """

    staged: Sequence[Staged]
    validated: Validated
    known: Sequence[Location] = ()
    full_refresh: bool = False
    rebuild: bool = False
    retracted: Mapping[str, Sequence[str]] = field(default_factory=dict)
    erased: int | None = None
    dry_run: bool = False


@io_task("publish", "publish batch {batch.batch_id}", timeout_seconds=4 * 3600)
def publish(warehouse: Warehouse, batch: Batch, delivery: Delivery) -> Publication:
    """Make the batch part of the star, or leave the star as it was.

    Everything happens in one transaction; whatever breaks it, such as a lost connection or a conflict with another
    transaction, undoes all of it, and all of it is tried again.

    Raises:
        ExpectationsFailed: a critical expectation failed on the star.
        ConservationError: the rows of the files, of staging, of songplays and of quarantine do not add up.
        WarehouseBusy: another run has taken the warehouse over.
        WarehouseUnavailable: neither the answer to COMMIT nor the batch's status can be read.
    """
    with closing(warehouse.connect()) as star:
        with star.cursor() as cursor:
            fence(cursor)
        from_batch_id = 0 if delivery.rebuild else batch.batch_id
        cleared = clear(star, delivery)
        delete_quarantined(star, delivery.validated.broken)
        retract(star, delivery.retracted)
        if delivery.erased is not None:
            remember(star, delivery.erased)
        replaced = replace_in_lake(star, batch, delivery.staged, delivery.erased)
        batch_rows, before = count_batch(star, from_batch_id)
        if not (delivery.rebuild or delivery.full_refresh):
            tell_repeated(batch_rows, delivery.staged)
        loads = load_star(star, batch, _arrival(from_batch_id, batch_rows))
        analyze_s = analyze_star(star, loads)
        changes = [
            StarChange(each, before[each.table], before[each.table] if each.table in cleared else 0)
            for each in (*replaced, *loads)
        ]
        record = BatchRecord(batch, delivery.staged, delivery.validated.quarantined, batch_rows, changes)
        record_ledger(star, warehouse, opaque(record))
        with star.cursor() as cursor:
            record_seen(cursor, delivery.validated.keys.seen, delivery.validated.keys.columns)
            if delivery.known:
                record_sources(cursor, batch, delivery.known)
        validated = validate_star(star, warehouse, batch, opaque(delivery.staged), delivery.erased)
        if delivery.dry_run:
            examples = find_examples(star, changes[len(replaced) :])
            star.rollback()
            close_batch(warehouse, batch, "dry run")
            return Publication(tuple(changes), analyze_s, validated, examples)
        commit(star, warehouse, batch)
    return Publication(tuple(changes), analyze_s, validated)


def _arrival(from_batch_id: int, rows: BatchRows) -> Arrival:
    """Return what is new to the star; a batch without plays has them at no moment."""
    if rows.first_moment is None or rows.last_moment is None:
        return Arrival(from_batch_id, datetime.max, datetime.min)
    return Arrival(from_batch_id, rows.first_moment, rows.last_moment)


def delete_quarantined(star: WarehouseConnection, broken: Sequence[Violation]) -> None:
    """Delete from staging the rows that are quarantined, by the expectations that they break."""
    with star.cursor() as cursor:
        for violation in broken:
            delete_broken(cursor, violation)


def commit(star: WarehouseConnection, warehouse: Warehouse, batch: Batch) -> None:
    """COMMIT the open transaction: from here on everybody sees the batch.

    Where the answer is lost, or a signal or a time limit comes between, the status in `batches` decides.

    Raises:
        psycopg2.Error: nothing was published, and all of it may be tried again.
        WarehouseUnavailable: neither the answer nor the batch's status can be read.
    """
    try:
        star.commit()
        remember_outcome(batch, is_published=True)
    except psycopg2.Error as error:
        if not _was_published(warehouse, batch, error) or interrupt_behind(error):
            raise
    except BaseException as error:
        is_published = close_batch(warehouse, batch, "failed", reason_of(error))
        remember_outcome(batch, is_published)
        is_failure = isinstance(error, Exception | CancelledError)  # Prefect's time limits raise the latter
        if not (is_published and is_failure) or interrupt_behind(error):
            raise


def _was_published(warehouse: Warehouse, batch: Batch, error: psycopg2.Error) -> bool:
    """Return whether the batch was published although COMMIT failed so, and remember it."""
    remember_outcome(batch, is_published=None)
    try:
        is_published = find_outcome(warehouse, batch)
    except (psycopg2.Error, WarehouseError):
        unknown = f"{in_one_line(error)}; {OUTCOME.get()}, and a new run loads what is missing"
        raise WarehouseUnavailable(unknown) from error
    remember_outcome(batch, is_published)
    return is_published


def clear(star: WarehouseConnection, delivery: Delivery) -> Sequence[str]:
    """Empty the tables that a full refresh or a rebuild fills again, and return which they are."""
    if delivery.full_refresh:
        clear_star(star)
        clear_lake(star)
        return [*KEPT]
    if delivery.rebuild:
        clear_star(star)
        return [*STAR]
    return []


@step("clear star")
def clear_star(star: WarehouseConnection) -> None:
    """Empty the star inside the transaction that will fill it again."""
    with star.cursor() as cursor:
        sql.run_at_once(cursor, "clear/star", {"star": [*reversed(STAR)]})


@step("clear lake")
def clear_lake(star: WarehouseConnection) -> None:
    """Empty the lake tables and the ledger's list of what is current, inside the transaction that will fill them."""
    with star.cursor() as cursor:
        sql.run_at_once(cursor, "clear/lake", {"lake": LAKE})


def retract(star: WarehouseConnection, files: Mapping[str, Sequence[str]]) -> None:
    """Enter in the ledger that the current versions of files are taken back."""
    now = utc_now()
    with star.cursor() as cursor:
        for dataset, urls in files.items():
            for portion in portions(urls):
                sql.run(cursor, "mark/retracted", dataset=dataset, urls=portion, now=now)
