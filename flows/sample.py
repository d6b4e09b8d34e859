"""The flow `sparkify-sample`: write a synthetic lake to try things on."""

from pathlib import Path

from prefect import flow

from flows.outcome import ends_in_a_sentence
from flows.roots import lake_folder
from sample_lake.simulation import LakeSpec, LakeSummary
from tasks.sample_lake import write_sample_lake

DEFAULT = LakeSpec()


@flow(name="sparkify-sample")
@ends_in_a_sentence
def sample(
    out: Path,
    events: int = DEFAULT.events,
    songs: int = DEFAULT.songs,
    users: int = DEFAULT.users,
    days: int = DEFAULT.days,
    seed: int = DEFAULT.seed,
) -> LakeSummary:
    """Write a lake of so many events and songs into the folder `out`; the same numbers give the same bytes."""
    return write_sample_lake(lake_folder(out), LakeSpec(events=events, songs=songs, users=users, days=days, seed=seed))
