"""Sessions: the connections of tasks that run in threads, so that who waits for them can cancel their statements."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any

import psycopg2
from prefect.futures import PrefectFuture

from warehouse import Warehouse, WarehouseConnection

CANCELLED_AGAIN_S = 0.5


class Sessions:
    """The connections that were opened for tasks in other threads."""

    def __init__(self) -> None:
        self._opened: list[WarehouseConnection] = []

    @contextmanager
    def connect(self, warehouse: Warehouse) -> Iterator[WarehouseConnection]:
        """Open a connection whose statements `cancel` ends, and close it after the body."""
        with closing(warehouse.connect()) as connection:
            self._opened.append(connection)
            yield connection

    def cancel(self, tasks: Sequence[PrefectFuture[Any]]) -> None:
        """Wait until the tasks have ended, cancelling what runs on these connections, and what runs there next."""
        for task in tasks:
            while True:
                for connection in self._opened:
                    with suppress(psycopg2.Error):  # it is closed
                        connection.cancel()
                try:
                    task.result(CANCELLED_AGAIN_S, raise_on_failure=False)
                except TimeoutError:
                    continue
                break
