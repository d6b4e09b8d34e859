"""The lake that older code loaded, with the versions that its ledger knows: the same bytes at the same times."""

import os
from pathlib import Path

from tests.flows.lakes import Lake

LOADED_AT_S = 1_542_000_000
"""When every file was changed last; a file of another time is another version."""


def write_lake(folder: Path) -> Lake:
    """Write two days of logs, the second with a row that belongs into quarantine, and three songs by two artists."""
    lake = Lake(folder)
    files = [
        lake.log(
            "2018-11-12", {}, {"page": "Home", "itemInSession": 1, "ts": 1541990268796}, {**OTHER, "level": "free"}
        ),
        lake.song("TRAAAAW128F429D538", {}),
        lake.song("TRAAABD128F429CF47", {"song_id": "SOAAAAA12A8C13C481", "title": "Here", "year": 0}),
        lake.song("TRAAADZ128F9348C2E", {**SONG, "song_id": "SOBBBBB12A8C13C482"}),
        log_second_day(lake),
    ]
    for file in files:
        os.utime(file, (LOADED_AT_S, LOADED_AT_S))
    return lake


def log_second_day(lake: Lake) -> Path:
    """Write a day on which a user has paid, who plays a song that is not known, and whose third line COPY refuses."""
    paid = {**OTHER, "itemInSession": 3, "ts": 1542076658796, "level": "paid"}
    return lake.log("2018-11-13", paid, {**paid, "itemInSession": 4, "song": "Unknown"}, {**paid, "level": "premium"})


def log_third_day(lake: Lake) -> None:
    """Write a day that older code has never seen, on which the other user goes back to a song that is known."""
    lake.log("2018-11-14", {**OTHER, "itemInSession": 9, "ts": 1542163058796, "level": "free"}, {"itemInSession": 7})
    lake.song("TRAAAEF128F4273421", {**SONG, "song_id": "SOCCCCC12A8C13C483", "title": "Later", "artist_location": ""})


OTHER = {"userId": "12", "firstName": "Ada", "lastName": "Day", "sessionId": 400, "song": "There", "artist": "Moby"}
SONG = {"artist_id": "ARMOBY11187B99BFB2", "artist_name": "Moby", "title": "There", "artist_latitude": 40.7}
