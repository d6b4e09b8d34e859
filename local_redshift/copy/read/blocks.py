"""Make the blocks of rows that a COPY sends to the server, and count rows and errors file by file.

Lines are converted in bulk as far as that goes; where it stops, the exact conversion takes over, up to the next end of
a line that is outside of every document. Rows, errors and line numbers are those of the exact conversion alone.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from local_redshift.copy.command.statement import CopyCommand
from local_redshift.copy.convert.fast import NOTHING, BulkConverter, Converted, lines_end
from local_redshift.copy.convert.rows import RepairedRow, RowConverter, RowError
from local_redshift.copy.failure import CopyFailure
from local_redshift.copy.log import FileRead, LoadLog, now
from local_redshift.copy.read.chunks import Chunk, Piece, convert_concurrently, read_chunks
from local_redshift.copy.read.files import DataFile

_ROWS_PER_BLOCK = 1000
_WORTH_PART = 128  # what is less than this part of a chunk is not worth another bulk conversion
_GROWTH = 4
_Converted = Generator[tuple[Chunk, Converted]]


@dataclass
class Counts:
    """What has been read so far: rows, how many of them were converted in bulk, errors, and bytes of the files."""

    rows: int = 0
    rows_in_bulk: int = 0
    errors: int = 0
    file_bytes: int = 0


class RowBlocks:
    """The rows of one COPY, in PostgreSQL's CSV format."""

    def __init__(self, command: CopyCommand, converter: RowConverter, bulk: BulkConverter | None, log: LoadLog) -> None:
        self.counts = Counts()
        self._command = command
        self._converter = converter
        self._bulk = bulk
        self._log = log
        self._file: _OpenFile | None = None
        self._first_error = ""
        self._worth_bytes = 1

    def read(self, files: Sequence[DataFile], chunk_bytes: int) -> Generator[bytes]:
        """Read the files; a block holds any part of the rows.

        Raises:
            CopyFailure: MAXERROR was reached, or a file cannot be loaded.
            StorageError: a file cannot be read.
        """
        self._worth_bytes = max(chunk_bytes // _WORTH_PART, 1)
        chunks = read_chunks(files, self._command, chunk_bytes)
        with closing(convert_concurrently(chunks, self._convert)) as converted_chunks:
            try:
                for chunk, converted in converted_chunks:
                    yield converted.csv
                    for piece, lines, end in _shares(chunk, converted):
                        yield from self._piece(piece, lines, end, converted_chunks)
            finally:
                self._end_file()

    def _convert(self, chunk: Chunk) -> Converted:
        has_header = self._command.ignore_header and chunk[0].is_first
        if self._bulk is None or has_header or not all(piece.ends_line for piece in chunk):
            return NOTHING
        if len(chunk) == 1:
            return self._bulk.convert(chunk[0].data)
        lines = (piece.data + b"\n" * _lacks_newline(piece.data) for piece in chunk)
        return self._bulk.convert(b"".join(lines))

    def _piece(self, piece: Piece, lines: int, end: int, following: _Converted) -> Iterator[bytes]:
        """Count the lines of a piece that have been converted in bulk, and convert the rest."""
        if piece.is_first:
            self._file = _OpenFile(piece, following)
        file = self._file
        assert file is not None, "the first piece of a file comes first"  # noqa: S101
        file.take(piece)
        self._skip_converted(file, lines, end)
        yield from self._rest(file)
        if file.is_read:
            self._end_file()

    def _skip_converted(self, file: "_OpenFile", lines: int, end: int) -> None:
        file.skip(lines, end)
        self.counts.rows += lines
        self.counts.rows_in_bulk += lines

    def _rest(self, file: "_OpenFile") -> Iterator[bytes]:
        """Convert a line exactly and the next ones in bulk; ever more lines exactly where bulk does not get far."""
        lines = 1
        while self._bulk is not None and file.rest_bytes >= self._worth_bytes:
            file.pause_after(lines)
            yield from self._exact_rows(file)
            rest = file.rest()
            converted = self._bulk.convert(rest)
            yield converted.csv
            self._skip_converted(file, converted.lines, converted.end)
            lines = 1 if converted.end > len(rest) // _GROWTH else lines * _GROWTH
        if file.has_rest:
            file.pause_after(None)
            yield from self._exact_rows(file)

    def _exact_rows(self, file: "_OpenFile") -> Iterator[bytes]:
        block: list[str] = []
        for row in self._converter.rows_until_pause(file, file.next_line):
            if isinstance(row, RowError):
                self._reject(file, row)
                continue
            if isinstance(row, RepairedRow):
                self._log.add_repair(file.url, row)
            file.rows += 1
            self.counts.rows += 1
            block.append(row)
            if len(block) >= _ROWS_PER_BLOCK:
                yield _encode(block)
                block.clear()
        yield _encode(block)

    def _reject(self, file: "_OpenFile", error: RowError) -> None:
        """Log a rejected row, and fail once there are too many."""
        self._log.add_error(file.url, error)
        file.errors += 1
        self.counts.errors += 1
        self._first_error = self._first_error or error.message(file.url)
        if not self._command.ignore_all_errors and self.counts.errors >= max(self._command.max_error, 1):
            raise CopyFailure(
                f"Load into table '{self._command.table}' failed.  Check 'stl_load_errors' system table for details.",
                self._first_error,
            )

    def _end_file(self) -> None:
        """Log the current file, if there is one, as far as it has been read."""
        file, self._file = self._file, None
        if file is not None:
            self.counts.file_bytes += file.size_bytes
            lines = file.rows + file.errors
            self._log.add_file(FileRead(file.url, lines, file.errors, file.size_bytes, file.opened, now()))


class _OpenFile:
    """The file that is being read: its counts, and the stream of what has not been converted in bulk."""

    def __init__(self, piece: Piece, following: _Converted) -> None:
        self.url = piece.url
        self.opened = piece.opened
        self.next_line = 1
        self.rows = self.errors = self.size_bytes = 0
        self._following = following
        self._piece = piece
        self._at = self._pause_at = 0
        self._pause_lines: int | None = None

    def take(self, piece: Piece) -> None:
        """Go on to the next piece."""
        self.size_bytes = piece.file_bytes_read
        self._piece = piece
        self._at = self._pause_at = 0

    def skip(self, lines: int, end: int) -> None:
        """Leave out so many lines, the last of which ends so far from here."""
        self.next_line += lines
        self.rows += lines
        self._at += end

    def pause_after(self, lines: int | None) -> None:
        """Set the next place to pause: the end of the piece, or already so many lines from here."""
        self._pause_lines = lines
        data = self._piece.data
        self._pause_at = len(data) if lines is None else lines_end(data, lines, self._at)

    @property
    def rest_bytes(self) -> int:
        """How much of the piece has neither been converted nor read; 0 if its last line goes on in the next piece."""
        return len(self._piece.data) - self._at if self._piece.ends_line else 0

    def rest(self) -> bytes:
        """Return what has neither been converted nor read."""
        return self._piece.data[self._at : self._at + self.rest_bytes]

    @property
    def has_rest(self) -> bool:
        """Tell whether something of the piece has neither been converted nor read."""
        return self._at < len(self._piece.data)

    @property
    def is_read(self) -> bool:
        """Tell whether the file has been read to its end."""
        return self._piece.is_last and not self.has_rest

    def read(self, size: int, /) -> bytes:
        """Read on; a document that is open at a place to pause, or at the end of the piece, takes what follows too."""
        if not self.has_rest and not self._piece.is_last:
            (piece,), _ = next(self._following)
            self.take(piece)
        if self._at == self._pause_at:
            self.pause_after(self._pause_lines and 2 * self._pause_lines)
        data = self._piece.data[self._at : min(self._at + size, self._pause_at)]
        self._at += len(data)
        self.next_line += data.count(b"\n")
        return data

    def pauses(self) -> bool:
        """Tell whether this is a place to pause: a line begins here, and it is known to be another one."""
        ends_line = self.has_rest or (self._piece.ends_line and not self._piece.is_last)
        return self._at == self._pause_at and ends_line


def _shares(chunk: Chunk, converted: Converted) -> Iterator[tuple[Piece, int, int]]:
    """Tell of each piece how many of its lines have been converted, and where they end."""
    if len(chunk) == 1:
        yield chunk[0], converted.lines, converted.end
        return
    left = converted.lines
    for piece in chunk:
        lines = min(left, piece.data.count(b"\n") + _lacks_newline(piece.data))
        left -= lines
        yield piece, lines, lines_end(piece.data, lines)


def _lacks_newline(data: bytes) -> bool:
    return bool(data) and not data.endswith(b"\n")


def _encode(block: list[str]) -> bytes:
    return "".join([row + "\n" for row in block]).encode()
