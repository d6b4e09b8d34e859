"""Readers during loads: whatever becomes of a batch, a reader sees whole batches that were validated, and no other."""

from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from expectations.running.results import ExpectationsFailed
from flows.etl import etl
from tests.crash.committed import Committed, committed
from tests.crash.processes import PROCESSES
from tests.flows.lakes import Lake
from warehouse import CopyError

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("whole_flows")]


def read_until_told(channel: Connection) -> None:
    """Read the star again and again, and send back what there was to see, in order, and how often it was read."""
    seen: list[Committed | None] = [committed()]
    reads = 1
    channel.send("reading")
    while not channel.poll():
        state = committed()
        reads += 1
        if state != seen[-1]:
            seen.append(state)
    channel.send((seen, reads))


def test_a_reader_sees_each_validated_star_once_and_nothing_between_them(tmp_path: Path) -> None:
    lake, (ours, theirs) = Lake(tmp_path / "lake"), PROCESSES.Pipe()
    lake.log("2018-11-12", {})
    lake.song("TRA", {})
    etl(events=lake.events, songs=lake.songs)
    published = [committed()]
    reader = PROCESSES.Process(target=read_until_told, args=(theirs,))
    reader.start()
    theirs.close()
    assert ours.recv() == "reading"
    for batch in range(1, 4):
        lake.log(f"2018-11-12-{batch}", {"sessionId": batch, "userId": str(batch), "ts": 1542990258796 + batch})
        lake.song(f"TR{batch}", {"song_id": f"SOAAAAA12A8C13C48{batch}"})
        for spoiled in ({"level": "gold"}, '{"ts": "yesterday"}'):
            spoiler = lake.log("spoiler", {"sessionId": 99, "userId": "99"}, spoiled)
            with pytest.raises((ExpectationsFailed, CopyError)):
                etl(events=lake.events, songs=lake.songs)
            spoiler.unlink()
        etl(events=lake.events, songs=lake.songs, full_refresh=batch == 2)
        published.append(committed())
    ours.send("enough")
    seen, reads = ours.recv()
    reader.join()
    assert seen == published
    assert reads > len(published)
    assert [state.broken for state in seen] == [{"keys": 0, "orphans": 0, "stray rows": 0}] * len(published)
