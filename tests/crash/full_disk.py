"""Run the flow on a disk that is full, and on the same disk with room again.

It wants to be alone on a small file system: `python -m tests.crash.full_disk FOLDER API`, where FOLDER is to hold
everything, and API is a Prefect server. The last line it prints is what became of the star.
"""

import os
import sys
from pathlib import Path

from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.etl import etl
from local_redshift import postgres_server
from tests.crash.committed import committed
from tests.crash.conftest import try_again_at_once
from tests.flows.lakes import Lake


def main(folder: Path, api: str) -> None:
    """Load a batch, fill the disk, fail to load the next, make room, and load it."""
    os.environ["SPARKIFY_HOME"] = str(folder / "home")
    try_again_at_once()
    lake, filler = Lake(folder / "lake"), folder / "filler"
    lake.log("2018-11-12", {})
    lake.song("TRA", {})
    with temporary_settings(updates={PREFECT_API_URL: api}):
        etl(events=lake.events, songs=lake.songs)
        old = committed()
        lake.log("2018-11-13", *({"sessionId": 1000 + number, "userAgent": "x" * 250} for number in range(20_000)))
        fill(filler, leave_bytes=2 << 20)
        said = failure(lake)
        filler.unlink()
        is_old = committed() == old
        etl(events=lake.events, songs=lake.songs)
        new = committed()
    postgres_server.stop(folder / "home")
    assert new is not None
    print(f"{said}\n{is_old} {len(new.star['songplays'])} {new.broken}")  # noqa: T201


def fill(filler: Path, leave_bytes: int) -> None:
    """Take all room of the file system but this much."""
    free = os.statvfs(filler.parent)
    filler.write_bytes(b"\0" * (free.f_bavail * free.f_frsize - leave_bytes))


def failure(lake: Lake) -> str:
    """Run the flow, and return why it failed."""
    try:
        etl(events=lake.events, songs=lake.songs)
    except Exception as error:  # noqa: BLE001 - whatever it is
        return f"{type(error).__name__}: {error}".replace("\n", " ")
    return "it did not fail"


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
