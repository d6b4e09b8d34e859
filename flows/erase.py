"""The flow `sparkify-erase`: forget a person, now and in all loads to come."""

import time

from prefect import flow

from expectations.running.run import warm_up
from flows.outcome import readable_failure
from flows.parameters import Confirmed, InAdvance, KeptDataDocs, TakeOver, UserNumber, WarehouseName
from tasks.batch import exclusive_batch
from tasks.discover.person import find_person
from tasks.discover.retraction import nothing_to_load
from tasks.lineage.run import traced
from tasks.opaque import opaque
from tasks.publish.publication import Delivery, publish
from tasks.remains import delete_copies, out_of_reach
from tasks.report import Published, Summary, report, summarise
from tasks.stage.staging import stage_in_parallel
from tasks.stage.work_folders import clear_work_folders
from tasks.validate.data_docs import data_docs, prune_data_docs
from tasks.validate.quality import Validated
from warehouse import open_warehouse


@flow(name="sparkify-erase", timeout_seconds=12 * 3600)
@readable_failure
def erase(
    user: UserNumber,
    warehouse: WarehouseName = "local",
    confirm: Confirmed = False,
    in_advance: InAdvance = False,
    take_over: TakeOver = False,
    keep_data_docs: KeptDataDocs = 100,
) -> Summary:
    """Forget a person, also in loads to come; without confirmation only show what would become of the tables."""
    started = time.perf_counter()
    target = open_warehouse(warehouse)
    with traced("sparkify-erase", target), exclusive_batch(target, take_over=take_over) as batch:
        person = find_person(target, user, in_advance=in_advance)
        warm_up()
        staged = stage_in_parallel(target, nothing_to_load(batch))
        validated = Validated("validate staging", (), 0.0)
        delivery = Delivery(staged, validated, erased=user, dry_run=not confirm)
        publication = publish(target, batch, opaque(delivery))
        if confirm:
            delete_copies(target, batch, user)
        published = Published(batch.batch_id, delivery, publication, data_docs(target).index)
        prune_data_docs(target, keep_data_docs)
        clear_work_folders(target, batch)
        return report(
            summarise(published, started, person.outcome(is_done=confirm), out_of_reach(target, person)), target
        )
