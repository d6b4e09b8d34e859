"""The flow `sparkify-etl`: from JSON in the lake to a validated star, or to no change at all."""

import time

from prefect import flow

from expectations.running.run import warm_up
from flows.outcome import readable_failure
from flows.parameters import (
    AcceptDrift,
    AddSource,
    BatchBytes,
    BatchFiles,
    CompactSongs,
    DryRun,
    FullRefresh,
    KeptDataDocs,
    LakeUrl,
    MaxLag,
    MovedFrom,
    PauseAfter,
    QuarantineBudget,
    ResumeFirst,
    TakeOver,
    UnknownKeys,
    WarehouseName,
    WithoutMissing,
    takes_a_lake,
)
from flows.roots import require_known_roots
from lake.max_lag import parse_max_lag
from tasks.batch import close_batch, exclusive_batch
from tasks.discover.bounding import BATCH_BYTES, BATCH_FILES, bound
from tasks.discover.discovery import discover
from tasks.discover.sources import find_sources, keep_sources, lake_options
from tasks.lineage.run import traced
from tasks.opaque import opaque
from tasks.provision.lifecycle import awake
from tasks.publish.publication import Delivery, publish
from tasks.report import Published, Summary, dry_run_of, nothing_new, report, so_far, summarise, together
from tasks.stage.compaction import compact
from tasks.stage.staging import stage_in_parallel
from tasks.stage.work_folders import clear_work_folders
from tasks.status import reported_status
from tasks.validate.data_docs import data_docs, prune_data_docs
from tasks.validate.keys import RunPolicy
from tasks.validate.quality import validate_staging
from warehouse import open_warehouse


@flow(name="sparkify-etl", timeout_seconds=12 * 3600)
@readable_failure
@takes_a_lake
def etl(
    warehouse: WarehouseName = "local",
    full_refresh: FullRefresh = False,
    add_source: AddSource = False,
    moved_from: MovedFrom = None,
    without_missing: WithoutMissing = False,
    dry_run: DryRun = False,
    batch_files: BatchFiles = BATCH_FILES,
    batch_bytes: BatchBytes = BATCH_BYTES,
    quarantine_budget: QuarantineBudget = 0.0,
    compact_songs: CompactSongs = False,
    unknown_keys: UnknownKeys = None,
    accept_drift: AcceptDrift = False,
    max_lag: MaxLag = None,
    resume_first: ResumeFirst = False,
    pause_after: PauseAfter = False,
    take_over: TakeOver = False,
    keep_data_docs: KeptDataDocs = 100,
    **lake: LakeUrl | None,
) -> Summary:
    """Load what is new in the lake into the star, validated before anybody can see it."""
    target = open_warehouse(warehouse)
    if dry_run and moved_from is not None:
        raise ValueError("--dry-run and --moved-from exclude each other: a move is entered in the ledger at once")
    limit = parse_max_lag(max_lag or target.max_lag)
    options = lake_options(lake, add_source=add_source, moved_from=moved_from)
    require_known_roots(options.sources)
    policy = RunPolicy(unknown_keys, accept_drift, full_refresh)
    is_divided = not (full_refresh or dry_run)  # these are one transaction
    done: list[Summary] = []
    files_left = 0
    with (
        awake(target, resume_first=resume_first, pause_after=pause_after),
        reported_status(target, limit),
        traced("sparkify-etl", target),
    ):
        while not done or files_left:
            started = time.perf_counter()
            with exclusive_batch(
                target, full_refresh=full_refresh, take_over=take_over and not done, before=so_far(done, files_left)
            ) as batch:
                sources = find_sources(target, batch, options, full_refresh=full_refresh)
                manifests = discover(
                    target,
                    batch,
                    sources.loaded,
                    full_refresh=full_refresh,
                    without_missing=without_missing,
                    dry_run=dry_run,
                )
                if not full_refresh and all(manifest.is_empty for manifest in manifests):
                    if sources.are_new and not dry_run:
                        keep_sources(target, batch, sources)
                    clear_work_folders(target, batch)
                    close_batch(target, batch, "nothing new")
                    summary = together(done) if done else nothing_new(batch.batch_id)
                    return report(summary, target, is_sample=sources.are_sample)
                bounded = bound(manifests, batch_files, batch_bytes, is_divided=is_divided)
                manifests, files_left = [*bounded.manifests], bounded.files_left
                warm_up()
                if compact_songs:
                    manifests = [
                        compact(target, batch, opaque(each)) if each.has_small_files else each for each in manifests
                    ]
                staged = stage_in_parallel(target, manifests)
                staging_validated = validate_staging(target, batch, opaque(staged), quarantine_budget, policy)
                delivery = Delivery(staged, staging_validated, sources.known, full_refresh, dry_run=dry_run)
                publication = publish(target, batch, opaque(delivery))
                published = Published(batch.batch_id, delivery, publication, data_docs(target).index)
                prune_data_docs(target, keep_data_docs)
                clear_work_folders(target, batch)
                did = dry_run_of(bounded.batches, quarantine_budget) if dry_run else ""
                done.append(summarise(published, started, did))
                summary = report(together(done, files_left), target, is_sample=sources.are_sample)
    return summary
