"""The flow `sparkify-rebuild`: the star anew from the lake tables, in one transaction, without reading the lake."""

import time

from prefect import flow

from expectations.running.run import warm_up
from flows.outcome import readable_failure
from flows.parameters import KeptDataDocs, TakeOver, WarehouseName
from tasks.batch import exclusive_batch
from tasks.discover.retraction import nothing_to_load, require_lake
from tasks.lineage.run import traced
from tasks.opaque import opaque
from tasks.publish.publication import Delivery, publish
from tasks.report import Published, Summary, report, summarise
from tasks.stage.staging import stage_in_parallel
from tasks.stage.work_folders import clear_work_folders
from tasks.validate.data_docs import data_docs, prune_data_docs
from tasks.validate.quality import Validated
from warehouse import open_warehouse


@flow(name="sparkify-rebuild", timeout_seconds=12 * 3600)
@readable_failure
def rebuild(
    warehouse: WarehouseName = "local", take_over: TakeOver = False, keep_data_docs: KeptDataDocs = 100
) -> Summary:
    """Compute the star anew from the lake tables, and validate it, before anybody can see it; S3 is not read."""
    started = time.perf_counter()
    target = open_warehouse(warehouse)
    with traced("sparkify-rebuild", target), exclusive_batch(target, rebuild=True, take_over=take_over) as batch:
        require_lake(target)
        warm_up()
        staged = stage_in_parallel(target, nothing_to_load(batch))
        delivery = Delivery(staged, Validated("validate staging", (), 0.0), rebuild=True)
        publication = publish(target, batch, opaque(delivery))
        published = Published(batch.batch_id, delivery, publication, data_docs(target).index)
        prune_data_docs(target, keep_data_docs)
        clear_work_folders(target, batch)
        return report(summarise(published, started, "rebuilt from the lake tables"), target)
