"""The sources of a warehouse: which are accepted, what changes when a lake moves, what is never lost."""

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest
from prefect.events import utilities
from prefect.logging import disable_run_logger

from tasks.batch import Batch
from tasks.discover.discovery import discover
from tasks.discover.locations import Location
from tasks.discover.sources import Sources, find_sources, keep_sources, lake_options, record_sources
from tasks.provision.integrity import check_tables
from tasks.provision.provisioning import provision
from tests.flows.lakes import Lake
from warehouse import StorageError, Store, Warehouse, WarehouseConnection, open_warehouse
from warehouse.local import LocalWarehouse

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LEDGER = "SELECT dataset, url, etag FROM loaded_files ORDER BY 1, 2, 3"
SOURCES = "SELECT dataset, url FROM sources ORDER BY 1, 2"
Rows = list[tuple[object, ...]]
Flat = Callable[..., str]


@dataclass
class Runs:
    """Runs of a warehouse up to its ledger, without a star."""

    warehouse: Warehouse
    folder: Path
    number: int = field(default=0)

    def find(
        self,
        events: str | Path | None = None,
        songs: str | Path | None = None,
        *,
        add_source: bool = False,
        moved_from: str | Path | None = None,
        full_refresh: bool = False,
    ) -> Sources:
        """Decide what a run loads, as the flow does."""
        texts = [None if each is None else str(each) for each in (events, songs, moved_from)]
        asked = lake_options({"events": texts[0], "songs": texts[1]}, add_source=add_source, moved_from=texts[2])
        with disable_run_logger():
            return find_sources.fn(self.warehouse, self.batch, asked, full_refresh=full_refresh)

    def load(self, *places: str | Path, **options: bool | str | Path) -> int:
        """Insert what is new in these locations into the ledger, and return how many files that were."""
        self.number += 1
        sources = self.find(*places, **options)  # type: ignore[arg-type]
        with disable_run_logger():
            manifests = discover.fn(self.warehouse, self.batch, sources.loaded, full_refresh=False)
        files = [(manifest.dataset, file) for manifest in manifests for file in manifest.files]
        with closing(self.warehouse.connect()) as connection, connection, connection.cursor() as cursor:
            for dataset, file in files:
                cursor.execute(
                    "INSERT INTO loaded_files VALUES (%s, %s, %s, %s, %s, %s, 1, 1, 0, TRUE, NULL, NULL)",
                    (file.url, file.etag, file.size_bytes, file.last_modified, dataset, self.number),
                )
            if files:
                record_sources(cursor, self.batch, sources.known)
        if sources.are_new and not files:
            keep_sources.fn(self.warehouse, self.batch, sources)
        return len(files)

    @property
    def batch(self) -> Batch:
        """The batch of the run."""
        return Batch(self.number, datetime.now(UTC), f"file://{self.folder}/manifests/")

    def fetch(self, query: str) -> Rows:
        """Ask the warehouse."""
        with closing(self.warehouse.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def execute(self, statement: str) -> None:
        """Change the warehouse."""
        with closing(self.warehouse.connect()) as connection, connection, connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.fixture
def runs(connection: WarehouseConnection, schema: str, tmp_path: Path) -> Runs:
    """An empty warehouse."""
    warehouse = open_warehouse("local", schema)
    provision.fn(warehouse)
    return Runs(warehouse, tmp_path)


def new_lake(folder: Path) -> Lake:
    lake = Lake(folder)
    lake.log("2018/11/2018-11-12", {})
    lake.log("2018/11/2018-11-13", {"sessionId": 2})
    lake.song("A/TRA", {})
    return lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake of two logs and a song."""
    return new_lake(tmp_path / "lake")


def folder_url(path: str | Path) -> str:
    return f"file://{path}/"


def plain_url(path: str | Path) -> str:
    return f"file://{path}"


def urls(sources: Sources) -> list[str]:
    return [source.url for source in sources.loaded]


def test_a_load_makes_its_places_known_and_the_next_one_without_urls_loads_them(runs: Runs, lake: Lake) -> None:
    assert runs.load(lake.events + "/", f"file://{lake.songs}") == 3
    assert runs.fetch(SOURCES) == [("events", folder_url(lake.events)), ("songs", folder_url(lake.songs))]
    lake.log("2018/12/2018-12-01", {"sessionId": 3})
    assert runs.load() == 1
    assert runs.fetch(SOURCES) == [("events", folder_url(lake.events)), ("songs", folder_url(lake.songs))]


def test_another_lake_is_refused_with_what_can_be_done(runs: Runs, lake: Lake, tmp_path: Path) -> None:
    runs.load(lake.events, lake.songs)
    other = new_lake(tmp_path / "other")
    with pytest.raises(StorageError) as refusal:
        runs.load(other.events, other.songs)
    assert str(refusal.value) == (
        f"--events {folder_url(other.events)} is another lake than the one that is loaded here: events from "
        f"{folder_url(lake.events)}. Plays are keyed by session and item, so two lakes would overwrite each other's; "
        "nothing was loaded. To load this lake instead: sparkify reset --yes, then this command again. To have both: "
        "set SPARKIFY_HOME to another folder for this one. If the lake has moved here: --moved-from and its old URL. "
        "If this is a further part of it, or its sessions have numbers of their own: --add-source"
    )
    with pytest.raises(StorageError, match=f"--songs {folder_url(other.songs)} is another lake"):
        runs.load(lake.events, other.songs)
    assert len(runs.fetch(LEDGER)) == 3


@pytest.mark.parametrize("name", ["log", "log_data_2", "Log_data", "log%data", "log_dat_"])
def test_a_folder_with_a_name_like_that_of_the_lake_is_another(runs: Runs, tmp_path: Path, name: str) -> None:
    lake = new_lake(tmp_path / "lake")
    runs.load(lake.events)
    shutil.copytree(lake.events, lake.folder / name)
    with pytest.raises(StorageError, match="is another lake than the one"):
        runs.load(lake.folder / name)


def test_a_place_in_the_lake_stays_in_it_and_one_above_widens_it(runs: Runs, lake: Lake) -> None:
    november = Path(lake.events) / "2018/11"
    assert runs.load(november / "2018-11-12-events.json") == 1
    assert runs.fetch(SOURCES) == [("events", f"file://{november}/2018-11-12-events.json")]
    assert runs.load(november / "2018-11-13-events.json") == 1
    assert runs.load(november) == 0
    assert runs.fetch(SOURCES) == [("events", folder_url(november))]
    assert runs.load(lake.events) == 0
    assert runs.load(november) == 0
    assert runs.fetch(SOURCES) == [("events", folder_url(lake.events))]


def test_every_spelling_of_a_place_is_the_same_place(runs: Runs, lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(lake.folder)
    assert runs.load(lake.events) == 2
    for spelling in (
        f"{lake.folder}/x/../log_data//",
        f"file://{tmp_path}/link/log_data",
        f"{tmp_path}/link/./log_data",
    ):
        assert runs.load(spelling) == 0
    assert runs.fetch(SOURCES) == [("events", folder_url(lake.events))]


def test_a_further_part_of_a_lake_is_added_and_loaded_with_the_rest_from_then_on(
    runs: Runs, lake: Lake, tmp_path: Path
) -> None:
    runs.load(lake.events, lake.songs)
    other = new_lake(tmp_path / "other")
    assert runs.load(other.events, add_source=True) == 2
    other.log("2018/12/2018-12-01", {"sessionId": 3})
    lake.log("2018/12/2018-12-02", {"sessionId": 4})
    assert runs.load() == 2
    assert urls(runs.find(full_refresh=True)) == [plain_url(each) for each in (lake.events, other.events, lake.songs)]


def test_what_a_full_refresh_would_lose_is_named(runs: Runs, lake: Lake) -> None:
    runs.load(lake.events, lake.songs)
    november = f"{lake.events}/2018/11/2018-11-12-events.json"
    with pytest.raises(StorageError) as refusal:
        runs.find(november, full_refresh=True)
    assert str(refusal.value) == (
        "--full-refresh empties the whole star, and 2 files that were loaded are not in events from file://"
        f"{november}, such as file://{lake.events}/2018/11/2018-11-13-events.json; nothing was changed. Give no URL, "
        "to load all sources of this warehouse, or all whole URLs; or, to have nothing but these, run sparkify "
        "reset --yes first"
    )
    with pytest.raises(StorageError, match="1 file that was loaded is not in events"):
        runs.find(lake.events, full_refresh=True)
    with pytest.raises(StorageError, match="2 files that were loaded are not in songs"):
        runs.find(songs=lake.songs, full_refresh=True)
    assert len(runs.fetch(LEDGER)) == 3


def test_a_full_refresh_of_a_star_whose_ledger_is_lost_must_have_all_that_was_known(runs: Runs, lake: Lake) -> None:
    runs.load(lake.events, lake.songs)
    runs.execute("DELETE FROM loaded_files")
    with pytest.raises(StorageError, match=f"the ledger has lost what was loaded from events from .*{lake.events}/, "):
        runs.find(f"{lake.events}/2018", lake.songs, full_refresh=True)
    with pytest.raises(StorageError, match=f"the ledger has lost what was loaded from songs from .*{lake.songs}/, "):
        runs.find(lake.events, full_refresh=True)
    assert urls(runs.find(full_refresh=True)) == [plain_url(lake.events), plain_url(lake.songs)]


def test_a_full_refresh_of_a_star_that_came_from_nobody_knows_where_must_be_told(runs: Runs, lake: Lake) -> None:
    runs.execute("INSERT INTO artists (artist_id, name, batch_id) SELECT 'A', 'B', 1")
    runs.execute("INSERT INTO time SELECT TIMESTAMP '2018-11-12 02:37:38', 2, 12, 46, 11, 2018, 1, 1")
    with pytest.raises(StorageError, match="the ledger has lost where the events and songs in it were loaded from"):
        runs.find(full_refresh=True)
    with pytest.raises(StorageError, match="the ledger has lost where the songs in it were loaded from"):
        runs.find(lake.events, full_refresh=True)
    assert urls(runs.find(lake.events, lake.songs, full_refresh=True)) == [
        plain_url(lake.events),
        plain_url(lake.songs),
    ]


def test_a_full_refresh_from_all_places_or_from_above_them_loses_nothing(runs: Runs, lake: Lake) -> None:
    runs.load(lake.events, lake.songs)
    (Path(lake.events) / "2018/11/2018-11-13-events.json").unlink()
    assert urls(runs.find(full_refresh=True)) == [plain_url(lake.events), plain_url(lake.songs)]
    assert urls(runs.find(lake.folder, lake.songs, full_refresh=True)) == [
        plain_url(lake.folder),
        plain_url(lake.songs),
    ]


def test_a_run_that_is_refused_or_fails_makes_no_place_known(runs: Runs, lake: Lake, tmp_path: Path) -> None:
    runs.find(lake.events)
    assert runs.fetch(SOURCES) == []
    runs.load(lake.events)
    known = runs.fetch(SOURCES)
    runs.find(tmp_path / "other", add_source=True)
    with pytest.raises(StorageError, match="is another lake"):
        runs.find(tmp_path / "other")
    assert runs.fetch(SOURCES) == known


def test_a_warehouse_that_has_kept_no_places_tells_them_from_its_ledger(runs: Runs, lake: Lake, tmp_path: Path) -> None:
    runs.load(f"{lake.events}/2018/11/2018-11-12-events.json", lake.songs)
    runs.load(lake.events)
    runs.execute("DELETE FROM sources")
    assert urls(runs.find()) == [plain_url(lake.events), plain_url(lake.songs)]
    with pytest.raises(StorageError, match="is another lake"):
        runs.load(new_lake(tmp_path / "other").events)
    lake.log("2018/12/2018-12-01", {"sessionId": 3})
    assert runs.load(lake.events) == 1
    assert runs.fetch(SOURCES) == [("events", folder_url(lake.events)), ("songs", folder_url(lake.songs))]


def test_a_ledger_with_paths_through_a_link_goes_on_with_the_folders_own(
    runs: Runs, lake: Lake, tmp_path: Path
) -> None:
    runs.load(lake.events, lake.songs)
    ledger = runs.fetch(LEDGER)
    (tmp_path / "link").symlink_to(lake.folder)
    runs.execute(f"UPDATE loaded_files SET url = REPLACE(url, '{lake.folder}', '{tmp_path}/link')")
    runs.execute("DELETE FROM sources")
    assert runs.load(f"file://{tmp_path}/link/log_data", f"file://{tmp_path}/link/song_data") == 0
    assert runs.fetch(LEDGER) == ledger


def test_a_lake_that_left_a_link_behind_is_followed(runs: Runs, lake: Lake, tmp_path: Path) -> None:
    runs.load(lake.events, lake.songs)
    new = Lake(lake.folder.rename(tmp_path / "new"))
    lake.folder.symlink_to(new.folder)
    assert runs.load(lake.events, lake.songs) == 0
    assert runs.fetch(SOURCES) == [("events", folder_url(new.events)), ("songs", folder_url(new.songs))]
    assert runs.load(new.events, new.songs, moved_from=lake.folder) == 0


QUARANTINED = "INSERT INTO quarantine VALUES (1, 'events', '{}', 1, NULL, '1204', 'x', 'x', '2018-11-01')"


def test_the_ledger_follows_a_lake_that_has_moved(runs: Runs, lake: Lake, tmp_path: Path) -> None:
    runs.load(lake.events, lake.songs)
    runs.execute(QUARANTINED.format(f"file://{lake.events}/2018/11/2018-11-12-events.json"))
    old = runs.fetch(LEDGER)
    new = Lake(lake.folder.rename(tmp_path / "new"))
    with pytest.raises(StorageError, match=r"is another lake .* If the lake has moved here: --moved-from"):
        runs.load(new.events, new.songs)
    new.log("2018/12/2018-12-01", {"sessionId": 3})
    assert runs.load(new.events, new.songs, moved_from=f"{lake.folder}/") == 1
    moved = [(dataset, str(url).replace(str(lake.folder), str(new.folder)), etag) for dataset, url, etag in old]
    assert [row for row in runs.fetch(LEDGER) if row in moved] == moved
    assert len(runs.fetch(LEDGER)) == 4
    assert runs.fetch("SELECT url FROM quarantine") == [(f"file://{new.events}/2018/11/2018-11-12-events.json",)]
    assert runs.fetch(SOURCES) == [("events", folder_url(new.events)), ("songs", folder_url(new.songs))]
    assert runs.load(new.events, new.songs, moved_from=lake.folder) == 0  # as a schedule would ask again


def test_a_dataset_alone_moves_by_its_own_folder_whatever_its_new_name(runs: Runs, lake: Lake, tmp_path: Path) -> None:
    runs.load(lake.events, lake.songs)
    new = Path(lake.events).rename(tmp_path / "logs")
    with pytest.raises(StorageError, match=r"none of the 2 files loaded from .* is there; .* would be .* check both"):
        runs.load(new, moved_from=lake.folder)
    with pytest.raises(StorageError, match="it is ambiguous which folder has moved"):
        runs.load(new, lake.songs, moved_from=lake.folder)
    assert runs.load(new, lake.songs, moved_from=lake.events) == 0
    assert runs.fetch(SOURCES) == [("events", folder_url(new)), ("songs", folder_url(lake.songs))]


def test_a_part_of_a_lake_can_move_within_it(runs: Runs, lake: Lake) -> None:
    runs.load(lake.folder / "log_data")
    (lake.folder / "log_data/2018").rename(lake.folder / "log_data/old")
    assert runs.load(f"{lake.events}/old", moved_from=f"{lake.events}/2018") == 0
    assert runs.fetch(SOURCES) == [("events", folder_url(lake.events))]


def test_a_bucket_that_was_known_as_a_whole_is_forgotten_once_its_lake_has_moved(
    runs: Runs, lake: Lake, tmp_path: Path
) -> None:
    shutil.rmtree(lake.songs)
    runs.load(lake.folder)
    new = Path(lake.events).rename(tmp_path / "log_data")
    assert runs.load(new, moved_from=lake.folder) == 0
    assert runs.fetch(SOURCES) == [("events", folder_url(new))]


def test_what_was_loaded_from_both_places_is_to_leave_with_the_next_batch(
    runs: Runs, lake: Lake, tmp_path: Path
) -> None:
    runs.load(lake.events)
    new = Path(shutil.copytree(lake.events, tmp_path / "new/log_data"))
    (new / "2018/11/2018-11-13-events.json").unlink()
    assert runs.load(new, add_source=True) == 1
    shutil.copy2(f"{lake.events}/2018/11/2018-11-13-events.json", new / "2018/11")
    runs.execute(QUARANTINED.format(f"file://{lake.events}/2018/11/2018-11-12-events.json"))
    runs.find(new, moved_from=lake.events)
    assert runs.fetch(
        "SELECT batch_id, url, etag LIKE '% of batch 1', retracted_at IS NOT NULL, is_current "
        "FROM loaded_files ORDER BY 1, 2"
    ) == [
        (1, f"file://{new}/2018/11/2018-11-12-events.json", True, True, True),
        (1, f"file://{new}/2018/11/2018-11-13-events.json", False, False, True),
        (2, f"file://{new}/2018/11/2018-11-12-events.json", False, False, True),
    ]
    assert runs.fetch("SELECT url FROM quarantine") == []
    assert runs.load(new) == 1  # the other one of the first batch, again


def test_the_ledger_of_a_batch_follows_where_its_files_were_loaded_from_both_places(
    runs: Runs, lake: Lake, tmp_path: Path
) -> None:
    new = Path(shutil.copytree(lake.events, tmp_path / "new/log_data"))
    runs.load(new)
    runs.load(lake.events, lake.songs, add_source=True)
    runs.execute(
        "INSERT INTO batches (batch_id, flow_run_id, flow_run_name, started_at, status, files, quarantined_rows) "
        "SELECT 2, 'id', 'name', GETDATE(), 'published', 3, 1"
    )
    in_both = f"file://{lake.events}/2018/11/2018-11-12-events.json"
    runs.execute(QUARANTINED.format(in_both).replace("(1,", "(2,"))
    runs.find(new, moved_from=lake.events)
    assert runs.fetch("SELECT files, quarantined_rows FROM batches") == [(3, 0)]
    assert runs.fetch(
        "SELECT dataset, COUNT(*), COUNT(retracted_at) FROM loaded_files WHERE batch_id = 2 GROUP BY 1 ORDER BY 1"
    ) == [("events", 2, 2), ("songs", 1, 0)]
    check_tables.fn(runs.warehouse, full_refresh=False)


def test_a_copy_with_another_etag_and_the_same_size_counts_as_loaded(runs: Runs, lake: Lake, s3: "S3Client") -> None:
    first, _ = sorted(Path(lake.events).rglob("*.json"))
    assert [runs.load(first), runs.load(lake.events)] == [1, 1]
    for log in Path(lake.events).rglob("*.json"):
        key = f"new/{log.relative_to(lake.folder)}"
        s3.put_object(Bucket="lake", Key=key, Body=log.read_bytes() + b"\n" * log.name.startswith("2018-11-13"))
    assert runs.load("s3://lake/new/log_data", moved_from=lake.folder) == 1
    assert runs.fetch("SELECT url, COUNT(*) FROM loaded_files GROUP BY 1 ORDER BY 1") == [
        ("s3://lake/new/log_data/2018/11/2018-11-12-events.json", 1),
        ("s3://lake/new/log_data/2018/11/2018-11-13-events.json", 2),
    ]
    assert runs.load("s3://lake/new/log_data/2018") == 0
    with pytest.raises(StorageError, match="is another lake"):
        runs.load("s3://lake/new/log")


@pytest.mark.parametrize(
    ("given", "moved_from", "reason"),
    [
        ({}, "{old}", "name the new place of the lake with --events and --songs"),
        ({"events": "{new}/log_data"}, "{old}x", "nothing was loaded from there; loaded were events from file://{old}"),
        ({"events": "{new}/log_data/2018/11/2018-11-12-events.json"}, "{old}", "a single file cannot be a moved lake"),
        ({"events": "{new}/log_dat/"}, "{old}", "none of the 2 files loaded from .* is there"),
        ({"events": "{new}/log_dat"}, "{old}", "the beginning of names cannot be a moved lake"),
        ({"events": "{new}/log_data"}, "", "--moved-from is empty"),
        ({"events": "{new}/log_data", "add_source": True}, "{old}", "exclude each other"),
    ],
)
def test_a_move_that_cannot_be_followed_is_refused_and_changes_nothing(
    runs: Runs, lake: Lake, tmp_path: Path, given: dict[str, str], moved_from: str, reason: str
) -> None:
    runs.load(lake.events, lake.songs)
    ledger = (runs.fetch(LEDGER), runs.fetch(SOURCES))
    new = shutil.copytree(lake.folder, tmp_path / "new")

    def written(text: object) -> object:
        return text.format(old=lake.folder, new=new) if isinstance(text, str) else text

    options = {name: written(text) for name, text in given.items()}
    with pytest.raises(StorageError, match=str(written(reason))):
        runs.find(**options, moved_from=str(written(moved_from)))  # type: ignore[arg-type]
    assert (runs.fetch(LEDGER), runs.fetch(SOURCES)) == ledger


MISSING = "SELECT url FROM loaded_files WHERE missing_since IS NOT NULL"
FLAT = ["2018-1-01.json", "2018-10-31.json", "2018-11-12.json", "2018-11-13.json", "2018-12-01.json"]


@pytest.fixture(params=["folder", "S3"])
def flat(request: pytest.FixtureRequest, s3: "S3Client", tmp_path: Path) -> Flat:
    """A flat lake in a folder and on S3: write or delete a file of it, and return its URL."""
    root = f"file://{tmp_path}/flat" if request.param == "folder" else "s3://lake/flat"

    def change(name: str, is_there: bool = True) -> str:
        url = f"{root}/{name}"
        if request.param == "folder" and is_there:
            Path(url[7:]).parent.mkdir(parents=True, exist_ok=True)
        if is_there:
            Store().write(url, b"{}")
        else:
            Store().delete(url)
        return url

    for name in FLAT:
        change(name)
    return change


def test_a_flat_lake_is_loaded_month_by_month(runs: Runs, flat: Flat) -> None:
    root = flat("2018-11-14.json").rpartition("/")[0]
    assert runs.load(f"{root}/2018-11") == 3
    assert runs.fetch(SOURCES) == [("events", f"{root}/2018-11*")]
    assert runs.load() == 0
    flat("2018-11-15.json")
    assert runs.load() == 1
    assert runs.load(f"{root}/2018-12*") == 1
    assert runs.fetch(SOURCES) == [("events", f"{root}/2018-11*"), ("events", f"{root}/2018-12*")]
    assert runs.load(f"{root}/") == 2
    assert runs.fetch(SOURCES) == [("events", f"{root}/")]


def test_a_file_and_a_folder_go_before_what_begins_with_their_name(runs: Runs, flat: Flat) -> None:
    root = flat("2018-1/part-1").rpartition("/2018")[0]
    flat("2018-1/part-10")
    assert runs.load(f"{root}/2018-1") == 2
    assert runs.load(f"{root}/2018-1/part-1") == 0
    assert runs.load(f"{root}/2018-1*", add_source=True) == 5
    assert runs.fetch(SOURCES) == [("events", f"{root}/2018-1*")]
    with pytest.raises(StorageError, match=r"--events .*/2018-11: there is no file there; check the URL"):
        runs.load(f"{root}/2018-11/")


def test_a_name_that_nothing_begins_with_is_told(runs: Runs, flat: Flat) -> None:
    root = flat(FLAT[0]).rpartition("/")[0]
    with pytest.raises(StorageError, match=r"--events .*/2019: there is no file there; check the URL"):
        runs.load(f"{root}/2019")
    with pytest.raises(StorageError, match=r"--events .*/2019\*: no name of a file begins so; check the URL"):
        runs.load(f"{root}/2019*")
    assert runs.fetch(SOURCES) == []


def test_files_are_missed_only_where_their_names_begin_as_given(
    runs: Runs, flat: Flat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(utilities, "should_emit_events", lambda: False)
    root = flat(FLAT[0]).rpartition("/")[0]
    runs.load(f"{root}/")
    gone = flat("2018-12-01.json", False)
    flat("2018-10-31.json", False)
    runs.load(f"{root}/2018-11")
    assert runs.fetch(MISSING) == []
    flat("2018-12-02.json")
    assert runs.load(f"{root}/2018-12") == 1
    assert runs.fetch(MISSING) == [(gone,)]


def test_a_full_refresh_of_what_begins_so_must_cover_all_that_was_loaded(runs: Runs, flat: Flat) -> None:
    root = flat(FLAT[0]).rpartition("/")[0]
    runs.load(f"{root}/2018-1")
    with pytest.raises(StorageError, match=r"3 files that were loaded are not in events from .*/2018-11\*, "):
        runs.find(f"{root}/2018-11", full_refresh=True)
    assert urls(runs.find(f"{root}/2018-1", full_refresh=True)) == [f"{root}/2018-1*"]


@dataclass(frozen=True)
class OfABlock(LocalWarehouse):
    """A warehouse whose block names a lake."""

    lake: ClassVar = {"events": "s3://lake/flat/2018-11"}


def test_the_lake_of_a_block_is_a_folder_below_which_the_role_of_copy_may_read(runs: Runs, s3: "S3Client") -> None:
    s3.put_object(Bucket="lake", Key="flat/2018-11-12.json", Body=b"{}")
    runs.warehouse = OfABlock(runs.warehouse.schema)
    assert runs.find().known == (Location("events", "s3://lake/flat/2018-11/"),)
    s3.put_object(Bucket="lake", Key="flat/2018-11/", Body=b"")  # as the console marks a folder
    with pytest.raises(StorageError, match="there is no file there"):
        runs.load()
    s3.put_object(Bucket="lake", Key="flat/2018-11/a.json", Body=b"{}")
    assert runs.load() == 1


def test_what_begins_like_the_folder_that_runs_write_to_is_refused(runs: Runs) -> None:
    work_url = runs.warehouse.work_url
    with pytest.raises(StorageError, match=rf"--events {work_url[:-4]}\* overlaps {work_url}, where runs write"):
        runs.find(f"{work_url[:-4]}*")
