"""Make the blocks of rows that a COPY sends to the server, and count rows and errors file by file.

Lines are converted in bulk as far as that goes; where it stops, the exact conversion takes over up to the next end of
a piece outside of every document. Rows, errors and line numbers are those of the exact conversion alone.
"""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from warehouse.copy_chunks import Chunk, Piece, convert_ahead, read_chunks
from warehouse.copy_command import CopyCommand
from warehouse.copy_failure import CopyFailure
from warehouse.copy_fast import NOTHING, BulkConverter, Converted, can_convert, lines_end
from warehouse.copy_files import DataFile
from warehouse.copy_log import FileRead, LoadLog, now
from warehouse.copy_rows import RowConverter, RowError
from warehouse.copy_target import Target

_ROWS_PER_BLOCK = 1000
_BYTES_PER_BLOCK = 1 << 20


@dataclass(frozen=True)
class Reading:
    """How the files are read: in chunks of so many bytes, and converted in bulk where that is exact, or never."""

    chunk_bytes: int = 4 << 20
    in_bulk: bool = True


@dataclass
class Counts:
    """What has been read so far: rows, how many of them were converted in bulk, errors, and bytes of the files."""

    rows: int = 0
    rows_in_bulk: int = 0
    errors: int = 0
    file_bytes: int = 0
    first_error: str = ""


@dataclass
class _FileProgress:
    """How far the current file has been read."""

    url: str
    opened: datetime
    next_line: int = 1
    rows: int = 0
    errors: int = 0
    size_bytes: int = 0


class RowBlocks:
    """The rows of one COPY, in PostgreSQL's CSV format."""

    def __init__(self, command: CopyCommand, target: Target, converter: RowConverter, reading: Reading) -> None:
        self.counts = Counts()
        self._command = command
        self._converter = converter
        self._reading = reading
        is_bulk = reading.in_bulk and can_convert(target.columns, command)
        self._bulk = BulkConverter(target.columns, command) if is_bulk else None
        self._file: _FileProgress | None = None

    def read(self, files: Iterable[DataFile], log: LoadLog) -> Generator[bytes]:
        """Read the files; each block holds whole rows or a part of them.

        Raises:
            CopyFailure: MAXERROR was reached, or a file cannot be loaded.
            StorageError: a file cannot be read.
        """
        chunks = read_chunks(files, self._command, self._reading.chunk_bytes)
        with closing(convert_ahead(chunks, self._convert)) as converted_chunks:
            try:
                for chunk, converted in converted_chunks:
                    yield from _slices(converted.csv)
                    yield from self._chunk(chunk, converted.lines, converted_chunks, log)
            finally:
                self._end_file(log)

    def _convert(self, chunk: Chunk) -> Converted:
        if self._bulk is None or not all(piece.ends_line for piece in chunk):
            return NOTHING
        return self._bulk.convert(chunk[0].data if len(chunk) == 1 else b"".join(_as_lines(chunk)))

    def _chunk(self, chunk: Chunk, lines: int, following: "_Following", log: LoadLog) -> Iterator[bytes]:
        """Count the lines that have been converted in bulk, and convert the rest."""
        for piece in chunk:
            if piece.is_first:
                self._file = _FileProgress(piece.url, piece.opened)
            ready = min(lines, _count_lines(piece.data))
            lines -= ready
            yield from self._piece(piece, ready, following, log)

    def _piece(self, piece: Piece, ready: int, following: "_Following", log: LoadLog) -> Iterator[bytes]:
        file = self._progress()
        file.next_line += ready
        file.rows += ready
        self.counts.rows += ready
        self.counts.rows_in_bulk += ready
        rest = _Rest(piece, lines_end(piece.data, ready) if ready < _count_lines(piece.data) else len(piece.data), following, file)
    def _progress(self): ...
