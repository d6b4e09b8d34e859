"""Session: what a task that reads or writes a few rows of the audit tables uses of its warehouse."""

from collections.abc import Iterator
from contextlib import contextmanager

from warehouse import Warehouse, WarehouseConnection


@contextmanager
def session(warehouse: Warehouse) -> Iterator[WarehouseConnection]:
    """Use a session for a transaction or two that neither set anything nor make temporary tables.

    What is not committed is rolled back. One that was left after an error is not used again.

    Raises:
        WarehouseUnavailable: the warehouse cannot be reached.
    """
    connection = warehouse.idle_sessions.take() or warehouse.connect()
    traits = connection.isolation_level, connection.readonly
    try:
        yield connection
        connection.rollback()
        connection.isolation_level, connection.readonly = traits
    except BaseException:
        connection.close()
        raise
    if connection.is_usable_again:
        warehouse.idle_sessions.leave(connection)
    else:
        connection.close()
