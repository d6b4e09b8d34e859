"""Many small files into few large objects: how they are dealt out, and what happens to a file that cannot be read."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lake.object_store import Store, StoredObject
from tasks.stage.compaction import OBJECT_BYTES, OBJECTS, deal, write_objects


def stored(number: int, size_bytes: int) -> StoredObject:
    return StoredObject(f"s3://lake/{number:06}.json", "", size_bytes, datetime(2018, 11, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("files", "size_bytes", "objects"),
    [
        (2, 0, 1),
        (1_000, 300, 1),
        (10_000, 300, OBJECTS),
        (100_000, 300, OBJECTS),
        (1_000, 300_000, 3 * OBJECTS),
    ],
)
def test_objects_have_one_size_and_slices_share_them_evenly(files: int, size_bytes: int, objects: int) -> None:
    given = [stored(number, size_bytes) for number in range(files)]
    runs = deal(given)
    sizes = [sum(file.size_bytes for file in run) for run in runs]
    assert [file for run in runs for file in run] == given
    assert len(runs) == objects
    assert max(sizes) - min(sizes) <= size_bytes
    assert max(sizes) <= OBJECT_BYTES + size_bytes


def test_a_file_without_bytes_at_the_end_is_dealt_out_too() -> None:
    given = [stored(1, 2_000_000), stored(2, 0)]
    assert [file for run in deal(given) for file in run] == given


def test_a_file_that_is_gone_is_left_for_copy_to_name(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    files = [StoredObject(f"file://{tmp_path}/{name}.json", "", 2, datetime.now(UTC)) for name in "ab"]
    written = list(write_objects(Store(), f"file://{tmp_path}/songs", files))
    assert [origins for _, origins in written] == [[(f"file://{tmp_path}/a.json", 1)]]
