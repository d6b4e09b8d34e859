"""Names of files: which hold data, which stand for folders, and which the load history cannot tell apart."""

from datetime import UTC, datetime

import pytest

from lake.locations import is_passed_over
from lake.object_store import StoredObject
from tasks.discover.file_names import require_data, require_distinct
from warehouse import StorageError

DATA = [
    "2018-11-12-events.json", "A.JSON", "a.jsonl", "a.ndjson", "a.log", "a.txt", "a.json.gz", "a.JSON.GZ",
    "a.json.bz2", "a.json.zst", "a.gz", "part-00000", "stream-1-2018-11-12-09-00-00-2f5e", "my.stream-1-2018-11-12",
    "events.2018.11.12", "a.json.1", "a.b.json", " spaces ", "x.y z",
]  # fmt: skip
NO_DATA = [
    "a.crc", "a.tmp", "a.parquet", "a.csv", "a.csv.gz", "DS_Store", "Thumbs.db", "desktop.ini", "a.json.bak", "a.json~",
    "a~", "2018_$folder$", "a.b_$folder$", "a.zip", "a.json.xz", "a.lzo", "a.snappy", "a.tar.gz", "a.tgz",
    "a.orc", "a.avro", "a.json.gz.part", "a.md", "",
]  # fmt: skip


def stored(name: str, size_bytes: int) -> StoredObject:
    return StoredObject(f"s3://lake/log_data/{name}", "", size_bytes, datetime(2018, 11, 1, tzinfo=UTC))


@pytest.mark.parametrize("name", DATA)
def test_a_file_that_is_named_as_data_is_taken_for_it(name: str) -> None:
    require_data([f"s3://lake/log_data/{name}"])


@pytest.mark.parametrize("name", NO_DATA)
def test_a_file_that_is_not_named_as_data_is_refused(name: str) -> None:
    with pytest.raises(StorageError, match="1 file of the lake is not named as data: s3://lake/log_data/"):
        require_data(["s3://lake/log_data/a.json", f"s3://lake/log_data/{name}"])


def test_all_files_that_are_no_data_are_told_at_once() -> None:
    with pytest.raises(StorageError) as failure:
        require_data(f"s3://lake/{number:02}.csv" for number in range(12))
    names = ", ".join(f"s3://lake/{number:02}.csv" for number in range(10))
    assert str(failure.value).startswith(
        f"12 files of the lake are not named as data: {names} and 2 more; move what is no data elsewhere: "
    )


def test_hidden_files_and_empty_markers_of_folders_are_passed_over() -> None:
    passed = [(".a.json.crc", 8), ("_SUCCESS", 0), ("_a.json", 5), ("2018_$folder$", 0), ("", 0)]
    kept = [("2018_$folder$", 1), ("", 1), ("a.json", 0), ("a", 0), ("$folder$", 0)]
    assert [is_passed_over(stored(*each)) for each in passed + kept] == [True] * 5 + [False] * 5


LONG = "s3://lake/" + "é" * 123  # 256 bytes, with the last of them half of a letter


def test_names_that_are_one_in_the_load_history_are_refused_with_both() -> None:
    with pytest.raises(StorageError) as failure:
        require_distinct([LONG + "a", "s3://lake/b", LONG + "b", LONG + "c"])
    assert str(failure.value).startswith(
        f"{LONG}a and {LONG}b (and 1 more) have the same first 256 bytes, and the load history "
    )


@pytest.mark.parametrize("pair", [("s3://l/a", "s3://l/a "), ("s3://l/" + "a" * 249, "s3://l/" + "a" * 250)])
def test_bytes_that_the_load_history_drops_tell_no_files_apart(pair: tuple[str, str]) -> None:
    with pytest.raises(StorageError, match="same first 256 bytes"):
        require_distinct(pair)


def test_names_that_differ_in_their_first_bytes_are_told_apart() -> None:
    tail = "x" * 300
    require_distinct(["s3://lake/a" + tail, "s3://lake/b" + tail, LONG[:-1] + "a", LONG[:-1] + "b"])


def test_a_url_that_the_ledger_cannot_keep_is_refused_by_name() -> None:
    require_distinct(["file:///" + "é" * 1020])
    long = "file:///" + "é" * 1020 + "a"
    with pytest.raises(StorageError, match=f"longer than 2,048 bytes, which the ledger keeps: {long}; rename them"):
        require_distinct(["file:///a", long])
