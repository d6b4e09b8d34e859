"""Reading files in chunks: S3's objects in parallel, all in their order, and nothing left open at the end."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import repeat
from pathlib import Path

import pytest

from lake.errors import StorageError
from local_redshift.copy.command.statement import CopyCommand
from local_redshift.copy.read.chunks import convert_concurrently, read_chunks
from local_redshift.copy.read.files import DataFile

COMMAND = CopyCommand("t", "s3://lake/")
PATIENCE_S = 30  # of a test that fails


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


@contextmanager
def s3(monkeypatch: pytest.MonkeyPatch, handler: type[BaseHTTPRequestHandler]) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        try:
            yield
        finally:
            server.shutdown()
            serving.join()


class Objects(BaseHTTPRequestHandler):
    """The bucket lake: an object holds its own name, and none is called missing."""

    def do_GET(self) -> None:
        self.wait()
        name = self.path.rpartition("/")[2]
        body = b"<Error><Code>NoSuchKey</Code></Error>" if name == "missing" else name.encode()
        self.send_response(404 if name == "missing" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def wait(self) -> None:
        """Answer at once."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        """Keep quiet."""


def lake(*names: str) -> tuple[DataFile, ...]:
    return tuple(DataFile(f"s3://lake/{name}") for name in names)


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("copy-")]


def test_objects_of_s3_are_asked_for_at_once_and_given_out_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    all_asked = threading.Barrier(4)

    class Waiting(Objects):
        def wait(self) -> None:
            all_asked.wait(PATIENCE_S)

    with s3(monkeypatch, Waiting):
        chunks = list(read_chunks(lake("a", "b", "c", "d"), COMMAND, 100))
    assert [[(piece.url, piece.data) for piece in chunk] for chunk in chunks] == [
        [(f"s3://lake/{name}", name.encode()) for name in "abcd"]
    ]


def test_an_object_of_many_pieces_is_read_in_order_beside_others(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("a" * 10, "b" * 3, "c" * 7, *"defghijklmnop")
    with s3(monkeypatch, Objects):
        chunks = list(read_chunks(lake(*names), COMMAND, 4))
    assert b"".join(piece.data for chunk in chunks for piece in chunk) == "".join(names).encode()


@pytest.mark.parametrize("missing", ["s3://lake/missing", "file:///nowhere/missing"])
def test_what_comes_before_a_file_that_cannot_be_read_is_given_out(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with s3(monkeypatch, Objects):
        chunks = read_chunks((*lake("a", "b"), DataFile(missing), *lake("c")), COMMAND, 100)
        assert [piece.data for piece in next(chunks)] == [b"a", b"b"]
        with pytest.raises(StorageError, match=r"missing does not exist"):
            next(chunks)
    assert threads() == []


def test_local_files_before_one_that_cannot_be_read_are_given_out(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    chunks = read_chunks((DataFile(f"file://{tmp_path}/a"), DataFile(f"file://{tmp_path}/missing")), COMMAND, 100)
    assert [piece.data for piece in next(chunks)] == [b"a"]
    with pytest.raises(StorageError, match=r"missing does not exist"):
        next(chunks)


def test_ending_early_leaves_no_thread_and_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    hung_up = threading.Semaphore(0)

    class Endless(Objects):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(1 << 40))
            self.end_headers()
            try:
                for lines in repeat(b"x\n" * 10_000):
                    self.wfile.write(lines)
            except ConnectionError:
                hung_up.release()

    with s3(monkeypatch, Endless):
        with closing(convert_concurrently(read_chunks(lake("a", "b", "c"), COMMAND, 1000), len)) as converted:
            assert next(converted)[1] == 1
        assert threads() == []
        assert all(hung_up.acquire(timeout=PATIENCE_S) for _ in range(3))
