"""Load the dimensions: users, artists, songs, time."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.batch import Batch
from tasks.publish.loading import Loaded, load
from warehouse import WarehouseConnection


@task(name="load users", task_run_name="load users", cache_policy=NO_CACHE)
def load_users(star: WarehouseConnection, batch: Batch) -> Loaded:
    """Bring users up to date: one row per user seen logged in, as of the user's latest event."""
    return load(star, "users", batch.batch_id)


@task(name="load artists", task_run_name="load artists", cache_policy=NO_CACHE)
def load_artists(star: WarehouseConnection, batch: Batch) -> Loaded:
    """Bring artists up to date: one row per artist_id."""
    return load(star, "artists", batch.batch_id)


@task(name="load songs", task_run_name="load songs", cache_policy=NO_CACHE)
def load_songs(star: WarehouseConnection, batch: Batch) -> Loaded:
    """Bring songs up to date: one row per song_id."""
    return load(star, "songs", batch.batch_id)


@task(name="load time", task_run_name="load time", cache_policy=NO_CACHE)
def load_time(star: WarehouseConnection, batch: Batch) -> Loaded:
    """Bring time up to date: one row per moment at which a play started."""
    return load(star, "time", batch.batch_id)
