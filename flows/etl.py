"""The flow `sparkify-etl`: from JSON in the lake to a validated star, or to no change at all."""

import time

from prefect import flow

from expectations.running.run import warm_up
from flows.outcome import ends_in_a_sentence
from flows.parameters import LakeUrl, Runs, Share, WarehouseName
from flows.roots import require_known_roots
from tasks.batch import close_batch, exclusive_batch
from tasks.discover.discovery import discover
from tasks.discover.sources import ask, find_sources, keep_sources
from tasks.opaque import opaque
from tasks.provision.lifecycle import awake
from tasks.publish.publication import Delivery, publish
from tasks.report import Published, Summary, nothing_new, report, summarise
from tasks.stage.compaction import compact
from tasks.stage.staging import stage_side_by_side
from tasks.stage.work_folders import clear_work_folders
from tasks.validate.data_docs import data_docs, prune_data_docs
from tasks.validate.quality import validate_staging
from warehouse import open_warehouse


@flow(name="sparkify-etl", timeout_seconds=12 * 3600)
@ends_in_a_sentence
def etl(
    warehouse: WarehouseName = "local",
    events: LakeUrl | None = None,
    songs: LakeUrl | None = None,
    full_refresh: bool = False,
    add_source: bool = False,
    moved_from: LakeUrl | None = None,
    quarantine_budget: Share = 0.0,
    compact_songs: bool = False,
    resume_first: bool = False,
    pause_after: bool = False,
    keep_data_docs: Runs = 100,
) -> Summary:
    """Load what is new in the lake into the star, validated before anybody can see it.

    Args:
        warehouse: `local`, the embedded PostgreSQL, or a saved block such as `redshift-cluster/prod`.
        events: where the activity logs lie: `s3://bucket/prefix`, `file:///folder` or a folder.
        songs: where the song metadata lies. With neither, the lake of the block, and what was loaded before; `local`
            makes a sample lake where nothing was.
        full_refresh: empty the star and load the whole lake again, in one transaction; what is given must cover it.
        add_source: load from places outside of the lake that the warehouse knows, too: a further part of it, or a lake
            whose sessions have numbers of their own.
        moved_from: the folder that the lake lay in before it was moved here: what was loaded from there stays loaded.
        quarantine_budget: the share of a batch's rows, at most 0.5, that may be bad and go to `quarantine` instead.
        compact_songs: copy small song files into a few large objects, which COPY reads faster than thousands of files.
        resume_first: resume the cluster if it is paused.
        pause_after: pause the cluster in the end, also when the run fails.
        keep_data_docs: of how many runs the pages of the Data Docs are kept, the latest.
    """
    started = time.perf_counter()
    target = open_warehouse(warehouse)
    asked = ask(events, songs, add_source=add_source, moved_from=moved_from)
    require_known_roots(asked.sources)
    with awake(target, resume_first=resume_first, pause_after=pause_after):  # noqa: SIM117 - each is a stage
        with exclusive_batch(target, full_refresh=full_refresh) as batch:
            sources = find_sources(target, batch, asked, full_refresh=full_refresh)
            manifests = discover(target, batch, sources.loaded, full_refresh=full_refresh)
            if not any(manifest.files for manifest in manifests):
                if sources.are_new:
                    keep_sources(target, batch, sources)
                clear_work_folders(target, batch)
                close_batch(target, batch, "nothing new")
                return report(nothing_new(batch.batch_id))
            warm_up()
            if compact_songs:
                manifests = [
                    compact(target, batch, opaque(each)) if each.dataset == "songs" else each for each in manifests
                ]
            staged = stage_side_by_side(target, manifests)
            staging_validated = validate_staging(target, batch, opaque(staged), quarantine_budget)
            delivery = Delivery(staged, staging_validated, sources.known, full_refresh)
            publication = publish(target, batch, opaque(delivery))
            published = Published(batch.batch_id, staged, staging_validated, publication, data_docs(target).index)
            prune_data_docs(target, keep_data_docs)
            clear_work_folders(target, batch)
            return report(summarise(published, started))
