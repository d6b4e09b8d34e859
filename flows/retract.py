"""The flow `sparkify-retract`: take back what files brought in, as if these versions of them had never been loaded."""

import time

from prefect import flow

from expectations.running.run import warm_up
from flows.outcome import readable_failure
from flows.parameters import BatchNumber, Confirmed, Files, KeptDataDocs, TakeOver, WarehouseName, WithoutMissing
from tasks.batch import exclusive_batch
from tasks.discover.retraction import find_retraction
from tasks.lineage.run import traced
from tasks.opaque import opaque
from tasks.publish.publication import Delivery, publish
from tasks.report import Published, Summary, report, summarise
from tasks.stage.staging import stage_in_parallel
from tasks.stage.work_folders import clear_work_folders
from tasks.validate.data_docs import data_docs, prune_data_docs
from tasks.validate.quality import validate_staging
from warehouse import open_warehouse


@flow(name="sparkify-retract", timeout_seconds=12 * 3600)
@readable_failure
def retract(
    warehouse: WarehouseName = "local",
    batch: BatchNumber = None,
    files: Files = None,
    confirm: Confirmed = False,
    without_missing: WithoutMissing = False,
    take_over: TakeOver = False,
    keep_data_docs: KeptDataDocs = 100,
) -> Summary:
    """Take back what a batch or some files brought in; without confirmation only show what would become of the star."""
    started = time.perf_counter()
    target = open_warehouse(warehouse)
    with traced("sparkify-retract", target), exclusive_batch(target, take_over=take_over) as run:
        found = find_retraction(target, run, batch, files, without_missing=without_missing)
        warm_up()
        staged = stage_in_parallel(target, found.manifests)
        validated = validate_staging(target, run, opaque(staged), 0.0)
        delivery = Delivery(staged, validated, retracted=found.files, dry_run=not confirm)
        publication = publish(target, run, opaque(delivery))
        published = Published(run.batch_id, delivery, publication, data_docs(target).index)
        prune_data_docs(target, keep_data_docs)
        clear_work_folders(target, run)
        did = (
            f"{found.count} retracted"
            if confirm
            else f"{found.count} would be retracted by --confirm; nothing was changed"
        )
        return report(summarise(published, started, did), target)
