"""The flow `sparkify-sample`: write a synthetic lake to try things on."""

from prefect import flow

from flows.outcome import readable_failure
from flows.parameters import DayCount, EventCount, LakeFolder, Seed, SongCount, UserCount
from flows.roots import lake_folder
from sample_lake.simulation import LakeSpec, LakeSummary
from tasks.sample_lake import write_sample_lake

DEFAULT = LakeSpec()


@flow(name="sparkify-sample")
@readable_failure
def sample(
    out: LakeFolder,
    events: EventCount = DEFAULT.events,
    songs: SongCount = DEFAULT.songs,
    users: UserCount = DEFAULT.users,
    days: DayCount = DEFAULT.days,
    seed: Seed = DEFAULT.seed,
) -> LakeSummary:
    """Write a lake of so many events and songs into the folder `out`; the same numbers give the same bytes."""
    return write_sample_lake(lake_folder(out), LakeSpec(events=events, songs=songs, users=users, days=days, seed=seed))
