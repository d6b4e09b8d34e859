"""The lake's objects: the same rules on S3 and in local folders."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from threading import Barrier, Thread

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from mypy_boto3_s3 import S3Client

from lake.errors import StorageError
from lake.object_store import INCOMPLETE, ObjectMissing, Store, StoredObject
from lake.s3 import LISTING_THREADS

MOMENT = 1_541_105_830.5


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def listed(url: str) -> list[str]:
    return [found.url for found in Store().list(url)]


KEYS = ["log_data/2018/11/a.json", "log_data/b.json", "log_data.bak", "log_data2/c.json", "other/d.json"]
PREFIXES = {
    "log_data": ["log_data.bak", "log_data/2018/11/a.json", "log_data/b.json", "log_data2/c.json"],
    "log_data/": ["log_data/2018/11/a.json", "log_data/b.json"],
    "log_data/2": ["log_data/2018/11/a.json"],
    "log_data/b.json": ["log_data/b.json"],
    "log_data/b.json/": [],
    "log_data/missing/": [],
    "nothing": [],
    "": sorted(KEYS),
}


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_local_url_is_a_key_prefix(tmp_path: Path, prefix: str) -> None:
    put(tmp_path, *KEYS)
    assert listed(f"file://{tmp_path}/{prefix}") == [f"file://{tmp_path}/{key}" for key in PREFIXES[prefix]]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_an_s3_url_is_a_key_prefix(s3: S3Client, prefix: str) -> None:
    for key in KEYS:
        s3.put_object(Bucket="lake", Key=key, Body=b"")
    assert listed(f"s3://lake/{prefix}") == [f"s3://lake/{key}" for key in PREFIXES[prefix]]


def test_a_local_object_version(tmp_path: Path) -> None:
    put(tmp_path, "a.json")
    os.utime(tmp_path / "a.json", (MOMENT, MOMENT))
    nanoseconds = int(MOMENT * 10**9)
    assert list(Store().list(f"file://{tmp_path}/a")) == [
        StoredObject(f"file://{tmp_path}/a.json", f"{nanoseconds:x}-6", 6, datetime.fromtimestamp(MOMENT, UTC))
    ]


def test_an_s3_object_version(s3: S3Client) -> None:
    s3.put_object(Bucket="lake", Key="a.json", Body=b"hello")
    (found,) = Store().list("s3://lake")
    modified = s3.head_object(Bucket="lake", Key="a.json")["LastModified"]
    assert found == StoredObject("s3://lake/a.json", "5d41402abc4b2a76b9719d911017c592", 5, modified)
    assert found.last_modified.utcoffset() == datetime.now(UTC).utcoffset()


def test_an_s3_listing_of_several_pages(s3: S3Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    keys = ["many/a", "many/b", "many/c", "many/d", "many/e"]
    for key in keys:
        s3.put_object(Bucket="lake", Key=key, Body=b"")
    assert s3.list_objects_v2(Bucket="lake")["IsTruncated"]
    assert listed("s3://lake/many/") == [f"s3://lake/{key}" for key in keys]


DEEP = [
    "lake/2017/a", "lake/2017/b", "lake/2017-a", "lake/2018/11/01/a", "lake/2018/11/01/b", "lake/2018/11/",
    "lake/2018//a", "lake/é/a", "lake/z", "lake.bak",
    *(f"lake/2018/12/{day:02}/{part}" for day in range(1, 32) for part in "abc"),
]  # fmt: skip


@pytest.mark.slow
def test_an_s3_listing_of_many_folders_is_in_order_and_whole(s3: S3Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    for key in DEEP:
        s3.put_object(Bucket="lake", Key=key, Body=b"")
    for prefix in ("", "lake", "lake/", "lake/2018", "lake/2018/1", "lake/2018/12/"):
        found = sorted((key for key in DEEP if key.startswith(prefix)), key=str.encode)
        assert listed(f"s3://lake/{prefix}") == [f"s3://lake/{key}" for key in found]


def test_the_folders_of_an_s3_listing_are_asked_for_side_by_side(s3: S3Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "20")
    for folder, name in product("abcdefghij", "xyz"):
        s3.put_object(Bucket="lake", Key=f"many/{folder}/{name}", Body=b"")
    together = Barrier(LISTING_THREADS, timeout=30)

    def wait_for_the_others(request: AWSPreparedRequest, **_: object) -> None:
        if re.search("prefix=many%2F[a-h]%2F", request.url):
            together.wait()

    client = boto3.client("s3")
    client.meta.events.register("before-send.s3.ListObjectsV2", wait_for_the_others)
    assert len(list(Store(lambda: client).list("s3://lake/many/"))) == 30
    client.close()


def test_a_small_s3_listing_is_one_request(s3: S3Client) -> None:
    for key in DEEP:
        s3.put_object(Bucket="lake", Key=key, Body=b"")
    asked: list[str] = []
    client = boto3.client("s3")
    client.meta.events.register("before-send.s3", lambda request, **_: asked.append(request.url))
    assert len(list(Store(lambda: client).list("s3://lake/lake/"))) == len(DEEP) - 1
    assert len(asked) == 1
    client.close()


NAMES = [
    "a b.json",
    "50%.json",
    "a%20b.json",
    "é 🎵.json",
    'O\'Brien "x".json',
    "a#b?c=d&e+f.json",
    "tab\t.json",
    ".hidden",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_url_is_read_as_it_is_written(tmp_path: Path, s3: S3Client, name: str) -> None:
    for url in (f"file://{tmp_path}/x/{name}", f"s3://lake/x/{name}"):
        Store().write(url, b"content")
        assert listed(url[: 2 - len(name)]) == [url]
        assert Store().read(url) == b"content"


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    taken = tmp_path / "a.json"
    taken.mkdir()
    with pytest.raises(StorageError, match=f"cannot write {taken}: Is a directory"):
        Store().write(f"file://{taken}", b"new")
    assert list(tmp_path.iterdir()) == [taken]


def test_a_file_whose_writer_was_killed_is_no_object(tmp_path: Path) -> None:
    put(tmp_path, f".k2l7q3b9{INCOMPLETE}", "a.json")
    assert [found.url for found in Store().list(f"file://{tmp_path}/")] == [f"file://{tmp_path}/a.json"]


def test_writing_replaces_an_object_and_leaves_nothing_else(tmp_path: Path) -> None:
    url = f"file://{tmp_path}/new/folder/manifest.json"
    Store().write(url, b"first")
    Store().write(url, b"second")
    assert (listed(f"file://{tmp_path}/"), Store().read(url)) == ([url], b"second")


def test_objects_are_streamed(tmp_path: Path, s3: S3Client) -> None:
    for url in (f"file://{tmp_path}/a", "s3://lake/a"):
        Store().write(url, b"x" * 300_000 + b"y")
        with Store().open(url) as stream:
            assert (stream.read(2), stream.tell()) == (b"xx", 2)
            assert stream.read() == b"x" * 299_998 + b"y"
            assert (stream.read(1), stream.tell()) == (b"", 300_001)


def test_a_missing_object_is_named(tmp_path: Path, s3: S3Client) -> None:
    (tmp_path / "a").touch()
    for url, words in {
        f"file://{tmp_path}/no.json": f"{tmp_path}/no.json does not exist",
        f"file://{tmp_path}/a/b": f"{tmp_path}/a/b does not exist",
        f"file://{tmp_path}/a%20b": f"{tmp_path}/a%20b does not exist; a % in a URL stands for itself",
        "s3://lake/no.json": "s3://lake/no.json does not exist",
    }.items():
        with pytest.raises(ObjectMissing) as failure:
            Store().read(url)
        assert str(failure.value) == words


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("log_data/", "'log_data/' is not a lake URL: write s3://bucket/key or file:///absolute/path"),
        ("/log_data", "'/log_data' is not a lake URL"),
        ("", "'' is not a lake URL"),
        ("https://host/a", "'https://host/a' is not a lake URL"),
        ("S3://lake/a", "'S3://lake/a' is not a lake URL"),
        ("file://a/b", "'file://a/b' names no absolute path: write file:///absolute/path, with three slashes"),
        ("file:///a//b", "'file:///a//b' is not a plain path: write it without '//', '.' and '..'"),
        ("file:///a/../b", "'file:///a/../b' is not a plain path"),
        ("file:///a/.", "'file:///a/.' is not a plain path"),
        ("file:///a\0b", "is not a plain path"),
        ("s3://", "'s3://' names no bucket: write s3://bucket/key"),
        ("s3:///key", "'s3:///key' names no bucket"),
    ],
)
def test_a_malformed_url_is_refused_by_every_function(url: str, words: str) -> None:
    for function in (lambda: list(Store().list(url)), lambda: Store().read(url)):
        with pytest.raises(StorageError) as failure:
            function()
        assert words in str(failure.value)


def test_a_bucket_is_not_an_object(s3: S3Client) -> None:
    with pytest.raises(StorageError, match="'s3://lake/' names a bucket, not an object"):
        Store().read("s3://lake/")


def test_a_missing_bucket_is_named(s3: S3Client) -> None:
    for function in (lambda: list(Store().list("s3://nowhere/a")), lambda: Store().write("s3://nowhere/a", b"")):
        with pytest.raises(StorageError, match=r"cannot \w+ s3://nowhere/a: there is no bucket 'nowhere'"):
            function()
    with pytest.raises(StorageError, match="cannot read s3://nowhere/a: there is no bucket 'nowhere'"):
        Store().read("s3://nowhere/a")


def test_a_server_that_cannot_be_reached_is_named(s3: S3Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(StorageError, match=r"cannot list s3://lake/a: Could not connect .*http://127\.0\.0\.1:1"):
        listed("s3://lake/a")


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_an_s3_on_another_machine_is_not_asked_without_encryption(
    s3: S3Client, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http://minio.example:9000")
    with pytest.raises(StorageError, match=r"S3 at http://minio\.example:9000 would be used without encryption; let"):
        listed("s3://lake/a")


def test_a_profile_that_is_not_there_is_named(s3: S3Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "none")
    with pytest.raises(StorageError, match=r"S3 cannot be used: The config profile \(none\) could not be found; corr"):
        listed("s3://lake/a")


def test_requests_go_unsigned_without_credentials(
    s3: S3Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    s3.put_object(Bucket="lake", Key="public", Body=b"x")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    assert listed("s3://lake/p") == ["s3://lake/public"]


class BrokenS3(BaseHTTPRequestHandler):
    """Answers every request with the error that the bucket is named after, or breaks off in the middle of an object."""

    def do_GET(self) -> None:
        bucket = self.path[1:].split("/")[0].split("?")[0]
        if bucket == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"only this")
            return
        status, code = {"denied": (403, "AccessDenied"), "abroad": (400, "IllegalLocationConstraintException")}.get(
            bucket, (400, "ExpiredToken")
        )
        self.send_response(status)
        self.end_headers()
        self.wfile.write(f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())

    do_PUT = do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def broken_s3(s3: S3Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), BrokenS3)
    Thread(target=server.serve_forever).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")
    yield
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("bucket", "words"),
    [
        ("denied", "access denied; these credentials need s3:{} on it"),
        ("abroad", "bucket 'abroad' is in another Region; set AWS_REGION, or the Region of the block, to it"),
        ("stale", "S3 does not accept the AWS credentials (ExpiredToken); renew them"),
    ],
)
@pytest.mark.usefixtures("broken_s3")
def test_what_s3_refuses_is_said_with_its_remedy(bucket: str, words: str) -> None:
    functions = {
        "list": ("ListBucket", listed),
        "read": ("GetObject", Store().read),
        "write": ("PutObject", lambda url: Store().write(url, b"")),
    }
    for verb, (right, function) in functions.items():
        with pytest.raises(StorageError) as failure:
            function(f"s3://{bucket}/a")
        assert str(failure.value) == f"cannot {verb} s3://{bucket}/a: {words.format(right)}"


@pytest.mark.usefixtures("broken_s3")
def test_an_object_that_breaks_off_is_named() -> None:
    with pytest.raises(StorageError, match=r"cannot read s3://cut/a: .*1000"):
        Store().read("s3://cut/a")


def test_a_folder_is_not_an_object(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=f"{tmp_path} is a folder, not a file"):
        Store().read(f"file://{tmp_path}")


def test_a_pipe_in_a_lake_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for function in (listed, Store().read):
        with pytest.raises(StorageError, match=f"{tmp_path}/pipe is neither a file nor a folder"):
            function(f"file://{tmp_path}/pipe")


def test_a_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff.json")).touch()
    with pytest.raises(StorageError, match=r"udcff\.json' has a name that is not UTF-8: rename it"):
        listed(f"file://{tmp_path}/")


def test_links_inside_of_the_lake_are_followed(tmp_path: Path) -> None:
    put(tmp_path / "lake", "a/x.json", "b/y.json")
    (tmp_path / "lake/a/to_b").symlink_to(tmp_path / "lake/b")
    (tmp_path / "lake/a/z.json").symlink_to("x.json")
    (tmp_path / "elsewhere").symlink_to(tmp_path / "lake")
    root = f"file://{tmp_path}/elsewhere"
    assert listed(root + "/") == [f"{root}/{name}" for name in ("a/to_b/y.json", "a/x.json", "a/z.json", "b/y.json")]


def test_a_link_that_leaves_the_lake_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "secret/x.json", "lake/a.json")
    for target in (tmp_path / "secret", tmp_path / "secret/x.json"):
        link = tmp_path / "lake/link"
        link.symlink_to(target)
        with pytest.raises(StorageError) as failure:
            listed(f"file://{tmp_path}/lake/")
        assert str(failure.value) == (
            f"{link} is a link to {target}, outside {tmp_path}/lake: put the data itself into the lake"
        )
        link.unlink()


def test_a_link_to_a_folder_above_itself_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "lake/a/x.json")
    (tmp_path / "lake/a/up").symlink_to(tmp_path / "lake")
    with pytest.raises(StorageError, match=f"{tmp_path}/lake/a/up is a link to {tmp_path}/lake, a folder above it"):
        listed(f"file://{tmp_path}/lake/")


def test_two_folders_that_link_to_each_other_are_refused(tmp_path: Path) -> None:
    put(tmp_path, "lake/a/x.json", "lake/b/y.json")
    (tmp_path / "lake/a/to_b").symlink_to(tmp_path / "lake/b")
    (tmp_path / "lake/b/to_a").symlink_to(tmp_path / "lake/a")
    with pytest.raises(StorageError, match=f"to_b/to_a is a link to {tmp_path}/lake/a, a folder above it"):
        listed(f"file://{tmp_path}/lake/")


def test_a_link_to_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    with pytest.raises(StorageError, match=f"{tmp_path}/link is a link to {tmp_path}/gone, which does not exist"):
        listed(f"file://{tmp_path}/")
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to(tmp_path / "link")
    with pytest.raises(StorageError, match=f"{tmp_path}/link"):
        listed(f"file://{tmp_path}/")


@pytest.mark.parametrize(
    ("prefix", "is_any"), [("log_data", True), ("log_data/", True), ("log", True), ("log/", False), ("other/e", False)]
)
def test_whether_any_url_begins_so(s3: S3Client, tmp_path: Path, prefix: str, is_any: bool) -> None:
    put(tmp_path, *KEYS)
    for key in KEYS:
        s3.put_object(Bucket="lake", Key=key, Body=b"")
    assert [Store().has_any(f"{root}/{prefix}") for root in (f"file://{tmp_path}", "s3://lake")] == [is_any] * 2


def test_an_empty_folder_is_one_and_what_cannot_be_listed_is_told(s3: S3Client, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert Store().has_any(f"file://{tmp_path}/empty/")
    assert not Store().has_any(f"file://{tmp_path}/empty")
    with pytest.raises(StorageError, match="there is no bucket 'none'"):
        Store().has_any("s3://none/a")
