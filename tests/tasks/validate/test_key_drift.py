"""How the keys of a lake change, told once, with the key, the file, an example and what to do."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from lake.object_store import Store
from lake.sampled_keys import FILE_BYTES, FILES, Sample, sample_keys, spread
from sql.datasets import DATASETS
from tasks.validate.key_drift import SeenKey, find_back, find_drift, seen_now
from tests.flows.lakes import EVENT, SONG, Lake
from tests.tasks.stage.test_staging import Counted

EVENTS, SONGS = DATASETS["events"], DATASETS["songs"]


def sample(folder: Path, *rows: Mapping[str, object]) -> Sample:
    """Sample one file of rows."""
    folder.mkdir(exist_ok=True)
    (folder / "a.json").write_text("\n".join(map(json.dumps, rows)))
    return sample_keys(Store(), [f"file://{folder}/a.json"])


@pytest.fixture
def seen(tmp_path: Path) -> list[SeenKey]:
    """What a first batch of usual events leaves."""
    return seen_now(EVENTS, sample(tmp_path / "first", EVENT, EVENT), [], 1)


def drift(folder: Path, seen: list[SeenKey], *rows: Mapping[str, object]) -> list[tuple[str, str]]:
    found = find_drift(EVENTS, sample(folder / "now", *rows), seen)
    return [(each.kind, each.message.replace(f"file://{folder}/now/", "")) for each in found]


def without(*names: str) -> dict[str, object]:
    return {name: value for name, value in EVENT.items() if name not in names}


def test_usual_rows_are_no_drift_nor_is_a_first_batch(tmp_path: Path, seen: list[SeenKey]) -> None:
    assert drift(tmp_path, seen, EVENT, {**EVENT, "artist": None, "length": None}) == []
    assert drift(tmp_path, [], EVENT) == []
    assert find_drift(SONGS, sample(tmp_path / "song", SONG), []) == find_drift(EVENTS, Sample(), seen) == []


def test_a_new_key_is_told_once_with_an_example_and_what_to_do(tmp_path: Path, seen: list[SeenKey]) -> None:
    told = "events: key 'device' is new, and no column takes it (such as phone\\x1b in a.json): to load it, follow the "
    rows = [{**EVENT, "device": "phone\x1b"}]
    assert drift(tmp_path, seen, *rows) == [("unknown", f"{told}recipe Add a column in sql/README.md")]
    later = seen_now(EVENTS, sample(tmp_path / "now", *rows), seen, 2)
    assert drift(tmp_path, later, *rows) == []
    assert [row for row in later if row.key_name == "device"] == [SeenKey("events", "device", 2, 2, "string", 1.0)]


def test_a_renamed_key_is_new_and_gone_and_its_personal_value_is_not_shown(tmp_path: Path, seen: list[SeenKey]) -> None:
    new, gone = drift(tmp_path, seen, {**without("userAgent"), "user_agent": "Canary"})
    assert new == (
        "unknown",
        "events: key 'user_agent' is new, and no column takes it: column useragent takes another spelling, and is NULL "
        "without it (its values are personal, of type string in a.json): correct the files",
    )
    assert gone == (
        "gone",
        "events: key 'userAgent' is gone: 100% of rows had it in batch 1, none of 1 now has; column useragent is NULL "
        "without it: see whether the app still writes it",
    )


def test_a_key_that_is_gone_is_told_once_and_only_where_chance_does_not_explain_it(
    tmp_path: Path, seen: list[SeenKey]
) -> None:
    rows = [without("song")] * 5
    later = seen_now(EVENTS, sample(tmp_path / "now", *rows), seen, 2)
    assert [kind for kind, _ in drift(tmp_path, seen, *rows)] == ["gone"]
    assert drift(tmp_path, later, *rows) == []
    rare = [replace(row, row_share=0.5) if row.key_name == "song" else row for row in seen]
    assert drift(tmp_path, rare, *rows) == []
    assert [kind for kind, _ in drift(tmp_path, rare, *rows * 2)] == ["gone"]


def test_a_key_that_is_back_is_told_once(tmp_path: Path, seen: list[SeenKey]) -> None:
    gone = seen_now(EVENTS, sample(tmp_path / "now", *[without("song")] * 5), seen, 2)
    now = sample(tmp_path / "back", EVENT)
    assert find_back(EVENTS, now, gone) == ["events: key 'song' is back, after it was gone since batch 1"]
    assert find_back(EVENTS, now, seen_now(EVENTS, now, gone, 3)) == find_back(EVENTS, now, seen) == []


def test_objects_in_the_place_of_values_and_text_in_that_of_numbers(tmp_path: Path, seen: list[SeenKey]) -> None:
    [(kind, message)] = drift(tmp_path, seen, {**EVENT, "song": {"title": "A"}})
    assert kind == "nested"
    assert message == (
        'events: key \'song\' is object now, and was string; column song would get its text (such as {"title":"A"} in '
        "a.json): correct the files, or change the column"
    )
    assert drift(tmp_path, seen, {**EVENT, "song": ["A"]}, *[EVENT] * 20) == []  # one bad row, and no change of the app
    [(kind, message)] = drift(tmp_path, seen, {**EVENT, "ts": "1541990258796"})
    assert (kind, "is text now, and was a number; column ts" in message) == ("text", True)
    assert drift(tmp_path, seen, {**EVENT, "userId": 10, "length": None}) == []


def test_another_case_is_told_where_copy_minds_it_and_where_it_does_not(tmp_path: Path, seen: list[SeenKey]) -> None:
    [(kind, message)] = drift(tmp_path, seen, {**without("firstName"), "firstname": "Canary"})
    assert (kind, "was spelt 'firstName' until now" in message, "Canary" in message) == ("case", True, False)
    [found] = find_drift(SONGS, sample(tmp_path / "song", {**SONG, "Title": "x"}), [])
    assert (found.kind, "column title takes another spelling" in found.message) == ("case", True)


def test_a_sample_is_bounded_whatever_the_files(tmp_path: Path) -> None:
    lake, store = Lake(tmp_path / "lake"), Counted()
    row = {"note": "x" * 1000}
    urls = [f"file://{lake.log(f'{number:03}', *[row] * 100)}" for number in range(50)]
    chosen = spread(urls)
    assert (len(chosen), len({*chosen}), chosen[0], chosen[-1]) == (FILES, FILES, urls[0], urls[-1])
    assert sample_keys(store, urls).rows == FILES * (FILE_BYTES // len(json.dumps({**EVENT, **row})))
    assert sum(store.read_bytes) == FILES * FILE_BYTES


def test_keys_without_end_and_what_is_no_json_are_survived(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    many = lake.log("1", json.dumps({f"k{number}\0": number for number in range(2000)}), "no JSON", "[1]", "{")
    folder = tmp_path / "folder.json"
    folder.mkdir()
    found = sample_keys(Store(), [f"file://{many}", f"file://{folder}", "file:///nowhere"])
    assert (found.rows, len(found.keys)) == (1, 500)
    assert all("\0" not in row.key_name for row in seen_now(EVENTS, found, [], 1))
