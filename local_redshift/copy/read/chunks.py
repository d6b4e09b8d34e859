"""Read the files of a COPY in chunks of whole lines, prefetched in bounded memory.

A large file becomes many chunks; small files share one, so that what each chunk costs is paid once for many of them.
A chunk ends within a line only where the line is longer than a chunk. What cannot be read fails at its place in the
order of the files, after everything before it has been given out.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeVar

from lake.errors import StorageError
from lake.object_store import readers
from local_redshift.copy.command.statement import CopyCommand
from local_redshift.copy.failure import CopyFailure
from local_redshift.copy.log import now
from local_redshift.copy.read.files import DataFile, open_file

_CONVERTING_THREADS = 2
_CHUNKS_PREFETCHED = 4
_FILES_PER_CHUNK = 1000
_STREAMS = 8
T = TypeVar("T")


@dataclass(frozen=True)
class Piece:
    """Successive lines of one file; `file_bytes_read` counts the bytes of the file itself up to their end."""

    url: str
    data: bytes
    is_first: bool
    is_last: bool
    opened: datetime
    file_bytes_read: int

    @property
    def ends_line(self) -> bool:
        """Tell whether no line is cut by the end of this piece."""
        return self.is_last or self.data.endswith(b"\n")


Chunk = tuple[Piece, ...]
"""One piece of a large file, or several small files."""

_Pieces = Generator[Piece]


def read_chunks(files: Sequence[DataFile], command: CopyCommand, chunk_bytes: int) -> Generator[Chunk]:
    """Read files in their order, each whole.

    Raises:
        CopyFailure: a file is not compressed as the command says, or none of the files exists.
        StorageError: a file cannot be read.
    """
    streams = readers((file.url for file in files), _STREAMS)
    piece_bytes = chunk_bytes if streams == 1 else max(chunk_bytes // 2, 1)  # so many streams hold a piece each
    of_files = (_pieces_of_file(file, command, piece_bytes) for file in files)
    gather = _Gathering(chunk_bytes)
    with closing(_sequentially(of_files) if streams == 1 else _concurrently(of_files)) as pieces:
        try:
            for piece in pieces:
                yield from gather.add(piece)
        except (CopyFailure, StorageError):
            yield from gather.rest()
            raise
    yield from gather.rest()
    if not gather.has_any:
        raise CopyFailure(f"The manifest {command.url} names no file that exists", "check its URLs, or list a file")


class _Gathering:
    """Gathers small files until they are enough for a chunk."""

    def __init__(self, chunk_bytes: int) -> None:
        self.has_any = False
        self._chunk_bytes = chunk_bytes
        self._small: list[Piece] = []
        self._size_bytes = 0

    def add(self, piece: Piece) -> Iterator[Chunk]:
        """Take one more piece, and give out the chunks that are complete."""
        self.has_any = True
        is_whole_file = piece.is_first and piece.is_last
        is_full = self._size_bytes + len(piece.data) > self._chunk_bytes or len(self._small) == _FILES_PER_CHUNK
        if is_full or not is_whole_file:
            yield from self.rest()
        if is_whole_file:
            self._small.append(piece)
            self._size_bytes += len(piece.data)
        else:
            yield (piece,)

    def rest(self) -> Iterator[Chunk]:
        """Give out what has been gathered, if anything."""
        if self._small:
            yield tuple(self._small)
            self._small, self._size_bytes = [], 0


def _sequentially(of_files: Iterable[_Pieces]) -> _Pieces:
    for pieces in of_files:
        yield from pieces


def _concurrently(of_files: Iterable[_Pieces]) -> _Pieces:
    """Give out the pieces of file after file, while the first piece of each of the next files is read too.

    An object of S3 takes long to answer and little to read, so that many are requested at once.
    """
    waiting = iter(of_files)
    prefetched: deque[tuple[_Pieces, Future[Piece | None]]] = deque()
    with ThreadPoolExecutor(_STREAMS, "copy-open") as pool:
        try:
            while True:
                for pieces in islice(waiting, _STREAMS - len(prefetched)):
                    prefetched.append((pieces, pool.submit(next, pieces, None)))
                if not prefetched:
                    return
                pieces, found = prefetched.popleft()
                if (piece := found.result()) is not None:
                    prefetched.appendleft((pieces, pool.submit(next, pieces, None)))
                    yield piece
        finally:
            pool.shutdown(cancel_futures=True)
            for pieces, _ in prefetched:
                pieces.close()


def _pieces_of_file(file: DataFile, command: CopyCommand, chunk_bytes: int) -> _Pieces:
    """Read a file piece by piece: one piece at least, unless the file is missing and optional."""
    opened = now()
    stream = open_file(file, command)
    if stream is None:
        return
    is_first = True
    with closing(stream):
        for data, is_last in stream.blocks(chunk_bytes):
            yield Piece(file.url, data, is_first, is_last, opened, stream.bytes_read)
            is_first = False


def convert_concurrently(chunks: Generator[Chunk], convert: Callable[[Chunk], T]) -> Generator[tuple[Chunk, T]]:
    """Give out every chunk in its order, with what `convert` makes of it, while the next ones are read and converted.

    Closing the generator ends its threads.
    """
    with (
        closing(chunks),
        ThreadPoolExecutor(_CONVERTING_THREADS, "copy-convert") as converting,
        ThreadPoolExecutor(1, "copy-read") as reading,
    ):

        def read_next() -> tuple[Chunk, Future[T]] | None:
            chunk = next(chunks, None)
            return None if chunk is None else (chunk, converting.submit(convert, chunk))

        prefetched = deque(reading.submit(read_next) for _ in range(_CHUNKS_PREFETCHED))
        try:
            while found := prefetched.popleft().result():
                prefetched.append(reading.submit(read_next))
                yield found[0], found[1].result()
        finally:
            reading.shutdown(cancel_futures=True)
            converting.shutdown(cancel_futures=True)
