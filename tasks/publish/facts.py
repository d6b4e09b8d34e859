"""Load the fact table: songplays."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.batch import Batch
from tasks.publish.loading import Loaded, load
from warehouse import WarehouseConnection


@task(name="load songplays", task_run_name="load songplays", cache_policy=NO_CACHE)
def load_songplays(star: WarehouseConnection, batch: Batch) -> Loaded:
    """Bring songplays up to date: one row per play, matched to its song; runs after songs in the same transaction."""
    return load(star, "songplays", batch.batch_id)
