"""Read the files of a COPY in chunks of whole lines, ahead of their use and in bounded memory.

A large file becomes many chunks; small files share one, so that what each chunk costs is paid once for many of them.
A chunk ends within a line only where the line is longer than a chunk. What cannot be read fails at its place in the
order of the files, after everything before it has been given out.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from warehouse.copy.command import CopyCommand
from warehouse.copy.failure import CopyFailure
from warehouse.copy.files import DataFile, FileStream, open_file
from warehouse.copy.log import now

_CONVERTING_THREADS = 2
_CHUNKS_AHEAD = 4
_FILES_PER_CHUNK = 1000
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


def read_chunks(files: Iterable[DataFile], command: CopyCommand, chunk_bytes: int) -> Generator[Chunk]:
    """Read files in their order, each whole.

    Raises:
        CopyFailure: a file is not compressed as the command says, or none of the files exists.
        StorageError: a file cannot be read.
    """
    small: list[Piece] = []
    size_bytes = 0
    for piece in _read_pieces(files, command, chunk_bytes):
        is_whole_file = piece.is_first and piece.is_last
        is_full = size_bytes + len(piece.data) > chunk_bytes or len(small) == _FILES_PER_CHUNK
        if small and (is_full or not is_whole_file):
            yield tuple(small)
            small, size_bytes = [], 0
        if is_whole_file:
            small.append(piece)
            size_bytes += len(piece.data)
        else:
            yield (piece,)
    if small:
        yield tuple(small)


def _read_pieces(files: Iterable[DataFile], command: CopyCommand, chunk_bytes: int) -> Iterator[Piece]:
    exist = False
    for file in files:
        opened = now()
        stream = open_file(file, command)
        if stream is not None:
            exist = True
            with closing(stream):
                yield from _pieces_of_file(file.url, stream, opened, chunk_bytes)
    if not exist:
        raise CopyFailure(f"The manifest {command.url} names no file that exists", "check its URLs, or list a file")


def _pieces_of_file(url: str, stream: FileStream, opened: datetime, chunk_bytes: int) -> Iterator[Piece]:
    rest, is_first, is_last = b"", True, False
    while not is_last:
        data = rest + _read_fully(stream, chunk_bytes)
        is_last = len(data) - len(rest) < chunk_bytes
        end = len(data) if is_last else data.rfind(b"\n") + 1 or len(data)
        rest = data[end:]
        yield Piece(url, data[:end], is_first, is_last, opened, stream.bytes_read)
        is_first = False


def _read_fully(stream: FileStream, size: int) -> bytes:
    """Read this many bytes, fewer only at the end of the file."""
    data = stream.read(size)
    while len(data) < size and (more := stream.read(size - len(data))):
        data += more
    return data


def convert_ahead(chunks: Generator[Chunk], convert: Callable[[Chunk], T]) -> Generator[tuple[Chunk, T]]:
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

        ahead = deque(reading.submit(read_next) for _ in range(_CHUNKS_AHEAD))
        try:
            while found := ahead.popleft().result():
                ahead.append(reading.submit(read_next))
                yield found[0], found[1].result()
        finally:
            reading.shutdown(cancel_futures=True)
            converting.shutdown(cancel_futures=True)
