"""One COPY for each compression: how files are divided, and which are not what they are named."""

import gzip
import json
from pathlib import Path

import pytest

from lake.compression import Compression
from tasks.discover.discovery import Manifest
from tasks.stage.copies import write_copies
from warehouse import StorageError, Store


def manifest(folder: Path, files: dict[str, bytes], compacted: tuple[str, ...] = ()) -> Manifest:
    """Write files into a lake, and return what discovery makes of them; some were compacted, and are gone since."""
    (folder / "lake").mkdir()
    for name, data in files.items():
        (folder / "lake" / name).write_bytes(data)
    found = tuple(Store().list(f"file://{folder}/lake/"))
    for name in compacted:
        (folder / "lake" / name).unlink()
    origins = {
        f"file://{folder}/work/songs.compacted-0001.json": [(f"file://{folder}/lake/{name}", 1) for name in compacted]
    }
    return Manifest("songs", f"file://{folder}/work/songs.manifest.json", found, origins if compacted else {})


def names(part: Manifest) -> list[str]:
    """Read the manifest that COPY is given."""
    entries = json.loads(Store().read(part.url))["entries"]
    return [entry["url"].rsplit("/", 1)[-1] for entry in entries]


def test_files_are_divided_by_what_they_hold(tmp_path: Path) -> None:
    packed = gzip.compress(b"{}")
    given = manifest(
        tmp_path, {"a.json": b"{}", "b.json.gz": packed, "c.json": packed, "d.json": b"", "e.json.gz": b""}
    )
    plain, gzipped = write_copies(Store(), given)
    assert (plain.compression, names(plain)) == (Compression.NONE, ["a.json", "d.json", "e.json.gz"])
    assert (gzipped.compression, names(gzipped)) == (Compression.GZIP, ["b.json.gz", "c.json"])
    assert plain.url != gzipped.url


def test_what_has_been_compacted_is_plain_and_not_read_again(tmp_path: Path) -> None:
    packed = gzip.compress(b"{}")
    given = manifest(tmp_path, {"a.json.gz": packed, "b.json": b"{}", "c.json.gz": packed}, ("a.json.gz", "b.json"))
    plain, gzipped = write_copies(Store(), given)
    assert names(plain) == ["songs.compacted-0001.json"]
    assert [file.url.rsplit("/", 1)[-1] for file in plain.files] == ["a.json.gz", "b.json"]
    assert (names(gzipped), dict(gzipped.compacted)) == (["c.json.gz"], {})


def test_nothing_new_is_no_copy(tmp_path: Path) -> None:
    assert write_copies(Store(), Manifest("events", f"file://{tmp_path}/events.manifest.json", ())) == []


def test_files_that_are_not_what_they_are_named_are_told_at_once(tmp_path: Path) -> None:
    given = manifest(tmp_path, {"a.json.gz": b"{}", "b.json": b"PK\x03\x04", "c.json": b"{}", "d.gz": b"BZh91AY&SY"})
    with pytest.raises(StorageError) as failure:
        write_copies(Store(), given)
    lake = f"file://{tmp_path}/lake"
    assert str(failure.value).startswith(
        f"{lake}/a.json.gz is not compressed as its name says (GZIP), {lake}/b.json is a zip archive, "
        f"{lake}/d.gz is not compressed as its name says (GZIP); deliver them again: data files are JSON, plain or "
    )
    assert not (tmp_path / "work").exists()
