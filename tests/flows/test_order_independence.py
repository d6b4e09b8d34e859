"""Any split of any lake into batches, in any order, with repeats and failures, ends in one and the same star."""

import os
import shutil
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expectations.running.results import ExpectationsFailed
from flows.etl import etl
from tasks.provision.provisioning import provision
from tests.expectations.rows import execute
from tests.flows.lakes import EVENT, SONG, Lake, read_star
from tests.flows.model import Document, expected_star
from tests.stages import bare_stages
from tests.state import forget_rows
from warehouse import CopyError, connect, open_warehouse

FEW = 3
LAKES = int(os.environ.get("SPARKIFY_TEST_LAKES", "10"))

# Few values of everything, so that the same user, play, song and artist come again and again, and disagree.
TITLES = ("Mercy:The Laundromat", "mercy", "Été \N{SNOWMAN}", "x" * 40)
ARTISTS = ("Pavement", "Pavement feat. X", "pavement")
SECONDS = (99.16036, 99.16037, 218.93178999999998, 60)
MOMENTS = (1541105830796, 1541105830797, 1546214400000)


def _changes(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(fields)


PLAYS = _changes(
    userId=st.sampled_from(("10", "11", "12")),
    sessionId=st.integers(1, 2),
    itemInSession=st.integers(0, 3),
    ts=st.sampled_from(MOMENTS),
    level=st.sampled_from(("free", "paid")),
    firstName=st.sampled_from(("Sylvie", "Ryan", None)),
    gender=st.sampled_from(("F", "M", None)),
    location=st.sampled_from(("Washington, DC", None)),
    song=st.sampled_from(TITLES),
    artist=st.sampled_from(ARTISTS),
    length=st.sampled_from(SECONDS),
)
VISITS = PLAYS.map(lambda play: {**play, "page": "Help", "song": None, "artist": None, "length": None})
STRANGERS = VISITS.map(lambda visit: {**visit, "auth": "Logged Out", "userId": "", "firstName": None, "gender": None})
EVENTS = st.one_of(PLAYS, PLAYS, PLAYS, VISITS, STRANGERS)
SONGS = _changes(
    song_id=st.sampled_from(tuple(f"SO{letter * 16}" for letter in "ABCD")),
    artist_id=st.sampled_from(("ARAAAAAAAAAAAAAAAA", "ARBBBBBBBBBBBBBBBB")),
    artist_name=st.sampled_from(ARTISTS),
    artist_location=st.sampled_from(("", "London", None)),
    artist_latitude=st.sampled_from((None, 36.7, -0.5)),
    artist_longitude=st.sampled_from((None, 0.0, -119.4)),
    title=st.sampled_from(TITLES),
    duration=st.sampled_from(SECONDS),
    year=st.sampled_from((0, 1992, 2001)),
)


@dataclass(frozen=True)
class Delivery:
    """What is put into the lake before one run, maybe once more what came first, and where that run fails at first."""

    logs: tuple[tuple[dict[str, Any], ...], ...]
    songs: tuple[dict[str, Any], ...]
    repeats: bool
    spoiled_by: str | None


SPOILERS: Mapping[str, dict[str, Any] | str] = {
    "COPY": '{"ts": "yesterday"}',
    "expectation": {"level": "gold"},
    "publishing": {"level": "paid", "ts": MOMENTS[-1], "itemInSession": 4},
}
REFUSE = """
    CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS 'BEGIN RAISE ''no more of this''; END';
    CREATE TRIGGER refuse BEFORE INSERT ON loaded_files
    FOR EACH ROW WHEN (NEW.url LIKE '%spoiler%') EXECUTE FUNCTION refuse();
"""
"""What spoils the publishing: the ledger, which is written when the star is, refuses that file."""
DELIVERIES = st.builds(
    Delivery,
    logs=st.lists(st.lists(EVENTS, min_size=1, max_size=30).map(tuple), max_size=2).map(tuple),
    songs=st.lists(SONGS, max_size=6).map(tuple),
    repeats=st.booleans(),
    spoiled_by=st.sampled_from((None, None, *SPOILERS)),
)


def _deliver(lake: Lake, number: str, delivery: Delivery) -> None:
    for name, events in enumerate(delivery.logs):
        lake.log(f"{number}-{name}", *events)
    for name, song in enumerate(delivery.songs):
        lake.song(f"{number}-{name}", song)


def _load(lake: Lake, spoiled_by: str | None) -> None:
    """Run the flow on what the lake holds; where it is to fail, run it again without what was in the way."""
    if spoiled_by is not None:
        spoiler = lake.log("spoiler", SPOILERS[spoiled_by])
        with pytest.raises((CopyError, ExpectationsFailed, psycopg2.InternalError)):
            _run(lake)
        spoiler.unlink()
        if not any(spoiler.parent.iterdir()):
            spoiler.parent.rmdir()
    _run(lake)


def _run(lake: Lake) -> None:
    if lake.there:
        etl(**lake.there)


def _documents(deliveries: list[Delivery]) -> tuple[list[Document], list[Document]]:
    events: list[Document] = [{**EVENT, **event} for delivery in deliveries for log in delivery.logs for event in log]
    songs: list[Document] = [{**SONG, **song} for delivery in deliveries for song in delivery.songs]
    return events, songs


def _try_many(examples: int, *, derandomize: bool) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=derandomize,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


ANY_LAKE = given(deliveries=st.lists(DELIVERIES, min_size=1, max_size=4))


@_try_many(FEW, derandomize=True)
@ANY_LAKE
def test_any_lake_in_any_batches_gives_the_star_that_a_naive_computation_gives(
    tmp_path: Path, deliveries: list[Delivery]
) -> None:
    with bare_stages():
        _load_in_batches(Lake(tmp_path / "lake"), deliveries)


@pytest.mark.slow
@pytest.mark.timeout(300 * LAKES)
@_try_many(LAKES, derandomize=LAKES == 25)
@ANY_LAKE
def test_many_lakes_do(tmp_path: Path, deliveries: list[Delivery]) -> None:
    with bare_stages():
        _load_in_batches(Lake(tmp_path / "lake"), deliveries)


@pytest.mark.long
@_try_many(FEW, derandomize=True)
@ANY_LAKE
def test_some_do_through_whole_flows(prefect_server: str, tmp_path: Path, deliveries: list[Delivery]) -> None:
    _load_in_batches(Lake(tmp_path / "lake"), deliveries)


def _load_in_batches(lake: Lake, deliveries: list[Delivery]) -> None:
    """Load a lake delivery by delivery, and compare what comes of it."""
    forget_rows()
    provision.fn(open_warehouse("local"))
    with closing(connect(read_only=False)) as connection, connection:
        execute(connection, REFUSE)
    shutil.rmtree(lake.folder, ignore_errors=True)
    for number, delivery in enumerate(deliveries):
        _deliver(lake, str(number), delivery)
        if delivery.repeats:
            _deliver(lake, f"{number}-again", deliveries[0])
        _load(lake, delivery.spoiled_by)
    events, songs = _documents(deliveries)
    if events or songs:
        assert read_star() == expected_star(events, songs)
