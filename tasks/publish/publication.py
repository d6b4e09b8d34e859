"""Publish: load the staged batch into the star, enter it into the books and validate it, in one transaction."""

from asyncio import CancelledError
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from prefect import task
from prefect.cache_policies import NO_CACHE

import sql
from tasks.batch import FATE, Batch, read_status, remember_fate, settle
from tasks.discover.places import Place
from tasks.discover.sources import record_sources
from tasks.publish.books import Books, count_batch, record_ledger
from tasks.publish.dimensions import load_artists, load_songs, load_time, load_users
from tasks.publish.facts import load_songplays
from tasks.publish.loading import Loaded, TableRows, analyze_star, read_star_rows
from tasks.retries import io_task
from tasks.stage.staging import Staged
from tasks.validate.bad_rows import BadRow
from tasks.validate.quality import Validated, validate_star
from tasks.whole import whole
from warehouse import Warehouse, WarehouseConnection, WarehouseUnavailable, in_one_line

LOADS = (load_users, load_artists, load_songs, load_time, load_songplays)


@dataclass(frozen=True)
class Publication:
    """What a published batch did to the star: its row counts before and after, what was loaded, what was validated.

    `analyze_s` is how long it took to renew the statistics of the tables that it changed.
    """

    before: TableRows
    after: TableRows
    loads: tuple[Loaded, ...]
    analyze_s: float
    validated: Validated


@dataclass(frozen=True)
class Delivery:
    """What a batch is to publish: what was staged, the rows of it in quarantine, and all places known from now on.

    A full refresh takes the place of all that was loaded before.
    """

    staged: Sequence[Staged]
    quarantined: Sequence[BadRow]
    known: Sequence[Place]
    full_refresh: bool


def publish_batch(warehouse: Warehouse, batch: Batch, delivery: Delivery) -> Publication:
    """Publish the batch; where the run does not hear how its COMMIT ended, the books decide.

    Raises:
        WarehouseUnavailable: neither the answer to COMMIT nor the books can be had.
    """
    made: list[Publication] = []
    try:
        publication = publish(warehouse, batch, whole(delivery), whole(made))
        remember_fate(batch, is_published=True)
    except BaseException as error:
        if not made:
            raise
        is_published = settle(warehouse, batch, "failed")
        remember_fate(batch, is_published)
        is_failure = isinstance(error, Exception | CancelledError)  # Prefect's time limits raise the latter
        if is_published and is_failure:
            return made[0]
        if is_published is None and is_failure:
            raise WarehouseUnavailable(
                f"{in_one_line(error)}; {FATE.get()}, and a new run loads what is missing"
            ) from error
        raise
    return publication


@io_task("publish", "publish batch {batch.batch_id}", timeout_seconds=4 * 3600)
def publish(warehouse: Warehouse, batch: Batch, delivery: Delivery, made: list[Publication]) -> Publication:
    """Make the batch part of the star, or leave the star as it was.

    Everything happens in one transaction; whatever breaks it, such as a lost connection or a conflict with another
    transaction, undoes all of it, and all of it is tried again. What COMMIT would publish is kept in `made`: if its
    answer is lost, the next attempt finds the batch published.

    Raises:
        ExpectationsFailed: a critical expectation failed on the star.
        ConservationError: the rows of the files, of staging, of songplays and of quarantine do not add up.
        WarehouseBusy: another run has taken the warehouse over.
    """
    with closing(warehouse.connect()) as star, star:
        if made and _is_published(star, batch):
            return made[0]
        before = read_star_rows(star)
        if delivery.full_refresh:
            clear_star(star)
        kept = dict.fromkeys(before, 0) if delivery.full_refresh else before
        batch_rows = count_batch(star)
        loads = [load(star, batch) for load in LOADS]
        analyze_s = analyze_star(star, loads)
        after = {load.table: kept[load.table] + load.rows_added for load in loads}
        books = Books(batch, delivery.staged, delivery.quarantined, batch_rows, loads, after)
        record_ledger(star, warehouse, whole(books))
        with star.cursor() as cursor:
            record_sources(cursor, batch, delivery.known)
        validated = validate_star(star, warehouse, batch, whole(delivery.staged))
        made[:] = [Publication(before, after, tuple(loads), analyze_s, validated)]
    return made[0]


def _is_published(star: WarehouseConnection, batch: Batch) -> bool:
    with star.cursor() as cursor:
        return read_status(cursor, batch) == "published"


@task(name="clear star", task_run_name="clear star", cache_policy=NO_CACHE)
def clear_star(star: WarehouseConnection) -> None:
    """Empty the star and the ledger inside the transaction that will fill them again."""
    with star.cursor() as cursor:
        sql.run(cursor, "clear/star")
