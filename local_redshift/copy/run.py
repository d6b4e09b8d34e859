"""Stream the rows of a COPY's files to the server, count its errors, and log both.

Memory is bounded whatever the files hold: a few chunks of a file, their rows and one batch of errors at a time.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - the class of that name
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from lake.errors import StorageError
from local_redshift.copy.command.statement import CopyCommand
from local_redshift.copy.convert.fast import BulkConverter, can_convert
from local_redshift.copy.convert.rows import DEFAULT_MARK, RowConverter
from local_redshift.copy.failure import CopyFailure
from local_redshift.copy.log import LoadLog, LoadStart, now
from local_redshift.copy.read.blocks import Counts, RowBlocks
from local_redshift.copy.read.files import DataFile
from local_redshift.copy.target import Target
from local_redshift.dialect.keys import build_indexes
from local_redshift.redshift_errors import without_context


@dataclass(frozen=True)
class Reading:
    """How files are read: in chunks of so many bytes, and converted in bulk wherever that is exact, or never."""

    chunk_bytes: int = 2 << 20
    in_bulk: bool = True


class Load:
    """One run of a COPY over its files."""

    def __init__(self, cursor: Cursor, command: CopyCommand, target: Target, files: tuple[DataFile, ...]) -> None:
        self._cursor = cursor
        self._command = command
        self._target = target
        self._files = files

    def run(self, second: Connection, converter: RowConverter, reading: Reading) -> Counts:
        """Load everything; `second` is the connection that the system tables are written on.

        Raises:
            CopyFailure: MAXERROR was reached, or a file cannot be loaded.
            StorageError: a file cannot be read.
            psycopg2.Error: the server refused the rows.
        """
        log = LoadLog(second, self._start())
        bulk = self._bulk(converter.names) if reading.in_bulk else None
        blocks = RowBlocks(self._command, converter, bulk, log)
        counts = blocks.counts
        try:
            with closing(blocks.read(self._files, reading.chunk_bytes)) as rows:
                self._send(_BlockReader(rows))
        except BaseException:
            with suppress(psycopg2.Error):  # the first error is what the caller gets
                log.finish("aborted", 0, 0, counts.errors)
            raise
        loaded_rows = 0 if self._command.no_load else counts.rows
        self._cursor.execute(build_indexes(self._target.name))
        log.finish("completed", loaded_rows, counts.file_bytes, counts.errors)
        self._cursor.execute("SELECT set_config('redshift.last_copy', %s, FALSE)", (f"{log.query_id}:{loaded_rows}",))
        self._notify(f"{loaded_rows} record(s) loaded successfully.")
        if counts.errors:
            self._notify(
                f"{counts.errors} record(s) could not be loaded.  Check 'stl_load_errors' system table for details."
            )
        return counts

    def _bulk(self, names: Sequence[str]) -> BulkConverter | None:
        columns = self._target.columns
        return BulkConverter(columns, names, self._command) if can_convert(columns, names) else None

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
            except psycopg2.Error as error:
                # Whatever stops the reader stops the server too, which then knows only that the client gave up.
                if reader.failure is None:
                    raise without_context(error) from None
        if reader.failure is not None:
            raise reader.failure

    def _statement(self) -> str:
        table = f"{self._target.name} ({self._target.column_list})"
        has_generated = any(column.identity == "d" for column in self._target.columns)
        default = f", DEFAULT '{DEFAULT_MARK}'" if has_generated else ""
        return f"COPY {table} FROM STDIN WITH (FORMAT csv, ENCODING 'UTF8'{default})"


class _BlockReader(io.RawIOBase):
    """The file that psycopg2 reads rows from; `failure` is what ended it early."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self.failure: BaseException | None = None

    def read(self, _size: int = -1, /) -> bytes:
        """Return the next block, whatever its size; nothing means the end."""
        try:
            # A block without rows is empty, but not the end.
            return next((block for block in self._blocks if block), b"")
        except (CopyFailure, StorageError) as failure:
            # The server is to raise this itself, so its COPY must end in order.
            self.failure = failure
            return b""
        except BaseException as failure:
            self.failure = failure
            raise
