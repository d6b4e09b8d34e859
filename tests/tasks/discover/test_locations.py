"""Locations: what lies in what, and what a ledger tells of where its files came from."""

import pytest

from tasks.discover.locations import Location, common_location, widest

LOGS = "s3://b/log_data/"
LOG = "s3://b/log_data/2018/11/2018-11-12-events.json"


def events(*urls: str) -> list[Location]:
    return [Location("events", url) for url in urls]


@pytest.mark.parametrize(
    ("url", "known", "is_of_one_lake"),
    [
        (LOGS, LOGS, True),
        ("s3://b/log_data/2018/", LOGS, True),
        (LOG, LOGS, True),
        ("s3://b/", LOGS, True),
        (LOGS, LOG, True),
        ("s3://b/log_data/2018/11/2018-11-13-events.json", LOG, True),
        ("s3://b/log_data/2018/12/2018-12-01-events.json", LOG, False),
        ("s3://b/log/", LOGS, False),
        ("s3://b/log_data_2/", LOGS, False),
        ("s3://b/events.json", LOGS, False),
        ("s3://b/Log_data/", LOGS, False),
        ("s3://c/log_data/", LOGS, False),
        ("s3://b/a%20b/", "s3://b/a b/", False),
        ("s3://b/a_b/x/", "s3://b/a%b/", False),
        ("s3://b/log_data/2018*", LOGS, True),
        ("s3://b/log_data/2018*", "s3://b/log_data/2019*", True),
        (LOGS, "s3://b/log_data/2018*", True),
        ("s3://b/log_data/2018/", "s3://b/log_data/2018*", True),
        ("s3://b/log*", LOGS, False),
        ("s3://b/log_data*", LOGS, False),
        ("s3://b/log*", "s3://b/log_data/2018*", False),
    ],
)
def test_a_place_is_of_a_lake_if_it_lies_in_or_above_what_is_known(url: str, known: str, is_of_one_lake: bool) -> None:
    assert Location("events", url).is_of_the_lake_of(Location("events", known)) == is_of_one_lake


def test_datasets_are_lakes_of_their_own() -> None:
    assert not Location("songs", LOGS).is_of_the_lake_of(Location("events", LOGS))


def test_the_widest_places_are_kept() -> None:
    given = [
        *events("s3://b/a/x/", "s3://b/a/", "s3://b/a/y.json", "s3://b/ab/", "s3://b/a/"),
        Location("songs", "s3://b/a/x/"),
    ]
    assert widest(given) == [*events("s3://b/a/", "s3://b/ab/"), Location("songs", "s3://b/a/x/")]


def test_the_beginning_of_names_is_wider_than_what_begins_so() -> None:
    begins = "s3://b/a/2018-11*"
    assert widest(events("s3://b/a/2018-11", "s3://b/a/2018-11 (1).json", "s3://b/a/2018-11/", begins)) == events(
        begins
    )
    assert widest(events(begins, "s3://b/a/2018-12*", "s3://b/a/2018-1*")) == events("s3://b/a/2018-1*")
    assert widest(events(begins, "s3://b/a/", "s3://b/a/2018-12*")) == events("s3://b/a/")
    assert widest(events(begins, "s3://b/a/2018-12*")) == events(begins, "s3://b/a/2018-12*")


@pytest.mark.parametrize(
    ("first", "last", "url"),
    [
        (LOG, LOG, LOGS),
        (LOG, "s3://b/log_data/2018/12/2018-12-01-events.json", LOGS),
        ("s3://b/song_data/A/B/C/TR1.json", "s3://b/song_data/A/B/D/TR2.json", "s3://b/song_data/"),
        ("s3://b/logs/year=2018/month=1/a", "s3://b/logs/year=2018/month=2/a", "s3://b/logs/"),
        ("s3://b/log/a", "s3://b/log_data/a", "s3://b/"),
        ("s3://2018/a", "s3://2018/b", "s3://2018/"),
        ("file:///2018/a", "file:///2018/b", "file:///2018/"),
        ("file:///a.json", "file:///a.json", "file:///"),
    ],
)
def test_the_place_of_files_is_their_folder_without_its_partitions(first: str, last: str, url: str) -> None:
    assert common_location("events", first, last) == Location("events", url)
