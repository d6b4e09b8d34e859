"""Publish: load the staged batch into the star, enter it into the books and validate it, in one transaction."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

import sql
from tasks.batch import Batch
from tasks.dimensions import load_artists, load_songs, load_time, load_users
from tasks.facts import load_songplays
from tasks.loading import Loaded, TableRows, analyze_star, count_star
from tasks.quality import Validated, validate_star
from tasks.retries import RETRIES, backoff_with_jitter, is_transient
from tasks.staging import Staged
from warehouse import ConservationError, Warehouse, WarehouseBusy, WarehouseConnection

LOADS = (load_users, load_artists, load_songs, load_time, load_songplays)


@dataclass(frozen=True)
class Publication:
    """What a published batch did to the star: its row counts before and after, what was loaded, what was validated."""

    before: TableRows
    after: TableRows
    loads: tuple[Loaded, ...]
    validated: Validated


@task(
    name="publish",
    task_run_name="publish",
    cache_policy=NO_CACHE,
    retries=RETRIES,
    retry_delay_seconds=backoff_with_jitter,
    retry_condition_fn=is_transient,
)
def publish(warehouse: Warehouse, batch: Batch, staged: Sequence[Staged], *, full_refresh: bool) -> Publication:
    """Make the batch part of the star, or leave the star as it was.

    Everything happens in one transaction; whatever breaks it, such as a lost connection or a conflict with another
    transaction, undoes all of it, and all of it is tried again.

    Raises:
        ExpectationsFailed: a critical expectation failed on the star.
        ConservationError: the rows of the files, of staging and of songplays do not add up.
        WarehouseBusy: another run has taken the warehouse over.
    """
    with closing(warehouse.connect()) as star, star:
        if full_refresh:
            clear_star(star)
        before = count_star(star)
        loads = [load(star, batch) for load in LOADS]
        analyze_star(star, before, loads)
        after = record_ledger(star, warehouse, batch, staged, before)
        validated = validate_star(star, batch, staged)
    return Publication(before, after, tuple(loads), validated)


@task(name="clear star", task_run_name="clear star", cache_policy=NO_CACHE)
def clear_star(star: WarehouseConnection) -> None:
    """Empty the star and the ledger inside the transaction that will fill them again."""
    with star.cursor() as cursor:
        sql.run(cursor, "clear/star")


@task(name="record ledger", task_run_name="record ledger", cache_policy=NO_CACHE)
def record_ledger(
    star: WarehouseConnection, warehouse: Warehouse, batch: Batch, staged: Sequence[Staged], before: TableRows
) -> TableRows:
    """Enter the batch's files into the ledger and mark the batch as published; return the star's row counts.

    Raises:
        ConservationError: the rows of the files, of staging and of songplays do not add up.
        WarehouseBusy: another run has taken the warehouse over.
    """
    files_url = f"{batch.work_url}loaded_files.json"
    warehouse.store.write(files_url, "\n".join(_ledger_lines(batch, staged)).encode())
    after = count_star(star)
    with star.cursor() as cursor:
        counts = _count(cursor, staged, after["songplays"] - before["songplays"])
        sql.run(cursor, "copy/loaded_files", files_url=files_url, iam_role=warehouse.iam_role)
        published = sql.run(
            cursor,
            "batch/publish",
            batch_id=batch.batch_id,
            published_at=datetime.now(UTC).replace(tzinfo=None),
            files=sum(len(part.files) for part in staged),
            **counts,
        )
    if published != 1:
        raise WarehouseBusy(
            f"batch {batch.batch_id} is no longer running: another run has taken the warehouse over, or the connection "
            "was lost just when the batch was committed; run again, to publish it or to hear that nothing is new"
        )
    return after


def _ledger_lines(batch: Batch, staged: Sequence[Staged]) -> Iterator[str]:
    for part in staged:
        for file in part.files:
            rows = part.rows_scanned[file.url]
            yield json.dumps(
                {
                    "url": file.url,
                    "etag": file.etag,
                    "size_bytes": file.size_bytes,
                    "last_modified": file.last_modified.strftime("%Y-%m-%d %H:%M:%S.%f"),
                    "dataset": part.dataset,
                    "batch_id": batch.batch_id,
                    "rows_scanned": rows,
                    "rows_loaded": rows,
                    "rows_quarantined": 0,
                }
            )


def _count(cursor: sql.Cursor, staged: Sequence[Staged], added: int) -> dict[str, object]:
    """Check that no row was lost between the files, staging and songplays, and return the batch's counts."""
    events, songs, plays = (int(str(count)) for count in sql.fetch(cursor, "inspect/staging_rows")[0])
    in_staging = {"events": events, "songs": songs}
    for part in staged:
        if part.rows != in_staging[part.dataset]:
            raise ConservationError(
                f"the files of {part.dataset} hold {part.rows} rows, staging_{part.dataset} "
                f"{in_staging[part.dataset]}: nothing is published; run again, and report this if it persists"
            )
    if not 0 <= added <= plays:
        raise ConservationError(f"{plays} plays staged, but songplays grew by {added}: nothing is published")
    return {
        "event_rows": events,
        "song_rows": songs,
        "plays_added_rows": added,
        "plays_present_rows": plays - added,
    }
