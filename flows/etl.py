"""The flow `sparkify-etl`: from JSON in the lake to a validated star, or to no change at all."""

import time

from prefect import flow

from tasks.batch import clear_star, exclusive_batch, record_ledger, star_transaction
from tasks.dimensions import load_artists, load_songs, load_time, load_users
from tasks.discovery import Source, discover, source
from tasks.facts import load_songplays
from tasks.lake import sample_lake
from tasks.loading import analyze_star, count_star
from tasks.provisioning import provision
from tasks.quality import data_docs, validate_staging, validate_star
from tasks.report import Published, Summary, report, report_nothing_new
from tasks.staging import stage
from warehouse import open_warehouse


@flow(name="sparkify-etl", validate_parameters=True)
def etl(
    warehouse: str = "local",
    events: str | None = None,
    songs: str | None = None,
    full_refresh: bool = False,
) -> Summary:
    """Load what is new in the lake into the star, validated before anybody can see it.

    Args:
        warehouse: `local`, the embedded PostgreSQL.
        events: where the activity logs lie: `s3://bucket/prefix`, `file:///folder` or a folder.
        songs: where the song metadata lies. With neither, a sample lake is made once and loaded.
        full_refresh: empty the star and load the whole lake again, in one transaction.
    """
    started = time.perf_counter()
    target = open_warehouse(warehouse)
    sources = lake_sources(events, songs)
    provision(target)
    with exclusive_batch(target) as batch:
        manifests = discover(target, sources, full_refresh=full_refresh)
        if not any(manifest.files for manifest in manifests):
            return report_nothing_new(batch.batch_id)
        staging = [stage.submit(target, manifest) for manifest in manifests]
        staged = [future.result() for future in staging]
        staging_validated = validate_staging(target, batch, staged)
        with star_transaction(target) as star:
            if full_refresh:
                clear_star(star)
            before = count_star(star)
            loads = [load(star, batch) for load in (load_users, load_artists, load_songs, load_time, load_songplays)]
            analyze_star(star, before, loads)
            after = record_ledger(star, target, batch, staged, before)
            star_validated = validate_star(star, batch, staged)
        validated = [staging_validated, star_validated]
        published = Published(batch.batch_id, staged, loads, validated, before, after, str(data_docs("").index))
        return report(published, started)


def lake_sources(events: str | None, songs: str | None) -> list[Source]:
    """Read where the lake lies; with no URL at all, it is the sample lake of this machine."""
    if events is None and songs is None:
        lake = sample_lake()
        events, songs = str(lake / "log_data"), str(lake / "song_data")
    given = (("events", events), ("songs", songs))
    return [source(dataset, location) for dataset, location in given if location is not None]
