"""Execute a COPY on PostgreSQL: in the caller's transaction, with Redshift's errors, notices and system tables.

Every failure is raised by the server, so that the client gets psycopg2's own exception with the right SQLSTATE and the
transaction is aborted, as on Redshift. The message is Redshift's; the detail says in plain words which file, line,
column and value it was. COPY fails as soon as its errors reach MAXERROR (Redshift guide, copy-parameters-data-load).
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import NoReturn

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from psycopg2.extensions import connection as Connection  # noqa: N812 - the class of that name
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from lake.errors import StorageError
from lake.object_store import Store
from lake.values import storable
from local_redshift.copy.command.statement import CopyCommand
from local_redshift.copy.convert.paths import Path, read_paths
from local_redshift.copy.convert.rows import RowConverter
from local_redshift.copy.failure import CopyFailure
from local_redshift.copy.read.blocks import Counts
from local_redshift.copy.read.files import find_files
from local_redshift.copy.run import Load, Reading
from local_redshift.copy.target import Target, find_target

_MESSAGE_BYTES = 8192
_READING = Reading()


def execute_copy(
    connection: Connection, command: CopyCommand, autonomous: Callable[[], Connection], reading: Reading = _READING
) -> Counts:
    """Load the files of a command into its table; `autonomous` opens a second connection to the same database.

    Raises:
        psycopg2.Error: as Redshift raises it; nothing is loaded then.
    """
    cursor = connection.cursor(cursor_factory=Cursor)
    with closing(cursor), _own_transaction(connection, cursor):
        try:
            target = find_target(cursor, command)
            paths = _find_paths(command, target)
            files = find_files(command)
            with closing(autonomous()) as second:
                load = Load(cursor, command, target, files)
                return load.run(second, RowConverter(target.columns, command, paths), reading)
        except (CopyFailure, StorageError) as failure:
            _raise(cursor, failure)


@contextmanager
def _own_transaction(connection: Connection, cursor: Cursor) -> Iterator[None]:
    """Make the COPY a transaction of its own where every statement is one."""
    if not connection.autocommit or connection.info.transaction_status != TRANSACTION_STATUS_IDLE:
        yield
        return
    cursor.execute("BEGIN")
    try:
        yield
    except BaseException:
        with suppress(psycopg2.Error):
            cursor.execute("ROLLBACK")
        raise
    cursor.execute("COMMIT")


def _raise(cursor: Cursor, failure: CopyFailure | StorageError) -> NoReturn:
    """Make the server fail with this failure, which aborts the transaction."""
    if isinstance(failure, StorageError):
        failure = CopyFailure(str(failure))
    words = (failure.sqlstate, storable(failure.message, _MESSAGE_BYTES), storable(failure.detail, _MESSAGE_BYTES))
    cursor.execute("SELECT redshift.raise_error(%s, %s, %s)", words)
    raise AssertionError("the server was to raise this failure") from failure


def _find_paths(command: CopyCommand, target: Target) -> tuple[Path, ...] | None:
    """Read the jsonpaths file of the command, if it names one."""
    url = command.json_option
    if "://" not in url:
        return None
    paths = read_paths(Store().read(url), url)
    if paths is not None and len(paths) != len(target.columns):
        raise CopyFailure(
            "Number of jsonpaths and the number of columns should match. "
            f"JSONPath size: {len(paths)}, Number of columns in table or column list: {len(target.columns)}",
            f"{url} must have one path for each of the columns {target.column_list}",
        )
    return paths
