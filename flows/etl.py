"""The flow `sparkify-etl`: from JSON in the lake to a validated star, or to no change at all."""

import time

from prefect import flow

from expectations.run import warm_up
from flows.outcome import ends_in_a_sentence
from flows.parameters import LakeUrl, Runs, Share, WarehouseName
from tasks.batch import exclusive_batch
from tasks.compaction import compact
from tasks.data_docs import data_docs, prune_data_docs
from tasks.discovery import Source, discover, source
from tasks.lake import sample_lake
from tasks.lifecycle import awake
from tasks.provisioning import provision
from tasks.publication import publish
from tasks.quality import validate_staging
from tasks.report import Published, Summary, report, report_nothing_new
from tasks.staging import stage_side_by_side
from tasks.whole import whole
from tasks.work_folders import clear_work_folders
from warehouse import Warehouse, open_warehouse


@flow(name="sparkify-etl", timeout_seconds=12 * 3600)
@ends_in_a_sentence
def etl(
    warehouse: WarehouseName = "local",
    events: LakeUrl | None = None,
    songs: LakeUrl | None = None,
    full_refresh: bool = False,
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
        songs: where the song metadata lies. With neither, the lake of the block; `local` makes a sample lake once.
        full_refresh: empty the star and load the whole lake again, in one transaction.
        quarantine_budget: the share of a batch's rows, at most 0.5, that may be bad and go to `quarantine` instead.
        compact_songs: copy small song files into a few large objects, which COPY reads faster than thousands of files.
        resume_first: resume the cluster if it is paused.
        pause_after: pause the cluster in the end, also when the run fails.
        keep_data_docs: of how many runs the pages of the Data Docs are kept, the latest.
    """
    started = time.perf_counter()
    target = open_warehouse(warehouse)
    sources = lake_sources(target, events, songs)
    with awake(target, resume_first=resume_first, pause_after=pause_after):
        provision(target)
        with exclusive_batch(target) as batch:
            manifests = discover(target, batch, sources, full_refresh=full_refresh)
            if not any(manifest.files for manifest in manifests):
                return report_nothing_new(batch.batch_id)
            warm_up()
            if compact_songs:
                manifests = [
                    compact(target, batch, whole(each)) if each.dataset == "songs" else each for each in manifests
                ]
            staged = stage_side_by_side(target, manifests, leave_out_bad_lines=quarantine_budget > 0)
            staging_validated = validate_staging(target, batch, whole(staged), quarantine_budget, whole([]))
            quarantined = staging_validated.quarantined
            publication = publish(target, batch, whole(staged), whole(quarantined), full_refresh=full_refresh)
            published = Published(batch.batch_id, staged, staging_validated, publication, data_docs(target).index)
            prune_data_docs(target, keep_data_docs)
            clear_work_folders(target, batch)
            return report(whole(published), started)


def lake_sources(warehouse: Warehouse, events: str | None, songs: str | None) -> list[Source]:
    """Read where the lake lies; with no URL at all, it is the warehouse's own, or the sample lake of this machine."""
    if events is None and songs is None:
        events, songs = warehouse.lake or sample_lake()
    given = (("events", events), ("songs", songs))
    return [source(dataset, location) for dataset, location in given if location is not None]
