"""Stream the rows of a COPY's files to the server, count its errors, and log both.

Memory is bounded whatever the files hold: one chunk of a file, one block of rows and one batch of errors at a time.
"""

import io
from collections.abc import Generator, Iterator
from contextlib import closing, suppress

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - the class of that name
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from warehouse.copy_command import CopyCommand
from warehouse.copy_failure import CopyFailure
from warehouse.copy_files import DataFile, FileStream, open_file
from warehouse.copy_log import FileRead, LoadLog, LoadStart, now
from warehouse.copy_rows import DEFAULT_MARK, RowConverter, RowError
from warehouse.copy_target import Target
from warehouse.errors import StorageError

_ROWS_PER_BLOCK = 1000


class Load:
    """One run of a COPY over its files."""

    def __init__(self, cursor: Cursor, command: CopyCommand, target: Target, files: tuple[DataFile, ...]) -> None:
        self._cursor = cursor
        self._command = command
        self._target = target
        self._files = files
        self._rows = self._bytes = self._errors = self._files_read = 0
        self._first_error = ""

    def run(self, second: Connection, converter: RowConverter) -> None:
        """Load everything; `second` is the connection that the system tables are written on.

        Raises:
            CopyFailure: MAXERROR was reached, or a file cannot be loaded.
            StorageError: a file cannot be read.
            psycopg2.Error: the server refused the rows.
        """
        log = LoadLog(second, self._start())
        try:
            with closing(self._blocks(converter, log)) as blocks:
                self._send(_BlockReader(blocks))
        except BaseException:
            with suppress(psycopg2.Error):  # what went wrong first is the news
                log.finish("aborted", 0, 0, self._errors)
            raise
        loaded_rows = 0 if self._command.no_load else self._rows
        log.finish("completed", loaded_rows, self._bytes, self._errors)
        self._cursor.execute("SELECT set_config('redshift.last_copy', %s, FALSE)", (f"{log.query_id}:{loaded_rows}",))
        self._notify(f"{loaded_rows} record(s) loaded successfully.")
        if self._errors:
            self._notify(
                f"{self._errors} record(s) could not be loaded.  Check 'stl_load_errors' system table for details."
            )

    def _notify(self, what: str) -> None:
        message = f"Load into table '{self._command.table}' completed, {what}"
        self._cursor.execute("SELECT redshift.raise_info(%s)", (message,))

    def _start(self) -> LoadStart:
        self._cursor.execute("SELECT pg_current_xact_id()::text::bigint, pg_backend_pid(), session_user")
        transaction_id, session_id, user = self._cursor.fetchone() or (0, 0, "")
        return LoadStart(
            transaction_id=transaction_id,
            session_id=session_id,
            table_id=self._target.table_id,
            table_name=self._command.table,
            started=now(),
            data_source=self._command.url,
            source_file_count=len(self._files),
            source_file_bytes=sum(file.size_bytes for file in self._files),
            user=user,
        )

    def _send(self, reader: "_BlockReader") -> None:
        if self._command.no_load:
            while reader.read():
                pass
        else:
            try:
                self._cursor.copy_expert(self._statement(), reader)
            except psycopg2.Error:
                # Whatever stops the reader stops the server too, which then knows only that the client gave up.
                if reader.failure is None:
                    raise
        if reader.failure is not None:
            raise reader.failure

    def _statement(self) -> str:
        table = f"{self._target.name} ({self._target.column_list})"
        has_generated = any(column.identity == "d" for column in self._target.columns)
        default = f", DEFAULT '{DEFAULT_MARK}'" if has_generated else ""
        return f"COPY {table} FROM STDIN WITH (FORMAT csv, ENCODING 'UTF8'{default})"

    def _blocks(self, converter: RowConverter, log: LoadLog) -> Generator[bytes]:
        for file in self._files:
            stream = open_file(file, self._command)
            if stream is None:
                continue
            self._files_read += 1
            yield from self._file_blocks(stream, file.url, converter, log)
        if not self._files_read:
            raise CopyFailure(
                f"The manifest {self._command.url} names no file that exists", "check its URLs, or list a file"
            )

    def _file_blocks(self, stream: FileStream, url: str, converter: RowConverter, log: LoadLog) -> Iterator[bytes]:
        started, rows_before, errors_before = now(), self._rows, self._errors
        block: list[str] = []
        try:
            for row in converter.rows(stream):
                if isinstance(row, RowError):
                    self._reject(url, row, log)
                    continue
                self._rows += 1
                block.append(row)
                if len(block) >= _ROWS_PER_BLOCK:
                    yield self._encode(block)
                    block.clear()
            yield self._encode(block)
        finally:
            errors = self._errors - errors_before
            lines = self._rows - rows_before + errors
            log.add_file(FileRead(url, lines, errors, stream.bytes_read, started, now()))
            stream.close()

    def _encode(self, block: list[str]) -> bytes:
        data = "".join([row + "\n" for row in block]).encode()
        self._bytes += len(data)
        return data

    def _reject(self, url: str, error: RowError, log: LoadLog) -> None:
        """Log a rejected row, and fail once there are too many."""
        log.add_error(url, error)
        self._errors += 1
        self._first_error = self._first_error or error.sentence(url)
        if not self._command.ignore_all_errors and self._errors >= max(self._command.max_error, 1):
            raise CopyFailure(
                f"Load into table '{self._command.table}' failed.  Check 'stl_load_errors' system table for details.",
                self._first_error,
            )


class _BlockReader(io.RawIOBase):
    """The file that psycopg2 reads rows from; `failure` is what ended it early."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self.failure: BaseException | None = None

    def read(self, _size: int = -1, /) -> bytes:
        """Return the next block, whatever its size; nothing means the end."""
        try:
            # A block of a file without rows is empty, but not the end.
            return next((block for block in self._blocks if block), b"")
        except (CopyFailure, StorageError) as failure:
            # The server is to raise this itself, so its COPY must end in order.
            self.failure = failure
            return b""
        except BaseException as failure:
            self.failure = failure
            raise
